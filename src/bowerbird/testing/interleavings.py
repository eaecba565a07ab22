"""
Fills, changes and looks in a random order that a seed repeats, and whether a cache gave what it must not give.

There is a truth: facts with versions. Somebody changes a fact (a new version, then, some time later, a mark, and from
then on it is acknowledged); a fill reads some facts one after the other and gives the versions it read. Whoever comes
remembers what was acknowledged at that moment; any lower version in what they get is a stale read.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

from bowerbird.kernel.errors import Unavailable
from bowerbird.ops.cache import Found
from bowerbird.ops.stamps import Stamps

__all__ = ["CacheOfVersions", "Versions", "play"]

Versions = Mapping[str, int]

# What each key is made of.
FACTS: Final[Mapping[str, Sequence[str]]] = {"a": ["x"], "b": ["x", "y"], "c": ["y", "z"]}
MOMENTS: Final = (0, 0, 0, 1, 1, 2, 5)  # few, so that they coincide


class CacheOfVersions(Protocol):
    """What is played with."""

    def peek(self, key: str) -> Found[Versions] | None:
        """As that of `Tier`."""
        ...

    async def get(
        self,
        key: str,
        fill: Callable[[], Awaitable[Versions]],
        *,
        stamps: Sequence[int],
        guards: Sequence[int] = (),
        narrow: Callable[[Versions], Sequence[int]] = ...,
    ) -> Found[Versions]:
        """As that of `Tier`."""
        ...


async def play(  # noqa: PLR0915  one scene
    seed: int, cache: CacheOfVersions, here: Stamps, there: Stamps, *, is_narrowed: bool = False
) -> Counter[str]:
    """
    One order of events on a new cache: how many looks were "hit", "stale" (late, which is allowed), "filled", "failed"
    or "left", and how many gave a "stale read", which is not allowed.

    The cache looks at the stamps `here`, changes are marked `there`: the same ones, or another opening of them. When it
    `is_narrowed`, what a value rests on is told after the fill, behind a guard that every change marks first.
    """
    rng = random.Random(seed)  # noqa: S311  an order of events is no secret
    committed = Counter[str]()
    acknowledged = Counter[str]()
    seen = Counter[str]()

    def pause() -> Awaitable[None]:
        return asyncio.sleep(rng.choice(MOMENTS))

    async def change(fact: str) -> None:
        await pause()
        committed[fact] += 1
        mine = committed[fact]
        await pause()
        if is_narrowed:
            there.mark("any")
            await pause()
        there.mark(fact)
        acknowledged[fact] = max(acknowledged[fact], mine)

    async def fill(key: str) -> Versions:
        read: dict[str, int] = {}
        for fact in FACTS[key]:
            await pause()
            read[fact] = committed[fact]
        await pause()
        if rng.random() < 0.1:
            raise Unavailable("the truth did not answer")
        return read

    async def look(key: str) -> None:
        await pause()
        facts = FACTS[key]
        known = Counter(acknowledged)
        try:
            found = cache.peek(key)
            if found is None:
                found = await _asked(cache, key, lambda: fill(key), here, is_narrowed=is_narrowed)
        except Unavailable:
            seen["failed"] += 1
        except asyncio.CancelledError:
            seen["left"] += 1
        else:
            seen[found.how] += 1
            seen["stale read"] += any(found.value[fact] < known[fact] for fact in facts)

    async def leave(looking: "asyncio.Task[None]") -> None:
        await pause()
        looking.cancel()

    async def several(number: int) -> None:
        key = rng.choice(list(FACTS))
        for _ in range(number):
            looking = asyncio.create_task(look(key))
            if rng.random() < 0.2:
                await leave(looking)
            await asyncio.wait([looking])

    async def changes(number: int) -> None:
        for _ in range(number):
            await change(rng.choice("xyz"))

    await asyncio.gather(
        *(several(rng.randint(1, 4)) for _ in range(rng.randint(1, 6))),
        *(changes(rng.randint(1, 4)) for _ in range(rng.randint(0, 3))),
    )
    return seen


async def _asked(
    cache: CacheOfVersions, key: str, fill: Callable[[], Awaitable[Versions]], here: Stamps, *, is_narrowed: bool
) -> Found[Versions]:
    if not is_narrowed:
        return await cache.get(key, fill, stamps=[here.slot(fact) for fact in FACTS[key]])
    guards = [here.slot("any")]
    return await cache.get(key, fill, stamps=(), guards=guards, narrow=lambda read: [here.slot(fact) for fact in read])
