"""
The chance that two names are one thing: a logistic function of `features`, with weights that were learnt and ship.

`python -m bench.quality.resolution --train` learns them from the half of the labelled pairs that may be chosen on. What
people decide in a workspace is learnt from as well: as evidence added to what ships, so that a few decisions move the
weights a little and hundreds a lot (a Gaussian prior around the shipped weights; Bishop 2006, section 4.5).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bowerbird.knowledge.resolve.features import FEATURES

__all__ = ["WEIGHTS", "Floats", "Scorer", "fit", "shipped"]

Floats = NDArray[np.float64]
WEIGHTS: Final = Path(__file__).with_name("weights.json")
_STEPS: Final = 25  # of Newton's method: it has converged long before


@dataclass(frozen=True, slots=True)
class Scorer:
    """Letters: D features. `weights` (D + 1,), the last is the bias; `enough` is the chance from which two are one."""

    weights: Floats
    enough: float

    def chances(self, rows: Sequence[Sequence[float]]) -> Floats:
        """The chance (n,) of each row of features."""
        found: Floats = _chance(_with_bias(np.asarray(rows, np.float64).reshape(len(rows), -1)) @ self.weights)
        return found

    def taught(self, rows: Sequence[Sequence[float]], same: Sequence[bool]) -> "Scorer":
        """The scorer after these examples; itself, if there are none."""
        if not rows:
            return self
        examples = np.asarray(rows, np.float64)
        return Scorer(fit(examples, np.asarray(same, np.float64), around=self.weights, trust=1.0), self.enough)


def fit(rows: Floats, same: Floats, *, around: Floats, trust: float) -> Floats:
    """
    The likeliest weights (D + 1,) for examples `rows` (n, D) that are the same or not (n,), by Newton's method.

    The prior is a Gaussian around `around` (D + 1,) of the precision `trust`.
    """
    x = _with_bias(rows)  # (n, D + 1)
    weights = around.copy()
    for _ in range(_STEPS):
        chance = _chance(x @ weights)  # (n,)
        gradient = x.T @ (chance - same) + trust * (weights - around)
        curve = (x * (chance * (1 - chance))[:, None]).T @ x + trust * np.eye(x.shape[1])
        weights = weights - np.linalg.solve(curve, gradient)
    return weights


def _with_bias(rows: Floats) -> Floats:
    return np.concatenate([rows, np.ones((len(rows), 1))], axis=1)


def _chance(logits: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return found


@lru_cache(maxsize=1)
def shipped() -> Scorer:
    """The scorer that ships, read once."""
    stored: dict[str, Any] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    weights = [stored["weights"][name] for name in FEATURES]
    return Scorer(np.asarray([*weights, stored["bias"]], np.float64), float(stored["enough"]))
