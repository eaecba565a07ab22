"""Laws of counting in one process and sharing later: never more than the limit and what is asked in two intervals."""

import asyncio
from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.ops.limit import HOUR_S, LocalLimiter, Standing
from bowerbird.records import Counts, open_counters, open_records


class Shared:
    """Counts in a dictionary, that can be away."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.counts: dict[str, Counts] = {}
        self.is_away = False
        self.calls: list[Mapping[str, int]] = []

    def add_many(self, more: Mapping[str, int], *, window_s: float) -> Mapping[str, Counts]:
        if self.is_away:
            raise StoreUnavailable("away")
        self.calls.append(more)
        now_s = self.clock.now_s()
        for key, by in more.items():
            old = self.counts.get(key)
            if old is None or old.ends_at <= now_s:
                old = Counts(0, now_s + window_s)
            self.counts[key] = Counts(old.tally + by, old.ends_at)
        return {key: self.counts[key] for key in more}


# What happens in a second: how often each of three processes is asked, and which of them tell the others at its end.
seconds = st.tuples(
    st.tuples(*[st.integers(0, 5)] * 3),
    st.sampled_from([(0, 1, 2), (2, 1, 0), (1, 0, 2)]),
    st.sampled_from([1.0, 1.0, 1.0, 1.0, 1.0, 500.0, 3599.0]),
)


@given(st.lists(seconds, min_size=1, max_size=60), st.integers(0, 40))
@settings(max_examples=150)
def test_processes_together_overshoot_by_two_intervals_at_most(
    told: list[tuple[tuple[int, ...], tuple[int, ...], float]], limit: int
) -> None:
    """In every window of the shared counts; each alone never overshoots, and nobody is refused too early."""

    async def main() -> None:
        clock = ManualClock(0)
        shared = Shared(clock)
        limiters = [LocalLimiter(shared, clock) for _ in range(3)]
        allowed = Counter[int]()
        alone = Counter[tuple[int, int]]()
        window, ends_at = 0, 0.0
        for asked, order, passes_s in told:
            for process, times in enumerate(asked):
                for _ in range(times):
                    standing = limiters[process].take("person:1", limit)
                    if standing.allowed:
                        allowed[window] += 1
                        alone[window, process] += 1
                    else:
                        assert allowed[window] >= limit
            for process in order:
                await limiters[process].flush()
            clock.advance(passes_s)
            now = shared.counts.get("person:1")
            ends_at = now.ends_at if now is not None else ends_at
            window += ends_at <= clock.now_s()
        assert all(count <= limit + 2 * 3 * 5 for count in allowed.values())
        assert all(count <= limit for count in alone.values())

    asyncio.run(main())


async def test_who_is_over_the_limit_is_refused_at_once_and_told_when_to_come_back() -> None:
    """By the process that knows, without asking anybody; when the hour is over, all is as at first."""
    clock = ManualClock()
    limiter = LocalLimiter(Shared(clock), clock)
    assert [limiter.take("key", 3) for _ in range(3)] == [Standing(True, left, HOUR_S) for left in (2, 1, 0)]
    clock.advance(600)
    assert limiter.take("key", 3) == Standing(False, 0, 3000)
    assert limiter.take("other", 3).allowed
    clock.advance(3000)
    assert limiter.take("key", 3) == Standing(True, 2, HOUR_S)


async def test_what_others_counted_counts_here() -> None:
    """Once both have told; the hour is that of who came first."""
    clock = ManualClock()
    shared = Shared(clock)
    mine, theirs = LocalLimiter(shared, clock), LocalLimiter(shared, clock)
    for _ in range(7):
        theirs.take("key", 10)
    await theirs.flush()
    clock.advance(100)
    assert mine.take("key", 10).left == 9
    await mine.flush()
    assert mine.take("key", 10) == Standing(True, 1, HOUR_S - 100)
    assert mine.take("key", 10).allowed
    assert not mine.take("key", 10).allowed


async def test_what_is_refused_is_not_told() -> None:
    """Hammering costs no writes."""
    clock = ManualClock()
    shared = Shared(clock)
    limiter = LocalLimiter(shared, clock)
    for _ in range(1000):
        limiter.take("key", 5)
    await limiter.flush()
    await limiter.flush()
    assert shared.calls == [{"key": 5}]


async def test_what_comes_while_the_others_are_told_is_counted_once() -> None:
    """The answer takes its time; takes of that time are beside it."""
    clock = ManualClock()
    shared = Shared(clock)
    limiter = LocalLimiter(shared, clock)
    limiter.take("key", 100)
    flushing = asyncio.create_task(limiter.flush())
    await asyncio.sleep(0)
    for _ in range(3):
        limiter.take("key", 100)
    await flushing
    assert limiter.take("key", 100).left == 95
    await limiter.flush()
    assert shared.counts["key"].tally == 5


async def test_counting_goes_on_while_the_shared_counts_are_away(capsys: pytest.CaptureFixture[str]) -> None:
    """It is said once; what was counted is told when they are back, and that is said too."""
    clock = ManualClock()
    shared = Shared(clock)
    limiter = LocalLimiter(shared, clock)
    shared.is_away = True
    for _ in range(4):
        limiter.take("key", 10)
        await limiter.flush()
    assert [limiter.take("key", 5).allowed for _ in range(2)] == [True, False]
    shared.is_away = False
    await limiter.flush()
    assert shared.counts["key"].tally == 5
    said = capsys.readouterr()
    text = said.out + said.err
    assert (text.count("limits.not_shared"), text.count("limits.shared_again")) == (1, 1)


async def test_hours_that_ended_are_forgotten_and_not_told() -> None:
    """What was counted in them too."""
    clock = ManualClock()
    shared = Shared(clock)
    limiter = LocalLimiter(shared, clock)
    for number in range(1000):
        limiter.take(f"person:{number}", 10)
    await limiter.flush()
    limiter.take("person:1", 10)
    clock.advance(HOUR_S)
    await limiter.flush()
    assert len(limiter) == 0
    assert shared.counts["person:1"].tally == 1


async def test_of_too_many_callers_the_first_are_forgotten_and_known_again() -> None:
    """The shared counts remember them."""
    clock = ManualClock()
    limiter = LocalLimiter(Shared(clock), clock, most=10)
    for number in range(50):
        for _ in range(3):
            limiter.take(f"person:{number}", 10)
    await limiter.flush()
    assert len(limiter) == 10
    limiter.take("person:0", 10)
    await limiter.flush()
    assert limiter.take("person:0", 10).left == 10 - 3 - 1 - 1


async def test_memory_is_bounded_also_while_the_shared_counts_are_away() -> None:
    """What had to be forgotten is forgiven; who is remembered and who came in the last interval are told of."""
    clock = ManualClock()
    shared = Shared(clock)
    limiter = LocalLimiter(shared, clock, most=10)
    shared.is_away = True
    for again in range(5):
        for number in range(50):
            limiter.take(f"{again}:{number}", 10)
        await limiter.flush()
        assert len(limiter) == 10
    shared.is_away = False
    await limiter.flush()
    assert sum(count.tally for count in shared.counts.values()) <= 10 + 50


async def test_who_was_forgotten_while_the_others_were_told_is_told_whole() -> None:
    """What was counted before and after is added up."""
    clock = ManualClock()
    shared = Shared(clock)
    limiter = LocalLimiter(shared, clock, most=1)
    for key in ("first", "second"):
        limiter.take(key, 10)
    flushing = asyncio.create_task(limiter.flush())
    await asyncio.sleep(0)
    limiter.take("first", 10)  # and is forgotten with it untold
    await flushing
    limiter.take("first", 10)
    await limiter.flush()
    assert shared.counts["first"].tally == 3


@pytest.mark.parametrize("jump_s", [1e6, -1e6])
async def test_setting_the_clock_breaks_nothing(jump_s: float) -> None:
    """Forward it forgives, backward it makes the hour longer; the limit holds all the same."""
    clock = ManualClock()
    limiter = LocalLimiter(Shared(clock), clock)
    for _ in range(3):
        limiter.take("key", 3)
    await limiter.flush()
    clock.advance(jump_s)
    assert limiter.take("key", 3).allowed == (jump_s > 0)
    await limiter.flush()
    for _ in range(10):
        limiter.take("key", 3)
    assert not limiter.take("key", 3).allowed


async def test_it_tells_by_itself_and_for_the_last_time_when_it_is_closed() -> None:
    """In the background, as often as was said; nothing is left behind."""
    clock = ManualClock()
    shared = Shared(clock)
    limiter = LocalLimiter(shared, clock, every_s=0.01)
    limiter.start()
    limiter.take("key", 10)
    async with asyncio.timeout(10):
        while not shared.calls:  # noqa: ASYNC110  they are made by another thread
            await asyncio.sleep(0.01)
    limiter.take("key", 10)
    limiter.take("other", 10)
    await limiter.close()
    await limiter.close()
    assert {key: count.tally for key, count in shared.counts.items()} == {"key": 2, "other": 1}
    assert len(asyncio.all_tasks()) == 1


async def test_two_processes_share_the_counts_of_the_records(records_url: str) -> None:
    """On each database; a thousand callers in one go."""
    clock = SystemClock()
    with_both = [open_records(records_url) for _ in range(2)]
    counters = [open_counters(records, clock) for records in with_both]
    limiters = [LocalLimiter(shared, clock) for shared in counters]
    for limiter in limiters:
        for number in range(1200):
            limiter.take(f"person:{number}", 10)
            limiter.take(f"person:{number}", 10)
    await asyncio.gather(*(limiter.flush() for limiter in limiters))
    for limiter in limiters:
        limiter.take("person:7", 10)
        await limiter.flush()
    assert [limiter.take("person:7", 10).left for limiter in limiters] == [10 - 4 - 1 - 1, 10 - 4 - 2 - 1]
    assert counters[0].add("person:7", window_s=HOUR_S, by=3).tally == 9
    assert counters[1].add_many({}, window_s=HOUR_S) == {}
    for limiter in limiters:
        await limiter.close()
    for shared, records in zip(counters, with_both, strict=True):
        shared.close()
        records.close()
