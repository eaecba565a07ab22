"""What an experiment amounts to: `results`, `report`; and `/v1/a-a`, how often nothing is called a difference."""

from typing import Annotated, Any, Final, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from bowerbird.experiments import Decision
from bowerbird.kernel.errors import Unavailable
from bowerbird.web.access import Routes
from bowerbird.web.api.experiments import ExperimentName
from bowerbird.web.deps import AppDep, ScopeDep

__all__ = ["BySegmentOut", "ReportOut", "ResultsOut", "always_on", "routes"]

routes = Routes(prefix="/v1/experiments", tags=["experiments"])
_WAIT_S: Final = 30.0
_AGAIN_S: Final = 10.0

always_on = Routes(prefix="/v1/a-a", tags=["experiments"])


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


class SegmentEffectOut(BaseModel):
    """What a variant changed in a segment."""

    lift: float | None
    ci: tuple[float, float] | None = Field(
        description="At a level at which all intervals of this answer hold at once, at any time."
    )
    elsewhere: float | None = Field(description="The lift for everybody else.")
    p: float | None = Field(
        description="That it is the same there, corrected for all that is asked; valid at any time."
    )
    differs: Literal["more", "less"] | None = Field(description="Surely; null: it is not known to.")
    reason: str | None = Field(description="Why something is not told.")


class SegmentOut(BaseModel):
    """The people of one value."""

    value: str
    people: dict[str, int] = Field(description="By variant.")
    effects: dict[str, SegmentEffectOut]


class DimensionOut(BaseModel):
    """Everybody, by something that was known of them when they were exposed."""

    dimension: str = Field(examples=["region", "new here", "did it before"])
    kind: Literal["attribute", "met", "before"]
    p: float = Field(description="That the effect is the same for all; corrected, valid at any time.")
    p_once: float = Field(description="The same by Cochran's Q, for who looks only once.")
    segments: list[SegmentOut] = Field(description="The ten largest, and all others as one.")


class BySegmentOut(BaseModel):
    """Whether a metric changed alike for everybody."""

    experiment: str
    phase: int
    metric: str
    measure: Literal["relative", "absolute"] = Field(description="Of all lifts here.")
    alpha: float
    asked: int = Field(description="How many questions the p-values are corrected for.")
    left_out: int = Field(description="People of kinds that are too rare to be kept apart.")
    locked: bool
    locked_because: str | None
    reason: str | None = Field(description="Why nothing is told of this metric.")
    dimensions: list[DimensionOut] | None = Field(description="What differs most surely first; null while locked.")


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


@routes.get("/{name}/segments", operation_id="get_experiment_segments", summary="See for whom it differs")
async def segments(
    app: AppDep,
    scope: ScopeDep,
    name: ExperimentName,
    metric: Annotated[
        str | None, Query(max_length=64, description="Without it, the one by which it is decided.")
    ] = None,
    phase: Annotated[int | None, Query(ge=1, le=10_000, description="Without it, the last one.")] = None,
) -> BySegmentOut:
    """
    The metric's effect by what was known of people when they were exposed, each segment against everybody else.

    Corrected for all that is asked, and valid however often you look. Nothing is told while the shares are wrong.
    """
    found = await app.experiments.by_segment(name, scope.workspace, metric=metric, phase=phase)
    return BySegmentOut(**found.to_json())


@always_on.get("", operation_id="get_a_a", summary="See how often nothing is called a difference")
async def nothing(app: AppDep, scope: ScopeDep) -> AlwaysOnOut:
    """
    Whoever did something in the last two weeks is drawn into two equal variants, a hundred times.

    So the share of false alarms is known for the events of this workspace. Nobody is shown anything. It is made at most
    once an hour; who asks while it is made for longer than half a minute is told to come again.
    """
    found = await app.experiments.always_on.soon(scope.workspace, wait_s=_WAIT_S)
    if found is None:
        raise Unavailable("the A/A test is being made and takes longer than usual; ask again", retry_after_s=_AGAIN_S)
    return AlwaysOnOut(**found.to_json())
