"""
The verifier: does the evidence say what the claim says? Given by code, never by the writer of the claim.

    word for word      proof, unless the evidence denies it in the same breath
    laid beside        the sentences that come nearest (`align.py`); numbers, dates, units, names, denials and
                       directions that differ there (`differences.py`) speak against it, whatever else is alike
    other words        how likely it follows, by weights trained on people's verdicts (`entailment.py`) or, where one is
                       installed, by a cross-encoder (`models/entail.py`)
    whose end          a claim that copies a sentence and ends as another does is half proven (`splices.py`)
    who to whom        of nearly the same words, names in each other's place leave a claim half proven (`roles.py`)

It sees a wrong relation between right words ("birthplace", "home town") only where a word stands in another's place.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bowerbird.answer.align import Aligned, align
from bowerbird.answer.answer import VerdictName
from bowerbird.answer.differences import SAME_SENTENCE, Difference, differences
from bowerbird.answer.entailment import likelihood
from bowerbird.answer.opposites import is_negation
from bowerbird.answer.roles import swapped_roles
from bowerbird.answer.splices import spliced
from bowerbird.knowledge.words import is_english
from bowerbird.models.entail import Entailment

__all__ = ["Verdict", "verify"]

# All chosen on the half that is not reported.
LIKELY = 0.55  # the likelihood from which a claim in other words is supported
ENTAILED = 0.5  # the same by a cross-encoder, where one is installed
POSSIBLE = 0.35  # and from which it is in part
WHOLE = 0.9  # with so much of the claim in one sentence, and no difference, nothing is left to doubt
TOUCHED = 0.2  # with less of it there is nothing to judge
# How much of the claim must be in the sentence for a difference of a kind to decide, whatever else is alike. Below that
# people say the same thing in other words, leave a name out, or go round a negation: there it is one number of several.
DECIDES = {"number": 0.45, "date": 0.45, "unit": 0.45, "name": 0.45, "denial": 0.55, "opposite": 0.55}
MISSING_DECIDES = 0.65  # what the evidence just has not, or elsewhere
REPLACED_DECIDES = 0.85  # a word for another

ONLY_QUOTES = "other words than the page's can only be judged in English"
_MARKS = re.compile(r"[*_`#¶]+")
_WORDS = re.compile(r"[^\W\d_]+(?:['’]t)?")
# What makes a claim one about everything; other determiners and adverbs come and go in rewording.
_OF_ALL = frozenset(
    {"all", "every", "everyone", "everything", "always", "entirely", "exclusively", "only", "solely", "whole"}
)
_CLAUSE_END = re.compile(r"[.!?;\n]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence makes of a claim; `score` is 1 for proof and 0 for nothing, `reasons` are in words."""

    verdict: VerdictName
    score: float
    reasons: tuple[str, ...]


def verify(
    claim: str, evidence: Sequence[str], *, entailment: Entailment | None = None, language: str = "en"
) -> Verdict:
    """
    The verdict on one claim by the texts that it cites; `entailment` judges what is said in other words.

    Of evidence in another language than English only what is said word for word is supported.
    """
    if not claim.strip():
        return Verdict("unsupported", 0.0, ("the claim is empty",))
    if quoted := _quoted(_plain(claim), [_plain(text) for text in evidence]):
        return quoted
    if not is_english(language):
        return Verdict("unsupported", 0.0, (ONLY_QUOTES,))
    windows = align(claim, evidence)
    if not windows or windows[0].cover < TOUCHED:
        return Verdict("unsupported", 0.0, (_held(windows),))
    best = windows[0]
    found = differences(best)
    likely = likelihood(windows, found)
    told = tuple(dict.fromkeys(each.words for each in found)) or (_held(windows),)
    against = [each for each in found if each.contradicts]
    if any(best.cover >= DECIDES.get(each.kind, 1.0) for each in against):
        return Verdict("contradicted", round(0.2 * likely, 3), tuple(dict.fromkeys(each.words for each in against)))
    if any(best.cover >= _decides(each) for each in found):
        verdict: VerdictName = "partial" if likely >= POSSIBLE or best.cover >= 0.5 else "unsupported"
        return Verdict(verdict, round(0.6 * likely, 3), told)
    if best.cover >= SAME_SENTENCE and (
        doubt := swapped_roles(best, claim, " ".join(evidence)) or _widened(claim, evidence)
    ):
        return Verdict("partial", round(0.6 * likely, 3), (doubt,))
    if entailment is not None and best.cover < WHOLE:
        likely = entailment.likelihood(" ".join(dict.fromkeys(window.text for window in windows)), claim)
        told = (*(told if found else ()), f"{entailment.name} finds it {likely:.0%} likely by the nearest sentences")
    if best.cover >= WHOLE or likely >= (LIKELY if entailment is None else ENTAILED):
        if doubt := spliced(best, claim, evidence):
            return Verdict("partial", round(0.6 * likely, 3), (doubt,))
        score = max(likely, best.cover) if best.cover >= WHOLE else likely
        return Verdict("supported", round(score, 3), told if entailment and best.cover < WHOLE else (_held(windows),))
    if against:
        return Verdict("contradicted", round(likely, 3), told)
    return Verdict("partial" if likely >= POSSIBLE else "unsupported", round(likely, 3), told)


def _decides(each: Difference) -> float:
    """How much of the claim must be in the sentence for this one to decide."""
    return REPLACED_DECIDES if each.kind == "word" else MISSING_DECIDES


def _quoted(claim: str, evidence: Sequence[str]) -> Verdict | None:
    """The verdict on a claim that the evidence holds word for word; None when it does not."""
    places = [(text, at) for text in evidence if (at := text.find(claim)) >= 0]
    if not places:
        return None
    if all(_denies(text[:at]) for text, at in places):
        return Verdict("contradicted", 0.1, ("the evidence quotes it to deny it",))
    return Verdict("supported", 1.0, ("quoted word for word",))


def _denies(before: str) -> bool:
    """Whether what stands before a quote in its own sentence denies it: "it is not true that …"."""
    clause = _CLAUSE_END.split(before)[-1]
    return clause.rstrip().endswith(("that", "say", "says", "claim", "to say", ":")) and any(
        is_negation(word) for word in _WORDS.findall(clause)[-8:]
    )


def _widened(claim: str, evidence: Sequence[str]) -> str:
    """In words, what the claim says of all where the evidence does not; empty when it does not."""
    mine = [word for word in _WORDS.findall(claim) if word.casefold() in _OF_ALL]
    if not mine or any(word.casefold() in _OF_ALL for text in evidence for word in _WORDS.findall(text)):
        return ""
    return f"the claim says {mine[0]!r}, the evidence does not"


def _held(windows: Sequence[Aligned]) -> str:
    best = windows[0].cover if windows else 0.0
    return f"the nearest sentence holds {best:.0%} of the claim's words"


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub("", text).casefold().split())
