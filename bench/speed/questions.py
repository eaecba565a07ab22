"""
Twenty questions at once (C13), asked of a real server over HTTP: how long each waits for its whole answer.

The server holds XQuAD's 240 paragraphs. Ten rounds of twenty questions, no question twice, all of a round sent at the
same moment; every one must succeed. The server, its worker and this program share the machine's cores.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from bench.quality.answers import xquad
from bench.report import write
from bench.served import serving
from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.knowledge import EmbeddedIndex, Indexer
from bowerbird.models import MiniLM
from bowerbird.records import open_records
from bowerbird.settings import load_settings
from bowerbird.testing.builders import Library

AT_ONCE = 20
ROUNDS = 10


def fill(data: Path) -> list[str]:
    """A data folder that holds the paragraphs, with all of the index; questions to ask."""
    pages, asked = xquad()
    settings = load_settings(data_dir=data)
    data.mkdir(parents=True, exist_ok=True)
    records = open_records(settings.records_url)
    library = Library(records, ManualClock(SystemClock().now_s()))
    source = library.source()
    for page in pages:
        library.page(source, page.url, page.text, title=page.title)
    library.arrange()
    embedder = MiniLM(threads=2)
    index = EmbeddedIndex(settings.index_dir, model=embedder.name, dimensions=embedder.dimensions, write=True)
    indexer = Indexer(records, index, embedder, SystemClock())
    while indexer.catch_up() or indexer.embed_some(64):
        pass
    index.close()
    embedder.close()
    records.close()
    return [each.question for each in asked]


async def ask_all(url: str, questions: list[str]) -> tuple[list[float], int]:
    """Milliseconds of each question, round by round, and how many had no answer of status 200."""
    took_ms: list[float] = []
    failed = 0
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:

        async def ask(question: str) -> tuple[float, bool]:
            began = time.perf_counter()
            answer = await client.post("/v1/ask", json={"question": question})
            return 1000 * (time.perf_counter() - began), answer.status_code == 200

        await ask("What is this about?")  # the models are loaded with the first question
        for first in range(0, AT_ONCE * ROUNDS, AT_ONCE):
            done = await asyncio.gather(*(ask(question) for question in questions[first : first + AT_ONCE]))
            took_ms += [took for took, _ in done]
            failed += sum(not is_right for _, is_right in done)
    return took_ms, failed


def figures(took_ms: list[float], failed: int) -> dict[str, Any]:
    """What a reader wants to know of the waits."""
    return {
        "questions": len(took_ms),
        "failed": failed,
        "p50_ms": round(float(np.quantile(took_ms, 0.5)), 1),
        "p95_ms": round(float(np.quantile(took_ms, 0.95)), 1),
        "max_ms": round(max(took_ms), 1),
    }


def main() -> None:
    """Without a model."""
    with tempfile.TemporaryDirectory(prefix="bowerbird-questions-") as folder:
        data = Path(folder) / "data"
        questions = fill(data)
        with serving(data, allow="127.0.0.1") as server:
            without = figures(*asyncio.run(ask_all(server.url, questions)))
    write(
        "questions",
        {"without_a_model": without},
        headline={
            "20 questions at once, without a model: p95 ms (≤ 300)": without["p95_ms"],
            "20 questions at once: failed (0)": without["failed"],
        },
    )


if __name__ == "__main__":
    main()
