"""
What a variant tells of a metric: an estimate, and how much one unit's share in it varies.

An estimate is a smooth function of means, so to first order each unit adds its deviation times the gradient (the delta
method; Deng, Knoblich and Lu 2018). A *mean* is its own gradient, a *ratio* R = ȳ/d̄ has (1, -R)/d̄; what the units did
before the experiment (CUPED) is estimated the same way from the second half of their numbers. Quantiles have an
interval of their own (order statistics), from which a variance is read back.
"""

from dataclasses import dataclass
from math import ceil
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from bowerbird.experiments.statistics.moments import ROUNDING, Floats, Moments

__all__ = ["Arm", "Kind", "adjustment", "are_enough", "arm", "quantile_arm", "quantile_of", "quantile_ranks",
           "rank_of", "winsorise"]  # fmt: skip

Kind: TypeAlias = Literal["mean", "proportion", "ratio", "quantile"]


@dataclass(frozen=True, slots=True)
class Arm:
    """The estimate of one variant; variances are a unit's, so that an estimate's is that divided by n."""

    n: Floats
    mean: Floats
    variance: Floats
    pre_mean: Floats  # of the time before; 0 without one
    pre_variance: Floats
    covariance: Floats  # of a unit's share in both
    base: Floats  # a ratio's denominator, else 1
    base_variance: Floats  # a unit's


def arm(kind: Kind, moments: Moments) -> Arm:
    """
    The arm of a mean, proportion or ratio.

    Rows of one number (a ratio: two) are the metric alone; twice as many are followed by the same of the time before.
    """
    width = 2 if kind == "ratio" else 1
    covariance = moments.covariance(over_n=kind == "proportion")
    value, gradient = _linear(np.where(moments.n > 0, 1.0, np.nan)[..., None] * moments.mean[..., :width])
    own = covariance[..., :width, :width]
    nothing = np.zeros_like(value)
    base, base_variance = np.ones_like(value), nothing
    if kind == "ratio":
        base, base_variance = moments.mean[..., 1], covariance[..., 1, 1]
    if moments.mean.shape[-1] == width:
        return Arm(moments.n, value, _variance(gradient, own), nothing, nothing, nothing, base, base_variance)
    pre_value, pre_gradient = _linear(moments.mean[..., width:])
    return Arm(
        moments.n,
        value,
        _variance(gradient, own),
        pre_value,
        _variance(pre_gradient, covariance[..., width:, width:]),
        _form(gradient, covariance[..., :width, width:], pre_gradient),
        base,
        base_variance,
    )


def adjustment(kind: Kind, control: Moments, treatment: Moments) -> Floats:
    """
    CUPED's θ: how much of the metric a unit of the time before foretells.

    One covariance of all units together; of ratios, which are linear only near each arm's own means, the arms' sums.
    """
    arms = [arm(kind, control), arm(kind, treatment)] if kind == "ratio" else [arm(kind, control + treatment)]
    variance = sum((one.pre_variance for one in arms), np.zeros(()))
    covariance = sum((one.covariance for one in arms), np.zeros(()))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance > 0, covariance / variance, 0.0)


def _linear(mean: Floats) -> tuple[Floats, Floats]:
    """The estimate (...) of these means, and its gradient (..., width)."""
    if mean.shape[-1] == 1:
        return mean[..., 0], np.ones_like(mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = mean[..., 0] / mean[..., 1]
        return ratio, np.stack([1.0 / mean[..., 1], -ratio / mean[..., 1]], axis=-1)


def _variance(gradient: Floats, covariance: Floats) -> Floats:
    """Of gradient · x; 0 when its parts cancel but for rounding, as of a ratio that is the same for every unit."""
    found = _form(gradient, covariance, gradient)
    with np.errstate(invalid="ignore"):  # of a ratio whose denominators are all 0
        parts = np.abs(gradient) * np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    return np.where(np.abs(found) <= ROUNDING * parts.sum(-1) ** 2, 0.0, found)


def _form(left: Floats, middle: Floats, right: Floats) -> Floats:
    return np.asarray(np.einsum("...i,...ij,...j->...", left, middle, right), np.float64)


def quantile_arm(
    n: ArrayLike, estimate: ArrayLike, low: ArrayLike, high: ArrayLike, *, level: float = 0.95, inflation: float = 1.0
) -> Arm:
    """
    The arm of a quantile whose interval at this level is (low, high).

    `inflation` is how much the variance grows because values come in clusters, several of one unit: the variance of
    the share of values at or below the quantile, which is a ratio over units, divided by q(1 - q)/values.
    """
    z = special.ndtri(0.5 + level / 2)
    count, value, bottom, top = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (n, estimate, low, high)))
    nothing = np.zeros_like(value)
    variance = ((top - bottom) / (2 * z)) ** 2 * inflation * (count - 1)  # as the reference engines have it
    return Arm(count, value, variance, nothing, nothing, nothing, np.ones_like(value), nothing)


def quantile_of(values: ArrayLike, q: float, *, level: float = 0.95) -> tuple[float, float, float] | None:
    """
    The q-quantile of values and the ends of its interval: the values of rank n(q ± z √(q(1 - q)/n)).

    None when there are too few values for these ranks to exist.
    """
    ordered = np.sort(np.asarray(values, np.float64))
    n = len(ordered)
    if not are_enough(n, q, level=level):
        return None
    low, high = quantile_ranks(n, q, level=level)
    return float(np.quantile(ordered, q)), float(ordered[low - 1]), float(ordered[high - 1])


def quantile_ranks(n: int, q: float, *, level: float = 0.95) -> tuple[int, int]:
    """Which of n values in their order, from 1 on, are the ends of the interval of their q-quantile."""
    off = float(special.ndtri(0.5 + level / 2)) * float(np.sqrt(n * q * (1 - q)))
    return max(int(np.floor(n * q - off)), 1), min(int(np.ceil(n * q + off)), n)


def are_enough(n: float, q: float, *, level: float = 0.95) -> bool:
    """Whether of so many values the q-quantile has an interval."""
    return n > float(special.ndtri(0.5 + level / 2)) ** 2 * max(q / (1 - q), (1 - q) / q)


def rank_of(n: int, share: float) -> int:
    """Of n values in their order, from 1 on, the first that at least so large a share of them do not exceed."""
    return max(ceil(share * n - 1e-9), 1)  # a share as a float may be larger than what was written by its last bit


def winsorise(values: dict[str, Floats], percentile: float) -> dict[str, Floats]:
    """The values of all variants, none above the one of them that this share (0 to 1) of all together do not exceed."""
    everybody = np.concatenate(list(values.values())) if values else np.zeros(0)
    if not len(everybody):
        return values
    rank = rank_of(len(everybody), percentile)
    cap = float(np.partition(everybody, rank - 1)[rank - 1])
    return {name: np.minimum(some, cap) for name, some in values.items()}
