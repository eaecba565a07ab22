"""Several web processes on one port: counted together, and one that is killed is missed by nobody."""

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from bench.served import Server, serving
from bowerbird.cli.serve import web_processes
from bowerbird.settings import load_settings
from tests.waiting import until

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180), pytest.mark.usefixtures("records_in_environment")]
ASKED = 40
CORES = min(10, len(os.sched_getaffinity(0)))


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


def test_web_processes_speak_as_they_are_told(server: Server) -> None:
    """Each line of theirs is one JSON object, as the setting says, and not a text with colours."""
    ask(server, ASKED)

    def told() -> list[str]:
        return [line for line in server.log.read_text().splitlines() if "request.answered" in line]

    until(lambda: bool(told()))
    assert {json.loads(line)["event"] for line in told()} == {"request.answered"}


def test_an_answer_from_memory_stops_nobody_who_computes(server: Server) -> None:
    """Web processes take turns as batch processes do; who makes slates, and what they wait for, is not one."""
    until(lambda: len(web_pids(server)) == 2)
    ask(server, ASKED)
    web = web_pids(server)
    served = psutil.Process(min(web)).parent()
    assert served is not None
    others = {each.pid for each in served.children(recursive=True)} - web

    assert {os.sched_getscheduler(pid) for pid in web} == {os.SCHED_BATCH}
    assert {os.sched_getscheduler(pid) for pid in others} == {os.SCHED_OTHER}


def asked(server: Server) -> float:
    """How often /healthz was answered, by the metrics of all processes."""
    seen = httpx.get(f"{server.url}/metrics").text
    found = re.search(r'bowerbird_http_requests_total\{method="GET",route="/healthz",status="200"\} ([\d.]+)', seen)
    return float(found[1]) if found else 0.0


def ask(server: Server, times: int) -> list[int]:
    """The statuses of that many requests, each on a connection of its own."""
    return [httpx.get(f"{server.url}/healthz").status_code for _ in range(times)]


def test_a_killed_web_process_is_missed_by_nobody(server: Server) -> None:
    """The other goes on answering, another takes the place of the dead one, and no count is lost."""
    until(lambda: len(web_pids(server)) == 2)
    before = ask(server, ASKED)
    counted = asked(server)
    killed = min(web_pids(server))
    os.kill(killed, signal.SIGKILL)
    # What it takes along are requests under way: until all of its threads have ended, that may be a new one.
    until(lambda: not psutil.pid_exists(killed))
    after = ask(server, ASKED)
    until(lambda: len(web_pids(server)) == 2 and killed not in web_pids(server))

    assert (before, after) == ([200] * ASKED, [200] * ASKED)
    assert counted >= ASKED
    assert asked(server) >= 2 * ASKED


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"processes": 3}, 3),
        ({"llm": "/models/a.gguf"}, 1),
        ({"llm": "/models/a.gguf", "processes": 2}, 2),
        ({"llm": "http://127.0.0.1:8000/v1#a.gguf"}, CORES),
        ({}, CORES),
    ],
)
def test_how_many_there_are(given: dict[str, Any], expected: int) -> None:
    """As many as are set, else one for each core; beside weights that this machine holds one."""
    assert web_processes(load_settings(**given)) == expected
