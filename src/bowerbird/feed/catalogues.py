"""
The catalogues of workspaces in this process: read, caught up with the records, and what is learnt with them.

A catalogue is caught up before whoever asks when items have changed, and behind them when only counts may have. What
people welcome is learnt anew every half hour, and vectors are sorted into cells when many have come; nobody waits for
either.
"""

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import sqlalchemy as sa

from bowerbird.feed.catalogue import DAY_S, Catalogue
from bowerbird.feed.forecast import FeedForecast, learn, read_tries
from bowerbird.feed.network import AgentNetwork, learn_network, read_nominations
from bowerbird.feed.partitions import Partitions
from bowerbird.feed.stamps import ITEMS_CHANGED, counts_of
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Unavailable
from bowerbird.ops.logs import logger
from bowerbird.records import Records
from bowerbird.records.access import permission_of
from bowerbird.records.tables import slates, sources

__all__ = ["Catalogues", "Known"]

LEARN_S: Final = 30 * 60.0  # from one forecast of a workspace to the next
WANTED_S: Final = 2 * LEARN_S  # after it was wanted last, a network is learnt no more: its experiment is over
CAUGHT_UP_S: Final = 2.0  # how old a catalogue may be in what is only counted, such as what is popular; then it is
WAITED_FOR_S: Final = 20.0  # read again behind whoever asks, and from this age on before
WARM_FOR_S: Final = 7 * DAY_S
WARMED: Final = 3  # workspaces

_log = logger("agent")


@dataclass(slots=True)
class Known:
    """A workspace's catalogue, and when it was last brought up to date."""

    catalogue: Catalogue
    public: tuple[str, ...] = ()  # the sources that everybody of it may see
    permission: int = 0  # the stamp of who may see what before these were read
    seen: tuple[int, int] = (0, 0)  # the stamps of the items and of what is counted then
    at_s: float = float("-inf")
    learnt: tuple[Catalogue, FeedForecast | None] | None = None  # a forecast knows the rows of one catalogue only
    learning: asyncio.Task[None] | None = None
    learnt_s: float = float("-inf")
    network: AgentNetwork | None = None  # of the agents; learnt once somebody is to have slates that it draws
    network_wanted_s: float = float("-inf")  # when it was, last
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    reading: "asyncio.Task[None] | None" = None
    dividing: "asyncio.Future[None] | None" = None
    partitions: Partitions | None = None

    @property
    def is_read(self) -> bool:
        """Whether there are items to make slates of."""
        return self.at_s > float("-inf")

    def forecast_of(self, catalogue: Catalogue) -> FeedForecast | None:
        """What was learnt with that catalogue, if anything."""
        return self.learnt[1] if self.learnt is not None and self.learnt[0] is catalogue else None

    def partitions_of(self, catalogue: Catalogue) -> Partitions:
        """The hot filters of that catalogue; a new one begins without."""
        if self.partitions is None or self.partitions.catalogue is not catalogue:
            self.partitions = Partitions(catalogue)
        return self.partitions


class Catalogues:
    """Those of this process; for the tasks of one event loop."""

    def __init__(self, records: Records, clock: Clock, pool: Executor) -> None:
        """`pool` sorts vectors into cells, beside what else it does."""
        self._records = records
        self._stamps = records.stamps
        self._clock = clock
        self._pool = pool
        self._known: dict[str, Known] = {}
        self._items_slot = records.stamps.slot(ITEMS_CHANGED)

    def peek(self, workspace: str) -> Known | None:
        """What there is of a workspace, however old."""
        return self._known.get(workspace)

    async def warm(self) -> None:
        """Read the catalogues that were asked for lately, so that nobody has to wait for them."""
        since_s = self._clock.now_s() - WARM_FOR_S
        asked = (
            sa.select(slates.c.workspace)
            .where(slates.c.made_at > since_s)
            .group_by(slates.c.workspace)
            .order_by(sa.func.count().desc(), slates.c.workspace)
            .limit(WARMED)
        )
        try:
            for workspace in await self._records.aread(lambda conn: conn.execute(asked).scalars().all()):
                await self.of(workspace)
        except Unavailable as error:
            _log.warning("feed.not_warmed", error=str(error))

    async def of(self, workspace: str) -> Known:
        """
        What is known of a workspace, its items caught up with what has changed.

        As they were when the records do not answer.
        """
        if (known := self._known.get(workspace)) is None:
            known = self._known[workspace] = Known(Catalogue(workspace, self._clock))
        late_s = self._clock.monotonic_s() - known.at_s
        if known.seen == self._seen(workspace) and late_s < WAITED_FOR_S:
            if late_s >= CAUGHT_UP_S and known.reading is None:
                self._begin_to_read(known)
            return known
        async with known.lock:
            if known.reading is not None:  # it may have begun before what is to be known
                await asyncio.wait([known.reading])
            if known.seen != self._seen(workspace) or self._clock.monotonic_s() - known.at_s >= CAUGHT_UP_S:
                await asyncio.shield(self._begin_to_read(known))
        return known

    def want_network(self, known: Known) -> None:
        """Somebody is to have slates that the network of agents draws: it is learnt now, and while it is wanted."""
        is_new = not self._is_network_wanted(known)
        known.network_wanted_s = self._clock.monotonic_s()
        if is_new:
            known.learnt_s = float("-inf")
            self._learn_anew(known)

    def close(self) -> None:
        """Learn no more."""
        for known in self._known.values():
            if known.learning is not None:
                known.learning.cancel()

    def _seen(self, workspace: str) -> tuple[int, int]:
        """The stamps of the items and of what is counted of them."""
        return self._stamps.look_at(self._items_slot), self._stamps.look(counts_of(workspace))

    def _begin_to_read(self, known: Known) -> "asyncio.Task[None]":
        """
        Catch up with the records, by a task that belongs to nobody: a thread reads on when its asker has left, and two
        at once would take in the same twice.
        """
        workspace = known.catalogue.workspace
        seen, permission = self._seen(workspace), self._stamps.look(permission_of(workspace))
        now_s = self._clock.monotonic_s()

        async def read() -> None:
            try:
                made = await self._records.aread(partial(_caught_up, known, counts=seen[1], clock=self._clock))
            except Unavailable as error:
                _log.warning("feed.catalogue_not_read", error=str(error))
            else:
                known.catalogue, known.public = made
                known.seen, known.at_s, known.permission = seen, now_s, permission
            finally:
                known.reading = None
            self._learn_anew(known)
            if known.catalogue.is_to_be_divided and (known.dividing is None or known.dividing.done()):
                loop = asyncio.get_running_loop()
                known.dividing = loop.run_in_executor(self._pool, known.catalogue.divide)  # nobody waits for it

        known.reading = asyncio.create_task(read())
        return known.reading

    def _learn_anew(self, known: Known) -> None:
        """Begin to learn what people welcome, if it is time; feeds are made with what was learnt before meanwhile."""
        now_s = self._clock.monotonic_s()
        is_time = now_s - known.learnt_s >= LEARN_S or (
            known.learnt is not None and known.learnt[0] is not known.catalogue
        )
        if is_time and (known.learning is None or known.learning.done()):
            known.learnt_s = now_s
            known.learning = asyncio.create_task(self._learn(known))

    def _is_network_wanted(self, known: Known) -> bool:
        """Whether somebody was to have it lately."""
        return self._clock.monotonic_s() - known.network_wanted_s < WANTED_S

    async def _learn(self, known: Known) -> None:
        catalogue = known.catalogue
        workspace = catalogue.workspace
        began_s = self._clock.monotonic_s()
        try:
            tries = await self._records.aread(lambda conn: read_tries(conn, workspace))
            now_s = self._clock.now_s()
            forecast = await asyncio.to_thread(learn, tries, catalogue, now_s=now_s)
            known.learnt = catalogue, forecast
            if not self._is_network_wanted(known):
                known.network = None  # what it knows grows old
            else:
                shown = await self._records.aread(lambda conn: read_nominations(conn, workspace))
                known.network = await asyncio.to_thread(learn_network, shown)
        except Unavailable as error:
            _log.warning("feed.not_learnt", error=str(error))
        except Exception:  # noqa: BLE001  nobody waits for this task, so nobody else would tell
            _log.exception("feed.not_learnt")
        else:
            took_ms = 1000 * (self._clock.monotonic_s() - began_s)
            _log.info(
                "feed.learnt",
                workspace=workspace,
                people=len(tries),
                took_ms=round(took_ms),
                has_forecast=forecast is not None,
                has_network=known.network is not None,
            )


def _caught_up(known: Known, conn: sa.Connection, *, counts: int, clock: Clock) -> tuple[Catalogue, tuple[str, ...]]:
    """The catalogue as the records are, a smaller one when it has grown by what changed, and the public sources."""
    catalogue = known.catalogue
    if known.seen[1] not in (0, counts):
        catalogue.count_anew()
    catalogue.catch_up(conn)
    if catalogue.is_wasteful:
        catalogue = Catalogue(catalogue.workspace, clock)
        catalogue.catch_up(conn)
    shared = sa.select(sources.c.id).where(sources.c.workspace == catalogue.workspace, sources.c.private_to == "")
    return catalogue, tuple(conn.execute(shared).scalars())
