"""
What tells every process of this machine that something changed, for some tens of nanoseconds a look.

    seen = stamps.look("person:17")            # first this, then read
    ...                                        # whoever changes it: first commit, then
    stamps.mark("person:17")
    stamps.look("person:17") != seen           # from when mark() has returned, in every process

A stamp is 8 bytes in a file that all processes map into their memory; the checksum of a key names its place. Keys that
meet in one place invalidate each other too much, never too little; who chooses keys so that they meet costs others a
cache hit, no more. Keys of one kind (what stands before the colon) have a bank of places: so what is marked hundreds of
times a second, as that somebody did something, does not touch what rests on twenty keys of another kind. Without banks
each feed of twenty items was made anew every twelve seconds under 500 such marks a second.

Why nothing comes back to what it was (ABA): a mark is the number of who writes, given out once for each opening of the
file under a lock, and how many marks it has made. Neither the clock nor process ids are in it, which both repeat. Marks
of two files differ by a random number of 64 bits each.

Why no lock: a mark depends on nothing that was there, so two at once need no order; whichever stands in the end is
new to everybody who looked before. An aligned word is read and written whole by all machines of 64 bits. On others it
may be read in halves: that is taken for one more mark, and invalidates once too often.

Hazards: mark after the commit; who marks before lets a reader keep the old under the new stamp. Killed between commit
and mark, a process has acknowledged nothing, and only the lifetime of what is cached ends it. Marks do not leave the
machine, so the file must not be on a folder that machines share. Truncating or copying over the file under running
processes ends them or is not seen; deleting it is seen by the next process that marks and had it open.

A file of another size or form is replaced, also while others have it open: it is filled with zeros, which no mark is,
so that who looks there sees that it is over and opens the new one.
"""

import fcntl
import itertools
import mmap
import os
import tempfile
import threading
import zlib
from array import array
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Final, Protocol

from bowerbird.kernel.errors import StoreUnavailable

__all__ = ["LocalStamps", "Places", "SharedStamps", "Stamps", "places_of"]

SLOTS: Final = 1 << 17  # of a bank; of 10,000 keys that are watched in it, a mark touches another in 8 of 100 cases
BANKS: Final = 6  # 6 MB
WORD: Final = 8
_HEADER: Final = 8  # words before the first slot: what it is, how many have opened it, its random number
_FORM: Final = int.from_bytes(b"bowstmp2", "little")
_MARKS_BITS: Final = 40  # of a mark: the lower bits count the marks of a writer, the upper ones tell the writers apart
_MOST_WRITERS: Final = 1 << 22  # then the file is replaced


Places = Callable[["array[int] | memoryview[int]"], tuple[int, ...]]


def places_of(slots: Sequence[int]) -> Places:
    """What reads all of these slots in one step."""
    match tuple(slots):
        case ():
            return lambda _: ()
        case (slot,):
            return lambda words: (words[slot],)
        case several:
            return itemgetter(*several)


class Stamps(Protocol):
    """A number for each key, that is another one after each mark; any thread may ask."""

    def mark(self, key: str) -> None:
        """Make it a number that it has never been; whoever looks after this has returned sees it."""
        ...

    def look(self, key: str) -> int:
        """The number as it is now; never 0."""
        ...

    def slot(self, key: str) -> int:
        """Where the key's number is: the same in every process and for as long as the program has this form."""
        ...

    def look_at(self, slot: int) -> int:
        """As `look`, for who has the slot already."""
        ...

    def stands(self, places: Places, seen: tuple[int, ...]) -> bool:
        """Whether the numbers at these places (`places_of`) are those that were seen, all looked at in one step."""
        ...

    def close(self) -> None:
        """Let go of it; nobody may look any more."""
        ...


class LocalStamps:
    """Stamps of one process."""

    def __init__(self, *, slots: int = SLOTS) -> None:
        self._slots = slots
        # From anywhere: what was kept under the stamps of an earlier process must not seem to be current.
        first = int.from_bytes(os.urandom(7), "big") + 1
        self._words = array("Q", [first]) * (BANKS * slots)
        self._marks = itertools.count(first + 1)

    def mark(self, key: str) -> None:
        """Make it a number that it has never been."""
        self._words[self.slot(key)] = next(self._marks)

    def look(self, key: str) -> int:
        """The number as it is now."""
        return self._words[self.slot(key)]

    def slot(self, key: str) -> int:
        """Where the key's number is."""
        return _place(key, self._slots)

    def look_at(self, slot: int) -> int:
        """The number there."""
        return self._words[slot]

    def stands(self, places: Places, seen: tuple[int, ...]) -> bool:
        """Whether the numbers there are those that were seen."""
        return places(self._words) == seen

    def close(self) -> None:
        """Nothing is open."""


def _place(key: str, slots: int) -> int:
    """Where a key's number is, among banks of so many."""
    told = key.encode()
    return zlib.crc32(told.partition(b":")[0]) % BANKS * slots + zlib.crc32(told) % slots


@dataclass(frozen=True, slots=True)
class _File:
    """One opening of one file."""

    words: "memoryview[int]"
    identity: tuple[int, int]  # device and inode; not given to another file while this one is mapped
    process: int
    numbers: Iterator[int]
    random: int

    def mark(self, slot: int) -> None:
        """Write what was never there, and is not 0."""
        self.words[slot] = next(self.numbers) ^ self.random or next(self.numbers) ^ self.random

    def is_in_use(self, path: Path) -> bool:
        """Whether it is what others open."""
        if self.words[0] != _FORM:
            return False
        try:
            found = path.stat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self.identity

    def retire(self) -> None:
        """Tell all who have it open that it is over."""
        self.words[:] = memoryview(bytes(len(self.words) * WORD)).cast("Q")


class SharedStamps:
    """Stamps of all processes that have opened the same path."""

    def __init__(self, path: Path, *, slots: int = SLOTS) -> None:
        """Makes the file where there is none of this form; raises StoreUnavailable when that cannot be done."""
        self._path = path
        self._slots = slots
        self._opening = threading.Lock()
        self._file = self._open()
        self._words = self._file.words  # one look-up less for each look

    def mark(self, key: str) -> None:
        """Make it a number that it has never been; some microseconds. Raises StoreUnavailable."""
        slot = self.slot(key)
        while True:
            file = self._file
            if file.process == os.getpid():  # a forked child would give out its parent's numbers again
                file.mark(slot)
                if file.is_in_use(self._path):
                    return
                file.words[slot] = 0
            self._open_again(file)

    def look(self, key: str) -> int:
        """The number as it is now."""
        return self.look_at(self.slot(key))

    def slot(self, key: str) -> int:
        """Where the key's number is."""
        return _place(key, self._slots) + _HEADER

    def look_at(self, slot: int) -> int:
        """The number there."""
        return self._words[slot] or self._look_again(slot)

    def stands(self, places: Places, seen: tuple[int, ...]) -> bool:
        """Whether the numbers there are those that were seen; where the file is over they are not."""
        return places(self._words) == seen

    def close(self) -> None:
        """Unmap the file; it stays for the others."""
        with self._opening:
            self._words.release()

    def _look_again(self, slot: int) -> int:
        while True:
            file = self._file
            if found := file.words[slot]:
                return found
            self._open_again(file)

    def _open_again(self, old: _File) -> None:
        """Leave a file that is over, and see to it that everybody does."""
        with self._opening:
            if self._file is not old:  # another thread was quicker
                return
            if old.process == os.getpid():
                old.retire()
            self._file = self._open()
            self._words = self._file.words

    def _open(self) -> _File:
        size = (_HEADER + BANKS * self._slots) * WORD
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with _alone_in(self._path.parent):
                descriptor = _opened(self._path, size)
                try:
                    identity = os.fstat(descriptor)
                    words = memoryview(mmap.mmap(descriptor, size)).cast("Q")
                finally:
                    os.close(descriptor)
                writer = words[1] = words[1] + 1
        except OSError as exc:
            raise StoreUnavailable(
                f"{self._path}: cannot be opened or made ({exc.strerror}); it holds 6 MB that this user must be able to"
                " write"
            ) from exc
        numbers = itertools.count(writer << _MARKS_BITS)  # next() of it is one step, whichever threads ask
        return _File(words, (identity.st_dev, identity.st_ino), os.getpid(), numbers, words[2])


@contextmanager
def _alone_in(folder: Path) -> Generator[None]:
    """Inside, no other process opens or replaces stamps of this folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path, size: int) -> int:
    """A descriptor of the file, which is made or replaced where it is not what it should be."""
    try:
        found: int | None = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        found = None
    if found is not None and _is_whole(found, size):
        return found
    try:
        _make(path, size)
        if found is not None:  # only now: who sees the zeros looks for the new one
            os.pwrite(found, bytes(os.fstat(found).st_size), 0)
    finally:
        if found is not None:
            os.close(found)
    return os.open(path, os.O_RDWR)


def _is_whole(descriptor: int, size: int) -> bool:
    if os.fstat(descriptor).st_size != size:
        return False
    form, writers = array("Q", os.pread(descriptor, 2 * WORD, 0))
    return form == _FORM and writers < _MOST_WRITERS


def _make(path: Path, size: int) -> None:
    """All of it is written, so that a full disk is met here and not by a mark."""
    random = int.from_bytes(os.urandom(WORD), "little") | 1  # never 0
    words = array("Q", [random]) * (size // WORD)
    words[:_HEADER] = array("Q", [_FORM, 0, random, *[0] * (_HEADER - 3)])
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(words.tobytes())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
