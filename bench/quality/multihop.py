"""
Retrieval for questions that one passage does not answer: recall@5 of the supporting passages.

    HotpotQA, MuSiQue    100 questions each over all passages of their samples

    bm25      bm25s on the same text (k1 1.2, b .75)
    one       the product's fusion, one round
    rounds    more rounds where the first leaves words of the question open, as the retriever does

Chosen on one half of the questions by hash; `unseen` is the other half. XQuAD says what the rounds cost where one
passage is enough: how often they are taken, and whether the right paragraph stays first.
"""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import bm25s
import numpy as np

from bench.quality.answers import is_reported
from bench.report import data_dir, write
from bench.vectors import vectors_of
from bowerbird.answer import retrieve as rounds
from bowerbird.answer.question import Plan, plan
from bowerbird.kernel.nouns import Hit, PassageText, Scope
from bowerbird.knowledge.fuse import fuse
from bowerbird.knowledge.indexer import model_text
from bowerbird.knowledge.search import DEPTH
from bowerbird.knowledge.words import content_stems, stems
from bowerbird.models import Embedder, MiniLM

K = 12
EVERYBODY = Scope("w", "p")


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the keys of the passages that support its answer."""

    text: str
    gold: frozenset[str]


class Passages:
    """Passages found by bm25s and the embedder, joined by the product's fusion."""

    def __init__(self, name: str, passages: Sequence[tuple[str, str]], embedder: Embedder) -> None:
        self._embedder = embedder
        self.passages = [
            PassageText(n, n, n, "s", f"http://{name}.example/{n}", title, "", 0, len(text), text)
            for n, (title, text) in enumerate(passages)
        ]
        texts = [model_text(title, "", text) for title, text in passages]
        self._vectors = vectors_of(embedder, texts, label=name)
        words = [stems(text) or ["_"] for text in texts]
        self._known = {word for each in words for word in each}
        self._index = bm25s.BM25(k1=1.2, b=0.75)
        self._index.index(words, show_progress=False)

    def bm25(self, query: str) -> Any:
        """The score of every passage."""
        terms = [word for word in dict.fromkeys(stems(query)) if word in self._known]
        return self._index.get_scores(terms) if terms else np.zeros(len(self.passages))

    def search_each(self, queries: Sequence[str], *, k: int, scope: Scope) -> list[list[Hit]]:  # noqa: ARG002 - everybody sees all here
        """As `Searcher.search_each` does."""
        return [self._search(query, k) for query in queries]

    def _search(self, query: str, k: int) -> list[Hit]:
        words, meaning = self.bm25(query), self._vectors @ self._embedder.embed([query])[0]
        top = {*np.argsort(-words)[:DEPTH].tolist(), *np.argsort(-meaning)[:DEPTH].tolist()}
        by_words = {n: float(words[n]) for n in top if words[n] > 0}
        joined = fuse(by_words, {n: float(meaning[n]) for n in top}, words=len(set(content_stems(query))))
        return [Hit(self.passages[each.passage], each.score, each.bm25, each.dense) for each in joined[:k]]


def _read(name: str) -> Any:
    with gzip.open(data_dir("evidence/multihop_train_hippo") / name, "rt", encoding="utf-8") as file:
        return json.load(file)


def hotpotqa() -> tuple[list[tuple[str, str]], list[Question]]:
    """Passages by title, questions with the titles of their supporting facts."""
    corpus = _read("hotpotqa_train_corpus.json.gz")
    asked = _read("hotpotqa_train.json.gz")
    questions = [Question(row["question"], frozenset(title for title, _ in row["supporting_facts"])) for row in asked]
    return [(title, " ".join(sentences)) for title, sentences in corpus.items()], questions


def musique() -> tuple[list[tuple[str, str]], list[Question]]:
    """Passages, and questions with the texts of their supporting paragraphs."""
    corpus = _read("musique_train_corpus.json.gz")
    questions = [
        Question(
            row["question"],
            frozenset(
                each.get("paragraph_text") or each["text"] for each in row["paragraphs"] if each["is_supporting"]
            ),
        )
        for row in _read("musique_train.json.gz")
    ]
    return [(each["title"], each["text"]) for each in corpus], questions


def measured(name: str, passages: Sequence[tuple[str, str]], questions: Sequence[Question]) -> dict[str, Any]:
    """Recall@5 of each way over all questions and over the unseen half."""
    embedder = MiniLM(threads=1)
    found = Passages(name, passages, embedder)

    def recall(hits: Sequence[PassageText], gold: frozenset[str]) -> float:
        seen = {key for hit in hits[:5] for key in (hit.title, hit.text)}
        return len(seen & gold) / len(gold)

    def one(planned: Plan) -> list[PassageText]:
        return [hit.passage for hit in found.search_each([planned.question], k=K, scope=EVERYBODY)[0]]

    def by_rounds(planned: Plan) -> list[PassageText]:
        got = rounds.retrieve(planned, found, EVERYBODY, k=K)
        taken.append(bool(got.rounds))
        return [hit.passage for hit in got.hits]

    def bm25(planned: Plan) -> list[PassageText]:
        return [found.passages[n] for n in np.argsort(-found.bm25(planned.question), kind="stable")[:5]]

    taken: list[bool] = []
    ways: dict[str, Callable[[Plan], list[PassageText]]] = {"bm25": bm25, "one": one, "rounds": by_rounds}
    rows = [
        (is_reported(each.text), {way: recall(find(plan(each.text)), each.gold) for way, find in ways.items()})
        for each in questions
    ]
    embedder.close()
    return {
        "questions": len(rows),
        "more_rounds_taken": round(float(np.mean(taken)), 3),
        "all": {way: round(float(np.mean([row[way] for _, row in rows])), 3) for way in ways},
        "unseen": {way: round(float(np.mean([row[way] for is_in, row in rows if is_in])), 3) for way in ways},
    }


def xquad() -> tuple[list[tuple[str, str]], list[Question]]:
    """Paragraphs, and the questions each of which one paragraph answers."""
    data = json.loads((data_dir("evidence/xquad_en") / "xquad.en.json").read_text(encoding="utf-8"))["data"]
    paragraphs = [(article["title"].replace("_", " "), each) for article in data for each in article["paragraphs"]]
    questions = [Question(qa["question"], frozenset([each["context"]])) for _, each in paragraphs for qa in each["qas"]]
    return [(title, each["context"]) for title, each in paragraphs], questions[::4]


SETS = {"hotpotqa": hotpotqa, "musique": musique, "xquad": xquad}


def main() -> None:
    figures = {name: measured(name, *read()) for name, read in SETS.items()}
    write(
        "multihop",
        figures,
        headline={
            f"{name} recall@5, unseen half (bm25 / one round / rounds)": " / ".join(
                f"{value:.3f}" for value in each["unseen"].values()
            )
            for name, each in figures.items()
        },
        notes="Vectors by the product's embedder; words by bm25s. Chosen on the other half.",
    )


if __name__ == "__main__":
    main()
