"""
The shared tier in a file of the data folder: for all processes of one machine.

A file that is none, of another form, or found to be damaged is replaced: nothing in it is missed for longer than it
takes to make it again. For the same reason it is written without waiting for the disk.

Processes open it one after the other, under a lock on a file beside it (`<file>.lock`): of those that find it damaged
at the same time the first replaces it, and the others take what it has made.
"""

import fcntl
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
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
        self._which: tuple[int, int] | None = None  # the one that is open
        with suppress(StoreUnavailable):
            self._open(_OPENING_S)

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
        with self._lock:
            try:
                file = self._file
                if file is None or _which(self._path) != self._which:  # another process has replaced it
                    file = self._open(_BUSY_S)
                return ask(file)
            except sqlite3.Error as exc:
                if _is_damage(exc):
                    self._open(_BUSY_S, is_damaged=True)
                raise StoreUnavailable(f"{self._path} did not answer: {exc}") from exc

    def _open(self, within_s: float, *, is_damaged: bool = False) -> sqlite3.Connection:
        """The file; a new one in its place when it is none, or when that which was open `is_damaged`."""
        before, self._file = self._file, None
        if before is not None:
            before.close()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._alone(within_s):
                if is_damaged and _which(self._path) == self._which:
                    self._remove()
                try:
                    self._file = self._prepared(within_s)
                except sqlite3.DatabaseError as exc:
                    if not _is_damage(exc):  # it is busy, or cannot be made: it may be sound
                        raise
                    self._remove()
                    self._file = self._prepared(within_s)
                self._which = _which(self._path)
                return self._file
        except (OSError, sqlite3.Error) as exc:
            raise StoreUnavailable(
                f"{self._path}: cannot be opened or made ({exc}); it must be a file to write to"
            ) from exc

    @contextmanager
    def _alone(self, within_s: float) -> Generator[None]:
        """While no other process opens or replaces the file. Raises OSError when one still does after that time."""
        give_up_at = time.monotonic() + within_s
        with self._path.with_name(self._path.name + ".lock").open("ab") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > give_up_at:
                        raise
                    time.sleep(0.01)
            yield

    def _remove(self) -> None:
        for name in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + name).unlink(missing_ok=True)

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


def _which(path: Path) -> tuple[int, int] | None:
    """What tells the file there from every other one that is open; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is none or damaged; what is wrong with a value, or for a while, has classes of its own."""
    return type(error) is sqlite3.DatabaseError
