"""
How near the words of a question come to a sentence's where both stand: "he" in a text about Tesla, "when" near a year.

For each word of the question the likest word of the sentence, in the embedder's own eyes (`models/in_context.py`);
then the mean over the words that ask, over those that tell, and over the small ones between, which say how the others
belong together; and what was learnt of both (`comparison.py`). The table of words alone (`models/words.py`) knows
neither pronouns nor what "when" asks for.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bowerbird.answer.comparison import COMPARED, AskedWords, SaidWords, asked_words, compared, said_words
from bowerbird.answer.features import TermWeights
from bowerbird.answer.sentences import Sentence
from bowerbird.kernel.nouns import PassageText
from bowerbird.knowledge.words import is_english
from bowerbird.models.in_context import word_places

__all__ = ["CONTEXT_FEATURES", "InContext", "PassageWords"]

CONTEXT_FEATURES = (
    "asked",  # how near the words that ask come: "who", "how many"
    "told",  # … the telling words
    "joined",  # … the small words
    *COMPARED,
)
_MEANS = 3

PassageWords = Callable[[Sequence[PassageText]], Mapping[int, NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class InContext:
    """The words (w, n) of a question, and where those of passages are looked up."""

    question: str
    words: NDArray[np.float32]
    of_passages: PassageWords

    def nearness(self, sentences: Sequence[Sentence], weights: TermWeights) -> list[tuple[float, ...]] | None:
        """The numbers named in CONTEXT_FEATURES of each sentence; None unless all their passages' words are known."""
        both = self.words_with(sentences, weights)
        if both is None:
            return None
        asked, said = both
        read = [place for place, each in enumerate(said) if len(each.vectors)]
        if not read:
            return None
        groups = _groups(asked)
        near = np.stack([groups @ (self.words @ said[place].vectors.T).max(axis=1) for place in read])
        numbers = np.concatenate([near, compared(asked, [said[place] for place in read])], axis=1)
        # What stands behind the part of a passage that the model reads is neither near nor far.
        every = np.tile(numbers.mean(axis=0), (len(said), 1))
        every[read] = numbers
        return [tuple(each) for each in every.tolist()]

    def words_with(
        self, sentences: Sequence[Sentence], weights: TermWeights
    ) -> tuple[AskedWords, list[SaidWords]] | None:
        """The words of the question and of each sentence, none of one not read; None unless all passages' are known."""
        passages = {one.passage.id: one.passage for one in sentences}
        if not len(self.words) or not all(is_english(passage.language) for passage in passages.values()):
            return None
        known = self.of_passages(list(passages.values()))
        if len(known) < len(passages):
            return None
        asked = asked_words(self.question, self.words, weights.weights)
        return asked, [_said(asked, one, known[one.passage.id]) for one in sentences]


def _groups(asked: AskedWords) -> NDArray[np.float32]:
    """What each word of the question counts for in each of the three means (3, w)."""
    groups = np.eye(_MEANS, dtype=np.float32)[asked.roles].T
    means: NDArray[np.float32] = groups / np.maximum(groups.sum(axis=1, keepdims=True), 1)
    return means


def _said(asked: AskedWords, sentence: Sentence, there: NDArray[np.float32]) -> SaidWords:
    """The words of a sentence of a passage of which the words `there` are known."""
    passage = sentence.passage
    starts = _starts(passage.text)
    first = bisect_left(starts, sentence.start - passage.start)
    last = bisect_left(starts, sentence.end - passage.start)
    return said_words(asked, passage.text, there[first:last], first, passage.id, sentence.order)


# As with the sentences: a passage never changes.
@lru_cache(maxsize=2048)
def _starts(text: str) -> list[int]:
    return [start for start, _ in word_places(text)]
