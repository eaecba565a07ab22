"""Runs of agents: what is said, what is late, what a replay may and may not do."""

import asyncio
from dataclasses import dataclass, replace

import pytest

from bowerbird.agents import Agent, Codec, Differs, Message, NewLetter, Run, codec_of, read_run, record_run
from bowerbird.agents.figures import _quantile
from bowerbird.agents.records_bus import RecordsBus
from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.kernel.errors import StoreUnavailable, Unavailable
from bowerbird.ops.breaker import Breaker
from bowerbird.testing.builders import Library


@dataclass(frozen=True, slots=True)
class Count:
    """A number to work on."""

    number: int


class Adder:
    """Agents that add, and how often they were asked."""

    def __init__(self) -> None:
        self.asked = 0

    def agent(self, *, by: int = 1, asks_outside: bool = False, deadline_s: float = 5.0) -> Agent[Count, Count]:
        async def work(given: Count) -> Count:
            self.asked += 1
            return Count(given.number + by)

        codec = codec_of(Count)
        return Agent(
            "adder",
            "Adds.",
            codec,
            codec,
            deadline_s,
            work,
            asks_outside=asks_outside,
            score=lambda done: done.number / 10,
        )


async def _recorded(agent: Agent[Count, Count], given: int = 1) -> tuple[Message, ...]:
    run = Run("r", "me", ManualClock(5.0), deadline_s=5)
    await run.ask(agent, Count(given))
    return tuple(run.messages)


async def test_each_call_is_a_request_and_a_reply_in_their_order() -> None:
    """With the sender, the recipient, the time, and how well it went."""
    run = Run("r", "me", ManualClock(5.0), deadline_s=5)
    assert await run.ask(Adder().agent(), Count(1)) == Count(2)
    assert await run.ask(Adder().agent(by=3), Count(2)) == Count(5)
    assert run.messages[:2] == [
        Message("r", 0, "me", "adder", "request", {"number": 1}, 5.0),
        Message("r", 1, "adder", "me", "reply", {"number": 2}, 5.0, took_ms=0.0, score=0.2),
    ]
    assert [(message.seq, message.body["number"]) for message in run.messages[2:]] == [(2, 2), (3, 5)]


@pytest.mark.parametrize(("its_own_s", "of_the_run_s"), [(0.01, 5.0), (5.0, 0.01)])
async def test_who_is_late_is_not_waited_for(its_own_s: float, of_the_run_s: float) -> None:
    """By its own deadline or by that of the run; the record says so."""
    stopped = asyncio.Event()

    async def sleep(_: Count) -> Count:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return Count(0)

    run = Run("r", "me", SystemClock(), deadline_s=of_the_run_s)
    slow = replace(Adder().agent(deadline_s=its_own_s), work=sleep)
    with pytest.raises(Unavailable, match=r"the adder did not answer within 0\.0 s"):
        await run.ask(slow, Count(1))
    assert (stopped.is_set(), run.messages[-1].kind) == (True, "error")


async def test_a_failure_is_recorded_and_goes_on_as_it_is() -> None:
    """Who asked decides what to do about it."""

    async def fail(_: Count) -> Count:
        raise StoreUnavailable("no disk")

    run = Run("r", "me", ManualClock(), deadline_s=5)
    with pytest.raises(StoreUnavailable):
        await run.ask(replace(Adder().agent(), work=fail), Count(1))
    assert (run.messages[-1].kind, run.messages[-1].body) == ("error", {"error": "StoreUnavailable: no disk"})


async def test_a_replay_asks_again_who_only_thinks_and_remembers_the_others() -> None:
    """The same comes out either way, and is recorded alike."""
    for asks_outside, asked_again in ((False, 1), (True, 0)):
        adder = Adder()
        agent = adder.agent(asks_outside=asks_outside)
        said = await _recorded(agent)
        adder.asked = 0
        run = Run("r", "me", ManualClock(99.0), deadline_s=5, recorded=said)
        assert await run.ask(agent, Count(1)) == Count(2)
        assert adder.asked == asked_again
        assert tuple(run.messages) == said


async def test_a_replay_that_comes_to_something_else_says_where() -> None:
    """Another question, another thought, or a record that ends too soon."""
    said = await _recorded(Adder().agent())
    outside = await _recorded(Adder().agent(asks_outside=True))
    for agent, given, recorded, match in (
        (Adder().agent(), 7, said, "at place 0 of r the me now says"),
        (Adder().agent(by=2), 1, said, "at place 1 of r the adder now says"),
        (Adder().agent(asks_outside=True), 1, outside[:1], "no reply of the adder at place 1"),
    ):
        with pytest.raises(Differs, match=match):
            await Run("r", "me", ManualClock(), deadline_s=5, recorded=recorded).ask(agent, Count(given))


async def test_what_was_said_is_kept_and_read_again(library: Library) -> None:
    """Message by message, for whose workspace it is, and for no other."""
    said = await _recorded(Adder().agent())
    workspace = library.scope.workspace
    library.records.write(lambda conn: record_run(conn, workspace, said))
    RecordsBus(library.records, library.clock).post(NewLetter(workspace, "me", "cook", "a letter", run="r"))
    assert library.records.read(lambda conn: read_run(conn, workspace, "r")) == list(said)
    assert library.records.read(lambda conn: read_run(conn, "another", "r")) == []


def test_a_codec_brings_back_what_it_wrote() -> None:
    """Also through JSON, where tuples are lists."""

    @dataclass(frozen=True)
    class Pair:
        names: tuple[str, ...]
        of: Count

    codec: Codec[Pair] = codec_of(Pair)
    pair = Pair(("a", "b"), Count(3))
    assert codec.write(pair) == {"names": ["a", "b"], "of": {"number": 3}}
    assert codec.read(codec.write(pair)) == pair


async def test_what_is_broken_fails_at_once_and_says_when_to_come_back() -> None:
    """Without being asked; the breaker is its maker's, so it outlives the run."""
    clock, asked = ManualClock(), 0

    async def fail(_: Count) -> Count:
        nonlocal asked
        asked += 1
        raise StoreUnavailable("no index")

    broken = replace(Adder().agent(), work=fail, breaker=Breaker("the adder", clock, failures=2, open_s=30))
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await Run("r", "me", clock, deadline_s=5).ask(broken, Count(1))
    run = Run("r", "me", clock, deadline_s=5)
    clock.advance(10)
    with pytest.raises(Unavailable, match="the adder did not answer 2 times in a row") as refused:
        await run.ask(broken, Count(1))
    assert (asked, refused.value.retry_after_s, run.messages[-1].kind) == (2, 20, "error")
    healed = replace(broken, work=Adder().agent().work)
    clock.advance(20)
    assert await Run("r", "me", clock, deadline_s=5).ask(healed, Count(1)) == Count(2)
    assert healed.breaker is not None
    assert healed.breaker.state == "closed"


@pytest.mark.parametrize(
    ("its_own_s", "of_the_run_s", "state"), [(0.01, 5.0, "open"), (5.0, 0.01, "closed")], ids=["its own", "the run's"]
)
async def test_only_its_own_deadline_counts_against_an_agent(its_own_s: float, of_the_run_s: float, state: str) -> None:
    """When the run was short of time, the agent may be in order."""

    async def sleep(_: Count) -> Count:
        await asyncio.sleep(5)
        raise AssertionError

    clock = SystemClock()
    breaker = Breaker("the adder", clock, failures=1)
    slow = replace(Adder().agent(deadline_s=its_own_s), work=sleep, breaker=breaker)
    with pytest.raises(Unavailable):
        await Run("r", "me", clock, deadline_s=of_the_run_s).ask(slow, Count(1))
    assert breaker.state == state


async def test_a_replay_asks_nobody_whose_breaker_is_open() -> None:
    """It remembers them."""
    clock = ManualClock()
    breaker = Breaker("the adder", clock, failures=1)
    agent = replace(Adder().agent(asks_outside=True), breaker=breaker)
    said = await _recorded(agent)
    with pytest.raises(StoreUnavailable):
        async with breaker.call():
            raise StoreUnavailable("no index")
    assert breaker.state == "open"
    assert await Run("r", "me", clock, deadline_s=5, recorded=said).ask(agent, Count(1)) == Count(2)


def test_quantiles_are_of_the_nearest_rank() -> None:
    """The least value that so many do not exceed, also where that is exact."""
    assert [_quantile(list(range(1, 101)), q) for q in (0.5, 0.95)] == [50, 95]
    assert [_quantile([7.0], q) for q in (0.5, 0.95)] == [7.0, 7.0]
    assert [_quantile([1.0, 2.0], q) for q in (0.5, 0.95)] == [1.0, 2.0]
    assert _quantile([], 0.5) is None
