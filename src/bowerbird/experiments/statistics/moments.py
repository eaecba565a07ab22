"""
What a variant's units amount to: how many there are, their means, and how they scatter about these.

Every unit brings a row of d numbers (its metric; numerator and denominator; the same of the time before). All that the
analyses need of n such rows is their mean and their scatter S = Σ (x - mean)(x - mean)ᵀ, which can be added up over
days, segments and databases (Chan, Golub and LeVeque 1983). Kept this way and not as sums of squares, large means do
not swallow small variances.

Every array may have leading axes: as many variants, metrics or simulations at once.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ROUNDING", "Floats", "Moments"]

Floats: TypeAlias = NDArray[np.float64]

# S is found from sums to some 1e-16 of Σ x²; what is left below this share of it is mostly rounding.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Moments:
    """The moments of n units with d numbers each; `+` gives those of both together."""

    n: Floats  # (...)
    mean: Floats  # (..., d)
    scatter: Floats  # (..., d, d)

    @classmethod
    def of_values(cls, values: ArrayLike) -> "Moments":
        """Of rows (..., n, d), or of numbers (n,) when each unit has only one."""
        rows = np.asarray(values, np.float64)
        rows = rows[:, None] if rows.ndim == 1 else rows
        n = rows.shape[-2]
        mean = rows.sum(-2) / max(n, 1)
        off = rows - mean[..., None, :]
        return cls(np.full(mean.shape[:-1], float(n)), mean, np.swapaxes(off, -1, -2) @ off)

    @classmethod
    def of_sums(cls, n: ArrayLike, sums: ArrayLike, products: ArrayLike) -> "Moments":
        """Of n (...), Σ x (..., d) and Σ x xᵀ (..., d, d); scatter that is only rounding becomes 0."""
        count, total, squares = (np.asarray(given, np.float64) for given in (n, sums, products))
        mean = total / np.maximum(count, 1.0)[..., None]
        scatter = squares - mean[..., :, None] * total[..., None, :]
        size = np.sqrt(np.abs(np.diagonal(squares, axis1=-2, axis2=-1)))
        noise = ROUNDING * size[..., :, None] * size[..., None, :]
        return cls(count, mean, np.where(np.abs(scatter) <= noise, 0.0, scatter))

    def __add__(self, other: "Moments") -> "Moments":
        n = self.n + other.n
        share = other.n / np.maximum(n, 1.0)
        gap = other.mean - self.mean
        between = (self.n * share)[..., None, None] * gap[..., :, None] * gap[..., None, :]
        return Moments(n, self.mean + share[..., None] * gap, self.scatter + other.scatter + between)

    def covariance(self, *, over_n: bool = False) -> Floats:
        """The covariance (..., d, d) of a unit's numbers, by n - 1 or by n; without enough units it is not a number."""
        divisor = self.n if over_n else self.n - 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(divisor > 0, 1.0, np.nan)[..., None, None] * self.scatter / divisor[..., None, None]
