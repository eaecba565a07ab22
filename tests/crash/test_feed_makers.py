"""The process that makes feeds is killed, or stopped: everybody gets a feed all the same."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from bench.served import Server, serving
from bowerbird.kernel.clock import ManualClock
from bowerbird.settings import load_settings
from bowerbird.testing.builders import Library
from bowerbird.wiring import opened_records
from tests.feeding import furnish
from tests.waiting import until

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180), pytest.mark.usefixtures("records_in_environment")]


def maker(server: Server) -> int | None:
    """The process id of the one that makes feeds for this server."""
    port = server.url.rpartition(":")[2]
    for process in psutil.process_iter():
        try:
            if "bowerbird.feed_maker" in process.cmdline():
                parent = process.parent()
                if parent is not None and port in parent.cmdline():
                    return int(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of two web processes over some items."""
    data = tmp_path / "data"
    with opened_records(load_settings(data_dir=data)) as records:
        furnish(Library(records, ManualClock()), 8)
    with serving(data, allow="127.0.0.1", environment={"BOWERBIRD_PROCESSES": "2"}) as served:
        until(lambda: maker(served) is not None)
        yield served


def afresh(server: Server, _: int = 0) -> tuple[int, str, int]:
    """The status, the level and the length of a feed that is made now, asked for on a connection of its own."""
    answer = httpx.get(f"{server.url}/v1/feed?n=5&fresh=1", timeout=60)
    told = answer.json()
    return answer.status_code, told["level"], len(told["items"])


def test_a_killed_maker_is_missed_by_nobody(server: Server) -> None:
    """Who asks while there is none waits for the next one, and what is made then is made by it."""
    assert afresh(server) == (200, "agents", 5)
    killed = maker(server)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(partial(afresh, server), range(16))) == {(200, "agents", 5)}
    until(lambda: maker(server) not in (None, killed))
    assert afresh(server) == (200, "agents", 5)
    assert "feed.maker_unavailable" not in server.log.read_text()  # nobody had to make one in its place


def test_a_stopped_maker_is_waited_for_some_seconds(server: Server) -> None:
    """Then whoever asked makes feeds in its place, until it answers again."""
    stopped = maker(server)
    assert stopped is not None
    os.kill(stopped, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(partial(afresh, server), range(8))) == {(200, "agents", 5)}
    finally:
        os.kill(stopped, signal.SIGCONT)
    assert "feed.maker_unavailable" in server.log.read_text()
    assert afresh(server) == (200, "agents", 5)


PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-m", "bowerbird.feed_maker", sys.argv[1]],
                         env=os.environ | {"BOWERBIRD_PARENT": str(os.getpid())}, start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""


def test_a_maker_ends_with_who_started_it(tmp_path: Path) -> None:
    """Also when that one was killed, and could tell nobody."""
    environment = os.environ | {"BOWERBIRD_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-c", PARENT, str(tmp_path / "socket")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        until((tmp_path / "socket").exists)
        parent.kill()
    until(lambda: not psutil.pid_exists(pid), within_s=30)
