"""
How good an answer is, whoever gave it: does it say what is true, and does it speak of what was asked?

What is true is taken from the first of these that there is: evidence or a gold answer given with the question, one's
own pages, the reference pages that ship with the product. Where none says anything of it, there is no score but a
reason: a guess would look like a judgement. How far the score agrees with people: bench/quality/judgements.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from bowerbird.answer.features import fits
from bowerbird.answer.question import Plan, plan
from bowerbird.answer.verify import verify
from bowerbird.knowledge.text import sentences
from bowerbird.knowledge.words import content_stems, fold, stem, word_spans
from bowerbird.models.entail import installed_entailment
from bowerbird.models.words import word_vectors

__all__ = ["Evaluation", "OwnPages", "reference_pages", "score"]

OwnPages = Callable[[str], Sequence[str]]
"""Finds what one's own pages say of a question: texts, best first; none when they say nothing."""

# What a claim counts that its evidence holds in part: less than half, since what is missing may be what was asked.
AT_MOST_PARTIAL = 0.45
# Of a page, the sentences count as evidence that hold this share of the question's words.
OF_THE_QUESTION = 0.5
# An answer that speaks of this share of what was asked speaks of all: the rest is what it answers with.
RELEVANT = 0.75
UNLIKE = 0.25  # as in rank.py
SHORT = 5  # words: "Paris", "in 1876"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Both from 0 to 1; `factual_accuracy` is None where nothing was there to judge by."""

    factual_accuracy: float | None
    relevance: float
    judged_by: str  # "given", "own pages", "reference pages" or "nothing"
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The evaluation as the outside contract has it."""
        return {
            "factual_accuracy": self.factual_accuracy,
            "relevance": self.relevance,
            "judged_by": self.judged_by,
            "reason": self.reason,
        }


def score(
    question: str,
    answer: str,
    *,
    evidence: Sequence[str] = (),
    gold: str | None = None,
    own_pages: OwnPages | None = None,
) -> Evaluation:
    """How true and how relevant `answer` is."""
    asked = plan(question)
    relevance = _relevance(asked, answer)
    truth, judged_by = _truth(asked, [*evidence, *([gold] if gold else [])], own_pages)
    if not answer.strip():
        return Evaluation(0.0, 0.0, judged_by, "the answer is empty")
    if not truth:
        reason = "no evidence was given, and no stored page says anything of it: give evidence, or gather pages"
        return Evaluation(None, relevance, judged_by, reason)
    verdicts = [verify(claim, truth, entailment=installed_entailment()) for claim in _claims(asked, answer)]
    values = [
        1.0 if each.verdict == "supported" else min(each.score, AT_MOST_PARTIAL) if each.verdict == "partial" else 0.0
        for each in verdicts
    ]
    reasons = [reason for each in verdicts if each.verdict != "supported" for reason in each.reasons]
    told = "; ".join(reasons) or f"all of its {len(values)} sentences are supported"
    return Evaluation(round(sum(values) / len(values), 3), relevance, judged_by, told)


@cache
def reference_pages() -> tuple[str, ...]:
    """The pages that ship with the product, to evaluate answers to general questions by."""
    folder = files("bowerbird.answer").joinpath("reference")
    pages = sorted((page for page in folder.iterdir() if page.name.endswith(".md")), key=lambda page: page.name)
    return tuple(page.read_text(encoding="utf-8") for page in pages)


def _truth(asked: Plan, given: Sequence[str], own_pages: OwnPages | None) -> tuple[list[str], str]:
    if given:
        return list(given), "given"
    own = list(own_pages(asked.question)) if own_pages is not None else []
    if own:
        return own, "own pages"
    for page in reference_pages():
        about = [said for span in sentences(page) if _holds(said := span.of(page), asked) >= OF_THE_QUESTION]
        if about:
            return about, "reference pages"
    return [], "nothing"


def _holds(text: str, asked: Plan) -> float:
    said = set(content_stems(text))
    return sum(term in said for term in asked.terms) / max(1, len(asked.terms))


def _claims(asked: Plan, answer: str) -> list[str]:
    """The sentences of the answer; a short one is read together with what was asked."""
    found = [span.of(answer) for span in sentences(answer)]
    if len(found) == 1 and len(found[0].split()) <= SHORT and not set(content_stems(found[0])) & set(asked.terms):
        return [f"{' '.join(asked.words)} {found[0]}"]
    return found


def _relevance(asked: Plan, answer: str) -> float:
    words = [fold(span.of(answer)) for span in word_spans(answer)]
    if not words:
        return 0.0
    if len(words) <= SHORT:
        return 1.0 if fits(asked, f" {answer}") or _speaks_of(asked, words) >= OF_THE_QUESTION else 0.5
    return round(min(1.0, _speaks_of(asked, words) / RELEVANT), 3)


def _speaks_of(asked: Plan, words: Sequence[str]) -> float:
    """The mean over the question's words of how alike the likest word of the answer is."""
    vectors, said = word_vectors(), {stem(word) for word in words}
    alike = vectors.of([fold(word) for word in asked.words]) @ vectors.of(list(dict.fromkeys(words))).T
    likest = np.clip((alike.max(axis=1) - UNLIKE) / (1 - UNLIKE), 0.0, 1.0)
    same = np.array([term in said for term in asked.terms])
    return float(np.where(same, 1.0, likest).mean())
