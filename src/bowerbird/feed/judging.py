"""
What judges say of items: asked ten at a time, behind whoever wants a slate, and kept for an hour.

    a slate's candidates ──► this process's memory ──► the shared tier ──► (not waited for) the judge, in batches

A score belongs to one version of an item (`item_changes.version_of`) and one version of its judge: of an item that has
changed none is found. Candidates that are not judged yet count as the mean of those that are; until half of them are,
the agent has nothing to say (`NotYet`).

Up to ten contents go into one call of a judge, or what there is after a moment. Of each the judge gives a score or an
error, and that is its own: the others have theirs. One that failed is not asked about again for some minutes; a judge
that fails as a whole, or takes longer than its time, is left alone for a while by its breaker. It runs on a thread of
its own: whatever it does, slates are made.
"""

import asyncio
import math
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

import numpy as np
import sqlalchemy as sa

from bowerbird.feed.agents import Content, FeedAgent, Judge, Judged, NotYet
from bowerbird.feed.item_changes import version_of
from bowerbird.feed.view import Scores, View
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Unavailable
from bowerbird.ops.batcher import Batcher
from bowerbird.ops.breaker import Breaker
from bowerbird.ops.daemons import Daemons
from bowerbird.ops.logs import logger
from bowerbird.ops.shared import Shared
from bowerbird.records import Records
from bowerbird.records.tables import items, versions

__all__ = ["Judging", "seated"]

SCORES_S: Final = 3600.0
FAILED_S: Final = 300.0  # before a content is tried again that could not be judged
PATIENCE_S: Final = 30.0  # of one call
MOST: Final = 10  # contents in one call
LINGER_S: Final = 0.02
WAITING: Final = 2_000  # contents; of more, those of later slates are asked about
REMEMBERED: Final = 200_000
ENOUGH: Final = 0.5  # of the candidates
TEXT_CHARS: Final = 4_000
ENDING_S: Final = 1.0  # that a judge is waited for at the end
CLOCKS_S: Final = 60.0  # that another machine's clock may be ahead
_KEPT: Final = struct.Struct(">dd")  # a score, and when it was given

_log = logger("agent")


class _Wanted(NamedTuple):
    """An item as it is at this version."""

    workspace: str
    item: int
    version: int


class _Score(NamedTuple):
    """What a judge said of a version; NaN when it failed."""

    version: int
    score: float
    until_s: float


class Judging:
    """The agent of a judge that has contents read for it; closed by whoever made it."""

    def __init__(
        self,
        judge: Judge,
        read: Callable[[Sequence[_Wanted]], Mapping[int, Content]],
        shared: Shared | None,
        clock: Clock,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`read` gives the contents of items that are still at that version; it may block."""
        self.name, self.duty, self.prior = judge.name, judge.duty, judge.prior
        self._judge = judge
        self._read = read
        self._shared = shared
        self._clock = clock
        self._patience_s = patience_s
        self._scores: dict[int, _Score] = {}
        self._under_way: set[_Wanted] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_told = False
        self._breaker = Breaker(f"the judge {judge.name}", clock)
        self._batcher = Batcher[_Wanted, float](self._batch, most=MOST, linger_s=LINGER_S, waiting=WAITING)
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(Daemons(f"judge-{judge.name}"))
        self._thread = threading.Thread(target=self._run, name=f"judge-{judge.name}", daemon=True)
        self._thread.start()

    def score(self, view: View) -> Scores:
        """The scores (n,) as far as they are known; raises NotYet while they are too few."""
        wanted = [
            _Wanted(view.workspace, *one) for one in zip(view.items.tolist(), view.versions.tolist(), strict=True)
        ]
        scores = np.array([self._remembered(one) for one in wanted], np.float64)
        lacking = [
            one for one, score in zip(wanted, scores.tolist(), strict=True) if score < 0 and one not in self._under_way
        ]
        if lacking and (found := self._from_shared(lacking)):
            scores = np.array([self._remembered(one) for one in wanted], np.float64)
            lacking = [one for one in lacking if one.item not in found]
        if lacking and not self._is_told:  # by a loop that a judge blocks nothing is heard, and nothing piles up
            self._is_told = True
            self._loop.call_soon_threadsafe(self._begin, lacking)
        is_judged = scores >= 0  # neither unknown nor NaN
        judged = int(np.count_nonzero(is_judged))
        if judged < ENOUGH * len(wanted) or not judged:
            raise NotYet(f"{judged} of {len(wanted)} are judged")
        scores[~is_judged] = scores[is_judged].mean()
        return scores

    def close(self) -> None:
        """Ask the judge no more; blocks until it has ended. One that hangs for a second is left to the process' end."""

        async def end() -> None:
            await self._batcher.close()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        ending = asyncio.run_coroutine_threadsafe(end(), self._loop)
        ending.add_done_callback(lambda _: self._loop.call_soon_threadsafe(self._loop.stop))
        self._thread.join(ENDING_S)

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    def _remembered(self, one: _Wanted) -> float:
        """Its score; NaN when it failed a moment ago; below 0 when it is to be asked for."""
        known = self._scores.get(one.item)
        if known is None or known.version != one.version or self._clock.now_s() >= known.until_s:
            return -1.0
        return known.score

    def _remember(self, one: _Wanted, score: float, until_s: float) -> None:
        if len(self._scores) >= REMEMBERED:
            self._scores.clear()
        self._scores[one.item] = _Score(one.version, score, until_s)

    def _from_shared(self, lacking: Sequence[_Wanted]) -> set[int]:
        """Take over what another process, or an earlier one, has had judged; of which items."""
        if self._shared is None:
            return set()
        keys = {self._key(one): one for one in lacking}
        kept = self._shared.get({key: str(one.version) for key, one in keys.items()})
        taken: set[int] = set()
        now_s = self._clock.now_s()
        for key, value in kept.items():
            if len(value) != _KEPT.size:
                continue
            score, at = _KEPT.unpack(value)
            if 0.0 <= score <= 1.0 and now_s - SCORES_S < at <= now_s + CLOCKS_S:
                self._remember(keys[key], score, at + SCORES_S)
                taken.add(keys[key].item)
        return taken

    def _key(self, one: _Wanted) -> str:
        return f"score:{self.name}:{self._judge.version}:{one.workspace}:{one.item}"

    def _begin(self, lacking: Iterable[_Wanted]) -> None:
        """Have these judged, but for those that are being judged already. In the judge's own loop."""
        self._is_told = False
        for one in lacking:
            if one not in self._under_way:
                self._under_way.add(one)
                task = self._loop.create_task(self._judged(one))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _judged(self, one: _Wanted) -> None:
        now_s = self._clock.now_s()
        try:
            self._remember(one, await self._batcher(one), now_s + SCORES_S)
        except Unavailable:
            pass  # the judge is to be left alone, or has much to do; the next slate asks again
        except Exception as error:  # noqa: BLE001  of somebody else's code, about this content alone
            _log.warning("judge.failed", agent=self.name, item=one.item, error=repr(error)[:300])
            self._remember(one, math.nan, now_s + FAILED_S)
        finally:
            self._under_way.discard(one)

    async def _batch(self, wanted: Sequence[_Wanted]) -> Sequence[float | Exception]:
        """What the judge says of each, in one call."""
        if self._breaker.state == "open":
            raise Unavailable(f"the judge {self.name} is left alone")  # nothing is read for it
        contents = await asyncio.to_thread(self._read, wanted)  # that the records do not answer is no fault of its
        asked = [contents[one.item] for one in wanted if one.item in contents]
        said: Iterator[float | Exception] = iter(())
        if asked:
            async with self._breaker.call():
                said = iter(await self._said(asked))
        results = [next(said) if one.item in contents else Unavailable("it has changed since") for one in wanted]
        if self._shared is not None:
            await asyncio.to_thread(self._keep, self._shared, wanted, results)
        return results

    def _keep(self, shared: Shared, wanted: Sequence[_Wanted], results: Sequence[float | Exception]) -> None:
        now_s = self._clock.now_s()
        judged = [(one, said) for one, said in zip(wanted, results, strict=True) if not isinstance(said, Exception)]
        values = {self._key(one): _KEPT.pack(score, now_s) for one, score in judged}
        shared.put(values, {self._key(one): str(one.version) for one, _ in judged}, lifetime_s=SCORES_S)

    async def _said(self, asked: Sequence[Content]) -> list[float | Exception]:
        try:
            async with asyncio.timeout(self._patience_s):
                said = list(await self._judge.judge(asked))
        except Exception as error:  # whatever it is, its breaker is to know
            _log.warning("judge.failed", agent=self.name, contents=len(asked), error=repr(error)[:300])
            raise Unavailable(f"the judge {self.name} failed: {error!r}"[:300]) from error
        if len(said) != len(asked):
            _log.warning("judge.failed", agent=self.name, contents=len(asked), error=f"{len(said)} scores")
            raise Unavailable(f"the judge {self.name} gave {len(said)} scores for {len(asked)} contents")
        return [_checked(one) for one in said]


def seated(agents: Iterable[FeedAgent], records: Records, shared: Shared | None, clock: Clock) -> tuple[FeedAgent, ...]:
    """The agents; those that speak for judges with contents of these records read for them."""

    def read(wanted: Sequence[_Wanted]) -> Mapping[int, Content]:
        return records.read(partial(_contents, wanted=wanted))

    return tuple(Judging(agent.judge, read, shared, clock) if isinstance(agent, Judged) else agent for agent in agents)


def _contents(conn: sa.Connection, wanted: Sequence[_Wanted]) -> Mapping[int, Content]:
    """Of the items that are still as they were."""
    found = (
        sa.select(
            items.c.id,
            items.c.key,
            items.c.seq,
            items.c.kind,
            items.c.title,
            items.c.url,
            items.c.fields,
            sa.func.substr(versions.c.text, 1, TEXT_CHARS).label("text"),
        )
        .join(versions, versions.c.id == items.c.version)
        .where(items.c.id.in_([one.item for one in wanted]))
    )
    at = {one.item: one.version for one in wanted}
    return {
        row.id: Content(row.id, row.kind, row.title, row.text, row.url, row.fields)
        for row in conn.execute(found)
        if version_of(row.key, row.seq) == at[row.id]
    }


def _checked(said: object) -> float | Exception:
    if isinstance(said, Exception):
        return said
    if isinstance(said, np.floating | np.integer):
        said = said.item()
    if not isinstance(said, int | float) or not math.isfinite(said):
        return ValueError(f"no score: {said!r}, expected a number from 0 to 1"[:200])
    return min(max(float(said), 0.0), 1.0)
