"""The worker process: one to a data folder, resumed after a kill, stopped in good order, started by what is due."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import sqlalchemy as sa

from bowerbird.acquire import CrawlRequest, Policy, check_request, request_crawl, set_schedule
from bowerbird.cli.serve import free_port
from bowerbird.kernel.clock import SystemClock
from bowerbird.records import Records, local_scope, open_records
from bowerbird.records.tables import jobs, passages, sources, versions
from bowerbird.worker import EXIT_TAKEN, only_worker
from tests.crawling import html
from tests.sites import Web
from tests.waiting import until

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180), pytest.mark.usefixtures("records_in_environment")]
CLOCK = SystemClock()
PAGES = 8


@pytest.fixture
def web() -> Iterator[Web]:
    """A site of a few pages."""
    with Web() as site:
        for number in range(PAGES):
            site.page(
                f"/{number}", html(f"Bird number {number}", links=(f"/{number + 1}",) if number + 1 < PAGES else ())
            )
        yield site


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    """The records of the data folder."""
    opened = open_records(records_url)
    yield opened
    opened.close()


def request(records: Records, url: str) -> str:
    """A queued crawl of everything."""
    wanted = CrawlRequest(url=url, goal="birds", max_pages=100, max_depth=20, all=True, allow_private=True)
    checked = check_request(wanted, Policy())
    return records.write(lambda conn: request_crawl(conn, checked, local_scope(conn, CLOCK), CLOCK))[1]


@contextmanager
def a_worker(data: Path, environment: Mapping[str, str] | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker process on the data folder; killed at the end if it still runs."""
    given = os.environ | {"BOWERBIRD_DATA_DIR": str(data), "BOWERBIRD_LOG_LEVEL": "warning"} | dict(environment or {})
    with subprocess.Popen([sys.executable, "-m", "bowerbird.worker"], env=given) as process:
        try:
            yield process
        finally:
            process.kill()


def row(records: Records, job: str) -> Any:
    """The job as it stands."""
    return records.read(lambda conn: conn.execute(sa.select(jobs).where(jobs.c.id == job)).one())


def is_arranged_once(records: Records) -> bool:
    """Whether every page has one version, and no passage of it twice."""
    starts = records.read(lambda conn: conn.execute(sa.select(passages.c.version, passages.c.start)).all())
    count = records.read(lambda conn: conn.execute(sa.select(sa.func.count(versions.c.id))).scalar_one())
    return count == PAGES == len({start.version for start in starts}) and len(starts) == len(set(starts))


@pytest.mark.parametrize("point", ["arrange.after_commit", "index.lexical_committed", "index.vectors_written"])
def test_a_killed_worker_is_followed_by_one_that_goes_on(
    web: Web, records: Records, tmp_path: Path, point: str
) -> None:
    """The job completes under the next epoch, with nothing gathered, arranged or embedded twice."""
    job = request(records, f"{web.url}/0")
    with a_worker(tmp_path, {"BOWERBIRD_CRASH": point}) as first:
        assert first.wait(90) == -signal.SIGKILL
    records.write(lambda conn: conn.execute(sa.update(jobs).values(lease_until=0.0)))  # as if the lease had run out
    with a_worker(tmp_path):
        until(lambda: row(records, job).status == "completed")
    ended = row(records, job)

    assert (ended.epoch, ended.result["embedded"]) == (2, ended.result["passages"])
    assert is_arranged_once(records)


def test_a_stopped_worker_gives_its_job_back(web: Web, records: Records, tmp_path: Path) -> None:
    """On SIGTERM a running job goes back to the queue at once, and the next worker needs not wait for its lease."""
    web.hang("/5")
    job = request(records, f"{web.url}/0")
    with a_worker(tmp_path) as first:
        until(lambda: web.hits["/5"] > 0)
        first.send_signal(signal.SIGTERM)
        code = first.wait(30)
    stopped = row(records, job)
    web.page("/5", html("Bird number 5", links=("/6",)))
    with a_worker(tmp_path):
        until(lambda: row(records, job).status == "completed")

    assert (code, stopped.status, stopped.attempts) == (0, "queued", 0)
    assert is_arranged_once(records)


def test_a_data_folder_has_one_worker(tmp_path: Path) -> None:
    """A second one says so by its exit code, and the lock goes with the process that held it."""
    with only_worker(tmp_path) as is_ours, a_worker(tmp_path) as second:
        code = second.wait(60)
    with only_worker(tmp_path) as is_ours_again:
        pass

    assert (is_ours, code, is_ours_again) == (True, EXIT_TAKEN, True)


def test_nothing_outlives_a_server_that_was_killed(tmp_path: Path) -> None:
    """`serve` is killed −9: its worker lets go of the data folder, its web processes of the port and their counts."""
    port = free_port("127.0.0.1")
    data, temporary = tmp_path / "data", tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "bowerbird", "serve", "--port", str(port), "--data", str(data)]
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment) as server:
        until(lambda: not _is_free(data) and _is_ready(port))
        left = [*temporary.glob("bowerbird-*")]
        server.kill()
    until(lambda: _is_free(data) and not _is_answering(port), within_s=30)
    until(lambda: not [*temporary.glob("bowerbird-*")], within_s=30)

    assert left


def test_nothing_is_left_of_a_server_that_was_killed_before_it_listened(tmp_path: Path) -> None:
    """The process that makes feeds was only just started: it finds no parent, and removes what they were to share."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "bowerbird", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment) as server:
        until(lambda: _has_a_maker(server.pid))
        left = [*temporary.glob("bowerbird-*")]
        server.kill()
    until(lambda: not [*temporary.glob("bowerbird-*")], within_s=60)

    assert left


def _has_a_maker(server: int) -> bool:
    return any("bowerbird.feed_maker" in child.cmdline() for child in psutil.Process(server).children())


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).is_success
    except httpx.HTTPError:
        return False


def _is_answering(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_free(data: Path) -> bool:
    with only_worker(data) as is_ours:
        return is_ours


def test_what_is_due_is_gathered_by_itself(web: Web, records: Records, tmp_path: Path) -> None:
    """A source with a schedule gets its next job when the time has come, once."""
    first = request(records, f"{web.url}/0")

    def fall_due(conn: sa.Connection) -> None:
        source = conn.execute(sa.select(jobs.c.source).where(jobs.c.id == first)).scalar_one()
        conn.execute(sa.update(jobs).values(status="completed"))
        set_schedule(conn, source, local_scope(conn, CLOCK), 3600.0, CLOCK)
        conn.execute(sa.update(sources).values(next_run_at=CLOCK.now_s() - 1))

    records.write(fall_due)
    with a_worker(tmp_path):
        until(lambda: records.read(lambda conn: conn.execute(sa.select(sa.func.count(jobs.c.id))).scalar_one()) == 2)
        until(lambda: "queued" not in _statuses(records) and "running" not in _statuses(records))

    assert _statuses(records) == ["completed", "completed"]


def _statuses(records: Records) -> list[str]:
    return records.read(lambda conn: list(conn.execute(sa.select(jobs.c.status)).scalars()))
