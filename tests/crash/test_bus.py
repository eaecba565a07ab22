"""Processes that post and handle letters are killed −9: nothing is lost, nothing is acknowledged twice."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bowerbird.agents import Bus, NewLetter
from bowerbird.kernel.clock import SystemClock
from bowerbird.records import Records, local_scope, open_records
from bowerbird.settings import Settings
from bowerbird.wiring import opened_bus
from tests.servers import redis_server

pytestmark = pytest.mark.crash

LETTERS = 200
KILLS = 6
LEASE_S = 0.4
CLOCK = SystemClock()
PROGRAM = """
import sys
from functools import partial
from bowerbird.agents import NewLetter
from bowerbird.kernel.clock import SystemClock
from bowerbird.records import open_records
from bowerbird.settings import Settings
from bowerbird.wiring import opened_bus

records_url, state_url, workspace, lease_s, what = sys.argv[1:]
records = open_records(records_url)
with opened_bus(Settings(state_url=state_url), records, SystemClock()) as bus:
    print("ready", flush=True)
    number = 0
    while what == "post":
        letter = NewLetter(workspace, "test", "cook", number, run="p" * 26)
        if number % 2:
            bus.post(letter)
        else:
            records.write(partial(bus.post_within, letter=letter))
        print(number, flush=True)
        number += 1
    while what == "handle":
        letter = bus.take("cook", lease_s=float(lease_s))
        if letter is not None:
            print("began", letter.body, flush=True)
            bus.ack(letter)
            print("acked", letter.body, flush=True)
"""


@pytest.fixture(params=["embedded", pytest.param("redis", marks=pytest.mark.redis)])
def state_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each backend of the bus."""
    if request.param == "embedded":
        yield "embedded://"
        return
    with redis_server() as url:
        yield url


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    """The records that the processes share."""
    opened = open_records(records_url)
    yield opened
    opened.close()


@pytest.fixture
def bus(records: Records, state_url: str) -> Iterator[Bus]:
    """The same bus, here."""
    with opened_bus(Settings(state_url=state_url), records, CLOCK) as bus:
        yield bus


def started(records: Records, state_url: str, workspace: str, what: str, out: Path) -> "subprocess.Popen[bytes]":
    """A process at work; what it says goes to the file."""
    url = records.url.render_as_string(hide_password=False)
    with out.open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url, state_url, workspace, str(LEASE_S), what], stdout=said
        )
    until = time.monotonic() + 30
    while b"ready" not in out.read_bytes():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


def test_killed_handlers_lose_nothing_and_acknowledge_nothing_twice(
    records: Records, state_url: str, bus: Bus, tmp_path: Path
) -> None:
    """Two at a time, of which one is killed again and again; in the end every letter is done, once."""
    workspace = records.write(lambda conn: local_scope(conn, CLOCK)).workspace
    for number in range(LETTERS):
        bus.post(NewLetter(workspace, "test", "cook", number, run="r" * 26))
    rng = random.Random(7)
    outs = [tmp_path / f"{number}.out" for number in range(KILLS + 1)]
    lasting = started(records, state_url, workspace, "handle", outs[-1])
    for out in outs[:-1]:
        process = started(records, state_url, workspace, "handle", out)
        time.sleep(rng.uniform(0.0, 0.15))
        process.kill()
        process.wait()
    until = time.monotonic() + 60
    while any(letter.state != "done" for letter in bus.letters_of(workspace, "r" * 26)):
        assert time.monotonic() < until, Counter(letter.state for letter in bus.letters_of(workspace, "r" * 26))
        time.sleep(0.2)
    lasting.kill()
    lasting.wait()
    said = [line.split() for out in outs for line in out.read_text().splitlines() if " " in line]
    acked = Counter(number for what, number in said if what == "acked")
    assert {number for what, number in said if what == "began"} == {str(number) for number in range(LETTERS)}
    assert [number for number, times in acked.items() if times > 1] == []


def test_what_a_killed_poster_had_posted_is_there(records: Records, state_url: str, bus: Bus, tmp_path: Path) -> None:
    """All that it was told is posted, by itself or with a transaction, and each once."""
    workspace = records.write(lambda conn: local_scope(conn, CLOCK)).workspace
    process = started(records, state_url, workspace, "post", tmp_path / "out")
    while (tmp_path / "out").read_text().count("\n") < 41:
        time.sleep(0.02)
    process.kill()
    process.wait()
    posted = [int(line) for line in (tmp_path / "out").read_text().splitlines()[1:]]
    taken: list[int] = []
    while (letter := bus.take("cook", lease_s=60)) is not None:
        taken.append(letter.body)
        bus.ack(letter)
    assert len(posted) >= 40
    assert set(posted) <= set(taken)
    assert len(taken) == len(set(taken)) <= len(posted) + 1
