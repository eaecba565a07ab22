"""
The verifier: does the evidence say what the claim says? Given by code, never by the writer of the claim.

In this order: word for word, then the slots (numbers, units, dates, names, negation, comparison), then how much of the
claim's content the evidence covers. It cannot see a wrong relation between right words ("birthplace", "home town").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bowerbird.answer.answer import VerdictName
from bowerbird.answer.slots import Slots, slots
from bowerbird.knowledge.words import content_stems

__all__ = ["Verdict", "verify"]

# Content words of the claim that the evidence must share for "supported", and for "partial".
COVERED = 0.75
TOUCHED = 0.5

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
    wanted = content_stems(claim)
    held = [frozenset(content_stems(text)) for text in evidence]
    everything = frozenset().union(*held)
    covered = sum(word in everything for word in wanted) / len(wanted) if wanted else 0.0
    if covered < TOUCHED:
        return Verdict("unsupported", round(covered, 3), (f"the evidence holds {covered:.0%} of the claim's words",))
    against = _against(slots(claim), [slots(text) for text in evidence])
    if against:
        return Verdict("contradicted", round(0.2 * covered, 3), tuple(against))
    missing = _missing(slots(claim), [slots(text) for text in evidence])
    if missing or covered < COVERED:
        reasons = missing or [f"the evidence holds {covered:.0%} of the claim's words"]
        return Verdict("partial", round(0.6 * covered, 3), tuple(reasons))
    return Verdict("supported", round(covered, 3), (f"the evidence holds {covered:.0%} of the claim's words",))


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub("", text).casefold().split())


def _against(claim: Slots, evidence: Sequence[Slots]) -> list[str]:
    """Where the evidence has another value in the place of the claim's."""
    found: list[str] = []
    numbers = frozenset[str]().union(*(each.numbers for each in evidence))
    units = frozenset[tuple[str, str]]().union(*(each.units for each in evidence))
    for value, unit in sorted(claim.units):
        others = {other for other, of in units if of == unit}
        if value not in numbers and others:
            found.append(f"the claim says {value} {unit}, the evidence {', '.join(sorted(others))}")
    dates = frozenset[tuple[int, int]]().union(*(each.dates for each in evidence))
    if dates and claim.dates - dates:
        found.append("the evidence has another date")
    years = {value for value in numbers if _is_year(value)}
    wrong = {value for value in claim.numbers if _is_year(value)} - years
    if wrong and years:
        found.append(f"the claim says {', '.join(sorted(wrong))}, the evidence {', '.join(sorted(years))}")
    if evidence and all(each.negated != claim.negated for each in evidence):
        found.append("one of the two denies what the other says")
    if claim.more != claim.less and all(each.more not in (each.less, claim.more) for each in evidence):
        found.append("the comparison goes the other way")
    return found


def _missing(claim: Slots, evidence: Sequence[Slots]) -> list[str]:
    """What the claim says that the evidence does not."""
    numbers = claim.numbers - frozenset[str]().union(*(each.numbers for each in evidence))
    names = claim.names - frozenset[str]().union(*(each.names for each in evidence))
    found = [f"no {value} in the evidence" for value in sorted(numbers)]
    return found + [f"no {name!r} in the evidence" for name in sorted(names)]


def _is_year(value: str) -> bool:
    return len(value) == 4 and value.isdecimal() and value[:2] in ("15", "16", "17", "18", "19", "20")
