"""
How alike two words are: a vector for each piece of a word, looked up in a table, with nothing to run.

The table is the embedder's own: what it makes of each piece of its vocabulary alone, reduced to the directions that
differ most (`python -m bench.word_vectors` makes it). A word that is no piece by itself is the mean of its pieces.
Source of the idea: https://github.com/MinishLab/model2vec
"""

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bowerbird.models.embed import TOKENIZER

__all__ = ["TABLE", "WordVectors", "common_words", "word_vectors"]

TABLE = Path(__file__).with_name("words.npz")
_LONGEST = 40  # characters: longer ones are no words
_KEPT = 100_000  # words whose vectors stay in memory: 64 numbers each, about 40 MB at most


class WordVectors:
    """Looks up words; safe to call from several threads."""

    def __init__(self, pieces: dict[str, int], table: NDArray[np.float32]) -> None:
        self._pieces = pieces  # a piece inside a word begins with ##
        self._table = table
        self._known: dict[str, int] = {}  # a word's row in what was looked up
        self._looked_up = np.zeros((1024, table.shape[1]), np.float32)
        self._lock = threading.Lock()

    def of(self, words: Sequence[str]) -> NDArray[np.float32]:
        """The unit vectors (n, d) of words in lower case, in order; zeros for what has no known piece."""
        with self._lock:
            if len(self._known) > _KEPT:
                self._known.clear()
            for word in words:
                if word not in self._known:
                    self._look_up(word)
            return self._looked_up[[self._known[word] for word in words]]

    def _look_up(self, word: str) -> None:
        row = len(self._known)
        if row == len(self._looked_up):
            self._looked_up = np.concatenate([self._looked_up, np.zeros_like(self._looked_up)])
        self._looked_up[row] = self._vector(word)
        self._known[word] = row

    def _vector(self, word: str) -> NDArray[np.float32]:
        rows = self._rows(word)
        mean = self._table[rows].mean(axis=0) if rows else np.zeros(self._table.shape[1], np.float32)
        unit: NDArray[np.float32] = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return unit

    def _rows(self, word: str) -> list[int]:
        """The rows of the longest pieces from the left (WordPiece); none when a part of the word has no piece."""
        rows: list[int] = []
        start = 0
        while start < len(word) <= _LONGEST:
            mark = "##" if start else ""
            end = next((end for end in range(len(word), start, -1) if mark + word[start:end] in self._pieces), start)
            if end == start:
                return []
            rows.append(self._pieces[mark + word[start:end]])
            start = end
        return rows


@lru_cache(maxsize=8)  # callers ask for several counts
def common_words(count: int) -> frozenset[str]:
    """The words among the first `count` pieces of the embedder's vocabulary, which is in the order of frequency."""
    return frozenset(word for word, rank in _vocabulary().items() if rank < count and word.isalpha())


@lru_cache(maxsize=1)
def word_vectors() -> WordVectors:
    """The table of the default embedder, read once; raises ModelUnavailable when its tokenizer is not installed."""
    vocabulary = _vocabulary()
    with np.load(TABLE) as stored:
        table = stored["vectors"].astype(np.float32) * stored["scale"]
        row_of = {int(piece): row for row, piece in enumerate(stored["pieces"])}
    return WordVectors({word: row_of[piece] for word, piece in vocabulary.items() if piece in row_of}, table)


def _vocabulary() -> dict[str, int]:
    """The pieces of the embedder's vocabulary with their numbers."""
    from tokenizers import Tokenizer

    found: dict[str, int] = Tokenizer.from_file(str(TOKENIZER.locate())).get_vocab()
    return found
