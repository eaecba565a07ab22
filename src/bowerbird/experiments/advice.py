"""
What the plan's own criteria say is to be done, with reasons in words. They are asked in this order:

    promise, shares    what was promised, or who came, is not right        review
    guardrails         one is surely worse than its margin                 roll back
    health             several variants shown, unequal before, wears off   review
    the metric         surely better; and the guardrails hold              ship
                       surely worse                                        roll back
                       n* people came: no effect that matters, or unclear  roll back, review
                       else                                                wait

"Surely" is by confidence sequences, so the advice may be read at any time. A plan of direction `either` takes more for
better.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bowerbird.experiments.guarding import Guarded
from bowerbird.experiments.plan import Plan
from bowerbird.experiments.statistics import Analysis, Found, Imbalance
from bowerbird.experiments.statistics import Exposed as Met
from bowerbird.experiments.store import Decision, Experiment
from bowerbird.experiments.wearing_off import WearingOff

__all__ = ["Advice", "Known", "advise"]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to decide, why, and of `ship` which variant."""

    decision: Decision
    reasons: tuple[str, ...]
    variant: str | None = None

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {"decision": self.decision, "reasons": list(self.reasons), "variant": self.variant}


@dataclass(frozen=True, slots=True)
class Known:
    """All that the advice depends on; `primary` is None while the results are locked."""

    experiment: Experiment
    goes_on: bool  # people still come
    locked_because: str | None
    multiple: Met
    imbalance: Imbalance
    primary: Analysis | None = None
    guarded: Sequence[Guarded] = ()
    wearing_off: Sequence[WearingOff] = field(default=())


def advise(known: Known) -> Advice:
    """By the criteria above; what is decided already stays so."""
    if known.experiment.given is not None:
        is_shipped = known.experiment.decision == "ship"
        settled = f"it is decided: everybody gets {known.experiment.given}"
        return Advice("ship" if is_shipped else "roll back", (settled,), known.experiment.given if is_shipped else None)
    if known.locked_because is not None or known.primary is None:
        return Advice("review", (known.locked_because or "nothing is known yet",))
    if known.experiment.keeps_its_promise is False:
        return Advice("review", ("plan or rules are not those that were promised at the start",))
    failing = [one.says for one in known.guarded if one.state == "failing"]
    if failing:
        return Advice("roll back", tuple(failing))
    if unhealthy := _unhealthy(known):
        return Advice("review", tuple(unhealthy))
    return _by_metric(known, known.primary)


def _unhealthy(known: Known) -> list[str]:
    reasons: list[str] = []
    if not known.multiple.ok:
        reasons.append(
            f"{known.multiple.multiple} of {known.multiple.units} people were shown several variants"
            f" ({known.multiple.share:.1%}); find out why before you believe the figures"
        )
    if not known.imbalance.ok:
        reasons.append(
            f"{known.imbalance.variant} differed from the control in {known.imbalance.covariate} before anybody was"
            f" exposed (p {known.imbalance.p:.2g})"
        )
    return reasons


def _by_metric(known: Known, primary: Analysis) -> Advice:
    plan = known.experiment.plan
    better = {name: _towards(plan, found) for name, found in primary.results.items()}
    good = [name for name, sign in better.items() if sign > 0]
    if good:
        return _better(known, primary, max(good, key=lambda name: abs(primary.results[name].headline.lift or 0.0)))
    if better and all(sign < 0 for sign in better.values()):
        return Advice("roll back", tuple(f"{plan.metric} is surely worse{_lift(name, primary)}" for name in better))
    return _unclear(known, primary)


def _better(known: Known, primary: Analysis, name: str) -> Advice:
    plan = known.experiment.plan
    reasons = [f"{plan.metric} is surely better{_lift(name, primary)}"]
    fading = [one for one in known.wearing_off if one.variant == name and one.word == "novelty"]
    if fading:
        return Advice(
            "review", (*reasons, f"but the effect wears off: from {fading[0].early:.3g} to {fading[0].late:.3g}")
        )
    # A margin of 0 asks only not to be surely worse: nothing is ever surely not worse at all.
    open_ones = [one.says for one in known.guarded if one.variant == name and one.margin and one.state != "ok"]
    if not open_ones:
        held = [one.says for one in known.guarded if one.variant == name and one.state == "ok"]
        return Advice("ship", (*reasons, *held), name)
    if known.goes_on and _came(primary) < plan.n_star:
        return Advice("wait", (*reasons, *open_ones))
    return Advice("review", (*reasons, *open_ones))


def _unclear(known: Known, primary: Analysis) -> Advice:
    plan = known.experiment.plan
    came = _came(primary)
    if unsure := [found.reason for found in primary.results.values() if found.reason is not None]:
        reasons = tuple(dict.fromkeys(unsure))
    else:
        reasons = (f"whether {plan.metric} is better is not known yet",)
    progress = f"{came:g} of {plan.n_star} people came at which the plan expects to decide"
    if came < plan.n_star:
        if known.goes_on:
            return Advice("wait", (*reasons, progress))
        return Advice("review", (*reasons, progress, "and nobody comes any more"))
    if all(_is_small(plan, found) for found in primary.results.values()):
        return Advice(
            "roll back",
            (progress, f"no variant makes {plan.metric} better by {plan.mde:.3g}, the smallest effect that matters"),
        )
    said = (f"the plan says when it ends: {plan.stop}",) if plan.stop else ()
    return Advice("review", (*reasons, progress, *said))


def _towards(plan: Plan, found: Found) -> int:
    """1 for surely better, -1 for surely worse; with several variants it is counted that each was asked about."""
    p = found.headline.p if found.p_adjusted is None else found.p_adjusted
    if p is None or found.headline.lift is None or p >= found.headline.alpha:
        return 0
    return (1 if found.headline.lift > 0 else -1) * (-1 if plan.direction == "lower" else 1)


def _is_small(plan: Plan, found: Found) -> bool:
    """Whether an effect as large as the smallest that matters is excluded."""
    ends = found.headline.ci
    if ends is None or ends[0] is None or ends[1] is None:
        return False
    return -ends[0] < plan.mde if plan.direction == "lower" else ends[1] < plan.mde


def _lift(name: str, primary: Analysis) -> str:
    headline = primary.results[name].headline
    if headline.lift is None or headline.ci is None or headline.ci[0] is None or headline.ci[1] is None:
        return f" in {name}"
    return f" in {name}: {headline.lift:+.2%}, from {headline.ci[0]:+.2%} to {headline.ci[1]:+.2%}"


def _came(primary: Analysis) -> float:
    """People in the control and the variant that fewest are in: what the intervals are made of."""
    return primary.n + min(found.n for found in primary.results.values())
