"""
Whether there is a feed whatever fails, and what made it: the level that each slate says of itself.

    an agent …     each of the six raises, hangs, or lies (NaN, one too many), then all of them: a slate asked afresh
                   over 300 items, in this process; how many places it has, and the longest that one took
    the index …    a server that runs: its index folder goes, then its records (the file is cut to nothing); asked are
                   the local operator, and a key for somebody whom it was asked for before

`python -m bench.quality.feed_faults`
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.quality.feed_product import Done, Goods
from bench.quality.feed_records import write_world
from bench.report import write
from bench.served import Server, serving
from bowerbird.feed.agents import FeedAgent, default_agents
from bowerbird.feed.service import local_feeds
from bowerbird.feed.view import Scores, View
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.nouns import Scope
from bowerbird.ops import logs
from bowerbird.records import Records, open_records

ITEMS: Final = 300
PLACES: Final = 20
CLOCK: Final = SystemClock()


class Faulty:
    """An agent's name with a fault of its own."""

    duty, prior = "Does not do its duty", 0.05

    def __init__(self, name: str, says: Callable[[View], Any]) -> None:
        self.name = name
        self._says = says

    def score(self, view: View) -> Scores:
        """What the fault makes of it."""
        found: Scores = self._says(view)
        return found


def furnish(records: Records) -> Scope:
    """Items by chance; the local operator's scope."""
    vectors = np.random.default_rng(4).normal(size=(ITEMS, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    goods = Goods(vectors, np.arange(ITEMS) % 7, np.full(ITEMS, CLOCK.now_s() - 86_400.0), people=1)
    nothing = np.empty(0, np.int64)
    return write_world(records, CLOCK, goods, Done(nothing, nothing, np.empty(0), np.empty(0, np.bool_))).scope


def _raises(_: View) -> Any:
    raise RuntimeError("no")


def _lies(view: View) -> Any:
    return np.full(len(view) + 1, np.nan)


async def levels(records: Records, scope: Scope) -> tuple[dict[str, dict[str, str]], float]:
    """By fault and by who has it: the level, and how many places there are; and the longest time of a slate, ms."""
    until = threading.Event()
    faults: dict[str, Callable[[View], Any]] = {"raises": _raises, "hangs": lambda _: until.wait(600), "lies": _lies}
    told: dict[str, dict[str, str]] = {}
    longest_s = 0.0
    for fault, says in faults.items():
        told[fault] = {}
        for which in (*(agent.name for agent in default_agents()), "all"):
            agents: list[FeedAgent] = [
                Faulty(agent.name, says) if which in (agent.name, "all") else agent for agent in default_agents()
            ]
            feeds = local_feeds(records, lambda _: np.zeros(384, np.float32), CLOCK, agents=agents)
            await feeds.shelf(scope, most=1)  # the items are read before
            began = time.perf_counter()
            slate = (await feeds.slate(scope, length=PLACES, fresh=True)).slate
            longest_s = max(longest_s, time.perf_counter() - began)
            told[fault][which] = f"{slate.level}, {len(slate.entries)}"
            await feeds.close()
    until.set()
    return told, round(1000 * longest_s, 1)


def asked(server: Server, query: str, key: str = "") -> str:
    """The level of a feed over HTTP and its length, or what was answered."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(f"{server.url}/v1/feed?{query}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            told = json.load(answer)
    except OSError as refused:
        return str(refused)
    return f"{told['level']}, {len(told['items'])}"


def served(folder: Path) -> dict[str, str]:
    """What a server answers that loses its index, then its records."""
    data = folder / "data"
    with serving(data, allow="", environment={"BOWERBIRD_PROCESSES": "1"}) as server:
        text = "The bowerbird gathers blue things and arranges them before its bower, number {} among them."
        job = server.api(
            "/v1/items", [{"id": f"m{n}", "title": f"Note {n}", "text": text.format(n)} for n in range(40)]
        )
        while server.api(f"/v1/jobs/{job['job']}")["status"] in ("queued", "running"):
            time.sleep(0.2)
        command = [str(Path(sys.executable).with_name("bowerbird")), "keys", "add", "feeds", "--role", "operator"]
        made = subprocess.run([*command, "--json", "--data", str(data)], capture_output=True, text=True, check=True)
        key = json.loads(made.stdout)["secret"]
        told = {
            "all is well: operator": asked(server, f"n={PLACES}"),
            "all is well: key": asked(server, f"user=anna&n={PLACES}", key),
        }
        shutil.rmtree(data / "index")
        told["index gone: operator, afresh"] = asked(server, f"n={PLACES}&fresh=1")
        told["index gone: key, afresh"] = asked(server, f"user=anna&n={PLACES}&fresh=1", key)
        for name in ("bowerbird.db", "bowerbird.db-wal"):  # not the map of it: who truncates that ends its readers
            os.truncate(data / name, 0)
        told["records gone: operator, afresh"] = asked(server, f"n={PLACES}&fresh=1")
        told["records gone: key"] = asked(server, f"user=anna&n={PLACES}", key)
        return told


def main() -> None:
    """Both."""
    logs.configure(level="critical")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records = open_records(f"sqlite:///{folder / 'bowerbird.db'}")
        by_fault, longest_ms = asyncio.run(levels(records, furnish(records)))
        records.close()
        by_loss = served(folder)
    told = [level for one in by_fault.values() for level in one.values()] + list(by_loss.values())
    full = sum(level.endswith(f", {PLACES}") for level in told)
    figures = {
        "faults of agents": by_fault,
        "losses of a server": by_loss,
        "longest with a faulty agent, ms": longest_ms,
    }
    headline = {
        "faults (an agent, all agents, the index, the records)": len(told),
        "… with a full slate that names its level": full,
        "longest that a slate took with an agent that fails, ms": longest_ms,
    }
    write("feed_faults", figures, headline=headline, notes="Definitions: bench/quality/feed_faults.py.")


if __name__ == "__main__":
    main()
