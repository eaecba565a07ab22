"""One stream for a person: it tells each thing once, and goes on where it broke."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from bowerbird.accounts import Role, audit, sessions
from bowerbird.records import jobs, notices
from bowerbird.settings import Settings
from bowerbird.web import person_events
from bowerbird.web.job_events import Watchers, watch
from bowerbird.web.person_events import follow
from bowerbird.web.viewer import Viewer, local_viewer
from bowerbird.wiring import App

from .conftest import Site
from .members import join, session
from .test_problems import assert_problem

Event = tuple[str, int, Any]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often."""
    monkeypatch.setattr(person_events, "POLL_S", 0.01)


@pytest.fixture
async def app(site: Site) -> AsyncIterator[App]:
    async with site.opened(Settings()) as opened:
        yield opened


def parsed(chunk: bytes) -> Event:
    fields = dict(line.split(": ", 1) for line in chunk.decode().strip().splitlines() if ": " in line)
    return fields["event"], int(fields["id"]), json.loads(fields["data"])


async def take(events: AsyncIterator[bytes], kind: str, number: int) -> list[Event]:
    """The next events of that kind."""
    found: list[Event] = []
    while len(found) < number:
        one = parsed(await asyncio.wait_for(anext(events), 10))
        if one[0] == kind:
            found.append(one)
    return found


def end_jobs(site: Site, source: str, number: int) -> list[str]:
    """Jobs that a worker ends one after the other."""
    clock = site.library.clock
    ended: list[str] = []
    for _ in range(number):
        job = site.library.job(source, "running", epoch=1)
        site.library.records.write(partial(jobs.finish, job=job, epoch=1, status="completed", clock=clock))
        ended.append(job)
    return ended


async def test_each_end_of_a_job_is_told_once_and_in_order(app: App, site: Site) -> None:
    source = site.library.source()
    events = follow(app, local_viewer(app), Watchers(), after=None)
    assert parsed(await anext(events)) == ("hello", 0, {"unread": 0})
    ended = end_jobs(site, source, 120)
    told = await take(events, "notice", 120)
    assert [event[2]["href"] for event in told] == [f"/scraping/jobs/{job}" for job in ended]
    assert told[0][2]["text"] == "Gathering https://docs.example.org/ is done"


async def test_a_broken_stream_goes_on_and_misses_nothing(app: App, site: Site) -> None:
    """Ten times it breaks somewhere, and things happen while nobody listens."""
    source = site.library.source()
    ended: list[str] = []
    told: list[str] = []
    after: int | None = None
    for round_ in range(10):
        events = follow(app, local_viewer(app), Watchers(), after=after)
        _, after, _ = parsed(await anext(events))
        ended += end_jobs(site, source, 5)
        heard = await take(events, "notice", 3 if round_ < 9 else len(ended) - len(told))
        told += [notice["href"].rpartition("/")[2] for _, _, notice in heard]
        after = heard[-1][1]
        ended += end_jobs(site, source, 2) if round_ < 9 else []
    assert told == ended


async def test_it_says_where_running_jobs_are(app: App, site: Site) -> None:
    source = site.library.source()
    job = site.library.job(source, "running")
    events = follow(app, local_viewer(app), Watchers(), after=None)
    ((_, _, first),) = await take(events, "jobs", 1)
    assert [(one["job"], one["status"]) for one in first] == [(job, "running")]
    site.library.end_job(job)
    ((_, _, then),) = await take(events, "jobs", 1)
    assert then == []


async def test_nobody_hears_of_what_others_started(app: App, site: Site) -> None:
    source = site.library.source()
    ben = join(site, "ben@example.org", Role.READER)
    (job,) = end_jobs(site, source, 1)
    found = (await site.client.get("/v1/notices", headers=session(site, ben))).json()
    assert found == {"notices": [], "unread": 0}
    local = site.library.records.read(lambda conn: notices.newest(conn, app.scope, limit=5))
    assert [one.href for one in local] == [f"/scraping/jobs/{job}"]


async def test_streams_end_with_the_session(app: App, site: Site) -> None:
    """Signed out is signed out of what one watches, too."""
    ana = join(site, "ana@example.org", Role.ADMIN)
    sent = session(site, ana)
    (held,) = site.library.records.read(lambda conn: sessions.list_sessions(conn, ana.account, clock=app.clock))
    scope = local_viewer(app)
    viewer = Viewer(
        scope=type(scope.scope)(workspace=ana.workspace, person=ana.person),
        role=ana.role,
        name=ana.name,
        limits=(),
        account=ana.account,
        session=held.token,
    )
    job = site.library.job(site.library.source(), "running")
    both = [follow(app, viewer, Watchers(), after=None), watch(app, viewer, Watchers(), job, after=0)]
    for events in both:
        await anext(events)
    by = audit.Actor(ana.workspace, ana.role, ana.person)
    site.library.records.write(lambda conn: sessions.end_all_sessions(conn, by, ana.account, clock=app.clock))
    for events in both:
        (end,) = await take(events, "end", 1)
        assert "signed out" in end[2]["reason"]
        with pytest.raises(StopAsyncIteration):
            await anext(events)
    assert_problem(await site.client.get("/v1/live", headers=sent), 401, "not-signed-in")


async def test_what_was_seen_is_read(app: App, site: Site) -> None:
    end_jobs(site, site.library.source(), 3)
    found = (await site.client.get("/v1/notices?limit=2")).json()
    assert (len(found["notices"]), found["unread"]) == (2, 3)
    await site.client.post("/v1/notices/read", json={"up_to": found["notices"][1]["id"]})
    found = (await site.client.get("/v1/notices")).json()
    assert [one["is_read"] for one in found["notices"]] == [False, True, True]


@pytest.mark.parametrize("header", ["x", "-1", "1.5", "٣", "9" * 30])
async def test_a_last_event_that_is_none_is_refused(site: Site, header: str) -> None:
    response = await site.client.get("/v1/live", headers={b"last-event-id": header.encode()})
    assert response.status_code == 422


async def test_members_are_told_apart(app: App, site: Site) -> None:
    """A notice belongs to the person who started the job, in their workspace."""
    ana = join(site, "ana@example.org", Role.ADMIN)
    source = site.library.source()
    job = site.library.job(source, "running", epoch=1, created_by=ana.person)
    site.library.records.write(
        lambda conn: jobs.finish(conn, job, 1, status="failed", error="the site is gone", clock=app.clock)
    )
    found = (await site.client.get("/v1/notices", headers=session(site, ana))).json()["notices"]
    assert [(one["kind"], one["text"]) for one in found] == [
        ("job.failed", "Gathering https://docs.example.org/ did not work: the site is gone")
    ]
