"""
One call for all who want the same at the same time, whether its result comes at once or in pieces.

Measured before it was written (architecture.md, evidence): of 200 callers on a cold key aiocache calls the origin 200
times; cashews and theine once, but a cancelled leader cancels all its followers.

Hazards: the work is a task that belongs to nobody, so whoever leaves, the first caller too, leaves the others
untouched; when the last has left it is cancelled, and who comes then begins anew. It runs outside of any one caller's
deadline. An error is everyone's error, and is not remembered. A key must hold whatever the result depends on, such as
who may see it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import aclosing
from types import TracebackType
from typing import Generic, TypeVar

from bowerbird.kernel.errors import Unavailable
from bowerbird.ops.deadline import unlimited

__all__ = ["SingleFlight"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Flight(Generic[V]):
    """A call under way: what it has given so far, and who reads it."""

    def __init__(self, work: AsyncGenerator[V], landed: "Callable[[_Flight[V]], None]") -> None:
        self.items: list[V] = []
        self.readers = 0
        self.has_landed = False
        self.error: Exception | None = None
        self.traceback: TracebackType | None = None
        self._work = work
        self._landed = landed
        self._more = asyncio.Event()
        with unlimited():  # the new task copies the context
            self._task = asyncio.create_task(self._run())

    async def more(self) -> None:
        """Return when there is another item, or the end."""
        await self._more.wait()

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self._task.cancel()

    async def _run(self) -> None:
        try:
            async with aclosing(self._work) as items:
                async for item in items:
                    self.items.append(item)
                    self._wake()
        except asyncio.CancelledError:
            # Who still waits did not ask for it, and must not take it for a cancellation of its own.
            self.error = Unavailable("the call was broken off from within")
        except Exception as error:  # noqa: BLE001  whatever it is, it is the callers'
            self.error, self.traceback = error, error.__traceback__
        finally:
            self.has_landed = True
            self._landed(self)
            self._wake()

    def _wake(self) -> None:
        waiting, self._more = self._more, asyncio.Event()
        waiting.set()


class SingleFlight(Generic[K, V]):
    """Calls under way, by key; for the tasks of one event loop."""

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}

    def __len__(self) -> int:
        """How many calls are under way."""
        return len(self._flights)

    async def do(self, key: K, work: Callable[[], Awaitable[V]]) -> V:
        """What `work` gives, or what the call for `key` that is already under way gives."""

        async def one() -> AsyncGenerator[V]:
            yield await work()

        async with aclosing(self.stream(key, one)) as items:
            return await anext(items)

    async def stream(self, key: K, work: Callable[[], AsyncGenerator[V]]) -> AsyncGenerator[V]:
        """All items of `work`, or of the call for `key` that is already under way: first what it has given so far."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(work(), lambda landed: self._forget(key, landed))
        flight.readers += 1
        at = 0
        try:
            while True:
                while at < len(flight.items):
                    at += 1
                    yield flight.items[at - 1]
                if flight.has_landed:
                    break
                await flight.more()
        finally:
            flight.readers -= 1
            if not flight.readers and not flight.has_landed:
                self._forget(key, flight)  # the next caller must not join what is being cancelled
                flight.cancel()
        if flight.error is not None:
            # Each raise lengthens the error's traceback, and it is one error for all: everyone starts from the work's.
            raise flight.error.with_traceback(flight.traceback)

    def _forget(self, key: K, flight: _Flight[V]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
