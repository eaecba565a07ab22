"""
What people have in common: items by who welcomed them, people by what they welcomed, in a few numbers each.

Implicit alternating least squares (Hu, Koren and Volinsky 2008): with a vector q of each item and p of each person,

    minimise  Σ c (w - p·q)²  +  penalty (Σ |p|² + Σ |q|²)

over all pairs, where w is 1 and c is 1 + `WEIGHT` for what was welcomed, and w is 0 and c is 1 for all else. Only items
are kept: the vector of a person follows from what they welcomed, in some microseconds, so that what they did a moment
ago counts, and so does one who was not there when it was learnt.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["FACTORS", "Shared", "share"]

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]

FACTORS: Final = 16
WEIGHT: Final = 2.0
PENALTY: Final = 3.0
ROUNDS: Final = 6
AT_ONCE: Final = 10_000  # of what was welcomed: 256 numbers each


@dataclass(frozen=True, slots=True)
class Shared:
    """What was learnt of items."""

    items: Floats32  # (n, f); zeros for what nobody welcomed
    whole: Floats  # (f, f): what all pairs together say, with the penalty

    def person(self, welcomed: Ints) -> Floats:
        """The vector (f,) of somebody who welcomed these items."""
        theirs = self.items[welcomed].astype(np.float64)
        found: Floats = np.linalg.solve(self.whole + WEIGHT * theirs.T @ theirs, (1.0 + WEIGHT) * theirs.sum(axis=0))
        return found


def share(person: Ints, item: Ints, *, people: int, items: int) -> Shared:
    """What is learnt from who welcomed what (each pair once); the same pairs in the same order teach the same."""
    rng = np.random.default_rng(0)
    of_people = np.zeros((people, FACTORS), np.float32)
    of_items = rng.normal(0.0, 0.1, (items, FACTORS)).astype(np.float32)
    of_items[np.bincount(item, minlength=items) == 0] = 0.0
    by_person, by_item = _Grouped.by(person, item), _Grouped.by(item, person)
    for _ in range(ROUNDS):
        by_person.improve(of_people, of_items)
        by_item.improve(of_items, of_people)
    return Shared(of_items, _whole(of_items))


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Pairs in the order of whose vectors are looked for."""

    whose: Ints
    other: Ints

    @classmethod
    def by(cls, whose: Ints, other: Ints) -> "_Grouped":
        order = np.lexsort((other, whose))
        return cls(whose[order], other[order])

    def improve(self, mine: Floats32, theirs: Floats32) -> None:
        """The best vectors for these others'; who has none keeps zeros. A block of some thousand pairs at a time."""
        starts = np.flatnonzero(np.r_[True, self.whose[1:] != self.whose[:-1]]) if len(self.whose) else np.empty(0, int)
        ends = np.append(starts[1:], len(self.whose))
        whole = _whole(theirs)
        first = 0
        while first < len(starts):
            last = max(int(np.searchsorted(ends, starts[first] + AT_ONCE, side="right")), first + 1)
            some = theirs[self.other[starts[first] : ends[last - 1]]]
            at = starts[first:last] - starts[first]
            if last - first > 1:
                squares = np.add.reduceat(some[:, :, None] * some[:, None, :], at, axis=0)
            else:  # what very many welcomed
                squares = (some.T @ some)[None]
            sums = np.add.reduceat(some, at, axis=0)
            solved = np.linalg.solve(whole + WEIGHT * squares, (1.0 + WEIGHT) * sums[:, :, None].astype(np.float64))
            mine[self.whose[starts[first:last]]] = solved[:, :, 0]
            first = last


def _whole(vectors: NDArray[np.floating[Any]]) -> Floats:
    found: Floats = (vectors.T @ vectors).astype(np.float64) + PENALTY * np.eye(FACTORS)
    return found
