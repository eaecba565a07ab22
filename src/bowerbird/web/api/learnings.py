"""`/v1/learnings`: what experiments taught, to be found before the same is tried again."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from bowerbird.experiments import Learning, Prior, find_learnings, learn, prior_of
from bowerbird.experiments.plan import Name
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep

__all__ = ["LearningOut", "routes"]

routes = Routes(prefix="/v1/learnings", tags=["experiments"])

Finite = Annotated[float, Field(allow_inf_nan=False)]


class Effect(BaseModel):
    """What was seen, for the next plan."""

    model_config = ConfigDict(extra="forbid")

    metric: Name
    lift: Finite = Field(description="Relative to the control.")
    ci: tuple[Finite, Finite] | None = None
    n: int | None = Field(default=None, ge=0, le=2**53)


class NewLearning(BaseModel):
    """What was learnt."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=10_000)
    experiment: Name | None = None
    effect: Effect | None = None


class LearningOut(BaseModel):
    """A learning."""

    learning: str = Field(description="Its id.")
    text: str
    experiment: str | None
    effect: dict[str, Any] | None
    created_at: float


class PriorOut(BaseModel):
    """How large effects on a metric were before: relative lifts."""

    metric: str
    learnings: int = Field(description="That tell of one.")
    lowest: float
    middle: float = Field(description="The median of their sizes, without sign.")
    highest: float


class LearningList(BaseModel):
    """Learnings, the newest first."""

    learnings: list[LearningOut]
    prior: PriorOut | None = Field(description="Of the metric that was asked for, from all that tell of it.")


@routes.get("", operation_id="find_learnings", summary="Find what was learnt")
async def search(
    app: AppDep,
    scope: ScopeDep,
    q: Annotated[str, Query(max_length=500, description="Words that all stand in it.")] = "",
    metric: Annotated[
        str | None, Query(max_length=64, description="Only those with an effect on it, and how large these were.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> LearningList:
    """From all experiments of the workspace, by their words and names."""

    def look(conn: sa.Connection) -> tuple[list[Learning], Prior | None]:
        found = find_learnings(conn, scope.workspace, q, metric=metric, limit=limit)
        return found, None if metric is None else prior_of(conn, scope.workspace, metric)

    found, prior = await app.records.aread(look)
    return LearningList(
        learnings=[_learning(one) for one in found], prior=None if prior is None else PriorOut(**prior.to_json())
    )


@routes.post("", status_code=201, operation_id="add_learning", summary="Write down what was learnt")
async def add(app: AppDep, scope: ScopeDep, wanted: NewLearning) -> LearningOut:
    """With the effect that was seen, where there was one."""
    effect = None if wanted.effect is None else wanted.effect.model_dump(mode="json")
    made = await app.records.awrite(
        lambda conn: learn(conn, scope, wanted.text, clock=app.clock, experiment=wanted.experiment, effect=effect)
    )
    return _learning(made)


def _learning(one: Learning) -> LearningOut:
    return LearningOut(
        learning=one.id,
        text=one.text,
        experiment=one.experiment,
        effect=None if one.effect is None else dict(one.effect),
        created_at=one.created_at,
    )
