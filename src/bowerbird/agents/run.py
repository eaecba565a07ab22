"""
A run: agents asked one after the other for one purpose, with all that was said between them.

    asked by ──request──► agent ──reply──► asked by        each within the agent's deadline and the run's

A replay is a run over the recorded messages of another: agents that only think are asked again and must say the same,
those that ask outside are not asked but remembered. So it needs no network, no index and no model.
"""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, TypeVar

from bowerbird.agents.agent import Agent
from bowerbird.agents.message import Kind, Message
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import BowerbirdError, DeadlinePassed, Unavailable
from bowerbird.ops import metrics

__all__ = ["Differs", "Run"]

In = TypeVar("In")
Out = TypeVar("Out")


class Differs(BowerbirdError):
    """A replay came to something else than what was recorded; the message says where."""


class Run:
    """Asks agents and keeps what was said. For one task at a time."""

    def __init__(
        self, name: str, asked_by: str, clock: Clock, *, deadline_s: float, recorded: Sequence[Message] | None = None
    ) -> None:
        """A run that must end within `deadline_s`; with `recorded` it is a replay of those messages."""
        self._name = name
        self._asked_by = asked_by
        self._clock = clock
        self._ends_s = clock.monotonic_s() + deadline_s
        self._recorded = recorded
        self._messages: list[Message] = []

    @property
    def messages(self) -> Sequence[Message]:
        """What was said so far."""
        return self._messages

    @property
    def took_ms(self) -> float:
        """How long the agents worked so far; of a replay, how long they worked then."""
        return sum(message.took_ms or 0.0 for message in self._messages)

    @property
    def last_took_ms(self) -> float:
        """How long the agent that was asked last worked."""
        return (self._messages[-1].took_ms if self._messages else None) or 0.0

    @property
    def is_replay(self) -> bool:
        """Whether this run goes by recorded messages."""
        return self._recorded is not None

    async def ask(self, agent: Agent[In, Out], given: In) -> Out:
        """
        What `agent` makes of `given`.

        Raises Unavailable when it does not answer in time or its breaker is open, Differs when a replay goes another
        way than its record, and whatever the agent itself raises.
        """
        self._say(self._asked_by, agent.name, "request", agent.takes.write(given))
        began_s = self._clock.monotonic_s()
        if agent.asks_outside and self._recorded is not None:
            reply = self._remembered(agent)
        else:
            reply = await self._in_time(agent, given, began_s)
        took_ms = 1000 * (self._clock.monotonic_s() - began_s)
        body, score = agent.gives.write(reply), agent.score(reply)
        self._say(agent.name, self._asked_by, "reply", body, took_ms=took_ms, score=score)
        metrics.AGENT_SECONDS.labels(agent.name).observe(took_ms / 1000)
        if score is not None:
            metrics.AGENT_SCORES.labels(agent.name).observe(score)
        return reply

    async def _in_time(self, agent: Agent[In, Out], given: In, began_s: float) -> Out:
        left_s = self._ends_s - began_s
        try:
            async with agent.breaker.call() if agent.breaker else nullcontext():
                return await self._worked(agent, given, left_s)
        except DeadlinePassed as late:
            error = Unavailable(f"the {agent.name} did not answer within {left_s:.1f} s")
            self._failed(agent.name, error, began_s)
            raise error from late
        except Exception as failure:
            self._failed(agent.name, failure, began_s)
            raise

    async def _worked(self, agent: Agent[In, Out], given: In, left_s: float) -> Out:
        try:
            async with asyncio.timeout(max(0.0, min(agent.deadline_s, left_s))):
                return await agent.work(given)
        except TimeoutError as late:
            if left_s < agent.deadline_s:
                # The run had no more time, which says nothing about the agent: its breaker does not count it.
                raise DeadlinePassed(f"{self._name} ended before the {agent.name} answered") from late
            raise Unavailable(f"the {agent.name} did not answer within {agent.deadline_s:.1f} s") from late

    def _remembered(self, agent: Agent[In, Out]) -> Out:
        seq = len(self._messages)
        found = next((message for message in self._recorded or () if message.seq == seq), None)
        if found is None or found.kind != "reply" or found.sender != agent.name:
            raise Differs(f"the record of {self._name} has no reply of the {agent.name} at place {seq}")
        return agent.gives.read(found.body)

    def _failed(self, name: str, error: Exception, began_s: float) -> None:
        metrics.AGENT_FAILURES.labels(name, type(error).__name__).inc()
        took_ms = 1000 * (self._clock.monotonic_s() - began_s)
        self._say(name, self._asked_by, "error", {"error": f"{type(error).__name__}: {error}"}, took_ms=took_ms)

    def _say(
        self,
        sender: str,
        recipient: str,
        kind: Kind,
        body: Any,
        *,
        took_ms: float | None = None,
        score: float | None = None,
    ) -> None:
        seq = len(self._messages)
        message = Message(self._name, seq, sender, recipient, kind, body, self._clock.now_s(), took_ms, score)
        self._messages.append(message if self._recorded is None else self._recalled(message))

    def _recalled(self, message: Message) -> Message:
        """The recorded message that says the same, with the times it had then."""
        recorded = next((one for one in self._recorded or () if one.seq == message.seq), None)
        said = (message.sender, message.recipient, message.kind, message.body)
        if recorded is None or said != (recorded.sender, recorded.recipient, recorded.kind, recorded.body):
            raise Differs(
                f"at place {message.seq} of {self._name} the {message.sender} now says {_short(message.body)!r},"
                f" recorded is {_short(recorded.body) if recorded else 'nothing'!r}"
            )
        return recorded


def _short(body: Any) -> str:
    text = str(body)
    return text if len(text) <= 200 else f"{text[:199]}…"
