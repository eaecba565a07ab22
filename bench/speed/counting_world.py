"""
An experiment with a large crowd, for `bench.speed.counting`: its people, what they do, and the sums of it.

All events come from a seed, a day at a time, in the order of time. `arrive` writes them into the log, where the product
counts them; `load` adds them up in arrays and writes what counting would have left. Both take them from `day`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.experiments import Experiment, Metric, Plan, Rules, create, find, read, start
from bowerbird.experiments.totals import Change
from bowerbird.feed.renewal import renew_items
from bowerbird.kernel.clock import ManualClock
from bowerbird.records import Records
from bowerbird.records.tables import events, experiment_counts, experiment_units, exposures, items, persons
from bowerbird.testing.builders import Library

__all__ = ["PLAN", "Day", "World", "chunks"]

Floats: TypeAlias = NDArray[np.float64]

SEED: Final = 20_261_129
BEGAN_S: Final = 1_780_000_000.0 // 86_400 * 86_400  # a midnight in 2026
DAY_S: Final = 86_400.0
DAYS: Final = 21
EXPOSED_ON: Final = 8  # the day
SESSION: Final = 10  # events
SESSION_S: Final = 900.0
FIRST: Final = 20_000  # people whose log the report reads
AT_ONCE: Final = 20_000  # rows
SHARES: Final = {
    "shown": 0.30, "opened": 0.20, "dwelt": 0.15, "viewed": 0.15, "saved": 0.05, "liked": 0.04, "dismissed": 0.04,
    "shared": 0.02, "enquired": 0.01, "asked": 0.02, "cited_opened": 0.02,
}  # fmt: skip
KINDS: Final = tuple(SHARES)
VARIANTS: Final = ("control", "a", "b", "c", "d")


def _metrics() -> Iterator[dict[str, Any]]:
    for kind in ("opened", "saved", "liked", "shared", "enquired", "asked"):
        yield {"name": f"any-{kind}", "kinds": [kind]}
    for kind in ("opened", "saved", "viewed", "shown", "cited_opened", "dismissed"):
        yield {"name": f"number-{kind}", "kinds": [kind], "of": "count"}
    yield {"name": "dwell", "kinds": ["dwelt"], "of": "sum"}
    yield {"name": "dwell-cut", "kinds": ["dwelt"], "of": "sum", "winsorise": 0.99}
    for above, below in (("opened", "shown"), ("saved", "opened"), ("liked", "shown"), ("enquired", "viewed")):
        yield {"name": f"{above}-per-{below}", "kinds": [above], "per": [below], "of": "count"}
    yield {"name": "dwell-p90", "kinds": ["dwelt"], "of": "sum", "quantile": 0.9}
    yield {"name": "opened-median", "kinds": ["opened"], "of": "count", "quantile": 0.5}


PLAN: Final[dict[str, Any]] = {
    "hypothesis": "It is read more.",
    "metric": "number-opened",
    "metrics": list(_metrics()),
    "guardrails": [{"metric": "opened-per-shown", "margin": 0.02}],
}


def chunks(number: int, size: int) -> Iterator[int]:
    """Pieces of at most that size, which add up to the number."""
    while number > 0:
        yield min(size, number)
        number -= size


@dataclass(frozen=True, slots=True)
class Day:
    """What people did on a day, in the order of time: their numbers, kinds, times and values."""

    person: NDArray[np.int64]
    kind: NDArray[np.int64]
    at: Floats
    value: Floats  # of what has one

    def __len__(self) -> int:
        return len(self.person)


class World:
    """People in an experiment; `events` of them in all."""

    name: Final = "counting"

    def __init__(self, records: Records, *, people: int, events: int) -> None:
        self.records = records
        self.clock = ManualClock(BEGAN_S)
        self.library = Library(records, self.clock)
        self.workspace = self.library.scope.workspace
        self.people = people
        self.events = events
        self.days = DAYS
        self.variant = np.random.default_rng([SEED, 1]).integers(len(VARIANTS), size=people)
        self._more = 0
        self._item = 0

    def person(self, number: int) -> str:
        """The id of a person; the order of ids has nothing to do with when they come."""
        return f"{number * 7_919 % 1_000_003:07d}{number:019d}"

    def day(self, number: int, size: int | None = None) -> Day:
        """Of a day of the experiment; what comes after the last is on the day after it."""
        rng = np.random.default_rng([SEED, 2, number])
        whole = self.events // self.days + (number < self.events % self.days) if size is None else size
        sessions = -(-whole // SESSION)
        person = np.repeat(rng.integers(self.people, size=sessions), SESSION)[:whole]
        began = np.repeat(rng.random(sessions) * (DAY_S - SESSION_S), SESSION)[:whole]
        at = BEGAN_S + min(number, self.days) * DAY_S + began + rng.random(whole) * SESSION_S
        kind = rng.choice(len(KINDS), size=whole, p=list(SHARES.values()))
        # Quarters of a second, some of them very long; whole quarters add up alike in any order.
        value = np.where(kind == KINDS.index("dwelt"), np.floor(4 * rng.lognormal(3, 1.5, whole)) / 4, np.nan)
        order = np.argsort(at)
        return Day(person[order], kind[order], at[order], value[order])

    # -- the records ------------------------------------------------------------------------------------------------

    def furnish(self) -> None:
        """An item, the people, and the experiment, which has begun."""
        self.library.page(self.library.source(), "https://docs.example.org/1", "A note about blue things.")
        while renew_items(self.records, limit=500, clock=self.clock):
            pass
        self._item = self.records.read(lambda conn: conn.execute(sa.select(items.c.id).limit(1)).scalar_one())
        columns = ("id", "workspace", "external_id", "name", "created_at")
        rows = (
            (self.person(number), self.workspace, f"user-{number}", "Somebody", BEGAN_S)
            for number in range(self.people)
        )
        self.fill(persons, columns, rows)
        scope = self.library.scope
        plan, rules = read(Plan, PLAN), read(Rules, {"variants": [{"name": name} for name in VARIANTS]})
        self._until(BEGAN_S + EXPOSED_ON * DAY_S)
        self.records.write(lambda conn: create(conn, scope, self.name, plan, rules, clock=self.clock))
        self.records.write(lambda conn: start(conn, scope, self.name, clock=self.clock))

    @property
    def experiment(self) -> Experiment:
        """As it is stored."""
        return self.records.read(lambda conn: find(conn, self.workspace, self.name))

    def expose(self) -> None:
        """Everybody meets it, at the beginning of that day."""
        identifier = self.experiment.id
        columns = ("workspace", "experiment", "phase", "person", "variant", "others", "at", "is_bot", "attributes")
        at = BEGAN_S + EXPOSED_ON * DAY_S
        rows = (
            (self.workspace, identifier, 1, self.person(number), VARIANTS[variant], 0, at, False, "{}")
            for number, variant in enumerate(self.variant.tolist())
        )
        self.fill(exposures, columns, rows)

    def arrive(self, number: int) -> None:
        """A day's events come to the log."""
        if number == EXPOSED_ON:
            self.expose()
        self._into_log(self.day(number), f"d{number}")
        self._until(BEGAN_S + (number + 1) * DAY_S)

    def arrive_more(self, size: int) -> None:
        """So many more come, after the days that were loaded and within the window."""
        self._more += 1
        self._into_log(self.day(self.days + self._more - 1, size), f"m{self._more}")
        self._until(BEGAN_S + (self.days + 1) * DAY_S)

    def log_of_first(self) -> None:
        """What the first people did since they were exposed; it is counted already."""
        for number in range(EXPOSED_ON, self.days):
            day = self.day(number)
            theirs = day.person < FIRST
            self._into_log(Day(day.person[theirs], day.kind[theirs], day.at[theirs], day.value[theirs]), f"f{number}")
        self.records.write(self._is_counted)

    def load(self) -> None:
        """What counting leaves of all days: everybody's figures, their totals, and the mark."""
        self.expose()
        one = self.experiment
        figures, has = self.figures(one)
        order = np.random.default_rng([SEED, 3]).permutation(self.people)
        columns = ("experiment", "phase", "metric", "person", "variant", "value", "per", "value_before", "per_before")
        names = [metric.name for metric in one.plan.metrics]

        def rows() -> Iterator[tuple[Any, ...]]:
            for number in order.tolist():
                its = self.person(number), VARIANTS[self.variant[number]]
                theirs = figures[number].tolist()
                for at in np.flatnonzero(has[number]).tolist():
                    yield (one.id, 1, names[at], *its, *theirs[at])

        self.fill(experiment_units, columns, rows())
        self.records.write(lambda conn: self._totals(conn, one, figures, has))
        self._until(BEGAN_S + self.days * DAY_S)
        self.records.write(self._is_counted)

    def _totals(self, conn: sa.Connection, one: Experiment, figures: Floats, has: NDArray[np.bool_]) -> None:
        for at, metric in enumerate(one.plan.metrics):
            for number, variant in enumerate(VARIANTS):
                change = Change()
                for row in figures[has[:, at] & (self.variant == number), at].tolist():
                    change.comes((one.id, 1, metric.name, variant), tuple(row))
                change.write(conn)

    def figures(self, one: Experiment) -> tuple[Floats, NDArray[np.bool_]]:
        """(people, metrics, 4): value, per and both of before; and whether they did any of it."""
        metrics = one.plan.metrics
        found = np.zeros((self.people, len(metrics), 4))
        has = np.zeros((self.people, len(metrics)), np.bool_)
        for number in range(self.days):
            day = self.day(number)
            for at, metric in enumerate(metrics):
                self._add(found[:, at], has[:, at], metric, day)
        for at, metric in enumerate(metrics):
            if metric.of == "any":
                np.minimum(found[:, at], 1.0, out=found[:, at])
        return found, has

    def _add(self, found: Floats, has: NDArray[np.bool_], metric: Metric, day: Day) -> None:
        after = day.at - (BEGAN_S + EXPOSED_ON * DAY_S)
        before_s = 0.0 if metric.quantile is not None else metric.before_days * DAY_S
        for first, within in (
            (0, (after >= 0) & (after < metric.window_days * DAY_S)),
            (2, (after < 0) & (after >= -before_s)),
        ):
            above = within & np.isin(day.kind, [KINDS.index(kind) for kind in metric.kinds])
            below = within & np.isin(day.kind, [KINDS.index(kind) for kind in metric.per])
            worth = np.nan_to_num(day.value[above]) if metric.of == "sum" else np.ones(int(above.sum()))
            found[:, first] += np.bincount(day.person[above], worth, minlength=self.people)
            found[:, first + 1] += np.bincount(day.person[below], minlength=self.people)
            has[day.person[above | below]] = True

    def _until(self, at: float) -> None:
        self.clock.advance(at - self.clock.now_s())

    def _into_log(self, day: Day, key: str) -> None:
        columns = ("workspace", "person", "item", "key", "kind", "at", "received_at", "value")
        columns_of = day.person.tolist(), day.kind.tolist(), day.at.tolist(), day.value.tolist()
        rows = (
            (self.workspace, self.person(person), self._item, f"{key}-{number}", KINDS[kind], at, at,
             value if KINDS[kind] == "dwelt" else None)
            for number, (person, kind, at, value) in enumerate(zip(*columns_of, strict=True))
        )  # fmt: skip
        self.fill(events, columns, rows)

    def _is_counted(self, conn: sa.Connection) -> None:
        """All that is in the log is in the sums."""
        last = {
            "event": conn.execute(sa.select(sa.func.max(events.c.id))).scalar() or 0,
            "exposure": conn.execute(sa.select(sa.func.max(exposures.c.id))).scalar() or 0,
        }
        conn.execute(sa.delete(experiment_counts))
        conn.execute(sa.insert(experiment_counts).values(id=1, **last))

    def fill(self, table: sa.Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """Many rows, by the driver's own way of writing many."""
        names = ", ".join(columns)

        def write(conn: sa.Connection) -> None:
            cursor: Any = conn.connection.cursor()
            if conn.dialect.name == "postgresql":
                with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                marks = ", ".join("?" * len(columns))
                cursor.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)

        self.records.write(write)
