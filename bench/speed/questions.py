"""
Twenty questions at once (C13), asked of a real server over HTTP: how long each waits for its whole answer.

The server holds XQuAD's 240 paragraphs. Rounds of twenty questions, no question twice, all of a round sent at the
same moment; every one must succeed. The server, its worker and this program share the machine's cores.

    without a model          ten rounds; the same with one web process, for what the others bring
    with a scripted model    three rounds; an OpenAI-compatible server at 40 tokens a second in each stream
    with a model in here     one round; a GGUF of 270 million weights run by llama.cpp: what it writes is not worth
                             reading, but each question must end in an answer, written or quoted

`python -m bench.speed.questions quick` leaves the last one out.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from bench.library import indexed
from bench.quality.answers import xquad
from bench.report import write
from bench.served import serving
from bowerbird.models import MiniLM
from bowerbird.records import open_records
from bowerbird.settings import load_settings
from bowerbird.testing.builders import Library
from bowerbird.testing.model_server import ModelServer
from bowerbird.testing.model_writers import SCRIPTS, paced
from tests.weights import weights

AT_ONCE = 20
ROUNDS, ROUNDS_WITH_MODEL = 10, 3
TOKENS_PER_S = 40.0
LOCAL_PATIENCE_S = 600  # of one call; two cores write slowly


def fill(data: Path) -> list[str]:
    """A data folder that holds the paragraphs, with all of the index; questions to ask."""
    pages, asked = xquad()
    fill_with(data, [(page.url, page.title, page.text) for page in pages])
    return [each.question for each in asked]


def fill_with(data: Path, pages: Sequence[tuple[str, str, str]]) -> None:
    """A data folder that holds these pages, each with its address, title and text, with all of the index."""
    settings = load_settings(data_dir=data)
    data.mkdir(parents=True, exist_ok=True)
    records = open_records(settings.records_url)
    embedder = MiniLM(threads=2)

    def store(library: Library) -> None:
        source = library.source()
        for url, title, text in pages:
            library.page(source, url, text, title=title)

    index, _, _ = indexed(records, settings.index_dir, embedder, store)
    index.close()
    embedder.close()
    records.close()


@dataclass(frozen=True, slots=True)
class Asked:
    """One question's wait; no answer when the status was not 200."""

    took_ms: float
    answer: Mapping[str, Any] | None


async def ask_all(url: str, questions: list[str]) -> list[Asked]:
    """Every question of the list, twenty at once."""
    asked: list[Asked] = []
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=20 * LOCAL_PATIENCE_S, limits=limits) as client:

        async def ask(question: str) -> Asked:
            began = time.perf_counter()
            answer = await client.post("/v1/ask", json={"question": question})
            took_ms = 1000 * (time.perf_counter() - began)
            return Asked(took_ms, answer.json() if answer.status_code == 200 else None)

        await ask("What is this about?")  # the models are loaded with the first question
        for first in range(0, len(questions), AT_ONCE):
            asked += await asyncio.gather(*(ask(question) for question in questions[first : first + AT_ONCE]))
    return asked


def figures(asked: list[Asked]) -> dict[str, Any]:
    """What a reader wants to know of the waits."""
    took_ms = [each.took_ms for each in asked]
    answers = [each.answer for each in asked if each.answer is not None]
    return {
        "questions": len(took_ms),
        "failed": len(asked) - len(answers),
        "written by the model": sum(bool(answer["written_by"]) for answer in answers),
        "mean_ms": round(float(np.mean(took_ms)), 1),
        "p50_ms": round(float(np.quantile(took_ms, 0.5)), 1),
        "p95_ms": round(float(np.quantile(took_ms, 0.95)), 1),
        "max_ms": round(max(took_ms), 1),
    }


def measured(data: Path, questions: list[str], environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The figures of a server with that environment."""
    with serving(data, allow="127.0.0.1", environment=environment) as server:
        return figures(asyncio.run(ask_all(server.url, questions)))


def main() -> None:
    """Without a model, with a scripted one, and with one of its own."""
    local: dict[str, Any] | None = None
    with tempfile.TemporaryDirectory(prefix="bowerbird-questions-") as folder:
        data = Path(folder) / "data"
        questions = fill(data)
        alone = measured(data, questions[: AT_ONCE * ROUNDS], {"BOWERBIRD_PROCESSES": "1"})
        without = measured(data, questions[: AT_ONCE * ROUNDS])
        questions = questions[AT_ONCE * ROUNDS :]
        with ModelServer(paced(SCRIPTS["honest"], tokens_per_s=TOKENS_PER_S)) as model:
            scripted = measured(data, questions[: AT_ONCE * ROUNDS_WITH_MODEL], {"BOWERBIRD_LLM": model.llm})
        if "quick" not in sys.argv:
            environment = {
                "BOWERBIRD_LLM": str(weights(Path(folder))),
                "BOWERBIRD_MODELS__TIMEOUT_S": str(LOCAL_PATIENCE_S),
                "BOWERBIRD_MODELS__MAX_TOKENS": "300",
            }
            local = measured(data, questions[-AT_ONCE:], environment)
    headline = {
        "20 questions at once, without a model: p95 ms (≤ 300)": without["p95_ms"],
        "the same with one web process": alone["p95_ms"],
        "the same with a scripted model at 40 tokens/s: mean ms (< 5,000)": scripted["mean_ms"],
        "the same: longest ms (< 10,000)": scripted["max_ms"],
        "failed (0)": alone["failed"] + without["failed"] + scripted["failed"],
    }
    if local is not None:
        headline["20 questions at once, with a local GGUF: failed (0)"] = local["failed"]
    measured_of = {
        "without a model": without,
        "one web process": alone,
        "scripted model": scripted,
        "local model": local,
    }
    write("questions", measured_of, headline=headline)


if __name__ == "__main__":
    main()
