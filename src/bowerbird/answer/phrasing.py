"""
How much a sentence is phrased as orders to machines are, by what its words mean: filters over three words each.

Words that were never learnt from count as those do that mean the same: each is taken by its vector (`models/words.py`)
and its classes (`classes.py`). A filter finds the three words of a sentence that fit it best; what the fits weigh adds
up. Learnt with `wording.py`, by `python -m bench.quality.train_wording`. What a word is to the filters is kept, so that
a sentence costs microseconds.
Source of the idea: https://arxiv.org/abs/1408.5882
"""

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bowerbird.answer.classes import CLASSES
from bowerbird.models.words import word_vectors

__all__ = ["FEATURES", "MOST_WORDS", "Filters", "features", "tokens"]

MOST_WORDS = 300  # of a sentence that are looked at: nobody hides an order behind dashes
WIDTH = 96  # of a word's vector
LOUDNESS = 3.0  # by which a vector of length 1 weighs as much as a word's classes do
_CLASSES = len(CLASSES)
URL, NUMBER, EDGE = (WIDTH + _CLASSES + n for n in range(3))
FEATURES = EDGE + 1
_KEPT = 20_000  # words: with 64 filters 15 MB

_TOKEN = re.compile(r"https?://\S*|[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[^\w\s]")
_OF: dict[str, list[int]] = {}
for _number, _words in enumerate(CLASSES.values()):
    for _word in set(_words.split()):
        _OF.setdefault(_word, []).append(WIDTH + _number)

Floats = NDArray[np.float32]


def tokens(sentence: str) -> list[str]:
    """The first words and marks of a sentence, in lower case; "" where it ends."""
    found = _TOKEN.findall(sentence.lower().replace("’", "'"))
    return ["", *found[:MOST_WORDS], ""]


def features(token: str) -> Floats:
    """What is known of a word or mark (FEATURES,)."""
    found = np.zeros(FEATURES, np.float32)
    if not token:
        found[EDGE] = 1
    elif token.startswith("http"):
        found[URL] = 1
    elif token.isdigit():
        found[NUMBER] = 1
    else:
        found[:WIDTH] = word_vectors().of([token])[0] * LOUDNESS
        found[_OF.get(token, [])] = 1
    return found


class Filters:
    """What was learnt: `kernel` (3, FEATURES, filters), `bias` and `weights` (filters,)."""

    def __init__(self, kernel: Floats, bias: Floats, weights: Floats) -> None:
        self._bias, self._weights = bias, weights

        def fits(token: str) -> Floats:
            """What a word is to each filter as the first, second or third of three (3, filters)."""
            found: Floats = features(token) @ kernel
            return found

        self._fits: Callable[[str], Floats] = lru_cache(maxsize=_KEPT)(fits)

    def weight(self, sentence: str) -> float:
        """How much the sentence's phrases speak for an order, in log-odds."""
        fits = np.array([self._fits(token) for token in tokens(sentence)])
        if len(fits) < 3:
            return 0.0
        found = (fits[:-2, 0] + fits[1:-1, 1] + fits[2:, 2]).max(axis=0)
        return float(np.maximum(found + self._bias, 0) @ self._weights)
