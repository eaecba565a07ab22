"""What stands around a model: retries, the breaker, the budget and the cache, by models that are written here."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bowerbird.kernel.errors import BudgetSpent, DeadlinePassed, ModelUnavailable, StoreUnavailable
from bowerbird.models.cached import Cached
from bowerbird.models.chat import Message, Reply, Request, Usage, complete
from bowerbird.models.wrappers import Budgeted, Guarded, Metered, Retried
from bowerbird.ops import metrics
from bowerbird.ops.breaker import Breaker, BreakerState
from bowerbird.ops.deadline import within
from bowerbird.ops.retry import Backoff, RetryBudget
from bowerbird.testing.virtual_time import LoopClock, VirtualLoop

CLOCK = LoopClock()
REQUEST = Request((Message("user", "x" * 40),), "w", max_tokens=10)


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())


class Speaker:
    """Says four words, a second each; raises its errors first, one a call, before or after two words."""

    name = "speaker"

    def __init__(self, *errors: Exception, after: int = 0, cost_usd: float | None = 0.01) -> None:
        self.errors = list(errors)
        self.after = after
        self.calls = 0
        self.ended = 0
        self.cost_usd = cost_usd

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply]:
        self.calls += 1
        error = self.errors.pop(0) if self.errors else None
        try:
            for number, word in enumerate(("a", "b", "c", "d")):
                if error is not None and number == self.after:
                    raise error
                await asyncio.sleep(1)
                yield word
            yield Reply("abcd", self.name, Usage(20, 4, self.cost_usd))
        finally:
            self.ended += 1

    async def ping(self) -> None:
        """There."""

    async def close(self) -> None:
        """Nothing to close."""


@dataclass(frozen=True)
class Amount:
    """What was spent."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0


class Ledger:
    """An account in memory that takes its time."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str, int, int, float | None]] = []

    async def spent(self, workspace: str, day: str) -> Amount:
        await asyncio.sleep(0.1)
        mine = [call for call in self.calls if call[:2] == (workspace, day)]
        return Amount(sum(call[3] for call in mine), sum(call[4] for call in mine), sum(call[5] or 0 for call in mine))

    async def add(
        self, workspace: str, day: str, model: str, *, tokens_in: int, tokens_out: int, cost_usd: float | None
    ) -> None:
        await asyncio.sleep(0.1)
        self.calls.append((workspace, day, model, tokens_in, tokens_out, cost_usd))


class Shelf:
    """A cache in memory, which can be away."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.is_away = False

    async def get(self, key: str) -> dict[str, Any] | None:
        if self.is_away:
            raise StoreUnavailable("away")
        return self.kept.get(key)

    async def put(self, key: str, reply: dict[str, Any]) -> None:
        if self.is_away:
            raise StoreUnavailable("away")
        self.kept[key] = reply


def state(breaker: Breaker) -> BreakerState:
    """What the next caller meets; looked at anew each time."""
    return breaker.state


def tried_again(model: Speaker | Guarded, seed: int = 1) -> Retried:
    """Up to three tries."""
    return Retried(model, budget=RetryBudget(), backoff=Backoff(), rng=random.Random(seed), clock=CLOCK)


def test_a_call_is_tried_again_while_nothing_has_come() -> None:
    """Two failures cost the reader nothing but time."""

    async def main() -> None:
        speaker = Speaker(ModelUnavailable("x"), ModelUnavailable("y"))
        assert (await complete(tried_again(speaker), REQUEST)).text == "abcd"
        assert (speaker.calls, speaker.ended) == (3, 3)

    run(main)


def test_what_has_begun_to_come_is_not_begun_again() -> None:
    """The reader has two words, and an error; not the same words twice."""

    async def main() -> None:
        speaker = Speaker(ModelUnavailable("died"), after=2)
        seen: list[str | Reply] = []

        async def read() -> None:
            async for piece in tried_again(speaker).stream(REQUEST):
                seen.append(piece)  # noqa: PERF401  what came before the error counts

        with pytest.raises(ModelUnavailable, match="died"):
            await read()
        assert (seen, speaker.calls) == (["a", "b"], 1)

    run(main)


def test_the_breaker_sees_every_try_and_retries_end_at_it() -> None:
    """Five failures open it within two calls; then nobody is asked, and the error comes at once."""

    async def main() -> None:
        speaker = Speaker(*(ModelUnavailable("down") for _ in range(99)))
        breaker = Breaker("speaker", CLOCK, failures=5, error=ModelUnavailable)
        model = tried_again(Guarded(speaker, breaker, CLOCK, timeout_s=60))
        for _ in range(2):
            with pytest.raises(ModelUnavailable):
                await complete(model, REQUEST)
        assert (speaker.calls, breaker.state) == (5, "open")
        before = CLOCK.monotonic_s()
        with pytest.raises(ModelUnavailable, match="not asked for a while"):
            await complete(model, REQUEST)
        assert (speaker.calls, CLOCK.monotonic_s() - before) == (5, 0)

    run(main)


def test_a_probe_that_is_read_to_its_reply_closes_the_breaker() -> None:
    """Also when the reader stops at the reply; one that leaves before it leaves it as it was."""

    async def main() -> None:
        breaker = Breaker("speaker", CLOCK, failures=1, open_s=5)
        model = Guarded(Speaker(ModelUnavailable("down")), breaker, CLOCK, timeout_s=60)
        with pytest.raises(ModelUnavailable):
            await complete(model, REQUEST)
        await asyncio.sleep(5)
        async with aclosing(model.stream(REQUEST)) as pieces:
            await anext(pieces)
        assert state(breaker) == "half-open"
        async with aclosing(model.stream(REQUEST)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Reply):
                    break
        assert state(breaker) == "closed"

    run(main)


def test_a_call_that_takes_too_long_is_the_models_fault_and_the_readers_time_is_not() -> None:
    """Four seconds of words fit into five, whatever the reader does in between; not into three."""

    async def main() -> None:
        breaker = Breaker("speaker", CLOCK, failures=1)
        model = Guarded(Speaker(), breaker, CLOCK, timeout_s=3)
        with pytest.raises(ModelUnavailable, match="models.timeout_s"):
            await complete(model, REQUEST)
        assert breaker.state == "open"

    run(main)


def test_a_day_has_so_many_tokens_for_a_workspace() -> None:
    """24 tokens a call: the fifth of a budget of 100 is refused, another workspace's and the next day's are not."""

    async def main() -> None:
        ledger = Ledger()
        model = Budgeted(Speaker(), ledger, CLOCK, tokens_a_day=100, usd_a_day=9)
        for _ in range(4):
            await complete(model, REQUEST)
        with pytest.raises(BudgetSpent, match=r"models\.tokens_a_day"):
            await complete(model, REQUEST)
        await complete(model, replace(REQUEST, workspace="v"))
        assert ledger.calls[0] == ("w", "1970-01-01", "speaker", 20, 4, 0.01)
        await asyncio.sleep(86_400)
        await complete(model, REQUEST)
        assert ledger.calls[-1][1] == "1970-01-02"

    run(main)


def test_a_day_has_so_many_dollars_and_unknown_prices_count_nothing() -> None:
    """What costs a cent is refused after five; what nobody knows the price of is not."""

    async def main() -> None:
        model = Budgeted(Speaker(), Ledger(), CLOCK, tokens_a_day=10**6, usd_a_day=0.05)
        for _ in range(5):
            await complete(model, REQUEST)
        with pytest.raises(BudgetSpent, match=r"models\.usd_a_day"):
            await complete(model, REQUEST)
        free = Budgeted(Speaker(cost_usd=None), Ledger(), CLOCK, tokens_a_day=10**6, usd_a_day=0.05)
        for _ in range(7):
            await complete(free, REQUEST)

    run(main)


def test_calls_under_way_are_counted_with_the_most_they_may_take() -> None:
    """Of twenty at once only as many pass as the budget has room for, though nothing is booked yet."""

    async def main() -> None:
        speaker = Speaker()
        model = Budgeted(speaker, Ledger(), CLOCK, tokens_a_day=100, usd_a_day=9)
        results = await asyncio.gather(*(complete(model, REQUEST) for _ in range(20)), return_exceptions=True)
        passed = sum(isinstance(result, Reply) for result in results)
        assert sum(isinstance(result, BudgetSpent) for result in results) == 20 - passed
        assert passed * (11 + 10) <= 100
        assert speaker.calls == passed
        # What was set aside is free again.
        assert isinstance(
            await complete(Budgeted(speaker, Ledger(), CLOCK, tokens_a_day=21, usd_a_day=9), REQUEST), Reply
        )

    run(main)


def test_what_a_broken_off_call_wrote_is_counted() -> None:
    """By the length of the texts, also when the caller is cancelled."""

    async def main() -> None:
        ledger = Ledger()
        task = asyncio.create_task(complete(Budgeted(Speaker(), ledger, CLOCK, tokens_a_day=100, usd_a_day=9), REQUEST))
        await asyncio.sleep(2.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(1)
        assert ledger.calls == [("w", "1970-01-01", "speaker", 11, 1, None)]

    run(main)


def test_a_model_that_writes_far_more_than_it_may_is_broken_off() -> None:
    """It costs over the budget: BudgetSpent, and what it wrote is counted."""

    async def main() -> None:
        class Endless(Speaker):
            async def stream(self, request: Request) -> AsyncGenerator[str | Reply]:
                while True:
                    await asyncio.sleep(0.01)
                    yield "word "

        ledger = Ledger()
        with pytest.raises(BudgetSpent, match="after 10 tokens"):
            await complete(Budgeted(Endless(), ledger, CLOCK, tokens_a_day=1000, usd_a_day=9), REQUEST)
        assert 20 < ledger.calls[0][4] < 30

    run(main)


def test_the_same_request_is_asked_once_of_all_who_come_together_or_later() -> None:
    """Each has every piece; whoever leaves harms nobody; a boundary makes no difference, a workspace does."""

    async def main() -> None:
        speaker, shelf = Speaker(), Shelf()
        model = Cached(speaker, shelf, CLOCK)

        async def ask(boundary: str, after_s: float) -> list[str | Reply]:
            await asyncio.sleep(after_s)
            request = Request((Message("user", f"[[{boundary}:question]]"),), "w", boundary=boundary)
            return [piece async for piece in model.stream(request)]

        tasks = [asyncio.create_task(ask(f"boundary{number}", number / 10)) for number in range(20)]
        await asyncio.sleep(2.5)
        tasks[0].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        for result in results[1:]:
            assert not isinstance(result, BaseException)
            assert result[:4] == ["a", "b", "c", "d"]
        assert speaker.calls == 1

        later = await ask("another", 0)
        assert later[0] == "abcd"
        assert isinstance(later[1], Reply)
        assert later[1].is_cached
        assert speaker.calls == 1
        request = Request((Message("user", "[[boundary:question]]"),), "v", boundary="boundary")
        assert not (await complete(model, request)).is_cached
        assert speaker.calls == 2

    run(main)


def test_a_shared_call_goes_by_each_readers_own_deadline() -> None:
    """Who has a second leaves after it; who has time gets all."""

    async def main() -> None:
        speaker = Speaker()
        model = Cached(speaker, Shelf(), CLOCK)

        async def hurried() -> Reply:
            with within(1.5, CLOCK):
                return await complete(model, REQUEST)

        results = await asyncio.gather(hurried(), complete(model, REQUEST), return_exceptions=True)
        assert isinstance(results[0], DeadlinePassed)
        assert isinstance(results[1], Reply)
        assert speaker.calls == 1

    run(main)


def test_errors_and_cut_replies_are_not_kept_and_a_cache_that_is_away_harms_nobody() -> None:
    """Then it is asked."""

    async def main() -> None:
        class Cut(Speaker):
            async def stream(self, request: Request) -> AsyncGenerator[str | Reply]:
                yield Reply("ab", self.name, Usage(1, 1, None), is_cut=True)

        shelf = Shelf()
        await complete(Cached(Cut(), shelf, CLOCK), REQUEST)
        with pytest.raises(ModelUnavailable):
            await complete(Cached(Speaker(ModelUnavailable("x")), shelf, CLOCK), REQUEST)
        assert shelf.kept == {}
        shelf.is_away = True
        assert (await complete(Cached(Speaker(), shelf, CLOCK), REQUEST)).text == "abcd"

    run(main)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "answered"),
        (ModelUnavailable("x"), "unavailable"),
        (BudgetSpent("x"), "budget"),
        (DeadlinePassed("x"), "deadline"),
        (ValueError("x"), "error"),
    ],
)
def test_every_call_is_counted_by_what_became_of_it(error: Exception | None, outcome: str) -> None:
    """One more of its kind."""

    async def main() -> None:
        def counted() -> float:
            return float(metrics.MODEL_CALLS.labels(outcome)._value.get())

        before = counted()
        model = Metered(Speaker(*([error] if error else [])), CLOCK)
        await asyncio.gather(complete(model, REQUEST), return_exceptions=True)
        assert counted() == before + 1

    run(main)
