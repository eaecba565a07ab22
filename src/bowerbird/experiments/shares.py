"""
Whether people came to the variants in the promised shares, looked at as often as anybody likes.

    at any time        1/e of a mixture over how far off the shares may be, of everybody up to now
    at checkpoints     χ² of who came until the last midnight (UTC), once a day; the k-th has 1/k(k+1) of the level

Looks between two midnights see the same people at the checkpoints, and all checkpoints together use up the level once:
so shares that are right are called wrong in at most two of a thousand experiments, however long one looks. Shares that
were wrong at one checkpoint stay so: who comes later does not bring back who was lost. A new phase begins anew.

Who kept a variant from an earlier phase came by other weights, and is not among those who are checked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.experiments.plan import Rules
from bowerbird.experiments.statistics.checks import SRM_LEVEL, Srm, srm
from bowerbird.experiments.store import Experiment
from bowerbird.kernel.errors import NotFound
from bowerbird.records.tables import experiment_phases, exposures

__all__ = ["PhaseKept", "Shares", "day_of_exposure", "phase_of", "shares_of", "who_is_checked"]

DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class PhaseKept:
    """A phase as the records have it."""

    experiment: str  # its id
    number: int
    rules: Rules
    began_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class Shares:
    """What came, what the weights let expect of so many, and how surely that differs."""

    seen: Mapping[str, int]
    expected: Mapping[str, float]
    p: float  # of everybody up to now, as if nobody had looked before
    p_any_time: float
    p_checkpoint: float  # of the midnight at which they were furthest off for its threshold; 1 before the first
    threshold: float  # of that checkpoint

    @property
    def ok(self) -> bool:
        """Neither a checkpoint nor the test at any time says that they are wrong."""
        return self.p_any_time >= SRM_LEVEL and self.p_checkpoint >= self.threshold

    @property
    def as_checked(self) -> Srm:
        """For analyses, so that they say the same."""
        return Srm(self.p_checkpoint, self.p_any_time, self.threshold, self.expected)

    @property
    def because(self) -> str | None:
        """What is wrong, in words; None when nothing is."""
        if self.ok:
            return None
        came = ", ".join(f"{n} in {name}" for name, n in self.seen.items())
        wanted = ", ".join(f"{n:.0f}" for n in self.expected.values())
        p = min(self.p_any_time, self.p_checkpoint)
        return (
            f"people did not come in the promised shares: {came}, where {wanted} were expected (p {p:.2g}). Some are"
            " lost or added, and not by chance, so no figure can be believed before the cause is known"
        )

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "p": self.p,
            "p_any_time": self.p_any_time,
            "p_checkpoint": self.p_checkpoint,
            "threshold": self.threshold,
            "ok": self.ok,
        }


def phase_of(conn: sa.Connection, experiment: Experiment, number: int | None = None) -> PhaseKept:
    """That phase, else the last one. Raises NotFound for one that there is not; a draft has none."""
    wanted = experiment.phase if number is None else number
    if not 1 <= wanted <= experiment.phase:
        raise NotFound(f"{experiment.name} has {experiment.phase} phases, and {wanted} is none of them", field="phase")
    row = conn.execute(
        sa.select(experiment_phases).where(
            experiment_phases.c.experiment == experiment.id, experiment_phases.c.number == wanted
        )
    ).one()
    return PhaseKept(row.experiment, row.number, Rules.model_validate(row.rules), row.began_at, row.ended_at)


def shares_of(conn: sa.Connection, phase: PhaseKept, *, now_s: float) -> Shares:
    """The check of a phase."""
    weights = dict(phase.rules.weights)
    seen = _count(conn, phase)
    now = srm({name: float(n) for name, n in seen.items()}, weights)
    worst = min(_checkpoints(conn, phase, now_s), key=lambda one: one.p / one.threshold, default=None)
    p, threshold = (1.0, SRM_LEVEL) if worst is None else (worst.p, worst.threshold)
    return Shares(seen, now.expected, now.p, now.p_any_time, p, threshold)


def who_is_checked(phase: PhaseKept) -> "tuple[sa.ColumnElement[bool], ...]":
    """Which exposures: those of people who were assigned by this phase's weights."""
    of_phase = exposures.c.experiment == phase.experiment, exposures.c.phase == phase.number
    people = (*of_phase, exposures.c.is_bot.is_(False))
    if not phase.rules.sticky or phase.number == 1:
        return people
    before = exposures.alias("before")
    kept = sa.exists().where(
        before.c.experiment == phase.experiment,
        before.c.person == exposures.c.person,
        before.c.phase < phase.number,
    )
    return (*people, sa.not_(kept))


def day_of_exposure() -> "sa.ColumnElement[int]":
    """Since 1970 (UTC); a division of whole numbers, which both databases do alike."""
    return sa.cast(exposures.c.at, sa.BigInteger) // sa.literal(int(DAY_S), sa.BigInteger)


def _checkpoints(conn: sa.Connection, phase: PhaseKept, now_s: float) -> Iterator[Srm]:
    """The check at the end of each day that is over and on which somebody came."""
    day = day_of_exposure().label("day")
    rows = conn.execute(
        sa.select(day, exposures.c.variant, sa.func.count().label("people"))
        .where(*who_is_checked(phase))
        .group_by(day, exposures.c.variant)
        .order_by(day)
    )
    weights = dict(phase.rules.weights)
    seen = dict.fromkeys(weights, 0.0)
    first = int(phase.began_at // DAY_S)
    for its_day, came in groupby(rows, key=lambda row: int(row.day)):
        if its_day >= int(now_s // DAY_S):
            return
        for row in came:
            seen[row.variant] += row.people
        number = max(its_day - first, 0) + 1
        yield srm(seen, weights, looks=number * (number + 1))


def _count(conn: sa.Connection, phase: PhaseKept) -> dict[str, int]:
    rows = conn.execute(
        sa.select(exposures.c.variant, sa.func.count().label("people"))
        .where(*who_is_checked(phase))
        .group_by(exposures.c.variant)
    )
    came = {row.variant: int(row.people) for row in rows}
    return {name: came.get(name, 0) for name, _ in phase.rules.weights}
