"""`/v1/live` and `/v1/notices`: what happened to what a person started, as it happens or looked up later."""

from typing import Annotated

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from bowerbird.records import notices
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep, ViewerDep
from bowerbird.web.job_events import Watchers
from bowerbird.web.person_events import follow
from bowerbird.web.sse import After, LastEventId, events_of, position, stream

__all__ = ["NoticeList", "NoticeOut", "Read", "routes"]

routes = Routes(prefix="/v1", tags=["people"])


class NoticeOut(BaseModel):
    """One thing that happened."""

    id: int
    kind: str = Field(description="job.completed, job.failed or job.cancelled.")
    text: str
    href: str = Field(description="The page about it; empty if there is none.")
    at: float = Field(description="Seconds since 1970, UTC.")
    is_read: bool


class NoticeList(BaseModel):
    """What happened, the newest first."""

    notices: list[NoticeOut]
    unread: int


class Read(BaseModel):
    """Up to where somebody has read."""

    model_config = ConfigDict(extra="forbid")

    up_to: int = Field(ge=0, le=2**53, description="The id of the newest notice that was seen.")


@routes.get(
    "/live",
    operation_id="follow",
    summary="Follow what concerns you",
    response_class=StreamingResponse,
    responses={200: events_of('id: 7\nevent: hello\ndata: {"unread": 0}\n\n')},
)
async def live(
    request: Request,
    app: AppDep,
    viewer: ViewerDep,
    *,
    after: After = None,
    last_event_id: LastEventId = "",
) -> StreamingResponse:
    """
    Server-sent events from now on, or from `after`.

    `hello` once, each `notice` once and in order, `jobs` whenever a running job moves, `end` when you are signed out.

    A comment every 15 seconds keeps the connection open; a broken one goes on after `Last-Event-ID` and misses nothing.
    """
    begin = position(last_event_id, after)
    watchers: Watchers = request.app.state.watchers
    watchers.refuse_more()
    return stream(follow(app, viewer, watchers, after=begin))


@routes.get("/notices", operation_id="list_notices", summary="Read what happened")
async def index(app: AppDep, scope: ScopeDep, limit: Annotated[int, Query(ge=1, le=200)] = 20) -> NoticeList:
    """The newest notices."""
    found, unread = await app.records.aread(
        lambda conn: (notices.newest(conn, scope, limit=limit), notices.unread(conn, scope))
    )
    return NoticeList(
        notices=[
            NoticeOut(id=one.id, kind=one.kind, text=one.text, href=one.href, at=one.at, is_read=one.is_read)
            for one in found
        ],
        unread=unread,
    )


@routes.post("/notices/read", status_code=204, operation_id="mark_notices_read", summary="Mark notices as read")
async def read(app: AppDep, scope: ScopeDep, seen: Read) -> None:
    """The notices up to that one are read."""
    await app.records.awrite(lambda conn: notices.mark_read(conn, scope, seen.up_to, clock=app.clock))
