"""Trying again: how often, how long after, and never beyond a budget or a deadline."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowerbird.kernel.errors import InputWrong, Unavailable
from bowerbird.ops.deadline import within
from bowerbird.ops.retry import Backoff, RetryBudget, retried
from bowerbird.testing.virtual_time import LoopClock, VirtualLoop

CLOCK = LoopClock()


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())


class Flaky:
    """Raises its errors one by one, then answers; remembers when it was asked."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.at: list[float] = []

    async def __call__(self) -> str:
        self.at.append(CLOCK.monotonic_s())
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


async def again(call: Flaky, *, budget: RetryBudget | None = None, seed: int = 1) -> str:
    """The call, tried up to three times."""
    return await retried(
        call, budget=budget or RetryBudget(), backoff=Backoff(tries=3), rng=random.Random(seed), clock=CLOCK
    )


def test_what_was_unavailable_is_tried_again_after_a_random_wait() -> None:
    """The waits come from the generator that was handed in: the same seed, the same waits."""

    async def main() -> None:
        calls = [Flaky(Unavailable("a"), Unavailable("b")) for _ in range(3)]
        for call, seed in zip(calls, (1, 1, 2), strict=True):
            assert await again(call, seed=seed) == "answer"
        waits = [[b - a for a, b in zip(call.at, call.at[1:], strict=False)] for call in calls]
        assert waits[0] == pytest.approx(waits[1])
        assert waits[0] != pytest.approx(waits[2])
        assert all(0 <= wait[0] <= 0.5 and 0 <= wait[1] <= 1.0 for wait in waits)

    run(main)


def test_the_last_error_is_passed_on_and_other_errors_at_once() -> None:
    """Three tries, and none more for what was answered."""

    async def main() -> None:
        call = Flaky(*(Unavailable(name) for name in "abcd"))
        with pytest.raises(Unavailable, match="c"):
            await again(call)
        wrong = Flaky(InputWrong("no"))
        with pytest.raises(InputWrong):
            await again(wrong)
        assert (len(call.at), len(wrong.at)) == (3, 1)

    run(main)


def test_whoever_says_when_to_come_back_is_obeyed_or_not_asked_again() -> None:
    """Five seconds are waited, a minute is not."""

    async def main() -> None:
        call = Flaky(Unavailable("busy", retry_after_s=5))
        assert await again(call) == "answer"
        assert call.at == [0, 5]
        later = Flaky(Unavailable("busy", retry_after_s=60))
        with pytest.raises(Unavailable):
            await again(later)
        assert len(later.at) == 1

    run(main)


def test_nothing_is_tried_again_beyond_the_deadline() -> None:
    """When the wait would end after it, the error comes at once and not at the deadline."""

    async def main() -> None:
        call = Flaky(Unavailable("busy", retry_after_s=5))
        with within(4, CLOCK), pytest.raises(Unavailable):
            await again(call)
        assert CLOCK.monotonic_s() == 0

    run(main)


@given(st.lists(st.booleans(), max_size=200), st.sampled_from([0.0, 0.1, 0.5]), st.sampled_from([0.0, 1.0, 3.0]))
def test_further_tries_stay_within_the_budget(calls: list[bool], ratio: float, most: float) -> None:
    """Whichever calls fail: the tries beyond the first are at most what was there and a share of the calls."""

    async def main() -> None:
        budget = RetryBudget(ratio=ratio, most=most)
        asked = 0
        for fails in calls:
            call = Flaky(*([Unavailable("down")] * (9 if fails else 0)))
            if fails:
                with pytest.raises(Unavailable):
                    await again(call, budget=budget)
            else:
                await again(call, budget=budget)
            asked += len(call.at)
        assert asked - len(calls) <= most + ratio * len(calls) + 1e-9

    run(main)
