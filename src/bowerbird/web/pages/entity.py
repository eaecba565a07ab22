"""`/knowledge/entities/{id}`: what is said of one thing, each statement with its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import RedirectResponse, Response

from bowerbird.knowledge import EntityPage, MentionText, Neighbour, entity
from bowerbird.web.access import Routes
from bowerbird.web.charts import Share, shares
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.listings import Link, mention_href, sentence_pieces
from bowerbird.web.pages.correcting import CorrectView, correcting, toast_of
from bowerbird.web.reading import Piece
from bowerbird.web.render import render
from bowerbird.web.words import Moment, host_and_path, moment, plural

__all__ = ["EntityView", "OnPage", "Related", "Said", "entity_view", "routes"]

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence that speaks of it."""

    href: str
    title: str
    text: tuple[Piece, ...]
    fetched: Moment


@dataclass(frozen=True, slots=True)
class OnPage:
    """A page that speaks of it, and how often the shown sentences come from it."""

    id: int
    href: str
    title: str
    where: str
    words: str


@dataclass(frozen=True, slots=True)
class Related:
    """Something that the same sentences speak of."""

    href: str
    name: str
    words: str
    share: tuple[Share, ...]  # of the one that is named beside it most


@dataclass(frozen=True, slots=True)
class EntityView:
    """An entity's page."""

    name: str
    type_title: str
    counts: str
    aliases: tuple[str, ...]
    relations: tuple[Link, ...]
    ask_href: str
    said: tuple[Said, ...]
    pages: tuple[OnPage, ...]
    related: tuple[Related, ...]
    correct: CorrectView


@routes.get("/knowledge/entities/{identifier}")
async def show(
    request: Request, app: AppDep, scope: ScopeDep, identifier: int, *, like: str = "", done: int | None = None
) -> Response:
    """The entity's page; `like` looks for what it may be merged with, `done` is what has just been decided."""
    now_s = app.clock.now_s()

    def look(conn: sa.Connection) -> EntityView:
        found = entity(conn, scope, identifier)
        card = found.card
        part = correcting(conn, scope, card.id, card.name, card.type, like=like[:200], now_s=now_s)
        return entity_view(found, part, now_s=now_s)

    page = await app.records.aread(look)
    if page.correct.entity != identifier:
        # Not for ever: what was merged may be parted again.
        told = f"?done={done}" if done is not None else ""
        return RedirectResponse(f"/knowledge/entities/{page.correct.entity}{told}", status_code=302)
    return render(request, "entity.html", page, here="explore", toast=toast_of(page.correct, done))


def entity_view(found: EntityPage, correct: CorrectView, *, now_s: float) -> EntityView:
    """The page of an entity."""
    card = found.card
    return EntityView(
        name=card.name,
        type_title=card.type,
        counts=f"{plural(card.mentions_count, 'mention')} on {plural(card.pages_count, 'page')}",
        aliases=card.aliases,
        relations=tuple(
            Link(f"/knowledge/entities/{relation.entity}", f"{relation.type} {relation.name}")
            for relation in card.relations
        ),
        ask_href=f"/chat?{urlencode({'query': f'What is {card.name}?'})}",
        said=tuple(
            Said(
                mention_href(mention),
                mention.title or host_and_path(mention.url),
                sentence_pieces(mention),
                moment(mention.fetched_at, now_s),
            )
            for mention in found.mentions
        ),
        pages=_pages(found.mentions),
        related=_related(found.neighbours),
        correct=correct,
    )


def _pages(mentions: Sequence[MentionText]) -> tuple[OnPage, ...]:
    """The pages of the mentions, those that say most first."""
    on_page: dict[int, list[MentionText]] = {}
    for mention in mentions:
        on_page.setdefault(mention.page, []).append(mention)
    return tuple(
        OnPage(
            id=page,
            href=f"/knowledge/pages/{page}",
            title=of_page[0].title or host_and_path(of_page[0].url),
            where=host_and_path(of_page[0].url),
            words=plural(len(of_page), "sentence"),
        )
        for page, of_page in sorted(on_page.items(), key=lambda item: -len(item[1]))
    )


def _related(neighbours: Sequence[Neighbour]) -> tuple[Related, ...]:
    most = max((near.together for near in neighbours), default=1)
    return tuple(
        Related(
            href=f"/knowledge/entities/{near.id}",
            name=near.name,
            words=f"{near.type}, together {plural(near.together, 'time')}",
            share=shares({"unchanged": near.together, "queued": most - near.together})[:1],
        )
        for near in neighbours
    )
