"""
`/v1/feed`: what is worth somebody's time, and why.

Whose it is the door has read (`user`, as with all of the API), so that no route has to.
"""

from typing import Annotated, Any, Final

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from bowerbird.feed import MOST, Choices, Only, Replayed, choices, choose, export, forget, mute, reset, unmute
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep

__all__ = ["ChoicesOut", "FeedItem", "FeedOut", "NewChoices", "ReplayOut", "routes"]

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
    follow: str | None = Field(description="What they follow that it is new of: an id of `GET /v1/follows`.")


class FeedOut(BaseModel):
    """A slate: one ordered page of a feed. Say `shown` with its id once the person has seen it."""

    slate: str = Field(description="Its id, to be named in events.")
    level: str = Field(description="What made it: `agents`, or what was left of them: `simple`, `trending`.")
    age_ms: int = Field(description="How long ago it was made.")
    items: list[FeedItem]


class ReplayOut(BaseModel):
    """A slate made again from what was kept when it was made."""

    slate: str
    made_at: float = Field(description="When it was first made, in seconds since 1970.")
    agents: list[str] = Field(description="Who had a say in it.")
    variants: dict[str, str] = Field(
        description="By place, how it was made otherwise than usual: in an experiment, or since it was shipped."
    )
    without: list[str] = Field(description="Who of them was left out now.")
    is_same: bool = Field(description="These items are in the places, with the propensities, that were given out then.")
    items: list[FeedItem] = Field(description="`because` is not made again.")


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


@routes.get("", operation_id="get_feed", summary="Get somebody's feed", response_model=FeedOut)
async def show(
    app: AppDep,
    scope: ScopeDep,
    *,
    n: Annotated[int, Query(ge=1, le=MOST, description="Places, at most.")] = DEFAULT,
    fresh: Annotated[bool, Query(description="Made now, of all that is known now.")] = False,
    category: Annotated[str, Query(max_length=500, description="Only items of it.")] = "",
    region: Annotated[str, Query(max_length=500, description="Only items of it.")] = "",
    quality: Annotated[float, Query(ge=0, le=1, description="Only items of at least this quality.")] = 0.0,
) -> Response:
    """One of the last five minutes, unless it is asked for afresh or something in it has changed."""
    served = await app.feeds.slate(scope, length=n, fresh=fresh, only=Only(category, region, quality))
    return Response(served.body(), media_type="application/json")


@routes.get(
    "/slates/{slate}",
    operation_id="replay_slate",
    summary="Make a slate again, as it was or without an agent",
    responses={409: {"description": "Items of it have changed, or may not be seen any more: it cannot be told."}},
)
async def made_again(
    app: AppDep,
    scope: ScopeDep,
    slate: str,
    without: Annotated[list[str], Query(description="Agents to leave out; everybody else draws as they did.")] = [],  # noqa: B006  FastAPI copies it
) -> ReplayOut:
    """Of one's own feed. Kept for 90 days if it was shown, for a day if not."""
    return _replayed(await app.feeds.replay(scope, slate, without=without))


@routes.get("/choices", operation_id="get_feed_choices", summary="See what somebody chose for their feed")
async def chosen(app: AppDep, scope: ScopeDep) -> ChoicesOut:
    """What holds until it is changed."""
    return _choices(await app.records.aread(lambda conn: choices(conn, scope)))


@routes.patch("/choices", operation_id="choose_feed", summary="Change what somebody chose for their feed")
async def change(app: AppDep, scope: ScopeDep, wanted: NewChoices) -> ChoicesOut:
    """It holds from the next feed on."""
    made = await app.records.awrite(
        lambda conn: choose(conn, scope, clock=app.clock, interests=wanted.interests, surprise=wanted.surprise)
    )
    return _choices(made)


@routes.put("/muted/{source}", status_code=204, operation_id="mute_source", summary="Show nothing of a source")
async def hide_source(app: AppDep, scope: ScopeDep, source: str) -> None:
    """Until it is unmuted."""
    await app.records.awrite(lambda conn: mute(conn, scope, source, clock=app.clock))


@routes.delete("/muted/{source}", status_code=204, operation_id="unmute_source", summary="Show a source again")
async def show_source(app: AppDep, scope: ScopeDep, source: str) -> None:
    """As before."""
    await app.records.awrite(lambda conn: unmute(conn, scope, source, clock=app.clock))


@routes.post("/reset", status_code=204, operation_id="reset_feed", summary="Begin somebody's feed anew")
async def begin_anew(app: AppDep, scope: ScopeDep) -> None:
    """What they did until now counts no longer; it is not deleted."""
    await app.records.awrite(lambda conn: reset(conn, scope, clock=app.clock))


@routes.get("/data", operation_id="export_feed_data", summary="Export what the feed has of somebody")
async def data(app: AppDep, scope: ScopeDep) -> dict[str, Any]:
    """What they chose, what they did, what they were shown."""
    return await app.records.aread(lambda conn: export(conn, scope))


@routes.delete(
    "/data", status_code=204, operation_id="forget_feed_data", summary="Delete what the feed has of somebody"
)
async def delete(app: AppDep, scope: ScopeDep) -> None:
    """It cannot be undone."""
    await app.records.awrite(lambda conn: forget(conn, scope))


def _replayed(made: Replayed) -> ReplayOut:
    return ReplayOut.model_validate(made.to_json())


def _choices(made: Choices) -> ChoicesOut:
    return ChoicesOut(interests=list(made.interests), surprise=made.surprise, muted=list(made.muted))
