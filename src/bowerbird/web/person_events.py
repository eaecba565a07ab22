"""
What concerns a person, as one stream of events: what happened, and how their running jobs go on.

Notices have ids that grow, so a stream that breaks goes on after the last one seen; how far a job is, is a state and is
told anew. The records are polled off the event loop.
"""

from collections.abc import AsyncIterator
from dataclasses import asdict
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.kernel.errors import Refused
from bowerbird.records import notices
from bowerbird.web.job_events import HEARTBEAT_S, Watchers, stops_within
from bowerbird.web.live import read_progress
from bowerbird.web.queries.jobs import list_jobs
from bowerbird.web.sse import HEARTBEAT, event
from bowerbird.web.viewer import Viewer, ensure_still_in
from bowerbird.wiring import App

__all__ = ["follow"]

POLL_S: Final = 1.0
_NOTICES: Final = 50
_JOBS: Final = 10


async def follow(app: App, viewer: Viewer, watchers: Watchers, *, after: int | None) -> AsyncIterator[bytes]:
    """
    The person's events after the notice `after`, or from now on, until they sign out, the server stops or they leave.

    `hello` comes first, so that there is an id to come back with; then each `notice` once, and `jobs` when they move.
    """
    with watchers.place():
        if after is None:
            newest = await app.records.aread(lambda conn: notices.newest(conn, viewer.scope, limit=1))
            after = newest[0].id if newest else 0
        unread = await app.records.aread(lambda conn: notices.unread(conn, viewer.scope))
        yield event("hello", {"unread": unread}, identifier=str(after))
        told: list[dict[str, Any]] | None = None
        silent_s = 0.0
        while True:
            try:
                fresh, jobs = await app.records.aread(partial(_look, app=app, viewer=viewer, after=after))
            except Refused as refused:
                yield event("end", {"reason": str(refused)}, identifier=str(after))
                return
            for notice in fresh:
                after, silent_s = notice.id, 0.0
                yield event("notice", asdict(notice), identifier=str(after))
            if jobs != told:
                told, silent_s = jobs, 0.0
                yield event("jobs", jobs, identifier=str(after))
            if len(fresh) == _NOTICES:
                continue  # more wait
            if silent_s >= HEARTBEAT_S:
                silent_s = 0.0
                yield HEARTBEAT
            if await stops_within(watchers.stopping, POLL_S):
                return
            silent_s += POLL_S


def _look(
    conn: sa.Connection, *, app: App, viewer: Viewer, after: int
) -> tuple[list[notices.Notice], list[dict[str, Any]]]:
    ensure_still_in(conn, viewer, clock=app.clock)
    running = list_jobs(conn, viewer.scope, statuses=("queued", "running"), limit=_JOBS)
    now_s = app.clock.now_s()
    return (
        list(notices.after(conn, viewer.scope, after, limit=_NOTICES)),
        [{"job": job.id, **read_progress(conn, job, now_s=now_s).to_json()} for job in running],
    )
