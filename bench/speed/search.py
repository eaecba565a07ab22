"""
How long a search takes among 100,000 passages, what filters cost, and whether the server stays awake meanwhile.

    search     the whole of it (who may see what, embedding the question, both halves, fusion, texts from the records)
    filtered   to sources that hold 100, 10, 1 and .1 % of the passages; recall of the dense half against exact scores
    rebuild    another process makes the whole index anew while this one searches in threads; the longest time in which
               the event loop did not come round

Passages are those of the judged sets, repeated with a tenth of their words exchanged; their vectors are the real ones
with noise. Vectors are in the records before the rebuild, as they are when an index is made anew.
"""

import asyncio
import itertools
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bench.quality.corpora import Corpus, judged_sets
from bench.report import write
from bench.vectors import vectors_of
from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.knowledge import EmbeddedIndex, Indexer, Searcher, rebuild_index
from bowerbird.knowledge.index import EVERYTHING, Filter
from bowerbird.knowledge.indexer import model_text, text_hash
from bowerbird.models import MiniLM
from bowerbird.models.in_context import DIMENSIONS, packed
from bowerbird.records import Records, open_records
from bowerbird.records.tables import embeddings, index_log, pages, passages, versions
from bowerbird.testing.builders import Library

PASSAGES = 100_000
ON_A_PAGE = 10
SHARES = {"10%": 0.1, "1%": 0.01, "0.1%": 0.001}
QUERIES = 300
K = 10
NOISE = 0.02  # of each of 384 numbers: a neighbour at a cosine of about .93
CHOSEN = ("cranfield", "cisi", "scifact")


Made = tuple[str, NDArray[np.float32]]  # a passage and its vector


def copies(sets: Sequence[Corpus], vectors: NDArray[np.float32]) -> Iterator[Made]:
    """Endless passages with their vectors, none the same as another."""
    rng, noise = random.Random(0), np.random.default_rng(0)
    texts = [each.text for corpus in sets for each in corpus.passages]
    vocabulary = sorted({word for text in texts[::7] for word in text.split()})
    for number in itertools.cycle([number for number, text in enumerate(texts) if text.strip()]):
        words = texts[number].split()
        for _ in range(max(1, len(words) // 10)):
            words[rng.randrange(len(words))] = rng.choice(vocabulary)
        vector = vectors[number] + noise.standard_normal(vectors.shape[1], np.float32) * NOISE
        yield " ".join(words[:180]), vector / np.linalg.norm(vector)


@dataclass(frozen=True, slots=True)
class Filled:
    """Records with passages: their sources by the share they hold, each passage's source, its vector as stored."""

    library: Library
    sources: dict[str, str]
    owners: list[str]
    vectors: NDArray[np.float32]


def fill(records: Records, model: str, made: Iterator[Made]) -> Filled:
    """Write all passages, their log and their vectors."""
    library = Library(records, ManualClock(time.time()))
    sources = {share: library.source(f"https://{n}.example/") for n, share in enumerate(["rest", *SHARES])}
    limits = [(share, round(part * PASSAGES / ON_A_PAGE)) for share, part in SHARES.items()]
    owners = [share for share, count in limits for _ in range(count)]
    owners += ["rest"] * (PASSAGES // ON_A_PAGE - len(owners))
    random.Random(1).shuffle(owners)
    kept: list[NDArray[np.float16]] = []
    for first in range(0, len(owners), 500):
        rows = [(sources[owner], list(itertools.islice(made, ON_A_PAGE))) for owner in owners[first : first + 500]]
        kept += [vector.astype(np.float16) for _, some in rows for _, vector in some]
        records.write(lambda conn, rows=rows, first=first: _write_pages(conn, rows, first, model))  # type: ignore[misc]
    of_passages = [sources[owner] for owner in owners for _ in range(ON_A_PAGE)]
    return Filled(library, sources, of_passages, np.stack(kept).astype(np.float32))


def _write_pages(conn: sa.Connection, rows: Sequence[tuple[str, list[Made]]], first: int, model: str) -> None:
    new: dict[str, list[dict[str, Any]]] = {"pages": [], "versions": [], "passages": [], "log": [], "vectors": []}
    for number, (source, made) in enumerate(rows, start=first + 1):
        title, text, end = f"Page {number}", "\n\n".join(words for words, _ in made), -2
        new["pages"].append(
            {
                "id": number,
                "source": source,
                "url": f"https://a.example/{number}",
                "state": "live",
                "version": number,
                "title": title,
                "fields": {},
                "links": [],
                "fetched_at": float(number),
                "checked_at": 0.0,
            }
        )
        new["versions"].append(
            {"id": number, "page": number, "text_hash": str(number), "title": title, "text": text, "fetched_at": 0.0}
            | {"arranged": True}
        )
        for place, (words, vector) in enumerate(made):
            start, end = end + 2, end + 2 + len(words)
            passage = (number - 1) * ON_A_PAGE + place + 1
            new["passages"].append(
                {"id": passage, "version": number, "page": number, "start": start, "end": end, "live": True}
            )
            new["log"].append({"op": "add", "passage": passage})
            digest = text_hash(model_text(title, "", words))
            half = vector.astype(np.float16).tobytes()
            none = packed(np.zeros((0, DIMENSIONS), np.float32))  # a search does not ask for words
            new["vectors"].append(
                {"model": model, "text_hash": digest, "vector": half, "words": none, "created_at": 0.0}
            )
    tables = {"pages": pages, "versions": versions, "passages": passages, "log": index_log, "vectors": embeddings}
    for name, table in tables.items():
        conn.execute(sa.insert(table), new[name])


def timed(calls: Sequence[Callable[[], Any]]) -> dict[str, float]:
    """The median and the 95th percentile of the calls' times, and the processor time of one, which no load changes."""
    for call in calls[:5]:
        call()
    took: list[float] = []
    cpu_s = time.process_time()
    for call in calls:
        began = time.perf_counter()
        call()
        took.append((time.perf_counter() - began) * 1000)
    cpu_s = time.process_time() - cpu_s
    return {
        "p50_ms": round(statistics.median(took), 2),
        "p95_ms": round(float(np.percentile(took, 95)), 2),
        "cpu_ms": round(cpu_s * 1000 / len(calls), 2),
    }


def recall_of(index: EmbeddedIndex, queries: NDArray[np.float32], filled: Filled, source: str | None) -> dict[str, Any]:
    """The least number of rows that came back of K, and the part of the K nearest by exact scores among them."""
    matching = np.array([source in (None, owner) for owner in filled.owners])
    within = EVERYTHING if source is None else Filter(sources=(source,))
    rows: list[int] = []
    parts: list[float] = []
    for query in queries:
        found = [hit.passage for hit in index.search_dense(query, K, within)]
        scores = np.where(matching, filled.vectors @ query, -2)
        exact = np.argpartition(-scores, K)[:K] + 1  # a passage's number is its place, from 1
        rows.append(len(found))
        parts.append(len(set(found) & set(exact.tolist())) / K)
    return {"rows": min(rows), "recall": round(float(np.mean(parts)), 4)}


async def longest_gap(during: Callable[[], bool], work: Callable[[], Any]) -> dict[str, float]:
    """The longest time the event loop did not come round, while `work` runs in threads again and again."""
    gaps: list[float] = []
    busy: asyncio.Task[Any] | None = None
    searches = 0
    before = time.perf_counter()
    while during():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        gaps.append((now - before) * 1000 - 1)
        before = now
        if busy is None or busy.done():
            busy = asyncio.create_task(asyncio.to_thread(work))
            searches += 1
    if busy is not None:
        await busy
    return {
        "longest_ms": round(max(gaps), 1),
        "p99.9_ms": round(float(np.percentile(gaps, 99.9)), 1),
        "searches": searches,
    }


def rebuild(folder: Path) -> None:
    """What the other process does."""
    records = open_records(f"sqlite:///{folder / 'bowerbird.db'}")
    embedder = MiniLM(threads=1)
    rebuild_index(folder / "index", records, embedder, SystemClock(), show=lambda _: None)
    records.close()


def measure(folder: Path) -> dict[str, Any]:
    """All figures, over records and an index in `folder`."""
    sets = [corpus for corpus in judged_sets() if corpus.name in CHOSEN]
    embedder = MiniLM(threads=1)
    parts = [[model_text(p.title, p.heading, p.text) for p in corpus.passages] for corpus in sets]
    known = np.concatenate(
        [vectors_of(embedder, texts, label=corpus.name) for corpus, texts in zip(sets, parts, strict=True)]
    )
    records = open_records(f"sqlite:///{folder / 'bowerbird.db'}")
    filled = fill(records, embedder.name, copies(sets, known))
    sources = filled.sources
    figures: dict[str, Any] = {"passages": PASSAGES, "indexing": _index(folder, records, embedder)}

    index = EmbeddedIndex(folder / "index", model=embedder.name, dimensions=embedder.dimensions, write=False)
    searcher = Searcher(records, index, embedder)
    asked = [question.text for corpus in sets for question in corpus.questions]
    random.Random(2).shuffle(asked)
    asked = asked[:QUERIES]
    vectors = embedder.embed(asked)
    everywhere = list(sources.values())

    def searches(chosen: list[str]) -> list[Callable[[], Any]]:
        return [
            lambda query=query: searcher.search(query, k=K, scope=filled.library.scope, sources=chosen)  # type: ignore[misc]
            for query in asked
        ]

    figures["search"] = timed(searches(everywhere))
    figures["parts"] = {
        "embedding the question": timed([lambda q=q: embedder.embed([q]) for q in asked]),  # type: ignore[misc]
        "words": timed([lambda q=q: index.search_lexical(q, 100) for q in asked]),  # type: ignore[misc]
        "meaning": timed([lambda v=v: index.search_dense(v, 100) for v in vectors]),  # type: ignore[misc]
    }
    figures["filtered"] = {"100%": figures["search"] | recall_of(index, vectors, filled, None)}
    for share in SHARES:
        figures["filtered"][share] = timed(searches([sources[share]])) | recall_of(
            index, vectors, filled, sources[share]
        )
    figures["event loop while another process makes the index anew"] = _gap(folder, searches(everywhere))
    records.close()
    return figures


def _index(folder: Path, records: Records, embedder: MiniLM) -> dict[str, float]:
    """Take everything in; passages a second by words, and vectors a second when they are known."""
    index = EmbeddedIndex(folder / "index", model=embedder.name, dimensions=embedder.dimensions, write=True)
    indexer = Indexer(records, index, embedder, SystemClock())
    began = time.perf_counter()
    while indexer.catch_up():
        pass
    between = time.perf_counter()
    while indexer.embed_some(256):
        pass
    ended = time.perf_counter()
    index.close()
    return {
        "passages_per_s": round(PASSAGES / (between - began)),
        "known_vectors_per_s": round(PASSAGES / (ended - between)),
    }


def _gap(folder: Path, searches: Sequence[Callable[[], Any]]) -> dict[str, float]:
    calls = itertools.cycle(searches)

    def one() -> None:
        next(calls)()

    idle_until = time.perf_counter() + 10
    idle = asyncio.run(longest_gap(lambda: time.perf_counter() < idle_until, one))
    began = time.perf_counter()
    other = subprocess.Popen([sys.executable, "-m", "bench.speed.search", "--rebuild", str(folder)])
    seen = asyncio.run(longest_gap(lambda: other.poll() is None, one))
    assert other.returncode == 0, "the rebuild failed"
    return seen | {"took_s": round(time.perf_counter() - began), "longest_before_ms": idle["longest_ms"]}


def main() -> None:
    """Measure, or be the other process."""
    if sys.argv[1:2] == ["--rebuild"]:
        rebuild(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder))
    one_percent = figures["filtered"]["1%"]
    write(
        "search_speed",
        figures,
        headline={
            "search among 100k passages, p50 / p95 ms": "{p50_ms} / {p95_ms}".format(**figures["search"]),
            "filtered to 1 %, p95 ms / recall": f"{one_percent['p95_ms']} / {one_percent['recall']}",
            "longest event-loop gap during a rebuild, ms": figures[
                "event loop while another process makes the index anew"
            ]["longest_ms"],
        },
    )


if __name__ == "__main__":
    main()
