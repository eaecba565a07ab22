"""
Calls that come one by one, made together: up to `most` items in one, or what there is when `linger_s` are up.

Hazards: each caller gets its own result or its own error, never a neighbour's; a caller that is cancelled leaves the
batch, and one that leaves while its batch is under way harms nobody. What waits is bounded: one too many is refused at
once. A batch runs outside of any one caller's deadline; a caller waits under its own.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar

from bowerbird.kernel.errors import Unavailable
from bowerbird.ops.deadline import unlimited

__all__ = ["Batcher"]

T = TypeVar("T")
R = TypeVar("R")


class _Call(Generic[T, R]):
    __slots__ = ("future", "item")

    def __init__(self, item: T) -> None:
        self.item = item
        self.future: asyncio.Future[R] = asyncio.get_running_loop().create_future()


class Batcher(Generic[T, R]):
    """`await batcher(item)` gives what the work made of that item; for the tasks of one event loop."""

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]],
        *,
        most: int = 10,
        linger_s: float = 0.02,
        waiting: int = 1000,
        parallel: int = 4,
    ) -> None:
        """`work` gives a result or an error for each item, in order; `parallel` batches are under way at most."""
        self._work = work
        self._most = most
        self._linger_s = linger_s
        self._waiting = waiting
        self._parallel = parallel
        self._queue: deque[_Call[T, R]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_due = False  # what waits has lingered long enough
        self._is_closed = False

    async def __call__(self, item: T) -> R:
        """The result of `item`; raises its error, or Unavailable when too many wait."""
        if self._is_closed:
            raise _stopping()
        if len(self._queue) >= self._waiting:
            raise Unavailable(f"{self._waiting} calls wait already", retry_after_s=1.0)
        call = _Call[T, R](item)
        self._queue.append(call)
        self._start()
        try:
            return await call.future
        except asyncio.CancelledError:
            if call in self._queue:
                self._queue.remove(call)
            raise

    async def close(self) -> None:
        """Break off what is under way; who waits is told Unavailable. May be called twice."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # First what waits: a batch that ends would begin the next.
        _fail(self._queue, _stopping())
        self._queue.clear()
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _start(self) -> None:
        """Begin every batch whose time has come, and see to it that the others' will."""
        while self._queue and len(self._running) < self._parallel and (self._is_due or len(self._queue) >= self._most):
            taken = [self._queue.popleft() for _ in range(min(self._most, len(self._queue)))]
            with unlimited():
                task = asyncio.create_task(self._run(taken))
            self._running.add(task)
            task.add_done_callback(self._ended)
        if not self._queue:
            self._is_due = False
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        elif not self._is_due and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._linger_s, self._due)

    def _due(self) -> None:
        self._timer = None
        self._is_due = True
        self._start()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._start()

    async def _run(self, taken: Sequence[_Call[T, R]]) -> None:
        try:
            results = await self._work([call.item for call in taken])
        except Exception as error:  # noqa: BLE001  whatever it is, it is the callers'
            _fail(taken, error)
        except asyncio.CancelledError:
            _fail(taken, _stopping())
            raise
        else:
            if len(results) != len(taken):
                _fail(taken, RuntimeError(f"{len(results)} results for {len(taken)} items"))
                return
            for call, result in zip(taken, results, strict=True):
                if call.future.done():  # its caller has left
                    continue
                if isinstance(result, Exception):
                    call.future.set_exception(result)
                else:
                    call.future.set_result(result)


def _fail(calls: Iterable[_Call[T, R]], error: Exception) -> None:
    for call in calls:
        if not call.future.done():
            call.future.set_exception(error)


def _stopping() -> Unavailable:
    return Unavailable("this process is stopping")
