"""
One call for all who want the same at the same time.

Measured before it was written (architecture.md, evidence): of 200 callers on a cold key aiocache calls the origin 200
times; cashews and theine once, but a cancelled leader cancels all its followers.

Hazards: the work is a task that belongs to nobody, so whoever leaves, the first caller too, leaves the others
untouched; when the last has left it is cancelled. It runs outside of any one caller's deadline. An error is everyone's
error, and is not remembered. A key must hold whatever the result depends on, such as who may see it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

from bowerbird.kernel.errors import Unavailable
from bowerbird.ops.deadline import unlimited

__all__ = ["SingleFlight"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Flight(Generic[V]):
    __slots__ = ("task", "waiters")

    def __init__(self, task: "asyncio.Task[V]") -> None:
        self.task = task
        self.waiters = 0


class SingleFlight(Generic[K, V]):
    """Calls under way, by key; for the tasks of one event loop."""

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}

    def __len__(self) -> int:
        """How many calls are under way."""
        return len(self._flights)

    async def do(self, key: K, work: Callable[[], Awaitable[V]]) -> V:
        """What `work` gives, or what the call for `key` that is already under way gives."""
        flight = self._flights.get(key)
        if flight is None:
            with unlimited():  # the new task copies the context
                flight = _Flight(asyncio.create_task(_run(work)))
            self._flights[key] = flight
            flight.task.add_done_callback(partial(self._ended, key, flight))
        flight.waiters += 1
        try:
            return await asyncio.shield(flight.task)
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if flight.task.cancelled() and me is not None and not me.cancelling():
                raise Unavailable("the call was broken off from within") from None
            raise
        finally:
            flight.waiters -= 1
            if not flight.waiters and not flight.task.done():
                self._forget(key, flight)  # the next caller must not join what is being cancelled
                flight.task.cancel()

    def _ended(self, key: K, flight: _Flight[V], task: "asyncio.Task[V]") -> None:
        self._forget(key, flight)
        if not task.cancelled():
            task.exception()  # looked at: its waiters may all have left

    def _forget(self, key: K, flight: _Flight[V]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


async def _run(work: Callable[[], Awaitable[V]]) -> V:
    return await work()
