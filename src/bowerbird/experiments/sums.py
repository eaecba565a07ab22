"""
What an experiment amounts to: sums over its people by variant, as `bowerbird experiments analyse` takes them.

Everybody who was exposed counts in the variant that they had first, also who was shown another one later (they are
counted beside it), and also who did nothing: their zeros are in n and in nothing else. Bots are in none of it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.experiments.counting import behind
from bowerbird.experiments.plan import Guardrail, Metric
from bowerbird.experiments.ranks import Measured, capped, quantiles
from bowerbird.experiments.shares import PhaseKept, Shares, phase_of, shares_of
from bowerbird.experiments.statistics import Moments
from bowerbird.experiments.store import Experiment
from bowerbird.experiments.totals import as_numbers, totals_of
from bowerbird.kernel.clock import Clock
from bowerbird.records.tables import exposures

__all__ = ["Exposures", "Results", "results"]


@dataclass(frozen=True, slots=True)
class Exposures:
    """Of one variant: people, those of them who were shown another one too, and bots, who are not among them."""

    people: int
    multiple: int
    bots: int


@dataclass(frozen=True, slots=True)
class Results:
    """
    What is known of a phase; each request is what `analyse` takes.

    While the shares are wrong there is none: nobody is told one.
    """

    experiment: str
    phase: int
    behind: int  # events that were not looked at yet
    keeps_its_promise: bool | None
    control: str
    exposures: Mapping[str, Exposures]
    weights: Mapping[str, float]
    shares: Shares
    requests: Mapping[str, dict[str, Any]]  # by metric
    caps: Mapping[str, float]  # at which values of a metric that is winsorised are cut, of those that are told
    past: Mapping[str, Mapping[str, Moments]]  # by metric and variant: what people did before; of those that have it

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "experiment": self.experiment,
            "phase": self.phase,
            "behind": self.behind,
            "keeps_its_promise": self.keeps_its_promise,
            "exposures": {
                name: {"people": one.people, "multiple": one.multiple, "bots": one.bots}
                for name, one in self.exposures.items()
            },
            "locked": not self.shares.ok,
            "locked_because": self.shares.because,
            "metrics": {name: dict(one) for name, one in self.requests.items()},
        }


def results(
    conn: sa.Connection,
    experiment: Experiment,
    *,
    phase: int | None = None,
    only: Collection[str] | None = None,
    clock: Clock,
) -> Results:
    """
    The sums of a phase, else of the last one; none while its shares are wrong. Of all metrics, or `only` of those.

    Raises NotFound for a phase that there is not.
    """
    kept = phase_of(conn, experiment, phase)
    number, weights = kept.number, dict(kept.rules.weights)
    came = _exposures(conn, experiment.id, number, list(weights))
    shares = shares_of(conn, kept, now_s=clock.now_s())
    people = {name: one.people for name, one in came.items()}
    totals = totals_of(conn, experiment.id, number)
    asked = [metric for metric in experiment.plan.metrics if only is None or metric.name in only]
    measured = {
        metric.name: Measured(
            experiment.id,
            number,
            metric.name,
            people,
            {name: totals.get((metric.name, name), {}) for name in weights},
        )
        for metric in asked
    }
    told = asked if shares.ok else []
    caps: dict[str, float] = {}
    for metric in told:
        if metric.winsorise is not None:
            one = measured[metric.name]
            caps[metric.name], totals_cut = capped(conn, one, metric.winsorise)
            measured[metric.name] = replace(one, totals=totals_cut)
    requests = {metric.name: _request(conn, experiment, kept, metric, measured[metric.name]) for metric in told}
    past = {metric.name: _past(metric, measured[metric.name]) for metric in asked}
    return Results(
        experiment.name,
        number,
        behind(conn),
        experiment.keeps_its_promise,
        kept.rules.control_name,
        came,
        weights,
        shares,
        requests,
        caps,
        {name: one for name, one in past.items() if one},
    )


def _request(
    conn: sa.Connection, experiment: Experiment, kept: PhaseKept, metric: Metric, measured: Measured
) -> dict[str, Any]:
    """What `analyse` takes of a metric."""
    guardrails = {one.metric: one for one in experiment.plan.guardrails}
    fields = _quantiles(conn, metric, measured) if metric.form == "quantile" else _sums(metric, measured)
    return {
        "metric": metric.form,
        "control": kept.rules.control_name,
        "weights": dict(kept.rules.weights),
        "variants": {name: {"n": n, **fields[name]} for name, n in measured.people.items()},
        "alpha": experiment.plan.alpha,
        "n_star": experiment.plan.n_star,
        **({} if metric.quantile is None else {"quantile": metric.quantile}),
        **_guard(guardrails.get(metric.name)),
    }


def _sums(metric: Metric, measured: Measured) -> dict[str, dict[str, float]]:
    """Σ, Σ² and Σ of products by variant, under the names that `analyse` knows."""
    sums = {name: as_numbers(measured.totals.get(name, {})) for name in measured.people}
    # A ratio over nothing is no ratio: where people have no past, there is none to adjust by.
    has_past = metric.before_days > 0 and (not metric.per or all(one["pre_den_sum"] for one in sums.values()))
    return {name: _fields(metric, one, has_past=has_past) for name, one in sums.items()}


def _quantiles(conn: sa.Connection, metric: Metric, measured: Measured) -> dict[str, dict[str, float]]:
    assert metric.quantile is not None
    found = quantiles(conn, measured, metric.quantile)
    return {name: dict(zip(("estimate", "lower", "upper"), one, strict=True)) for name, one in found.items()}


def _past(metric: Metric, measured: Measured) -> dict[str, Moments]:
    """What people did before they were exposed, by variant; a ratio's is that of what stands above the line."""
    if metric.form == "quantile" or not metric.before_days:
        return {}
    sums = {name: as_numbers(measured.totals.get(name, {})) for name in measured.people}
    if metric.per and not all(one["pre_den_sum"] for one in sums.values()):
        return {}
    return {
        name: Moments.of_sums(n, [sums[name]["pre_sum"]], [[sums[name]["pre_sum_sq"]]])
        for name, n in measured.people.items()
    }


_OF_VALUE: Final = ("sum", "sum_sq")
_OF_PER: Final = ("den_sum", "den_sum_sq", "sum_den")
_OF_BEFORE: Final = ("pre_sum", "pre_sum_sq", "sum_pre")
_OF_PER_BEFORE: Final = ("pre_den_sum", "pre_den_sum_sq", "sum_pre_den", "den_pre", "den_pre_den", "pre_pre_den")


def _fields(metric: Metric, sums: dict[str, float], *, has_past: bool) -> dict[str, float]:
    """Those that a metric of that form has."""
    names = [*_OF_VALUE]
    if metric.per:
        names += _OF_PER
    if has_past:
        names += _OF_BEFORE
    if metric.per and has_past:
        names += _OF_PER_BEFORE
    return {name: sums[name] for name in names}


def _guard(guardrail: Guardrail | None) -> dict[str, Any]:
    if guardrail is None:
        return {}
    # A margin of 0 asks for no more than "not worse", which the interval tells.
    return {"better": guardrail.better, **({"margin": guardrail.margin} if guardrail.margin else {})}


def _exposures(conn: sa.Connection, experiment: str, phase: int, variants: list[str]) -> dict[str, Exposures]:
    is_bot = exposures.c.is_bot
    rows = conn.execute(
        sa.select(
            exposures.c.variant,
            sa.func.sum(sa.case((is_bot, 0), else_=1)).label("people"),
            sa.func.sum(sa.case((sa.and_(is_bot.is_(False), exposures.c.others > 0), 1), else_=0)).label("multiple"),
            sa.func.sum(sa.case((is_bot, 1), else_=0)).label("bots"),
        )
        .where(exposures.c.experiment == experiment, exposures.c.phase == phase)
        .group_by(exposures.c.variant)
    )
    came = {row.variant: Exposures(int(row.people), int(row.multiple), int(row.bots)) for row in rows}
    return {name: came.get(name, Exposures(0, 0, 0)) for name in variants}
