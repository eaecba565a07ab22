"""
The shared tier in a file of the data folder: for all processes of one machine.

A file that is none, or of another form, is replaced: nothing in it is missed for longer than it takes to make it again.
For the same reason it is written without waiting for the disk.
"""

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.ops.wal import to_wal

__all__ = ["FileStore"]

T = TypeVar("T")

MOST: Final = 400_000  # values; of more the ones go that end first
TIDIED_EVERY: Final = 20_000  # values that are put
_BUSY_S: Final = 0.1  # a cache that is waited for longer is none
_OPENING_S: Final = 10.0  # others open it at the same time
_AT_ONCE: Final = 500  # databases bound the number of values in one statement
_FORM: Final = 1
_TABLE: Final = "CREATE TABLE IF NOT EXISTS shared (key TEXT PRIMARY KEY, value BLOB NOT NULL, ends_at REAL NOT NULL)"
_BY_END: Final = "CREATE INDEX IF NOT EXISTS ix_shared_ends ON shared (ends_at)"


class FileStore:
    """One SQLite file, of which nothing has to last."""

    def __init__(self, path: Path, clock: Clock, *, most: int = MOST) -> None:
        """Makes the file where there is none; while that cannot be done, nobody finds anything."""
        self._path = path
        self._clock = clock
        self._most = most
        self._put = 0
        self._lock = threading.Lock()
        self._file: sqlite3.Connection | None = None
        with suppress(StoreUnavailable):
            self._file = self._opened(_OPENING_S)

    def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """What is there of these, in time."""
        found: dict[str, bytes] = {}
        now_s = self._clock.now_s()

        def look(file: sqlite3.Connection) -> None:
            for first in range(0, len(keys), _AT_ONCE):
                some = keys[first : first + _AT_ONCE]
                places = ",".join("?" * len(some))
                wanted = f"SELECT key, value FROM shared WHERE key IN ({places}) AND ends_at > ?"  # noqa: S608  only places
                found.update(file.execute(wanted, (*some, now_s)))

        self._asked(look)
        return found

    def put(self, values: Mapping[str, bytes], *, lifetime_s: float) -> None:
        """Keep them in one transaction."""
        ends_at = self._clock.now_s() + lifetime_s
        rows = [(key, value, ends_at) for key, value in values.items()]

        def keep(file: sqlite3.Connection) -> None:
            with file:
                file.executemany("INSERT OR REPLACE INTO shared VALUES (?, ?, ?)", rows)
            self._put += len(rows)
            if self._put >= TIDIED_EVERY:
                self._put = 0
                self._tidy(file)

        self._asked(keep)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()

    def _asked(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with self._lock:
                if self._file is None:
                    self._file = self._opened(_BUSY_S)
                return ask(self._file)
        except sqlite3.Error as exc:
            raise StoreUnavailable(f"{self._path} did not answer: {exc}") from exc

    def _opened(self, within_s: float) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return self._prepared(within_s)
            except sqlite3.DatabaseError as exc:
                if isinstance(exc, sqlite3.OperationalError):  # it is busy, or cannot be made: it may be sound
                    raise
            for name in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + name).unlink(missing_ok=True)
            return self._prepared(within_s)
        except (OSError, sqlite3.Error) as exc:
            raise StoreUnavailable(
                f"{self._path}: cannot be opened or made ({exc}); it must be a file to write to"
            ) from exc

    def _prepared(self, within_s: float) -> sqlite3.Connection:
        file = sqlite3.connect(self._path, timeout=within_s, check_same_thread=False)
        try:
            to_wal(file.cursor(), within_s=within_s)
            file.execute("PRAGMA synchronous=OFF")
            (form,) = file.execute("PRAGMA user_version").fetchone()
            with file:
                if form not in (0, _FORM):
                    file.execute("DROP TABLE IF EXISTS shared")
                file.execute(_TABLE)
                file.execute(_BY_END)
                file.execute(f"PRAGMA user_version={_FORM}")
            self._tidy(file)
            file.execute(f"PRAGMA busy_timeout={round(1000 * _BUSY_S)}")
        except sqlite3.Error:
            file.close()
            raise
        return file

    def _tidy(self, file: sqlite3.Connection) -> None:
        """Forget what has ended, and of more than there is room for what ends first."""
        with file:
            file.execute("DELETE FROM shared WHERE ends_at <= ?", (self._clock.now_s(),))
            (count,) = file.execute("SELECT count(*) FROM shared").fetchone()
            if count > self._most:
                ending = "SELECT key FROM shared ORDER BY ends_at LIMIT ?"
                file.execute(f"DELETE FROM shared WHERE key IN ({ending})", (count - self._most,))  # noqa: S608  a constant
