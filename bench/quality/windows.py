"""
The product's retrieval beside BM25 over fixed windows of 200 words (k1 .9, b .4, stemmed), in the same run.

    WildGraphBench        Recall@10 of the gold pages of the questions; a page is as good as its best piece
    chunking_evaluation   the share of the gold excerpts' characters within the first five passages or windows, and
                          within as many passages as have no more characters than the first five windows

Topics and corpora can be named: embedding the pages of `technology` takes half an hour the first time. The fusion was
chosen on half of the questions of both, of WildGraphBench by another hash (`bench/quality/corpora.py`); all questions
are reported, so they are not unseen.
"""

import csv
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bm25s
import numpy as np

from bench.quality.corpora import TOPICS, wild_topic
from bench.report import data_dir, write
from bench.vectors import vectors_of
from bowerbird.knowledge import passages
from bowerbird.knowledge.fuse import fuse
from bowerbird.knowledge.indexer import model_text
from bowerbird.knowledge.search import DEPTH
from bowerbird.knowledge.words import content_stems, stems
from bowerbird.models import Embedder, MiniLM

WORDS = 200
PAGES = 10
SPANS = 5
CORPORA = ("chatlogs", "finance", "pubmed", "state_of_the_union", "wikitexts")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage or a window of a document."""

    document: str
    start: int
    end: int
    text: str  # as it is indexed


class Words:
    """BM25 over pieces."""

    def __init__(self, pieces: Sequence[Piece], *, k1: float, b: float) -> None:
        words = [stems(piece.text) or ["_"] for piece in pieces]
        self._known = {word for each in words for word in each}
        self._index = bm25s.BM25(k1=k1, b=b)
        self._index.index(words, show_progress=False)
        self.count = len(pieces)

    def scores(self, question: str) -> Any:
        """The score of every piece."""
        terms = [word for word in dict.fromkeys(stems(question)) if word in self._known]
        return self._index.get_scores(terms) if terms else np.zeros(self.count)


def windows(document: str, title: str, text: str) -> list[Piece]:
    """The text in windows of WORDS words, each indexed with the title."""
    words = [(word.start(), word.end()) for word in _WORD.finditer(text)]
    runs = [words[first : first + WORDS] for first in range(0, len(words), WORDS)]
    cuts = [(run[0][0], run[-1][1]) for run in runs]
    return [Piece(document, start, end, f"{title}\n{text[start:end]}") for start, end in cuts]


def fused_order(words: Words, vectors: Any, question: str, asked: Any) -> list[int]:
    """Pieces in the product's order."""
    lexical, cosine = words.scores(question), vectors @ asked
    top = {*np.argsort(-lexical)[:DEPTH].tolist(), *np.argsort(-cosine)[:DEPTH].tolist()}
    by_words = {n: float(lexical[n]) for n in top if lexical[n] > 0}
    joined = fuse(by_words, {n: float(cosine[n]) for n in top}, words=len(set(content_stems(question))))
    return [each.passage for each in joined]


def topic(name: str, embedder: Embedder) -> list[tuple[str, float, float]]:
    """For each question its kind, and the recall of the windows and of the product."""
    corpus = wild_topic(name)
    cut = [Piece(p.document, 0, 0, model_text(p.title, p.heading, p.text)) for p in corpus.passages]
    vectors = vectors_of(embedder, [piece.text for piece in cut], label=corpus.name)
    whole: dict[str, tuple[str, list[str]]] = {}
    for p in corpus.passages:
        whole.setdefault(p.document, (p.title, []))[1].append(p.text)
    windowed = [piece for page, (title, texts) in whole.items() for piece in windows(page, title, "\n".join(texts))]
    ours, peer = Words(cut, k1=1.2, b=0.75), Words(windowed, k1=0.9, b=0.4)
    lines = (data_dir("evidence/wildgraphbench") / "dev" / f"{name}.questions.jsonl").read_text(encoding="utf-8")
    rows = [row for row in map(json.loads, lines.splitlines()) if row["evidence_ids"]]
    found: list[tuple[str, float, float]] = []
    for row, asked in zip(rows, embedder.embed([row["question"] for row in rows]), strict=True):
        gold = set(row["evidence_ids"])
        order = fused_order(ours, vectors, row["question"], asked)
        scores = peer.scores(row["question"])
        by_window = [int(n) for n in np.argsort(-scores, kind="stable") if scores[n] > 0]
        found.append((" ".join(row["question_type"]), _recall(windowed, by_window, gold), _recall(cut, order, gold)))
    return found


def _recall(pieces: Sequence[Piece], order: Sequence[int], gold: set[str]) -> float:
    pages = list(dict.fromkeys(pieces[n].document for n in order))[:PAGES]
    return len(gold & set(pages)) / len(gold)


def spans(name: str, embedder: Embedder) -> list[tuple[float, float, float]]:
    """For each question the recall of characters by windows, by as many passages, and by passages as long together."""
    folder = data_dir("evidence/chunking_evaluation")
    text = (folder / f"{name}.md").read_text(encoding="utf-8")
    cut = [
        Piece(name, each.start, each.end, model_text("", each.heading, text[each.start : each.end]))
        for each in passages(text)
    ]
    windowed = windows(name, "", text)
    vectors = vectors_of(embedder, [piece.text for piece in cut], label=name)
    ours, peer = Words(cut, k1=1.2, b=0.75), Words(windowed, k1=0.9, b=0.4)
    with (folder / "questions_df.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["corpus_id"] == name]
    found: list[tuple[float, float, float]] = []
    for row, asked in zip(rows, embedder.embed([row["question"] for row in rows]), strict=True):
        gold = {at for each in json.loads(row["references"]) for at in range(each["start_index"], each["end_index"])}
        order = fused_order(ours, vectors, row["question"], asked)
        by_window = np.argsort(-peer.scores(row["question"]), kind="stable")[:SPANS].tolist()
        as_long = _within(cut, order, sum(windowed[n].end - windowed[n].start for n in by_window))
        found.append((_held(windowed, by_window, gold), _held(cut, order[:SPANS], gold), _held(cut, as_long, gold)))
    return found


def _within(pieces: Sequence[Piece], order: Sequence[int], characters: int) -> Sequence[int]:
    """The first of the order that have no more characters than that together."""
    lengths = np.cumsum([pieces[n].end - pieces[n].start for n in order])
    return order[: int(np.searchsorted(lengths, characters, side="right"))]


def _held(pieces: Sequence[Piece], order: Sequence[int], gold: set[int]) -> float:
    held = {at for n in order for at in range(pieces[n].start, pieces[n].end)}
    return len(gold & held) / len(gold)


def main() -> None:
    """Measure the named topics and corpora, or all."""
    wanted = sys.argv[1:] or [*TOPICS, *CORPORA]
    embedder = MiniLM(threads=1)
    figures: dict[str, Any] = {}
    topics = {name: topic(name, embedder) for name in wanted if name in TOPICS}
    rows = [row for found in topics.values() for row in found]
    if rows:
        kinds: dict[str, list[tuple[str, float, float]]] = {"all": rows}
        for kind in ("single-fact", "multi_fact", "summary"):
            kinds[kind] = [row for row in rows if kind in row[0]]
        figures["topics"] = sorted(topics)
        figures |= {f"wildgraphbench recall@10, {kind}": _means([row[1:] for row in of]) for kind, of in kinds.items()}
    corpora = {name: spans(name, embedder) for name in wanted if name in CORPORA}
    pairs = [pair for found in corpora.values() for pair in found]
    if pairs:
        figures["corpora"] = sorted(corpora)
        figures["chunking span recall, 5 passages"] = _means([pair[:2] for pair in pairs])
        figures["chunking span recall, as many characters"] = _means([(pair[0], pair[2]) for pair in pairs])
    embedder.close()
    headline = {
        f"{name} (BM25 windows / product)": f"{each['windows']:.3f} / {each['product']:.3f}"
        for name, each in figures.items()
        if isinstance(each, dict)
    }
    write("windows", figures, headline=headline)


def _means(pairs: Sequence[tuple[float, ...]]) -> dict[str, float]:
    peer, ours = (float(np.mean([pair[n] for pair in pairs])) if pairs else 0.0 for n in (0, 1))
    return {"questions": len(pairs), "windows": round(peer, 3), "product": round(ours, 3)}


if __name__ == "__main__":
    main()
