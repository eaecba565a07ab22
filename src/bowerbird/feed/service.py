"""
Feeds for everybody of this process: slates that were made a moment ago, or are made now.

    tier    holds                        for       dropped by
    person  what a person did (profile)  15 min    a significant action, or what they choose for their feed
    feed    a slate; below it, the records hold those that other processes made
                                         5 min     a change of an item in it, of who may see what, of what they choose
    rates   what each agent's nominees earn, for 30 min

A significant action leaves the slate until it expires or is asked for afresh, so that a page does not change under who
reads it. Who asks afresh is read anew from the records, and the slate that is made takes the place of the old one.

Whatever fails, there is a slate: without the records it is made of what this process knows, and says so (`level`).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.feed.agents import FeedAgent, default_agents
from bowerbird.feed.catalogue import DAY_S, Catalogue
from bowerbird.feed.forecast import FeedForecast, learn, read_tries
from bowerbird.feed.panel import Panel
from bowerbird.feed.profile import Profile, read_profile
from bowerbird.feed.ranker import Ranker, prior_rates
from bowerbird.feed.slate import Entry, Slate, keep_slates, newest_slate
from bowerbird.feed.stamps import ITEMS_CHANGED, choices_of, counts_of, did_by, item_of
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Unavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.index.nearest import Floats
from bowerbird.ops import metrics
from bowerbird.ops.batcher import Batcher
from bowerbird.ops.cache import Found, How, Tier
from bowerbird.ops.logs import logger
from bowerbird.records import Records, visible_sources
from bowerbird.records.access import permission_of
from bowerbird.records.tables import agent_tallies, sources

__all__ = ["Feeds", "Served"]

PERSON_S: Final = 15 * 60.0
FEED_S: Final = 5 * 60.0
FEED_STALE_S: Final = 60.0
RATES_S: Final = 30 * 60.0
LEARN_S: Final = 30 * 60.0  # from one forecast of a workspace to the next
TALLIED_DAYS: Final = 60
CAUGHT_UP_S: Final = 2.0  # how old a catalogue may be in what is only counted, such as what is popular
PEOPLE: Final = 50_000  # whose profiles and slates are kept
RANKERS: Final = 4  # slates that are made at the same time: one may wait for an agent that is slow

_log = logger("agent")


@dataclass(frozen=True, slots=True)
class Served:
    """A slate as it is given out."""

    slate: Slate
    age_s: float
    how: How

    def to_json(self) -> dict[str, Any]:
        """As programs get it: `{"slate", "level", "age_ms", "items": [...]}`."""
        return {
            "slate": self.slate.id,
            "level": self.slate.level,
            "age_ms": round(1000 * self.age_s),
            "items": [_told(entry) for entry in self.slate.entries],
        }


def _told(entry: Entry) -> dict[str, Any]:
    """Rounded, so that a page of twenty is small; the shares still sum to the score."""
    why = {agent: round(share, 4) for agent, share in entry.why.items()}
    return {
        "id": entry.key,
        "title": entry.title,
        "score": round(sum(why.values()), 4),
        "why": why,
        "propensity": round(entry.propensity, 6),
        "explored": entry.explored,
        "because": entry.because or None,
    }


@dataclass(slots=True)
class _Known:
    """A workspace's catalogue, and when it was last brought up to date."""

    catalogue: Catalogue
    public: tuple[str, ...] = ()  # the sources that everybody of it may see
    seen: tuple[int, int] = (0, 0)  # the stamps of the items and of what is counted then
    at_s: float = float("-inf")
    forecast: FeedForecast | None = None
    learning: asyncio.Task[None] | None = None
    learnt_s: float = float("-inf")


class Feeds:
    """Slates by person; for the tasks of one event loop."""

    def __init__(
        self,
        records: Records,
        embed: Callable[[str], Floats],
        clock: Clock,
        *,
        agents: Sequence[FeedAgent] | None = None,
    ) -> None:
        """`embed` gives the vector of a topic that a person picked; it is asked once for each."""
        self._records = records
        self._stamps = stamps = records.stamps
        self._clock = clock
        self._panel = Panel(default_agents() if agents is None else agents, clock)
        self._ranker = Ranker(self._panel, lru_cache(maxsize=2_000)(embed), clock)
        self._pool = ThreadPoolExecutor(RANKERS, thread_name_prefix="feed")
        self._known: dict[str, _Known] = {}
        self._catching_up: dict[str, asyncio.Lock] = {}
        self._items_slot = stamps.slot(ITEMS_CHANGED)
        self._profiles = Tier[tuple[str, str], Profile]("person", stamps, clock, lifetime_s=PERSON_S, most=PEOPLE)
        self._slates = Tier[tuple[Scope, int], Slate](
            "feed", stamps, clock, lifetime_s=FEED_S, stale_s=FEED_STALE_S, most=PEOPLE
        )
        self._rates = Tier[str, Mapping[str, float]]("rates", stamps, clock, lifetime_s=RATES_S, stale_s=RATES_S)
        self._kept = Batcher(self._keep, most=200, linger_s=0.002, waiting=5_000, parallel=1)

    @property
    def panel(self) -> Panel:
        """Who is asked."""
        return self._panel

    def peek(self, scope: Scope, length: int) -> Found[Slate] | None:
        """The slate that is here, unchanged and in time, without waiting; about a microsecond."""
        return self._slates.peek((scope, length))

    async def slate(self, scope: Scope, *, length: int, fresh: bool = False) -> Served:
        """The slate of a person: one of a moment ago, or one that is made now. There always is one."""
        if fresh:
            # From here on nobody gets the old one, in no process.
            self._stamps.mark(choices_of(scope.person))
        slots = self._slots(scope)
        found = await self._slates.get(
            (scope, length),
            lambda: self._found(scope, length),
            stamps=slots,
            guards=[self._items_slot],
            narrow=self._item_slots,
            aged=lambda slate: max(self._clock.now_s() - slate.made_at, 0.0),
        )
        return Served(found.value, found.age_s, found.how)

    async def profile(self, scope: Scope) -> Profile:
        """What is known of a person, as it was at most a quarter of an hour ago; raises StoreUnavailable."""

        async def read() -> Profile:
            return await self._records.aread(lambda conn: read_profile(conn, scope, clock=self._clock))

        slots = [self._stamps.slot(key) for key in (choices_of(scope.person), did_by(scope.person))]
        found = await self._profiles.get((scope.workspace, scope.person), read, stamps=slots)
        return replace(found.value, scope=scope)

    async def catalogue(self, workspace: str) -> Catalogue:
        """The items of a workspace, caught up with what has changed; as they were when the records do not answer."""
        known = self._known.setdefault(workspace, _Known(Catalogue(workspace, self._clock)))
        lock = self._catching_up.setdefault(workspace, asyncio.Lock())
        async with lock:
            seen = self._stamps.look_at(self._items_slot), self._stamps.look(counts_of(workspace))
            now_s = self._clock.monotonic_s()
            if known.seen == seen and now_s - known.at_s < CAUGHT_UP_S:
                return known.catalogue

            def look(conn: sa.Connection) -> tuple[str, ...]:
                if known.seen[1] not in (0, seen[1]):
                    known.catalogue.count_anew()
                known.catalogue.catch_up(conn)
                shared = sa.select(sources.c.id).where(sources.c.workspace == workspace, sources.c.private_to == "")
                return tuple(conn.execute(shared).scalars())

            try:
                known.public = await self._records.aread(look)
                known.seen, known.at_s = seen, now_s
            except Unavailable as error:
                _log.warning("feed.catalogue_not_read", error=str(error))
            else:
                self._learn_anew(known)
        return known.catalogue

    def _learn_anew(self, known: _Known) -> None:
        """Begin to learn what people welcome, if it is time; feeds are made with what was learnt before meanwhile."""
        now_s = self._clock.monotonic_s()
        if now_s - known.learnt_s >= LEARN_S and (known.learning is None or known.learning.done()):
            known.learnt_s = now_s
            known.learning = asyncio.create_task(self._learn(known))

    async def _learn(self, known: _Known) -> None:
        workspace = known.catalogue.workspace
        began_s = self._clock.monotonic_s()
        try:
            tries = await self._records.aread(lambda conn: read_tries(conn, workspace))
            now_s = self._clock.now_s()
            known.forecast = await asyncio.to_thread(learn, tries, known.catalogue, now_s=now_s)
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
                has_forecast=known.forecast is not None,
            )

    async def close(self) -> None:
        """Make no more."""
        for known in self._known.values():
            if known.learning is not None:
                known.learning.cancel()
        for tier in (self._slates, self._profiles, self._rates):
            await tier.close()
        await self._kept.close()
        self._panel.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _slots(self, scope: Scope) -> list[int]:
        return [self._stamps.slot(choices_of(scope.person)), self._stamps.slot(permission_of(scope.workspace))]

    def _item_slots(self, slate: Slate) -> list[int]:
        return [self._stamps.slot(item_of(entry.item)) for entry in slate.entries]

    def _stamped(self, scope: Scope, slate: Slate) -> tuple[int, ...]:
        """What the stamps of all that it rests on are now."""
        return tuple(map(self._stamps.look_at, (*self._slots(scope), *self._item_slots(slate))))

    async def _found(self, scope: Scope, length: int) -> Slate:
        """One that another process made a moment ago, if nothing has changed since; else one that is made now."""
        since_s = self._clock.now_s() - FEED_S
        before = tuple(map(self._stamps.look_at, self._slots(scope)))
        try:
            kept = await self._records.aread(lambda conn: newest_slate(conn, scope, length, since_s=since_s))
        except Unavailable:
            kept = None
        if kept is not None and kept.stamps == self._stamped(scope, kept):
            metrics.CACHE_REQUESTS.labels("kept", "hit").inc()
            return kept
        metrics.CACHE_REQUESTS.labels("kept", "miss").inc()
        return await self._make(scope, length, before)

    async def _make(self, scope: Scope, length: int, before: tuple[int, ...]) -> Slate:
        items_before = self._stamps.look_at(self._items_slot)
        began_s = self._clock.monotonic_s()
        catalogue = await self.catalogue(scope.workspace)
        loop = asyncio.get_running_loop()
        try:
            visible, profile, rates = await asyncio.gather(
                self._records.aread(lambda conn: visible_sources(conn, scope)),
                self.profile(scope),
                self._earned(scope.workspace),
            )
        except Unavailable as error:
            _log.warning("feed.records_unavailable", error=str(error))
            public = catalogue.visible(self._known[scope.workspace].public)
            slate = self._ranker.trending(scope, catalogue, public, length=length)
        else:
            forecast = self._known[scope.workspace].forecast
            slate = await loop.run_in_executor(
                self._pool,
                lambda: self._ranker.make(
                    profile, catalogue, catalogue.visible(visible), rates, length=length, forecast=forecast
                ),
            )
            rests_on = self._stamped(scope, slate)
            if (rests_on[: len(before)], self._stamps.look_at(self._items_slot)) == (before, items_before):
                slate = replace(slate, stamps=rests_on)
            await self._remember(slate)
        _tell(slate, 1000 * (self._clock.monotonic_s() - began_s))
        return slate

    async def _earned(self, workspace: str) -> Mapping[str, float]:
        async def read() -> Mapping[str, float]:
            since = int(self._clock.now_s() // DAY_S) - TALLIED_DAYS
            return await self._records.aread(lambda conn: _rates(conn, workspace, since, self._panel.agents))

        return (await self._rates.get(workspace, read, stamps=())).value

    async def _remember(self, slate: Slate) -> None:
        """Keep it before it is given out: what is done with it is counted by it."""
        if not slate.entries:
            return
        try:
            await self._kept(slate)
        except Unavailable as error:
            _log.warning("feed.slate_not_kept", slate=slate.id, error=str(error))

    async def _keep(self, made: Sequence[Slate]) -> Sequence[Exception | None]:
        await self._records.awrite(lambda conn: keep_slates(conn, made))
        return [None] * len(made)


def _rates(conn: sa.Connection, workspace: str, since: int, agents: Sequence[FeedAgent]) -> dict[str, float]:
    rows = conn.execute(
        sa.select(agent_tallies.c.agent, sa.func.sum(agent_tallies.c.shown), sa.func.sum(agent_tallies.c.rewarded))
        .where(agent_tallies.c.workspace == workspace, agent_tallies.c.day >= since)
        .group_by(agent_tallies.c.agent)
    ).all()
    return prior_rates(agents, {row[0]: float(row[1]) for row in rows}, {row[0]: float(row[2]) for row in rows})


def _tell(slate: Slate, took_ms: float) -> None:
    """The log's `feed_generated`, and what is counted."""
    metrics.FEEDS.labels(slate.level).inc()
    metrics.FEED_SECONDS.observe(took_ms / 1000)
    for name, agent_ms, score, _ in slate.agents:
        metrics.AGENT_SECONDS.labels(name).observe(agent_ms / 1000)
        if score is not None:
            metrics.AGENT_SCORES.labels(name).observe(score)
    _log.info(
        "feed_generated",
        user=slate.scope.person,
        slate=slate.id,
        size=len(slate.entries),
        level=slate.level,
        latency_ms=round(took_ms, 2),
        agents={
            name: {"score": None if score is None else round(score, 4), "latency_ms": round(ms, 2), "error": error}
            for name, ms, score, error in slate.agents
        },
        exploration=round(slate.explored, 3),
        cache="miss",
    )
