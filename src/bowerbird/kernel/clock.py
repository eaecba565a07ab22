"""Time as something that is handed in, so that tests can turn it."""

import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "ManualClock", "SystemClock", "utc"]


class Clock(Protocol):
    """Where the time comes from."""

    def now_s(self) -> float:
        """Seconds since 1970 in UTC; may jump when the operator sets the machine's clock."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that only grow, from an arbitrary start; for durations."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_s(self) -> float:
        """Seconds since 1970 in UTC."""
        return time.time()

    def monotonic_s(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, now_s: float = 1_750_000_000.0) -> None:
        self._now_s = now_s

    def now_s(self) -> float:
        """The time it was last set to."""
        return self._now_s

    def monotonic_s(self) -> float:
        """The same; a manual clock never jumps back unless told to."""
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self._now_s += seconds


def utc(seconds: float) -> datetime:
    """The moment `seconds` after 1970 as an aware UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)
