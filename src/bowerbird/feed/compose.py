"""
From the agents' scores to a slate: who may fill a place is drawn, what they fill it with is not.

For each place in turn every agent has one *nominee*: the candidate that is best by its own scores, mixed with those of
all, and unlike what stands above (greedy maximisation of a determinantal point process; Chen et al. 2018). Thompson
sampling draws whose nominee is taken. So, given the slots above and the posteriors, the probability of an item in a
place is the sum of the exact probabilities of the agents that nominate it: its *propensity*.

All that a slate is made from is in `Inputs`; the same inputs give the same slate, bit for bit: similarities
come from whole numbers, and sums are made in one order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bowerbird.learn import Beliefs, draws, win_probabilities

__all__ = ["LEVELS", "Chosen", "Inputs", "Weights", "compose", "propensities", "similarities", "without"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]

LEVELS: Final = 65_535  # scores are kept as whole numbers of this many steps


@dataclass(frozen=True, slots=True)
class Weights:
    """How a slate is put together."""

    own: float = 0.3  # of an agent's own scores in its nomination; the rest is what all agents expect together
    relevance: float = 0.6  # against being unlike what stands above
    calibration: float = 0.1  # how much the shares of categories are to be like those of what the person keeps
    most_of_source: float = 0.4  # the share of a slate that one source may have, while there are others


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a slate of `length` places is made from: n candidates, k agents."""

    seed: int
    length: int
    names: tuple[str, ...]  # of the agents that answered
    beliefs: Beliefs
    items: NDArray[np.int64]  # (n,) row ids
    steps: NDArray[np.uint16]  # (k, n) scores in steps of 1 / LEVELS
    sources: Codes  # (n,)
    categories: Codes  # (n,); -1: none
    wanted: Floats  # the shares of categories among what the person keeps; empty: not known
    weights: Weights

    @property
    def scores(self) -> Floats:
        """From 0 to 1 (k, n)."""
        return self.steps.astype(np.float64) / LEVELS


@dataclass(frozen=True, slots=True)
class Chosen:
    """An item in a place."""

    item: int
    at: int  # its number among the candidates
    score: float
    why: dict[str, float]  # each agent's share of the score; they sum to it
    propensity: float
    nominated_by: tuple[str, ...]
    explored: bool  # the agent that is believed to be best would have taken another


def similarities(vectors: NDArray[np.int8]) -> Floats:
    """Cosines (n, n) of vectors in whole numbers (n, d); zero vectors are like nothing."""
    whole = vectors.astype(np.float32)
    products = (whole @ whole.T).astype(np.float64)  # exact: sums of whole numbers below 2^24
    lengths = np.sqrt(np.diagonal(products))
    lengths[lengths == 0] = np.inf
    found: Floats = products / lengths[:, None] / lengths[None, :]
    return found


def compose(given: Inputs, alike: Floats) -> list[Chosen]:
    """The slate; shorter than asked for when there are not as many candidates. `alike` are the cosines (n, n)."""
    n = len(given.items)
    if not n or not given.names:
        return []
    wins = win_probabilities(given.beliefs)
    shares = wins[:, None] * given.scores  # (k, n)
    length = min(given.length, n)
    drawn = draws(given.beliefs, given.names, seed=given.seed, times=length)
    winners = np.argmax(drawn, axis=0)
    best = int(np.argmax(given.beliefs.means))
    slate = _Slate(given, alike, wins)
    chosen: list[Chosen] = []
    for place in range(length):
        nominees = slate.nominees()
        at = int(nominees[winners[place]])
        agree = nominees == at
        chosen.append(
            Chosen(
                item=int(given.items[at]),
                at=at,
                score=float(np.sum(shares[:, at])),
                why={name: float(share) for name, share in zip(given.names, shares[:, at], strict=True)},
                propensity=min(float(np.sum(wins[agree])), 1.0),
                nominated_by=tuple(name for name, agrees in zip(given.names, agree, strict=True) if agrees),
                explored=bool(nominees[best] != at),
            )
        )
        slate.place(at)
    return chosen


def propensities(given: Inputs, alike: Floats, above: Sequence[int]) -> dict[int, float]:
    """The probability of each item (its number among the candidates) in the place below those; they sum to 1."""
    if not len(given.items):
        return {}
    wins = win_probabilities(given.beliefs)
    slate = _Slate(given, alike, wins)
    for at in above:
        slate.place(at)
    found: dict[int, float] = {}
    for nominee, chance in zip(slate.nominees().tolist(), wins.tolist(), strict=True):
        found[nominee] = found.get(nominee, 0.0) + chance
    return found


def without(given: Inputs, agent: str) -> Inputs:
    """The same without that agent; everybody else draws as they did."""
    kept = [k for k, name in enumerate(given.names) if name != agent]
    return replace(
        given,
        names=tuple(given.names[k] for k in kept),
        beliefs=Beliefs(given.beliefs.alpha[kept], given.beliefs.beta[kept]),
        steps=given.steps[kept],
    )


class _Slate:
    """The places that are taken, and what each candidate would add to them."""

    def __init__(self, given: Inputs, alike: Floats, wins: Floats) -> None:
        n = len(given.items)
        scores, own = given.scores, given.weights.own
        self._given = given
        self._alike = alike
        together = (wins[:, None] * scores).sum(axis=0)
        self._values = given.weights.relevance * (own * scores + (1.0 - own) * together)  # (k, n)
        # The incremental Cholesky factor of the chosen ones' similarities: what of each candidate they do not span.
        self._rows = np.zeros((min(given.length, n), n))
        self._left = np.ones(n)
        self._taken: list[int] = []
        self._free = np.ones(n, bool)
        self._in_source = np.zeros(int(given.sources.max()) + 1, np.int64)
        self._most = max(1, int(np.ceil(given.weights.most_of_source * given.length)))
        self._in_category = np.zeros(len(given.wanted))

    def nominees(self) -> NDArray[np.int64]:
        """Each agent's best candidate for the next place (k,)."""
        unlike = (1.0 - self._given.weights.relevance) * np.log(np.maximum(self._left, 1e-6)) / np.log(1e6)
        worth = self._values + (unlike + self._called_for())
        open_ = self._free & (self._in_source[self._given.sources] < self._most)
        if not open_.any():  # only sources are left that have their share: better they than nobody
            open_ = self._free
        found: NDArray[np.int64] = np.argmax(np.where(open_, worth, -np.inf), axis=1)
        return found

    def place(self, at: int) -> None:
        """Put that candidate into the next place."""
        count = len(self._taken)
        above = self._rows[:count]
        scale = np.sqrt(max(self._left[at], 1e-9))
        row = (self._alike[at] - (above[:, at, None] * above).sum(axis=0)) / scale
        self._rows[count] = row
        self._left = np.clip(self._left - row * row, 0.0, None)
        self._taken.append(at)
        self._free[at] = False
        self._in_source[self._given.sources[at]] += 1
        if (category := self._given.categories[at]) >= 0 and len(self._in_category):
            self._in_category[category] += 1

    def _called_for(self) -> Floats | float:
        """How much each candidate's category is below its share so far (n,), for what is known of the person."""
        wanted = self._given.wanted
        if not len(wanted) or not self._given.weights.calibration:
            return 0.0
        missing = wanted - self._in_category / (len(self._taken) + 1.0)
        of_each = np.append(missing, 0.0)[self._given.categories]  # -1 finds the last: no category, nothing missing
        return self._given.weights.calibration * of_each
