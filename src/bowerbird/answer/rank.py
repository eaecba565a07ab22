"""
The writer's judgement: how good a sentence is as an answer, and whether the best is good enough to answer at all.

The weights are a listwise logistic fit (the right sentence against the others of its question), rounded, to one half of
XQuAD by hash of the question. Where the words are known in their context (`answer/in_context.py`) there are others, of
that half and with less weight of the chunking questions; what says of a sentence that it is short, or opens with what
is asked about, counts for less, or more, than there, since other pages are not Wikipedia's. `python -m
bench.quality.fit_rank` fits both again. Support is fitted on the same half with and without the article, then moved
towards what a passage means, because the long questions of WildGraphBench's half share few words with what answers
them. The other halves are what `bench/quality/answers.py` reports.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bowerbird.answer.features import FEATURES, TermWeights, features
from bowerbird.answer.in_context import CONTEXT_FEATURES, InContext
from bowerbird.answer.question import Plan
from bowerbird.answer.sentences import Sentence
from bowerbird.knowledge.words import fold, is_english
from bowerbird.models.words import WordVectors

__all__ = ["WEIGHTS", "Ranked", "known", "rank", "support", "weighed"]

WEIGHTS = {
    "cover": 1.7,
    "around": 3.0,
    "near": 4.6,
    "fits": 1.5,
    "pairs": 0.8,
    "short": 0.0,
    "leans": -0.15,
    "carried": 2.0,
    "whole": 3.8,
    "passage": 4.5,
    "meant": 7.5,
    "counted": 0.9,
    "opens": 0.7,
}
# The same where the words are known in their context.
WEIGHTS_IN_CONTEXT = {
    "cover": 0.6,
    "around": 1.7,
    "near": 1.9,
    "fits": 0.6,
    "pairs": 0.7,
    "short": 2.3,
    "leans": -0.2,
    "carried": 2.1,
    "whole": 4.2,
    "passage": 3.0,
    "meant": 7.1,
    "counted": 0.1,
    "opens": 0.3,
    "asked": 3.1,
    "told": 0.35,
    "joined": 2.1,
    "matched": 0.61,
    "before": 0.54,
    "behind": 0.64,
    "replies": 0.51,
    "length": -0.38,
}
WEIGHED = 24  # sentences whose features are looked at
KEPT = 8  # sentences that an answer may be made of
UNLIKE = 0.25  # the cosine up to which two words say nothing of each other
# Log-odds that the sentences answer: by the greatest cosine of a passage, and what the best sentence says of the
# question, in its words and in the like. Without a vector only the words are left to go by.
SUPPORT_MEANT, SUPPORT_AROUND, SUPPORT_NEAR, SUPPORT_BIAS = 22.0, 3.0, 4.0, -11.3
WORDS_AROUND, WORDS_NEAR, WORDS_BIAS = 7.7, 7.5, -7.1
# When less than this of what the question is about stands anywhere in what was found, nothing there answers it, however
# alike it all is.
KNOWN = 1 / 3


@dataclass(frozen=True, slots=True)
class Ranked:
    """A sentence with its numbers (as FEATURES names them) and its score; higher is better."""

    sentence: Sentence
    score: float
    numbers: tuple[float, ...]

    def number(self, name: str) -> float:
        """One of the numbers, by its name in FEATURES."""
        return self.numbers[FEATURES.index(name)]


def rank(
    plan: Plan,
    weights: TermWeights,
    sentences: Sequence[Sentence],
    words: WordVectors,
    *,
    keep: int = KEPT,
    in_context: InContext | None = None,
) -> list[Ranked]:
    """The `keep` best sentences, best first; `in_context` knows the words of the question and of passages there."""
    places, numbers, nearness = weighed(plan, weights, sentences, words, in_context)
    if nearness is None:
        scores = [_score(WEIGHTS, FEATURES, each) for each in numbers]
    else:
        both = zip(numbers, nearness, strict=True)
        scores = [_score(WEIGHTS_IN_CONTEXT, (*FEATURES, *CONTEXT_FEATURES), (*each, *beside)) for each, beside in both]
    found = zip(places, scores, numbers, strict=True)
    ranked = [Ranked(sentences[place], score, each) for place, score, each in found]
    return sorted(ranked, key=lambda one: -one.score)[:keep]


def weighed(
    plan: Plan,
    weights: TermWeights,
    sentences: Sequence[Sentence],
    words: WordVectors,
    in_context: InContext | None,
) -> tuple[list[int], list[tuple[float, ...]], list[tuple[float, ...]] | None]:
    """
    The places of the sentences that promise most, and of each the numbers of FEATURES and of CONTEXT_FEATURES.

    None for the last where the words in their context are not known.
    """
    near = _near(plan, weights, sentences, words)
    # Features cost more than all else an answer does, and the right sentence is among the likest.
    places = sorted(range(len(sentences)), key=lambda place: -_promise(sentences[place], near[place]))[:WEIGHED]
    numbers = [features(plan, weights, sentences[place], near[place]) for place in places]
    beside = None if in_context is None else in_context.nearness([sentences[place] for place in places], weights)
    return places, numbers, beside


def _promise(sentence: Sentence, near: float) -> float:
    """What can be said of a sentence's score before its features are known."""
    return WEIGHTS["near"] * near + WEIGHTS["passage"] * sentence.passage_score + WEIGHTS["meant"] * sentence.meant


def _near(plan: Plan, weights: TermWeights, sentences: Sequence[Sentence], words: WordVectors) -> list[float]:
    """For each sentence the weighted mean, over the question's terms, of how alike its likest word is (soft cover)."""
    if not sentences:
        return []
    asked = words.of([fold(word) for word in plan.words])  # (t, d)
    tells = np.array([weights.weights.get(term, 0.0) for term in plan.terms], np.float32)  # (t,)
    said = {word: place for place, word in enumerate(dict.fromkeys(word for one in sentences for word in one.words))}
    alike = np.clip((asked @ words.of(list(said)).T - UNLIKE) / (1 - UNLIKE), 0.0, 1.0)  # (t, w)
    begins = np.cumsum([0, *(len(one.words) for one in sentences[:-1])])
    likest = np.maximum.reduceat(alike[:, [said[word] for one in sentences for word in one.words]], begins, axis=1)
    near: list[float] = (tells @ likest).tolist()
    # Which words mean the like is known of English alone: elsewhere only the same word is near.
    return [
        value if is_english(one.passage.language) else weights.cover(set(one.stems))
        for value, one in zip(near, sentences, strict=True)
    ]


def known(weights: TermWeights, sentences: Sequence[Sentence]) -> float:
    """The weighted share of the question's terms that stand somewhere in the passages of the sentences."""
    return weights.cover(frozenset[str]().union(*(sentence.whole for sentence in sentences)))


def support(ranked: Sequence[Ranked], known: float) -> float:
    """The probability that the sentences, best first, answer a question of which so much is `known`."""
    if not ranked or known < KNOWN:
        return 0.0
    meant = max(one.number("meant") for one in ranked)
    around, near = ranked[0].number("around"), ranked[0].number("near")
    # So is how near a passage comes to a question by its meaning.
    if meant > 0 and is_english(ranked[0].sentence.passage.language):
        odds = SUPPORT_MEANT * meant + SUPPORT_AROUND * around + SUPPORT_NEAR * near + SUPPORT_BIAS
    else:
        odds = WORDS_AROUND * around + WORDS_NEAR * near + WORDS_BIAS
    return 1 / (1 + math.exp(-odds))


def _score(weights: Mapping[str, float], names: Sequence[str], numbers: Sequence[float]) -> float:
    return sum(weights[name] * number for name, number in zip(names, numbers, strict=True))
