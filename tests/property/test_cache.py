"""Laws of a cache tier: nothing stale in any order of events, one fill for all who want the same, and a bound."""

import asyncio
import itertools
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.kernel.errors import Unavailable
from bowerbird.ops.cache import Found, Tier
from bowerbird.ops.deadline import left_s, within
from bowerbird.ops.metrics import exposition
from bowerbird.ops.single_flight import SingleFlight
from bowerbird.ops.stamps import LocalStamps, SharedStamps
from bowerbird.testing.interleavings import CacheOfVersions, Versions, play
from bowerbird.testing.virtual_time import LoopClock, VirtualLoop

CLOCK = LoopClock()


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())


def tier(*, lifetime_s: float = 10, stale_s: float = 0, most: int = 100) -> tuple[Tier[str, int], LocalStamps]:
    """A tier and its stamps."""
    stamps = LocalStamps(slots=1 << 12)
    return Tier("test", stamps, CLOCK, lifetime_s=lifetime_s, stale_s=stale_s, most=most), stamps


class Origin:
    """Gives 1, 2, 3 …, each after a second."""

    def __init__(self) -> None:
        self.asked = 0
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.asked += 1
        mine = self.asked
        await asyncio.sleep(1)
        if self.error is not None:
            raise self.error
        return mine


def played(
    times: int, make: Callable[[random.Random, LocalStamps], CacheOfVersions], *, is_narrowed: bool = False
) -> Counter[str]:
    """What came of so many orders of events."""
    total = Counter[str]()

    async def main() -> None:
        stamps = LocalStamps(slots=1 << 12)
        for seed in range(times):
            total.update(await play(seed, make(random.Random(seed), stamps), stamps, stamps, is_narrowed=is_narrowed))

    run(main)
    return total


def a_tier(rng: random.Random, stamps: LocalStamps) -> Tier[str, Versions]:
    """One of any lifetimes, and sometimes too small."""
    lifetime_s, stale_s = rng.choice([1, 2, 4, 100]), rng.choice([0, 1, 4])
    return Tier("test", stamps, CLOCK, lifetime_s=lifetime_s, stale_s=stale_s, most=rng.choice([1, 2, 10]))


def test_in_ten_thousand_orders_of_events_nothing_stale_is_read() -> None:
    """Invalidations land before, in and after fills, in callers that leave and fills that fail."""
    total = played(10_000, a_tier)

    assert total["stale read"] == 0
    assert min(total[how] for how in ("hit", "stale", "filled", "failed", "left")) > 500


def test_nothing_stale_is_read_of_what_is_known_to_rest_on_only_when_it_is_made() -> None:
    """In ten thousand orders too, while a guard is marked before each thing."""
    total = played(10_000, a_tier, is_narrowed=True)

    assert total["stale read"] == 0
    assert min(total[how] for how in ("hit", "stale", "filled", "failed", "left")) > 500


def test_without_its_guards_such_a_cache_is_found_out() -> None:
    """The orders tell apart a tier that does not ask whether something moved while a value was made."""
    total = played(500, lambda _, stamps: Unguarded("test", stamps, CLOCK, lifetime_s=100), is_narrowed=True)

    assert total["stale read"] > 0


class LookingAfter(Tier[str, Versions]):
    """A tier that takes down the stamps when a fill ends: what changed during it is taken for known."""

    async def _fill(self, key: str, making: Any) -> Any:
        entry = await super()._fill(key, making)
        entry.seen = tuple(map(self._look_at, entry.slots))
        self._entries[key] = entry
        return entry


class Joining(Tier[str, Versions]):
    """A tier whose callers join whatever fill of the key is under way."""

    async def _filled(self, key: str, making: Any) -> Any:
        return await self._flights.do((key, making.slots, (), (), 0.0), lambda: self._fill(key, making))


class Unguarded(Tier[str, Versions]):
    """A tier that takes what a value rests on from the value, and does not ask whether that has moved meanwhile."""

    async def _fill(self, key: str, making: Any) -> Any:
        return await super()._fill(key, replace(making, guards=(), seen_guards=()))


class Plain:
    """What one writes first: a dictionary, and forgetting what is marked when one comes by."""

    def __init__(self, stamps: LocalStamps) -> None:
        self.stamps = stamps
        self.kept: dict[str, tuple[Versions, tuple[int, ...]]] = {}
        self.flights = SingleFlight[str, Versions]()

    def peek(self, key: str) -> Found[Versions] | None:
        return None

    async def get(
        self,
        key: str,
        fill: Callable[[], Awaitable[Versions]],
        *,
        stamps: Sequence[int],
        guards: Sequence[int] = (),
        narrow: Any = None,
    ) -> Found[Versions]:
        now = tuple(map(self.stamps.look_at, stamps))
        if key in self.kept and self.kept[key][1] == now:
            return Found(self.kept[key][0], 0, "hit")
        value = await self.flights.do(key, fill)
        self.kept[key] = (value, tuple(map(self.stamps.look_at, stamps)))
        return Found(value, 0, "filled")


@pytest.mark.parametrize(
    "make",
    [
        lambda _, stamps: LookingAfter("test", stamps, CLOCK, lifetime_s=100),
        lambda _, stamps: Joining("test", stamps, CLOCK, lifetime_s=100),
        lambda _, stamps: Plain(stamps),
    ],
    ids=["looks after the fill", "joins any fill", "plain"],
)
def test_caches_that_are_wrong_are_found_out(make: Callable[[random.Random, LocalStamps], CacheOfVersions]) -> None:
    """The ten thousand orders tell a cache that keeps the promise from one that nearly does."""
    assert played(500, make)["stale read"] > 0


def test_nothing_stale_is_read_when_another_opening_marks(tmp_path: Path) -> None:
    """As from another process: what is looked at and what is marked share nothing but the file."""
    here, there = SharedStamps(tmp_path / "stamps"), SharedStamps(tmp_path / "stamps")
    total = Counter[str]()

    async def main() -> None:
        for seed in range(500):
            cache = Tier[str, Versions]("test", here, CLOCK, lifetime_s=4, stale_s=4)
            total.update(await play(seed, cache, here, there))

    run(main)
    here.close()
    there.close()
    assert total["stale read"] == 0
    assert total["hit"] > 100


# Writes a number to a file, marks, and says so, as fast as it can.
CHANGER = """
import sys
from pathlib import Path
from bowerbird.ops.stamps import SharedStamps

stamps, truth = SharedStamps(Path(sys.argv[1])), Path(sys.argv[2])
for number in range(1, 3001):
    Path(sys.argv[2] + "-new").write_text(str(number))
    Path(sys.argv[2] + "-new").replace(truth)
    stamps.mark("truth")
    print(number, flush=True)
"""


async def test_nothing_stale_is_read_while_another_process_changes_it(tmp_path: Path) -> None:
    """Three thousand changes, four readers that never rest: what was acknowledged before they came is what they get."""
    truth = tmp_path / "truth"
    truth.write_text("0")
    stamps = SharedStamps(tmp_path / "stamps")
    cache = Tier[str, int]("test", stamps, SystemClock(), lifetime_s=60, stale_s=60)
    slots = [stamps.slot("truth")]
    changer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHANGER, str(tmp_path / "stamps"), str(truth), stdout=asyncio.subprocess.PIPE
    )
    assert changer.stdout is not None
    acknowledged = 0
    gets = Counter[str]()

    async def fill() -> int:
        await asyncio.sleep(0)
        number = int(truth.read_text())
        await asyncio.sleep(0)
        return number

    async def read() -> None:
        while changer.returncode is None:
            known = acknowledged
            found = cache.peek("key") or await cache.get("key", fill, stamps=slots)
            assert found.value >= known
            gets[found.how] += 1
            await asyncio.sleep(0)

    readers = [asyncio.create_task(read()) for _ in range(4)]
    async for line in changer.stdout:
        acknowledged = int(line)
    await changer.wait()
    await asyncio.gather(*readers)
    assert acknowledged == 3000
    assert min(gets["hit"], gets["filled"]) > 100
    assert (await cache.get("key", fill, stamps=slots)).value == 3000
    stamps.close()


def test_of_two_hundred_callers_on_a_cold_key_one_is_cancelled_and_199_answered_by_one_call() -> None:
    """It is the one who came first."""

    async def main() -> None:
        cache, stamps = tier()
        origin = Origin()
        tasks = [asyncio.create_task(cache.get("key", origin, stamps=[stamps.slot("x")])) for _ in range(200)]
        await asyncio.sleep(0.5)
        tasks[0].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)

        assert isinstance(results[0], asyncio.CancelledError)
        assert results[1:] == [Found(1, 1, "filled")] * 199
        assert origin.asked == 1

    run(main)


def test_who_comes_after_a_mark_waits_for_a_fill_of_their_own() -> None:
    """Who came before gets the fill that was under way; it displaces nothing, though it ends later."""

    async def main() -> None:
        cache, stamps = tier()
        slots = [stamps.slot("x")]
        pace = iter([5, 1])

        async def fill() -> int:
            mine = next(pace)
            await asyncio.sleep(mine)
            return mine

        before = asyncio.create_task(cache.get("key", fill, stamps=slots))
        await asyncio.sleep(1)
        stamps.mark("x")
        after = asyncio.create_task(cache.get("key", fill, stamps=slots))
        assert (await before).value == 5
        assert (await after).value == 1
        assert cache.peek("key") == Found(1, 4, "hit")

    run(main)


def test_a_late_value_is_given_at_once_with_its_age_and_made_anew_once() -> None:
    """However many come meanwhile; then the new one is there."""

    async def main() -> None:
        cache, stamps = tier(lifetime_s=10, stale_s=5)
        slots = [stamps.slot("x")]
        origin = Origin()
        await cache.get("key", origin, stamps=slots)
        await asyncio.sleep(11)
        assert cache.peek("key") is None
        late = [await cache.get("key", origin, stamps=slots) for _ in range(50)]
        assert late == [Found(1, 12, "stale")] * 50
        await asyncio.sleep(1.5)
        assert await cache.get("key", origin, stamps=slots) == Found(2, 1.5, "hit")
        assert origin.asked == 2

    run(main)


def test_a_late_value_is_not_given_after_a_mark_nor_when_it_is_too_late() -> None:
    """Both are waited for."""

    async def main() -> None:
        cache, stamps = tier(lifetime_s=10, stale_s=5)
        slots = [stamps.slot("x")]
        origin = Origin()
        await cache.get("key", origin, stamps=slots)
        await asyncio.sleep(11)
        stamps.mark("x")
        assert await cache.get("key", origin, stamps=slots) == Found(2, 1, "filled")
        await asyncio.sleep(14)
        assert await cache.get("key", origin, stamps=slots) == Found(3, 1, "filled")

    run(main)


def test_a_value_that_cannot_be_made_anew_is_given_while_it_may(capsys: pytest.CaptureFixture[str]) -> None:
    """The origin is down: a tenth of the time passes between two tries, it is said once; then callers get its error."""

    async def main() -> None:
        cache, stamps = tier(lifetime_s=10, stale_s=100)
        slots = [stamps.slot("x")]
        origin = Origin()
        await cache.get("key", origin, stamps=slots)
        origin.error = Unavailable("down")
        await asyncio.sleep(10)
        for _ in range(88):
            await asyncio.sleep(1)
            assert (await cache.get("key", origin, stamps=slots)).how == "stale"
        assert 5 <= origin.asked - 1 <= 9
        said = capsys.readouterr()
        assert (said.out + said.err).count("cache.not_refreshed") == 1
        await asyncio.sleep(30)
        with pytest.raises(Unavailable, match="down"):
            await cache.get("key", origin, stamps=slots)
        origin.error = None
        assert (await cache.get("key", origin, stamps=slots)).how == "filled"

    run(main)


def test_a_fill_in_the_background_that_hangs_is_broken_off() -> None:
    """Else nobody would ever begin another one."""

    async def main() -> None:
        cache, stamps = tier(lifetime_s=10, stale_s=20)
        slots = [stamps.slot("x")]
        ended: list[float] = []

        async def hang() -> int:
            try:
                await asyncio.sleep(1e6)
            finally:
                ended.append(CLOCK.monotonic_s())
            return 0

        await cache.get("key", Origin(), stamps=slots)
        await asyncio.sleep(10)
        began_s = CLOCK.monotonic_s()
        assert (await cache.get("key", hang, stamps=slots)).how == "stale"
        await asyncio.sleep(50)
        assert ended == [began_s + 20]
        assert (await cache.get("key", Origin(), stamps=slots)).how == "filled"

    run(main)


def test_closing_breaks_off_what_is_made_in_the_background() -> None:
    """Nothing goes on for nobody, and who comes later is told."""

    async def main() -> None:
        cache, stamps = tier(lifetime_s=10, stale_s=20)
        slots = [stamps.slot("x")]
        origin = Origin()
        await cache.get("key", origin, stamps=slots)
        await asyncio.sleep(11)
        await cache.get("key", origin, stamps=slots)
        await asyncio.sleep(0.5)
        await cache.close()
        await cache.close()
        assert len(asyncio.all_tasks()) == 1
        with pytest.raises(Unavailable, match="stopping"):
            await cache.get("key", origin, stamps=slots)
        assert (origin.asked, len(cache)) == (2, 0)

    run(main)


def test_a_fill_has_nobodys_deadline() -> None:
    """The first caller's short time is its own, in the foreground and in the background."""

    async def main() -> None:
        cache, stamps = tier(lifetime_s=10, stale_s=5)
        slots = [stamps.slot("x")]
        left: list[float | None] = []

        async def fill() -> int:
            left.append(left_s(CLOCK))
            return 1

        with within(100, CLOCK):
            await cache.get("key", fill, stamps=slots)
            await asyncio.sleep(12)
            await cache.get("key", fill, stamps=slots)
            await asyncio.sleep(0.1)
        assert left == [None, None]

    run(main)


def test_an_error_goes_to_all_who_waited_and_is_not_kept() -> None:
    """The next caller asks again."""

    async def main() -> None:
        cache, stamps = tier()
        slots = [stamps.slot("x")]
        origin = Origin()
        origin.error = ValueError("broken")
        results = await asyncio.gather(
            *(cache.get("key", origin, stamps=slots) for _ in range(5)), return_exceptions=True
        )
        assert [str(result) for result in results] == ["broken"] * 5
        origin.error = None
        assert (await cache.get("key", origin, stamps=slots)).value == 2
        assert origin.asked == 2

    run(main)


def test_other_stamps_are_another_state() -> None:
    """Who names more than the entry was made under does not get it."""

    async def main() -> None:
        cache, stamps = tier()
        origin = Origin()
        await cache.get("key", origin, stamps=[stamps.slot("x")])
        assert (await cache.get("key", origin, stamps=[stamps.slot("x"), stamps.slot("y")])).value == 2
        assert (await cache.get("key", origin, stamps=[stamps.slot("x"), stamps.slot("z")])).value == 3
        stamps.mark("z")
        assert cache.peek("key") is None

    run(main)


def test_what_was_asked_and_made_is_counted_by_tier() -> None:
    """Hits, late values, misses, and how often the origin was asked."""

    async def main() -> None:
        cache = Tier[str, int]("counted", LocalStamps(slots=10), CLOCK, lifetime_s=10, stale_s=5)
        origin = Origin()
        for _ in range(3):
            await asyncio.gather(*(cache.get("key", origin, stamps=[1]) for _ in range(4)))
            cache.peek("key")
        await asyncio.sleep(11)
        await cache.get("key", origin, stamps=[1])
        await asyncio.sleep(2)

    run(main)
    text = exposition().decode()
    told = {
        outcome: float(text.partition(f'{{outcome="{outcome}",tier="counted"}} ')[2].split()[0])
        for outcome in ("hit", "stale", "miss", "fill")
    }
    assert told == {"hit": 8 + 3, "stale": 1, "miss": 4, "fill": 2}


class Jumping(ManualClock):
    """Its time of day is set by the operator; its monotonic time goes on as it was."""

    def __init__(self) -> None:
        super().__init__()
        self.jumped_s = 0.0

    def now_s(self) -> float:
        return super().now_s() + self.jumped_s


@pytest.mark.parametrize("jump_s", [1e6, -1e6])
async def test_setting_the_clock_makes_nothing_old_or_young(jump_s: float) -> None:
    """Lifetimes are of the time that passed."""
    clock, stamps = Jumping(), LocalStamps(slots=100)
    cache = Tier[str, int]("test", stamps, clock, lifetime_s=10)

    async def fill() -> int:
        return 1

    await cache.get("key", fill, stamps=[1])
    clock.jumped_s = jump_s
    clock.advance(9)
    assert cache.peek("key") == Found(1, 9, "hit")
    clock.advance(1)
    assert cache.peek("key") is None


async def test_what_is_not_old_yet_is_made_anew_behind_who_asks() -> None:
    """In the last of its time, for each key at another moment; by the fill that can wait, and nobody waits for it."""
    clock, stamps = ManualClock(), LocalStamps(slots=100)
    cache = Tier[str, str]("test", stamps, clock, lifetime_s=10, stale_s=5, early_s=4)
    keys = [f"key {number}" for number in range(200)]

    async def first() -> str:
        return "first"

    async def second() -> str:
        return "second"

    ends_s = clock.monotonic_s() + 10
    for key in keys:
        await cache.get(key, first, stamps=[1])
    begun: list[int] = []
    for _ in range(10):
        clock.advance(1)
        due = [key for key in keys if cache.peek(key) is None]
        begun.append(len(due))
        for key in due:
            found = await cache.get(key, first, stamps=[1], behind=second)
            assert (found.value, found.how) == ("first", "hit" if clock.monotonic_s() < ends_s else "stale")
        for _ in range(5):
            await asyncio.sleep(0)
        assert {there.value for key in due if (there := cache.peek(key)) is not None} <= {"second"}
        assert all(cache.peek(key) is not None for key in due)
    assert begun[:5] == [0] * 5
    assert sum(begun) == 200
    assert min(begun[6:9]) > 25
    await cache.close()


async def test_who_wants_a_younger_one_gets_it() -> None:
    """What is there is as good as not there; it is replaced."""
    clock, stamps = ManualClock(), LocalStamps(slots=100)
    cache = Tier[str, int]("test", stamps, clock, lifetime_s=10)
    made = itertools.count()

    async def fill() -> int:
        return next(made)

    assert (await cache.get("key", fill, stamps=[1])).value == 0
    clock.advance(5)
    assert (await cache.get("key", fill, stamps=[1], younger_s=6)).value == 0
    assert (await cache.get("key", fill, stamps=[1], younger_s=5)).value == 1
    assert cache.peek("key") == Found(1, 0, "hit")


async def test_who_waits_does_not_wait_for_what_takes_its_time() -> None:
    """The same value, that is made for somebody who can wait: whoever cannot has another made."""
    cache = Tier[str, str]("test", LocalStamps(slots=100), ManualClock(), lifetime_s=10)
    goes_on = asyncio.Event()

    async def slowly() -> str:
        await goes_on.wait()
        return "slowly"

    async def at_once() -> str:
        return "at once"

    waiting = asyncio.create_task(cache.get("key", slowly, stamps=[1], younger_s=5))
    await asyncio.sleep(0)
    assert (await cache.get("key", at_once, stamps=[1])).value == "at once"
    goes_on.set()
    assert (await waiting).value == "slowly"


async def test_what_is_made_for_one_is_kept_for_all() -> None:
    """`renew` joins nobody and nobody joins it; a mark meanwhile keeps it from being kept."""
    stamps = LocalStamps(slots=100)
    cache = Tier[str, int]("test", stamps, ManualClock(), lifetime_s=10)
    slots = [stamps.slot("a")]
    made = itertools.count()

    async def fill() -> int:
        return next(made)

    async def spoilt() -> int:
        stamps.mark("a")
        return next(made)

    assert [(await cache.renew("key", fill, stamps=slots)).value for _ in range(2)] == [0, 1]
    assert cache.peek("key") == Found(1, 0, "hit")
    assert (await cache.renew("key", spoilt, stamps=slots)).value == 2
    assert cache.peek("key") is None
    await cache.close()
    with pytest.raises(Unavailable, match="stopping"):
        await cache.renew("key", fill, stamps=slots)


@given(st.lists(st.integers(0, 12), max_size=60), st.integers(1, 6))
@settings(max_examples=60)
def test_of_too_many_the_one_goes_that_was_asked_for_longest_ago(keys: list[int], most: int) -> None:
    """Beside a list in the order of use."""

    async def main() -> None:
        cache = Tier[int, int]("test", LocalStamps(slots=10), CLOCK, lifetime_s=1e9, most=most)
        used: list[int] = []

        async def fill() -> int:
            return 1

        for key in keys:
            is_kept = key in used
            if key % 2:
                found = await cache.get(key, fill, stamps=[3])
                assert (found.how == "hit") == is_kept
            else:
                assert (cache.peek(key) is not None) == is_kept
                if not is_kept:
                    await cache.get(key, fill, stamps=[3])
            used = [*(other for other in used if other != key), key][-most:]
            assert len(cache) == len(used)

    run(main)


@dataclass(frozen=True)
class Made:
    """What a fill read, and when."""

    versions: Versions
    at_s: float


class TierMachine(RuleBasedStateMachine):
    """One tier beside what may be said of it, whatever is changed, marked, asked for, and whenever."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(0)
        self.stamps = LocalStamps(slots=1 << 12)
        self.cache = Tier[str, Made]("test", self.stamps, self.clock, lifetime_s=5, stale_s=5, most=2)
        self.loop = asyncio.new_event_loop()
        self.committed = Counter[str]()
        self.acknowledged = Counter[str]()

    def teardown(self) -> None:
        self.loop.run_until_complete(self.cache.close())
        self.loop.close()

    @rule(fact=st.sampled_from("xy"), is_marked=st.booleans())
    def change(self, fact: str, is_marked: bool) -> None:
        """A new version, acknowledged or not."""
        self.committed[fact] += 1
        if is_marked:
            self.stamps.mark(fact)
            self.acknowledged[fact] = self.committed[fact]

    @rule(seconds=st.sampled_from([1, 4, 5, 20]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.advance(seconds)

    @rule(key=st.sampled_from(["x", "y", "xy"]), peeks=st.booleans())
    def look(self, key: str, peeks: bool) -> None:
        """What is given is of a state that is acknowledged, of the age it says, and not too old."""

        async def fill() -> Made:
            return Made({fact: self.committed[fact] for fact in key}, self.clock.monotonic_s())

        async def ask() -> Found[Made] | None:
            if peeks:
                return self.cache.peek(key)
            found = await self.cache.get(key, fill, stamps=[self.stamps.slot(fact) for fact in key])
            others = asyncio.all_tasks() - {asyncio.current_task()}
            if others:  # what is made anew in the background
                await asyncio.wait(others)
            return found

        found = self.loop.run_until_complete(ask())
        if found is None:
            assert peeks
            return
        assert all(found.value.versions[fact] >= self.acknowledged[fact] for fact in key)
        assert found.age_s == self.clock.monotonic_s() - found.value.at_s
        match found.how:
            case "hit":
                assert found.age_s < 5
            case "stale":
                assert 5 <= found.age_s < 10
                assert not peeks
            case "filled":
                assert found.age_s == 0
                assert not peeks

    @invariant()
    def bounded(self) -> None:
        """Never more than two."""
        assert len(self.cache) <= 2


TestTier = TierMachine.TestCase
TestTier.settings = settings(deadline=None, max_examples=100, stateful_step_count=40)
