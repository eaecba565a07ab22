"""`/knowledge/entities/{id}`: what is said of one thing, each statement with its page, and what lies around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import RedirectResponse, Response

from bowerbird.answer import disputes
from bowerbird.feed import followed_now
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Change, EntityPage, MentionText, Neighbour, changes_of, entity, pairs_on
from bowerbird.knowledge.relations import Relation, Thing
from bowerbird.web.access import Routes
from bowerbird.web.changed import ChangeView, change_views
from bowerbird.web.charts import Share
from bowerbird.web.deps import AppDep, RowId, ScopeDep
from bowerbird.web.graph import Around, Graph, lay_out
from bowerbird.web.listings import mention_href, sentence_pieces
from bowerbird.web.pages.correcting import CorrectView, correcting, toast_of
from bowerbird.web.reading import Piece
from bowerbird.web.render import render
from bowerbird.web.stated import DisputeView, StatedGroup, dispute_views, kind_words, stated_groups
from bowerbird.web.words import Moment, count, host_and_path, moment, plural

__all__ = ["EntityView", "Known", "OnPage", "Related", "Said", "entity_view", "known", "routes"]

_SAID: Final = 12  # sentences that are shown at once
_CHANGES: Final = 60

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

    id: int
    name: str
    type_title: str
    counts: str
    aliases: tuple[str, ...]
    ask_href: str
    stated: tuple[StatedGroup, ...]
    said: tuple[Said, ...]
    more_said: tuple[Said, ...]  # unfolded when somebody asks for it
    pages: tuple[OnPage, ...]
    graph: Graph | None
    related: tuple[Related, ...]
    changes: tuple[ChangeView, ...]
    disputes: tuple[DisputeView, ...]
    correct: CorrectView
    follow: str  # by which who looks at it follows it; empty: not


@dataclass(frozen=True, slots=True)
class Known:
    """All that the records know of an entity."""

    found: EntityPage
    pairs: Sequence[tuple[int, int, int]]
    changes: Sequence[Change]


def known(conn: sa.Connection, scope: Scope, identifier: int) -> Known:
    """What the page tells, of what `scope` may see; raises NotFound when that is nothing."""
    found = entity(conn, scope, identifier)
    card = found.card
    names = {card.name, *card.aliases, *(mention.quote for mention in found.mentions)}
    return Known(
        found=found,
        pairs=pairs_on(conn, {each.version for each in found.mentions}, [near.id for near in found.neighbours]),
        changes=changes_of(conn, scope, card.id, sorted(names), limit=_CHANGES),
    )


@routes.get("/knowledge/entities/{identifier}")
async def show(
    request: Request, app: AppDep, scope: ScopeDep, identifier: RowId, *, like: str = "", done: int | None = None
) -> Response:
    """The entity's page; `like` looks for what it may be merged with, `done` is what has just been decided."""
    now_s = app.clock.now_s()

    def look(conn: sa.Connection) -> EntityView:
        of = known(conn, scope, identifier)
        card = of.found.card
        part = correcting(conn, scope, card.id, card.name, card.type, like=like[:200], now_s=now_s)
        follow = followed_now(conn, scope, "entity").get(str(card.id), "")
        return entity_view(of, part, now_s=now_s, follow=follow)

    page = await app.records.aread(look)
    if page.correct.entity != identifier:
        # Not for ever: what was merged may be parted again.
        told = f"?done={done}" if done is not None else ""
        return RedirectResponse(f"/knowledge/entities/{page.correct.entity}{told}", status_code=302)
    return render(request, "entity.html", page, here="explore", toast=toast_of(page.correct, done))


def entity_view(known: Known, correct: CorrectView, *, now_s: float, follow: str = "") -> EntityView:
    """The page of an entity."""
    found, card = known.found, known.found.card
    said = tuple(
        Said(
            mention_href(mention),
            mention.title or host_and_path(mention.url),
            sentence_pieces(mention),
            moment(mention.fetched_at, now_s),
        )
        for mention in found.mentions
    )
    around = _around(card.id, found.neighbours, found.relations)
    return EntityView(
        id=card.id,
        name=card.name,
        type_title=card.type,
        counts=f"{plural(card.mentions_count, 'mention')} on {plural(card.pages_count, 'page')}",
        aliases=card.aliases,
        ask_href=f"/chat?{urlencode({'query': f'What is {card.name}?'})}",
        stated=stated_groups(card.id, found.relations, now_s=now_s),
        said=said[:_SAID],
        more_said=said[_SAID:],
        pages=_pages(found.mentions),
        graph=lay_out(around, known.pairs) if len(around) > 1 else None,
        related=_related(around),
        changes=change_views(known.changes, now_s=now_s),
        disputes=dispute_views(disputes(card.id, found.mentions, found.relations), now_s=now_s),
        correct=correct,
        follow=follow,
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


def _around(entity: int, neighbours: Sequence[Neighbour], relations: Sequence[Relation]) -> list[Around]:
    """What a page states it to be joined with, then what the same sentences speak of."""
    near = {each.id: each for each in neighbours}
    stated: dict[int, Relation] = {}
    for relation in relations:
        other = relation.other(entity)
        if other is not None:
            stated.setdefault(other.id, relation)
    around: list[Around] = []
    for identifier in dict.fromkeys([*stated, *near]):
        beside, of = near.get(identifier), stated.get(identifier)
        told: Neighbour | Thing | None = beside or (of.other(entity) if of is not None else None)
        assert told is not None
        kind = kind_words(of, entity) if of is not None else ""
        together = f", together {plural(beside.together, 'time')}" if beside else ""
        around.append(
            Around(
                id=identifier,
                href=f"/knowledge/entities/{identifier}",
                name=told.name,
                words=f"{kind or told.type}{together}",
                kind=kind,
                weight=beside.together if beside else 1,
            )
        )
    return around


def _related(around: Sequence[Around]) -> tuple[Related, ...]:
    most = max((each.weight for each in around), default=1)
    return tuple(
        Related(
            href=each.href,
            name=each.name,
            words=each.words,
            share=(Share("beside", "named beside it", count(each.weight), 0.0, round(100 * each.weight / most, 3)),),
        )
        for each in around
    )
