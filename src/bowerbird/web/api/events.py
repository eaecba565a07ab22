"""`/v1/events`: what people did with items."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from fastapi import Request
from pydantic import BaseModel, Field

from bowerbird.feed.event import KINDS, NewEvent
from bowerbird.feed.event_rows import read_event
from bowerbird.kernel.errors import InputWrong
from bowerbird.records.tables import persons
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ViewerDep
from bowerbird.web.rows import Unread, read_rows, rows_body
from bowerbird.web.viewer import ACTING, Viewer
from bowerbird.wiring import App

__all__ = ["EventsKept", "RefusedEvent", "routes", "tell"]

routes = Routes(prefix="/v1/events", tags=["feed"])

_EXAMPLE: Final = {
    "id": "7f1c",
    "person": "customer-42",
    "item": "page-17",
    "kind": "opened",
    "at": 1780000000.5,
    "slate": "01kqz1dz4xg8n6r4p0v2m9t3ab",
}
_BODY: Final = rows_body(
    "Events, at most 1,000: `item` (its id), `kind`, `at` (seconds since 1970, UTC, or a date; without it, now),"
    " `person` (the id that you give them; without it, who sends it), `id` (your own: sent again it changes nothing),"
    f" `slate` (the feed page on which it stood), `value` (of `dwelt`: seconds). Kinds: {', '.join(KINDS)}.",
    _EXAMPLE,
)


class RefusedEvent(BaseModel):
    """An event that was not kept."""

    index: int = Field(description="Its place in the request, from 0.")
    reason: str


class EventsKept(BaseModel):
    """What became of the events: each was kept, known before, or refused."""

    kept: int = Field(examples=[1])
    known: int = Field(examples=[0], description="That were kept before; nothing was counted twice.")
    refused: list[RefusedEvent]


@routes.post("", operation_id="keep_events", summary="Tell what people did", openapi_extra=_BODY)
async def create(request: Request, app: AppDep, viewer: ViewerDep) -> EventsKept:
    """
    Keep events; what is answered is on disk, whatever happens next.

    For others than oneself it needs an API key of the role operator or above; persons are made when first named.
    """
    return await tell(app, viewer, await read_rows(request))


async def tell(app: App, viewer: Viewer, rows: Sequence[Any]) -> EventsKept:
    """What became of the events that these JSON values tell of; what is answered is on disk."""
    own = None if _may_act(viewer) else await _external_id(app, viewer)
    refused: dict[int, str] = {}
    events: dict[int, NewEvent] = {}
    for index, row in enumerate(rows):
        try:
            events[index] = _event(row, viewer, own)
        except InputWrong as wrong:
            refused[index] = str(wrong)
    outcomes = await app.events.keep(viewer.scope.workspace, list(events.values())) if events else []
    for index, outcome in zip(events, outcomes, strict=True):
        if outcome.state == "refused":
            refused[index] = outcome.reason
    return EventsKept(
        kept=sum(outcome.state == "kept" for outcome in outcomes),
        known=sum(outcome.state == "known" for outcome in outcomes),
        refused=[RefusedEvent(index=index, reason=reason) for index, reason in sorted(refused.items())],
    )


def _may_act(viewer: Viewer) -> bool:
    return viewer.account is None and viewer.may(ACTING)


async def _external_id(app: App, viewer: Viewer) -> str:
    wanted = sa.select(persons.c.external_id).where(persons.c.id == viewer.scope.person)
    return await app.records.aread(lambda conn: str(conn.execute(wanted).scalar_one()))


def _event(row: Any, viewer: Viewer, own: str | None) -> NewEvent:
    """The event; `own` is the only person whom it may be of, if there is but one."""
    if isinstance(row, Unread):
        raise InputWrong(row.reason)
    event = read_event(row, sender=viewer.scope)
    if own is not None and event.person not in (None, own):
        raise InputWrong(
            f"person is {(event.person or '')[:60]!r}: only an API key of the role {ACTING.word} or above may tell of"
            " other persons; leave it out to tell of yourself"
        )
    return event
