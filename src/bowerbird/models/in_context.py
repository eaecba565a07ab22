"""
Words in their context: what the embedder makes of each word of a text where it stands, small enough to be kept.

The embedder's vector of a text is the mean of what it makes of its pieces; here each word keeps its own, turned to the
DIMENSIONS directions in which words differ most (`in_context.npz`, made by `python -m bench.word_contexts`) and rounded
to four bits each: twenty-four bytes a word. It costs no run of its own. docs/decisions/0011 says what it gains.

What is kept begins with a mark of the table that turned it: by another table's directions it would mean anything.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["DIMENSIONS", "TABLE", "Floats", "is_packed", "packed", "turned", "unpacked", "whole_words", "word_places"]

Floats = NDArray[np.float32]

TABLE: Final = Path(__file__).with_name("in_context.npz")
DIMENSIONS: Final = 48
_BYTES: Final = DIMENSIONS // 2
_STEPS: Final = 7  # to either side of zero: fifteen of the sixteen values
_WIDEST: Final = 2.5 / DIMENSIONS**0.5  # what the last step stands for: few numbers of a unit vector are further out
_MARK_BYTES: Final = 4
_WORD = re.compile(r"[^\W_]+")


def word_places(text: str) -> list[tuple[int, int]]:
    """Start and end of each run of letters and digits, which is what a word is here."""
    return [found.span() for found in _WORD.finditer(text)]


def whole_words(text: str, pieces: Sequence[tuple[int, int]], read: Floats) -> Floats:
    """
    The unit vectors (w, d) of the first words of `text`, as far as it was read: the means of their pieces.

    `read` (p, d) is what the model made of the pieces that stand at the places `pieces`; what stands for no letter (the
    marks around a text) has an empty place. A word without pieces has zeros.
    """
    places = np.array(word_places(text), np.int64).reshape(-1, 2)
    at = np.array(pieces, np.int64).reshape(-1, 2)
    told = np.flatnonzero(at[:, 1] > at[:, 0])
    word = np.searchsorted(places[:, 0], at[told, 0], side="right") - 1
    inside = (word >= 0) & (at[told, 1] <= places[np.maximum(word, 0), 1]) if len(places) else word > 0
    word, told = word[inside], told[inside]
    sums = np.zeros((int(word[-1]) + 1 if len(word) else 0, read.shape[1]), np.float32)
    np.add.at(sums, word, read[told])
    return _unit(sums)


def turned(words: Floats) -> Floats:
    """Of whole words (w, d) the unit vectors (w, DIMENSIONS) that are kept."""
    mean, directions = _table()
    vectors = _unit(np.asarray((words - mean) @ directions, np.float32))
    vectors[~words.any(axis=1)] = 0
    return vectors


def packed(vectors: Floats) -> bytes:
    """The vectors in twenty-four bytes each, behind the mark of the table."""
    steps = np.clip(np.rint(vectors * (_STEPS / _WIDEST)), -_STEPS, _STEPS).astype(np.int8) + 8
    both: NDArray[np.uint8] = (steps[:, ::2] | (steps[:, 1::2] << 4)).astype(np.uint8)
    return _mark() + both.tobytes()


def is_packed(stored: bytes | None) -> bool:
    """Whether `packed` wrote it, by the table that ships."""
    return stored is not None and stored[:_MARK_BYTES] == _mark() and (len(stored) - _MARK_BYTES) % _BYTES == 0


def unpacked(stored: bytes) -> Floats:
    """The unit vectors (w, DIMENSIONS) that `packed` wrote, nearly."""
    both = np.frombuffer(stored, np.uint8, offset=_MARK_BYTES).reshape(-1, _BYTES)
    steps = np.empty((len(both), DIMENSIONS), np.float32)
    steps[:, ::2], steps[:, 1::2] = both & 15, both >> 4
    return _unit(steps - 8)


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return unit


@lru_cache(maxsize=1)
def _mark() -> bytes:
    mean, directions = _table()
    return hashlib.sha256(mean.tobytes() + directions.tobytes()).digest()[:_MARK_BYTES]


@lru_cache(maxsize=1)
def _table() -> tuple[Floats, Floats]:
    """The mean of all words (d,), and the directions (d, DIMENSIONS)."""
    with np.load(TABLE) as stored:
        return stored["mean"].astype(np.float32), stored["directions"].astype(np.float32)
