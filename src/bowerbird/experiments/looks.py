"""
What an experiment looked like before: the lift of each metric and its confidence sequence, as the worker saw them.

One look an hour at most, and none when nothing came. The older a phase, the further apart its looks (a 200th of its
age): some 200 in the first eight days, and 800 in a year.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.experiments.statistics import Analysis
from bowerbird.experiments.store import Experiment
from bowerbird.records.tables import experiment_looks

__all__ = ["Look", "keep_looks", "last_look", "looks_of", "spacing_s"]

HOUR_S: Final = 3_600.0
LOOKS_AN_AGE: Final = 200


@dataclass(frozen=True, slots=True)
class Look:
    """A metric of one variant at some time; n is of both, the variant and the control."""

    at: float
    variant: str
    n: int
    lift: float | None
    low: float | None
    high: float | None
    p: float | None

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "at": self.at,
            "variant": self.variant,
            "n": self.n,
            "lift": self.lift,
            "low": self.low,
            "high": self.high,
            "p": self.p,
        }


def spacing_s(age_s: float) -> float:
    """How long after a look the next one is made, in seconds, in a phase of that age."""
    return max(HOUR_S, age_s / LOOKS_AN_AGE)


def looks_of(conn: sa.Connection, experiment: Experiment, phase: int, metric: str) -> tuple[Look, ...]:
    """Of a metric, the oldest first."""
    rows = conn.execute(
        sa.select(experiment_looks)
        .where(
            experiment_looks.c.experiment == experiment.id,
            experiment_looks.c.phase == phase,
            experiment_looks.c.metric == metric,
        )
        .order_by(experiment_looks.c.id)
    )
    return tuple(Look(row.at, row.variant, row.n, row.lift, row.low, row.high, row.p) for row in rows)


def last_look(conn: sa.Connection, experiment: Experiment) -> float | None:
    """When the running phase was looked at last."""
    return conn.execute(
        sa.select(sa.func.max(experiment_looks.c.at)).where(
            experiment_looks.c.experiment == experiment.id, experiment_looks.c.phase == experiment.phase
        )
    ).scalar()


def keep_looks(conn: sa.Connection, experiment: Experiment, analyses: Mapping[str, Analysis], *, at: float) -> None:
    """Write down what is seen now of these metrics."""
    rows = [row for metric, analysis in analyses.items() for row in _rows(experiment, metric, analysis, at)]
    if rows:
        conn.execute(sa.insert(experiment_looks), rows)


def _rows(experiment: Experiment, metric: str, analysis: Analysis, at: float) -> Sequence[dict[str, Any]]:
    return [
        {
            "experiment": experiment.id,
            "phase": experiment.phase,
            "metric": metric,
            "variant": variant,
            "at": at,
            "n": int(analysis.n + found.n),
            "lift": found.sequential.lift,
            "low": None if found.sequential.ci is None else found.sequential.ci[0],
            "high": None if found.sequential.ci is None else found.sequential.ci[1],
            "p": found.sequential.p,
        }
        for variant, found in analysis.results.items()
        if analysis.n + found.n
    ]
