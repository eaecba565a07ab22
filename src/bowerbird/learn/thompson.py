"""
Beta-Bernoulli Thompson sampling over arms, with the exact probability that each arm is chosen.

An arm's rate of reward is believed to be Beta(α, β). Each choice draws a rate for every arm and takes the greatest
(Thompson 1933; Chapelle and Li 2011). The probability that arm i is taken is

    P(i) = ∫ f_i(x) · Π_{j≠i} F_j(x) dx

with the density f and the distribution function F of its Beta. It is computed by Gauss-Legendre quadrature between the
places where any of the distributions bends, so that it is right to 1e-9 and does not come from sampling.

Every arm draws from a stream of its own, made from the seed and its name: without an arm, all others draw as before.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["Beliefs", "beliefs", "draws", "win_probabilities"]

Floats = NDArray[np.float64]

# Quantiles between which a Beta is smooth enough for a few nodes; they close in on its ends, where it may be steep.
_TAIL: Final = (1e-14, 1e-10, 1e-7, 1e-5, 1e-3, 0.02, 0.1, 0.3)
_QUANTILES: Final = np.array([*_TAIL, 0.5, *(1.0 - share for share in reversed(_TAIL))])
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What is believed of each arm's rate of reward; α and β are at least 1, so that densities have no poles."""

    alpha: Floats  # (k,)
    beta: Floats  # (k,)

    @property
    def means(self) -> Floats:
        """The expected rates (k,)."""
        return self.alpha / (self.alpha + self.beta)


def beliefs(rewarded: Floats, unrewarded: Floats, prior_rate: Floats, prior_weight: float) -> Beliefs:
    """
    The posteriors of arms that were tried `rewarded + unrewarded` times (k,), which may be weighted counts.

    The prior is worth `prior_weight` trials with `prior_rate` (k,) rewarded: a new person's arms begin at what was
    learnt from everybody. The counts are sums, so the order in which they came does not matter.
    """
    return Beliefs(
        1.0 + prior_weight * prior_rate + rewarded,
        1.0 + prior_weight * (1.0 - prior_rate) + unrewarded,
    )


def draws(beliefs: Beliefs, names: Sequence[str], *, seed: int, times: int) -> Floats:
    """A rate for each arm and each of so many choices (k, times)."""
    rows = [
        _stream(seed, name).beta(alpha, beta, size=times)
        for name, alpha, beta in zip(names, beliefs.alpha, beliefs.beta, strict=True)
    ]
    return np.array(rows, np.float64).reshape(len(rows), times)


def win_probabilities(beliefs: Beliefs) -> Floats:
    """For each arm the probability that its draw is the greatest (k,); they sum to 1."""
    return np.array(_won(tuple(beliefs.alpha.tolist()), tuple(beliefs.beta.tolist())), np.float64)


@lru_cache(maxsize=4096)
def _won(alpha: tuple[float, ...], beta: tuple[float, ...]) -> tuple[float, ...]:
    if len(alpha) == 1:
        return (1.0,)
    a, b = np.array(alpha)[:, None], np.array(beta)[:, None]
    bends = np.unique(np.append(special.betaincinv(a, b, _QUANTILES), (0.0, 1.0)))
    half = np.diff(bends) / 2.0
    x = (bends[:-1, None] + half[:, None] * (1.0 + _NODES)).ravel()
    weight = (half[:, None] * _WEIGHTS).ravel()
    log_density = special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b)
    below = special.betainc(a, b, x)
    found = np.empty(len(alpha))
    for arm in range(len(alpha)):
        others = np.prod(np.delete(below, arm, axis=0), axis=0)
        found[arm] = np.sum(weight * np.exp(log_density[arm]) * others)
    return tuple((found / found.sum()).tolist())


def _stream(seed: int, name: str) -> np.random.Generator:
    key = int.from_bytes(hashlib.sha256(f"{seed}\x1f{name}".encode()).digest()[:16], "big")
    return np.random.Generator(np.random.Philox(key=key))
