"""
An experiment as somebody sees it who looks at it now: first whether it can be trusted, and only then what it says.

    shares ──wrong──► locked: no result is told, and where the mismatch comes from is
       └────right──► each metric, guardrails, whether the effect lasts, the looks so far, and advice

All of it may be looked at as often as anybody likes: nothing in the advice rests on a test for one look.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bowerbird.experiments.advice import Advice, Known, advise
from bowerbird.experiments.guarding import Guarded, judge
from bowerbird.experiments.looks import Look, looks_of
from bowerbird.experiments.mismatch import Suspect, suspects
from bowerbird.experiments.plan import Metric
from bowerbird.experiments.shares import Shares, phase_of
from bowerbird.experiments.statistics import Analysis, Imbalance, Kind, analyse, pre_period_imbalance
from bowerbird.experiments.statistics import Exposed as Met
from bowerbird.experiments.store import Experiment, State
from bowerbird.experiments.sums import Results, results
from bowerbird.experiments.wearing_off import WearingOff, wearing_off
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong

__all__ = ["Came", "Measured", "Report", "effect_seen", "report"]


@dataclass(frozen=True, slots=True)
class Came:
    """Who came to a variant, and how many were expected of so many; bots are not among the people."""

    people: int
    expected: float
    multiple: int
    bots: int

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {"people": self.people, "expected": self.expected, "multiple": self.multiple, "bots": self.bots}


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric: by what it is decided, or beside it, and what it says."""

    form: Kind
    is_primary: bool
    is_guardrail: bool
    analysis: Analysis

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "form": self.form,
            "is_primary": self.is_primary,
            "is_guardrail": self.is_guardrail,
            "analysis": self.analysis.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known of a phase; while it is `locked`, everything that tells of a result is None."""

    experiment: str
    state: State
    phase: int
    at: float
    behind: int  # events that were not looked at yet
    keeps_its_promise: bool | None
    control: str
    primary: str  # the name of the metric by which it is decided
    variants: Mapping[str, Came]
    srm: Shares
    locked: bool
    locked_because: str | None
    mismatch: tuple[Suspect, ...]  # while locked: where it comes from, the likeliest first; none: alike everywhere
    multiple: Met
    imbalance: Imbalance
    metrics: Mapping[str, Measured] | None
    guardrails: tuple[Guarded, ...] | None
    novelty: tuple[WearingOff, ...] | None  # of the primary metric, by variant
    novelty_reason: str | None  # why there is none
    looks: tuple[Look, ...] | None  # of the primary metric, the oldest first
    advice: Advice

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "experiment": self.experiment,
            "state": self.state,
            "phase": self.phase,
            "at": self.at,
            "behind": self.behind,
            "keeps_its_promise": self.keeps_its_promise,
            "control": self.control,
            "primary": self.primary,
            "variants": {name: one.to_json() for name, one in self.variants.items()},
            "srm": self.srm.to_json(),
            "locked": self.locked,
            "locked_because": self.locked_because,
            "mismatch": [one.to_json() for one in self.mismatch],
            "multiple": {
                "units": self.multiple.units,
                "multiple": self.multiple.multiple,
                "share": self.multiple.share,
                "ok": self.multiple.ok,
            },
            "imbalance": {
                "metric": self.imbalance.covariate,
                "variant": self.imbalance.variant,
                "p": self.imbalance.p,
                "ok": self.imbalance.ok,
            },
            "metrics": None if self.metrics is None else {name: one.to_json() for name, one in self.metrics.items()},
            "guardrails": None if self.guardrails is None else [one.to_json() for one in self.guardrails],
            "novelty": None if self.novelty is None else [one.to_json() for one in self.novelty],
            "novelty_reason": self.novelty_reason,
            "looks": None if self.looks is None else [one.to_json() for one in self.looks],
            "advice": self.advice.to_json(),
        }


def report(conn: sa.Connection, experiment: Experiment, *, phase: int | None = None, clock: Clock) -> Report:
    """
    Of a phase, else of the last one, from what is counted.

    Raises InputWrong for a draft, NotFound for a phase that there is not.
    """
    if experiment.phase == 0:
        raise InputWrong(f"{experiment.name} is a draft, so there is nothing to report; start it first", field="name")
    now_s = clock.now_s()
    kept = phase_of(conn, experiment, phase)
    sums = results(conn, experiment, phase=phase, clock=clock)
    shares = sums.shares
    multiple = Met(
        sum(one.people for one in sums.exposures.values()), sum(one.multiple for one in sums.exposures.values())
    )
    imbalance = _imbalance(sums)
    goes_on = experiment.state == "running" and kept.ended_at is None
    known = Known(experiment, goes_on, shares.because, multiple, imbalance)
    metrics: Mapping[str, Measured] | None = None
    guardrails: tuple[Guarded, ...] | None = None
    fading: tuple[WearingOff, ...] | None = None
    looks: tuple[Look, ...] | None = None
    reason: str | None = shares.because
    if shares.ok:
        metrics = _measured(experiment, sums)
        guardrails = judge(experiment.plan, sums.requests, checked=shares.as_checked)
        fading, reason = wearing_off(conn, kept, _metric(experiment, experiment.plan.metric), now_s=now_s)
        looks = looks_of(conn, experiment, kept.number, experiment.plan.metric)
        primary = metrics[experiment.plan.metric].analysis
        known = Known(experiment, goes_on, None, multiple, imbalance, primary, guardrails, fading)
    return Report(
        experiment=experiment.name,
        state=experiment.state,
        phase=kept.number,
        at=now_s,
        behind=sums.behind,
        keeps_its_promise=experiment.keeps_its_promise,
        control=kept.rules.control_name,
        primary=experiment.plan.metric,
        variants=_came(sums),
        srm=shares,
        locked=not shares.ok,
        locked_because=shares.because,
        mismatch=() if shares.ok else suspects(conn, kept),
        multiple=multiple,
        imbalance=imbalance,
        metrics=metrics,
        guardrails=guardrails,
        novelty=fading or None,
        novelty_reason=reason,
        looks=looks,
        advice=advise(known),
    )


def effect_seen(report: Report, one: Experiment) -> dict[str, Any] | None:
    """For a learning, what was seen of the metric: in the variant that was shipped, else in the one furthest off."""
    if report.metrics is None:
        return None
    analysis = report.metrics[report.primary].analysis
    found = {name: it for name, it in analysis.results.items() if it.sequential.lift is not None}
    if not found:
        return None
    name = one.given if one.given in found else max(found, key=lambda each: abs(found[each].sequential.lift or 0.0))
    figure = found[name].sequential
    effect: dict[str, Any] = {"metric": report.primary, "lift": figure.lift, "n": int(analysis.n + found[name].n)}
    if figure.ci is not None and None not in figure.ci:
        effect["ci"] = list(figure.ci)
    return effect


def _came(sums: Results) -> dict[str, Came]:
    found: dict[str, Came] = {}
    for name, one in sums.exposures.items():
        kept = one.people - sums.shares.seen[name]  # from an earlier phase, whatever the weights are now
        found[name] = Came(one.people, sums.shares.expected[name] + kept, one.multiple, one.bots)
    return found


def _measured(experiment: Experiment, sums: Results) -> dict[str, Measured]:
    guardrails = {one.metric for one in experiment.plan.guardrails}
    total = sum(sums.weights.values())
    shares = {name: weight / total for name, weight in sums.weights.items()}
    return {
        metric.name: Measured(
            metric.form,
            metric.name == experiment.plan.metric,
            metric.name in guardrails,
            analyse(sums.requests[metric.name] | {"weights": shares}, checked=sums.shares.as_checked),
        )
        for metric in experiment.plan.metrics
    }


def _imbalance(sums: Results) -> Imbalance:
    """Of what people did before they were exposed; a ratio's parts are told by its numerator."""
    return pre_period_imbalance({metric: dict(past) for metric, past in sums.past.items()}, sums.control)


def _metric(experiment: Experiment, name: str) -> Metric:
    return next(metric for metric in experiment.plan.metrics if metric.name == name)
