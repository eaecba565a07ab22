"""
Group commit: outcomes that come while a transaction is under way share the next one.

A page, its links and its URL's state are in one transaction all the same, so a kill finds each URL either waiting or
wholly decided; sharing only saves the disk from one flush per page.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

import sqlalchemy as sa

from bowerbird.acquire import store
from bowerbird.acquire.outcomes import Found, Outcome, Row
from bowerbird.acquire.store import Decided
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.ops import crash, logs
from bowerbird.records import Records

__all__ = ["Committer"]

T = TypeVar("T")

AT_ONCE = 32
TRIES = 5
AGAIN_S = 1.0

log = logs.logger("scraping")


class Committer:
    """Writes what became of URLs, in the order given; raises Fenced from `decide` when the job is another's."""

    def __init__(self, records: Records, *, job: str, epoch: int, source: str, clock: Clock) -> None:
        self._records = records
        self._job = job
        self._epoch = epoch
        self._source = source
        self._clock = clock
        self._waiting: list[tuple[Outcome, asyncio.Future[Decided | None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def decide(self, outcome: Outcome) -> Decided | None:
        """Once it is committed: what the records made of it; None if the URL was decided before."""
        future: asyncio.Future[Decided | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((outcome, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await future

    async def find(self, found: Sequence[Found]) -> list[Row]:
        """New URLs that no page led to; those of them that wait."""
        return await self._write(lambda conn: store.add(conn, self._job, self._epoch, found, clock=self._clock))

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            outcomes = [outcome for outcome, _ in batch]
            crash.point("crawl.before_commit")
            try:
                decided = await self._write(
                    lambda conn, outcomes=outcomes: store.decide(  # type: ignore[misc]
                        conn, self._job, self._epoch, outcomes, source=self._source, clock=self._clock
                    )
                )
            except Exception as exc:  # noqa: BLE001  handed to whoever waits, all of it
                for _, future in [*batch, *self._waiting]:
                    if not future.done():
                        future.set_exception(exc)
                self._waiting = []
                return
            crash.point("crawl.after_commit")
            by_row = {each.row.id: each for each in decided}
            for outcome, future in batch:
                if not future.done():
                    future.set_result(by_row.get(outcome.row.id))

    async def _write(self, fn: Callable[[sa.Connection], T]) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                return await self._records.awrite(fn)
            except StoreUnavailable as exc:
                if attempt == TRIES:
                    raise
                log.warning("crawl.commit_failed", job=self._job, attempt=attempt, error=str(exc))
                await asyncio.sleep(AGAIN_S * attempt)
        raise AssertionError("unreachable")
