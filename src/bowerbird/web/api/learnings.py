"""`/v1/learnings`: what experiments taught, to be found before the same is tried again."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from bowerbird.experiments import Learning, find_learnings, learn
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


class LearningList(BaseModel):
    """Learnings, the newest first."""

    learnings: list[LearningOut]


@routes.get("", operation_id="find_learnings", summary="Find what was learnt")
async def search(
    app: AppDep,
    scope: ScopeDep,
    q: Annotated[str, Query(max_length=500, description="Words that all stand in it.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> LearningList:
    """From all experiments of the workspace, by their words and names."""
    found = await app.records.aread(lambda conn: find_learnings(conn, scope.workspace, q, limit=limit))
    return LearningList(learnings=[_learning(one) for one in found])


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
