"""Logistic regression on rows of which each has few of many columns, by Newton's method with conjugate gradients."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rows", "fit"]

STEPS, INNER = 12, 25

Floats: TypeAlias = NDArray[np.float64]


class Rows:
    """Rows by the columns that are 1 in them, a column as often as it counts; each row has a last column, always 1."""

    def __init__(self, columns: Sequence[NDArray[np.int64]], width: int) -> None:
        self._row = np.repeat(np.arange(len(columns)), [len(each) for each in columns])
        self._column = np.concatenate([*columns, np.empty(0, np.int64)])
        self.count, self.width = len(columns), width + 1

    def dot(self, weights: Floats) -> Floats:
        """What `weights` (width,) make of each row."""
        found: Floats = np.bincount(self._row, weights[self._column], self.count) + weights[-1]
        return found

    def sums(self, each: Floats) -> Floats:
        """The sum of `each` (count,) over the rows of each column."""
        found: Floats = np.bincount(self._column, each[self._row], self.width).astype(np.float64)
        found[-1] = each.sum()
        return found


def fit(rows: Rows, truth: Floats, weight: Floats, *, ridge: float) -> Floats:
    """The weights of the columns, shrunk by `ridge`, the last of them free; `weight` is how much each row counts."""
    shrink = np.full(rows.width, ridge)
    shrink[-1] = 1e-4
    found = np.zeros(rows.width)
    for _ in range(STEPS):
        guess = 1 / (1 + np.exp(-np.clip(rows.dot(found), -30, 30)))
        slope = rows.sums(weight * (guess - truth)) + shrink * found
        step = _solved(rows, weight * guess * (1 - guess), shrink, -slope)
        size = 1.0
        before = _loss(rows.dot(found), truth, weight) + 0.5 * float(shrink @ found**2)
        while size > 0.01:  # a whole step may lead too far
            tried = found + size * step
            if _loss(rows.dot(tried), truth, weight) + 0.5 * float(shrink @ tried**2) <= before:
                break
            size /= 2
        found = found + size * step
    return found


def _loss(odds: Floats, truth: Floats, weight: Floats) -> float:
    return float(weight @ (np.logaddexp(0, odds) - truth * odds))


def _solved(rows: Rows, bend: Floats, shrink: Floats, wanted: Floats) -> Floats:
    """The step of Newton's method, by conjugate gradients."""
    step = np.zeros(rows.width)
    left, along = wanted.copy(), wanted.copy()
    size = float(left @ left)
    for _ in range(INNER):
        if size < 1e-9:
            break
        bent = rows.sums(bend * rows.dot(along)) + shrink * along
        far = size / float(along @ bent)
        step += far * along
        left -= far * bent
        size, last = float(left @ left), size
        along = left + size / last * along
    return step
