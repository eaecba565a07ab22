"""
A breaker: when something outside keeps failing, it is not asked for a while, and then by one caller only.

    closed ──(failures in a row)──► open ──(open_s)──► half-open ──(the probe succeeds)──► closed
                                     ▲                     │
                                     └──(the probe fails)──┘

Measured before it was written (architecture.md, evidence): of 50 callers in half-open, purgatory and aiobreaker let 50
through; pybreaker lets one, but serialises all calls while it is closed.

Hazards: a call that is cancelled, or whose caller's own deadline passed, says nothing about the other side, so it
counts as neither, and a cancelled probe leaves its place to the next. What began before the breaker last changed its
mind is too old to change it again. Only `Unavailable` is a failure: a wrong request is answered, and the answer is that
it was wrong.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import DeadlinePassed, Unavailable

__all__ = ["Breaker", "BreakerState"]

BreakerState = Literal["closed", "open", "half-open"]


class Breaker:
    """Stands before one thing outside; for the tasks of one event loop."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        failures: int = 5,
        open_s: float = 30.0,
        error: type[Unavailable] = Unavailable,
    ) -> None:
        """`failures` in a row open it for `open_s`; meanwhile callers get `error`, which says when to come back."""
        self.name = name
        self._clock = clock
        self._most = failures
        self._open_s = open_s
        self._error = error
        self._failed = 0
        self._opened_at_s: float | None = None
        self._is_probing = False
        self._era = 0  # grows whenever it opens or closes

    @property
    def state(self) -> BreakerState:
        """What the next caller meets."""
        if self._opened_at_s is None:
            return "closed"
        return "open" if self._opens_in_s() > 0 else "half-open"

    @asynccontextmanager
    async def call(self) -> AsyncGenerator[None]:
        """The call is made inside; raises `error` at once when it should not be made at all."""
        is_probe = self._enter()
        era = self._era
        try:
            yield
        except Unavailable:
            if era == self._era:
                self._fail(is_probe=is_probe)
            raise
        except DeadlinePassed:
            raise
        except Exception:
            # It answered, though the answer pleased nobody.
            if era == self._era:
                self._succeed()
            raise
        else:
            if era == self._era:
                self._succeed()
        finally:
            if is_probe:
                self._is_probing = False

    def _enter(self) -> bool:
        """Whether this call is the probe."""
        if self._opened_at_s is None:
            return False
        left_s = self._opens_in_s()
        if left_s > 0 or self._is_probing:
            raise self._error(
                f"{self.name} did not answer {self._failed} times in a row and is not asked for a while",
                retry_after_s=left_s if left_s > 0 else self._open_s,
            )
        self._is_probing = True
        return True

    def _opens_in_s(self) -> float:
        assert self._opened_at_s is not None
        return self._opened_at_s + self._open_s - self._clock.monotonic_s()

    def _fail(self, *, is_probe: bool) -> None:
        self._failed += 1
        if is_probe or self._failed >= self._most:
            self._opened_at_s = self._clock.monotonic_s()
            self._era += 1

    def _succeed(self) -> None:
        self._failed = 0
        if self._opened_at_s is not None:
            self._opened_at_s = None
            self._era += 1
