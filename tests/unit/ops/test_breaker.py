"""The breaker: whom it lets through, and what it learns from."""

import asyncio

import pytest

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import DeadlinePassed, InputWrong, ModelUnavailable, Unavailable
from bowerbird.ops.breaker import Breaker, BreakerState


class Outside:
    """Something outside, asked through a breaker."""

    def __init__(self, **options: float) -> None:
        self.clock = ManualClock()
        self.breaker = Breaker("the model", self.clock, failures=2, open_s=30, error=ModelUnavailable, **options)
        self.asked = 0

    def state(self) -> BreakerState:
        """What the next caller meets; looked at anew each time."""
        return self.breaker.state

    async def ask(self, error: Exception | None = None, *, until: asyncio.Event | None = None) -> str:
        """An answer, or `error`, once `until` is set."""
        async with self.breaker.call():
            self.asked += 1
            if until is not None:
                await until.wait()
            if error is not None:
                raise error
            return "answer"

    async def fail(self, times: int = 2) -> None:
        """So many failures in a row."""
        for _ in range(times):
            with pytest.raises(Unavailable):
                await self.ask(Unavailable("down"))


async def test_it_opens_after_failures_in_a_row_and_says_when_to_come_back() -> None:
    """Open: nobody is let through, the error is of the given kind and counts down."""
    outside = Outside()
    await outside.fail(1)
    await outside.ask()
    await outside.fail(2)
    outside.clock.advance(10)

    with pytest.raises(ModelUnavailable, match="the model did not answer 2 times") as caught:
        await outside.ask()
    assert (outside.asked, caught.value.retry_after_s, outside.state()) == (4, 20, "open")


async def test_of_fifty_callers_in_half_open_exactly_one_is_let_through() -> None:
    """The others are refused at once; when the probe succeeds, all may come."""
    outside = Outside()
    await outside.fail()
    outside.clock.advance(30)
    assert outside.state() == "half-open"
    go = asyncio.Event()
    callers = [asyncio.create_task(outside.ask(until=go)) for _ in range(50)]
    await asyncio.sleep(0)
    assert outside.asked == 2 + 1
    go.set()
    results = await asyncio.gather(*callers, return_exceptions=True)

    assert results.count("answer") == 1
    assert sum(isinstance(result, ModelUnavailable) for result in results) == 49
    assert outside.state() == "closed"
    assert await outside.ask() == "answer"


async def test_a_probe_that_fails_opens_it_for_the_whole_time() -> None:
    """One failure is enough then."""
    outside = Outside()
    await outside.fail()
    outside.clock.advance(31)
    await outside.fail(1)

    with pytest.raises(ModelUnavailable) as caught:
        await outside.ask()
    assert caught.value.retry_after_s == 30


async def test_a_cancelled_probe_counts_as_neither_and_frees_its_place() -> None:
    """The next caller is the probe."""
    outside = Outside()
    await outside.fail()
    outside.clock.advance(30)
    probe = asyncio.create_task(outside.ask(until=asyncio.Event()))
    await asyncio.sleep(0)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)

    assert outside.state() == "half-open"
    assert await outside.ask() == "answer"
    assert outside.state() == "closed"


async def test_the_callers_own_deadline_says_nothing_of_the_other_side() -> None:
    """A probe that ran out of the caller's time leaves it half-open."""
    outside = Outside()
    await outside.fail()
    outside.clock.advance(30)
    with pytest.raises(DeadlinePassed):
        await outside.ask(DeadlinePassed("over"))

    assert outside.state() == "half-open"


async def test_an_answer_that_pleases_nobody_is_an_answer() -> None:
    """A refused request ends a row of failures."""
    outside = Outside()
    await outside.fail(1)
    with pytest.raises(InputWrong):
        await outside.ask(InputWrong("too long"))
    await outside.fail(1)

    assert outside.state() == "closed"


async def test_what_began_before_it_opened_does_not_close_it() -> None:
    """A slow success from before says nothing about now; nor does a slow failure open it again."""
    outside = Outside()
    go = asyncio.Event()
    slow = asyncio.create_task(outside.ask(until=go))
    failing = asyncio.create_task(outside.ask(Unavailable("down"), until=go))
    await asyncio.sleep(0)
    await outside.fail()
    outside.clock.advance(29)
    go.set()
    await asyncio.gather(slow, failing, return_exceptions=True)
    assert outside.state() == "open"

    outside.clock.advance(1)
    assert outside.state() == "half-open"
