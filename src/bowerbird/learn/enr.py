"""
Epistemic neural recommendation: a network that says how welcome something is, and how little it knows of that.

    h_c = LayerNorm(ReLU(ψ·B_c))      h_a = LayerNorm(ReLU(φ·B_a))      x = [h_c, h_a, h_c∘h_a]
    log odds  f(ψ, φ, z) = f_x(x) + (g([x], z) + g_p([x], z))·z          z ~ N(0, I)

(Zhu and Van Roy 2023.) ψ is the context, φ what may be chosen in it. Each *index* z is one thing that the network
considers possible: where it has seen much all of them agree, elsewhere they differ as g_p, which is never trained,
makes them. g learns from the same trials without changing what is read of them: [x] passes no gradient. Choosing draws
one index and takes the best by it (Thompson sampling).

The indices are a fixed sample of `INDICES` of them, drawn once for all. So the probability that something is the best
is a share of these and exact, and what a choice was made from can be kept.

Layers are small enough for NumPy; the same trials in the same order teach the same.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["INDICES", "Enr", "Tried", "drawn", "fit", "imagined_chances"]

Floats = NDArray[np.float64]
Steps = NDArray[np.integer[Any]]
Weights = dict[str, Floats]

INDEX: Final = 5  # numbers of an index
INDICES: Final = 256
EMBEDDING: Final = 24
HIDDEN: Final = 32
PRIOR_HIDDEN: Final = 16
PRIOR_SCALE: Final = 0.3
AT_ONCE: Final = 128  # trials of a step
AT_ONCE_INDICES: Final = 8
EPOCHS: Final = 20
MOST_STEPS: Final = 1_500
RATE: Final = 3e-3
DECAY: Final = 1.0  # of the squares of all weights, against the sum over all trials
_SMALL: Final = 1e-5


def _indices() -> Floats:
    return np.random.default_rng(20_231_129).normal(size=(INDICES, INDEX))


Z: Final = _indices()


@dataclass(frozen=True, slots=True)
class Tried:
    """What was chosen in which context, and whether it was rewarded; n trials."""

    context: Floats  # (n, p)
    action: Floats  # (n, q)
    won: NDArray[np.bool_]  # (n,)


@dataclass(frozen=True, slots=True)
class Enr:
    """A network: what was learnt, and the part of it that never is."""

    weights: Mapping[str, Floats]
    prior: Mapping[str, Floats]

    def log_odds(self, context: Floats, action: Floats, z: Floats = Z) -> Floats:
        """Of n choices by each of m indices (n, m)."""
        read = _read(self.weights, context, action)
        _, epistemic = _epistemic(self.weights, read.x, z)
        _, believed = _epistemic(self.prior, read.x, z)
        found: Floats = _marginal(self.weights, read.x)[1][:, None] + epistemic + PRIOR_SCALE * believed
        return found

    def rates(self, context: Floats, action: Floats) -> Floats:
        """The chance of a reward, by each index (n, `INDICES`)."""
        return _sigmoid(self.log_odds(context, action))


def drawn(seed: int, times: int) -> NDArray[np.int64]:
    """Which index is drawn for each of so many choices."""
    digest = hashlib.sha256(f"index {seed}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big")).integers(0, INDICES, times)


def imagined_chances(rates: Steps) -> Floats:
    """The exact probability of each of k (k,) to be the best by a drawn index, from what each gives by all (k, m)."""
    if not len(rates):
        return np.empty(0)
    best = np.argmax(rates, axis=0)
    found: Floats = np.bincount(best, minlength=len(rates)) / rates.shape[1]
    return found


def fit(tried: Tried, *, seed: int = 0) -> Enr:
    """The network that these trials teach; some seconds at most."""
    rng = np.random.default_rng(seed)
    weights, prior = _begun(rng, tried.context.shape[1], tried.action.shape[1])
    n = len(tried.won)
    first: Weights = {name: np.zeros_like(value) for name, value in weights.items()}
    second: Weights = {name: np.zeros_like(value) for name, value in weights.items()}
    steps = min(MOST_STEPS, -(-n * EPOCHS // AT_ONCE))
    for step in range(1, steps + 1):
        some = rng.integers(0, n, min(n, AT_ONCE))
        z = rng.normal(size=(AT_ONCE_INDICES, INDEX))
        part = Tried(tried.context[some], tried.action[some], tried.won[some])
        changes = gradient(weights, prior, part, z)
        falling = RATE * (1.0 - 0.9 * step / steps)
        for name in weights:
            change = changes[name] + DECAY / n * weights[name]
            first[name] = 0.9 * first[name] + 0.1 * change
            second[name] = 0.999 * second[name] + 0.001 * change**2
            mean, spread = first[name] / (1 - 0.9**step), second[name] / (1 - 0.999**step)
            weights[name] -= falling * mean / (np.sqrt(spread) + 1e-8)
    return Enr(weights, prior)


def loss(weights: Mapping[str, Floats], prior: Mapping[str, Floats], part: Tried, z: Floats) -> float:
    """The mean cross-entropy over trials and indices."""
    odds = Enr(weights, prior).log_odds(part.context, part.action, z)
    won = part.won[:, None]
    return float(np.mean(np.logaddexp(0.0, np.where(won, -odds, odds))))


def gradient(weights: Mapping[str, Floats], prior: Mapping[str, Floats], part: Tried, z: Floats) -> Weights:
    """How `loss` changes with each weight, but for what [x] stands for: that is read as if it were given."""
    read = _read(weights, part.context, part.action)
    hidden, marginal = _marginal(weights, read.x)
    considered, epistemic = _epistemic(weights, read.x, z)
    _, believed = _epistemic(prior, read.x, z)
    odds = marginal[:, None] + epistemic + PRIOR_SCALE * believed
    of_odds = (_sigmoid(odds) - part.won[:, None]) / odds.size  # (n, m)

    found: Weights = {}
    of_outputs = of_odds[:, :, None] * z  # (n, m, INDEX)
    found["g out"] = np.einsum("nmh,nmi->hi", considered, of_outputs)
    found["g out bias"] = of_outputs.sum(axis=(0, 1))
    of_considered = (of_outputs @ weights["g out"].T) * (considered > 0)
    of_x, of_z = of_considered.sum(axis=1), of_considered.sum(axis=0)
    found["g x"], found["g z"], found["g bias"] = read.x.T @ of_x, z.T @ of_z, of_x.sum(axis=0)

    of_marginal = of_odds.sum(axis=1)
    found["f out"], found["f out bias"] = hidden.T @ of_marginal, np.array([of_marginal.sum()])
    of_hidden = of_marginal[:, None] * weights["f out"] * (hidden > 0)
    found["f x"], found["f bias"] = read.x.T @ of_hidden, of_hidden.sum(axis=0)
    of_whole = of_hidden @ weights["f x"].T
    c, a, both = np.split(of_whole, 3, axis=1)
    found["context"] = part.context.T @ read.context.back(c + both * read.action.normed)
    found["action"] = part.action.T @ read.action.back(a + both * read.context.normed)
    return found


@dataclass(frozen=True, slots=True)
class _Embedded:
    """LayerNorm(ReLU(…)), and the way back."""

    normed: Floats
    positive: NDArray[np.bool_]
    spread: Floats  # (n, 1)

    def back(self, of_normed: Floats) -> Floats:
        level = of_normed.mean(axis=1, keepdims=True)
        along = (of_normed * self.normed).mean(axis=1, keepdims=True)
        found: Floats = (of_normed - level - self.normed * along) / self.spread * self.positive
        return found


@dataclass(frozen=True, slots=True)
class _Read:
    context: _Embedded
    action: _Embedded
    x: Floats  # (n, 3·EMBEDDING)


def _read(weights: Mapping[str, Floats], context: Floats, action: Floats) -> _Read:
    c, a = _embedded(context @ weights["context"]), _embedded(action @ weights["action"])
    return _Read(c, a, np.concatenate((c.normed, a.normed, c.normed * a.normed), axis=1))


def _embedded(given: Floats) -> _Embedded:
    positive = given > 0
    values = given * positive
    spread = np.sqrt(values.var(axis=1, keepdims=True) + _SMALL)
    return _Embedded((values - values.mean(axis=1, keepdims=True)) / spread, positive, spread)


def _marginal(weights: Mapping[str, Floats], x: Floats) -> tuple[Floats, Floats]:
    hidden = np.maximum(x @ weights["f x"] + weights["f bias"], 0.0)
    return hidden, hidden @ weights["f out"] + weights["f out bias"][0]


def _epistemic(weights: Mapping[str, Floats], x: Floats, z: Floats) -> tuple[Floats, Floats]:
    """What of an index is considered (n, m, h), and what it adds to the log odds (n, m)."""
    of_x, of_z = x @ weights["g x"], z @ weights["g z"]
    considered = np.maximum(of_x[:, None, :] + of_z[None, :, :] + weights["g bias"], 0.0)
    outputs = considered @ weights["g out"] + weights["g out bias"]
    return considered, np.einsum("nmi,mi->nm", outputs, z)


def _begun(rng: np.random.Generator, p: int, q: int) -> tuple[Weights, Weights]:
    def glorot(rows: int, columns: int) -> Floats:
        bound = np.sqrt(6.0 / (rows + columns))
        return rng.uniform(-bound, bound, (rows, columns))

    def index_part(hidden: int) -> Weights:
        return {
            "g x": glorot(3 * EMBEDDING, hidden),
            "g z": glorot(INDEX, hidden),
            "g bias": np.zeros(hidden),
            "g out": glorot(hidden, INDEX),
            "g out bias": np.zeros(INDEX),
        }

    prior = index_part(PRIOR_HIDDEN)
    weights = index_part(HIDDEN) | {
        "context": glorot(p, EMBEDDING),
        "action": glorot(q, EMBEDDING),
        "f x": glorot(3 * EMBEDDING, HIDDEN),
        "f bias": np.zeros(HIDDEN),
        "f out": glorot(HIDDEN, 1)[:, 0],
        "f out bias": np.zeros(1),
    }
    return weights, prior


def _sigmoid(odds: Floats) -> Floats:
    found: Floats = 0.5 * (1.0 + np.tanh(0.5 * odds))
    return found
