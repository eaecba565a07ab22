"""
Slates made in this process, from a catalogue of all items in memory.

    tier    holds                                            for       dropped by
    person  what a person did (`profiles`)                   15 min    a significant action, or what they choose
    kept    slates in the records that any process made      5 min     whatever drops a feed (`service`)
    rates   what each agent's nominees earn                  30 min

Whatever fails, there is a slate: without the records it is made of what this process knows, and says so (`level`).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.feed.agents import FeedAgent, default_agents
from bowerbird.feed.candidates import banned
from bowerbird.feed.catalogue import DAY_S, Catalogue
from bowerbird.feed.catalogues import Catalogues, Known
from bowerbird.feed.judging import Judging, seated
from bowerbird.feed.maker import Around, Shelf
from bowerbird.feed.only import Only
from bowerbird.feed.packed import Packed
from bowerbird.feed.panel import Panel
from bowerbird.feed.places import ENR
from bowerbird.feed.profile import Profile
from bowerbird.feed.profiles import Profiles, Reading
from bowerbird.feed.ranker import Ranker
from bowerbird.feed.slate import Replayed, Slate, keep_slates, newest_slate, replay
from bowerbird.feed.stamps import ITEMS_CHANGED, counts_of, item_slots, scope_slots
from bowerbird.feed.standing import standings
from bowerbird.feed.variants import USUAL, Variants
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Unavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.index.nearest import Floats, Mask
from bowerbird.ops import metrics
from bowerbird.ops.batcher import Batcher
from bowerbird.ops.cache import Found, Tier
from bowerbird.ops.logs import logger
from bowerbird.ops.shared import Shared
from bowerbird.records import Records, visible_sources
from bowerbird.records.access import permission_of

__all__ = ["FEED_S", "FEED_YOUNG_S", "LocalMaker"]

FEED_S: Final = 5 * 60.0  # how old a slate in the records may be to be given out again
# … where it is made anew before it is too old: those that were made together, after a start, are made anew over the
# last half of their time, and not in one wave.
FEED_YOUNG_S: Final = 150.0
RATES_S: Final = 30 * 60.0
TALLIED_DAYS: Final = 60
RANKERS: Final = 2  # slates that are made at the same time: one may wait for an agent that is slow
ALIKE_ENOUGH: Final = 0.25  # below, one item is not said to be like another

_log = logger("agent")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A slate that somebody asks for, no older than so, and the stamps of who may see what before it is read."""

    scope: Scope
    length: int
    only: Only
    variants: Variants
    since_s: float
    seen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Making:
    """What a slate is made with, beside what is known of the person."""

    wanted: _Wanted
    catalogue: Catalogue
    rates: Mapping[str, float]
    known: Known


class LocalMaker:
    """Makes slates; for the tasks of one event loop."""

    def __init__(
        self,
        records: Records,
        embed: Callable[[str], Floats],
        clock: Clock,
        *,
        agents: Sequence[FeedAgent] | None = None,
        shared: Shared | None = None,
    ) -> None:
        """
        `embed` gives the vector of a topic that a person picked; it is asked once for each. What judges said is in
        `shared` too, which is closed by whoever opened it.
        """
        self._records = records
        self._stamps = records.stamps
        self._clock = clock
        self._panel = Panel(seated(default_agents() if agents is None else agents, records, shared, clock), clock)
        self._ranker = Ranker(self._panel, lru_cache(maxsize=2_000)(embed), clock)
        self._pool = ThreadPoolExecutor(RANKERS, thread_name_prefix="feed")
        self._catalogues = Catalogues(records, clock, self._pool)
        self._items_slot = records.stamps.slot(ITEMS_CHANGED)
        self.profiles = Profiles(records, clock)
        self._rates = Tier[str, Mapping[str, float]](
            "rates", records.stamps, clock, lifetime_s=RATES_S, stale_s=RATES_S
        )
        self._is_cut_off = False
        self._one_behind = asyncio.Lock()
        self._kept = Batcher[tuple[Slate, int], None](self._keep, most=200, linger_s=0.0, waiting=5_000, parallel=1)

    @property
    def is_cut_off(self) -> bool:
        """Whether the records did not answer when the last slate was made."""
        return self._is_cut_off

    async def slate(
        self, scope: Scope, *, length: int, only: Only, variants: Variants = USUAL, can_wait: bool = False
    ) -> Packed:
        """
        One that any process made a moment ago by these variants, if nothing has changed since; else one made now.

        Those that can wait are made one after the other, so that of many none is before one that is waited for.
        """
        async with self._one_behind if can_wait else nullcontext():
            since_s = self._clock.now_s() - (FEED_YOUNG_S if can_wait else FEED_S)
            return await self._slate(_Wanted(scope, length, only, variants, since_s, self._scope_seen(scope)))

    async def _slate(self, wanted: "_Wanted") -> Packed:
        scope = wanted.scope
        # The items take seconds to read: a slate of a moment ago is there before.
        known = self._catalogues.peek(scope.workspace)
        if known is None or not known.is_read:
            with suppress(Unavailable):
                if kept := await self._records.aread(partial(self._kept_one, wanted)):
                    return Packed.of(kept)
        return Packed.of(await self._made(wanted))

    def _kept_one(self, wanted: "_Wanted", conn: sa.Connection) -> Slate | None:
        """The last slate of the kind, if it is young enough and holds."""
        scope = wanted.scope
        if scope.sources is not None:
            return None  # the records do not tell for which part of them a slate was made
        kept = newest_slate(conn, scope, wanted.length, since_s=wanted.since_s, only=wanted.only)
        holds = kept is not None and kept.stamps == self._stamped(scope, replace(kept, variants=wanted.variants))
        metrics.CACHE_REQUESTS.labels("kept", "hit" if holds else "miss").inc()
        return kept if holds else None

    def _scope_seen(self, scope: Scope) -> tuple[int, ...]:
        return tuple(map(self._stamps.look_at, scope_slots(self._stamps, scope)))

    async def shelf(self, scope: Scope, *, most: int) -> Shelf:
        """What they may see, with up to `most` values of each kind; raises StoreUnavailable."""
        catalogue = await self.catalogue(scope.workspace)
        seen = await self._records.aread(lambda conn: visible_sources(conn, scope))
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(_shelf, catalogue, seen, most=most))

    async def around(self, scope: Scope, item: int, *, most: int) -> Around:
        """What is like an item, of what they may see; raises StoreUnavailable."""
        catalogue = await self.catalogue(scope.workspace)
        profile = await self.profiles.of(scope)
        seen = await self._records.aread(lambda conn: visible_sources(conn, scope))
        look = partial(_around, catalogue, catalogue.visible(seen), item, profile, most=most)
        return await asyncio.get_running_loop().run_in_executor(self._pool, look)

    async def replay(self, scope: Scope, slate: str, *, without: Sequence[str] = ()) -> Replayed:
        """
        A slate of the person made again, as it was or as it would have been without some agents.

        Raises NotFound; Changed when that cannot be told any more; InputWrong for agents that had no say in it.
        """
        catalogue = await self.catalogue(scope.workspace)

        def read(conn: sa.Connection) -> Replayed:
            return replay(conn, scope, slate, catalogue, without=without)

        return await self._records.aread(read)

    async def resting(self) -> tuple[str, ...]:
        """The agents that are left alone for now, because they failed."""
        return self._panel.resting()

    async def warm(self) -> None:
        """Read the catalogues that were asked for lately, so that nobody has to wait for them."""
        await self._catalogues.warm()

    async def close(self) -> None:
        """Make no more."""
        self._catalogues.close()
        await self.profiles.close()
        await self._rates.close()
        await self._kept.close()
        self._panel.close()
        judges = [agent for agent in self._panel.agents if isinstance(agent, Judging)]
        await asyncio.gather(*(asyncio.to_thread(judge.close) for judge in judges))
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def catalogue(self, workspace: str) -> Catalogue:
        """The items of a workspace, caught up with what has changed; as they were when the records do not answer."""
        return (await self._catalogues.of(workspace)).catalogue

    def _stamped(self, scope: Scope, slate: Slate) -> tuple[int, ...]:
        """What the stamps of all that it rests on are now, and behind them its variants."""
        items = (entry.item for entry in slate.entries)
        slots = (*scope_slots(self._stamps, scope), *item_slots(self._stamps, items))
        return (*map(self._stamps.look_at, slots), *slate.variants.stamp)

    async def _made(self, wanted: "_Wanted") -> Slate:
        """
        That which is kept, or one that is made and kept now.

        It is read and computed in one go on one thread: each time that a thread hands on to another, whoever waits for
        the slate waits for a core as well.
        """
        scope = wanted.scope
        items_before = self._stamps.look_at(self._items_slot)
        forgotten_before = self._stamps.look(counts_of(scope.workspace))
        began_s = self._clock.monotonic_s()
        known = await self._catalogues.of(scope.workspace)
        catalogue = known.catalogue
        if wanted.variants.thompson == ENR:
            self._catalogues.want_network(known)
        reading = self.profiles.reading(scope)
        caches = {"kept": "miss", "person": "miss" if reading.known is None else "hit"}
        try:
            rates = await self._earned(scope.workspace)
            caches["rates"] = "miss" if rates.how == "filled" else "hit"
            make = _Making(wanted, catalogue, rates.value, known)
            slate, profile = await asyncio.get_running_loop().run_in_executor(
                self._pool, self._read_and_rank, make, reading
            )
        except Unavailable as error:
            self._is_cut_off = True
            _log.warning("feed.records_unavailable", error=str(error))
            slate = self._trending(wanted, known, catalogue)
        else:
            self._is_cut_off = False
            if profile is None:
                return slate
            self.profiles.keep(reading, profile)
            rests_on = self._stamped(scope, slate)
            now = rests_on[: len(wanted.seen)], self._stamps.look_at(self._items_slot)
            if now == (wanted.seen, items_before) and scope.sources is None:
                slate = replace(slate, stamps=rests_on)
            await self._remember(slate, forgotten_before)
        _tell(slate, 1000 * (self._clock.monotonic_s() - began_s), caches)
        return slate

    def _read_and_rank(self, making: "_Making", reading: Reading) -> tuple[Slate, Profile | None]:
        """A slate that is kept; or one that is made, with the profile that it was made from."""
        wanted = making.wanted

        def look(conn: sa.Connection) -> Slate | tuple[Profile, Sequence[str]]:
            return self._kept_one(wanted, conn) or (reading.by(conn), visible_sources(conn, wanted.scope))

        found = self._records.read(look)
        if isinstance(found, Slate):
            return found, None
        profile, visible = found
        catalogue, only = making.catalogue, wanted.only
        offered, near = catalogue.visible(visible), None
        if not only.is_everything:
            matching = catalogue.matching(only)
            near = making.known.partitions_of(catalogue).of(only, matching)
            size = min(len(offered), len(matching))
            offered = offered[:size] & matching[:size]
        forecast = making.known.forecast_of(catalogue)
        slate = self._ranker.make(
            profile, catalogue, offered, making.rates, length=wanted.length, near=near, forecast=forecast,
            variants=wanted.variants, network=making.known.network,
        )  # fmt: skip
        return replace(slate, only=only), profile

    def _trending(self, wanted: "_Wanted", known: Known, catalogue: Catalogue) -> Slate:
        """What can be said without the records."""
        offered = self._surely_visible(wanted.scope, known, catalogue)
        offered &= catalogue.matching(wanted.only)[: len(offered)]
        slate = self._ranker.trending(wanted.scope, catalogue, offered, length=wanted.length)
        return replace(slate, only=wanted.only)

    def _surely_visible(self, scope: Scope, known: Known, catalogue: Catalogue) -> Mask:
        """What they may see for all that is known without the records, less what they are known to have hidden."""
        # Somebody has closed a source, or opened one, and it is not known which.
        is_current = self._stamps.look(permission_of(scope.workspace)) == known.permission
        public = [one for one in known.public if is_current and (scope.sources is None or one in scope.sources)]
        mask = catalogue.visible(public)
        if (profile := self.profiles.peek(scope)) is not None:
            mask &= ~banned(profile, catalogue, len(mask))
        return mask

    async def _earned(self, workspace: str) -> Found[Mapping[str, float]]:
        async def read() -> Mapping[str, float]:
            since = int(self._clock.now_s() // DAY_S) - TALLIED_DAYS
            look = partial(standings, workspace=workspace, agents=self._panel.agents, since_day=since)
            return {one.name: one.rate for one in await self._records.aread(look)}

        return await self._rates.get(workspace, read, stamps=())

    async def _remember(self, slate: Slate, forgotten_before: int) -> None:
        """Keep it before it is given out: what is done with it is counted by it."""
        if not slate.entries:
            return
        try:
            await self._kept((slate, forgotten_before))
        except Unavailable as error:
            _log.warning("feed.slate_not_kept", slate=slate.id, error=str(error))

    async def _keep(self, made: Sequence[tuple[Slate, int]]) -> Sequence[Exception | None]:
        def keep(conn: sa.Connection) -> None:
            # Of a person who was forgotten while it was made nothing is kept. Writers take turns: it is known here.
            counts = {slate.scope.workspace: self._stamps.look(counts_of(slate.scope.workspace)) for slate, _ in made}
            keep_slates(conn, [slate for slate, before in made if counts[slate.scope.workspace] == before])

        await self._records.awrite(keep)
        return [None] * len(made)


def _tell(slate: Slate, took_ms: float, caches: Mapping[str, str]) -> None:
    """The log's `feed_generated`, and what is counted; `caches` is what each of those that were asked had."""
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
        made_by=slate.level,  # `level` is the line's own
        variants=slate.variants.unusual,
        latency_ms=round(took_ms, 2),
        agents={
            name: {"score": None if score is None else round(score, 4), "latency_ms": round(ms, 2), "error": error}
            for name, ms, score, error in slate.agents
        },
        exploration=round(slate.explored, 3),
        caches=dict(caches),
    )


def _shelf(catalogue: Catalogue, seen: Sequence[str], *, most: int) -> Shelf:
    rows = np.flatnonzero(catalogue.visible(seen))
    return Shelf(
        items=len(rows),
        categories=_frequent(catalogue.categories[rows], catalogue.category_names, most),
        regions=_frequent(catalogue.regions[rows], catalogue.region_names, most),
    )


def _frequent(codes: NDArray[np.int32], names: list[str], most: int) -> tuple[str, ...]:
    """The values that these rows have most, up to so many."""
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    by_count = np.argsort(-counts, kind="stable")[:most]
    return tuple(names[code] for code in by_count.tolist() if counts[code])


def _around(catalogue: Catalogue, visible: Mask, item: int, profile: Profile, *, most: int) -> Around:
    at = catalogue.row_of(item)
    if at is None or not catalogue.has_vector[at]:
        return Around()
    vector = catalogue.unit(np.array([at]))[0]
    near = catalogue.nearest(vector, most + 1, visible)
    near = near[catalogue.unit(near) @ vector >= ALIKE_ENOUGH]
    liked = [act.item for act in profile.acts if act.worth > 0 and act.item != item]
    rows = catalogue.rows_of(liked)
    rows = rows[(rows >= 0) & (rows < len(visible))]
    rows = rows[visible[rows]]
    best_liked = None
    if len(rows):
        alike = catalogue.unit(rows) @ vector
        best = int(np.argmax(alike))
        best_liked = int(catalogue.ids[rows[best]]) if alike[best] >= ALIKE_ENOUGH else None
    similar = [int(catalogue.ids[row]) for row in near.tolist() if row != at]
    return Around(tuple(similar[:most]), best_liked)
