"""Sources: checked at the door, one for each site and goal, gathered when due."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.acquire import (
    CrawlRequest,
    Policy,
    all_sources,
    check_request,
    parse_allowed,
    recrawl_source,
    request_crawl,
    run_due,
    set_schedule,
)
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records import Records, jobs, local_scope, open_records
from bowerbird.records.tables import jobs as job_rows

GOOD = CrawlRequest(
    url="HTTP://93.184.216.34/a/../b#c",
    goal="  learn\nabout birds ",
    max_pages=5,
    max_depth=3,
    all=False,
    allow_private=False,
)


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    """Fresh records."""
    made = open_records(records_url)
    yield made
    made.close()


def test_a_good_request_is_tidied() -> None:
    """The URL comes in its one spelling, the goal in one line."""
    checked = check_request(GOOD, Policy())
    assert checked == replace(GOOD, url="http://93.184.216.34/b", goal="learn about birds")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": ""}, "base-url"),
        ({"url": "not a url"}, "base-url"),
        ({"url": "file:///etc/passwd"}, "base-url"),
        ({"url": "ftp://example.org/"}, "base-url"),
        ({"url": "http://user:word@93.184.216.34/"}, "base-url"),
        ({"url": "http://127.0.0.1/"}, "base-url"),
        ({"url": "http://0x7f.1/"}, "base-url"),
        ({"url": "http://[::ffff:10.0.0.1]/"}, "base-url"),
        ({"url": "http://169.254.169.254/", "allow_private": True}, "base-url"),
        ({"url": "http://localhost:8000/"}, "base-url"),
        ({"goal": ""}, "scraping-goal"),
        ({"goal": " \n\t "}, "scraping-goal"),
        ({"goal": "x" * 501}, "scraping-goal"),
        ({"goal": "知" * 500, "url": f"http://93.184.216.34/{'x' * 1_500}"}, "scraping-goal"),
        ({"goal": "bell \x07"}, "scraping-goal"),
        ({"max_pages": 0}, "max-pages"),
        ({"max_depth": -1}, "max-depth"),
    ],
)
def test_bad_requests_are_refused_at_the_door(changes: dict[str, Any], field: str) -> None:
    """The error names the field, and what was seen."""
    with pytest.raises(InputWrong) as refused:
        check_request(replace(GOOD, **changes), Policy())
    assert refused.value.field == field


def test_a_name_that_resolves_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The DNS is asked at the door; a name that nobody knows now may come back and is let in."""
    answers = {"private.example": "10.0.0.1", "public.example": "93.184.216.34"}

    def resolve(host: str, port: int, **_: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        if host not in answers:
            raise socket.gaierror("not found")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[host], port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(InputWrong, match=r"private\.example is at a forbidden address"):
        check_request(replace(GOOD, url="http://private.example/"), Policy())
    for host in ("public.example", "unknown.example"):
        assert check_request(replace(GOOD, url=f"http://{host}/"), Policy()).url == f"http://{host}/"
    allowed = Policy(parse_allowed("private.example"))
    assert check_request(replace(GOOD, url="http://private.example/"), allowed).url == "http://private.example/"


def test_one_source_for_a_url_and_goal(records: Records) -> None:
    """Asking again gives the same source and, while it waits, the same job; the limits are the last ones."""
    clock = ManualClock()

    def ask(conn: sa.Connection) -> tuple[Scope, list[tuple[str, str]]]:
        scope = local_scope(conn, clock)
        first = request_crawl(conn, GOOD, scope, clock)
        second = request_crawl(conn, replace(GOOD, max_pages=9), scope, clock)
        clock.advance(1)
        other = request_crawl(conn, replace(GOOD, goal="fish"), scope, clock)
        return scope, [first, second, other]

    scope, (first, second, other) = records.write(ask)
    assert first == second
    assert other[0] != first[0]
    assert [row.goal for row in records.read(lambda conn: all_sources(conn, scope))] == [GOOD.goal, "fish"]


def test_schedules_start_jobs_when_due(records: Records) -> None:
    """A source that is due gets a job and is due again a period later; a stranger may not touch it."""
    clock = ManualClock()
    scope, (source, job) = records.write(
        lambda conn: ((made := local_scope(conn, clock)), request_crawl(conn, GOOD, made, clock))
    )

    def finish(conn: sa.Connection) -> None:
        lease = jobs.claim(conn, owner="x", lease_s=9, clock=clock, kinds=("crawl",))
        assert lease is not None
        jobs.finish(conn, lease.job, lease.epoch, status="completed", clock=clock)

    records.write(finish)
    records.write(lambda conn: set_schedule(conn, source, scope, 3600.0, clock))
    assert records.write(lambda conn: run_due(conn, clock=clock)) == []
    clock.advance(3600)
    (due,) = records.write(lambda conn: run_due(conn, clock=clock))
    assert due != job
    args = records.read(lambda conn: conn.execute(sa.select(job_rows.c.args).where(job_rows.c.id == due)).scalar())
    assert args == GOOD.limits()
    assert records.write(lambda conn: run_due(conn, clock=clock)) == []
    records.write(lambda conn: set_schedule(conn, source, scope, None, clock))
    clock.advance(9999)
    assert records.write(lambda conn: run_due(conn, clock=clock)) == []
    stranger = Scope(workspace="other", person="other")
    with pytest.raises(NotFound):
        records.write(lambda conn: recrawl_source(conn, source, stranger, clock))
    with pytest.raises(NotFound):
        records.write(lambda conn: set_schedule(conn, source, stranger, 60.0, clock))
    with pytest.raises(InputWrong):
        records.write(lambda conn: set_schedule(conn, source, scope, 1.0, clock))
