"""
How near the words of a question come to a sentence's where both stand: "he" in a text about Tesla, "when" near a year.

For each word of the question the likest word of the sentence, in the embedder's own eyes (`models/in_context.py`);
then the mean over the words that ask, over those that tell, and over the small ones between, which say how the others
belong together. The table of words alone (`models/words.py`) knows neither pronouns nor what "when" asks for.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bowerbird.answer.sentences import Sentence
from bowerbird.kernel.nouns import PassageText
from bowerbird.knowledge.words import STOPWORDS, fold, is_english, word_set
from bowerbird.models.in_context import word_places

__all__ = ["CONTEXT_FEATURES", "InContext", "PassageWords"]

CONTEXT_FEATURES = (
    "asked",  # how near the words that ask come: "who", "how many"
    "told",  # … the telling words
    "joined",  # … the small words
)
_ASKING = word_set("what which who whom whose when where why how many much")

PassageWords = Callable[[Sequence[PassageText]], Mapping[int, NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class InContext:
    """The words (w, n) of a question, and where those of passages are looked up."""

    question: str
    words: NDArray[np.float32]
    of_passages: PassageWords

    def nearness(self, sentences: Sequence[Sentence]) -> list[tuple[float, ...]] | None:
        """The numbers named in CONTEXT_FEATURES of each sentence; None unless all their passages' words are known."""
        passages = {one.passage.id: one.passage for one in sentences}
        if not all(is_english(passage.language) for passage in passages.values()):
            return None
        known = self.of_passages(list(passages.values()))
        if len(known) < len(passages):
            return None
        groups = self._groups()
        near = [self._near(one, known[one.passage.id], groups) for one in sentences]
        read = [each for each in near if each is not None]
        if not read:
            return None
        # What stands behind the part of a passage that the model reads is neither near nor far.
        usual: list[float] = np.mean(read, axis=0).tolist()
        return [tuple(usual) if each is None else each for each in near]

    def _groups(self) -> NDArray[np.float32]:
        """What each word of the question counts for in each of the three means (3, w)."""
        words = [fold(self.question[start:end]) for start, end in word_places(self.question)][: len(self.words)]
        kinds = [0 if word in _ASKING else 2 if word in STOPWORDS else 1 for word in words]
        groups = np.eye(len(CONTEXT_FEATURES), dtype=np.float32)[kinds].reshape(-1, len(CONTEXT_FEATURES)).T
        means: NDArray[np.float32] = groups / np.maximum(groups.sum(axis=1, keepdims=True), 1)
        return means

    def _near(
        self, sentence: Sentence, there: NDArray[np.float32], groups: NDArray[np.float32]
    ) -> tuple[float, ...] | None:
        starts = _starts(sentence.passage.text)
        first = bisect_left(starts, sentence.start - sentence.passage.start)
        last = bisect_left(starts, sentence.end - sentence.passage.start)
        own = there[first:last]
        if not len(own) or not len(self.words):
            return None
        likest = (self.words @ own.T).max(axis=1)
        near: list[float] = (groups @ likest).tolist()
        return tuple(near)


# As with the sentences: a passage never changes.
@lru_cache(maxsize=2048)
def _starts(text: str) -> list[int]:
    return [start for start, _ in word_places(text)]
