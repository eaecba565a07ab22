"""
How much a sentence is worded as orders to machines are: a sum over its words, its neighbouring words and their classes,
and over what its phrases mean (`phrasing.py`).

Every stem, every two stems side by side or with one between, every two classes (`classes.py`) near each other, and, in
other scripts, every few letters has a place in one table. What each weighs was learnt by `python -m
bench.quality.train_wording`: a logistic regression on orders, on sentences for people that sound like orders, and on
pages. A sum, so that the weight of several sentences is that of each together.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bowerbird.answer.classes import CLASSES
from bowerbird.answer.phrasing import Filters
from bowerbird.knowledge.words import stem

__all__ = ["SHARE", "SIZE", "TABLE", "bias", "places", "weight"]

SIZE = 1 << 18
TABLE = Path(__file__).with_name("wording.npz")
SHARE = 0.5  # of what the phrases weigh: chosen with the bars, by folds
NEAR = 3  # words between which two classes are near
LETTERS = 300  # of a sentence in another script that are looked at

_TOKEN = re.compile(r"https?://\S*|[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[^\w\s]")
_OF: dict[str, tuple[int, ...]] = {}
for _number, _words in enumerate(CLASSES.values(), 1):
    for _word in set(_words.split()):
        _OF[_word] = (*_OF.get(_word, ()), _number)
_PAIR, _SKIP, _CLASS, _LETTER = 0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F
_EDGES = (zlib.crc32(b"^"), zlib.crc32(b"$"))


def bias() -> float:
    """What a text weighs in which nothing is found."""
    return _learnt().bias


# The sentences of a stretch are weighed alone first.
@lru_cache(maxsize=1024)
def weight(sentence: str) -> float:
    """How much the wording speaks for an order, in log-odds beside the bias."""
    learnt = _learnt()
    return float(learnt.weights[places(sentence)].sum()) + SHARE * learnt.filters.weight(sentence)


def places(sentence: str) -> NDArray[np.int64]:
    """The places in the table of all that the sentence shows, once for each time."""
    lowered = sentence.lower().replace("’", "'")
    tokens = _TOKEN.findall(lowered)
    ids = np.array([_EDGES[0], *map(_id, tokens), _EDGES[1]], np.int64)
    mixed = np.concatenate([ids[1:-1], ids[:-1] * _PAIR + ids[1:] * 31, ids[:-2] * _SKIP + ids[2:] * 37])
    found = [mixed, np.fromiter(_class_pairs(tokens), np.int64)]
    if not lowered.isascii():
        found.append(np.fromiter(_letters(lowered[:LETTERS]), np.int64))
    every = np.concatenate(found)
    held: NDArray[np.int64] = (every ^ (every >> 17)) & (SIZE - 1)
    return held


@lru_cache(maxsize=100_000)
def _id(token: str) -> int:
    if token.startswith("http"):
        return 1
    if token.isdigit():
        return 2
    return zlib.crc32((stem(token) if token.isascii() and token.isalpha() else token).encode())


def _class_pairs(tokens: list[str]) -> Iterator[int]:
    """Two classes near each other, in their order; the beginning of the sentence counts as one."""
    shown = [(0, (0,)), *((n, _OF[token]) for n, token in enumerate(tokens, 1) if token in _OF)]
    for n, (at, classes) in enumerate(shown):
        for later, others in shown[n + 1 : n + 1 + NEAR]:
            if later - at > NEAR:
                break
            for one in classes:
                for other in others:
                    yield (one * 64 + other) * _CLASS
        for one in classes:
            yield (one * 64 + 63) * _CLASS


def _letters(text: str) -> Iterator[int]:
    """Two to four letters of which one is not Latin, where words are not set apart or not stemmed."""
    codes = [ord(letter) for letter in text]
    for width in (2, 3, 4):
        for start in range(len(codes) - width + 1):
            taken = codes[start : start + width]
            if max(taken) > 127:
                mixed = width
                for code in taken:
                    mixed = (mixed * 1_000_003 + code) & 0x7FFFFFFF
                yield mixed * _LETTER


@dataclass(frozen=True, slots=True)
class _Learnt:
    weights: NDArray[np.float32]
    bias: float
    filters: Filters


@cache
def _learnt() -> _Learnt:
    with np.load(TABLE) as stored:
        filters = Filters(stored["kernel"].astype(np.float32), stored["kernel_bias"], stored["kernel_weights"])
        bias = float(stored["bias"]) + SHARE * float(stored["start"][0])
        return _Learnt(stored["weights"].astype(np.float32) * stored["scale"], bias, filters)
