"""`/v1/follows`: what is asked again for you, and what of it is new in your feed."""

from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from bowerbird.answer import Follow, FollowKind
from bowerbird.feed import THINGS, ThingKind
from bowerbird.followed import Followed, begin_to_follow, list_followed, stop_followed
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.nouns import Scope
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.wiring import App

__all__ = ["FollowList", "FollowOut", "NewFollow", "routes"]

routes = Routes(prefix="/v1/follows", tags=["answers"])


class NewFollow(BaseModel):
    """What to follow: a question of yours, a thing, a source or a topic."""

    model_config = ConfigDict(extra="forbid")

    kind: FollowKind | ThingKind = Field(
        description="Of a question: `standing`: asked again when there is news; `change`: when something that the"
        " answer cites is no longer said; `gap`: it had no answer, and is asked again when something was gathered. Else"
        " `entity`, `source` or `topic`: what is new of it comes into your feed, as do the pages that are news of a"
        " `standing` question."
    )
    question: str | None = Field(default=None, description="Of a question: the `id` of an answer of yours.")
    job: str | None = Field(default=None, description="Of a gap: the crawl to wait for.")
    entity: int | None = Field(default=None, description="Of an entity: its `id`.")
    source: str | None = Field(default=None, description="Of a source: its `id`.")
    topic: str | None = Field(default=None, description="Of a topic: your words, 80 characters at most.")


class FollowOut(BaseModel):
    """What is followed."""

    follow: str = Field(description="Its id.")
    kind: FollowKind | ThingKind
    text: str = Field(description="The question, or what is followed is called; empty when you may not see it now.")
    question: str | None = Field(default=None, description="The `id` of the answer as it is now.")
    conversation: str | None = None
    entity: int | None = None
    source: str | None = None
    topic: str | None = None
    job: str | None = None
    stale_at: float | None = Field(default=None, description="Since when its answer is stale; seconds since 1970, UTC.")
    created_at: float
    checked_at: float | None = Field(default=None, description="When a question was last asked.")
    ended_at: float | None


class FollowList(BaseModel):
    """What you follow, and followed, the newest first."""

    follows: list[FollowOut]


@routes.get("", operation_id="list_follows", summary="List what you follow")
async def index(app: AppDep, scope: ScopeDep) -> FollowList:
    """All of it; what has ended has an `ended_at`."""
    found = await app.records.aread(lambda conn: list_followed(conn, scope))
    return FollowList(follows=[*map(_out, found)])


@routes.post(
    "", status_code=201, operation_id="begin_following", summary="Follow a question, a thing, a source or a topic"
)
async def create(app: AppDep, scope: ScopeDep, wanted: NewFollow) -> FollowOut:
    """
    What came of a question is told as a notice; the new answer is in the same conversation.

    What is new of all else is in the next feeds, with the reason (`follow`).
    """
    return await app.records.awrite(lambda conn: _follow(conn, app, scope, wanted))


@routes.delete("/{follow}", status_code=204, operation_id="stop_following", summary="Stop following")
async def stop(app: AppDep, scope: ScopeDep, follow: str) -> None:
    """Follow it no longer; your next feed goes by it."""
    await app.records.awrite(lambda conn: stop_followed(conn, scope, follow, clock=app.clock))


def _follow(conn: sa.Connection, app: App, scope: Scope, wanted: NewFollow) -> FollowOut:
    kind = wanted.kind
    needed = kind if kind in THINGS else "question"
    given: dict[str, Any] = wanted.model_dump(exclude={"kind"}, exclude_none=True)
    allowed = {needed, "job"} if kind == "gap" else {needed}
    if needed not in given or not given.keys() <= allowed:
        told = ", ".join(sorted(given)) or "nothing"
        raise InputWrong(f"{told} is given with kind {kind}; expected {' and '.join(sorted(allowed))}", field=needed)
    return _out(begin_to_follow(conn, scope, kind, str(given[needed]), clock=app.clock, job=wanted.job))


def _out(one: Followed) -> FollowOut:
    if isinstance(one, Follow):
        return FollowOut(
            follow=one.id,
            kind=one.kind,
            text=one.text,
            question=one.question,
            conversation=one.conversation,
            job=one.job,
            stale_at=one.stale_at,
            created_at=one.created_at,
            checked_at=one.checked_at,
            ended_at=one.ended_at,
        )
    return FollowOut(
        follow=one.id,
        kind=one.kind,
        text=one.name,
        entity=int(one.of) if one.kind == "entity" and one.of else None,
        source=one.of or None if one.kind == "source" else None,
        topic=one.of if one.kind == "topic" else None,
        created_at=one.created_at,
        ended_at=one.ended_at,
    )
