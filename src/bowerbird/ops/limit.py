"""
How often somebody came within an hour, counted here and shared with other processes behind their backs.

    standing = limiter.take("person:17", 3600)      # no database, no waiting: about 1 µs
    standing.allowed, standing.left, standing.reset_s

A write to the database for each request would cost more than a cached page. So each process counts by itself, and every
`every_s` adds what it counted to the counts that all share, and takes over what they say. Windows are those of the
shared counts: an hour that begins with the first one counted.

What is promised: whoever has used up the limit is refused from the first moment that this process knows, and nobody is
refused before. What it does not know is what others let through and have not told yet. From the moment at which all of
them together have reached the limit, each process lets through at most what it is asked in two of its intervals; so `k`
processes that are asked `m` times in an interval overshoot by 2·k·m at most. No process ever lets through more than the
limit by itself.

Hazards: refused requests are not counted, so hammering costs no writes and does not prolong anything. When the shared
counts do not answer, each process goes on with its own (`k` times the limit at worst), says so once, and adds up later;
what was written although the answer got lost counts twice then. A process that is killed forgives what it had not told.
Setting the machine's clock forward ends windows early, setting it back makes them longer. Of more than `most` callers
those are forgotten that are known longest: their counts are in the shared ones, and come back an interval late (while
the shared counts are away, they are forgiven).
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple, Protocol

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.ops.logs import logger

__all__ = ["HOUR_S", "LocalLimiter", "SharedCount", "SharedCounts", "Standing"]

_log = logger("api")

HOUR_S: Final = 3600.0
SWEEP_S: Final = 60.0  # how often windows that have ended are forgotten
AT_ONCE: Final = 500  # keys in one transaction: 3 ms, in which no other process counts


class SharedCount(Protocol):
    """A count and when it ends."""

    @property
    def tally(self) -> int:
        """How many, what was just added included."""
        ...

    @property
    def ends_at(self) -> float:
        """Seconds since 1970."""
        ...


class SharedCounts(Protocol):
    """Counts that all processes see; `records.Counters` are such."""

    def add_many(self, more: Mapping[str, int], *, window_s: float) -> Mapping[str, SharedCount]:
        """Count so many more of each key; may block. Raises StoreUnavailable."""
        ...


class Standing(NamedTuple):
    """Whether one more is allowed, how many are left after it, and in how many seconds the window ends."""

    allowed: bool
    left: int
    reset_s: float


class _Window:
    """What is known of one caller's hour."""

    __slots__ = ("ends_at", "key", "taken", "untold")

    def __init__(self, key: str, ends_at: float) -> None:
        self.key = key
        self.ends_at = ends_at
        self.taken = 0  # by all processes as far as is known
        self.untold = 0  # of them, by this one, and not in the shared counts yet


class LocalLimiter:
    """The limits of one process; for one event loop."""

    def __init__(self, shared: SharedCounts, clock: Clock, *, every_s: float = 1.0, most: int = 200_000) -> None:
        """`every_s` it tells the shared counts, once `start` was called; `most` callers are remembered."""
        self._shared = shared
        self._now_s = clock.now_s
        self._every_s = every_s
        self._most = most
        self._windows: dict[str, _Window] = {}
        self._untold: list[_Window] = []
        self._swept_at = clock.now_s()
        self._flushing = asyncio.Lock()
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_shared = True  # as far as is known

    def __len__(self) -> int:
        """How many callers are remembered."""
        return len(self._windows)

    def take(self, key: str, an_hour: int) -> Standing:
        """Count one more of `key`, unless there were `an_hour` already."""
        now_s = self._now_s()
        window = self._windows.get(key)
        if window is None or window.ends_at <= now_s:
            window = self._windows[key] = _Window(key, now_s + HOUR_S)
        left = an_hour - window.taken
        if left <= 0:
            return Standing(allowed=False, left=0, reset_s=window.ends_at - now_s)
        if not window.untold:
            self._untold.append(window)
        window.untold += 1
        window.taken += 1
        return Standing(allowed=True, left=left - 1, reset_s=window.ends_at - now_s)

    def start(self) -> None:
        """Tell the shared counts from now on, in a task of the running loop."""
        assert self._task is None, "it was started already"
        self._task = asyncio.create_task(self._keep_telling())

    async def flush(self) -> None:
        """Tell the shared counts what was counted here, and take over what they say; raises nothing when they fail."""
        async with self._flushing:
            windows, self._untold = self._untold, []
            for start in range(0, len(windows), AT_ONCE):
                await self._tell(windows[start : start + AT_ONCE])
            self._forget()

    async def close(self) -> None:
        """Tell the shared counts for the last time. May be called twice."""
        self._closing.set()
        if self._task is not None:
            await self._task
        await self.flush()

    async def _keep_telling(self) -> None:
        while not self._closing.is_set():
            try:
                async with asyncio.timeout(self._every_s):
                    await self._closing.wait()
            except TimeoutError:
                await self.flush()

    async def _tell(self, windows: Sequence[_Window]) -> None:
        now_s = self._now_s()
        # What was counted in an hour that is over is nobody's concern any more.
        untold = [(window, window.untold) for window in windows if window.ends_at > now_s]
        told = Counter[str]()
        for window, count in untold:
            told[window.key] += count
        for window in windows:
            window.untold = 0
        try:
            counts = await asyncio.to_thread(self._shared.add_many, told, window_s=HOUR_S)
        except StoreUnavailable as error:
            for window, count in untold:
                if self._windows.get(window.key) is window:
                    if not window.untold:
                        self._untold.append(window)
                    window.untold += count
            if self._is_shared:
                _log.warning("limits.not_shared", error=str(error), callers=len(told))
            self._is_shared = False
            return
        if not self._is_shared:
            _log.info("limits.shared_again", callers=len(told))
        self._is_shared = True
        now_s = self._now_s()
        for key, shared in counts.items():
            known = self._windows.get(key)
            if known is not None and shared.ends_at > now_s:
                known.taken = shared.tally + known.untold
                known.ends_at = shared.ends_at

    def _forget(self) -> None:
        """Let go of windows that have ended, and of the oldest when there are too many."""
        now_s = self._now_s()
        if abs(now_s - self._swept_at) >= SWEEP_S:
            self._swept_at = now_s
            for key in [key for key, window in self._windows.items() if window.ends_at <= now_s]:
                del self._windows[key]
        for key in list(islice(self._windows, max(len(self._windows) - self._most, 0))):
            del self._windows[key]
