"""One moment by which an answer is wanted, seen by everything that is called for it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

import pytest

from bowerbird.kernel.errors import DeadlinePassed
from bowerbird.ops.deadline import each_in_time, in_time, left_s, unlimited, within
from bowerbird.testing.virtual_time import LoopClock, VirtualLoop

CLOCK = LoopClock()


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())


def test_the_callee_sees_what_is_left_also_in_tasks_and_threads() -> None:
    """It counts down, and ends with the block."""

    async def main() -> None:
        assert left_s(CLOCK) is None
        with within(10, CLOCK):
            await asyncio.sleep(4)
            assert left_s(CLOCK) == 6

            async def inner() -> float | None:
                return left_s(CLOCK)

            assert await asyncio.create_task(inner()) == 6
            await asyncio.sleep(100)
            assert left_s(CLOCK) == 0
        assert left_s(CLOCK) is None

    run(main)


def test_a_nested_deadline_can_only_be_earlier() -> None:
    """Nobody gets more time than who called."""

    async def main() -> None:
        with within(10, CLOCK):
            with within(100, CLOCK):
                assert left_s(CLOCK) == 10
            with within(3, CLOCK):
                assert left_s(CLOCK) == 3
            with unlimited():
                assert left_s(CLOCK) is None
            assert left_s(CLOCK) == 10

    run(main)


def test_work_is_broken_off_at_the_moment_with_a_typed_error() -> None:
    """The work is cancelled; work that comes too late is not begun."""

    async def main() -> None:
        ended: list[float] = []

        async def work() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(CLOCK.monotonic_s())

        with within(10, CLOCK):
            with pytest.raises(DeadlinePassed):
                await in_time(work(), CLOCK)
            with pytest.raises(DeadlinePassed):
                await in_time(work(), CLOCK)
        assert ended == [10]

    run(main)


def test_a_timeout_of_the_works_own_is_not_the_deadline() -> None:
    """TimeoutError from inside stays what it is."""

    async def main() -> None:
        async def work() -> None:
            async with asyncio.timeout(1):
                await asyncio.sleep(60)

        with within(10, CLOCK), pytest.raises(TimeoutError) as caught:
            await in_time(work(), CLOCK)
        assert not isinstance(caught.value, DeadlinePassed)

    run(main)


def test_a_stream_is_broken_off_while_an_item_is_waited_for_and_closed() -> None:
    """What came in time was given; the time the reader takes breaks nothing off in the reader."""

    async def main() -> None:
        closed: list[bool] = []

        async def numbers() -> AsyncGenerator[int]:
            try:
                for number in range(100):
                    await asyncio.sleep(1)
                    yield number
            finally:
                closed.append(True)

        seen: list[int] = []

        async def read() -> None:
            async for number in each_in_time(numbers(), CLOCK):
                seen.append(number)
                await asyncio.sleep(3)

        with within(10, CLOCK), pytest.raises(DeadlinePassed):
            await read()
        assert (seen, closed) == ([0, 1, 2], [True])

    run(main)
