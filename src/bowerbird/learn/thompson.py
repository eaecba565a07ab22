"""
Beta-Bernoulli Thompson sampling over arms, with the exact probability that each arm is chosen.

An arm's rate of reward is believed to be Beta(α, β). Each choice draws a rate for every arm and takes the greatest
(Thompson 1933; Chapelle and Li 2011). The probability that arm i is taken is

    P(i) = ∫ f_i(x) · Π_{j≠i} F_j(x) dx

with the density f and the distribution function F of its Beta. It is computed by Gauss-Legendre quadrature between the
places where any of the distributions bends, so that it is right to 1e-9 and does not come from sampling. F is
integrated up to each node, of the polynomial through f at the nodes: SciPy's own takes ten times as long as all else.

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

__all__ = ["Beliefs", "beliefs", "draws", "former_win_probabilities", "win_probabilities"]

Floats = NDArray[np.float64]

# Quantiles between which a Beta is smooth enough for a few nodes; they close in on its ends, where it may be steep.
_TAIL: Final = (1e-14, 1e-10, 1e-7, 1e-5, 1e-3, 0.02, 0.1, 0.3)
_QUANTILES: Final = np.array([*_TAIL, 0.5, *(1.0 - share for share in reversed(_TAIL))])
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(18)  # densities of α near 1 are hardest to follow near 0


def _up_to_each(nodes: Floats) -> Floats:
    """What gives the integrals from -1 to each of n nodes (n, n) of the polynomial through values at the nodes."""
    series = np.polynomial.legendre
    of_values = np.linalg.inv(series.legvander(nodes, len(nodes) - 1))  # the coefficients by the values
    integrals = series.legint(of_values, lbnd=-1)
    return np.asarray(series.legvander(nodes, len(nodes)) @ integrals, np.float64)


_UP_TO_EACH: Final = _up_to_each(_NODES)


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
    if len(alpha) < 2:
        return (1.0,) * len(alpha)
    a, b = np.array(alpha)[:, None], np.array(beta)[:, None]
    start, half = _pieces(a, b)
    x = (start[:, None] + half[:, None] * (1.0 + _NODES)).ravel()
    density = np.exp(_log_density(a, b, x)).reshape(len(alpha), len(half), len(_NODES)) * half[:, None]
    of_pieces = density @ _WEIGHTS
    before = np.cumsum(of_pieces, axis=1) - of_pieces
    below = np.clip(before[:, :, None] + density @ _UP_TO_EACH.T, 0.0, 1.0)
    found = np.empty(len(alpha))
    for arm in range(len(alpha)):
        others = np.prod(np.delete(below, arm, axis=0), axis=0)
        found[arm] = np.sum((density[arm] * others) @ _WEIGHTS)
    return tuple((found / found.sum()).tolist())


def _pieces(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Where the pieces begin on which all of these are smooth, and half their lengths."""
    bends = np.unique(np.append(special.betaincinv(a, b, _QUANTILES), (0.0, 1.0)))
    return bends[:-1], np.diff(bends) / 2.0


def _log_density(a: Floats, b: Floats, x: Floats) -> Floats:
    found: Floats = special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b)
    return found


_FORMER_NODES, _FORMER_WEIGHTS = np.polynomial.legendre.leggauss(8)


def former_win_probabilities(beliefs: Beliefs) -> Floats:
    """The same to 5e-8 (shapes of 1, or from 1.2 on), bit for bit as it was for slates that were kept without them."""
    a, b = beliefs.alpha[:, None], beliefs.beta[:, None]
    if len(a) < 2:
        return np.ones(len(a))
    start, half = _pieces(a, b)
    x = (start[:, None] + half[:, None] * (1.0 + _FORMER_NODES)).ravel()
    weight = (half[:, None] * _FORMER_WEIGHTS).ravel()
    density = np.exp(_log_density(a, b, x))
    below = special.betainc(a, b, x)
    found = np.empty(len(a))
    for arm in range(len(a)):
        found[arm] = np.sum(weight * density[arm] * np.prod(np.delete(below, arm, axis=0), axis=0))
    probabilities: Floats = found / found.sum()
    return probabilities


def _stream(seed: int, name: str) -> np.random.Generator:
    key = int.from_bytes(hashlib.sha256(f"{seed}\x1f{name}".encode()).digest()[:16], "big")
    return np.random.Generator(np.random.Philox(key=key))
