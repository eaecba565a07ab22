"""A crawl that is killed anywhere resumes where it was; one that outlives its worker writes nothing (A9)."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from bowerbird.acquire.supervise import EXIT_FENCED, Child, plan_of
from bowerbird.records.jobs import Lease
from bowerbird.records.tables import job_urls, metadata, pages, versions
from bowerbird.records.tables import jobs as rows
from tests.crawling import Ended, Gatherer, adds_up, gatherer, html
from tests.sites import Reply, Visit, Web

pytestmark = pytest.mark.crash

PAGES = 30
IN_FLIGHT = 24  # three times the concurrency: asked for, being read, being stored


@pytest.fixture
def birds(tmp_path: Path, records_url: str) -> Iterator[Gatherer]:
    """Fresh records and what gathers into them."""
    with gatherer(tmp_path, records_url) as made:
        yield made


def build(web: Web) -> None:
    """A site of linked pages, no two alike."""
    for number in range(PAGES):
        links = tuple(f"/{each}" for each in (2 * number + 1, 2 * number + 2) if each < PAGES)
        web.page(f"/{number}", html(f"Bird number {number}", links=(*links, "https://elsewhere.example/")))


def start(birds: Gatherer, lease: Lease) -> Child:
    """A crawling process for the job."""
    return Child(plan_of(lease, birds.records, birds.settings))


def assert_whole(birds: Gatherer, web: Web, ended: Ended, *, kills: int) -> None:
    """No URL lost, none twice, the counts add up, and only what was in flight was asked for again."""
    assert ended.coverage.kept + ended.coverage.unchanged == PAGES
    assert ended.coverage.seen == PAGES + 1
    assert adds_up(ended.coverage)
    assert ended.coverage.queued == 0
    with_text = birds.records.read(
        lambda conn: conn.execute(sa.select(versions.c.page, sa.func.count()).group_by(versions.c.page)).all()
    )
    assert len(with_text) == PAGES
    assert {count for _, count in with_text} == {1}
    assert birds.records.read(lambda conn: conn.execute(sa.select(sa.func.count(pages.c.id))).scalar()) == PAGES
    again = sum(count - 1 for path, count in web.hits.items() if path not in ("/robots.txt", "/sitemap.xml"))
    assert again <= IN_FLIGHT * kills


@pytest.mark.parametrize(
    "point",
    [
        "crawl.opened",
        "crawl.after_fetch:7",
        "crawl.before_commit",
        "crawl.before_commit:4",
        "crawl.after_commit:3",
        "crawl.before_finish",
        "crawl.after_finish",
    ],
)
def test_killed_at(point: str, birds: Gatherer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child dies at this point; another one takes up the same job."""
    with Web() as web:
        build(web)
        lease = birds.lease(f"{web.url}/0")
        monkeypatch.setenv("BOWERBIRD_CRASH", point)
        with start(birds, lease) as child:
            assert child.wait(60) == -signal.SIGKILL
        monkeypatch.delenv("BOWERBIRD_CRASH")
        ended = birds.ended(lease, birds.run(lease))
        assert ended.outcome.status == "completed"
        assert_whole(birds, web, ended, kills=1)


def everything(conn: sa.Connection) -> dict[str, list[object]]:
    """All rows of all tables."""
    return {table.name: [tuple(row) for row in conn.execute(sa.select(table))] for table in metadata.sorted_tables}


def test_a_paused_child_that_wakes_writes_nothing(birds: Gatherer) -> None:
    """Its job went to another worker while it slept: it finds another epoch and leaves without a trace."""
    with Web() as web:
        build(web)
        held: list[Visit] = []

        def slow(visit: Visit) -> Reply:
            held.append(visit)
            if len(held) == 1:
                web.pause(4)
            return Reply(html("Slow bird", links=("/3", "/4")).encode(), headers={"Content-Type": "text/html"})

        web.route("/1", slow)
        lease = birds.lease(f"{web.url}/0")
        with start(birds, lease) as child:
            deadline = time.monotonic() + 60
            while not held and time.monotonic() < deadline:
                time.sleep(0.05)
            os.killpg(child.process.pid, signal.SIGSTOP)
            taken = _taken_from(child, birds, lease)
            ended = birds.ended(taken, birds.run(taken))
            before = birds.records.read(everything)
            os.killpg(child.process.pid, signal.SIGCONT)
            assert child.wait(60) == EXIT_FENCED
        assert birds.records.read(everything) == before
        assert ended.coverage.kept == PAGES
        assert adds_up(ended.coverage)


def _taken_from(child: Child, birds: Gatherer, lease: Lease) -> Lease:
    """The sleeping child's job. One that fell asleep in a transaction, so that nobody can write, finishes it first."""
    with ThreadPoolExecutor(1) as pool:
        taking = pool.submit(birds.records.write, lambda conn: _take_over(conn, birds, lease))
        try:
            return taking.result(3)
        except TimeoutError:
            os.killpg(child.process.pid, signal.SIGCONT)
            taken = taking.result(30)
            os.killpg(child.process.pid, signal.SIGSTOP)
            return taken


def _take_over(conn: sa.Connection, birds: Gatherer, lease: Lease) -> Lease:
    """As when the lease has run out."""
    conn.execute(sa.update(rows).where(rows.c.id == lease.job).values(lease_until=0.0))
    return birds.claim(conn, lease.job)


def test_a_child_ends_with_its_worker(birds: Gatherer) -> None:
    """When the pipe from the worker ends, so does the child, whatever it waits for."""
    with Web() as web:
        web.page("/", html("Home", links=("/hang",)))
        web.hang("/hang")
        lease = birds.lease(web.url)
        with start(birds, lease) as child:
            deadline = time.monotonic() + 60
            while not web.hits["/hang"] and time.monotonic() < deadline:
                time.sleep(0.05)
            assert child.process.stdin is not None
            child.process.stdin.close()
            assert child.wait(30) is not None
    states = birds.records.read(lambda conn: conn.execute(sa.select(job_urls.c.url, job_urls.c.state)).all())
    assert {row.url.removeprefix(web.url): row.state for row in states} == {"/": "kept", "/hang": "queued"}
