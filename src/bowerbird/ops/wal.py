"""SQLite's write-ahead log, switched on by several processes at once."""

import sqlite3
import time
from typing import Final, Protocol

__all__ = ["to_wal"]

_GIVE_UP_AFTER_S: Final = 30


class _Cursor(Protocol):
    """A driver's."""

    def execute(self, statement: str, /) -> object: ...


def to_wal(cursor: _Cursor, *, within_s: float = _GIVE_UP_AFTER_S) -> None:
    """
    Switch a new file to WAL. SQLite does not wait for another process that does the same, so we do.

    Raises what it raises when another still has the file after `within_s`.
    """
    give_up_at = time.monotonic() + within_s
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as exc:
            if "locked" not in str(exc) or time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)
        else:
            return
