"""What a server can give at most: the bytes of one answer, without a question asked. For `bench.speed.feed`."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI

__all__ = ["asgi", "fastapi", "rsgi"]

BODY = os.environ.get("BARE_BODY", "{}").encode()
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


async def asgi(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    """A bare ASGI handler."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


class _Rsgi:
    """A bare RSGI handler, Granian's own protocol."""

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Nothing to prepare."""

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """The bytes."""
        protocol.response_bytes(200, [("content-type", "application/json")], BODY)


rsgi = _Rsgi()
fastapi = FastAPI()
_SAID = json.loads(BODY)


@fastapi.get("/v1/feed")
async def _feed(user: str, n: int = 20) -> Any:  # noqa: ARG001  read and checked, as a route's are
    return _SAID
