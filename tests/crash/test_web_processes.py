"""Several web processes on one port: counted together, and one that is killed is missed by nobody."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from bench.served import Server, serving
from bowerbird.cli.serve import web_processes
from bowerbird.settings import Settings, load_settings

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180), pytest.mark.usefixtures("records_in_environment")]
ASKED = 40


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of two web processes."""
    with serving(tmp_path / "data", allow="127.0.0.1", environment={"BOWERBIRD_PROCESSES": "2"}) as served:
        yield served


def web_pids(server: Server) -> set[int]:
    """The web processes that serve the server's port."""
    return {each.pid for each in psutil.process_iter() if _is_web_of(each, server)}


def _is_web_of(process: psutil.Process, server: Server) -> bool:
    try:
        parent = process.parent()
        told = parent.cmdline() if parent else []
        is_ours = "serve" in told and server.url.rpartition(":")[2] in told
        return is_ours and any("spawn_main" in part for part in process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return False


def asked(server: Server) -> float:
    """How often /healthz was answered, by the metrics of all processes."""
    seen = httpx.get(f"{server.url}/metrics").text
    found = re.search(r'bowerbird_http_requests_total\{method="GET",route="/healthz",status="200"\} ([\d.]+)', seen)
    return float(found[1]) if found else 0.0


def ask(server: Server, times: int) -> list[int]:
    """The statuses of that many requests, each on a connection of its own."""
    return [httpx.get(f"{server.url}/healthz").status_code for _ in range(times)]


def until(is_so: Callable[[], bool], *, within_s: float = 90) -> None:
    """Wait for something to become so."""
    give_up_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < give_up_at, f"not within {within_s} s"
        time.sleep(0.2)


def test_a_killed_web_process_is_missed_by_nobody(server: Server) -> None:
    """The other goes on answering, another takes the place of the dead one, and no count is lost."""
    until(lambda: len(web_pids(server)) == 2)
    before = ask(server, ASKED)
    counted = asked(server)
    killed = min(web_pids(server))
    os.kill(killed, signal.SIGKILL)
    after = ask(server, ASKED)
    until(lambda: len(web_pids(server)) == 2 and killed not in web_pids(server))

    assert (before, after) == ([200] * ASKED, [200] * ASKED)
    assert counted >= ASKED
    assert asked(server) >= 2 * ASKED


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"processes": 3}, 3), ({"llm": "/models/a.gguf"}, 1), ({"llm": "/models/a.gguf", "processes": 2}, 2)],
)
def test_how_many_there_are(given: dict[str, Any], expected: int) -> None:
    """As many as are set; beside a model run in this machine one, for each would hold the weights."""
    assert web_processes(load_settings(**given)) == expected


def test_by_itself_there_is_one_for_each_core_that_may_be_used() -> None:
    """Ten at most, whatever the machine."""
    settings: Settings = load_settings()
    assert web_processes(settings) == min(10, len(os.sched_getaffinity(0)))
