"""
What an experiment amounts to: sums over its people by variant, as `bowerbird experiments analyse` takes them.

Everybody who was exposed counts in the variant that they had first, also who was shown another one later (they are
counted beside it), and also who did nothing: their zeros are in n and in nothing else. Bots are in none of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.experiments.counting import behind
from bowerbird.experiments.plan import Guardrail, Metric
from bowerbird.experiments.shares import Shares, phase_of, shares_of
from bowerbird.experiments.store import Experiment
from bowerbird.kernel.clock import Clock
from bowerbird.records.tables import experiment_units, exposures

__all__ = ["Exposures", "Results", "capped_at", "results", "sums_of"]


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

    While the shares are wrong, no request is told to anybody (`told`, `to_json`).
    """

    experiment: str
    phase: int
    behind: int  # events that were not looked at yet
    keeps_its_promise: bool | None
    exposures: Mapping[str, Exposures]
    weights: Mapping[str, float]
    shares: Shares
    requests: Mapping[str, dict[str, Any]]  # by metric

    @property
    def told(self) -> Mapping[str, dict[str, Any]]:
        """The requests that somebody may see: none while the shares are wrong."""
        return self.requests if self.shares.ok else {}

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
            "metrics": {name: dict(one) for name, one in self.told.items()},
        }


def results(conn: sa.Connection, experiment: Experiment, *, phase: int | None = None, clock: Clock) -> Results:
    """The sums of a phase, else of the last one. Raises NotFound for a phase that there is not."""
    kept = phase_of(conn, experiment, phase)
    number, weights = kept.number, dict(kept.rules.weights)
    variants = list(weights)
    came = _exposures(conn, experiment.id, number, variants)
    shares = shares_of(conn, kept, now_s=clock.now_s())
    requests: dict[str, dict[str, Any]] = {}
    guardrails = {one.metric: one for one in experiment.plan.guardrails}
    caps = {
        metric.name: capped_at(conn, experiment, number, metric.name, metric.winsorise)
        for metric in experiment.plan.metrics
        if metric.winsorise is not None
    }
    found = sums_of(conn, experiment.id, number, caps=caps)
    for metric in experiment.plan.metrics:
        sums = {name: found.get((metric.name, name), _NOTHING) for name in variants}
        # A ratio over nothing is no ratio: where people have no past, there is none to adjust by.
        has_past = metric.before_days > 0 and (not metric.per or all(one["pre_den_sum"] for one in sums.values()))
        requests[metric.name] = {
            "metric": metric.form,
            "control": kept.rules.control_name,
            "weights": weights,
            "variants": {
                name: {"n": came[name].people, **_fields(metric, sums[name], has_past=has_past)} for name in variants
            },
            "alpha": experiment.plan.alpha,
            "n_star": experiment.plan.n_star,
            **_guard(guardrails.get(metric.name)),
        }
    return Results(experiment.name, number, behind(conn), experiment.keeps_its_promise, came, weights, shares, requests)


def sums_of(
    conn: sa.Connection, experiment: str, phase: int, *, caps: Mapping[str, float] | None = None
) -> dict[tuple[str, str], dict[str, float]]:
    """
    Σ, Σ² and Σ of products by metric and variant, under the names that `analyse` knows; of who did something.

    `caps` cuts the values of a metric, above the line, at the same bound for everybody (`capped_at` finds one).
    """
    found: dict[tuple[str, str], dict[str, float]] = {}
    of_phase = experiment_units.c.experiment == experiment, experiment_units.c.phase == phase
    capped = caps or {}
    value: sa.ColumnElement[float] = experiment_units.c.value
    for metric, cap in capped.items():
        is_over = sa.and_(experiment_units.c.metric == metric, experiment_units.c.value > cap)
        value = sa.case((is_over, sa.literal(cap, sa.Double)), else_=value)
    columns = {
        "": value,
        "den": experiment_units.c.per,
        "pre": experiment_units.c.value_before,
        "pre_den": experiment_units.c.per_before,
    }
    sums = {_sum(name): sa.func.sum(column) for name, column in columns.items()}
    sums |= {f"{_sum(name)}_sq": sa.func.sum(column * column) for name, column in columns.items()}
    sums |= {product: sa.func.sum(columns[one] * columns[other]) for product, (one, other) in _PRODUCTS.items()}
    rows = conn.execute(
        sa.select(experiment_units.c.metric, experiment_units.c.variant, *(one.label(as_) for as_, one in sums.items()))
        .where(*of_phase)
        .group_by(experiment_units.c.metric, experiment_units.c.variant)
    )
    for row in rows.mappings():
        found[row["metric"], row["variant"]] = {name: float(row[name]) for name in sums}
    return found


def capped_at(conn: sa.Connection, experiment: Experiment, phase: int, metric: str, share: float) -> float:
    """
    The value that so large a share of all people does not exceed, of all variants together: never of each alone.

    People who did nothing count with 0.
    """
    of_phase = exposures.c.experiment == experiment.id, exposures.c.phase == phase, exposures.c.is_bot.is_(False)
    people = conn.execute(sa.select(sa.func.count()).select_from(exposures).where(*of_phase)).scalar_one()
    # The ⌈share · n⌉-th smallest; the larger ones are few.
    above = people - max(1, -int(-(share * people) // 1))
    units = sa.select(experiment_units.c.value).where(
        experiment_units.c.experiment == experiment.id,
        experiment_units.c.phase == phase,
        experiment_units.c.metric == metric,
    )
    found = conn.execute(units.order_by(experiment_units.c.value.desc()).offset(max(above, 0)).limit(1)).scalar()
    return 0.0 if found is None else float(found)


_PRODUCTS: Final = {
    "sum_den": ("", "den"),
    "sum_pre": ("", "pre"),
    "sum_pre_den": ("", "pre_den"),
    "den_pre": ("den", "pre"),
    "den_pre_den": ("den", "pre_den"),
    "pre_pre_den": ("pre", "pre_den"),
}


def _sum(column: str) -> str:
    return f"{column}_sum" if column else "sum"


_OF_VALUE: Final = ("sum", "sum_sq")
_OF_PER: Final = ("den_sum", "den_sum_sq", "sum_den")
_OF_BEFORE: Final = ("pre_sum", "pre_sum_sq", "sum_pre")
_OF_PER_BEFORE: Final = ("pre_den_sum", "pre_den_sum_sq", "sum_pre_den", "den_pre", "den_pre_den", "pre_pre_den")
_NOTHING: Final[dict[str, float]] = dict.fromkeys((*_OF_VALUE, *_OF_PER, *_OF_BEFORE, *_OF_PER_BEFORE), 0.0)


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
