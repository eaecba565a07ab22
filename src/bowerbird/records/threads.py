"""
The four ways into the records over the two transactions that a backend gives: a snapshot to read, and one to write.

One thread of the process writes, so that transactions that come at once wait in a queue and not each in a connection;
a few others read for the event loop.
"""

import asyncio
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import sqlalchemy as sa

from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.ops.stamps import LocalStamps, Stamps
from bowerbird.records.engine import Work
from bowerbird.records.marks import new_marks

__all__ = ["READERS", "ThreadedRecords"]

T = TypeVar("T")

READERS = 4


class _Task:
    """One transaction that waits for its turn on the writer thread."""

    __slots__ = ("fn", "future")

    def __init__(self, fn: Work[Any]) -> None:
        self.fn = fn
        self.future: Future[Any] = Future()


class ThreadedRecords(ABC):
    """Records whose backend gives transactions. A backend calls `__init__` last: from then on they are in use."""

    def __init__(self, stamps: Stamps | None) -> None:
        self.stamps: Stamps = stamps or LocalStamps()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="records-read")
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._writer = threading.Thread(target=self._write_loop, name="records-write", daemon=True)
        self._writer.start()

    @abstractmethod
    def _snapshot(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that sees one moment; raises StoreUnavailable for the driver's "cannot now"."""

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that no other writer's overlaps; raises as `_snapshot` does."""

    @abstractmethod
    def _let_go(self) -> None:
        """Close what the transactions came from; nobody uses it any more."""

    def read(self, fn: Work[T]) -> T:
        """What `fn` returns, from one consistent snapshot."""
        if self._closed:
            raise _closed()
        with self._snapshot() as conn:
            return fn(conn)

    def write(self, fn: Work[T]) -> T:
        """What `fn` returns, once committed."""
        result: T = self._submit(fn).result()
        return result

    async def aread(self, fn: Work[T]) -> T:
        """`read` on a reader thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read, fn)

    async def awrite(self, fn: Work[T]) -> T:
        """`write` without waiting on the event loop."""
        result: T = await asyncio.shield(asyncio.wrap_future(self._submit(fn)))
        return result

    def ping(self) -> None:
        """Return if a query is answered."""
        self.read(lambda conn: conn.execute(sa.select(1)).scalar_one())

    def close(self) -> None:
        """Let the transactions that wait finish, then let go of the backend."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._tasks.put(None)
        self._writer.join()
        self._readers.shutdown()
        self._let_go()

    def _submit(self, fn: Work[Any]) -> Future[Any]:
        task = _Task(fn)
        with self._lock:
            if self._closed:
                raise _closed()
            self._tasks.put(task)
        return task.future

    def _write_loop(self) -> None:
        while (task := self._tasks.get()) is not None:
            if not task.future.set_running_or_notify_cancel():
                continue
            try:
                result = self._written(task.fn)
            except BaseException as exc:  # noqa: BLE001  the caller's thread gets it, this one goes on
                task.future.set_exception(exc)
            else:
                task.future.set_result(result)
            del task

    def _written(self, fn: Work[T]) -> T:
        """What `fn` returns, once it is committed and those who keep something of it in memory are told."""
        marks: Mapping[str, None] = {}
        try:
            with self._transaction() as conn:
                marks = new_marks(conn)
                return fn(conn)
        finally:
            # Also when it is not known whether it was committed: a mark too many costs a cache hit.
            for key in marks:
                self.stamps.mark(key)


def _closed() -> StoreUnavailable:
    return StoreUnavailable("the records are closed: this process is stopping")
