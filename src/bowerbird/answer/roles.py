"""
Who did what to whom: names that have changed places, where the words are the same.

    Byzantium defeated Bulgaria    beside    Bulgaria defeated Byzantium      on the other side of the same word
    the Elbe flows into Bohemia    beside    … rises in Bohemia, the Elbe …   where the evidence has another name
    X was founded by Y             beside    Y founded X                      the other voice: nothing to object

Of two sentences of nearly the same words only the order tells, so nothing is said against a claim that has "by" where
the evidence has none, or the other way round; nor against names that are told in another order side by side.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from bowerbird.answer.align import Aligned

__all__ = ["swapped_roles"]

_BY = re.compile(r"\bby\b", re.IGNORECASE)
# Parts between a name and the word that it stands beside in the claim, at most, for it to belong to that word still.
NEAR = 4


@dataclass(frozen=True, slots=True)
class _Name:
    """A name of the claim that the window has: where its parts are in the one and in the other."""

    first: int
    last: int
    at: int
    ends: int
    words: str


def swapped_roles(aligned: Aligned, claim: str, evidence: str) -> str:
    """In words, which name has another's place in the window; empty when none has."""
    if bool(_BY.search(claim)) != bool(_BY.search(evidence)):
        return ""
    names = _names(aligned)
    for one, other in pairwise(names):
        if other.ends < one.at:
            between = {aligned.claim[n].norm for n in range(one.last + 1, other.first)}
            around = {aligned.window[at].norm for at in range(other.ends + 1, one.at)}
            if between & around:
                return f"{one.words!r} and {other.words!r} stand the other way round in the evidence"
    said = {part.norm for part in aligned.claim if part.kind == "name"}
    for name in names:
        if instead := _beside(aligned, name, said, -1) or _beside(aligned, name, said, 1):
            return f"{name.words!r} stands where the evidence has {instead!r}"
    return ""


def _beside(aligned: Aligned, name: _Name, said: set[str], step: int) -> str:
    """The claim's other name that the window has beside the word that this one stands beside; empty without one."""
    n = name.first - 1 if step < 0 else name.last + 1
    at = aligned.places[n] if 0 <= n < len(aligned.claim) else None
    if at is None or aligned.claim[n].kind != "word" or aligned.claim[n].clause != aligned.claim[name.first].clause:
        return ""
    if min(abs(name.at - at), abs(name.ends - at)) <= NEAR or not 0 <= at - step < len(aligned.window):
        return ""
    there = aligned.window[at - step]
    return (
        there.text if there.kind == "name" and there.norm in said and there.clause == aligned.window[at].clause else ""
    )


def _names(aligned: Aligned) -> list[_Name]:
    """Words of a name that follow each other in both are one."""
    names: list[_Name] = []
    for n, part in enumerate(aligned.claim):
        at = aligned.places[n]
        if part.kind != "name" or at is None or n in aligned.echoes:
            continue
        if names and names[-1].last == n - 1 and names[-1].ends == at - 1:
            begun = names.pop()
            names.append(_Name(begun.first, n, begun.at, at, f"{begun.words} {part.text}"))
        else:
            names.append(_Name(n, n, at, at, part.text))
    return names
