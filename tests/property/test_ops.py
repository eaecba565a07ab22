"""Laws of what calls are made through, in virtual time: nobody is harmed by anybody else's errors or leaving."""

import asyncio
import traceback
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import DeadlinePassed, Unavailable
from bowerbird.ops.batcher import Batcher
from bowerbird.ops.breaker import Breaker
from bowerbird.ops.deadline import in_time, left_s, within
from bowerbird.ops.single_flight import SingleFlight
from bowerbird.testing.virtual_time import LoopClock, VirtualLoop

CLOCK = LoopClock()


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())


@dataclass(frozen=True)
class Caller:
    """Comes at a time, for an item, and may leave some time later."""

    comes_s: int
    item: int
    leaves_after_s: int | None


# From small sets, so that moments and items coincide.
callers = st.lists(
    st.builds(
        Caller, st.sampled_from([0, 1, 2, 3, 5]), st.integers(0, 5), st.sampled_from([None, None, None, 0, 1, 2, 3])
    ),
    max_size=30,
)


async def outcomes(them: Sequence[Caller], call: Callable[[int], Coroutine[Any, Any, object]]) -> list[object]:
    """What became of each caller: a result, an error, or "left"."""

    async def one(caller: Caller) -> object:
        await asyncio.sleep(caller.comes_s)
        task = asyncio.create_task(call(caller.item))
        if caller.leaves_after_s is not None:
            await asyncio.sleep(caller.leaves_after_s)
            task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            return "left"
        except Exception as error:  # noqa: BLE001  it is what became of the caller
            return error

    return await asyncio.gather(*(one(caller) for caller in them))


@given(callers, st.integers(1, 4), st.sampled_from([0, 1, 2]), st.integers(1, 3))
@settings(deadline=None, max_examples=150)
def test_in_a_batch_each_gets_its_own(them: list[Caller], most: int, linger_s: int, parallel: int) -> None:
    """Results and errors go to whom they belong, batches are small enough, and nobody waits for ever."""

    async def main() -> None:
        batches: list[list[int]] = []
        under_way = 0

        async def work(items: Sequence[int]) -> list[int | Exception]:
            nonlocal under_way
            under_way += 1
            assert under_way <= parallel
            batches.append(list(items))
            await asyncio.sleep(1)
            under_way -= 1
            if 5 in items and len(items) == 1:
                raise ValueError("all 5")
            return [ValueError(item) if item == 4 else item * 10 for item in items]

        batcher = Batcher(work, most=most, linger_s=linger_s, parallel=parallel)
        for caller, outcome in zip(them, await outcomes(them, batcher), strict=True):
            if outcome == "left":
                assert caller.leaves_after_s is not None
            elif isinstance(outcome, ValueError):
                assert outcome.args in {(caller.item,), ("all 5",)}
                assert caller.item in (4, 5)
            else:
                assert outcome == caller.item * 10
        assert all(1 <= len(batch) <= most for batch in batches)
        await batcher.close()

    run(main)


@given(st.integers(1, 12), st.integers(1, 5))
def test_a_full_batch_goes_at_once_and_the_rest_when_the_time_is_up(count: int, most: int) -> None:
    """So many calls make so many batches, the last of them after the linger."""

    async def main() -> None:
        at: list[float] = []

        async def work(items: Sequence[int]) -> Sequence[int]:
            at.append(CLOCK.monotonic_s())
            return items

        batcher = Batcher(work, most=most, linger_s=7, parallel=100)
        assert await asyncio.gather(*map(batcher, range(count))) == list(range(count))
        assert at == [0] * (count // most) + [7] * (count % most > 0)

    run(main)


def test_one_too_many_is_refused_and_who_waits_at_the_end_is_told() -> None:
    """The queue has a bound; `close` leaves nobody waiting."""

    async def main() -> None:
        async def work(items: Sequence[int]) -> Sequence[int]:
            await asyncio.sleep(1000)
            return items

        batcher = Batcher(work, most=2, linger_s=1, waiting=3, parallel=1)
        tasks = [asyncio.create_task(batcher(number)) for number in range(6)]
        await asyncio.sleep(0)
        assert isinstance(tasks[5].exception() if tasks[5].done() else None, Unavailable)
        await asyncio.sleep(5)
        await batcher.close()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [Unavailable] * 6

    run(main)


def test_a_batch_does_not_inherit_the_deadline_of_who_came_first() -> None:
    """The first caller's short time is its own."""

    async def main() -> None:
        async def work(items: Sequence[int]) -> Sequence[float | None]:
            return [left_s(CLOCK) for _ in items]

        batcher = Batcher(work, most=1)
        flights = SingleFlight[str, float | None]()

        async def see() -> float | None:
            return left_s(CLOCK)

        with within(5, CLOCK):
            assert await batcher(1) is None
            assert await flights.do("key", see) is None

    run(main)


@given(callers)
@settings(deadline=None, max_examples=150)
def test_whoever_leaves_a_shared_call_harms_nobody(them: list[Caller]) -> None:
    """Who stays gets the result; one call at a time for a key; none goes on for nobody."""

    async def main() -> None:
        flights = SingleFlight[int, int]()
        under_way: set[int] = set()
        finished: list[int] = []

        async def call(item: int) -> int:
            async def work() -> int:
                assert item not in under_way
                under_way.add(item)
                try:
                    await asyncio.sleep(2)
                    finished.append(item)
                finally:
                    under_way.discard(item)
                if item == 4:
                    raise ValueError(item)
                return item * 10

            return await flights.do(item, work)

        found = await outcomes(them, call)
        for caller, outcome in zip(them, found, strict=True):
            if outcome == "left":
                assert caller.leaves_after_s is not None
            elif caller.item == 4:
                assert isinstance(outcome, ValueError)
            else:
                assert outcome == caller.item * 10
        stayed = [caller for caller, outcome in zip(them, found, strict=True) if outcome != "left"]
        assert {caller.item for caller in stayed} <= set(finished)
        await asyncio.sleep(0)
        assert (len(flights), under_way) == (0, set())

    run(main)


def test_two_hundred_callers_on_a_cold_key_make_one_call_whoever_leads() -> None:
    """The leader and 99 followers are cancelled; the hundred that stay have the result of the one call."""

    async def main() -> None:
        flights = SingleFlight[str, str]()
        calls = 0

        async def work() -> str:
            nonlocal calls
            calls += 1
            await asyncio.sleep(1)
            return "answer"

        tasks = [asyncio.create_task(flights.do("key", work)) for _ in range(200)]
        await asyncio.sleep(0.5)
        for task in tasks[:100]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert results[100:] == ["answer"] * 100
        assert all(isinstance(result, asyncio.CancelledError) for result in results[:100])
        assert calls == 1

    run(main)


def test_when_the_leader_of_two_hundred_leaves_one_call_answers_the_199() -> None:
    """Who came first is nobody in particular."""

    async def main() -> None:
        flights = SingleFlight[str, str]()
        calls = 0

        async def work() -> str:
            nonlocal calls
            calls += 1
            await asyncio.sleep(1)
            return "answer"

        tasks = [asyncio.create_task(flights.do("key", work)) for _ in range(200)]
        await asyncio.sleep(0.5)
        tasks[0].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert results[1:] == ["answer"] * 199
        assert calls == 1

    run(main)


def test_an_error_that_many_share_does_not_grow_with_them() -> None:
    """The last caller's traceback is as long as the first's, and shows where the work failed."""

    async def main() -> None:
        flights = SingleFlight[str, str]()

        async def failing_work() -> str:
            await asyncio.sleep(1)
            raise ValueError("broken")

        async def frames() -> list[str]:
            try:
                await flights.do("key", failing_work)
            except ValueError as error:
                return [frame.name for frame in traceback.extract_tb(error.__traceback__)]
            raise AssertionError("it did not fail")

        found = await asyncio.gather(*(frames() for _ in range(200)))
        assert found[0] == found[-1]
        assert "failing_work" in found[-1]

    run(main)


@given(callers)
@settings(deadline=None, max_examples=100)
def test_who_joins_a_shared_stream_gets_all_of_it(them: list[Caller]) -> None:
    """What was said before one came, too, each piece once and in order, whoever leaves in between."""

    async def main() -> None:
        flights = SingleFlight[int, int]()

        async def pieces(item: int) -> AsyncGenerator[int]:
            for number in range(3):
                await asyncio.sleep(1)
                yield item * 10 + number
            if item == 4:
                raise ValueError(item)

        async def call(item: int) -> list[int]:
            return [piece async for piece in flights.stream(item, lambda: pieces(item))]

        for caller, outcome in zip(them, await outcomes(them, call), strict=True):
            if outcome == "left":
                assert caller.leaves_after_s is not None
            elif caller.item == 4:
                assert isinstance(outcome, ValueError)
            else:
                assert outcome == [caller.item * 10 + number for number in range(3)]
        await asyncio.sleep(0)
        assert len(flights) == 0

    run(main)


def test_when_the_last_has_left_the_work_is_cancelled_and_the_next_begins_anew() -> None:
    """Nothing goes on for nobody, and nobody joins what is being cancelled."""

    async def main() -> None:
        flights = SingleFlight[str, int]()
        begun: list[int] = []
        ended: list[str] = []

        async def work() -> int:
            begun.append(1)
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                ended.append("cancelled")
                await asyncio.sleep(1)  # takes its time to stop
                raise
            return len(begun)

        first = asyncio.create_task(flights.do("key", work))
        await asyncio.sleep(1)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert await flights.do("key", work) == 2
        assert ended == ["cancelled"]

    run(main)


def test_work_that_cancels_itself_is_an_error_and_not_a_cancellation() -> None:
    """Nobody asked the callers to stop."""

    async def main() -> None:
        async def work() -> int:
            raise asyncio.CancelledError

        found = await outcomes([Caller(0, 0, None)] * 2, lambda item: SingleFlight[int, int]().do(item, work))
        assert [type(outcome) for outcome in found] == [Unavailable, Unavailable]

    run(main)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=5), st.integers(0, 25), st.integers(0, 25))
def test_the_earliest_of_nested_deadlines_holds(nested: list[int], passes_s: int, takes_s: int) -> None:
    """Whatever was done before: work is finished, or broken off at that very moment; outside none holds."""

    async def main() -> None:
        with ExitStack() as stack:
            for seconds in nested:
                stack.enter_context(within(seconds, CLOCK))
            await asyncio.sleep(passes_s)
            left = max(0, min(nested) - passes_s)
            assert left_s(CLOCK) == left
            try:
                await in_time(asyncio.sleep(takes_s), CLOCK)
            except DeadlinePassed:
                assert takes_s >= left
                assert CLOCK.monotonic_s() == passes_s + left
            else:
                assert takes_s <= left
                assert CLOCK.monotonic_s() == passes_s + takes_s
        assert left_s(CLOCK) is None

    run(main)


class BreakerMachine(RuleBasedStateMachine):
    """Calls that begin and end in any order against what the states allow."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(0)
        self.breaker = Breaker("it", self.clock, failures=2, open_s=3)
        self.loop = asyncio.new_event_loop()
        self.calls: dict[int, tuple[asyncio.Task[None], asyncio.Future[None]]] = {}
        self.probes: set[int] = set()
        self.number = 0

    def teardown(self) -> None:
        for task, _ in self.calls.values():
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    @rule()
    def begin(self) -> None:
        """Closed lets everybody through, open nobody, half-open one."""
        before = self.breaker.state
        outcome = self.loop.create_future()

        async def call() -> None:
            async with self.breaker.call():
                await outcome

        task = self.loop.create_task(call())
        self.loop.run_until_complete(asyncio.sleep(0))
        was_let_through = not task.done()
        if before == "closed":
            assert was_let_through
        elif before == "open":
            assert not was_let_through
        else:
            assert was_let_through == (not self.probes)
        if was_let_through:
            self.number += 1
            self.calls[self.number] = (task, outcome)
            if before == "half-open":
                self.probes.add(self.number)
        else:
            assert isinstance(task.exception(), Unavailable)

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), how=st.sampled_from(["well", "badly", "cancelled"]))
    def end(self, data: st.DataObject, how: str) -> None:
        """A probe decides; a call of another time decides nothing; a cancelled one never does."""
        number = data.draw(st.sampled_from(sorted(self.calls)))
        task, outcome = self.calls.pop(number)
        before = self.breaker.state
        match how:
            case "well":
                outcome.set_result(None)
            case "badly":
                outcome.set_exception(Unavailable("down"))
            case _:
                task.cancel()
        self.loop.run_until_complete(asyncio.wait([task]))
        assert task.cancelled() or task.exception() is None or isinstance(task.exception(), Unavailable)
        after = self.breaker.state
        if number in self.probes:
            self.probes.discard(number)
            assert after == {"well": "closed", "badly": "open", "cancelled": before}[how]
        elif before != "closed":
            assert after == before
        elif how != "badly":
            assert after == "closed"

    @rule(seconds=st.sampled_from([1, 3]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.advance(seconds)

    @invariant()
    def one_probe(self) -> None:
        """Never two."""
        assert len(self.probes) <= 1


TestBreaker = BreakerMachine.TestCase
TestBreaker.settings = settings(deadline=None, max_examples=100, stateful_step_count=40)
