"""
Fits the weights of `answer/rank.py` again: the right sentence against the others of its question (listwise logistic).

On the half of XQuAD's questions that may be chosen on. First four-fold by article, so that no question is judged by
weights that saw its article: the share of questions whose right sentence comes first, of all questions, and the mean
log-likelihood of the right sentence among those that were weighed; then the weights by all of the half. Both without
and with the words in their context, each held near the shipped weights of the plain features or near nothing.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.quality.answers import Collection, holds, xquad
from bench.vectors import TextVectors
from bowerbird.answer.features import FEATURES
from bowerbird.answer.in_context import CONTEXT_FEATURES
from bowerbird.answer.question import plan
from bowerbird.answer.rank import WEIGHTS, weighed
from bowerbird.answer.sentences import sentences_in
from bowerbird.models import MiniLM
from bowerbird.models.words import WordVectors, word_vectors

FOLDS = 4
HELD = 0.1  # half of what the square of a weight's distance from where it is held costs
STEPS = 60
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentences of a question that were weighed: their numbers (s, f), and which are right (s,)."""

    article: str
    numbers: Floats
    right: Floats


def choices(words: WordVectors, vectors: TextVectors) -> list[Choice]:
    """Of every question of the half."""
    pages, asked = xquad(reported=False)
    collection = Collection(pages, vectors)
    found: list[Choice] = []
    for each in asked:
        planned = plan(each.question)
        hits = collection.find(each.question)
        pool = sentences_in(hits)
        places, numbers, nearness = weighed(
            planned, collection.weights(planned.terms), pool, words, collection.in_context(each.question)
        )
        rows = [(*one, *beside) for one, beside in zip(numbers, nearness or [], strict=True)]
        right = [float(holds([pool[place]], each)) for place in places]
        found.append(Choice(each.article, np.array(rows), np.array(right)))
    return found


def fitted(given: Sequence[Choice], near: Floats) -> Floats:
    """The weights (f,) by Newton's method, held near `near`."""
    told = [each for each in given if each.right.any()]
    weights = near.copy()
    for _ in range(STEPS):
        slope = HELD * (weights - near)
        bend = HELD * np.eye(len(near))
        for each in told:
            odds = _shares(each.numbers @ weights)
            right = odds * each.right
            mean = odds @ each.numbers
            slope -= (right / right.sum() - odds) @ each.numbers
            bend += (each.numbers * odds[:, None]).T @ each.numbers - np.outer(mean, mean)
        step = np.linalg.solve(bend, slope)
        weights = weights - step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-9))
        if float(np.abs(step).max()) < 1e-4:
            break
    return weights


def judged(given: Sequence[Choice], near: Floats) -> tuple[float, float]:
    """Four-fold by article: how often the right sentence comes first, and the mean log-likelihood where it is there."""
    folds = [int(hashlib.sha256(each.article.encode()).hexdigest(), 16) % FOLDS for each in given]
    first = 0
    likelihoods: list[float] = []
    for fold in range(FOLDS):
        weights = fitted([each for each, at in zip(given, folds, strict=True) if at != fold], near)
        for each in (each for each, at in zip(given, folds, strict=True) if at == fold):
            scores = each.numbers @ weights
            first += bool(each.right[int(scores.argmax())])
            if each.right.any():
                likelihoods.append(float(np.log((_shares(scores) * each.right).sum())))
    return first / len(given), float(np.mean(likelihoods))


def _shares(scores: Floats) -> Floats:
    odds: Floats = np.exp(scores - scores.max())
    return odds / odds.sum()


def main() -> None:
    embedder = MiniLM(threads=1)
    vectors = TextVectors(embedder)
    everything = choices(word_vectors(), vectors)
    vectors.save()
    embedder.close()
    names = (*FEATURES, *CONTEXT_FEATURES)
    shipped = np.array([WEIGHTS.get(name, 0.0) for name in names])
    for told, count in (("plain", len(FEATURES)), ("in context", len(names))):
        part = [Choice(each.article, each.numbers[:, :count], each.right) for each in everything]
        for held, near in (("nothing", np.zeros(count)), ("the plain weights", shipped[:count])):
            first, likelihood = judged(part, near)
            weights: dict[str, Any] = dict(zip(names, fitted(part, near).round(2).tolist(), strict=False))
            print(f"{told}, held near {held}: first {first:.3f}, log-likelihood {likelihood:.3f}\n  {weights}")


if __name__ == "__main__":
    main()
