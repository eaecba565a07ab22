"""
What people did after their exposure, and before it: sums by person and metric, kept up to date from the log of events.

Each event is counted once for each exposure of its person, whichever of the two was written first:

    exposures up to X ×  events after E     the log goes on: a batch of events, for everybody who is known by then
    exposures after X ×  events up to E     somebody new: what they did that was passed already

and then E and X move on, in the same transaction. Both are row numbers, which become visible in their order; times only
tell what is within a window. So a killed process counts nothing twice and leaves nothing out.

Experiments that were decided are counted no further. Events that are taken back afterwards stay counted until
`recount`, which the service asks for before it stops or decides one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import sqlalchemy as sa

from bowerbird.experiments.bots import MOST_IN_AN_HOUR
from bowerbird.experiments.plan import DAY_S, Metric, Plan, read
from bowerbird.experiments.totals import Change, Figures, forget
from bowerbird.experiments.units import PEOPLE_AT_ONCE, Key, figures_of, put, upsert
from bowerbird.kernel.clock import Clock
from bowerbird.records.tables import (
    events,
    experiment_counts,
    experiment_hours,
    experiment_units,
    experiments,
    exposures,
)

__all__ = ["behind", "catch_up", "cursors", "recount", "waits"]

EVENTS_AT_ONCE: Final = 10_000
EXPOSURES_AT_ONCE: Final = 500
MOST_WORTH: Final = 1e75
HOUR_S: Final = 3_600.0
HOURS_KEPT: Final = 24 * 7
_ONE: Final = 1  # the only row of the cursors


@dataclass(frozen=True, slots=True)
class _Use:
    """What a metric makes of events of one kind."""

    metric: str
    is_any: bool
    is_sum: bool
    is_above: bool  # the line of a ratio; of all else
    is_below: bool
    window_s: float
    before_s: float


_Uses = Mapping[str, Sequence[_Use]]  # by kind


@dataclass(frozen=True, slots=True)
class _Exposure:
    experiment: str
    phase: int
    person: str
    variant: str
    at: float
    uses: _Uses


class _Event(NamedTuple):
    person: str
    kind: str
    at: float
    value: float | None


@dataclass(slots=True)
class _Unit:
    """What is to be added to a person's sums of one metric."""

    variant: str
    is_any: bool
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])  # value, per, and both of before

    @property
    def figures(self) -> Figures:
        """Of somebody who has none yet."""
        value, per, value_before, per_before = self.sums
        return value, per, value_before, per_before

    def merged(self, known: Figures) -> Figures:
        """With what is known of them."""
        both = zip(known, self.sums, strict=True)
        value, per, value_before, per_before = (max(pair) if self.is_any else pair[0] + pair[1] for pair in both)
        return value, per, value_before, per_before


def catch_up(conn: sa.Connection, *, clock: Clock) -> bool:
    """Count the next batch of events and of exposures; False when nothing is left. In a transaction that writes."""
    seen_event, seen_exposure = _cursors(conn)
    to_exposure, people = _next_exposures(conn, seen_exposure)
    to_event = _next_event(conn, seen_event)
    if to_event == seen_event and to_exposure == seen_exposure:
        return False
    metrics = _metrics(conn)
    if not metrics:  # nobody's doings count; whoever is exposed later brings what they did with them
        _skip(conn)
        return False
    units: dict[Key, _Unit] = {}
    hours: Counter[tuple[int, str]] = Counter()
    if people:
        newcomers = _exposures(conn, metrics, exposures.c.id > seen_exposure, exposures.c.id <= to_exposure)
        first_ever = people - _exposed_before(conn, people, seen_exposure)
        passed = _events(conn, events.c.id <= seen_event, events.c.person.in_(people))
        _count(units, newcomers, passed)
        _count_hours(hours, (event for event in passed if event.person in first_ever))
    if to_event > seen_event:
        new = _events(conn, events.c.id > seen_event, events.c.id <= to_event)
        there = _exposures_of(conn, metrics, {event.person for event in new}, to_exposure)
        those = {one.person for one in there}
        theirs = [event for event in new if event.person in those]
        _count(units, there, theirs)
        _count_hours(hours, theirs)
    _add(conn, units)
    _add_hours(conn, hours, now_s=clock.now_s())
    _leave_out_bots(conn, hours, seen_exposure, to_exposure)
    conn.execute(sa.update(experiment_counts).values(event=to_event, exposure=to_exposure))
    return True


def waits(conn: sa.Connection) -> bool:
    """Whether there is anything to count."""
    seen_event, seen_exposure = _cursors(conn, make=False)
    is_there = sa.or_(
        sa.exists(sa.select(events.c.id).where(events.c.id > seen_event)),
        sa.exists(sa.select(exposures.c.id).where(exposures.c.id > seen_exposure)),
    )
    return bool(conn.execute(sa.select(is_there)).scalar())


def cursors(conn: sa.Connection) -> tuple[int, int]:
    """The last event and the last exposure that are counted."""
    return _cursors(conn, make=False)


def behind(conn: sa.Connection) -> int:
    """How many events were not looked at yet."""
    seen_event, _ = _cursors(conn, make=False)
    return conn.execute(sa.select(sa.func.count()).select_from(events).where(events.c.id > seen_event)).scalar_one()


def recount(conn: sa.Connection, experiment: str, after: int = 0) -> int | None:
    """
    Count some exposures of an experiment anew, those after that row, from what the log holds now.

    Where to go on, or None when all are done. Each call may be a transaction of its own: in between, what comes is
    added as always, and nobody is counted twice.
    """
    seen_event, seen_exposure = _cursors(conn)
    metrics = _metrics(conn, experiments.c.id == experiment)
    next_ones = (
        sa.select(exposures.c.id)
        .where(exposures.c.experiment == experiment, exposures.c.id > after, exposures.c.id <= seen_exposure)
        .order_by(exposures.c.id)
        .limit(EXPOSURES_AT_ONCE)
    )
    last: int | None = conn.execute(sa.select(sa.func.max(next_ones.subquery().c.id))).scalar()
    if last is None:
        return None
    of_them = exposures.c.id > after, exposures.c.id <= last, exposures.c.experiment == experiment
    some = _exposures(conn, metrics, *of_them)
    for phase in {one.phase for one in some}:
        forget(
            conn,
            experiment_units.c.experiment == experiment,
            experiment_units.c.phase == phase,
            experiment_units.c.person.in_([one.person for one in some if one.phase == phase]),
        )
    units: dict[Key, _Unit] = {}
    if some:
        people = events.c.person.in_({one.person for one in some})
        _count(units, some, _events(conn, events.c.id <= seen_event, people))
    _add(conn, units)
    return last


# -- reading --------------------------------------------------------------------------------------------------------


def _cursors(conn: sa.Connection, *, make: bool = True) -> tuple[int, int]:
    row = conn.execute(sa.select(experiment_counts.c.event, experiment_counts.c.exposure)).one_or_none()
    if row is None:
        if make:
            # Nobody is exposed yet: what was done until now is looked at when somebody is.
            last = conn.execute(sa.select(sa.func.max(events.c.id))).scalar() or 0
            conn.execute(sa.insert(experiment_counts).values(id=_ONE, event=last, exposure=0))
            return last, 0
        return 0, 0
    return row.event, row.exposure


def _skip(conn: sa.Connection) -> None:
    last_event = conn.execute(sa.select(sa.func.max(events.c.id))).scalar() or 0
    last_exposure = conn.execute(sa.select(sa.func.max(exposures.c.id))).scalar() or 0
    conn.execute(sa.update(experiment_counts).values(event=last_event, exposure=last_exposure))


def _next_exposures(conn: sa.Connection, seen: int) -> tuple[int, set[str]]:
    rows = conn.execute(
        sa.select(exposures.c.id, exposures.c.person)
        .where(exposures.c.id > seen)
        .order_by(exposures.c.id)
        .limit(EXPOSURES_AT_ONCE)
    ).all()
    return (rows[-1].id if rows else seen), {row.person for row in rows}


def _next_event(conn: sa.Connection, seen: int) -> int:
    """The last one of the next batch."""
    batch = sa.select(events.c.id).where(events.c.id > seen).order_by(events.c.id).limit(EVENTS_AT_ONCE).subquery()
    return conn.execute(sa.select(sa.func.max(batch.c.id))).scalar() or seen


def _metrics(conn: sa.Connection, *which: "sa.ColumnElement[bool]") -> dict[str, _Uses]:
    """What is measured, by experiment; of those that are not decided."""
    counts = experiments.c.state.in_(("running", "stopped"))
    rows = conn.execute(sa.select(experiments.c.id, experiments.c.plan).where(counts, *which))
    return {row.id: _uses(read(Plan, row.plan).metrics) for row in rows}


def _uses(metrics: Sequence[Metric]) -> _Uses:
    found: dict[str, list[_Use]] = defaultdict(list)
    for metric in metrics:
        for kind in dict.fromkeys((*metric.kinds, *metric.per)):
            found[kind].append(
                _Use(
                    metric.name,
                    metric.of == "any",
                    metric.of == "sum",
                    kind in metric.kinds,
                    kind in metric.per,
                    metric.window_days * DAY_S,
                    0.0 if metric.quantile is not None else metric.before_days * DAY_S,  # nothing adjusts a quantile
                )
            )
    return found


def _exposures(conn: sa.Connection, metrics: Mapping[str, _Uses], *where: "sa.ColumnElement[bool]") -> list[_Exposure]:
    if not metrics:
        return []
    rows = conn.execute(
        sa.select(
            exposures.c.experiment, exposures.c.phase, exposures.c.person, exposures.c.variant, exposures.c.at
        ).where(exposures.c.experiment.in_(metrics), exposures.c.is_bot.is_(False), *where)
    )
    return [
        _Exposure(row.experiment, row.phase, row.person, row.variant, row.at, metrics[row.experiment]) for row in rows
    ]


def _exposures_of(
    conn: sa.Connection, metrics: Mapping[str, _Uses], people: set[str], to_exposure: int
) -> list[_Exposure]:
    """Of these people, up to that one. They are named: a database may take long over who is in another selection."""
    named = sorted(people)
    return [
        one
        for first in range(0, len(named), PEOPLE_AT_ONCE)
        for one in _exposures(
            conn, metrics, exposures.c.id <= to_exposure, exposures.c.person.in_(named[first : first + PEOPLE_AT_ONCE])
        )
    ]


def _events(conn: sa.Connection, *where: "sa.ColumnElement[bool]") -> list[_Event]:
    rows = conn.execute(sa.select(events.c.person, events.c.kind, events.c.at, events.c.value).where(*where))
    return [_Event(*row) for row in rows]


def _exposed_before(conn: sa.Connection, people: set[str], seen: int) -> set[str]:
    rows = conn.execute(
        sa.select(exposures.c.person).where(exposures.c.person.in_(people), exposures.c.id <= seen).distinct()
    )
    return set(rows.scalars())


# -- counting -------------------------------------------------------------------------------------------------------


def _count(units: dict[Key, _Unit], known: Iterable[_Exposure], done: Iterable[_Event]) -> None:
    """Add what was done to the sums of those who were exposed."""
    by_person: dict[str, list[_Exposure]] = defaultdict(list)
    for one in known:
        by_person[one.person].append(one)
    for event in done:
        for one in by_person.get(event.person, ()):
            for use in one.uses.get(event.kind, ()):
                _count_one(units, one, use, event)


def _count_one(units: dict[Key, _Unit], one: _Exposure, use: _Use, event: _Event) -> None:
    after_s = event.at - one.at
    if 0 <= after_s < use.window_s:
        first = 0
    elif -use.before_s <= after_s < 0:
        first = 2
    else:
        return
    key = one.experiment, one.phase, use.metric, one.person
    unit = units.get(key)
    if unit is None:
        unit = units[key] = _Unit(one.variant, use.is_any)
    if use.is_any:
        unit.sums[first] = 1.0
        return
    if use.is_above:
        unit.sums[first] += _worth(event.value) if use.is_sum else 1.0
    if use.is_below:
        unit.sums[first + 1] += 1.0


def _worth(value: float | None) -> float:
    """Of an event; numbers whose squares are none are cut, as one of them would take every figure with it."""
    return max(-MOST_WORTH, min(value or 0.0, MOST_WORTH))


def _count_hours(hours: "Counter[tuple[int, str]]", done: Iterable[_Event]) -> None:
    hours.update((int(event.at // HOUR_S), event.person) for event in done)


def _add(conn: sa.Connection, units: Mapping[Key, _Unit]) -> None:
    """Sums are added, of `any` the larger stays; the totals move with them."""
    there = figures_of(conn, units)
    change = Change()
    rows: dict[Key, tuple[str, Figures]] = {}
    for key, unit in units.items():
        experiment, phase, metric, _ = key
        before = there.get(key)
        figures = unit.figures if before is None else unit.merged(before)
        if figures == before:
            continue
        group = experiment, phase, metric, unit.variant
        if before is not None:
            change.goes(group, before)
        change.comes(group, figures)
        rows[key] = unit.variant, figures
    put(conn, rows)
    change.write(conn)


def _add_hours(conn: sa.Connection, hours: Mapping[tuple[int, str], int], *, now_s: float) -> None:
    if not hours:
        return
    rows = [{"hour": hour, "person": person, "tally": tally} for (hour, person), tally in sorted(hours.items())]
    upsert(conn, experiment_hours, rows, lambda new: {"tally": experiment_hours.c.tally + new.tally})
    oldest = min(int(now_s // HOUR_S) - HOURS_KEPT, *(hour for hour, _ in hours))
    conn.execute(sa.delete(experiment_hours).where(experiment_hours.c.hour < oldest))


def _leave_out_bots(
    conn: sa.Connection, hours: Mapping[tuple[int, str], int], seen_exposure: int, to_exposure: int
) -> None:
    """Those who did more than a person can, and new exposures of whom that is known."""
    is_new = exposures.c.is_bot.is_(False)
    found: set[str] = set()
    if hours:
        these = [hour for hour, _ in hours]
        busy = sa.select(experiment_hours.c.person).where(
            experiment_hours.c.hour.between(min(these), max(these)), experiment_hours.c.tally > MOST_IN_AN_HOUR
        )
        found |= set(conn.execute(busy.distinct()).scalars())
    if to_exposure > seen_exposure:
        new = sa.select(exposures.c.person).where(exposures.c.id > seen_exposure, exposures.c.id <= to_exposure)
        known = sa.select(exposures.c.person).where(exposures.c.is_bot.is_(True), exposures.c.person.in_(new))
        found |= set(conn.execute(known.distinct()).scalars())
    if found:
        conn.execute(sa.update(exposures).where(is_new, exposures.c.person.in_(found)).values(is_bot=True))
        forget(conn, experiment_units.c.person.in_(found))
