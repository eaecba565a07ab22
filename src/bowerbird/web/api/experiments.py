"""`/v1/experiments`: choices put to the test; `/v1/learnings`: what was learnt."""

from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from bowerbird.experiments import (
    Decision,
    Experiment,
    Learning,
    Plan,
    Rules,
    a_a,
    change,
    create,
    find,
    find_learnings,
    history,
    learn,
    list_experiments,
    running_phase,
    start,
)
from bowerbird.experiments.plan import Name
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep

__all__ = ["ExperimentOut", "LearningOut", "ReportOut", "ResultsOut", "always_on", "learnings", "routes"]

routes = Routes(prefix="/v1/experiments", tags=["experiments"])
always_on = Routes(prefix="/v1/a-a", tags=["experiments"])
learnings = Routes(prefix="/v1/learnings", tags=["experiments"])

ExperimentName = Annotated[str, Path(max_length=64, description="Its name.")]
Finite = Annotated[float, Field(allow_inf_nan=False)]
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
    """New rules, all of them."""

    model_config = ConfigDict(extra="forbid")

    rules: Rules
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


class CameOut(BaseModel):
    """Of a variant."""

    people: int
    multiple: int = Field(description="Of them, those who were shown another variant too; they count in the first one.")
    bots: int = Field(description="Left out of everything.")


class ResultsOut(BaseModel):
    """What a phase amounts to."""

    experiment: str
    phase: int
    behind: int = Field(description="Events that were not looked at yet.")
    keeps_its_promise: bool | None
    exposures: dict[str, CameOut]
    locked: bool = Field(description="People did not come in the promised shares: no metric is told.")
    locked_because: str | None
    metrics: dict[str, dict[str, Any]] = Field(
        description="By metric: what `bowerbird experiments analyse` takes. Empty while it is locked."
    )


class WatchedOut(CameOut):
    """Of a variant."""

    expected: float = Field(description="People, by the weights, of so many.")


class SharesOut(BaseModel):
    """Whether people came in the promised shares."""

    p: float = Field(description="χ² of now, as if nobody had looked before.")
    p_any_time: float = Field(description="Valid for any number of looks; below 0.001: wrong.")
    p_checkpoint: float = Field(
        description="χ² of who came until a midnight (UTC), the worst of all, judged by `threshold`."
    )
    threshold: float
    ok: bool


class SuspectOut(BaseModel):
    """What wrong shares may come from."""

    dimension: str = Field(examples=["region", "day of exposure"])
    kind: Literal["attribute", "day", "met", "left out"]
    p: float = Field(description="That all its values have the same shares.")
    points_at: str = Field(description="The value that is furthest off.")
    rest_ok: bool = Field(description="Without it, the shares are right.")
    values: list[dict[str, Any]] = Field(description="`value`, `people` by variant, `p`.")
    says: str


class GuardedOut(BaseModel):
    """A guardrail in one variant."""

    metric: str
    variant: str
    margin: float
    better: Literal["higher", "lower"]
    state: Literal["ok", "failing", "not known yet"]
    lift: float | None
    low: float | None = Field(description="The relative lift surely is not below it; one-sided, at any time.")
    high: float | None = Field(description="And not above it.")
    says: str


class MeasuredOut(BaseModel):
    """A metric."""

    form: Literal["mean", "proportion", "ratio", "quantile"]
    is_primary: bool
    is_guardrail: bool
    analysis: dict[str, Any] = Field(description="As `bowerbird experiments analyse --json` prints it.")


class LookOut(BaseModel):
    """What the metric by which it is decided looked like before, in one variant."""

    at: float
    variant: str
    n: int
    lift: float | None
    low: float | None
    high: float | None
    p: float | None


class AdviceOut(BaseModel):
    """What the plan's criteria say is to be done."""

    decision: Decision
    reasons: list[str]
    variant: str | None = Field(description="Of `ship`: which.")


class ReportOut(BaseModel):
    """First whether it can be trusted, then what it says: results are null while it is locked."""

    experiment: str
    state: Literal["draft", "running", "stopped", "decided"]
    phase: int
    at: float
    behind: int = Field(description="Events that were not looked at yet.")
    keeps_its_promise: bool | None
    control: str
    primary: str = Field(description="The metric by which it is decided.")
    variants: dict[str, WatchedOut]
    srm: SharesOut
    locked: bool
    locked_because: str | None
    mismatch: list[SuspectOut] = Field(description="While it is locked: where that comes from, the likeliest first.")
    multiple: dict[str, Any] = Field(description="People who were shown several variants.")
    imbalance: dict[str, Any] = Field(description="Whether variants differed before anybody was exposed.")
    metrics: dict[str, MeasuredOut] | None
    guardrails: list[GuardedOut] | None
    novelty: list[dict[str, Any]] | None = Field(
        description="By variant: the effect by days since the exposure, and whether it lasts."
    )
    novelty_reason: str | None = Field(description="Why there is none.")
    looks: list[LookOut] | None
    advice: AdviceOut


class RatesOut(BaseModel):
    """Of a kind of event: the share of draws that were called different at any of their looks."""

    at_any_time: float = Field(description="By the test that experiments are judged by.")
    for_one_look: float = Field(description="By a test that is right for one look, made at each.")


class AlwaysOnOut(BaseModel):
    """What became of experiments without any difference."""

    people: int
    draws: int = Field(description="Into two variants that are the same.")
    looks: int = Field(description="Of each draw, one a day.")
    alpha: float = Field(description="The share of draws that may be called different by chance.")
    ok: bool | None = Field(description="No rate is above it by more than chance; null where there is none.")
    rates: dict[str, RatesOut]
    wrong_shares: float = Field(description="Share of draws whose shares were called wrong.")
    reason: str | None = Field(description="Why there are no rates.")


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

    All else would move people between variants, so it needs a new phase.
    """
    clock, places = app.clock, app.trials.places
    changed = await app.records.awrite(
        lambda conn: change(conn, scope, name, wanted.rules, clock=clock, new_phase=wanted.new_phase, places=places)
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


@routes.get("/{name}/results", operation_id="get_experiment_results", summary="See what an experiment amounts to")
async def results(
    app: AppDep,
    scope: ScopeDep,
    name: ExperimentName,
    phase: Annotated[int | None, Query(ge=1, le=10_000, description="Without it, the last one.")] = None,
) -> ResultsOut:
    """Sums by variant, counted up to now, for `bowerbird experiments analyse` and other engines."""
    found = await app.experiments.results(name, scope.workspace, phase=phase)
    return ResultsOut(**found.to_json())


@routes.get("/{name}/report", operation_id="get_experiment_report", summary="Watch an experiment")
async def watch(
    app: AppDep,
    scope: ScopeDep,
    name: ExperimentName,
    phase: Annotated[int | None, Query(ge=1, le=10_000, description="Without it, the last one.")] = None,
) -> ReportOut:
    """
    Whether it can be trusted, what it says, and what to do, counted up to now; look as often as you like.

    While people did not come in the promised shares, no result is told, and `mismatch` says where that comes from.
    """
    found = await app.experiments.report(name, scope.workspace, phase=phase)
    return ReportOut(**found.to_json())


@always_on.get("", operation_id="get_a_a", summary="See how often nothing is called a difference")
async def nothing(app: AppDep, scope: ScopeDep) -> AlwaysOnOut:
    """
    Whoever did something in the last two weeks is drawn into two equal variants, a hundred times.

    So the share of false alarms is known for the events of this workspace. Nobody is shown anything.
    """
    found = await app.records.aread(lambda conn: a_a(conn, scope.workspace, clock=app.clock))
    return AlwaysOnOut(**found.to_json())


@learnings.get("", operation_id="find_learnings", summary="Find what was learnt")
async def search(
    app: AppDep,
    scope: ScopeDep,
    q: Annotated[str, Query(max_length=500, description="Words that all stand in it.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> LearningList:
    """From all experiments of the workspace, by their words and names."""
    found = await app.records.aread(lambda conn: find_learnings(conn, scope.workspace, q, limit=limit))
    return LearningList(learnings=[_learning(one) for one in found])


@learnings.post("", status_code=201, operation_id="add_learning", summary="Write down what was learnt")
async def add(app: AppDep, scope: ScopeDep, wanted: NewLearning) -> LearningOut:
    """With the effect that was seen, where there was one."""
    effect = None if wanted.effect is None else wanted.effect.model_dump(mode="json")
    made = await app.records.awrite(
        lambda conn: learn(conn, scope, wanted.text, clock=app.clock, experiment=wanted.experiment, effect=effect)
    )
    return _learning(made)


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


def _learning(one: Learning) -> LearningOut:
    return LearningOut(
        learning=one.id,
        text=one.text,
        experiment=one.experiment,
        effect=None if one.effect is None else dict(one.effect),
        created_at=one.created_at,
    )
