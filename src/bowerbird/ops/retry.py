"""
Trying again, within a budget that all calls share: when everything fails, the load grows by a tenth and not threefold.

Each call puts `ratio` of a try into a bucket, each further try takes a whole one out; an empty bucket means the error
is passed on at once. `stamina`, which is named for retries elsewhere, backs off with jitter and a total timeout, but
knows no budget across calls, and its jitter comes from the global random generator, so a test could not repeat it.

Hazards: only `Unavailable` is tried again, and only what can be repeated without harm may be handed in. Whoever says
when to come back is obeyed; where that is later than we care to wait, or than the deadline, the error is passed on.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Unavailable
from bowerbird.ops.deadline import left_s

__all__ = ["Backoff", "RetryBudget", "retried"]

T = TypeVar("T")


class RetryBudget:
    """The further tries that are left to all calls of one thing outside."""

    def __init__(self, *, ratio: float = 0.1, most: float = 10.0) -> None:
        """Full at first, so that the first calls may be tried again too; never more than `most`."""
        self._ratio = ratio
        self._most = most
        self._left = most

    @property
    def left(self) -> float:
        """How many further tries there would be now."""
        return self._left

    def earn(self) -> None:
        """A call is made."""
        self._left = min(self._most, self._left + self._ratio)

    def spend(self) -> bool:
        """Whether a call may be tried once more."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the next try: a random part (full jitter) of `first_s`, doubled each time."""

    tries: int = 3
    first_s: float = 0.5
    most_s: float = 8.0

    def wait_s(self, failed: int, rng: random.Random) -> float:
        """The wait after `failed` tries. Source: Brooker 2015, "Exponential Backoff And Jitter"."""
        return rng.uniform(0, min(self.most_s, self.first_s * 2.0 ** (failed - 1)))


async def retried(
    call: Callable[[], Awaitable[T]], *, budget: RetryBudget, backoff: Backoff, rng: random.Random, clock: Clock
) -> T:
    """What `call` gives; its last `Unavailable` once the tries, the budget or the time to the deadline are spent."""
    budget.earn()
    failed = 0
    while True:
        try:
            return await call()
        except Unavailable as error:
            failed += 1
            wait_s = backoff.wait_s(failed, rng)
            if error.retry_after_s is not None:
                wait_s = max(wait_s, error.retry_after_s)
            left = left_s(clock)
            is_too_late = wait_s > backoff.most_s or (left is not None and wait_s >= left)
            if failed >= backoff.tries or is_too_late or not budget.spend():
                raise
        await asyncio.sleep(wait_s)
