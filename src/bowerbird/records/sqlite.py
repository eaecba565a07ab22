"""
The records in one SQLite file: WAL, one writer with `BEGIN IMMEDIATE`, a few readers.

Decision 0004 says why. Between processes writers take turns by SQLite's own lock.
"""

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError

from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.ops.stamps import Stamps
from bowerbird.ops.wal import to_wal
from bowerbird.records.migrations.run import migrate
from bowerbird.records.nul import keep_out_nul
from bowerbird.records.threads import READERS, ThreadedRecords

__all__ = ["SqliteRecords"]

BUSY_TIMEOUT_S = 30  # how long a writer waits for another process's transaction
LOOK_S = 0.001  # between two looks whether it has ended


class SqliteRecords(ThreadedRecords):
    """Records in one SQLite file."""

    def __init__(self, path: Path, stamps: Stamps | None = None, *, survives_power_cut: bool = True) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._engine = _engine(path, synchronous="FULL" if survives_power_cut else "NORMAL")
        try:
            with _without_foreign_keys(self._engine) as conn, conn.begin():
                migrate(conn)
        except DatabaseError as exc:
            self._engine.dispose()
            raise StoreUnavailable(
                f"the records at {str(path)!r} cannot be opened: {exc.orig}; expected an SQLite database that this"
                " process may write. Check the path, the permissions and the free space, or restore a backup"
            ) from exc
        except BaseException:
            self._engine.dispose()
            raise
        self._for_reading = self._engine.execution_options(bowerbird_begin="DEFERRED")
        self._writing = self._engine.connect()  # kept, because its cache knows the pages that are written again
        super().__init__(stamps)

    @property
    def url(self) -> sa.URL:
        """The address by which another process opens the same file."""
        return sa.URL.create("sqlite", database=str(self.path.absolute()))

    def examine(self) -> str:
        """The file, once SQLite has looked it through."""
        verdict = self.read(lambda conn: str(conn.execute(sa.text("PRAGMA quick_check")).scalar_one()))
        if verdict != "ok":
            raise StoreUnavailable(f"the records at {str(self.path)!r} are damaged: {verdict}; restore a backup")
        return f"SQLite, {self.path.absolute()}: {verdict}"

    @contextmanager
    def _snapshot(self) -> Generator[sa.Connection]:
        with _translated(), self._for_reading.connect() as conn, conn.begin():
            yield conn

    @contextmanager
    def _transaction(self) -> Generator[sa.Connection]:
        with _translated(), self._writing.begin():
            yield self._writing

    def _let_go(self) -> None:
        self._writing.close()
        self._engine.dispose()


@contextmanager
def _without_foreign_keys(engine: sa.Engine) -> Generator[sa.Connection]:
    """
    A connection on which a table may be made anew under the rows that point to it; `migrate` checks them at the end.

    SQLite changes most of a table only so (https://sqlite.org/lang_altertable.html#otheralter), and the switch has no
    effect within a transaction.
    """
    with engine.connect() as conn:
        driver = conn.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            yield conn
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


@contextmanager
def _translated() -> Generator[None]:
    """Turn the driver's "cannot now" into StoreUnavailable; other database errors are our own mistakes."""
    try:
        yield
    except (OperationalError, InterfaceError) as exc:
        raise StoreUnavailable(f"the records did not answer: {exc.orig}") from exc


def _take_turn(conn: sa.Connection) -> None:
    """
    Begin to write when no other process does.

    SQLite's own waiting sleeps up to a tenth of a second between two looks, however short the others' transactions are:
    two processes that keep what many people do would mostly sleep.
    """
    until_s = time.monotonic() + BUSY_TIMEOUT_S
    conn.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                conn.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as busy:
                if (
                    getattr(busy.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY
                    or time.monotonic() > until_s
                ):
                    raise
                time.sleep(LOOK_S)
            else:
                return
    finally:
        conn.exec_driver_sql(f"PRAGMA busy_timeout={1000 * BUSY_TIMEOUT_S}")


def _engine(path: Path, *, synchronous: str) -> sa.Engine:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        pool_size=READERS + 2,
        max_overflow=-1,
        connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None, "check_same_thread": False},
    )

    def prepare(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        to_wal(cursor)
        for pragma in (f"synchronous={synchronous}", "foreign_keys=ON", "cache_size=-16000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    # The driver's own BEGIN would be deferred: two writers that first read would then fail instead of waiting.
    def begin(conn: sa.Connection) -> None:
        mode = conn.get_execution_options().get("bowerbird_begin", "IMMEDIATE")
        if mode == "IMMEDIATE":
            _take_turn(conn)
        else:
            conn.exec_driver_sql(f"BEGIN {mode}")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    keep_out_nul(engine)
    return engine
