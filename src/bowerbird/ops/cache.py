"""
A tier of a cache: what was dear to make, kept in this process for a while, and dropped the moment it is no longer so.

    found = tier.peek(key) or await tier.get(key, fill, stamps=[stamps.slot("person:17")])
    found.value, found.age_s, found.how        # "hit", "stale" or "filled"

What is promised: nobody gets a value that was read before a change which had been acknowledged (by `Stamps.mark`, in
any process of this machine) when they came. It holds because a fill looks at the stamps before it reads anything, and
what it makes is that state's and no other's: it is kept under these stamps, is given out only while they still stand,
and is shared only with who saw the same ones. So a mark that lands during a fill parts the callers: who came before
gets that fill's value, which may be from before the change, as if the answer had been given just then; who comes after
begins another one. What the first then brings is not kept.

What a value rests on is sometimes known only when it is made, as the items of a list are. Then `narrow` tells it, and
`guards` stand for all that it might have been: they must not move while it is made, and do not bind it afterwards. It
holds where who changes a thing marks the guard first and the thing's own stamp after it.

A value that is only old, not changed, is given out for `stale_s` more, with its age, while one fill in the background
makes it anew. A value that was changed never is. That fill begins up to `early_s` before the value is old, sooner for
some keys than for others, so that what was made at one time is not all made anew at one time.

Hazards: the promise is as good as the list of stamps: `fill` must read nothing that changes without one of them, and
whoever changes it must mark after the commit. A key holds whatever the value depends on: person, permission, variant of
an experiment, version of the index. A value is everyone's: nobody may write to it. The bound is on entries, not on
bytes. An error goes to all who waited, and is not kept: a fill that asks something outside does so behind a breaker. A
fill has no deadline but its callers' (it ends when the last has left) and `stale_s` in the background. Lifetimes are
measured by the clock that only grows: setting the machine's clock makes nothing old or young.
"""

import asyncio
import math
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, Literal, NamedTuple, Required, TypedDict, TypeVar, Unpack

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Unavailable
from bowerbird.ops.logs import logger
from bowerbird.ops.metrics import CACHE_REQUESTS, Tally
from bowerbird.ops.single_flight import SingleFlight
from bowerbird.ops.stamps import Stamps, places_of

__all__ = ["Found", "How", "Resting", "Tier"]

_log = logger("api")

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

How = Literal["hit", "stale", "filled"]
_Numbers = tuple[int, ...]


class Found(NamedTuple, Generic[V]):
    """A value, how long ago its making began, and whether it was there (in time or late) or had to be made."""

    value: V
    age_s: float
    how: How


def _nothing_more(_: object) -> Sequence[int]:
    return ()


def _just_made(_: object) -> float:
    return 0.0


class _Entry(Generic[V]):
    """What a fill made of the state that these slots and what was seen in them stand for."""

    __slots__ = ("again_s", "began_s", "due_s", "places", "seen", "slots", "value")

    def __init__(self, value: V, began_s: float, due_s: float, slots: _Numbers, seen: _Numbers) -> None:
        self.value = value
        self.began_s = began_s
        self.due_s = due_s  # at this age it is to be made anew
        self.slots = slots
        self.places = places_of(slots)
        self.seen = seen
        self.again_s = began_s  # not before this it is made anew in the background


class Resting(TypedDict, Generic[V], total=False):
    """
    What a value rests on, and how old it comes.

    `stamps` are the slots of all that its fill reads. `narrow` gives more slots, that are known from the value only;
    `guards` are those that are marked before any of these is. `aged` tells how many seconds old a value is already when
    it comes, as from a tier below.
    """

    stamps: Required[Sequence[int]]
    guards: Sequence[int]
    narrow: Callable[[V], Sequence[int]]
    aged: Callable[[V], float]


@dataclass(frozen=True, slots=True)
class _Making(Generic[V]):
    """How a value is made, and the state that it is made of."""

    fill: Callable[[], Awaitable[V]]
    behind: Callable[[], Awaitable[V]]  # the same, when nobody waits for it
    slots: _Numbers
    seen: _Numbers
    guards: _Numbers
    seen_guards: _Numbers
    narrow: "Callable[[V], Sequence[int]]"
    aged: "Callable[[V], float]"
    younger_s: float  # what is older is as good as not there

    @property
    def state(self) -> tuple[_Numbers, _Numbers, _Numbers, float]:
        """
        What tells it from the making of another state; and from one that takes its time, because nobody waits for it:
        who does must not wait for that.
        """
        return self.slots, self.seen, self.seen_guards, self.younger_s


class Tier(Generic[K, V]):
    """Values by key; for the tasks of one event loop."""

    def __init__(
        self,
        name: str,
        stamps: Stamps,
        clock: Clock,
        *,
        lifetime_s: float,
        stale_s: float = 0.0,
        early_s: float = 0.0,
        most: int = 10_000,
    ) -> None:
        """
        `name` is the tier's in the metrics. A value is current for `lifetime_s`, then late for `stale_s`; up to
        `early_s` before it is late it is made anew. Of more than `most` the one goes that was asked for longest ago.
        """
        self.name = name
        self._stamps = stamps
        self._look_at = stamps.look_at
        self._now_s = clock.monotonic_s
        self._lifetime_s = lifetime_s
        self._stale_s = stale_s
        self._early_s = early_s
        self._most = most
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()
        self._flights = SingleFlight[tuple[K, _Numbers, _Numbers, _Numbers, float], _Entry[V]]()
        self._refreshing: dict[tuple[K, _Numbers, _Numbers, _Numbers, float], asyncio.Task[None]] = {}
        self._is_closed = False
        self._is_failing = False  # what is made anew in the background
        self._hits, self._stales, self._misses, self._fills = (
            Tally.of(CACHE_REQUESTS.labels(name, outcome)) for outcome in ("hit", "stale", "miss", "fill")
        )

    def __len__(self) -> int:
        """How many values are kept, also such as have changed since and were not asked for."""
        return len(self._entries)

    def peek(self, key: K) -> Found[V] | None:
        """What is there, unchanged and not due, without waiting; None for all that `get` must see to. About 1 µs."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if not self._stamps.stands(entry.places, entry.seen):
            del self._entries[key]
            return None
        age_s = self._now_s() - entry.began_s
        if age_s >= entry.due_s:
            return None
        self._entries.move_to_end(key)
        self._hits.add()
        return Found(entry.value, age_s, "hit")

    async def get(
        self,
        key: K,
        fill: Callable[[], Awaitable[V]],
        *,
        behind: Callable[[], Awaitable[V]] | None = None,
        younger_s: float = math.inf,
        **rests_on: Unpack[Resting[V]],
    ) -> Found[V]:
        """
        What is there and younger than so, or else what `fill` gives; what it `rests_on` is told as in `Resting`.

        `behind` gives the same, and is asked in its place where nobody waits for it, so that others can go first.
        Raises what `fill` raises, and Unavailable once the tier is closed.
        """
        if self._is_closed:
            raise Unavailable("this process is stopping")
        making = self._making(fill, rests_on, behind=behind, younger_s=younger_s)
        entry = self._entries.get(key)
        if entry is not None and self._stands(entry, making.slots):
            age_s = self._now_s() - entry.began_s
            if age_s < min(self._lifetime_s + self._stale_s, younger_s):
                self._entries.move_to_end(key)
                if age_s >= entry.due_s and self._stale_s > 0.0:
                    self._refresh(key, making, entry)
                if age_s < self._lifetime_s:
                    self._hits.add()
                    return Found(entry.value, age_s, "hit")
                self._stales.add()
                return Found(entry.value, age_s, "stale")
        self._misses.add()
        entry = await self._filled(key, making)
        return Found(entry.value, self._now_s() - entry.began_s, "filled")

    async def renew(self, key: K, fill: Callable[[], Awaitable[V]], **rests_on: Unpack[Resting[V]]) -> Found[V]:
        """What `fill` gives now, for this caller alone; it is kept for the others as in `get`. Raises as `get` does."""
        if self._is_closed:
            raise Unavailable("this process is stopping")
        entry = await self._fill(key, self._making(fill, rests_on))
        return Found(entry.value, self._now_s() - entry.began_s, "filled")

    def put(self, key: K, value: V, *, stamps: Sequence[int], seen: Sequence[int]) -> None:
        """
        Keep what somebody made all the same, elsewhere than in a fill; unless it has changed since.

        `stamps` are the slots of all that it was read from, `seen` what they were before it was.
        """
        slots, then = tuple(stamps), tuple(seen)
        if not self._is_closed and tuple(map(self._look_at, slots)) == then:
            self._keep(key, _Entry(value, self._now_s(), self._due_s(key), slots, then))

    async def close(self) -> None:
        """Break off what is made anew in the background; nothing is kept any more. May be called twice."""
        self._is_closed = True
        self._entries.clear()
        running = list(self._refreshing.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for tally in (self._hits, self._stales, self._misses, self._fills):
            tally.tell()

    def _making(
        self,
        fill: Callable[[], Awaitable[V]],
        rests_on: Resting[V],
        *,
        behind: Callable[[], Awaitable[V]] | None = None,
        younger_s: float = math.inf,
    ) -> "_Making[V]":
        """A making of the state that there is now."""
        slots, guarding = tuple(rests_on["stamps"]), tuple(rests_on.get("guards", ()))
        narrow, aged = rests_on.get("narrow", _nothing_more), rests_on.get("aged", _just_made)
        seen, seen_guards = (tuple(map(self._look_at, some)) for some in (slots, guarding))
        return _Making(fill, behind or fill, slots, seen, guarding, seen_guards, narrow, aged, younger_s)

    def _stands(self, entry: _Entry[V], slots: _Numbers) -> bool:
        """Whether nothing that it rests on has changed, and it rests on what is asked for."""
        return entry.slots[: len(slots)] == slots and self._stamps.stands(entry.places, entry.seen)

    async def _filled(self, key: K, making: "_Making[V]") -> _Entry[V]:
        """By the one fill of this state, whoever else waits for it."""
        return await self._flights.do((key, *making.state), partial(self._fill, key, making))

    async def _fill(self, key: K, making: "_Making[V]") -> _Entry[V]:
        self._fills.add()
        began_s = self._now_s()
        value = await making.fill()
        if age_s := making.aged(value):
            began_s = self._now_s() - age_s
        more = tuple(making.narrow(value))
        # These are looked at before the guards: had one moved since it was read, its guard would have moved before.
        seen = making.seen + tuple(map(self._look_at, more))
        entry = _Entry(value, began_s, self._due_s(key), making.slots + more, seen)
        guarded = tuple(map(self._look_at, making.guards)) == making.seen_guards
        # Where a stamp has moved, a newer fill may have landed already, and must not be displaced.
        if not self._is_closed and guarded and tuple(map(self._look_at, making.slots)) == making.seen:
            self._keep(key, entry)
        return entry

    def _keep(self, key: K, entry: _Entry[V]) -> None:
        self._entries[key] = entry
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def _due_s(self, key: K) -> float:
        """At which age the value of this key is to be made anew."""
        if not self._early_s:
            return self._lifetime_s
        return self._lifetime_s - self._early_s * (zlib.crc32(str(key).encode()) / 2**32)

    def _refresh(self, key: K, making: "_Making[V]", old: _Entry[V]) -> None:
        """See to it that it is made anew by one task, which no caller waits for; not often when that fails."""
        state = (key, *making.state)
        if state in self._refreshing or self._now_s() < old.again_s:
            return

        async def refresh() -> None:
            try:
                async with asyncio.timeout(self._early_s + self._stale_s):
                    await self._filled(key, replace(making, fill=making.behind, younger_s=0.0))
            except Exception as error:  # noqa: BLE001  the old value is still there for who comes
                old.again_s = self._now_s() + self._stale_s / 10
                if not self._is_failing:  # said once, and not for each key
                    _log.warning("cache.not_refreshed", tier=self.name, error=repr(error))
                self._is_failing = True
            else:
                if self._is_failing:
                    _log.info("cache.refreshed_again", tier=self.name)
                self._is_failing = False

        task = self._refreshing[state] = asyncio.create_task(refresh())
        task.add_done_callback(lambda _: self._refreshing.pop(state, None))
