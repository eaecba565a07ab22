"""
The records on SQLite: WAL, one writer thread with `BEGIN IMMEDIATE`, a small pool of readers.

Domain code writes plain functions over a `sqlalchemy.Connection`; what it passes to `write` is one transaction, so that
a step's effects and its completion are kept or lost together. Several processes may open the same file.
Decision 0004 says why there is one writer thread; PostgreSQL gets its own engine behind the same four methods.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError

from bowerbird.kernel.errors import InputWrong, NotSupported, StoreUnavailable
from bowerbird.records.migrations.run import migrate
from bowerbird.records.wal import to_wal

__all__ = ["Records", "SqliteRecords", "open_records"]

T = TypeVar("T")
Work = Callable[[sa.Connection], T]

READERS = 4
BUSY_TIMEOUT_S = 30  # how long a writer waits for another process's transaction


class Records(Protocol):
    """What is true, in transactions. Each call runs `fn` once; an exception undoes all it wrote."""

    @property
    def url(self) -> str:
        """The address other processes open the same records by; holds no password when shown."""
        ...

    def read(self, fn: Work[T]) -> T:
        """What `fn` returns, from one consistent snapshot; blocks."""
        ...

    def write(self, fn: Work[T]) -> T:
        """What `fn` returns, once its transaction is committed; blocks."""
        ...

    async def aread(self, fn: Work[T]) -> T:
        """`read`, off the event loop."""
        ...

    async def awrite(self, fn: Work[T]) -> T:
        """`write`, off the event loop. A cancelled caller does not undo a transaction that has begun."""
        ...

    def ping(self) -> None:
        """Return if the records answer; raises StoreUnavailable."""
        ...

    def close(self) -> None:
        """Finish what was begun and let go of the file; may be called twice."""
        ...


def open_records(url: str) -> Records:
    """
    Open the records at `url` and bring their schema up to date.

    Raises NotSupported for an unknown scheme, StoreUnavailable when the file cannot be used.
    """
    try:
        parsed = sa.make_url(url)
    except ArgumentError:
        raise InputWrong(
            f"database_url: {url!r} is not a database URL; expected sqlite:///path/to/bowerbird.db"
        ) from None
    if parsed.get_backend_name() != "sqlite":
        raise NotSupported(
            f"database_url: no backend for {parsed.get_backend_name()!r}; use sqlite:///path/to/bowerbird.db"
        )
    if not parsed.database or parsed.database == ":memory:":
        raise NotSupported("database_url: the records need a file, because several processes share them")
    return SqliteRecords(Path(parsed.database))


class _Task:
    """One transaction that waits for its turn on the writer thread."""

    __slots__ = ("fn", "future")

    def __init__(self, fn: Work[Any]) -> None:
        self.fn = fn
        self.future: Future[Any] = Future()


class SqliteRecords:
    """Records in one SQLite file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._engine = _engine(path)
        try:
            with self._engine.connect() as conn, conn.begin():
                migrate(conn)
        except DatabaseError as exc:
            self._engine.dispose()
            raise StoreUnavailable(
                f"the records at {str(path)!r} cannot be opened: {exc.orig}; expected an SQLite database that this"
                " process may write. Check the path, the permissions and the free space, or restore a backup"
            ) from exc
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="records-read")
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._writer = threading.Thread(target=self._write_loop, name="records-write", daemon=True)
        self._writer.start()

    @property
    def url(self) -> str:
        """The URL by which another process opens the same file."""
        return f"sqlite:///{self.path.absolute()}"

    def read(self, fn: Work[T]) -> T:
        """What `fn` returns, from one consistent snapshot."""
        with (
            _translated(),
            self._engine.connect().execution_options(bowerbird_begin="DEFERRED") as conn,
            conn.begin(),
        ):
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
        """Let the transactions that wait finish, then let go of the file."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._tasks.put(None)
        self._writer.join()
        self._readers.shutdown()
        self._engine.dispose()

    def _submit(self, fn: Work[Any]) -> Future[Any]:
        task = _Task(fn)
        with self._lock:
            if self._closed:
                raise StoreUnavailable("the records are closed: this process is stopping")
            self._tasks.put(task)
        return task.future

    def _write_loop(self) -> None:
        with self._engine.connect() as conn:
            while (task := self._tasks.get()) is not None:
                if not task.future.set_running_or_notify_cancel():
                    continue
                try:
                    with _translated(), conn.begin():
                        result = task.fn(conn)
                except BaseException as exc:  # noqa: BLE001  the caller's thread gets it, this one goes on
                    task.future.set_exception(exc)
                else:
                    task.future.set_result(result)
                del task


class _translated:  # noqa: N801  reads as a verb where it is used
    """Turn the driver's "cannot now" into StoreUnavailable; other database errors are our own mistakes."""

    def __enter__(self) -> None:
        """Nothing to set up."""

    def __exit__(self, kind: object, exc: BaseException | None, trace: object) -> None:
        if isinstance(exc, OperationalError | InterfaceError):
            raise StoreUnavailable(f"the records did not answer: {exc.orig}") from exc


def _engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        pool_size=READERS + 2,
        max_overflow=-1,
        connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None, "check_same_thread": False},
    )

    def prepare(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        to_wal(cursor)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    # The driver's own BEGIN would be deferred: two writers that first read would then fail instead of waiting.
    def begin(conn: sa.Connection) -> None:
        mode = conn.get_execution_options().get("bowerbird_begin", "IMMEDIATE")
        conn.exec_driver_sql(f"BEGIN {mode}")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine
