"""
What the shared tier of the caches saves, and where it is slower than what it would save: in a file, and on Redis.

    look         300 keys that are there (the candidates of a slate), 32 bytes each; medians of 200
    judge        how often a judge that takes 200 ms a call is asked for 300 candidates: by one process, then by another
                 that begins after it, with the shared tier and without; how long the second has nothing to say
    topic        the vector of a topic by MiniLM, and from the tier; medians of 50
    our agents   all six scoring 300 candidates, which no tier is asked for: they are arithmetic
    quality      that of 300 items is in the process's catalogue, as numbers

`python -m bench.speed.shared`; needs `redis-server` for the figures of Redis.
"""

import asyncio
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.report import write
from bowerbird.feed.agents import Content, NotYet, default_agents
from bowerbird.feed.judging import Judging
from bowerbird.feed.view import Scores, View
from bowerbird.kernel.clock import SystemClock
from bowerbird.models import MiniLM
from bowerbird.models.remembered import remembering
from bowerbird.ops import logs
from bowerbird.ops.shared import Shared
from bowerbird.ops.shared_file import FileStore
from bowerbird.ops.shared_redis import RedisStore

CANDIDATES: Final = 300
CALL_S: Final = 0.2
CLOCK: Final = SystemClock()


class Slow:
    """A judge that takes its time."""

    name, duty, prior, version = "slow", "Reads", 0.06, "1"

    def __init__(self) -> None:
        self.calls = 0

    async def judge(self, contents: Sequence[Content]) -> Sequence[float | Exception]:
        """As a model does."""
        self.calls += 1
        await asyncio.sleep(CALL_S)
        return [content.item / CANDIDATES for content in contents]


def a_view() -> View:
    """Some candidates."""
    rng = np.random.default_rng(5)
    n = CANDIDATES

    def some() -> Any:
        return rng.random(n, np.float32)

    return View(
        now_s=CLOCK.now_s(), surprise=0.3, is_known=True, affinity=some(), nearest=some(), kept=some(), quality=some(),
        rate=some(), popularity=some(), age_s=some() * 1e6, known_s=some() * 1e6, shown=some(), saved_s=some() + np.inf,
        familiar=some(), categories=np.zeros(n, np.int32), sources=np.zeros(n, np.int32), chance=some(),
        workspace="w", items=np.arange(1, n + 1), versions=np.arange(1, n + 1),
    )  # fmt: skip


def median_ms(step: Callable[[int], object], times: int) -> float:
    """Of so many, after a tenth to warm up."""
    took: list[float] = []
    for number in range(times + times // 10):
        began = time.perf_counter()
        step(number)
        took.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(took[times // 10 :]), 3)


def look_ms(shared: Shared) -> float:
    """For all candidates at once."""
    keys = {f"look:{number}": "1" for number in range(CANDIDATES)}
    shared.put({key: bytes(32) for key in keys}, keys, lifetime_s=600.0)

    def look(_: int) -> None:
        assert len(shared.get(keys)) == CANDIDATES

    return median_ms(look, 200)


def judged(shared: Shared | None) -> tuple[int, float]:
    """How often a judge is asked until all candidates are judged, and how long there is nothing to say, ms."""
    judge, view = Slow(), a_view()
    agent = Judging(judge, lambda wanted: {one.item: content(one.item) for one in wanted}, shared, CLOCK)
    began, said_s = time.perf_counter(), 0.0
    scores: Scores = np.zeros(CANDIDATES)
    while not np.array_equal(scores, view.items / CANDIDATES):  # until each has its own
        try:
            scores = agent.score(view)
        except NotYet:
            time.sleep(0.002)
        else:
            said_s = said_s or time.perf_counter() - began
            time.sleep(0.002)
    agent.close()
    return judge.calls, round(1000 * said_s, 1)


def content(item: int) -> Content:
    """Of an item."""
    return Content(item, "note", f"Item {item}", "A note.", "", {})


def topics_ms(shared: Shared, embedder: MiniLM, name: str) -> tuple[float, float]:
    """A topic's vector when nobody had it, and when somebody had."""
    words = remembering(
        lambda topic: embedder.embed([topic])[0], shared, model=embedder.name, dimensions=embedder.dimensions
    )
    topics = [f"{name} glass frogs of valley {number}" for number in range(60)]
    return median_ms(lambda n: words(topics[n]), 50), median_ms(lambda n: words(topics[n]), 50)


@contextmanager
def redis_url() -> Iterator[str]:
    """The address of a Redis server of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([*command, "--dir", folder], stdout=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 10.0
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if time.monotonic() > until:
                    raise TimeoutError("redis-server did not begin to listen within ten seconds")
                time.sleep(0.05)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()


def figures_of(name: str, shared: Shared, embedder: MiniLM) -> dict[str, Any]:
    """With that store."""
    first, again = judged(shared), judged(shared)
    embedded_ms, found_ms = topics_ms(shared, embedder, name)
    return {
        "look for 300, ms": look_ms(shared),
        "calls of a judge, first process": first[0],
        "calls of a judge, next process": again[0],
        "judge has its say in the next process after, ms": again[1],
        "a topic's vector, embedded and kept, ms": embedded_ms,
        "a topic's vector, found, ms": found_ms,
    }


def main() -> None:
    """Both stores, and without."""
    logs.configure(level="error")
    figures: dict[str, Any] = {}
    without = judged(None)
    view, agents = a_view(), default_agents()
    figures["without"] = {
        "calls of a judge, each process": without[0],
        "judge has its say after, ms": without[1],
        "our agents score 300, ms": median_ms(lambda _: [agent.score(view) for agent in agents], 200),
        "quality of 300 from the catalogue, ms": median_ms(lambda _: view.quality[view.items - 1], 200),
    }
    with closing(MiniLM(threads=1)) as embedder, tempfile.TemporaryDirectory() as folder:
        with closing(Shared(FileStore(Path(folder) / "shared.db", CLOCK), CLOCK)) as shared:
            figures["file"] = figures_of("file", shared, embedder)
        if shutil.which("redis-server"):
            with redis_url() as url, closing(Shared(RedisStore(url), CLOCK)) as shared:
                figures["Redis"] = figures_of("Redis", shared, embedder)
        else:
            print("no redis-server here: only the file was measured, and nothing is written")
            print(figures)
            return
    headline = {
        f"shared tier, {name}: {what}": value
        for name in ("file", "Redis")
        for what, value in figures[name].items()
        if "calls" not in what
    }
    write("shared", figures, headline=headline, notes="300 candidates. Definitions: bench/speed/shared.py.")


if __name__ == "__main__":
    main()
