"""
The composition root: the only place that names concrete backends.

Web, CLI and tests get an `App`, the worker gets `WorkerParts`; both are opened by a context manager that closes what it
opened in reverse order, also when opening fails half-way.
"""

import asyncio
import os
import random
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from bowerbird.acquire import Policy, parse_allowed
from bowerbird.agents import Bus
from bowerbird.answer import Asker, Follower, ModelWriter
from bowerbird.answer.places import places as answer_places
from bowerbird.experiments import Experiments, Places, Trials
from bowerbird.feed import EventKeeper, Feeds
from bowerbird.feed.agents import FeedAgent, default_agents
from bowerbird.feed.local_maker import LocalMaker
from bowerbird.feed.places import places_of
from bowerbird.feed.profiles import Profiles
from bowerbird.feed.remote import SOCKETS, RemoteMaker
from bowerbird.feed.service import local_feeds
from bowerbird.kernel.clock import Clock, SystemClock
from bowerbird.kernel.errors import ModelUnavailable, NotSupported
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import EmbeddedIndex, Index, Indexer, Searcher
from bowerbird.models import ChatModel, Coalescing, Embedder, MiniLM
from bowerbird.models.remembered import remembering
from bowerbird.ops.breaker import Breaker
from bowerbird.ops.limit import LocalLimiter
from bowerbird.ops.retry import Backoff, RetryBudget
from bowerbird.ops.shared import Shared, SharedStore
from bowerbird.ops.stamps import SharedStamps
from bowerbird.records import Counters, Records, local_scope, open_counters, open_records
from bowerbird.settings import Settings

__all__ = [
    "App",
    "WorkerParts",
    "model_of",
    "open_app",
    "open_feeds",
    "open_worker",
    "opened_bus",
    "opened_records",
    "opened_shared",
    "places_here",
    "policy_of",
]


LIMITS_TOLD_S = 5.0  # between two times at which a process tells the others how often people came


@dataclass(frozen=True, slots=True)
class App:
    """The services that pages, API and CLI work with. Calls that are not async block: make them off the event loop."""

    settings: Settings
    clock: Clock
    records: Records
    counters: Counters
    limiter: LocalLimiter  # of all requests of this process
    bus: Bus
    index: Index
    embedder: Embedder
    searcher: Searcher
    asker: Asker
    policy: Policy
    feeds: Feeds  # these four for one event loop, which closes them
    events: EventKeeper
    experiments: Experiments
    trials: Trials
    scope: Scope  # of the local operator: the command line, and everyone while there are no accounts
    model: ChatModel | None = None  # of the setting `llm`; for one event loop, which closes it


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What the worker process works with."""

    settings: Settings
    clock: Clock
    records: Records
    bus: Bus
    indexer: Indexer
    follower: Follower


def policy_of(settings: Settings) -> Policy:
    """Which hosts may be gathered."""
    return Policy(parse_allowed(settings.allow_hosts))


@contextmanager
def opened_records(settings: Settings, *, survives_power_cut: bool = True) -> Generator[Records]:
    """The records, closed at the end; what is written through them is told to all processes of this machine."""
    with (
        closing(SharedStamps(settings.stamps_path)) as stamps,
        closing(open_records(settings.records_url, stamps=stamps, survives_power_cut=survives_power_cut)) as records,
    ):
        yield records


@contextmanager
def opened_bus(settings: Settings, records: Records, clock: Clock) -> Generator[Bus]:
    """The bus at `state_url`, closed at the end. Raises NotSupported for what is no such address."""
    match urlsplit(settings.state_url).scheme:
        case "embedded":
            from bowerbird.agents.records_bus import RecordsBus

            bus: Bus = RecordsBus(records, clock)
        case "redis" | "rediss":
            try:
                from bowerbird.agents.redis_bus import RedisBus
            except ImportError as exc:
                raise NotSupported(
                    f"state_url: Redis needs its client, which is not installed ({exc});"
                    " `pip install 'bowerbird[redis]'` installs it"
                ) from None
            bus = RedisBus(settings.state_url, records, clock)
        case other:
            raise NotSupported(f"state_url: no backend for {other[:40]!r}; use embedded:// or redis://host:6379/0")
    try:
        yield bus
    finally:
        bus.close()


def _index(settings: Settings, embedder: Embedder, *, write: bool) -> Index:
    return EmbeddedIndex(settings.index_dir, model=embedder.name, dimensions=embedder.dimensions, write=write)


def model_of(settings: Settings, records: Records, clock: Clock) -> ChatModel | None:
    """
    The language model behind its cache, budget, retries and breaker; None, and nothing of it imported, for `none`.

    Raises InputWrong for what names no model, NotSupported when a package or a key is missing.
    """
    if settings.llm.strip() in ("", "none"):
        return None
    from bowerbird.models.cached import Cached
    from bowerbird.models.open import open_model
    from bowerbird.models.wrappers import Budgeted, Guarded, Metered, Retried
    from bowerbird.records.model_calls import KeptReplies, SpentByModels

    limits = settings.models
    model = open_model(settings.llm, limits)
    if model is None:
        return None
    model = Guarded(model, Breaker(model.name, clock, error=ModelUnavailable), clock, timeout_s=limits.timeout_s)
    model = Retried(model, budget=RetryBudget(), backoff=Backoff(), rng=random.Random(), clock=clock)  # noqa: S311  it spreads waits
    model = Budgeted(model, SpentByModels(records), clock, tokens_a_day=limits.tokens_a_day, usd_a_day=limits.usd_a_day)
    if limits.cache_days:
        model = Cached(model, KeptReplies(records, clock, days=limits.cache_days), clock)
    return Metered(model, clock)


def places_here(agents: Sequence[FeedAgent]) -> Places:
    """Where this product can be put to the test, with these agents of the feed."""
    return Places((*places_of(agents), *answer_places()))


def _asker(
    settings: Settings, records: Records, searcher: Searcher, clock: Clock, *, model: ChatModel | None, trials: Trials
) -> Asker:
    if model is None:
        return Asker(records, searcher, clock, trials=trials)
    writer = ModelWriter(model, max_tokens=settings.models.max_tokens)
    return Asker(records, searcher, clock, writer, model_timeout_s=settings.models.timeout_s, trials=trials)


@asynccontextmanager
async def _opened_asker(
    settings: Settings, records: Records, searcher: Searcher, clock: Clock
) -> AsyncGenerator[Asker]:
    """An asker with a model for one event loop, closed at the end."""
    model = model_of(settings, records, clock)
    trials = Trials(records, Places(answer_places()), clock)
    try:
        yield _asker(settings, records, searcher, clock, model=model, trials=trials)
    finally:
        await trials.close()
        if model is not None:
            await model.close()


@contextmanager
def opened_shared(settings: Settings, clock: Clock) -> Generator[Shared]:
    """The shared tier of the caches at `state_url`, closed at the end; what is no such address `opened_bus` refuses."""
    if urlsplit(settings.state_url).scheme in ("redis", "rediss"):
        from bowerbird.ops.shared_redis import RedisStore

        store: SharedStore = RedisStore(settings.state_url)
    else:
        from bowerbird.ops.shared_file import FileStore

        store = FileStore(settings.shared_path, clock)
    with closing(Shared(store, clock)) as shared:
        yield shared


def _embedding(embedder: Embedder, shared: Shared) -> Callable[[str], NDArray[np.float32]]:
    """The vector of a topic."""

    def embed(topic: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = embedder.embed([topic])[0]
        return vector

    return remembering(embed, shared, model=embedder.name, dimensions=embedder.dimensions)


def _feeds(
    records: Records,
    embed: Callable[[str], NDArray[np.float32]],
    clock: Clock,
    *,
    agents: Sequence[FeedAgent],
    shared: Shared,
    trials: Trials,
) -> Feeds:
    """Feeds by the processes that make them, where there are such (`bowerbird serve`); else made in this one."""
    paths = [Path(path) for path in os.environ.get(SOCKETS, "").split(os.pathsep) if path]
    if not paths:
        return local_feeds(records, embed, clock, agents=agents, shared=shared, trials=trials)
    maker = RemoteMaker(paths, lambda: LocalMaker(records, embed, clock, agents=agents, shared=shared), clock)
    return Feeds(records, maker, Profiles(records, clock), clock, agents=agents, trials=trials)


@asynccontextmanager
async def open_feeds(settings: Settings, *, clock: Clock | None = None) -> AsyncGenerator[Feeds]:
    """For the process that makes slates for others: it gives out none that is late, as they would keep it."""
    clock = clock or SystemClock()
    with (
        # It writes slates and nothing else. They are waited for, and a power cut loses who was about to see them too.
        opened_records(settings, survives_power_cut=False) as records,
        closing(MiniLM(threads=1)) as embedder,
        opened_shared(settings, clock) as shared,
    ):
        maker = LocalMaker(records, _embedding(embedder, shared), clock, shared=shared)
        feeds = Feeds(records, maker, maker.profiles, clock, tier="made", stale_s=0.0)
        try:
            yield feeds
        finally:
            await feeds.close()


@contextmanager
def _opened(settings: Settings, clock: Clock) -> Generator[App]:
    with ExitStack() as stack:
        records = stack.enter_context(opened_records(settings))
        counters = open_counters(records, clock)
        stack.callback(counters.close)
        # One thread: many small queries at once share the cores better than each taking all of them.
        embedder = Coalescing(MiniLM(threads=1))
        stack.callback(embedder.close)
        index = _index(settings, embedder, write=False)
        stack.callback(index.close)
        searcher = Searcher(records, index, embedder)
        model = model_of(settings, records, clock)
        bus = stack.enter_context(opened_bus(settings, records, clock))
        shared = stack.enter_context(opened_shared(settings, clock))
        agents = default_agents()
        trials = Trials(records, places_here(agents), clock)
        yield App(
            settings=settings,
            clock=clock,
            records=records,
            counters=counters,
            limiter=LocalLimiter(counters, clock, every_s=LIMITS_TOLD_S),
            bus=bus,
            index=index,
            embedder=embedder,
            searcher=searcher,
            asker=_asker(settings, records, searcher, clock, model=model, trials=trials),
            model=model,
            policy=policy_of(settings),
            feeds=_feeds(records, _embedding(embedder, shared), clock, agents=agents, shared=shared, trials=trials),
            events=EventKeeper(records, clock),
            experiments=Experiments(records, clock),
            trials=trials,
            scope=records.write(lambda conn: local_scope(conn, clock)),
        )


@asynccontextmanager
async def open_app(settings: Settings, *, clock: Clock | None = None) -> AsyncGenerator[App]:
    """An app over the settings' backends; opening and closing happen off the event loop."""
    opened = _opened(settings, clock or SystemClock())
    app = await asyncio.to_thread(opened.__enter__)
    app.limiter.start()
    try:
        yield app
    finally:
        await app.limiter.close()
        await app.experiments.close()
        await app.events.close()
        await app.feeds.close()
        await app.trials.close()
        if app.model is not None:
            await app.model.close()
        await asyncio.to_thread(opened.__exit__, None, None, None)


@contextmanager
def open_worker(settings: Settings, *, clock: Clock | None = None) -> Generator[WorkerParts]:
    """The worker's services; the caller is the data folder's one worker (`worker.only_worker`)."""
    clock = clock or SystemClock()
    with ExitStack() as stack:
        records = stack.enter_context(opened_records(settings))
        embedder = MiniLM(threads=2)
        stack.callback(embedder.close)
        index = _index(settings, embedder, write=True)
        stack.callback(index.close)
        yield WorkerParts(
            settings=settings,
            clock=clock,
            records=records,
            bus=stack.enter_context(opened_bus(settings, records, clock)),
            indexer=Indexer(records, index, embedder, clock),
            follower=Follower(
                records, partial(_opened_asker, settings, records, Searcher(records, index, embedder), clock), clock
            ),
        )
