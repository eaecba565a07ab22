"""
Fits the weights of `answer/rank.py` again: the right sentence against the others of its question (listwise logistic).

    XQuAD                  the half of the questions that may be chosen on; each counts once
    chunking_evaluation    all questions; each counts for CHUNKING, that other kinds of text and of question have a say

First four-fold by article of XQuAD, so that no question is judged by weights that saw its article: the share of XQuAD's
questions whose right sentence comes first, and the mean log-likelihood of the right sentence among those that were
weighed. Then the weights by all. Without and with the words in their context, by XQuAD alone and with the other set.
The weights are held near the shipped ones of the plain features, and those of what the others lack near nothing.
"""

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.quality.answers import Asked, Collection, Page, holds, xquad
from bench.quality.windows import CORPORA
from bench.report import data_dir
from bench.vectors import TextVectors
from bowerbird.answer.features import FEATURES
from bowerbird.answer.in_context import CONTEXT_FEATURES
from bowerbird.answer.question import plan
from bowerbird.answer.rank import WEIGHTS, weighed
from bowerbird.answer.sentences import sentences_in
from bowerbird.models import MiniLM
from bowerbird.models.words import WordVectors, word_vectors

FOLDS = 4
CHUNKING = 0.15
HELD = 0.3  # half of what the square of a weight's distance from where it is held costs
STEPS = 60
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentences of a question that were weighed: their numbers (s, f), and which are right (s,)."""

    article: str  # empty: learnt from, never judged
    numbers: Floats
    right: Floats
    counts: float = 1.0


def of_xquad(words: WordVectors, vectors: TextVectors) -> list[Choice]:
    """Of every question of the half."""
    pages, asked = xquad(reported=False)
    collection = Collection(pages, vectors)
    return [_choice(collection, words, each.question, [each], each.article, 1.0) for each in asked]


def of_chunking(words: WordVectors, vectors: TextVectors) -> list[Choice]:
    """Of every question of the five corpora, each one page; any sentence where an excerpt begins is right."""
    folder = data_dir("evidence/chunking_evaluation")
    with (folder / "questions_df.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found: list[Choice] = []
    for name in CORPORA:
        text = (folder / f"{name}.md").read_text(encoding="utf-8")
        collection = Collection([Page(f"http://chunking.example/{name}", name.replace("_", " "), text)], vectors)
        for row in (row for row in rows if row["corpus_id"] == name):
            excerpts = json.loads(row["references"])
            places = [Asked(row["question"], 0, "", each["start_index"], each["content"]) for each in excerpts]
            found.append(_choice(collection, words, row["question"], places, "", CHUNKING))
    return found


def _choice(  # noqa: PLR0917 - all of one question
    collection: Collection, words: WordVectors, question: str, places: Sequence[Asked], article: str, counts: float
) -> Choice:
    planned = plan(question)
    pool = sentences_in(collection.find(question))
    at, numbers, nearness = weighed(
        planned, collection.weights(planned.terms), pool, words, collection.in_context(question)
    )
    if nearness is None:  # of a text in another language nothing is known in context
        nearness = [(0.0,) * len(CONTEXT_FEATURES)] * len(numbers)
    rows = [(*one, *beside) for one, beside in zip(numbers, nearness, strict=True)]
    right = [float(any(holds([pool[place]], each) for each in places)) for place in at]
    numbers_of_each = np.array(rows).reshape(len(rows), len(FEATURES) + len(CONTEXT_FEATURES))
    return Choice(article, numbers_of_each, np.array(right), counts)


def fitted(given: Sequence[Choice], near: Floats) -> Floats:
    """The weights (f,) by Newton's method, held near `near`."""
    told = [each for each in given if each.right.any()]
    weights: Floats = near.copy()
    for _ in range(STEPS):
        slope = HELD * (weights - near)
        bend = HELD * np.eye(len(near))
        for each in told:
            odds = _shares(each.numbers @ weights)
            right = odds * each.right
            mean = odds @ each.numbers
            slope -= each.counts * ((right / right.sum() - odds) @ each.numbers)
            bend += each.counts * ((each.numbers * odds[:, None]).T @ each.numbers - np.outer(mean, mean))
        step = np.linalg.solve(bend, slope)
        weights = weights - step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-9))
        if float(np.abs(step).max()) < 1e-4:
            break
    return weights


def judged(given: Sequence[Choice], near: Floats) -> tuple[float, float]:
    """Four-fold by article: how often the right sentence comes first, and the mean log-likelihood where it is there."""
    folds = [
        int(hashlib.sha256(each.article.encode()).hexdigest(), 16) % FOLDS if each.article else FOLDS for each in given
    ]
    first = 0
    likelihoods: list[float] = []
    for fold in range(FOLDS):
        weights = fitted([each for each, at in zip(given, folds, strict=True) if at != fold], near)
        for each in (each for each, at in zip(given, folds, strict=True) if at == fold):
            scores = each.numbers @ weights
            first += len(scores) > 0 and bool(each.right[int(scores.argmax())])
            if each.right.any():
                likelihoods.append(float(np.log((_shares(scores) * each.right).sum())))
    return first / sum(at < FOLDS for at in folds), float(np.mean(likelihoods))


def _shares(scores: Floats) -> Floats:
    odds: Floats = np.exp(scores - scores.max())
    shares: Floats = odds / odds.sum()
    return shares


def main() -> None:
    embedder = MiniLM(threads=1)
    vectors, words = TextVectors(embedder), word_vectors()
    sets = {"XQuAD": of_xquad(words, vectors)}
    sets["XQuAD and chunking"] = sets["XQuAD"] + of_chunking(words, vectors)
    vectors.save()
    embedder.close()
    names = (*FEATURES, *CONTEXT_FEATURES)
    shipped = np.array([WEIGHTS.get(name, 0.0) for name in names])
    for told, count in (("plain", len(FEATURES)), ("in context", len(names))):
        for by, given in sets.items():
            part = [replace(each, numbers=each.numbers[:, :count]) for each in given]
            first, likelihood = judged(part, shipped[:count])
            weights: dict[str, Any] = dict(zip(names, fitted(part, shipped[:count]).round(2).tolist(), strict=False))
            print(f"{told}, by {by}: first {first:.3f}, log-likelihood {likelihood:.3f}\n  {weights}", flush=True)


if __name__ == "__main__":
    main()
