"""Counting what people do, killed at each line: no event is lost, none counted twice, and the sums are the rows'."""

import multiprocessing
import os
import signal
import sys
from multiprocessing.queues import Queue
from types import FrameType
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.experiments import Plan, Rules, UnitBuckets, catch_up, create, expose, read, start
from bowerbird.experiments.bots import MOST_IN_AN_HOUR
from bowerbird.experiments.exposing import Meeting
from bowerbird.experiments.totals import Totals, totals_of
from bowerbird.feed import NewEvent, keep_events
from bowerbird.kernel.clock import ManualClock
from bowerbird.records import open_records
from bowerbird.records.tables import events, experiment_counts, experiment_units, exposures
from bowerbird.testing.builders import Library
from tests.feeding import furnish

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

START_S = 1_780_000_000.0
PLAN: dict[str, Any] = {
    "hypothesis": "It is opened more often.",
    "metric": "opened",
    "metrics": [
        {"name": "opened", "kinds": ["opened"]},
        {"name": "dwell", "kinds": ["dwelt"], "of": "sum"},
        {"name": "rate", "kinds": ["opened"], "of": "count", "per": ["shown"]},
    ],
}
FILES = ("counting.py", "units.py", "totals.py", "exact.py")


class Killer:
    """Kills this process when the n-th line of counting, each counted once, is about to run."""

    def __init__(self, number: int) -> None:
        self._left = number
        self._seen: set[tuple[str, int]] = set()

    def __call__(self, frame: FrameType, what: str, _argument: object) -> "Killer | None":
        """Python's tracing."""
        name = frame.f_code.co_filename
        if "experiments" not in name or not name.endswith(FILES):
            return None
        line = name, frame.f_lineno
        if what == "line" and line not in self._seen:
            self._seen.add(line)
            self._left -= 1
            if self._left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def count_once(url: str, at_s: float) -> None:
    """One batch, in a transaction."""
    records = open_records(url)
    records.write(lambda conn: catch_up(conn, clock=ManualClock(at_s)))
    records.close()


def kill_at_each_line(url: str, at_s: float, told: "Queue[tuple[int, bool]]") -> None:
    """
    Children of this process count, and each dies one line later; how many died, and whether one came through.

    What comes through is undone. A bare engine is quicker to have a thousand times than records, and a transaction of
    it is the same.
    """
    address = sa.make_url(url)
    if address.get_backend_name() == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(address, poolclass=sa.NullPool)
    for number in range(2_000):
        child = os.fork()
        if not child:
            with engine.begin() as conn:
                sys.settrace(Killer(number))
                catch_up(conn, clock=ManualClock(at_s))
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            told.put((number, os.waitstatus_to_exitcode(status) == 0))
            return


def test_a_kill_at_any_line_leaves_all_or_nothing(records_url: str) -> None:
    """
    Newcomers and others, a bot, events before and after: some hundred kills in a row leave the first state as it is;
    and then counting gives what it gives where nobody was killed.
    """
    records = open_records(records_url)
    clock = ManualClock(START_S)
    library = Library(records, clock)
    (item,) = furnish(library, 1)
    scope = library.scope
    people = {name: library.person(name) for name in ("a", "b", "c", "bot")}
    rules = read(Rules, {"variants": [{"name": "control"}, {"name": "treatment"}]})
    records.write(lambda conn: create(conn, scope, "one", read(Plan, PLAN), rules, clock=clock))
    one = records.write(lambda conn: start(conn, scope, "one", clock=clock))

    def meet(*names: str) -> None:
        meetings = [Meeting("one", people[name], UnitBuckets(name), {}) for name in names]
        records.write(lambda conn: expose(conn, scope.workspace, meetings, clock=clock))

    number = 0

    def do(person: str, kind: str, times: int = 1, **how: Any) -> None:
        nonlocal number
        told = [NewEvent(item, kind, person=person, id=f"{number + at}", **how) for at in range(times)]
        number += times
        records.write(lambda conn: keep_events(conn, scope.workspace, told, clock=clock))

    def state() -> tuple[set[tuple[object, ...]], dict[tuple[str, str], Totals], tuple[object, ...]]:
        def look(conn: sa.Connection) -> Any:
            rows = {tuple(row) for row in conn.execute(sa.select(experiment_units))}
            marks = conn.execute(sa.select(experiment_counts.c.event, experiment_counts.c.exposure)).one()
            bots = conn.execute(sa.select(exposures.c.person).where(exposures.c.is_bot.is_(True))).scalars().all()
            return rows, totals_of(conn, one.id, 1), (*marks, *bots)

        return records.read(look)  # type: ignore[no-any-return]

    meet("a", "bot")
    do("a", "shown", 3)
    do("b", "opened", 2)
    do("bot", "dwelt", value=7.5)
    count_once(records_url, clock.now_s())
    clock.advance(60)
    meet("b", "c")
    do("a", "opened")
    do("a", "dwelt", value=0.1)
    do("b", "shown", 2)
    do("bot", "opened", MOST_IN_AN_HOUR + 1)
    before = state()

    context = multiprocessing.get_context("spawn")
    told: Queue[tuple[int, bool]] = context.Queue()
    killer = context.Process(target=kill_at_each_line, args=(records_url, clock.now_s(), told))
    killer.start()
    kills, came_through = told.get(timeout=280)
    killer.join()
    assert (kills > 100, came_through) == (True, True)
    assert state() == before

    for _ in range(2):  # the second finds nothing
        count_once(records_url, clock.now_s())
        rows, totals, (mark, *_, bot) = state()
        figures = {(row[2], row[3]): row[5:] for row in rows}
        assert figures == {
            ("opened", people["a"]): (1.0, 0.0, 0.0, 0.0),
            ("opened", people["b"]): (0.0, 0.0, 1.0, 0.0),
            ("dwell", people["a"]): (0.1, 0.0, 0.0, 0.0),
            ("rate", people["a"]): (1.0, 3.0, 0.0, 0.0),
            ("rate", people["b"]): (0.0, 2.0, 2.0, 0.0),
        }
        assert {name: sum(one[name][0] for (metric, _), one in totals.items() if metric == "rate" and name in one)
                for name in ("sum", "den_sum", "pre_sum", "den_sum_sq")} == {
            "sum": 1.0, "den_sum": 5.0, "pre_sum": 2.0, "den_sum_sq": 13.0
        }  # fmt: skip
        assert mark == records.read(lambda conn: conn.execute(sa.select(sa.func.max(events.c.id))).scalar_one())
        assert bot == people["bot"]
    records.close()
