"""
Citation recall and precision as ALCE defines them (Gao et al. 2023, arXiv:2305.14627, section 3.4 and its `eval.py`).

    recall      the share of an answer's sentences that their citations, taken together, support in full
    precision   the share of its citations that are not beside the point: their sentence is supported in full, and the
                citation either supports it alone or is missed by the others

Who says what supports what is handed in: the verifier (`supported_in_full`), or somebody who has read it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bowerbird.answer.leaning import leans_on_before, opens_what_follows
from bowerbird.answer.verify import verify
from bowerbird.answer.write import tidy

__all__ = ["CitationScores", "Cited", "Supports", "citation_scores", "supported_in_full"]

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


def supported_in_full(sentence: str, texts: Sequence[str]) -> bool:
    """
    Whether the verifier says so, and the texts show what the sentence leans on and what its colon announces.

    "It was built in 1901" is quoted word for word from where it stands, and by itself it tells nobody what was.
    """
    if verify(sentence, texts).verdict != "supported":
        return False
    around = [tidy(text).partition(" ".join(sentence.split())) for text in texts]
    is_led = any(itself and before for before, itself, _ in around)
    is_followed = any(itself and after for _, itself, after in around)
    needed = (leans_on_before(sentence) and not is_led) + (opens_what_follows(sentence) and not is_followed)
    return sum(not itself for _, itself, _ in around) >= needed


def _is_to_the_point(one: Cited, n: int, supports: Supports) -> bool:
    """Of a sentence that is supported: whether its citation `n` has a part in that."""
    others = (*one.cites[:n], *one.cites[n + 1 :])
    return not others or supports(one.sentence, (one.cites[n],)) or not supports(one.sentence, others)
