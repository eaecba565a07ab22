import asyncio
import json
from typing import Any

import pytest

from bowerbird.kernel.errors import Unavailable
from bowerbird.settings import Settings
from bowerbird.web import job_events
from bowerbird.web.job_events import Watchers, watch
from bowerbird.web.viewer import local_viewer

from .conftest import Site
from .test_problems import assert_problem


def events_of(body: str) -> list[tuple[str, str, Any]]:
    """The name, id and data of each event on the wire."""
    events: list[tuple[str, str, Any]] = []
    for block in body.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            events.append((fields["event"], fields["id"], json.loads(fields["data"])))
    return events


async def test_a_job_that_has_ended_is_told_at_once_and_whole(site: Site) -> None:
    """What became of its URLs in order, its numbers and words, then the end."""
    job = site.library.job(site.library.source(), "completed")
    site.library.url(job, "https://docs.example.org/a")
    site.library.url(job, "https://docs.example.org/b", "skipped", reason="robots", detail="Disallow: /b")
    response = await site.client.get(f"/v1/jobs/{job}/events")
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    (pages, progress, end) = events_of(response.text)
    assert [(line["title"], line["words"], line["detail"]) for line in pages[2]] == [
        ("kept", "/a", ""),
        ("robots", "/b", "Disallow: /b"),
    ]
    assert progress[2] == {
        "status": "completed",
        "ended": True,
        "share": 1.0,
        "state": {"name": "completed", "title": "Completed", "tone": "good", "icon": "circle-check"},
        "words": {
            "fetched": "1",
            "kept": "1",
            "skipped": "1",
            "bytes": "1.0 kB",
            "rate": "0.5",
            "took": "10 s",
            "sentence": "1 page kept and 1 skipped of 2 seen.",
        },
    }
    assert end[2] == {"status": "completed"}


async def test_a_broken_stream_goes_on_where_it_broke(site: Site) -> None:
    """`Last-Event-ID` wins over the address; what was told is not told again."""
    job = site.library.job(site.library.source(), "completed")
    site.library.url(job, "https://docs.example.org/a")
    first = events_of((await site.client.get(f"/v1/jobs/{job}/events")).text)[0]
    site.library.url(job, "https://docs.example.org/b")
    again = await site.client.get(f"/v1/jobs/{job}/events?after=0", headers={"last-event-id": first[1]})
    told = [line["words"] for name, _, data in events_of(again.text) if name == "pages" for line in data]
    assert told == ["/b"]


async def test_more_pages_than_one_event_holds_come_in_several(site: Site) -> None:
    """Events are bounded, and none of the lines is lost."""
    job = site.library.job(site.library.source(), "completed")
    urls = [f"/{number}" for number in range(120)]
    for url in urls:
        site.library.url(job, f"https://docs.example.org{url}")
    events = events_of((await site.client.get(f"/v1/jobs/{job}/events")).text)
    pages = [data for name, _, data in events if name == "pages"]
    assert [len(lines) for lines in pages] == [50, 50, 20]
    assert [line["words"] for lines in pages for line in lines] == urls
    assert events[-1][0] == "end"


async def test_a_running_job_is_told_until_it_ends(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers come when they change, the end when it has come."""
    monkeypatch.setattr(job_events, "POLL_S", 0.01)
    job = site.library.job(site.library.source(), "running")
    async with site.opened(Settings()) as app:
        stream = watch(app, local_viewer(app), Watchers(), job, after=0)
        told = (await anext(stream)).decode()
        site.library.url(job, "https://docs.example.org/a")
        told += (await anext(stream)).decode() + (await anext(stream)).decode()
        site.library.end_job(job)
        told += "".join([one.decode() async for one in stream])
    events = events_of(told)
    assert [name for name, _, _ in events] == ["progress", "pages", "progress", "progress", "end"]
    assert [data["words"]["fetched"] for name, _, data in events if name == "progress"] == ["0", "1", "1"]


async def test_a_silent_job_still_beats(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment keeps proxies from closing the connection."""
    monkeypatch.setattr(job_events, "POLL_S", 0.01)
    monkeypatch.setattr(job_events, "HEARTBEAT_S", 0.02)
    job = site.library.job(site.library.source(), "queued")
    reading = asyncio.create_task(site.client.get(f"/v1/jobs/{job}/events"))
    await asyncio.sleep(0.5)
    site.library.end_job(job, "cancelled")
    assert ": still here\n\n" in (await reading).text


async def test_the_stream_ends_when_the_server_stops(site: Site) -> None:
    """A reader that waits must not hold up a stop."""
    job = site.library.job(site.library.source(), "queued")
    watchers = Watchers()
    async with site.opened(Settings()) as app:
        events = watch(app, local_viewer(app), watchers, job, after=0)
        assert b"event: progress" in await anext(events)
        watchers.stopping.set()
        assert [event async for event in events] == []


async def test_there_are_only_so_many_watchers() -> None:
    """One more is told to come back; a place is free again when its watcher has left."""
    watchers = Watchers(limit=1)
    watchers.refuse_more()
    with watchers.place(), pytest.raises(Unavailable):
        watchers.refuse_more()
    watchers.refuse_more()


async def test_a_wrong_place_to_go_on_is_refused(site: Site) -> None:
    """Ids are numbers."""
    job = site.library.job(site.library.source(), "completed")
    response = await site.client.get(f"/v1/jobs/{job}/events", headers={"last-event-id": "x"})
    assert_problem(response, 422, "input-wrong")
