"""`/v1/feed`: what is worth somebody's time, and why."""

from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from bowerbird.feed import MOST, Choices, choices, choose, export, forget, mute, reset, unmute
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep

__all__ = ["ChoicesOut", "FeedItem", "FeedOut", "NewChoices", "routes"]

DEFAULT: Final = 20

routes = Routes(prefix="/v1/feed", tags=["feed"])


class FeedItem(BaseModel):
    """An item in its place."""

    id: str
    title: str
    score: float = Field(description="How much speaks for it, from 0 to 1.")
    why: dict[str, float] = Field(description="Each agent's share of the score; they sum to it.")
    propensity: float = Field(
        description="The probability of this item in this place, given the places above and what is believed of agents."
    )
    explored: bool = Field(description="It was chosen to find out, not because it is expected to be best.")
    because: str | None = Field(description="The id of what the person liked that it is most like.")


class FeedOut(BaseModel):
    """A slate: one ordered page of a feed. Say `shown` with its id once the person has seen it."""

    slate: str = Field(description="Its id, to be named in events.")
    level: str = Field(description="What made it: `agents`, or what was left of them: `simple`, `trending`.")
    age_ms: int = Field(description="How long ago it was made.")
    items: list[FeedItem]


class ChoicesOut(BaseModel):
    """What a person chose for their feed."""

    interests: list[str] = Field(description="Topics, in their words.")
    surprise: float = Field(description="From 0, familiar, to 1, surprising.")
    muted: list[str] = Field(description="Sources of which nothing is shown.")


class NewChoices(BaseModel):
    """What is to be changed; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    interests: list[str] | None = None
    surprise: float | None = Field(default=None, ge=0, le=1)


User = Annotated[
    str | None,
    Query(
        description="Whose: your own id of the person. An API key of the role operator may name anybody.",
        max_length=200,
    ),
]


@routes.get("", operation_id="get_feed", summary="Get somebody's feed")
async def show(
    app: AppDep,
    scope: ScopeDep,
    user: User = None,  # noqa: ARG001  the door has read it
    n: Annotated[int, Query(ge=1, le=MOST, description="Places, at most.")] = DEFAULT,
    fresh: Annotated[bool, Query(description="Made now, of all that is known now.")] = False,
) -> FeedOut:
    """One of the last five minutes, unless it is asked for afresh or something in it has changed."""
    served = await app.feeds.slate(scope, length=n, fresh=fresh)
    return FeedOut.model_validate(served.to_json())


@routes.get("/choices", operation_id="get_feed_choices", summary="See what somebody chose for their feed")
async def chosen(app: AppDep, scope: ScopeDep, user: User = None) -> ChoicesOut:  # noqa: ARG001
    """What holds until it is changed."""
    return _choices(await app.records.aread(lambda conn: choices(conn, scope)))


@routes.patch("/choices", operation_id="choose_feed", summary="Change what somebody chose for their feed")
async def change(app: AppDep, scope: ScopeDep, wanted: NewChoices, user: User = None) -> ChoicesOut:  # noqa: ARG001
    """It holds from the next feed on."""
    made = await app.records.awrite(
        lambda conn: choose(conn, scope, clock=app.clock, interests=wanted.interests, surprise=wanted.surprise)
    )
    return _choices(made)


@routes.put("/muted/{source}", status_code=204, operation_id="mute_source", summary="Show nothing of a source")
async def hide_source(app: AppDep, scope: ScopeDep, source: str, user: User = None) -> None:  # noqa: ARG001
    """Until it is unmuted."""
    await app.records.awrite(lambda conn: mute(conn, scope, source, clock=app.clock))


@routes.delete("/muted/{source}", status_code=204, operation_id="unmute_source", summary="Show a source again")
async def show_source(app: AppDep, scope: ScopeDep, source: str, user: User = None) -> None:  # noqa: ARG001
    """As before."""
    await app.records.awrite(lambda conn: unmute(conn, scope, source, clock=app.clock))


@routes.post("/reset", status_code=204, operation_id="reset_feed", summary="Begin somebody's feed anew")
async def begin_anew(app: AppDep, scope: ScopeDep, user: User = None) -> None:  # noqa: ARG001
    """What they did until now counts no longer; it is not deleted."""
    await app.records.awrite(lambda conn: reset(conn, scope, clock=app.clock))


@routes.get("/data", operation_id="export_feed_data", summary="Export what the feed has of somebody")
async def data(app: AppDep, scope: ScopeDep, user: User = None) -> dict[str, Any]:  # noqa: ARG001
    """What they chose, what they did, what they were shown."""
    return await app.records.aread(lambda conn: export(conn, scope))


@routes.delete(
    "/data", status_code=204, operation_id="forget_feed_data", summary="Delete what the feed has of somebody"
)
async def delete(app: AppDep, scope: ScopeDep, user: User = None) -> None:  # noqa: ARG001
    """It cannot be undone."""
    await app.records.awrite(lambda conn: forget(conn, scope))


def _choices(made: Choices) -> ChoicesOut:
    return ChoicesOut(interests=list(made.interests), surprise=made.surprise, muted=list(made.muted))
