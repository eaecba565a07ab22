"""`/v1/follows`: what is asked again for you."""

from pydantic import BaseModel, ConfigDict, Field

from bowerbird.answer import Follow, FollowKind, follow, list_follows, stop_follow
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep

__all__ = ["FollowList", "FollowOut", "NewFollow", "routes"]

routes = Routes(prefix="/v1/follows", tags=["answers"])


class NewFollow(BaseModel):
    """What to follow."""

    model_config = ConfigDict(extra="forbid")

    kind: FollowKind = Field(
        description="`standing`: asked again when there is news; `change`: when something that the answer cites is no"
        " longer said; `gap`: it had no answer, and is asked again when something was gathered."
    )
    question: str = Field(description="The `id` of an answer of yours.")
    job: str | None = Field(default=None, description="Of a gap: the crawl to wait for.")


class FollowOut(BaseModel):
    """What is followed."""

    follow: str = Field(description="Its id.")
    kind: FollowKind
    question: str = Field(description="The `id` of the answer as it is now.")
    conversation: str
    text: str = Field(description="The question.")
    job: str | None
    stale_at: float | None = Field(description="Since when its answer is stale; seconds since 1970, UTC.")
    created_at: float
    checked_at: float = Field(description="When it was last asked.")
    ended_at: float | None


class FollowList(BaseModel):
    """What you follow, and followed, the newest first."""

    follows: list[FollowOut]


@routes.get("", operation_id="list_follows", summary="List what you follow")
async def index(app: AppDep, scope: ScopeDep) -> FollowList:
    """All of it; what has ended has an `ended_at`."""
    found = await app.records.aread(lambda conn: list_follows(conn, scope))
    return FollowList(follows=[_out(one) for one in found])


@routes.post("", status_code=201, operation_id="follow_question", summary="Follow a question")
async def create(app: AppDep, scope: ScopeDep, wanted: NewFollow) -> FollowOut:
    """What came of it is told as a notice; the new answer is in the same conversation."""
    known = await app.records.awrite(
        lambda conn: follow(conn, scope, wanted.kind, wanted.question, clock=app.clock, job=wanted.job)
    )
    return _out(known)


@routes.delete("/{follow}", status_code=204, operation_id="stop_following", summary="Stop following")
async def stop(app: AppDep, scope: ScopeDep, follow: str) -> None:
    """Follow it no longer."""
    await app.records.awrite(lambda conn: stop_follow(conn, scope, follow, clock=app.clock))


def _out(one: Follow) -> FollowOut:
    return FollowOut(
        follow=one.id,
        kind=one.kind,
        question=one.question,
        conversation=one.conversation,
        text=one.text,
        job=one.job,
        stale_at=one.stale_at,
        created_at=one.created_at,
        checked_at=one.checked_at,
        ended_at=one.ended_at,
    )
