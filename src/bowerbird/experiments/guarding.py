"""
Guardrails: metrics that must not become worse by more than a margin, judged at any time.

    ok              surely not worse than the margin allows: the confidence sequence of non-inferiority excludes it
    failing         surely worse than that: the sequence from the other side does, at α over all that is asked
    not known yet   neither

`failing` rolls an experiment back while nobody looks, so it is corrected for how many guardrails and variants are asked
about; `ok` lets a good one ship, and is each at α.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from bowerbird.experiments.plan import Guardrail, Plan
from bowerbird.experiments.statistics import Analysis, analyse
from bowerbird.experiments.statistics.checks import Srm

__all__ = ["Guarded", "Standing", "judge"]

Standing: TypeAlias = Literal["ok", "failing", "not known yet"]


@dataclass(frozen=True, slots=True)
class Guarded:
    """How one guardrail stands in one variant; `low` and `high` are what its lift surely is not below and above."""

    metric: str
    variant: str
    margin: float
    better: Literal["higher", "lower"]
    state: Standing
    lift: float | None
    low: float | None
    high: float | None
    says: str

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "metric": self.metric,
            "variant": self.variant,
            "margin": self.margin,
            "better": self.better,
            "state": self.state,
            "lift": self.lift,
            "low": self.low,
            "high": self.high,
            "says": self.says,
        }


def judge(plan: Plan, requests: Mapping[str, Mapping[str, Any]], *, checked: Srm) -> tuple[Guarded, ...]:
    """Every guardrail of the plan in every variant but the control, by the sums of each metric."""
    asked = sum(len(requests[one.metric]["variants"]) - 1 for one in plan.guardrails)
    found: list[Guarded] = []
    for guardrail in plan.guardrails:
        request = requests[guardrail.metric]
        from_below = _one_sided(request, "greater", plan.alpha if guardrail.better == "higher" else plan.alpha / asked)
        from_above = _one_sided(request, "less", plan.alpha if guardrail.better == "lower" else plan.alpha / asked)
        low, high = analyse(from_below, checked=checked), analyse(from_above, checked=checked)
        found.extend(_judged(guardrail, name, low, high) for name in low.results)
    return tuple(found)


def _one_sided(request: Mapping[str, Any], side: str, alpha: float) -> dict[str, Any]:
    plain = {name: value for name, value in request.items() if name not in ("margin", "better")}
    return plain | {"alternative": side, "alpha": alpha, "correction": "none", "relative": True}


def _judged(guardrail: Guardrail, variant: str, from_below: Analysis, from_above: Analysis) -> Guarded:
    found = from_below.results[variant]
    low = None if found.headline.ci is None else found.headline.ci[0]
    above = from_above.results[variant].headline.ci
    high = None if above is None else above[1]
    worst = -guardrail.margin if guardrail.better == "higher" else guardrail.margin
    state = _state(guardrail.better, worst, low, high)
    return Guarded(
        guardrail.metric, variant, guardrail.margin, guardrail.better, state, found.headline.lift, low, high,
        found.reason or _says(guardrail, variant, state, low, high),
    )  # fmt: skip


def _state(better: str, worst: float, low: float | None, high: float | None) -> Standing:
    if low is None or high is None:
        return "not known yet"
    if better == "higher":
        return "failing" if high < worst else "ok" if low > worst else "not known yet"
    return "failing" if low > worst else "ok" if high < worst else "not known yet"


def _says(guardrail: Guardrail, variant: str, state: Standing, low: float | None, high: float | None) -> str:
    name, margin = guardrail.metric, f"{guardrail.margin:.3g} of the control's"
    is_higher = guardrail.better == "higher"
    bound = 0.0 if low is None or high is None else (high if is_higher else low)
    match state:
        case "failing":
            most = "at most" if is_higher else "at least"
            return f"{name} is surely worse in {variant}: its lift is {most} {bound:+.2%}, and the margin is {margin}"
        case "ok":
            return f"{name} is surely not worse in {variant} by more than {margin}"
        case "not known yet":
            return f"whether {name} is worse in {variant} by more than {margin} is not known yet"
