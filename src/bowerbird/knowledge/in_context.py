"""Words in their context: of questions as they are searched for, of passages as they are kept."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bowerbird.kernel.nouns import PassageText
from bowerbird.knowledge.indexer import kept_words, model_text, text_hash
from bowerbird.models import Embedder
from bowerbird.models.embed import readings
from bowerbird.models.in_context import unpacked, word_places
from bowerbird.records import Records

__all__ = ["WordsInContext"]

K = TypeVar("K")
V = TypeVar("V")

_QUESTIONS = 256  # that were searched for last, some 2 kB each
_PASSAGES = 2_048  # that were looked at last, some 2 kB each


class WordsInContext:
    """Safe to call from several threads."""

    def __init__(self, records: Records, embedder: Embedder) -> None:
        self._records = records
        self._embedder = embedder
        self._asked: OrderedDict[str, NDArray[np.float32] | None] = OrderedDict()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def vectors(self, questions: Sequence[str]) -> NDArray[np.float32]:
        """The unit vectors (n, d) of `questions`; their words are kept for whoever asks for them next."""
        read = readings(self._embedder, questions)
        with self._lock:
            for question, each in zip(questions, read, strict=True):
                _keep(self._asked, question, each.words, _QUESTIONS)
        return np.stack([each.vector for each in read])

    def of_question(self, question: str) -> NDArray[np.float32] | None:
        """The unit vectors (w, n) of its words; None where the embedder does not tell them."""
        with self._lock:
            if question in self._asked:
                return self._asked[question]
        self.vectors([question])
        with self._lock:
            return self._asked.get(question)

    def of_passages(self, wanted: Sequence[PassageText]) -> dict[int, NDArray[np.float32]]:
        """
        By the id of each passage whose words were kept, their unit vectors (w, n). Blocking.

        One for each of `word_places` of its text, as far as the model has read it.
        """
        hashes = {one.id: text_hash(model_text(one.title, one.heading, one.text)) for one in wanted}
        with self._lock:
            stored = {key: self._kept[key] for key in hashes.values() if key in self._kept}
        if new := [key for key in dict.fromkeys(hashes.values()) if key not in stored]:
            read = self._records.read(partial(kept_words, model=self._embedder.name, hashes=new))
            with self._lock:
                for key, words in read.items():
                    stored[key] = words
                    _keep(self._kept, key, words, _PASSAGES)
        return {one.id: unpacked(stored[hashes[one.id]])[_before(one) :] for one in wanted if hashes[one.id] in stored}


def _before(passage: PassageText) -> int:
    """How many words the model reads before the passage's own."""
    read = model_text(passage.title, passage.heading, passage.text)
    return len(word_places(read[: len(read) - len(passage.text)]))


def _keep(kept: OrderedDict[K, V], key: K, value: V, at_most: int) -> None:
    """Put it in, and out what was put in first, beyond `at_most`."""
    kept[key] = value
    while len(kept) > at_most:
        kept.popitem(last=False)
