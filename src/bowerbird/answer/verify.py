"""
The verifier: does the evidence say what the claim says? Given by code, never by the writer of the claim.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bowerbird.answer.align import align
from bowerbird.answer.answer import VerdictName
from bowerbird.answer.differences import differences

__all__ = ["Verdict", "verify"]
COVERED = 0.75
TOUCHED = 0.4
_MARKS = re.compile(r"[*_`#¶]+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence makes of a claim; `score` is 1 for proof and 0 for nothing, `reasons` are in words."""

    verdict: VerdictName
    score: float
    reasons: tuple[str, ...]


def verify(claim: str, evidence: Sequence[str]) -> Verdict:
    """The verdict on one claim by the texts that it cites."""
    if not claim.strip():
        return Verdict("unsupported", 0.0, ("the claim is empty",))
    said = _plain(claim)
    if any(said in _plain(text) for text in evidence):
        return Verdict("supported", 1.0, ("quoted word for word",))
    windows = align(claim, evidence)
    if not windows or windows[0].cover == 0:
        return Verdict("unsupported", 0.0, ("the evidence holds 0% of the claim's words",))
    best = windows[0]
    found = differences(best)
    against = [each.words for each in found if each.contradicts]
    cov = best.cover
    if cov < TOUCHED:
        return Verdict("unsupported", round(cov, 3), ("nope",))
    if against:
        return Verdict("contradicted", round(0.2 * cov, 3), tuple(against))
    if found or cov < COVERED:
        return Verdict("partial", round(0.6 * cov, 3), tuple(each.words for each in found) or ("c",))
    return Verdict("supported", round(cov, 3), ("c",))


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub("", text).casefold().split())
