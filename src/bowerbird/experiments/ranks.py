"""
What people did, in its order: quantiles by variant, and the bound at which values are cut.

Who did nothing has no row, and the value 0: these people stand between those below 0 and those above. How many rows
there are, and how many of them are below 0, is known (`totals.py`), so the database only looks up the rows of a few
ranks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import floor
from typing import NamedTuple, TypeAlias

import sqlalchemy as sa

from bowerbird.experiments.exact import rounded
from bowerbird.experiments.statistics import quantile_ranks, rank_of
from bowerbird.experiments.totals import Figures, Totals, moved
from bowerbird.records.tables import experiment_units

__all__ = ["Measured", "Quantile", "Ranks", "capped", "quantiles"]

Quantile: TypeAlias = tuple[float, float, float]  # estimate, and the ends of its interval


class Ranks(NamedTuple):
    """Which of the values in their order, from 1 on, a quantile is made of: its interval's ends, and two around it."""

    low: int
    high: int
    below: int
    above: int
    share: float  # of the way from the one below to the one above

    @classmethod
    def of(cls, n: int, q: float) -> "Ranks":
        """The q-quantile of n values."""
        at = (n - 1) * q
        return cls(*quantile_ranks(n, q), floor(at) + 1, min(floor(at) + 2, n), at - floor(at))

    @property
    def all(self) -> tuple[int, int, int, int]:
        """All that are looked up."""
        return self.low, self.high, self.below, self.above

    def quantile(self, values: Mapping[int, float]) -> Quantile:
        """From the values of these ranks."""
        first, second = values[self.below], values[self.above]
        return first + self.share * (second - first), values[self.low], values[self.high]


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric of a phase: how many people each variant has, and the sums over those of them who did something."""

    experiment: str
    phase: int
    metric: str
    people: Mapping[str, int]
    totals: Mapping[str, Totals]  # by variant

    def crowd(self, variants: Iterable[str]) -> "_Crowd":
        """Of these variants together."""
        counts = [[rounded(self.totals.get(name, {}).get(of, ())) for of in ("units", "negative")] for name in variants]
        rows, negative = (int(sum(of)) for of in zip(*counts, strict=True))
        return _Crowd(sum(self.people[name] for name in variants), rows, negative)

    @property
    def rows(self) -> "tuple[sa.ColumnElement[bool], ...]":
        """Where they are."""
        units = experiment_units.c
        return units.experiment == self.experiment, units.phase == self.phase, units.metric == self.metric


@dataclass(frozen=True, slots=True)
class _Crowd:
    people: int
    rows: int
    negative: int

    def row(self, rank: int) -> int | None:
        """Which row, in their order from 1 on, has the value of that rank; None for somebody who did nothing."""
        if rank <= self.negative:
            return rank
        idle = self.people - self.rows
        return None if rank <= self.negative + idle else rank - idle


def quantiles(conn: sa.Connection, measured: Measured, q: float) -> dict[str, Quantile]:
    """
    By variant: the q-quantile, between two ranks as NumPy has it, and the ranks that its interval of 95 % ends at.

    One value a person. Of nobody it is 0; with few people the interval is that of all values, and means nothing.
    """
    wanted = {name: Ranks.of(n, q) for name, n in measured.people.items() if n}
    crowds = {name: measured.crowd([name]) for name in wanted}
    places = {name: {crowds[name].row(rank) for rank in ranks.all} - {None} for name, ranks in wanted.items()}
    values = _values(conn, measured, {name: rows for name, rows in places.items() if rows})

    def at(name: str, rank: int) -> float:
        row = crowds[name].row(rank)
        return 0.0 if row is None else values[name, row]

    found: dict[str, Quantile] = dict.fromkeys(measured.people, (0.0, 0.0, 0.0))
    for name, ranks in wanted.items():
        found[name] = ranks.quantile({rank: at(name, rank) for rank in ranks.all})
    return found


def _values(
    conn: sa.Connection, measured: Measured, places: Mapping[str, Iterable[int | None]]
) -> dict[tuple[str, int], float]:
    """Of these rows by variant."""
    if not places:
        return {}
    units = experiment_units.c
    place = sa.func.row_number().over(partition_by=units.variant, order_by=units.value).label("place")
    ordered = sa.select(units.variant, units.value, place).where(*measured.rows).subquery()
    theirs = [sa.and_(ordered.c.variant == name, ordered.c.place.in_(rows)) for name, rows in places.items()]
    found = conn.execute(sa.select(ordered.c.variant, ordered.c.place, ordered.c.value).where(sa.or_(*theirs)))
    return {(row.variant, int(row.place)): float(row.value) for row in found}


def capped(conn: sa.Connection, measured: Measured, share: float) -> tuple[float, dict[str, Totals]]:
    """
    The value that so large a share of all people does not exceed, of all variants together, and the sums by variant
    once what is above it counts as much as it.
    """
    crowd = measured.crowd(measured.people)
    if not crowd.people:
        return 0.0, dict(measured.totals)
    cap = _cap(conn, measured, crowd, rank_of(crowd.people, share))
    units = experiment_units.c
    over: dict[str, list[Figures]] = {name: [] for name in measured.people}
    theirs = sa.select(units.variant, units.value, units.per, units.value_before, units.per_before)
    for variant, value, per, before, per_before in conn.execute(theirs.where(*measured.rows, units.value > cap)):
        over[variant].append((value, per, before, per_before))
    sums: dict[str, Totals] = {}
    for name, went in over.items():
        came: list[Figures] = [(cap, *rest) for _, *rest in went]  # type: ignore[misc]
        if cap < 0:  # then so are those who did nothing
            idle = measured.people[name] - measured.crowd([name]).rows
            came += [(cap, 0.0, 0.0, 0.0)] * idle
        sums[name] = moved(measured.totals.get(name, {}), came, went)
    return cap, sums


def _cap(conn: sa.Connection, measured: Measured, crowd: _Crowd, rank: int) -> float:
    row = crowd.row(rank)
    if row is None:
        return 0.0
    # Counted from the largest: the larger ones are few.
    value = sa.select(experiment_units.c.value).where(*measured.rows).order_by(experiment_units.c.value.desc())
    return float(conn.execute(value.offset(crowd.rows - row).limit(1)).scalar_one())
