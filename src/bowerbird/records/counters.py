"""
Counts that run out: how often somebody came within a window of time, shared by all processes.

They are no record: losing them forgives a few requests. So they have a file of their own beside the embedded records,
written without waiting for the disk, and on PostgreSQL a table that no writer's turn is waited for: never do they stand
behind a crawl's transaction. `limits` keeps such counts in Redis and in memory, but not in SQL, and reads its own
clock; this is one statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.ops.wal import to_wal
from bowerbird.records.engine import Records

__all__ = ["Counters", "Counts", "SqlCounters", "open_counters"]

BUSY_TIMEOUT_S = 5
_metadata = sa.MetaData()
_counters = sa.Table(
    "counters",
    _metadata,
    sa.Column("key", sa.String(120), primary_key=True),
    sa.Column("tally", sa.BigInteger, nullable=False),
    sa.Column("ends_at", sa.Double, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many came within the window, this one included, and when the window ends."""

    tally: int
    ends_at: float


class Counters(Protocol):
    """Counts within windows of time that begin with the first one counted."""

    def add(self, key: str, *, window_s: float, by: int = 1) -> Counts:
        """Count `by` more; blocks for well below a millisecond. Raises StoreUnavailable."""
        ...

    def add_many(self, more: Mapping[str, int], *, window_s: float) -> Mapping[str, Counts]:
        """Count so many more of each key, all or none; some milliseconds for a thousand. Raises StoreUnavailable."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...


class SqlCounters:
    """Counters in a database."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        # A dialect takes long to load, and no process needs both.
        if engine.dialect.name == "postgresql":
            from sqlalchemy.dialects import postgresql

            self._insert: Any = postgresql.insert
        else:
            from sqlalchemy.dialects import sqlite

            self._insert = sqlite.insert

    def add(self, key: str, *, window_s: float, by: int = 1) -> Counts:
        """Count `by` more, in one statement that other processes' cannot come between."""
        return self.add_many({key: by}, window_s=window_s)[key]

    def add_many(self, more: Mapping[str, int], *, window_s: float) -> Mapping[str, Counts]:
        """Count so many more of each key, in one transaction."""
        now_s = self._clock.now_s()
        new = self._insert(_counters)
        has_ended = _counters.c.ends_at <= now_s
        counted = new.on_conflict_do_update(
            index_elements=[_counters.c.key],
            set_={
                "tally": sa.case((has_ended, new.excluded.tally), else_=_counters.c.tally + new.excluded.tally),
                "ends_at": sa.case((has_ended, new.excluded.ends_at), else_=_counters.c.ends_at),
            },
        ).returning(_counters.c.key, _counters.c.tally, _counters.c.ends_at)
        # In one order everywhere, so that no two processes wait for each other's rows.
        rows = [{"key": key, "tally": more[key], "ends_at": now_s + window_s} for key in sorted(more)]
        if not rows:
            return {}
        try:
            with self._engine.begin() as conn:
                return {row.key: Counts(row.tally, row.ends_at) for row in conn.execute(counted, rows)}
        except SQLAlchemyError as exc:
            raise StoreUnavailable(f"the counters did not answer: {exc}") from exc

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def open_counters(records: Records, clock: Clock) -> Counters:
    """The counters that belong to `records`, which stay open at least as long."""
    database = records.url.database
    assert database
    if records.url.get_backend_name() == "sqlite":
        engine = _sqlite(Path(database).with_name("counters.db"))
        try:
            with engine.begin() as conn:
                _prepare(conn, clock)
        except SQLAlchemyError as exc:
            raise StoreUnavailable(f"the counters cannot be opened: {exc}") from exc
    else:
        from bowerbird.records.postgres import PostgresRecords

        assert isinstance(records, PostgresRecords)
        records.write(partial(_prepare, clock=clock))
        engine = records.unqueued
    return SqlCounters(engine, clock)


def _prepare(conn: sa.Connection, clock: Clock) -> None:
    """Make the table, and forget what has run out."""
    _metadata.create_all(conn)
    conn.execute(sa.delete(_counters).where(_counters.c.ends_at < clock.now_s()))


def _sqlite(path: Path) -> sa.Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None}, pool_size=4
    )

    def prepare(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        to_wal(cursor)
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.close()

    def begin(conn: sa.Connection) -> None:
        conn.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine
