"""
From the agents' scores to a slate: who may fill a place is drawn, what they fill it with is not.

For each place in turn every agent has one *nominee*: the candidate that is best by its own scores, mixed with those of
all, and unlike what stands above (greedy maximisation of a determinantal point process; Chen et al. 2018). Thompson
sampling draws whose nominee is taken. So, given the slots above and the posteriors, the probability of an item in a
place is the sum of the exact probabilities of the agents that nominate it: its *propensity*. The posteriors are Beta
distributions, or what a network holds possible (`network.py`).

All that a slate is made from is in `Inputs`; the same inputs give the same slate, bit for bit: similarities
come from whole numbers, and sums are made in one order.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bowerbird.learn import Beliefs, drawn, draws, imagined_chances, win_probabilities

__all__ = ["LEVELS", "Chosen", "Inputs", "Weights", "compose", "propensities", "similarities", "without"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]

_TWIN: Final = float(np.log(1e6))  # so that a twin of what stands above adds -1, and what is unlike it 0
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
    wins: Floats | None = None  # (k,) how likely each agent is drawn, as computed then; None: as the beliefs say
    # (k, m) in steps: the rate that each agent has by each index of a network, which is drawn then; None: by `beliefs`
    imagined: NDArray[np.uint16] | None = None
    variants: Mapping[str, str] = field(default_factory=dict[str, str])  # unusual ones by place, to be told

    @property
    def chances(self) -> Floats:
        """How likely each agent is drawn (k,)."""
        if self.wins is not None:
            return self.wins
        return win_probabilities(self.beliefs) if self.imagined is None else imagined_chances(self.imagined)

    @property
    def expected(self) -> Floats:
        """The rate of reward that is believed of each agent (k,)."""
        return self.beliefs.means if self.imagined is None else self.imagined.mean(axis=1)

    def winners(self, places: int) -> NDArray[np.int64]:
        """Who is drawn for each of so many places, by the number of the agent (places,)."""
        rates = (
            draws(self.beliefs, self.names, seed=self.seed, times=places)
            if self.imagined is None
            else self.imagined[:, drawn(self.seed, places)]
        )
        found: NDArray[np.int64] = np.argmax(rates, axis=0)
        return found

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


class Alike(Protocol):
    """How alike candidates are: of each number a row of cosines (n,) with all of them."""

    def __getitem__(self, at: int, /) -> Floats:
        """Those of the candidate with that number."""
        ...


class Likeness:
    """
    Cosines of vectors in whole numbers (n, d), worked out as they are asked for; zero vectors are like nothing.

    A slate asks for as many rows as it has places: a tenth of what there are.
    """

    def __init__(self, vectors: NDArray[np.int8]) -> None:
        self._vectors = vectors.astype(np.float32)
        squares = np.einsum("nd,nd->n", self._vectors, self._vectors).astype(np.float64)
        self._lengths = np.where(squares == 0, np.inf, np.sqrt(squares))

    def __getitem__(self, at: int) -> Floats:
        """With each of them (n,)."""
        products = (self._vectors @ self._vectors[at]).astype(np.float64)  # exact: sums of whole numbers below 2^24
        found: Floats = products / self._lengths[at] / self._lengths
        return found


def similarities(vectors: NDArray[np.int8]) -> Floats:
    """All of them at once (n, n)."""
    likeness = Likeness(vectors)
    return np.array([likeness[at] for at in range(len(vectors))]).reshape(len(vectors), len(vectors))


def compose(given: Inputs, alike: Alike) -> list[Chosen]:
    """The slate; shorter than asked for when there are not as many candidates."""
    n = len(given.items)
    if not n or not given.names:
        return []
    wins = given.chances
    length = min(given.length, n)
    winners = given.winners(length)
    slate = _Slate(given, alike, wins)
    nominees = np.empty((length, len(given.names)), np.int64)
    for place, winner in enumerate(winners.tolist()):
        nominees[place] = slate.nominees()
        slate.place(int(nominees[place, winner]))
    return _told(given, wins, nominees, nominees[np.arange(length), winners])


def _told(given: Inputs, wins: Floats, nominees: NDArray[np.int64], taken: NDArray[np.int64]) -> list[Chosen]:
    """What was taken (l,), with what speaks for it; `nominees` are each agent's for each place (l, k)."""
    best = int(np.argmax(given.expected))
    shares = wins * given.scores.T[taken]  # (l, k)
    return [
        Chosen(
            item=int(given.items[at]),
            at=at,
            score=float(np.add.reduce(share)),
            why=dict(zip(given.names, share.tolist(), strict=True)),
            propensity=min(float(np.add.reduce(wins[agree])), 1.0),
            nominated_by=tuple(compress(given.names, agree.tolist())),
            explored=not agree[best],
        )
        for at, share, agree in zip(taken.tolist(), shares, nominees == taken[:, None], strict=True)
    ]


def propensities(given: Inputs, alike: Alike, above: Sequence[int]) -> dict[int, float]:
    """The probability of each item (its number among the candidates) in the place below those; they sum to 1."""
    if not len(given.items):
        return {}
    wins = given.chances
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
        imagined=None if given.imagined is None else given.imagined[kept],
        wins=None,
    )


class _Slate:
    """The places that are taken, and what each candidate would add to them."""

    def __init__(self, given: Inputs, alike: Alike, wins: Floats) -> None:
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
        self._closed = np.zeros(n)  # -inf for what may not be taken: it stands above, or its source has its share
        self._in_source = np.zeros(int(given.sources.max()) + 1, np.int64)
        self._most = max(1, int(np.ceil(given.weights.most_of_source * given.length)))
        self._in_category = np.zeros(len(given.wanted))
        self._missing = np.zeros(len(given.wanted) + 1)  # of each category; at the end, where -1 finds it, of none

    def nominees(self) -> NDArray[np.int64]:
        """Each agent's best candidate for the next place (k,)."""
        common = self._unlike() + self._called_for()
        found: NDArray[np.int64] = (self._values + (common + self._closed)).argmax(axis=1)
        if self._closed[found[0]]:  # only sources are left that have their share: better they than nobody
            self._closed = np.zeros(len(common))
            self._closed[self._taken] = -np.inf
            found = (self._values + (common + self._closed)).argmax(axis=1)
        return found

    def place(self, at: int) -> None:
        """Put that candidate into the next place."""
        count = len(self._taken)
        above = self._rows[:count]
        scale = math.sqrt(max(self._left[at], 1e-9))
        row = (self._alike[at] - np.add.reduce(above[:, at, None] * above, axis=0)) / scale
        self._rows[count] = row
        self._left = np.maximum(self._left - row * row, 0.0)
        self._taken.append(at)
        self._closed[at] = -np.inf
        source = self._given.sources[at]
        self._in_source[source] += 1
        if self._in_source[source] == self._most:
            self._closed[self._given.sources == source] = -np.inf
        if (category := self._given.categories[at]) >= 0 and len(self._in_category):
            self._in_category[category] += 1

    def _unlike(self) -> Floats:
        """How unlike each candidate is to all that stands above (n,)."""
        found: Floats = (1.0 - self._given.weights.relevance) * np.log(np.maximum(self._left, 1e-6)) / _TWIN
        return found

    def _called_for(self) -> Floats | float:
        """How much each candidate's category is below its share so far (n,), for what is known of the person."""
        wanted = self._given.wanted
        if not len(wanted) or not self._given.weights.calibration:
            return 0.0
        self._missing[:-1] = wanted - self._in_category / (len(self._taken) + 1.0)
        found: Floats = self._given.weights.calibration * self._missing[self._given.categories]
        return found
