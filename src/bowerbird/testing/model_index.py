"""The index as one would explain it: dictionaries and NumPy, slow and plain: what backends are held against."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np
import Stemmer
from numpy.typing import NDArray

from bowerbird.knowledge.index import EVERYTHING, Entry, Filter, IndexBatch, Scored

_WORD = re.compile(r"[^\W_]+")
_STEMMERS = {"en": "english", "de": "german", "fr": "french", "ru": "russian"}
_SIGN = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


class ModelIndex:
    """Keeps everything in memory; nothing outlives it."""

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}  # in the order they were added last
        self._vectors: dict[int, NDArray[np.float32]] = {}
        self._seq = 0

    def apply(self, batch: IndexBatch) -> None:
        """Take in a batch."""
        for passage in [*batch.removes, *(entry.passage for entry in batch.adds)]:
            self._entries.pop(passage, None)
            self._vectors.pop(passage, None)
        self._entries.update({entry.passage: entry for entry in batch.adds})
        self._seq = max(self._seq, batch.up_to_seq)

    def add_vectors(self, passages: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Give passages their vectors."""
        for passage, vector in zip(passages, vectors, strict=True):
            if passage in self._entries:
                self._vectors.setdefault(passage, vector)

    def high_water(self) -> int:
        """Up to where the index log has been taken in."""
        return self._seq

    def missing_vectors(self, limit: int) -> list[int]:
        """Up to `limit` passages without a vector, in the order they were added."""
        return [passage for passage in self._entries if passage not in self._vectors][:limit]

    def search_lexical(self, query: str, k: int, filter: Filter = EVERYTHING) -> list[Scored]:  # noqa: A002
        """The k best passages by BM25 over all their words as one text."""
        documents = {p: _terms_of(entry) for p, entry in self._entries.items()}
        mean = sum(map(len, documents.values())) / max(len(documents), 1)
        frequency = Counter(term for words in documents.values() for term in set(words))
        asked = {term for reading in self._readings(query) for term in reading}
        hits = [
            Scored(passage, sum(_bm25(term, words, frequency[term], len(documents), mean) for term in asked))
            for passage, words in documents.items()
            if _matches(self._entries[passage], filter)
        ]
        return _best([hit for hit in hits if hit.score > 0], k)

    def search_dense(self, vector: NDArray[np.float32], k: int, filter: Filter = EVERYTHING) -> list[Scored]:  # noqa: A002
        """The k nearest passages by cosine."""
        hits = [
            Scored(passage, float(known @ vector))
            for passage, known in self._vectors.items()
            if _matches(self._entries[passage], filter)
        ]
        return _best(hits, k)

    def word_counts(self, words: Sequence[str]) -> list[int]:
        """In how many passages each word stands."""
        texts = [set(_terms_of(entry)) for entry in self._entries.values()]
        return [sum(any(reading <= text for reading in self._readings(word)) for text in texts) for word in words]

    def _readings(self, words: str) -> list[set[str]]:
        """The words in each language of which there is a passage, and in English."""
        languages = {"en", *(entry.language for entry in self._entries.values())}
        return [reading for language in languages if (reading := set(_terms(words, language)))]

    def count(self) -> int:
        """How many passages there are."""
        return len(self._entries)

    def ping(self) -> None:
        """It can always be searched."""

    def close(self) -> None:
        """Nothing to let go of."""


def _matches(entry: Entry, filter: Filter) -> bool:  # noqa: A002
    return (
        (filter.workspaces is None or entry.workspace in filter.workspaces)
        and (filter.sources is None or entry.source in filter.sources)
        and (filter.kinds is None or entry.kind in filter.kinds)
        and (filter.tags is None or not set(entry.tags).isdisjoint(filter.tags))
        and (filter.pages is None or entry.page in filter.pages)
        and (filter.passages is None or entry.passage in filter.passages)
        and (filter.since_s is None or entry.at_s >= filter.since_s)
        and (filter.until_s is None or entry.at_s < filter.until_s)
    )


def _terms_of(entry: Entry) -> list[str]:
    return _terms(f"{entry.title} {entry.heading} {entry.text}", entry.language)


def _terms(text: str, language: str) -> list[str]:
    words: list[str] = _WORD.findall(_SIGN.sub(r" \g<0> ", text.lower()))
    plain = (_plain(word) for word in Stemmer.Stemmer(_STEMMERS.get(language, "english")).stemWords(words))
    return [str(word) for word in Stemmer.Stemmer("english").stemWords(list(plain))]


def _plain(word: str) -> str:
    """Without accents."""
    return "".join(mark for mark in unicodedata.normalize("NFKD", word) if not unicodedata.combining(mark))


def _bm25(term: str, words: list[str], frequency: int, documents: int, mean: float) -> float:
    """Robertson and Zaragoza 2009, with k1 = 1.2 and b = .75; more than 0 for a word that is there."""
    times = words.count(term)
    idf = math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))
    return idf * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * len(words) / mean)) if times else 0.0


def _best(hits: list[Scored], k: int) -> list[Scored]:
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage))[: max(k, 0)]
