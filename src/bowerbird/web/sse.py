"""Server-sent events, as bytes on the wire (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import json
from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import StreamingResponse

__all__ = ["HEARTBEAT", "event", "stream"]

HEARTBEAT: Final = b": still here\n\n"


def event(name: str, data: object, *, identifier: str | None = None) -> bytes:
    """One event; JSON has no line ends, so the data is one line."""
    head = f"id: {identifier}\n" if identifier is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    """The answer that sends events as they come, past proxies that would gather them."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)
