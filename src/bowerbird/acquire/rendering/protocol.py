"""
A browser's DevTools protocol over a pair of pipes: JSON messages that end with a NUL byte.

By pipes and not by a port of this machine, which every program here, and a page that guesses it, could speak to.
Source: https://chromedevtools.github.io/devtools-protocol/
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

__all__ = ["Broken", "Connection", "Json", "Listener"]

Json = dict[str, Any]
Listener = Callable[[str, Json], None]  # an event's name and what it says

MAX_MESSAGE_BYTES = 64_000_000  # what the browser says at once, above every cap on pages and requests


class Broken(Exception):
    """The browser has ended, speaks no protocol, or refuses what it is asked."""


class Connection:
    """Commands and their answers, and events to whoever listens at the moment."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._number = 0
        self.is_over = False
        self.listener: Listener = lambda _event, _said: None
        self._task = asyncio.get_running_loop().create_task(self._listen())

    async def call(self, method: str, /, session: str | None = None, **params: Any) -> Json:
        """The answer to a command; raises Broken."""
        if self.is_over:
            raise Broken("it has ended")
        self._number += 1
        message: Json = {"id": self._number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = answer
        try:
            self._writer.write(json.dumps(message).encode() + b"\0")
            await self._writer.drain()
            said = await answer
        except OSError as exc:
            raise Broken("it has ended") from exc
        finally:
            self._waiting.pop(message["id"], None)
        if "error" in said:
            raise Broken(f"{method}: {said['error'].get('message', '')[:200]}")
        result: Json = said.get("result", {})
        return result

    def close(self) -> None:
        """Hang up; who waits is told."""
        self._task.cancel()
        self._writer.close()
        self._end()

    async def _listen(self) -> None:
        try:
            while True:
                self._take(json.loads((await self._reader.readuntil(b"\0"))[:-1]))
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass  # it is gone, or what it says is no message: the same to who waits
        self._end()

    def _take(self, message: Json) -> None:
        if "id" not in message:
            self.listener(str(message["method"]), message.get("params", {}))
            return
        answer = self._waiting.get(message["id"])
        if answer is not None and not answer.done():
            answer.set_result(message)

    def _end(self) -> None:
        self.is_over = True
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(Broken("it has ended"))
