"""Server-sent events, as bytes on the wire (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import Header, Query
from starlette.responses import StreamingResponse

from bowerbird.kernel.errors import InputWrong

__all__ = ["HEARTBEAT", "After", "LastEventId", "data", "event", "events_of", "position", "stream"]

_DIGITS: Final = 18  # what a database's number holds

After = Annotated[int | None, Query(ge=0, lt=10**_DIGITS, description="Begin after the event with this id.")]
LastEventId = Annotated[
    str, Header(description="Where a broken stream goes on; wins over `after`.", examples=["42"], max_length=_DIGITS)
]

HEARTBEAT: Final = b": still here\n\n"


def event(name: str, data: object, *, identifier: str | None = None) -> bytes:
    """One event; JSON has no line ends, so the data is one line."""
    head = f"id: {identifier}\n" if identifier is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def data(value: object) -> bytes:
    """An event without a name, as OpenAI's protocol has them; a string is sent as it is."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    """The answer that sends events as they come, past proxies that would gather them."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def position(last_event_id: str, after: int | None) -> int | None:
    """The id that a stream begins after, None for none said; raises InputWrong."""
    if not last_event_id:
        return after
    if not (last_event_id.isascii() and last_event_id.isdecimal()):
        raise InputWrong(f"Last-Event-ID is {last_event_id!r}, expected the id of an event", field="Last-Event-ID")
    return int(last_event_id)


_EVENT: Final = {
    "type": "object",
    "description": "One event of the stream; its data is JSON.",
    "required": ["event", "data"],
    "properties": {"id": {"type": "string"}, "event": {"type": "string"}, "data": {"type": "string"}},
}


def events_of(example: str) -> dict[str, Any]:
    """What the API's description says of a response that is a stream."""
    return {"content": {"text/event-stream": {"schema": _EVENT, "example": example}}}
