"""Events that were acknowledged are there after kill −9; a batch is there whole or not at all, and counted once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from bowerbird.feed.renewal import renew_items
from bowerbird.kernel.clock import ManualClock
from bowerbird.records import open_records
from bowerbird.records.tables import agent_tallies, events, items, slates
from bowerbird.testing.builders import Library
from tests.feeding import furnish

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]

KEEP = """
import asyncio, itertools, sys
from bowerbird.feed.events import EventKeeper, NewEvent, keep_events
from bowerbird.kernel.clock import SystemClock
from bowerbird.records import open_records

url, workspace, how = sys.argv[1:]
records, clock = open_records(url), SystemClock()

def event(number):
    kind = "shown" if number == 0 else "opened"
    return NewEvent("page-1", kind, 1.7e9 + number, "ada", f"e{number}", slate="a-slate")

async def one(keeper, numbers):
    for number in numbers:
        (outcome,) = await keeper.keep(workspace, [event(number)])
        print(number, flush=True)

async def singly():
    keeper, numbers = EventKeeper(records, clock), itertools.count()
    await asyncio.gather(*(one(keeper, numbers) for _ in range(20)))

if how == "singly":
    asyncio.run(singly())
for first in itertools.count(0, 10):
    batch = [event(number) for number in range(first, first + 10)]
    records.write(lambda conn: keep_events(conn, workspace, batch, clock=clock))
    print(*(number for number in range(first, first + 10)), sep="\\n", flush=True)
"""


def prepare(url: str) -> str:
    """An item and a slate of it; the workspace."""
    records = open_records(url)
    library = Library(records, ManualClock())
    rows = furnish(library, 1)
    person = library.person("ada")
    values = {"id": "a-slate", "workspace": library.scope.workspace, "person": person, "made_at": 0.0}
    values |= {"level": "agents", "places": [[rows["page-1"], 1.0, ["quality"]]], "inputs": b""}
    values |= {"length": 1, "entries": [], "stamps": []}
    records.write(lambda conn: conn.execute(sa.insert(slates).values(values)))
    records.close()
    return library.scope.workspace


def kept(url: str) -> tuple[int, tuple[int, int]]:
    """How many events there are, and what was counted because of them."""
    records = open_records(url)
    number = records.read(lambda conn: conn.execute(sa.select(sa.func.count(events.c.id))).scalar_one())
    counted = sa.select(sa.func.sum(agent_tallies.c.shown), sa.func.sum(agent_tallies.c.rewarded))
    shown, rewarded = records.read(lambda conn: conn.execute(counted).one())
    records.close()
    return number, (int(shown or 0), int(rewarded or 0))


def run(url: str, workspace: str, how: str, point: str = "") -> "subprocess.Popen[str]":
    """A process that keeps events, and says which are kept."""
    environment = os.environ | ({"BOWERBIRD_CRASH": point} if point else {})
    return subprocess.Popen(
        [sys.executable, "-c", KEEP, url, workspace, how], stdout=subprocess.PIPE, text=True, env=environment
    )


@pytest.mark.parametrize("how", ["batches", "singly"])
def test_what_was_acknowledged_is_there(records_url: str, how: str) -> None:
    """After kill −9 in the midst of it; and again, on top of what the first left, it is known and counted once."""
    workspace = prepare(records_url)
    for _ in range(2):
        process = run(records_url, workspace, how)
        assert process.stdout is not None
        acknowledged = {int(process.stdout.readline()) for _ in range(200)}
        process.kill()
        rest, _ = process.communicate(timeout=60)
        acknowledged |= {int(line) for line in rest.split("\n")[:-1] if line}

        number, counted = kept(records_url)
        assert number >= len(acknowledged) >= 200
        assert counted == (1, 1)


@pytest.mark.parametrize("times", [1, 3])
def test_a_batch_that_was_not_committed_leaves_nothing(records_url: str, times: int) -> None:
    """Killed just before the commit, the batch's events and counts are both not there."""
    workspace = prepare(records_url)
    process = run(records_url, workspace, "batches", f"events.before_commit:{times}")
    out, _ = process.communicate(timeout=60)
    assert len(out.split()) == 10 * (times - 1)
    number, counted = kept(records_url)
    assert number == 10 * (times - 1)
    assert counted == ((1, 1) if times > 1 else (0, 0))


RENEW = """
import sys
from bowerbird.feed.renewal import renew_items
from bowerbird.kernel.clock import SystemClock
from bowerbird.records import open_records

records = open_records(sys.argv[1])
while renew_items(records, limit=3, clock=SystemClock()):
    pass
"""


@pytest.mark.parametrize("point", ["items.before_commit:2", "items.after_commit:2"])
def test_items_are_made_once_by_who_comes_after(records_url: str, tmp_path: Path, point: str) -> None:
    """A worker that is killed while it makes items leaves neither a page without one nor one twice."""
    records = open_records(records_url)
    library = Library(records, ManualClock())
    source = library.source()
    for number in range(8):
        library.page(source, f"https://docs.example.org/{number}", f"It is note number {number} of all. " * 10)
    environment = os.environ | {"BOWERBIRD_CRASH": point}
    killed = subprocess.run([sys.executable, "-c", RENEW, records_url], env=environment, cwd=tmp_path, check=False)
    assert killed.returncode == -9

    while renew_items(records, limit=3, clock=library.clock):
        pass
    found = records.read(lambda conn: conn.execute(sa.select(items.c.page, items.c.seq)).all())
    records.close()
    assert len(found) == len({row.page for row in found}) == len({row.seq for row in found}) == 8
