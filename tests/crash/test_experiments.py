"""Experiments after kill −9: an acknowledged exposure is there, nothing is counted twice, no step is half done."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from bowerbird.experiments import Experiment, Plan, Rules, catch_up, create, find, history, read, results, start
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records import Records, open_records
from bowerbird.records.tables import events, experiment_phases, experiment_units, exposures, items, persons
from bowerbird.testing.builders import Library
from tests.feeding import furnish

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]

PLAN: Final[dict[str, Any]] = {
    "hypothesis": "More is saved.",
    "metric": "saves",
    "metrics": [
        {"name": "saves", "kinds": ["saved"], "of": "count"},
        {"name": "saved", "kinds": ["saved"]},
    ],
}
RULES: Final = {"variants": [{"name": "control"}, {"name": "treatment"}], "layer": "home"}

# People meet the experiment one after the other, as they do in a web process: what is printed is acknowledged.
EXPOSE = """
import asyncio, itertools, sys
from bowerbird.accounts.people import person_of
from bowerbird.experiments import Experiments
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.nouns import Scope
from bowerbird.records import open_records

url, workspace = sys.argv[1:]
records, clock = open_records(url), SystemClock()
experiments = Experiments(records, clock)

async def one(numbers):
    for number in numbers:
        unit = f"unit-{number}"
        person = await records.awrite(lambda conn: person_of(conn, workspace, unit, clock=clock))
        met = await experiments.meet("ranker", Scope(workspace, person))
        print(unit, met.variant, flush=True)

async def all_of_them():
    numbers = itertools.count()
    await asyncio.gather(*(one(numbers) for _ in range(10)))

asyncio.run(all_of_them())
"""

# Counts in small batches for ever, as a worker does.
COUNT = """
import sys
from bowerbird.experiments import catch_up, counting
from bowerbird.kernel.clock import SystemClock
from bowerbird.records import open_records

counting.EVENTS_AT_ONCE, counting.EXPOSURES_AT_ONCE = 7, 5
records, clock = open_records(sys.argv[1]), SystemClock()
while records.write(lambda conn: catch_up(conn, clock=clock)):
    print("counted", flush=True)
print("done", flush=True)
"""

# Begins and ends experiments one after the other, and says what is acknowledged.
STEPS = """
import itertools, sys
from bowerbird.experiments import Plan, Rules, create, decide, read, start
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.nouns import Scope
from bowerbird.records import open_records
import json

url, workspace, person, plan, rules = sys.argv[1:]
records, clock, scope = open_records(url), SystemClock(), Scope(workspace, person)
made = read(Plan, json.loads(plan)), read(Rules, json.loads(rules))
for number in itertools.count():
    name = f"test-{number}"
    records.write(lambda conn: create(conn, scope, name, *made, clock=clock))
    print(name, "draft", flush=True)
    records.write(lambda conn: start(conn, scope, name, clock=clock))
    print(name, "running", flush=True)
    records.write(lambda conn: decide(conn, scope, name, "ship", "It is better.", clock=clock, variant="treatment"))
    print(name, "decided", flush=True)
"""


def running(url: str) -> Scope:
    """An experiment that runs, and an item."""
    records = open_records(url)
    library = Library(records, ManualClock())
    furnish(library, 1)
    made = read(Plan, PLAN), read(Rules, RULES)

    def run(conn: sa.Connection) -> None:
        create(conn, library.scope, "ranker", *made, clock=library.clock)
        start(conn, library.scope, "ranker", clock=library.clock)

    records.write(run)
    records.close()
    return library.scope


def killed(script: str, *given: str, after: int) -> list[str]:
    """The lines of a process that is killed once it has said so many; those that it still said are among them."""
    process = subprocess.Popen([sys.executable, "-c", script, *given], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = [process.stdout.readline().rstrip("\n") for _ in range(after)]
    process.kill()
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == -9
    return [*lines, *rest.split("\n")[:-1]]


def test_an_acknowledged_exposure_is_there_and_never_another(records_url: str) -> None:
    """Killed while ten people at a time meet it, three times over: each has the variant that they were told, once."""
    scope = running(records_url)
    acknowledged: dict[str, str] = {}
    for _ in range(3):
        told = dict(line.split() for line in killed(EXPOSE, records_url, scope.workspace, after=150))
        assert len(told) >= 150
        assert {unit: told[unit] for unit in told.keys() & acknowledged.keys()} == {
            unit: acknowledged[unit] for unit in told.keys() & acknowledged.keys()
        }
        acknowledged |= told

    records = open_records(records_url)
    met = sa.select(persons.c.external_id, exposures.c.variant).join(persons, persons.c.id == exposures.c.person)
    rows = records.read(lambda conn: conn.execute(met).all())
    records.close()
    kept = {row.external_id: row.variant for row in rows}
    assert len(kept) == len(rows)
    assert {unit: kept.get(unit) for unit in acknowledged} == acknowledged


def test_nothing_is_lost_or_counted_twice_by_who_is_killed_while_counting(records_url: str, tmp_path: Path) -> None:
    """Killed after each few batches, until all is counted: the sums are those of the whole log."""
    scope = running(records_url)
    records = open_records(records_url)
    met_and_did(records, scope, people=60)
    kills = 0
    while "done" not in (said := killed_or_done(records_url, after=3)):
        assert said
        kills += 1
    assert kills > 1

    clock = ManualClock()
    assert not records.write(lambda conn: catch_up(conn, clock=clock))
    found = records.read(lambda conn: results(conn, find(conn, scope.workspace, "ranker"), clock=clock).exposures)
    units = records.read(
        lambda conn: conn.execute(
            sa.select(experiment_units.c.metric, sa.func.sum(experiment_units.c.value)).group_by(
                experiment_units.c.metric
            )
        ).all()
    )
    records.close()
    assert sum(one.people for one in found.values()) == 60
    assert {row[0]: float(row[1]) for row in units} == {"saves": float(sum(range(60))), "saved": 59.0}


def killed_or_done(url: str, *, after: int) -> list[str]:
    """What the counting process says until it is killed, or has nothing left to do."""
    process = subprocess.Popen([sys.executable, "-c", COUNT, url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines: list[str] = []
    while len(lines) < after and (line := process.stdout.readline()):
        lines.append(line.rstrip("\n"))
    process.kill()
    rest, _ = process.communicate(timeout=60)
    return [*lines, *rest.split("\n")[:-1]]


def met_and_did(records: Records, scope: Scope, *, people: int) -> None:
    """So many people are in the experiment, and the n-th of them saves n times."""
    clock = ManualClock()
    one = records.read(lambda conn: find(conn, scope.workspace, "ranker"))

    def write(conn: sa.Connection) -> None:
        item = conn.execute(sa.select(items.c.id).limit(1)).scalar_one()
        for number in range(people):
            person, at = new_id(clock), clock.now_s()
            conn.execute(
                sa.insert(persons).values(
                    id=person, workspace=scope.workspace, external_id=f"u-{number}", name="", created_at=at
                )
            )
            conn.execute(
                sa.insert(exposures).values(
                    workspace=scope.workspace, experiment=one.id, phase=1, person=person, at=at, others=0,
                    variant=("control", "treatment")[number % 2], is_bot=False, attributes="{}",
                )
            )  # fmt: skip
            done = [
                {"workspace": scope.workspace, "person": person, "item": item, "kind": "saved", "at": at + 1,
                 "received_at": at + 1, "key": f"{number}-{times}"}
                for times in range(number)
            ]  # fmt: skip
            if done:
                conn.execute(sa.insert(events), done)

    records.write(write)


@pytest.mark.parametrize("after", [1, 2, 5, 6, 7])
def test_a_step_is_done_or_not(records_url: str, after: int) -> None:
    """Killed while it creates, starts or decides: what was acknowledged holds, and nothing is in between."""
    records = open_records(records_url)
    scope = Library(records, ManualClock()).scope
    said = killed(STEPS, records_url, scope.workspace, scope.person, json.dumps(PLAN), json.dumps(RULES), after=after)
    reached: dict[str, str] = {}
    for line in said:
        name, state = line.split()
        reached[name] = state

    order = ("draft", "running", "decided")
    for name, state in reached.items():
        one, steps, ended = seen(records, scope, name)
        assert order.index(one.state) >= order.index(state)
        assert steps == ["created", "started", "decided"][: order.index(one.state) + 1]
        assert (one.promised is None, one.keeps_its_promise) == (
            (True, None) if one.state == "draft" else (False, True)
        )
        assert [at is not None for at in ended] == {"draft": [], "running": [False], "decided": [True]}[one.state]
        assert (one.given, one.segments is not None) == {
            "draft": (None, False), "running": (None, True), "decided": ("treatment", False)
        }[one.state]  # fmt: skip
    records.close()


def seen(records: Records, scope: Scope, name: str) -> tuple[Experiment, list[str], list[float | None]]:
    """The experiment, what was done to it, and when each phase ended."""

    def look(conn: sa.Connection) -> tuple[Experiment, list[str], list[float | None]]:
        one = find(conn, scope.workspace, name)
        phases = sa.select(experiment_phases.c.ended_at).where(experiment_phases.c.experiment == one.id)
        return one, [step.action for step in history(conn, one)], list(conn.execute(phases).scalars())

    return records.read(look)
