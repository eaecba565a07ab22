"""`/knowledge/entities/{id}/links`: what links two things, each step with the sentence and the page that says it."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import RedirectResponse, Response

from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Links, Said, Step, called, entity_named, links_between
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, RowId, ScopeDep
from bowerbird.web.listings import Link, marked_pieces, page_href
from bowerbird.web.reading import Piece
from bowerbird.web.render import render
from bowerbird.web.words import Moment, host_and_path, moment

__all__ = ["EvidenceView", "LinksView", "StepView", "links_view", "routes"]

routes = Routes(include_in_schema=False)

_FOUND: Final = 12
_NUMBERS: Final = ("no", "one", "two", "three")


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A sentence of a stored page, the names in it marked."""

    text: tuple[Piece, ...]
    href: str
    title: str
    stored: Moment


@dataclass(frozen=True, slots=True)
class StepView:
    """From one thing to the next, in words, with what says so."""

    one: Link
    other: Link
    words: str
    evidence: tuple[EvidenceView, ...]


@dataclass(frozen=True, slots=True)
class LinksView:
    """What links two things; or, until the other is chosen, what may be meant by its name."""

    one: Link
    other: Link | None
    to: str  # what was looked for
    found: tuple[Link, ...]
    verdict: str
    paths: tuple[tuple[StepView, ...], ...]


@routes.get("/knowledge/entities/{identifier}/links")
async def choose(request: Request, app: AppDep, scope: ScopeDep, identifier: RowId, *, to: str = "") -> Response:
    """Choose the other by name; a name that only one thing has leads straight on."""

    def look(conn: sa.Connection) -> LinksView:
        return _choosing(conn, scope, identifier, to[:200])

    page = await app.records.aread(look)
    if len(page.found) == 1 and page.found[0].title.casefold() == to.strip().casefold():
        return RedirectResponse(page.found[0].href, status_code=303)
    return render(request, "links.html", page, here="explore")


def _choosing(conn: sa.Connection, scope: Scope, identifier: int, to: str) -> LinksView:
    one = entity_named(conn, scope, identifier)
    cards = [card for card in called(conn, scope, to, limit=_FOUND) if card.id != one.id]
    exact = [card for card in cards if card.name.casefold() == to.strip().casefold()]
    return LinksView(
        one=_link(one.id, one.name),
        other=None,
        to=to,
        found=tuple(
            Link(f"/knowledge/entities/{one.id}/links/{card.id}", card.name)
            for card in (exact if len(exact) == 1 else cards)
        ),
        verdict="",
        paths=(),
    )


@routes.get("/knowledge/entities/{identifier}/links/{other}")
async def show(request: Request, app: AppDep, scope: ScopeDep, identifier: RowId, other: RowId) -> Response:
    """The ways from one to the other, the shortest first."""
    found = await app.records.aread(lambda conn: links_between(conn, scope, identifier, other))
    return render(request, "links.html", links_view(found, now_s=app.clock.now_s()), here="explore")


def links_view(links: Links, *, now_s: float) -> LinksView:
    """The page of the ways between two things."""
    return LinksView(
        one=_link(links.one.id, links.one.name),
        other=_link(links.other.id, links.other.name),
        to="",
        found=(),
        verdict=_verdict(links),
        paths=tuple(tuple(_step(step, now_s) for step in path) for path in links.paths),
    )


def _verdict(links: Links) -> str:
    if links.is_same:
        return "Both names are of one thing."
    if not links.paths:
        return "Nothing was found that links them, neither directly nor over one or two other things."
    first = links.paths[0]
    if between := len(first) - 1:
        lie = "thing lies" if between == 1 else "things lie"
        return f"No page names both; {_NUMBERS[between]} other {lie} between them."
    match first[0].by:
        case "relation":
            return "A page states how they are related."
        case "sentence":
            return "The same sentence names both."
        case "page":
            there = sum(path[0].by == "page" for path in links.paths)
            return f"No sentence names both, but {'a page does' if there == 1 else f'{there} pages do'}."


def _step(step: Step, now_s: float) -> StepView:
    return StepView(
        one=_link(step.one.id, step.one.name),
        other=_link(step.other.id, step.other.name),
        words=_words(step),
        evidence=tuple(_evidence(said, now_s) for said in step.evidence),
    )


def _words(step: Step) -> str:
    match step.by:
        case "relation":
            first, second = (step.one, step.other) if step.subject == step.one.id else (step.other, step.one)
            return f"{first.name}: {step.relation.replace('_', ' ')} {second.name}"
        case "sentence":
            return "named in the same sentence"
        case "page":
            return "named on the same page"


def _evidence(said: Said, now_s: float) -> EvidenceView:
    return EvidenceView(
        text=marked_pieces(said.sentence, said.names),
        href=page_href(said.page, said.version, said.start, said.end),
        title=said.title or host_and_path(said.url),
        stored=moment(said.fetched_at, now_s),
    )


def _link(identifier: int, name: str) -> Link:
    return Link(f"/knowledge/entities/{identifier}", name)
