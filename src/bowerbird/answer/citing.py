"""
Citation recall and precision as ALCE defines them (Gao et al. 2023, arXiv:2305.14627, section 3.4 and its `eval.py`).

    recall      the share of an answer's sentences that their citations, taken together, support in full
    precision   the share of its citations that are not beside the point: their sentence is supported in full, and the
                citation either supports it alone or is missed by the others

Who says what supports what is handed in: the verifier, or somebody who has read it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["CitationScores", "Cited", "Supports", "citation_scores"]

Supports = Callable[[str, Sequence[str]], bool]
"""Whether the texts, taken together, fully support the sentence."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence of an answer and the texts it cites, which may be none."""

    sentence: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CitationScores:
    """How many of how many, so that answers can be added up; the shares are None of nothing."""

    supported: int
    sentences: int
    to_the_point: int
    citations: int

    @property
    def recall(self) -> float | None:
        """Citation recall."""
        return self.supported / self.sentences if self.sentences else None

    @property
    def precision(self) -> float | None:
        """Citation precision."""
        return self.to_the_point / self.citations if self.citations else None


def citation_scores(answer: Sequence[Cited], supports: Supports) -> CitationScores:
    """What `supports` makes of an answer's sentences and what they cite."""
    supported = to_the_point = 0
    for one in answer:
        if not one.cites or not supports(one.sentence, one.cites):
            continue
        supported += 1
        to_the_point += sum(_is_to_the_point(one, n, supports) for n in range(len(one.cites)))
    return CitationScores(supported, len(answer), to_the_point, sum(len(one.cites) for one in answer))


def _is_to_the_point(one: Cited, n: int, supports: Supports) -> bool:
    """Of a sentence that is supported: whether its citation `n` has a part in that."""
    others = (*one.cites[:n], *one.cites[n + 1 :])
    return not others or supports(one.sentence, (one.cites[n],)) or not supports(one.sentence, others)
