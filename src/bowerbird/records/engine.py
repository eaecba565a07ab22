"""
The records: what a backend promises, and the one that an address asks for.

Domain code writes plain functions over a `sqlalchemy.Connection`; what it passes to `write` is one transaction, so that
a step's effects and its completion are kept or lost together. Several processes may open the same records. SQLite is
in `sqlite.py` (decision 0004), PostgreSQL in `postgres.py` (decision 0008); both are imported late.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from bowerbird.kernel.errors import InputWrong, NotSupported
from bowerbird.ops.stamps import Stamps

__all__ = ["Records", "Work", "open_records"]

T = TypeVar("T")
Work = Callable[[sa.Connection], T]

EXPECTED = "sqlite:///path/to/bowerbird.db or postgresql://user:password@host/database"


class Records(Protocol):
    """
    What is true, in transactions. Each call runs `fn` once; an exception undoes all it wrote.

    Writers take turns, those of other processes too: what `fn` reads in `write` stays true until it is committed, and
    numbers that the database counts up become visible in their order. A StoreUnavailable from `write` leaves open
    whether a transaction that was about to be committed was kept, as when a power cut comes at that moment.
    """

    @property
    def url(self) -> sa.URL:
        """The address other processes open the same records by; `str()` of it shows no password."""
        ...

    @property
    def stamps(self) -> Stamps:
        """What is marked when a transaction that said so is committed; of this process alone unless given others."""
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

    def examine(self) -> str:
        """What these records are, for an operator, once they were found to be sound; raises StoreUnavailable."""
        ...

    def close(self) -> None:
        """Finish what was begun and let go of it; may be called twice. Later calls raise StoreUnavailable."""
        ...


def open_records(url: str, *, stamps: Stamps | None = None, survives_power_cut: bool = True) -> Records:
    """
    Open the records at `url` and bring their schema up to date; what a transaction marks is marked in `stamps`.

    What is only derived may be written without waiting for the disk (`survives_power_cut`): a kill loses nothing of it
    either, a power cut or the end of the database server may lose the last moments, and never half a transaction.

    Raises InputWrong for what is no address, NotSupported for an unknown scheme, and StoreUnavailable when the file or
    the server cannot be used. No message holds the password.
    """
    try:
        parsed = sa.make_url(url)
    except ArgumentError:
        # What stands before the last @ may hold a password.
        _, at, shown = url.rpartition("@")
        raise InputWrong(
            f"database_url: {('…@' if at else '') + shown!r} is not a database URL; expected {EXPECTED}"
        ) from None
    match parsed.get_backend_name():
        case "sqlite":
            from bowerbird.records.sqlite import SqliteRecords

            if not parsed.database or parsed.database == ":memory:":
                raise NotSupported("database_url: the records need a file, because several processes share them")
            return SqliteRecords(Path(parsed.database), stamps, survives_power_cut=survives_power_cut)
        case "postgresql" | "postgres":
            try:
                from bowerbird.records.postgres import PostgresRecords
            except ImportError as exc:
                raise NotSupported(
                    f"database_url: PostgreSQL needs its driver, which is not installed ({exc});"
                    " `pip install 'bowerbird[postgres]'` installs it"
                ) from None
            return PostgresRecords(parsed, stamps, survives_power_cut=survives_power_cut)
        case other:
            raise NotSupported(f"database_url: no backend for {other!r}; use {EXPECTED}")
