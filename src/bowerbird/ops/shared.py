"""
The shared tier of the caches: what was dear to make, for all processes and for those that begin after this one.

    have = shared.get({key: version for …})          # of those that are kept under just this version
    shared.put({key: made}, {key: version}, lifetime_s=3600.0)

A value carries the version of what it was made from: the number of the row that was read, a stamp, the name of a model.
Whoever asks names the version that there is now, so what was made before a change is found by nobody who knows of it,
also when it is put there after the change: look at the version first, then read, then put it under that one.

It stands behind the tier of the process (`cache`): there a look costs a microsecond, here a system call or a journey.
So it is for what costs milliseconds to make and more, and many keys are asked for at once.

Hazards: blocking, for any thread but an event loop's. Forgetting is allowed at any time, and a store that does not
answer has nothing: it is never why something fails, and is left alone for some seconds then. One that only takes
nothing any more, because it is full, is still read. Values are bytes that other programs may have written: whoever
reads one checks its form. What stands here outlives whoever is forgotten by its lifetime, so no key and no value names
a person.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.ops.logs import logger
from bowerbird.ops.metrics import CACHE_REQUESTS

__all__ = ["Shared", "SharedStore"]

LEFT_ALONE_S: Final = 5.0  # a store that did not answer
_ENDS: Final = struct.Struct(">d")
_END_OF_VERSION: Final = b"\0"

_log = logger("api")


class SharedStore(Protocol):
    """Where the bytes are. Any thread and any process may ask; raises StoreUnavailable."""

    def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """What is kept of these."""
        ...

    def put(self, values: Mapping[str, bytes], *, lifetime_s: float) -> None:
        """Keep these in the place of what was there; not for much longer than so."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class _Side:
    """What becomes of reading, or of writing."""

    def __init__(self, what: str) -> None:
        self.back_at_s = float("-inf")  # not asked before
        self._what = what
        self._is_failing = False

    def failed(self, error: StoreUnavailable, back_at_s: float) -> None:
        """Leave it alone until then."""
        self.back_at_s = back_at_s
        if not self._is_failing:  # said once, and not every few seconds
            _log.warning("shared.unavailable", what=self._what, error=str(error))
        self._is_failing = True

    def answered(self) -> None:
        """It works."""
        if self._is_failing:
            _log.info("shared.available_again", what=self._what)
        self._is_failing = False


class Shared:
    """Values by key and version."""

    def __init__(self, store: SharedStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._reads, self._writes = _Side("reads"), _Side("writes")

    def get(self, wanted: Mapping[str, str]) -> dict[str, bytes]:
        """Of the keys those that are kept under the version asked for and in time."""
        found: Mapping[str, bytes] = {}
        if wanted and self._clock.monotonic_s() >= self._reads.back_at_s:
            try:
                found = self._store.get(list(wanted))
            except StoreUnavailable as error:
                self._reads.failed(error, self._back_at_s())
                self._writes.back_at_s = self._reads.back_at_s  # what cannot even be read is gone
            else:
                self._reads.answered()
        now_s = self._clock.now_s()
        values = {key: kept for key in found if (kept := _of_version(found[key], wanted[key], now_s)) is not None}
        for outcome, count in (("hit", len(values)), ("miss", len(wanted) - len(values))):
            if count:
                CACHE_REQUESTS.labels("shared", outcome).inc(count)
        return values

    def put(self, made: Mapping[str, bytes], versions: Mapping[str, str], *, lifetime_s: float) -> None:
        """Keep what was made of these versions for so long."""
        if not made or self._clock.monotonic_s() < self._writes.back_at_s:
            return
        ends = _ENDS.pack(self._clock.now_s() + lifetime_s)
        values = {key: ends + versions[key].encode() + _END_OF_VERSION + value for key, value in made.items()}
        try:
            self._store.put(values, lifetime_s=lifetime_s)
        except StoreUnavailable as error:
            self._writes.failed(error, self._back_at_s())
        else:
            self._writes.answered()

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def _back_at_s(self) -> float:
        return self._clock.monotonic_s() + LEFT_ALONE_S


def _of_version(kept: bytes, version: str, now_s: float) -> bytes | None:
    """The value, if it is of that version and its time is not over."""
    head = version.encode() + _END_OF_VERSION
    if len(kept) < _ENDS.size or not kept.startswith(head, _ENDS.size):
        return None
    (ends_at,) = _ENDS.unpack_from(kept)
    return kept[_ENDS.size + len(head) :] if now_s < ends_at else None
