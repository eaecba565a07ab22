"""
What the product's own experiments cost a feed request: ten that run at the feed's places against none.

One process, without a socket: the application is called as a server calls it, and answers from memory (`web/hot.py`).
Two data folders hold the same library and the same people; in one of them ten experiments run, in layers, so that each
person is in up to three. People are asked for in turn, in rounds that alternate between the two; a figure is the median
over rounds of the mean over a round's requests. The difference is told with its own median over pairs of rounds.

    python -m bench.speed.own_experiments
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from bench.report import write
from bench.speed.feed_library import Library, fill
from bowerbird.accounts import Role, keys
from bowerbird.accounts.audit import Actor
from bowerbird.experiments import Plan, Rules, create, read, start
from bowerbird.feed.variants import AGENTS, EMBEDDING, FEED_PLACES, THOMPSON
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.nouns import Scope
from bowerbird.ops.logs import configure
from bowerbird.records.tables import exposures
from bowerbird.settings import Settings
from bowerbird.web import create_app
from bowerbird.wiring import App

QUICK: Final = os.environ.get("BOWERBIRD_BENCH") == "quick"
PEOPLE: Final = 40 if QUICK else 300
ITEMS: Final = 4_000
ROUNDS: Final = 4 if QUICK else 40
BOUND_US: Final = 50.0
PLAN: Final[dict[str, Any]] = {
    "hypothesis": "It is measured what this costs.",
    "metric": "opened",
    "metrics": [{"name": "opened", "kinds": ["opened"]}],
}
TEN: Final = (
    *((AGENTS, ("all", f"without-{name}"), 0.25) for name in ("serendipity", "archivist", "quality", "freshness")),
    *((EMBEDDING, ("half-life-30-days", name), 0.33) for name in ("half-life-7-days", "no-decay", "half-life-7-days")),
    *((THOMPSON, ("beta-bernoulli", "enr"), 0.33),) * 3,
)


@dataclass(frozen=True, slots=True)
class Side:
    """An application over a library, and a key that may name anybody."""

    web: Any
    app: App
    library: Library
    key: str

    async def ask(self, person: str) -> Mapping[str, Any]:
        """Somebody's feed."""
        sent: list[MutableMapping[str, Any]] = []
        headers = [(b"host", b"localhost:8080"), (b"authorization", f"Bearer {self.key}".encode())]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": "/v1/feed", "raw_path": b"/v1/feed", "query_string": f"user={person}&n=20".encode(),
            "root_path": "", "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8080), "state": {},
        }  # fmt: skip

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self.web(scope, receive, send)
        assert sent[0]["status"] == 200, sent
        return sent[-1]

    async def round(self) -> float:
        """The mean microseconds of a request, over everybody once."""
        began = time.perf_counter_ns()
        for person in self.library.people:
            await self.ask(person)
        return (time.perf_counter_ns() - began) / 1000 / len(self.library.people)


@asynccontextmanager
async def side(folder: Path) -> AsyncIterator[Side]:
    """With nobody asked for yet."""
    web = create_app(Settings(data_dir=folder, rate_limit_per_hour=10**9))
    async with web.router.lifespan_context(web):
        app: App = web.state.bowerbird
        library = await asyncio.to_thread(fill, app.records, app.clock, count=ITEMS, people=PEOPLE, past=20)
        by, me = Actor(library.scope.workspace), library.scope.person

        def make(conn: sa.Connection) -> str:
            return keys.create_key(conn, by, person=me, name="bench", role=Role.OPERATOR, clock=SystemClock())[1]

        yield Side(web, app, library, await app.records.awrite(make))


async def begin_ten(one: Side) -> None:
    """Ten experiments at the feed's places."""

    def begin(conn: sa.Connection) -> None:
        for number, (place, variants, share) in enumerate(TEN):
            given = {"variants": [{"name": name} for name in variants], "place": place}
            rules = read(Rules, given | {"layer": place, "layer_share": share})
            clock, places = one.app.clock, one.app.trials.places
            create(conn, one.library.scope, f"e{number}", read(Plan, PLAN), rules, clock=clock, places=places)
            start(conn, one.library.scope, f"e{number}", clock=clock, places=places)

    await one.app.records.awrite(begin)


async def looked(one: Side) -> float:
    """The mean microseconds to compute what somebody is given whose buckets are known, kept nowhere."""
    scopes = [Scope(one.library.scope.workspace, person) for person in one.library.person_ids]
    for scope in scopes:
        await one.app.trials.look(scope, FEED_PLACES)
    began = time.perf_counter_ns()
    for scope in scopes:
        await one.app.trials.look(scope, FEED_PLACES)
    return (time.perf_counter_ns() - began) / 1000 / len(scopes)


async def measured(folder: Path) -> dict[str, Any]:
    """All figures."""
    async with side(folder / "none") as none, side(folder / "ten") as ten:
        for one in (none, ten):
            for _ in range(2):
                await one.round()
        await begin_ten(ten)
        first = await ten.round()  # who comes first after a start is recorded, and gets a slate by their variants
        await ten.round()
        pairs = [(await none.round(), await ten.round()) for _ in range(ROUNDS)]
        met = await ten.app.records.aread(
            lambda conn: conn.execute(sa.select(sa.func.count()).select_from(exposures)).scalar_one()
        )
        return {
            "us a request, none running": round(statistics.median(before for before, _ in pairs), 1),
            "us a request, ten running": round(statistics.median(after for _, after in pairs), 1),
            "us more": round(statistics.median(after - before for before, after in pairs), 2),
            "us to compute what somebody is given": round(await looked(ten), 1),
            "ms of the first request after a start, with the exposures and another slate": round(first / 1000, 1),
            "people": len(ten.library.people),
            "exposures": met,
            "rounds": ROUNDS,
        }


def main() -> int:
    """Measure, and fail when it costs more than it may."""
    configure(level="error")
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measured(Path(folder)))
    more = figures["us more"]
    write(
        "own_experiments",
        figures,
        headline={"µs more of a feed request in ten running experiments (at most 50)": more},
        notes=f"Medians of {ROUNDS} alternating rounds over {PEOPLE} people, answered from memory in one process.",
    )
    print(json.dumps({"ok": more < BOUND_US}))
    return 0 if more < BOUND_US else 1


if __name__ == "__main__":
    sys.exit(main())
