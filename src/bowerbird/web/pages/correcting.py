"""The part of an entity's page on which curators correct it: merge, split, rename, retype, hide, and undo any of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
from fastapi import Form
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import called, entity_cards
from bowerbird.knowledge.resolve import (
    KINDS,
    MAX_NAME,
    History,
    Other,
    hide,
    history,
    merge,
    part,
    rename,
    retype,
    split,
)
from bowerbird.web.access import Routes
from bowerbird.web.deciding import Deciding, decide, undo_of
from bowerbird.web.deps import MAX_ROW, AppDep, RowId, RowIdField, ViewerDep
from bowerbird.web.frame import Toast, Undo
from bowerbird.web.viewer import Viewer
from bowerbird.web.words import Moment, host_of, moment, plural
from bowerbird.wiring import App

__all__ = ["CorrectView", "Decided", "Homonym", "Part", "Twin", "correcting", "routes", "toast_of"]

_TWINS = 12
_SOURCES = 3  # that are named

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Twin:
    """An entity that this one may be merged into."""

    id: int
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Part:
    """An entity that was merged into this one."""

    id: int
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Homonym:
    """Something that was told apart unasked, though pages call it the same; `made` becomes `into` if it is not."""

    id: int
    name: str
    words: str
    made: int
    into: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A line of the history."""

    id: int
    words: str
    who: str
    when: Moment
    is_undone: bool


@dataclass(frozen=True, slots=True)
class CorrectView:
    """What is known of how the entity came to be, and what can be done about it."""

    entity: int
    name: str
    type: str
    is_hidden: bool
    like: str  # what was looked for to merge it with
    twins: tuple[Twin, ...]
    parts: tuple[Part, ...]
    homonyms: tuple[Homonym, ...]
    decisions: tuple[Decided, ...]
    types: tuple[str, ...] = KINDS
    max_name: int = MAX_NAME


def correcting(
    conn: sa.Connection, scope: Scope, entity: int, name: str, kind: str, *, like: str, now_s: float
) -> CorrectView:
    """The part of the page; `like` are words in the name of what it may be one with."""
    known = history(conn, scope, entity)
    twins = entity_cards(conn, scope, called(conn, scope, like, limit=_TWINS))
    return CorrectView(
        entity=entity,
        name=name,
        type=kind,
        is_hidden=known.is_hidden,
        like=like,
        twins=tuple(
            Twin(card.id, card.name, f"{card.type}, on {plural(card.pages_count, 'page')}")
            for card in twins
            if card.id != entity
        ),
        parts=_parts(known),
        homonyms=_homonyms(known, entity),
        decisions=tuple(
            Decided(told.id, told.words, told.who, moment(told.at, now_s), told.is_undone) for told in known.decisions
        ),
    )


def _parts(known: History) -> tuple[Part, ...]:
    return tuple(
        Part(
            member.id,
            member.name,
            f"{member.type}, merged by a person"
            if member.score is None
            else f"{member.type}, found to be one with it (chance {member.score:.2f})",
        )
        for member in known.members
    )


def _homonyms(known: History, entity: int) -> tuple[Homonym, ...]:
    """Each of the other things once, with where it is meant and what speaks for that."""
    found: dict[int, list[Other]] = {}
    for other in known.others:
        found.setdefault(other.id, []).append(other)
    return tuple(
        Homonym(
            identifier,
            those[0].name,
            f"told apart by {', '.join(dict.fromkeys(host_of(one.source_url) for one in those[:_SOURCES]))}:"
            f" {those[0].why} (chance that they are one: {those[0].chance:.2f})",
            made=those[0].made,
            into=entity if those[0].made == identifier else identifier,
        )
        for identifier, those in found.items()
    )


def toast_of(view: CorrectView, done: int | None) -> Toast | None:
    """The notice of what has just been decided, with the way back."""
    told = next((one for one in view.decisions if one.id == done), None)
    if told is None:
        return None
    if told.is_undone:
        return Toast("Undone: all is as it was before.")
    return Toast(f"{told.words}.", Undo("Undo", f"/knowledge/entities/{view.entity}/undo", {"decision": str(told.id)}))


@routes.post("/knowledge/entities/{identifier}/merge")
async def merge_it(app: AppDep, viewer: ViewerDep, identifier: RowId, into: RowIdField) -> Response:
    """It is one with another."""
    return await _done(
        app, viewer, identifier, lambda conn: merge(conn, viewer.scope, identifier, into, clock=app.clock)
    )


@routes.post("/knowledge/entities/{identifier}/part")
async def part_it(app: AppDep, viewer: ViewerDep, identifier: RowId, member: RowIdField) -> Response:
    """What was merged into it is not it."""
    return await _done(
        app, viewer, identifier, lambda conn: part(conn, viewer.scope, identifier, member, clock=app.clock)
    )


@routes.post("/knowledge/entities/{identifier}/split")
async def split_it(
    app: AppDep,
    viewer: ViewerDep,
    identifier: RowId,
    on: Annotated[Sequence[Annotated[int, Field(ge=1, le=MAX_ROW)]], Form()] = (),
    name: Annotated[str, Form()] = "",
) -> Response:
    """On some pages it means something else."""
    return await _done(
        app, viewer, identifier, lambda conn: split(conn, viewer.scope, identifier, on, name, clock=app.clock)
    )


@routes.post("/knowledge/entities/{identifier}/rename")
async def rename_it(app: AppDep, viewer: ViewerDep, identifier: RowId, name: Annotated[str, Form()] = "") -> Response:
    """It is called otherwise."""
    return await _done(
        app, viewer, identifier, lambda conn: rename(conn, viewer.scope, identifier, name, clock=app.clock)
    )


@routes.post("/knowledge/entities/{identifier}/retype")
async def retype_it(app: AppDep, viewer: ViewerDep, identifier: RowId, kind: Annotated[str, Form()] = "") -> Response:
    """It is something else."""
    return await _done(
        app, viewer, identifier, lambda conn: retype(conn, viewer.scope, identifier, kind, clock=app.clock)
    )


@routes.post("/knowledge/entities/{identifier}/hide")
async def hide_it(app: AppDep, viewer: ViewerDep, identifier: RowId) -> Response:
    """It is nothing that anybody looks for."""
    return await _done(app, viewer, identifier, lambda conn: hide(conn, viewer.scope, identifier, clock=app.clock))


@routes.post("/knowledge/entities/{identifier}/undo")
async def undo_it(app: AppDep, viewer: ViewerDep, identifier: RowId, decision: RowIdField) -> Response:
    """All is as if that had not been decided."""
    work = undo_of(viewer.scope, identifier, decision, clock=app.clock)
    return await _done(app, viewer, identifier, work, told=decision)


async def _done(app: App, viewer: Viewer, entity: int, work: Deciding, *, told: int | None = None) -> Response:
    """Decide, and go back to the page, which says what was done; `told` is the decision that it speaks of."""
    decision = await app.records.awrite(lambda conn: decide(conn, viewer.actor, work, clock=app.clock))
    return RedirectResponse(f"/knowledge/entities/{entity}?done={told or decision.id}", status_code=303)
