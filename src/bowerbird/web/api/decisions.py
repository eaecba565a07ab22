"""`/v1/entities/{id}/…`: merge, split, rename, retype and hide entities, and undo any of it."""

from typing import Annotated

import sqlalchemy as sa
from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from bowerbird.knowledge.resolve import History, history, merge, outcome, part, rename, retype, split
from bowerbird.knowledge.resolve import hide as hide_entity
from bowerbird.web.access import Routes
from bowerbird.web.deciding import Deciding, decide, undo_of
from bowerbird.web.deps import AppDep, ScopeDep, ViewerDep
from bowerbird.web.viewer import Viewer
from bowerbird.wiring import App

__all__ = ["DecisionOut", "HistoryOut", "routes"]

routes = Routes(prefix="/v1/entities", tags=["knowledge"])

EntityId = Annotated[int, Path(ge=1, le=2**53, description="Its number; that of something merged into it will do.")]
RowNumber = Annotated[int, Field(ge=1, le=2**53)]


class Merging(BaseModel):
    """What it is."""

    model_config = ConfigDict(extra="forbid")

    into: RowNumber = Field(description="The entity that stands for both from now on.")


class Parting(BaseModel):
    """What is not it."""

    model_config = ConfigDict(extra="forbid")

    member: RowNumber = Field(description="An entity that was merged into it, as its history lists them.")


class Splitting(BaseModel):
    """Where its name means something else."""

    model_config = ConfigDict(extra="forbid")

    pages: list[RowNumber] = Field(min_length=1, max_length=1_000, description="Pages that speak of the other thing.")
    name: str = Field(description="What the other thing is called.", examples=["forest (of trees)"])


class Renaming(BaseModel):
    """What it is called."""

    model_config = ConfigDict(extra="forbid")

    name: str


class Retyping(BaseModel):
    """What it is one of."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["organisation"])


class Undoing(BaseModel):
    """What is to be as if it had not been decided."""

    model_config = ConfigDict(extra="forbid")

    decision: RowNumber


class DecisionOut(BaseModel):
    """What was decided."""

    decision: int = Field(description="Its number, to undo it by.")
    kind: str
    entity: int = Field(description="Where the entity that it is about is found now.")
    made: int | None = Field(description="Of a split: the other thing.")


class MemberOut(BaseModel):
    """An entity that is one with another."""

    entity: int
    name: str
    type: str
    score: float | None = Field(description="The chance that it is, where nobody decided it.")


class OtherOut(BaseModel):
    """Something that was told apart unasked, though pages call it the same; merge the two if it is not."""

    entity: int
    name: str
    made: int = Field(description="Which of the two was made by that: the one to merge into the other.")
    source: str = Field(description="The source that means what was made.")
    url: str
    chance: float = Field(description="That it means the same all the same.")
    why: str = Field(description="What speaks most against that.")


class ToldOut(BaseModel):
    """A decision in words."""

    decision: int
    at: float = Field(description="Seconds since 1970, UTC.")
    who: str
    kind: str
    words: str
    undone: bool


class HistoryOut(BaseModel):
    """What an entity is made of, and what was decided of it, the newest first."""

    entity: int
    hidden: bool
    members: list[MemberOut]
    others: list[OtherOut]
    decisions: list[ToldOut]


@routes.get("/{identifier}/history", operation_id="read_entity_history", summary="Read what was decided of an entity")
async def read_history(app: AppDep, scope: ScopeDep, identifier: EntityId) -> HistoryOut:
    """Its members, and the decisions about it."""
    found: History = await app.records.aread(lambda conn: history(conn, scope, identifier))
    return HistoryOut.model_validate(found.to_json())


@routes.post("/{identifier}/merge", operation_id="merge_entity", summary="Say that two entities are one")
async def merge_it(app: AppDep, viewer: ViewerDep, identifier: EntityId, wanted: Merging) -> DecisionOut:
    """From now on, also when the pages are read again; both numbers lead to it."""
    return await _decided(app, viewer, lambda conn: merge(conn, viewer.scope, identifier, wanted.into, clock=app.clock))


@routes.post("/{identifier}/part", operation_id="part_entity", summary="Take an entity out of another")
async def part_it(app: AppDep, viewer: ViewerDep, identifier: EntityId, wanted: Parting) -> DecisionOut:
    """What was merged, by somebody or unasked, stands for itself again, and is not joined unasked any more."""
    return await _decided(
        app, viewer, lambda conn: part(conn, viewer.scope, identifier, wanted.member, clock=app.clock)
    )


@routes.post("/{identifier}/split", operation_id="split_entity", summary="Say where a name means something else")
async def split_it(app: AppDep, viewer: ViewerDep, identifier: EntityId, wanted: Splitting) -> DecisionOut:
    """On those pages, also when they are read again, another thing is meant, which is made by this."""
    return await _decided(
        app,
        viewer,
        lambda conn: split(conn, viewer.scope, identifier, wanted.pages, wanted.name, clock=app.clock),
    )


@routes.post("/{identifier}/rename", operation_id="rename_entity", summary="Call an entity something else")
async def rename_it(app: AppDep, viewer: ViewerDep, identifier: EntityId, wanted: Renaming) -> DecisionOut:
    """It is shown by that name and still found by all the names that pages use."""
    return await _decided(
        app, viewer, lambda conn: rename(conn, viewer.scope, identifier, wanted.name, clock=app.clock)
    )


@routes.post("/{identifier}/retype", operation_id="retype_entity", summary="Say what an entity is one of")
async def retype_it(app: AppDep, viewer: ViewerDep, identifier: EntityId, wanted: Retyping) -> DecisionOut:
    """Whatever was read from the pages."""
    return await _decided(
        app, viewer, lambda conn: retype(conn, viewer.scope, identifier, wanted.type, clock=app.clock)
    )


@routes.post("/{identifier}/hide", operation_id="hide_entity", summary="Take an entity out of all lists")
async def hide_it(app: AppDep, viewer: ViewerDep, identifier: EntityId) -> DecisionOut:
    """Its own page stays; undo the decision to show it again."""
    return await _decided(app, viewer, lambda conn: hide_entity(conn, viewer.scope, identifier, clock=app.clock))


@routes.post("/{identifier}/undo", operation_id="undo_entity_decision", summary="Undo what was decided of an entity")
async def undo_it(app: AppDep, viewer: ViewerDep, identifier: EntityId, wanted: Undoing) -> DecisionOut:
    """All is as if it had not been decided."""
    return await _decided(app, viewer, undo_of(viewer.scope, identifier, wanted.decision, clock=app.clock))


async def _decided(app: App, viewer: Viewer, work: Deciding) -> DecisionOut:
    def write(conn: sa.Connection) -> DecisionOut:
        decision = decide(conn, viewer.actor, work, clock=app.clock)
        return DecisionOut.model_validate(outcome(conn, viewer.scope, decision))

    return await app.records.awrite(write)
