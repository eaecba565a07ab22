"""
An event loop whose time passes only when nobody has anything to do, so that hours of waiting take no time.

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())

`asyncio.sleep`, `timeout`, `call_later`: all of them keep to it. It is for code that waits for itself alone; for
sockets, threads and processes nothing stands still.
"""

import asyncio
import selectors

from bowerbird.kernel.clock import Clock

__all__ = ["LoopClock", "VirtualLoop"]


class _NoWaiting(selectors.SelectSelector):
    """Instead of waiting for the next timer, moves the loop's time on to it."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits, and no timer would ever wake anybody")
        if not ready and timeout is not None and timeout > 0:
            self.skipped_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that begins at second 0 and jumps from timer to timer."""

    def __init__(self) -> None:
        self._no_waiting = _NoWaiting()
        super().__init__(self._no_waiting)

    def time(self) -> float:
        """The virtual seconds since the loop was made."""
        return self._no_waiting.skipped_s


class LoopClock(Clock):
    """The clock of the loop that runs; both of its times are the same."""

    def now_s(self) -> float:
        """The loop's time."""
        return asyncio.get_running_loop().time()

    def monotonic_s(self) -> float:
        """The loop's time."""
        return asyncio.get_running_loop().time()
