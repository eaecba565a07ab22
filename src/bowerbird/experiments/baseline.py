"""
What is known of a metric before anybody is exposed: by what the workspace's people did lately.

Who did anything within the metric's window stands for who will be exposed; those who did nothing of what is counted are
among them, with 0. Whoever did more than a person can in an hour is left out, as in experiments.

Values are not cut (`winsorise`): where the plan cuts them, the variance is smaller than is said here, and fewer people
are needed.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.experiments.bots import MOST_IN_AN_HOUR
from bowerbird.experiments.plan import DAY_S, Metric
from bowerbird.experiments.ranks import Ranks
from bowerbird.experiments.statistics import Moments, are_enough, arm, quantile_arm
from bowerbird.kernel.clock import Clock
from bowerbird.ops.cache import Tier
from bowerbird.records import Records
from bowerbird.records.tables import events

__all__ = ["Baseline", "Baselines", "baseline_of"]

DAYS: Final = (1, 2, 3, 5, 7, 10, 14, 21, 28)  # over which people are counted
KEPT_S: Final = 300.0
HOUR_S: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """How the metric is without the experiment."""

    people: int  # who did anything within the window
    days: float  # what of the window the events reach back; 0 without any
    mean: float | None  # None when it cannot be told
    variance: float | None  # of one person's share in it
    reached: tuple[int, ...]  # who did anything within the last so many `DAYS`

    def people_within(self, days: float) -> float:
        """About how many come within so many days; after four weeks as many new ones a day as in the last two."""
        known = [(0, 0), *zip(DAYS, self.reached, strict=True)]
        for (before, fewer), (after, more) in pairwise(known):
            if days <= after:
                return fewer + (more - fewer) * (days - before) / (after - before)
        return self.reached[-1] + self._newcomers * (days - DAYS[-1])

    def days_until(self, people: float) -> float | None:
        """After about how many days so many have come; None when they never do."""
        known = [(0, 0), *zip(DAYS, self.reached, strict=True)]
        for (before, fewer), (after, more) in pairwise(known):
            if people <= more:
                return before + (after - before) * (people - fewer) / (more - fewer)
        rest = people - self.reached[-1]
        return DAYS[-1] + rest / self._newcomers if self._newcomers > 0 else None

    @property
    def _newcomers(self) -> float:
        """A day, later on."""
        middle = DAYS.index(14)
        return (self.reached[-1] - self.reached[middle]) / (DAYS[-1] - DAYS[middle])


class Baselines:
    """Baselines that were looked up a while ago are good enough; for one event loop, which closes it."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._tier: Tier[tuple[str, Metric], Baseline] = Tier(
            "baselines", records.stamps, clock, lifetime_s=KEPT_S, most=200
        )

    async def of(self, workspace: str, metric: Metric) -> Baseline:
        """The metric's, of the last minutes; raises Unavailable when the records cannot be read."""

        async def look() -> Baseline:
            now_s = self._clock.now_s()
            return await self._records.aread(lambda conn: baseline_of(conn, workspace, metric, now_s=now_s))

        return (await self._tier.get((workspace, metric), look, stamps=())).value

    async def close(self) -> None:
        """May be called twice."""
        await self._tier.close()


def baseline_of(conn: sa.Connection, workspace: str, metric: Metric, *, now_s: float) -> Baseline:
    """The metric by what was done in the workspace until now."""
    window_s = metric.window_days * DAY_S
    longest_s = max(window_s, DAYS[-1] * DAY_S)
    lately = events.c.workspace == workspace, events.c.at > now_s - longest_s, events.c.at <= now_s
    hour = sa.cast(events.c.at / HOUR_S, sa.BigInteger)
    busy = (
        sa.select(events.c.person)
        .where(*lately)
        .group_by(events.c.person, hour)
        .having(sa.func.count() > MOST_IN_AN_HOUR)
    )
    people = events.c.person.not_in(busy)
    last = sa.select(sa.func.max(events.c.at).label("at")).where(*lately, people).group_by(events.c.person).subquery()
    within = [sa.func.sum(sa.case((last.c.at > now_s - days * DAY_S, 1), else_=0)) for days in DAYS]
    reached = tuple(int(number or 0) for number in conn.execute(sa.select(*within)).one())
    counted = _units(metric, *lately, events.c.at > now_s - window_s, people)
    if metric.quantile is not None:
        return _of_quantile(conn, metric, metric.quantile, counted, reached, now_s=now_s)
    value, per = counted.c.value, counted.c.per
    sums = [sa.func.sum(one) for one in (value, per, value * value, per * per, value * per)]
    told = sa.select(sa.func.count().label("people"), sa.func.min(counted.c.first).label("first"), *sums)
    row = conn.execute(told).one()
    if not row.people:
        return Baseline(0, 0.0, None, None, reached)
    mean, variance = _estimate(metric, row.people, [float(one) for one in row[2:]])
    return Baseline(row.people, min(metric.window_days, (now_s - row.first) / DAY_S), mean, variance, reached)


def _of_quantile(
    conn: sa.Connection, metric: Metric, q: float, counted: "sa.Subquery", reached: tuple[int, ...], *, now_s: float
) -> Baseline:
    """By the order of what people did; its variance is read from the interval, as in the analysis."""
    all_of_them = sa.select(sa.func.count().label("people"), sa.func.min(counted.c.first).label("first"))
    row = conn.execute(all_of_them.select_from(counted)).one()
    if not row.people:
        return Baseline(0, 0.0, None, None, reached)
    days = min(metric.window_days, (now_s - row.first) / DAY_S)
    if not are_enough(row.people, q):
        return Baseline(row.people, days, None, None, reached)
    ranks = Ranks.of(row.people, q)
    place = sa.func.row_number().over(order_by=counted.c.value).label("place")
    ordered = sa.select(counted.c.value, place).subquery()
    values = conn.execute(sa.select(ordered.c.place, ordered.c.value).where(ordered.c.place.in_(ranks.all)))
    found = quantile_arm(row.people, *ranks.quantile({int(one.place): float(one.value) for one in values}))
    mean, variance = float(found.mean), float(found.variance)
    is_known = variance > 0 and mean != 0
    return Baseline(row.people, days, mean if is_known else None, variance if is_known else None, reached)


def _units(metric: Metric, *where: "sa.ColumnElement[bool]") -> "sa.Subquery":
    """What each person did of it."""
    worth: Any = sa.func.coalesce(events.c.value, 0.0) if metric.of == "sum" else 1.0
    above = sa.case((events.c.kind.in_(metric.kinds), worth), else_=0.0)
    below = sa.case((events.c.kind.in_(metric.per), 1.0), else_=0.0)
    return (
        sa.select(
            (sa.func.max(above) if metric.of == "any" else sa.func.sum(above)).label("value"),
            sa.func.sum(below).label("per"),
            sa.func.min(events.c.at).label("first"),
        )
        .where(*where)
        .group_by(events.c.person)
        .subquery()
    )


def _estimate(metric: Metric, people: int, sums: list[float]) -> tuple[float | None, float | None]:
    """Mean and variance; None where nothing varies, or there is nothing below the line."""
    value, per, squares, per_squares, products = sums
    if people < 2 or (metric.per and not per):
        return None, None
    moments = (
        Moments.of_sums(people, [value, per], [[squares, products], [products, per_squares]])
        if metric.per
        else Moments.of_sums(people, [value], [[squares]])
    )
    found = arm(metric.form, moments)
    mean, variance = float(found.mean), float(found.variance)
    return (mean, variance) if variance > 0 and mean != 0 else (None, None)
