"""
Asking all agents at once, each behind a wall of its own.

    who asks ──► agent's own thread ──► scores, or in time nothing

Ours are a few lines of arithmetic and are asked in place: a thread for each would cost ten times what they compute.
Anybody else's has one thread. While that is busy with a question that was late it is not asked again, so that one that
hangs costs its deadline once and then nothing; it does not keep the process from ending either. One that raises, is
late, or says what is no score (another length, NaN) has failed: after some failures in a row it is left alone for a
while, then asked by one caller only. One that has nothing to say yet (`NotYet`) has not failed.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

import numpy as np

from bowerbird.feed.agents import FeedAgent, NotYet
from bowerbird.feed.view import Scores, View
from bowerbird.kernel.clock import Clock
from bowerbird.ops import metrics
from bowerbird.ops.logs import logger

__all__ = ["Panel", "Said"]

DEADLINE_S: Final = 0.15
FAILURES: Final = 3
LEFT_ALONE_S: Final = 20.0

_log = logger("agent")


@dataclass(frozen=True, slots=True)
class Said:
    """What became of asking one agent: its scores (n,), or why there are none."""

    name: str
    took_ms: float
    scores: Scores | None
    error: str = ""


OURS: Final = "bowerbird.feed.agents."


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an agent came back with: what it gave for scores, or what it raised."""

    scores: Scores | None = None
    raised: BaseException | None = None


class _Seat:
    """An agent, with a thread if it is somebody else's, and how it has done lately."""

    def __init__(self, agent: FeedAgent) -> None:
        self.agent = agent
        self.failed = 0  # in a row
        self.back_at_s = 0.0
        self.late: Future[_Answer] | None = None  # a question that its thread has not come back from
        self.is_ours = type(agent).__module__.startswith(OURS)
        self._questions: SimpleQueue[tuple[Future[_Answer], View] | None] = SimpleQueue()
        if not self.is_ours:
            # Not of an executor: the interpreter would wait for it at the end, however long it hangs.
            threading.Thread(target=self._answer, name=f"agent-{agent.name}", daemon=True).start()

    def ask(self, view: View) -> "Future[_Answer]":
        """Its answer to come, from its thread."""
        future: Future[_Answer] = Future()
        self._questions.put((future, view))
        return future

    def say(self, view: View) -> _Answer:
        """Its answer, here and now."""
        try:
            return _Answer(self.agent.score(view))
        except BaseException as error:  # noqa: BLE001  somebody else's code: whatever it is, the others go on
            return _Answer(raised=error)

    def dismiss(self) -> None:
        """Let its thread end after what it was asked."""
        self._questions.put(None)

    def _answer(self) -> None:
        while (question := self._questions.get()) is not None:
            future, view = question
            if future.set_running_or_notify_cancel():
                future.set_result(self.say(view))


@dataclass(frozen=True, slots=True)
class _Asked:
    """An agent's answer, or that to come, or why it was not asked."""

    answer: _Answer | None = None
    future: Future[_Answer] | None = None
    refusal: str = ""
    took_ms: float | None = None  # of one that has answered already


class Panel:
    """All agents of this process."""

    def __init__(self, agents: Sequence[FeedAgent], clock: Clock, *, deadline_s: float = DEADLINE_S) -> None:
        """They are asked for scores that must be there within `deadline_s`."""
        self._clock = clock
        self._deadline_s = deadline_s
        self._seats = tuple(_Seat(agent) for agent in agents)
        self._lock = threading.Lock()

    @property
    def agents(self) -> tuple[FeedAgent, ...]:
        """Who sits on it."""
        return tuple(seat.agent for seat in self._seats)

    def resting(self) -> tuple[str, ...]:
        """Those that are left alone for now."""
        now_s = self._clock.monotonic_s()
        return tuple(seat.agent.name for seat in self._seats if seat.failed >= FAILURES and seat.back_at_s > now_s)

    def ask(self, view: View, *, without: Sequence[str] = ()) -> list[Said]:
        """What each of them says, in the order of the panel; those of `without` are not asked."""
        began_s = self._clock.monotonic_s()
        sitting = [seat for seat in self._seats if seat.agent.name not in without]
        # First who has a thread: they think while ours are asked one after the other.
        asked = {seat.agent.name: self._begin(seat, view) for seat in sorted(sitting, key=lambda seat: seat.is_ours)}
        if to_come := [one.future for one in asked.values() if one.future is not None]:
            wait(to_come, timeout=self._deadline_s)
        return [self._heard(seat, asked[seat.agent.name], len(view), began_s) for seat in sitting]

    def close(self) -> None:
        """Ask nobody any more. A thread that hangs is left to the end of the process."""
        for seat in self._seats:
            seat.dismiss()

    def _begin(self, seat: _Seat, view: View) -> _Asked:
        with self._lock:
            if seat.late is not None and not seat.late.done():
                return _Asked(refusal="still busy with an earlier question")
            seat.late = None
            if seat.failed >= FAILURES:
                now_s = self._clock.monotonic_s()
                if seat.back_at_s > now_s:
                    return _Asked(refusal="resting after failures")
                seat.back_at_s = now_s + LEFT_ALONE_S  # this caller is the one that tries; nobody else does meanwhile
        if not seat.is_ours:
            return _Asked(future=seat.ask(view))
        began_s = self._clock.monotonic_s()
        answer = seat.say(view)
        return _Asked(answer, took_ms=1000 * (self._clock.monotonic_s() - began_s))

    def _heard(self, seat: _Seat, asked: _Asked, n: int, began_s: float) -> Said:
        name, future = seat.agent.name, asked.future
        if asked.refusal:
            return Said(name, 0.0, None, asked.refusal)
        took_ms = asked.took_ms if asked.took_ms is not None else 1000 * (self._clock.monotonic_s() - began_s)
        answer = asked.answer
        if future is not None:
            answer = _in_time(future)
        if answer is not None and isinstance(answer.raised, NotYet):
            return Said(name, took_ms, None, f"not yet: {_words(answer.raised)}")
        scores, error = _scores_of(answer, n, self._deadline_s)
        with self._lock:
            if future is not None and future.running():
                seat.late = future
            if error:
                seat.failed += 1
                if seat.failed == FAILURES:
                    seat.back_at_s = self._clock.monotonic_s() + LEFT_ALONE_S
            else:
                seat.failed = 0
        if error:
            metrics.AGENT_FAILURES.labels(name, error.partition(":")[0][:40]).inc()
            _log.warning("agent.failed", agent=name, error=error)
        return Said(name, took_ms, scores, error)


def _in_time(future: "Future[_Answer]") -> _Answer | None:
    if future.done():
        return future.result()
    future.cancel()  # if it waits behind another; one under way cannot be stopped
    return None


def _scores_of(answer: _Answer | None, n: int, deadline_s: float) -> tuple[Scores | None, str]:
    if answer is None:
        return None, f"late: it said nothing within {1000 * deadline_s:.0f} ms"
    if (raised := answer.raised) is not None:
        return None, f"{type(raised).__name__}: {_words(raised)}"
    try:
        scores = np.asarray(answer.scores, np.float64)
    except Exception as wrong:  # noqa: BLE001  what it returned may do anything when it is read
        return None, f"no scores: {_words(wrong)}"
    if scores.shape != (n,):
        return None, f"no scores: shape {scores.shape}, expected ({n},)"
    if not np.isfinite(scores).all():
        return None, f"no scores: {int(np.count_nonzero(~np.isfinite(scores)))} of {n} are no finite numbers"
    return np.clip(scores, 0.0, 1.0), ""


def _words(error: BaseException) -> str:
    """What it says, if it can."""
    try:
        return str(error)[:200]
    except Exception:  # noqa: BLE001  of an error of somebody else's
        return ""
