"""
A deadline: one moment by which the whole of an answer is wanted, known to everything that is called for it.

    with within(10, clock):            # an absolute moment; a nested one can only be earlier
        await step()                   # sees `left_s(clock)`; `await in_time(call(), clock)` breaks off at the moment

It travels in a context variable and not in arguments, because it belongs to the request and not to any one call: tasks
and threads that are started for the request inherit it. Hazard: what is done for several callers (`SingleFlight`,
`Batcher`) must not inherit the deadline of whoever came first, so these start their work under `unlimited()`.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Coroutine, Generator
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from typing import TypeVar

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import DeadlinePassed

__all__ = ["each_in_time", "in_time", "left_s", "unlimited", "within"]

T = TypeVar("T")

_at_s: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float, clock: Clock) -> Generator[None]:
    """Inside, the deadline is `seconds` from now, or the one that held before if that is earlier."""
    before = _at_s.get()
    mine = clock.monotonic_s() + seconds
    token = _at_s.set(mine if before is None else min(mine, before))
    try:
        yield
    finally:
        _at_s.reset(token)


@contextmanager
def unlimited() -> Generator[None]:
    """Inside, no deadline holds: for work that outlives the caller that began it."""
    token = _at_s.set(None)
    try:
        yield
    finally:
        _at_s.reset(token)


def left_s(clock: Clock) -> float | None:
    """The seconds until the deadline, never below 0; None without one."""
    at_s = _at_s.get()
    return None if at_s is None else max(0.0, at_s - clock.monotonic_s())


async def in_time(work: Awaitable[T], clock: Clock) -> T:
    """What `work` gives; it is cancelled at the deadline and DeadlinePassed raised, also when it was never begun."""
    left = left_s(clock)
    if left == 0:
        if isinstance(work, Coroutine):
            work.close()
        raise DeadlinePassed("the time for this answer is over")
    timeout = asyncio.timeout(left)
    try:
        async with timeout:
            return await work
    except TimeoutError as exc:
        if timeout.expired():
            raise DeadlinePassed("the time for this answer is over") from exc
        raise


async def each_in_time(items: AsyncGenerator[T], clock: Clock) -> AsyncGenerator[T]:
    """
    The same items, DeadlinePassed at the deadline; `items` is closed with this.

    A timeout around a whole `async for` would go off in whoever reads it; this one holds only while an item is waited
    for.
    """
    async with aclosing(items):
        while True:
            try:
                item = await in_time(anext(items), clock)
            except StopAsyncIteration:
                return
            yield item
