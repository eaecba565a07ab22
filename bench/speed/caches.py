"""
What the feed's cached path is made of: whether it ever tells what is no longer so, and what one step of it takes.

Orders of events are those of `bowerbird.testing.interleavings`, on stamps in a file of which one opening is looked at
and another one marked, as two processes would. Times are the best of five rounds of this one process: what the steps
cost by themselves, with nobody beside.

    python -m bench.speed.caches [ORDERS]      # 10,000 by default
"""

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.report import write
from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.kernel.errors import Unavailable
from bowerbird.ops.breaker import Breaker
from bowerbird.ops.cache import Tier
from bowerbird.ops.limit import LocalLimiter
from bowerbird.ops.logs import configure
from bowerbird.ops.stamps import SharedStamps, Stamps
from bowerbird.records import Counters, open_counters, open_records
from bowerbird.testing.interleavings import Versions, play
from bowerbird.testing.virtual_time import LoopClock, VirtualLoop

ROUNDS = 5
PEOPLE = 10_000


async def orders(times: int, here: Stamps, there: Stamps) -> Counter[str]:
    """What became of all looks in so many orders of events."""
    total = Counter[str]()
    for seed in range(times):
        rng = random.Random(seed)
        cache = Tier[str, Versions](
            "bench",
            here,
            LoopClock(),
            lifetime_s=rng.choice([1, 2, 4, 100]),
            stale_s=rng.choice([0, 1, 4]),
            most=rng.choice([1, 2, 10]),
        )
        total.update(await play(seed, cache, here, there))
        await cache.close()
    return total


async def cold_key(stamps: Stamps) -> tuple[int, int]:
    """Of 200 callers on a cold key whose first is cancelled: calls of the origin, and callers who got its value."""
    calls = 0
    cache = Tier[str, str]("bench", stamps, LoopClock(), lifetime_s=60)

    async def fill() -> str:
        nonlocal calls
        calls += 1
        await asyncio.sleep(1)
        return "value"

    tasks = [asyncio.create_task(cache.get("key", fill, stamps=[stamps.slot("x")])) for _ in range(200)]
    await asyncio.sleep(0.5)
    tasks[0].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    return calls, sum(not isinstance(result, BaseException) and result.value == "value" for result in results)


async def half_open() -> int:
    """Of 50 callers at once on a half-open breaker: how many are let through."""
    clock = ManualClock()
    breaker = Breaker("it", clock, failures=1, open_s=30)
    probes = 0

    async def call(*, fails: bool) -> None:
        nonlocal probes
        async with breaker.call():
            probes += not fails
            await asyncio.sleep(1)
            if fails:
                raise Unavailable("down")

    await asyncio.gather(call(fails=True), return_exceptions=True)
    clock.advance(30)
    await asyncio.gather(*(call(fails=False) for _ in range(50)), return_exceptions=True)
    return probes


def nanoseconds(step: Callable[[int], object], times: int = 200_000) -> float:
    """What one step takes, the loop around it taken off."""

    def one(body: Callable[[int], object]) -> float:
        began = time.perf_counter_ns()
        for number in range(times):
            body(number)
        return (time.perf_counter_ns() - began) / times

    return round(min(one(step) for _ in range(ROUNDS)) - min(one(lambda _: None) for _ in range(ROUNDS)))


async def steps(stamps: SharedStamps, counters: Counters) -> dict[str, float]:
    """Nanoseconds of each step, over as many people as the load has."""
    cache = Tier[int, bytes]("bench", stamps, SystemClock(), lifetime_s=3600, most=PEOPLE)
    slots = [stamps.slot(f"person:{person}") for person in range(PEOPLE)]
    everyone = [stamps.slot(name) for name in ("items", "workspace")]
    keys = [f"person:{person}" for person in range(PEOPLE)]

    async def fill() -> bytes:
        return b"slate"

    for person in range(PEOPLE):
        await cache.get(person, fill, stamps=[slots[person], *everyone])
    limiter = LocalLimiter(counters, SystemClock())
    found = {
        "ns for a look at a slot": nanoseconds(lambda number: stamps.look_at(slots[number % PEOPLE])),
        "ns for a peek that hits, three stamps": nanoseconds(lambda number: cache.peek(number % PEOPLE)),
        "ns to count a request": nanoseconds(lambda number: limiter.take(keys[number % PEOPLE], 10**9)),
        "ns for a mark": nanoseconds(lambda number: stamps.mark(keys[number % PEOPLE]), 20_000),
    }
    began = time.perf_counter()
    await limiter.flush()
    found["ms to share the counts of 10,000 people"] = round((time.perf_counter() - began) * 1000, 1)
    await limiter.close()
    return found


def main() -> None:
    """Play, measure, and fail when anything stale was read."""
    configure(level="error")  # fills fail on purpose
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        here, there = SharedStamps(Path(folder) / "stamps"), SharedStamps(Path(folder) / "stamps")
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            looks = runner.run(orders(times, here, there))
            calls, answers = runner.run(cold_key(here))
            probes = runner.run(half_open())
        records = open_records(f"sqlite:///{folder}/bowerbird.db")
        counters = open_counters(records, SystemClock())
        took = asyncio.run(steps(here, counters))
        counters.close()
        records.close()
        here.close()
        there.close()
    figures = {
        "orders of fills, changes and looks": times,
        "stale reads in them (0)": looks["stale read"],
        **{f"looks: {how}": looks[how] for how in ("hit", "stale", "filled", "failed", "left")},
        "200 callers on a cold key, the first cancelled: calls of the origin (1)": calls,
        "… callers answered (199)": answers,
        "half-open breaker, 50 callers: let through (1)": probes,
        **took,
    }
    write("caches", figures, headline={name: value for name, value in figures.items() if not name.startswith("looks")})
    if looks["stale read"] or (calls, answers, probes) != (1, 199, 1):
        sys.exit(1)


if __name__ == "__main__":
    main()
