import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import structlog

from bowerbird.acquire import Policy, parse_allowed
from bowerbird.agents import Agent
from bowerbird.agents.records_bus import RecordsBus
from bowerbird.answer import Answer, Asker, Step, begin_question, find_question, save_answer
from bowerbird.answer.planner import planner
from bowerbird.experiments import Experiments, Trials
from bowerbird.feed import EventKeeper, local_feeds
from bowerbird.feed.agents import default_agents
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.nouns import Hit, PassageText, Scope
from bowerbird.knowledge import Searcher, SearchResult
from bowerbird.models import Embedder
from bowerbird.ops import logs
from bowerbird.ops.breaker import Breaker
from bowerbird.ops.limit import LocalLimiter
from bowerbird.records import open_counters, open_records
from bowerbird.settings import ImportSettings, Settings
from bowerbird.testing.builders import Library
from bowerbird.testing.embedders import HashEmbedder
from bowerbird.testing.model_index import ModelIndex
from bowerbird.web import create_app
from bowerbird.wiring import App, places_here

HTML = {"accept": "text/html"}


class ScriptedSearcher:
    """Returns the hits it was given, and remembers what it was asked."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self.asked: list[dict[str, Any]] = []

    def search(self, query: str, **how: Any) -> SearchResult:
        self.asked.append({"query": query, **how})
        return SearchResult(query=query, hits=self.hits, took_ms=7.0)


class ScriptedAsker:
    """Answers with what it was given, and keeps it as the real one does; raises it when it is an exception."""

    def __init__(self, library: Library) -> None:
        self.says: Sequence[Step | Answer | Exception] = ()
        self.asked: list[str] = []
        self.as_of: list[float | None] = []
        self.breaker = Breaker("the seeker", library.clock, failures=1)
        self._library = library

    async def stream(
        self, question: str, scope: Scope, *, conversation: str | None = None, as_of: float | None = None
    ) -> AsyncIterator[Step | Answer]:
        records, clock = self._library.records, self._library.clock
        row = records.write(
            lambda conn: begin_question(conn, scope, question, conversation=conversation, clock=clock, as_of=as_of)
        )
        self.asked.append(question)
        self.as_of.append(as_of)
        for one in self.says:
            if isinstance(one, Exception):
                raise one
            told = one
            if isinstance(one, Answer):
                told = replace(one, id=row.id, conversation=row.conversation)
                records.write(lambda conn, told=told: save_answer(conn, row.id, told.to_json(), clock=clock))  # type: ignore[misc]
            yield told

    def team(self, scope: Scope) -> tuple[Agent[Any, Any], ...]:
        """A thinker, and a seeker whose breaker is `self.breaker`."""
        seeker = replace(planner(), name="seeker", duty="Seeks.", asks_outside=True, breaker=self.breaker)
        return planner(), seeker

    async def replay(self, question: str, scope: Scope) -> Answer:
        row = self._library.records.read(lambda conn: find_question(conn, scope, question))
        last = self.says[-1]
        if isinstance(last, Exception):
            raise last
        assert isinstance(last, Answer)
        return replace(last, id=row.id, conversation=row.conversation)

    async def ask(
        self, question: str, scope: Scope, *, conversation: str | None = None, as_of: float | None = None
    ) -> Answer:
        last = [done async for done in self.stream(question, scope, conversation=conversation, as_of=as_of)][-1]
        assert isinstance(last, Answer)
        return last


class Site:
    """The web application over a library, with a client that behaves like a program on this machine."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.searcher = ScriptedSearcher()
        self.asker = ScriptedAsker(library)
        self.client = httpx.AsyncClient()

    @asynccontextmanager
    async def opened(self, settings: Settings) -> AsyncIterator[App]:
        counters = open_counters(self.library.records, self.library.clock)
        agents = default_agents()
        trials = Trials(self.library.records, places_here(agents), self.library.clock)
        feeds = local_feeds(
            self.library.records,
            lambda topic: HashEmbedder(dimensions=384).embed([topic])[0],
            self.library.clock,
            agents=agents,
            trials=trials,
        )
        events = EventKeeper(self.library.records, self.library.clock)
        experiments = Experiments(self.library.records, self.library.clock)
        yield App(
            settings=settings,
            clock=self.library.clock,
            records=self.library.records,
            counters=counters,
            limiter=LocalLimiter(counters, self.library.clock),
            bus=RecordsBus(self.library.records, self.library.clock),
            index=ModelIndex(),
            embedder=cast("Embedder", HashEmbedder()),
            searcher=cast("Searcher", self.searcher),
            asker=cast("Asker", self.asker),
            policy=Policy(parse_allowed(("127.0.0.1",))),
            feeds=feeds,
            events=events,
            experiments=experiments,
            trials=trials,
            scope=self.library.scope,
        )
        await experiments.close()
        await trials.close()
        await events.close()
        await feeds.close()
        counters.close()

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """A page, as a browser asks for it."""
        return await self.client.get(path, headers=HTML | headers)

    async def post(self, path: str, data: dict[str, str], **headers: str) -> httpx.Response:
        """A form, as a browser sends it."""
        return await self.client.post(path, data=data, headers=HTML | headers)


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Empty records with a manual clock."""
    records = open_records(records_url)
    yield Library(records, ManualClock())
    records.close()


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """What is logged while the test runs, as JSON lines."""
    lines = io.StringIO()
    logs.configure(stream=lines)
    yield lines
    structlog.reset_defaults()


@pytest.fixture
async def site(library: Library, log_lines: io.StringIO, tmp_path: Path) -> AsyncIterator[Site]:
    """The web application over the library."""
    site = Site(library)
    app = create_app(Settings(data_dir=tmp_path, imports=ImportSettings(max_upload_bytes=200_000)), opener=site.opened)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as site.client:
            yield site


@pytest.fixture
def make_hit() -> Callable[..., Hit]:
    """Makes hits of a search."""

    def make(text: str, **fields: Any) -> Hit:
        values: dict[str, Any] = {
            "id": 1,
            "version": 1,
            "page": 1,
            "source": "s",
            "url": "https://docs.example.org/forests",
            "title": "Forests",
            "heading": "",
            "start": 0,
            "end": len(text),
            "text": text,
        }
        return Hit(passage=PassageText(**(values | fields)), score=1.0, bm25=1.0, dense=None)

    return make
