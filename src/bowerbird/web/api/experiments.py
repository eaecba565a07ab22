"""`/v1/experiments`: choices put to the test, from a plan to a decision."""

from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from bowerbird.experiments import (
    Decision,
    Experiment,
    Plan,
    Rules,
    create,
    find,
    history,
    list_experiments,
    running_phase,
    start,
)
from bowerbird.experiments.plan import Name
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep

__all__ = ["ExperimentName", "ExperimentOut", "NewDecision", "NewExperiment", "routes"]

routes = Routes(prefix="/v1/experiments", tags=["experiments"])

ExperimentName = Annotated[str, Path(max_length=64, description="Its name.")]
_EXAMPLE: Final[dict[str, Any]] = {
    "name": "feed-ranker",
    "plan": {
        "hypothesis": "Ranking by what is forecast to be saved makes more people save something.",
        "metric": "saved",
        "direction": "higher",
        "mde": 0.05,
        "n_star": 8000,
        "stop": "After four weeks, or when it is significant after one.",
        "metrics": [
            {"name": "saved", "kinds": ["saved"]},
            {"name": "opened-per-shown", "kinds": ["opened"], "of": "count", "per": ["shown"]},
        ],
        "guardrails": [{"metric": "opened-per-shown", "margin": 0.02}],
    },
    "rules": {"variants": [{"name": "control"}, {"name": "forecast"}], "traffic": 0.1},
}


class NewExperiment(BaseModel):
    """What is to be tested, and what is promised before anything is known."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    plan: Plan
    rules: Rules


class Change(BaseModel):
    """New rules, all of them; of a draft also another plan."""

    model_config = ConfigDict(extra="forbid")

    rules: Rules | None = Field(default=None, description="Without them, those that it has.")
    plan: Plan | None = Field(default=None, description="Of a draft: what is promised once it starts.")
    new_phase: bool = Field(
        default=False, description="Draw everybody anew and count from 0: needed for all but letting more people in."
    )


class NewDecision(BaseModel):
    """What is done, and why."""

    model_config = ConfigDict(extra="forbid")

    decision: Decision
    reasons: str = Field(min_length=1, max_length=4_000)
    variant: Name | None = Field(default=None, description="Of `ship`: what everybody gets.")


class Met(BaseModel):
    """What is known of a person who meets the experiment."""

    model_config = ConfigDict(extra="forbid")

    attributes: dict[str, StrictBool | StrictInt | StrictFloat | StrictStr | None] = Field(
        default={}, max_length=100, description="What conditions are about."
    )
    shown: Name | None = Field(default=None, description="The variant that your own client has shown them already.")
    user_agent: str = Field(default="", max_length=1_000, description="Of their browser: programs are not exposed.")


class VariantOut(BaseModel):
    """What a person is to see."""

    variant: str = Field(description="The control, or what was decided, for who is not in the experiment.")
    state: Literal["first", "again", "other", "not in"] = Field(
        description="Recorded now; recorded before; another was shown than the first, which counts; not recorded."
    )
    why: str = Field(description="Of `not in`: why not.", examples=["not targeted"])
    phase: int


class Step(BaseModel):
    """Something that was done to it."""

    at: float
    person: str | None
    action: str
    detail: dict[str, Any]


class PhaseOut(BaseModel):
    """All that assignment depends on, for clients that compute it by themselves."""

    holdout_salt: str
    held_below: str = Field(description="A bucket, as a text: it has up to 20 digits.")
    layer_salt: str
    segments: list[tuple[int, int]] | None = Field(description="Of the 10,000 of the layer; null: in no layer.")
    conditions: list[dict[str, Any]]
    inclusion_salt: str
    included_below: str
    variant_salt: str
    arms: list[dict[str, str]] = Field(description="Each variant, and the bucket at which its range ends.")


class ExperimentOut(BaseModel):
    """An experiment as it is now."""

    name: str
    state: Literal["draft", "running", "stopped", "decided"]
    plan: Plan
    rules: Rules
    phase: int = Field(description="0 in a draft.")
    assignment: PhaseOut
    promised: str | None = Field(description="SHA-256 of plan and rules as they were when it started.")
    keeps_its_promise: bool | None = Field(description="What is stored is still what was promised.")
    decision: str | None
    given: str | None = Field(description="The variant that everybody gets since it was decided.")
    created_at: float
    started_at: float | None
    stopped_at: float | None
    decided_at: float | None


class WholeExperiment(ExperimentOut):
    """An experiment, and all that was done to it."""

    log: list[Step]


class ExperimentList(BaseModel):
    """Those of the workspace, the newest first."""

    experiments: list[ExperimentOut]


@routes.get("", operation_id="list_experiments", summary="List experiments")
async def index(app: AppDep, scope: ScopeDep) -> ExperimentList:
    """All of the workspace."""
    found = await app.records.aread(lambda conn: list_experiments(conn, scope.workspace))
    return ExperimentList(experiments=[_out(one) for one in found])


@routes.post("", status_code=201, operation_id="create_experiment", summary="Plan an experiment")
async def make(app: AppDep, scope: ScopeDep, wanted: NewExperiment) -> ExperimentOut:
    """A draft, in which nobody is until it is started."""
    places = app.trials.places
    made = await app.records.awrite(
        lambda conn: create(conn, scope, wanted.name, wanted.plan, wanted.rules, clock=app.clock, places=places)
    )
    return _out(made)


@routes.get("/{name}", operation_id="get_experiment", summary="See an experiment")
async def show(app: AppDep, scope: ScopeDep, name: ExperimentName) -> WholeExperiment:
    """With what was done to it, and all that a client of your own needs to assign by itself."""

    def read(conn: sa.Connection) -> WholeExperiment:
        one = find(conn, scope.workspace, name)
        steps = [Step(**asdict(step)) for step in history(conn, one)]
        return WholeExperiment(**_fields(one), log=steps)

    return await app.records.aread(read)


@routes.patch("/{name}", operation_id="change_experiment", summary="Change who gets what")
async def alter(app: AppDep, scope: ScopeDep, name: ExperimentName, wanted: Change) -> ExperimentOut:
    """
    Letting more people in goes on: more traffic, fewer conditions, a smaller holdout, more of the layer.

    All else would move people between variants, so it needs a new phase. The plan stays as it was at the start.
    """
    changed = await app.experiments.change(
        name,
        scope,
        rules=wanted.rules,
        plan=wanted.plan,
        new_phase=wanted.new_phase,
        places=app.trials.places,
    )
    return _out(changed)


@routes.post("/{name}/start", operation_id="start_experiment", summary="Start an experiment")
async def begin(app: AppDep, scope: ScopeDep, name: ExperimentName) -> ExperimentOut:
    """From now on people are in it; what was promised is hashed and stays."""
    places = app.trials.places
    return _out(await app.records.awrite(lambda conn: start(conn, scope, name, clock=app.clock, places=places)))


@routes.post("/{name}/stop", operation_id="stop_experiment", summary="Stop an experiment")
async def end(app: AppDep, scope: ScopeDep, name: ExperimentName) -> ExperimentOut:
    """Everybody gets the control; what people do within their windows still counts until it is decided."""
    return _out(await app.experiments.stop(name, scope))


@routes.post("/{name}/decide", operation_id="decide_experiment", summary="Decide an experiment")
async def settle(app: AppDep, scope: ScopeDep, name: ExperimentName, wanted: NewDecision) -> ExperimentOut:
    """`ship` and `roll back` end it, and everybody gets one variant; `wait` and `review` are written down."""
    return _out(await app.experiments.decide(name, scope, wanted.decision, wanted.reasons, variant=wanted.variant))


@routes.post("/{name}/exposures", operation_id="meet_experiment", summary="Get and record somebody's variant")
async def meet(app: AppDep, scope: ScopeDep, name: ExperimentName, known: Met) -> VariantOut:
    """
    Ask when the person is about to see the difference: from then on they count.

    Asking again changes nothing, whoever asks.
    """
    met = await app.experiments.meet(
        name, scope, attributes=known.attributes, shown=known.shown, user_agent=known.user_agent
    )
    variant = met.variant or await app.experiments.without(name, scope.workspace)
    return VariantOut(variant=variant, state=met.state, why=met.why, phase=met.phase)


def _fields(one: Experiment) -> dict[str, Any]:
    return {
        "name": one.name,
        "state": one.state,
        "plan": one.plan,
        "rules": one.rules,
        "phase": one.phase,
        "assignment": PhaseOut(**running_phase(one).to_json()),
        "promised": one.promised,
        "keeps_its_promise": one.keeps_its_promise,
        "decision": one.decision,
        "given": one.given,
        "created_at": one.created_at,
        "started_at": one.started_at,
        "stopped_at": one.stopped_at,
        "decided_at": one.decided_at,
    }


def _out(one: Experiment) -> ExperimentOut:
    return ExperimentOut(**_fields(one))
