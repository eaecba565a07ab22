"""
A job watched as a stream of events; the records are polled off the event loop.

Bounded: so many watchers, so many lines an event, and an end when the job or the server ends.
"""

import asyncio
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from functools import partial
from typing import Final

import sqlalchemy as sa

from bowerbird.acquire import UrlRow, coverage
from bowerbird.kernel.errors import Refused, Unavailable
from bowerbird.web.live import Progress, read_progress
from bowerbird.web.pages.job import url_line
from bowerbird.web.queries.jobs import JobRow, find_job
from bowerbird.web.sse import HEARTBEAT, event
from bowerbird.web.viewer import Viewer, ensure_still_in
from bowerbird.wiring import App

__all__ = ["HEARTBEAT_S", "Watchers", "stops_within", "watch"]

POLL_S: Final = 0.5
HEARTBEAT_S: Final = 15.0
MAX_WATCHERS: Final = 100
_LINES: Final = 50


class Watchers:
    """How many watch, and whether the server is going to stop."""

    def __init__(self, limit: int = MAX_WATCHERS) -> None:
        self._limit = limit
        self._watching = 0
        self.stopping = asyncio.Event()

    def refuse_more(self) -> None:
        """Raises Unavailable when there is no place for another."""
        if self._watching >= self._limit:
            raise Unavailable(f"{self._limit} streams are being watched already")

    @contextmanager
    def place(self) -> Generator[None]:
        """A place for as long as somebody watches."""
        self._watching += 1
        try:
            yield
        finally:
            self._watching -= 1


async def watch(app: App, viewer: Viewer, watchers: Watchers, job: str, *, after: int) -> AsyncIterator[bytes]:
    """The events of a job from `after` on, until it ends, the server stops, or the watcher leaves."""
    told: Progress | None = None
    silent_s = 0.0
    with watchers.place():
        while True:
            try:
                row, progress, lines = await app.records.aread(
                    partial(_look, app=app, viewer=viewer, job=job, after=after)
                )
            except Refused as refused:
                yield event("end", {"status": "signed-out", "reason": str(refused)}, identifier=str(after))
                return
            if lines:
                after = lines[-1].id
                yield event("pages", [url_line(line, row.url).to_json() for line in lines], identifier=str(after))
            if progress != told:
                told, silent_s = progress, 0.0
                yield event("progress", progress.to_json(), identifier=str(after))
            if len(lines) == _LINES:
                continue  # more wait
            if progress.ended:
                yield event("end", {"status": progress.status}, identifier=str(after))
                return
            if silent_s >= HEARTBEAT_S:
                silent_s = 0.0
                yield HEARTBEAT
            if await stops_within(watchers.stopping, POLL_S):
                return
            silent_s += POLL_S


def _look(
    conn: sa.Connection, *, app: App, viewer: Viewer, job: str, after: int
) -> tuple[JobRow, Progress, list[UrlRow]]:
    ensure_still_in(conn, viewer, clock=app.clock)
    row = find_job(conn, viewer.scope, job)
    progress = read_progress(conn, row, now_s=app.clock.now_s())
    return row, progress, coverage.recent(conn, job, after, _LINES)


async def stops_within(stopping: asyncio.Event, seconds: float) -> bool:
    """True as soon as the server is going to stop; False after that time."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False
    return True
