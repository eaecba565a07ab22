"""
Whether an effect lasts: what people did by days since their own exposure, of those who have been in it long enough.

A new thing is tried because it is new. So the effect is told for each day since the exposure, and the first days are
compared with as many later ones of the same people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.experiments.plan import Metric
from bowerbird.experiments.shares import DAY_S, PhaseKept
from bowerbird.experiments.statistics import Effect, Moments, absolute, arm, fixed, novelty
from bowerbird.experiments.statistics.checks import SRM_LEVEL
from bowerbird.records.tables import events, exposures

__all__ = ["DayEffect", "WearingOff", "wearing_off"]

MOST_PEOPLE: Final = 20_000
ENOUGH: Final = 100  # people in each variant
HALVES: Final = (7, 3, 1)  # days

Word = Literal["none", "novelty", "primacy"]


@dataclass(frozen=True, slots=True)
class DayEffect:
    """The absolute effect on one day since the exposure (0: the first 24 hours), with its interval of 95 %."""

    day: int
    n: int
    lift: float
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {"day": self.day, "n": self.n, "lift": self.lift, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class WearingOff:
    """Of one variant: the effect in the first days and in as many later ones, and whether it changed."""

    variant: str
    half_days: int
    early: float
    late: float
    change: float
    p: float
    word: Word  # `novelty` wears off, `primacy` grows; `none` when chance explains the change
    days: tuple[DayEffect, ...]

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "variant": self.variant,
            "half_days": self.half_days,
            "early": self.early,
            "late": self.late,
            "change": self.change,
            "p": self.p,
            "word": self.word,
            "days": [one.to_json() for one in self.days],
        }


class _Person(NamedTuple):
    exposure: int
    person: str
    variant: str
    at: float


def wearing_off(
    conn: sa.Connection, phase: PhaseKept, metric: Metric, *, now_s: float
) -> tuple[tuple[WearingOff, ...], str | None]:
    """Of each variant but the control, or none and the reason; of the first 20,000 people of the phase."""
    if metric.form in ("ratio", "quantile"):
        return (), f"the effect by days is told of means and proportions, and this metric is a {metric.form}"
    first = _first(conn, phase)
    ages = _ages(first, now_s=now_s)
    if not all(np.size(ages.get(name, ())) for name, _ in phase.rules.weights):
        return (), "nobody was exposed in one of the variants"
    fewest = {half: min(_older(ages[name], 2 * half) for name in ages) for half in HALVES}
    half = next((half for half in HALVES if fewest[half] >= ENOUGH and 2 * half <= metric.window_days), None)
    if half is None:
        return (), f"fewer than {ENOUGH} people of each variant have been in it for 2 days within the metric's window"
    done = _done(conn, phase, first, metric, days=2 * half, now_s=now_s)
    control = phase.rules.control_name
    found = [_compared(name, done[control], done[name], half) for name, _ in phase.rules.weights if name != control]
    if any(one is None for one in found):
        return (), "what people do does not vary from one to the other, so nothing tells how much chance does"
    return tuple(one for one in found if one is not None), None


def _compared(
    variant: str, control: NDArray[np.float64], treatment: NDArray[np.float64], half: int
) -> WearingOff | None:
    halves = [np.stack([rows[:, :half].sum(1), rows[:, half:].sum(1)], 1) for rows in (control, treatment)]
    before, after = (Moments.of_values(rows) for rows in halves)
    changed = novelty(before, after)
    if not np.isfinite(float(changed.change.se)):
        return None
    days: list[DayEffect] = []
    for day in range(2 * half):
        of_control, of_treatment = (arm("mean", Moments.of_values(rows[:, day])) for rows in (control, treatment))
        effect = absolute(of_control, of_treatment)
        if np.isfinite(float(effect.se)):
            days.append(_of_day(day, effect))
    word: Word = "none"
    if changed.p < SRM_LEVEL:  # looked at as often as anybody likes
        word = "novelty" if float(changed.change.lift) * float(changed.early.lift) < 0 else "primacy"
    early, late, change = (float(one.lift) for one in (changed.early, changed.late, changed.change))
    return WearingOff(variant, half, early, late, change, changed.p, word, tuple(days))


def _of_day(day: int, effect: Effect) -> DayEffect:
    found = fixed(effect, alpha=0.05)
    return DayEffect(day, int(effect.n), float(effect.lift), float(found.low), float(found.high))


def _older(ages: NDArray[np.float64], days: int) -> int:
    return int(np.sum(ages >= days))


def _of_phase(phase: PhaseKept) -> "tuple[sa.ColumnElement[bool], ...]":
    return exposures.c.experiment == phase.experiment, exposures.c.phase == phase.number, exposures.c.is_bot.is_(False)


def _first(conn: sa.Connection, phase: PhaseKept) -> Sequence[_Person]:
    """The people who are looked at, in the order in which they came."""
    columns = exposures.c.id, exposures.c.person, exposures.c.variant, exposures.c.at
    wanted = sa.select(*columns).where(*_of_phase(phase)).order_by(exposures.c.id).limit(MOST_PEOPLE)
    return [_Person(*row) for row in conn.execute(wanted)]


def _ages(first: Sequence[_Person], *, now_s: float) -> dict[str, NDArray[np.float64]]:
    """By variant, for how many days each person has been in it."""
    found: dict[str, list[float]] = {}
    for row in first:
        found.setdefault(row.variant, []).append((now_s - row.at) / DAY_S)
    return {name: np.array(ages) for name, ages in found.items()}


def _done(
    conn: sa.Connection,
    phase: PhaseKept,
    first: Sequence[_Person],
    metric: Metric,
    *,
    days: int,
    now_s: float,
) -> dict[str, NDArray[np.float64]]:
    """By variant, a row for each person who has been in it so long: what they did on each day."""
    people = [row for row in first if row.at <= now_s - days * DAY_S]
    rows = {row.person: number for number, row in enumerate(people)}
    did = np.zeros((len(people), days))
    log = sa.select(exposures.c.person, exposures.c.at, events.c.at.label("done_at"), events.c.value).join(
        events, events.c.person == exposures.c.person
    )
    theirs = *_of_phase(phase), exposures.c.id <= first[-1].exposure
    within = events.c.at >= exposures.c.at, events.c.at < exposures.c.at + days * DAY_S
    for one in conn.execute(log.where(*theirs, events.c.kind.in_(metric.kinds), *within)):
        number = rows.get(one.person)
        if number is not None:
            day = min(int((one.done_at - one.at) // DAY_S), days - 1)
            did[number, day] += (one.value or 0.0) if metric.of == "sum" else 1.0
    if metric.of == "any":
        did = np.minimum(did, 1.0)
    of = np.array([row.variant for row in people])
    return {name: did[of == name] for name, _ in phase.rules.weights}
