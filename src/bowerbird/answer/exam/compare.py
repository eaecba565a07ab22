"""
Whether an index does worse in the exam than another: the same questions, so a test on pairs.

    lost     questions that the other index did and this one does not
    gained   the other way round

If neither index were better, each question on which they differ would fall to either side like a coin; how unlikely so
many losses are is the exact one-sided McNemar test (McNemar 1947; exact form: a binomial tail). Four things are
compared, so the level is divided by four.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Final

__all__ = ["MEASURES", "Compared", "Outcome", "compare"]

LEVEL: Final = 0.05
# A fall that nobody would notice is no reason to refuse, however sure it is.
NOTICED: Final = 0.02
# Half of what was found is lost: with few questions no test can be sure of it, and no one would want it.
COLLAPSED: Final = 0.5
LEAST_TO_COLLAPSE: Final = 4

MEASURES: Final = {
    "found": "the right page is found",
    "cited": "the right sentence is cited",
    "by_words": "the right page is found by words alone",
    "by_meaning": "the right page is found by meaning alone",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an index made of one question."""

    found: bool
    cited: bool
    by_words: bool
    by_meaning: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """The questions both were asked, and in words where the second does significantly worse; empty when nowhere."""

    asked: int
    reasons: tuple[str, ...]


def compare(before: Mapping[str, Outcome], after: Mapping[str, Outcome]) -> Compared:
    """`after` beside `before`, by question; questions that only one was asked do not count."""
    both = sorted(before.keys() & after.keys())
    reasons: list[str] = []
    for name, words in MEASURES.items():
        had = [bool(getattr(before[each], name)) for each in both]
        has = [bool(getattr(after[each], name)) for each in both]
        if why := _worse(had, has):
            reasons.append(f"{words} for {sum(has)} of {len(both)} questions instead of {sum(had)} ({why})")
    return Compared(len(both), tuple(reasons))


def _worse(had: Sequence[bool], has: Sequence[bool]) -> str:
    """Why the second is worse; empty when it is not, or not surely."""
    lost = sum(one and not other for one, other in zip(had, has, strict=True))
    gained = sum(other and not one for one, other in zip(had, has, strict=True))
    p = tail(lost, lost + gained)
    if p < LEVEL / len(MEASURES) and lost - gained > NOTICED * len(had):
        return f"{lost} lost, {gained} gained, p = {p:.2g}"
    if sum(had) >= LEAST_TO_COLLAPSE and sum(has) <= COLLAPSED * sum(had):
        return f"{lost} lost, {gained} gained, at most half is left"
    return ""


def tail(lost: int, of: int) -> float:
    """The probability of at least `lost` heads in `of` throws of a fair coin."""
    return float(sum(comb(of, k) for k in range(lost, of + 1)) / 2**of)
