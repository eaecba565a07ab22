"""
The chance that somebody welcomes something, learnt from what everybody did: logistic regression with tastes.

    log odds of a trial  =  facts · weights  +  traits of the item · taste of the person

*Facts* count alike for everybody (age, quality). *Tastes* are drawn to what people
have in common: they are normal with a mean and a covariance that are themselves learnt (empirical Bayes), so that
traits in which people do not differ, such as how a text is written, count for little, and a person of whom little is
known is expected to be like the others. A taste is not kept: `Forecast.taste` finds it from
the person's own trials, in a millisecond, so that what they did a moment ago counts.

Some of what is opened is opened by chance. A win that nothing confirmed is believed by as much as it is likely
(`chance_wins`): in a world of odd openings one of them does not turn a taste around.

The newest trials are kept from the fit; on them the scale of the log odds is set (Platt), so that a chance of .2
means that one of five is won, and with it how much what *others* did with the same things adds: where people's tastes
can be told from traits that is little, where not it is nearly all. What is learnt depends on the trials alone: no
randomness.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_PEOPLE", "LEAST_WINS", "Forecast", "Trials", "fit"]

Floats = NDArray[np.float64]
Traits = NDArray[np.floating[Any]]  # of half the length it is as good, and faster
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEAST_WINS: Final = 200  # below, too little is known to learn from
LEAST_PEOPLE: Final = 10
FIRST_SPREAD: Final = 0.8  # of tastes along each trait, before any is known
CHANCE_WINS: Final = 0.02
PLAIN: Final = 4.0  # standard errors of what is doubted
LARGEST_STEP: Final = 3.0  # of log odds: Newton's method leaps too far from where it begins


@dataclass(frozen=True, slots=True)
class Trials:
    """What was tried with whom, and whether it was won; n trials, f facts, d traits."""

    person: Ints  # (n,) from 0
    facts: Floats  # (n, f); the first is 1
    traits: Traits  # (n, d)
    won: Bools  # (n,)
    sure: Bools  # (n,) of what was won: more than an opening tells it
    weight: Floats  # (n,) how much it tells of everybody
    own: Floats  # (n,) how much it tells of the person now
    held: Bools  # (n,) may be kept from the fit to set the scale by
    others: Floats  # (n, k) what other people's doings tell; only that of the held ones is looked at

    def __len__(self) -> int:
        """How many."""
        return len(self.won)

    def those(self, which: Bools | Ints | slice) -> "Trials":
        """Some of them."""
        return Trials(
            self.person[which],
            self.facts[which],
            self.traits[which],
            self.won[which],
            self.sure[which],
            self.weight[which],
            self.own[which],
            self.held[which],
            self.others[which],
        )


@dataclass(frozen=True, slots=True)
class Forecast:
    """What was learnt."""

    weights: Floats  # (f,) of the facts
    mean: Floats  # (d,) of tastes
    precision: Floats  # (d, d) the inverse of their covariance
    others: Floats  # (k,) the weights of what other people's doings tell
    scale: tuple[float, float] = (0.0, 1.0)  # the log odds are the first + the second x those learnt
    chance_wins: float = CHANCE_WINS

    def taste(self, trials: Trials, *, rounds: int = 3) -> Floats:
        """The most likely taste (d,) of one person with these trials; that of people in general without any."""
        prior = _Prior(self.mean, self.precision, self.chance_wins)
        taste, offset = self.mean, trials.facts @ self.weights
        for _ in range(rounds if len(trials) else 0):
            taste, _ = _improved(taste, offset, trials, prior)
        return taste

    def chance(self, facts: Floats, traits: Traits, taste: Floats, others: Floats) -> Floats:
        """The chance (n,) that each is won."""
        first, by = self.scale
        return _logistic(first + by * (facts @ self.weights + traits @ taste) + others @ self.others)


def fit(
    trials: Trials, *, people: int, rounds: int = 10, chance_wins: float = CHANCE_WINS, doubted: Sequence[int] = ()
) -> Forecast | None:
    """
    What these trials teach of `people`; None while they are too few to learn from.

    What others did counts for nothing in the columns that are `doubted`, unless it is plain that it tells something.
    Trials with a number that is none (NaN) are left out.
    """
    finite = np.isfinite(trials.facts).all(axis=1) & np.isfinite(trials.traits).all(axis=1)
    finite &= np.isfinite(trials.weight) & np.isfinite(trials.own)
    trials = trials.those(np.flatnonzero(finite)[np.argsort(trials.person[finite], kind="stable")])
    won = trials.won
    if won.sum() < LEAST_WINS or won.all() or len(np.unique(trials.person[won])) < LEAST_PEOPLE:
        return None
    found = _Fit(trials.those(~trials.held), people, chance_wins)
    for _ in range(rounds):
        found.improve()
    held = trials.those(trials.held)
    odds = held.facts @ found.weights + (held.traits * found.tastes[held.person]).sum(axis=1)
    scale, others = _scaled(odds, held, chance_wins, doubted)
    return Forecast(found.weights, found.mean, _inverse(found.covariance), others, scale, chance_wins)


@dataclass(frozen=True, slots=True)
class _Prior:
    """What is expected of a taste before anything is known of the person."""

    mean: Floats
    precision: Floats
    chance_wins: float


class _Fit:
    """Weights and tastes in turn, each given the others: a step of Newton's method for each."""

    def __init__(self, trials: Trials, people: int, chance_wins: float) -> None:
        facts, traits = trials.facts.shape[1], trials.traits.shape[1]
        self._trials = trials
        self._chance_wins = chance_wins
        self._starts = np.searchsorted(trials.person, np.arange(people + 1))
        self._penalty = np.ones(facts)
        self._penalty[0] = 1e-3
        share = np.clip(np.average(trials.won, weights=np.maximum(trials.weight, 1e-9)), 1e-4, 1 - 1e-4)
        self.weights = np.zeros(facts)
        self.weights[0] = np.log(share / (1 - share))
        self.tastes = np.zeros((people, traits))
        self.mean = np.zeros(traits)
        self.covariance = np.eye(traits) * FIRST_SPREAD

    def improve(self) -> None:
        """One round."""
        trials = self._trials
        liking = (trials.traits * self.tastes[trials.person]).sum(axis=1)
        odds = trials.facts @ self.weights + liking
        chance = _logistic(odds)
        error = trials.weight * (_believed(trials.won, trials.sure, chance, self._chance_wins) - chance)
        curve = trials.weight * chance * (1 - chance)
        bent = (trials.facts * curve[:, None]).T @ trials.facts + np.diag(self._penalty)
        step = np.linalg.solve(bent, trials.facts.T @ error - self._penalty * self.weights)
        self.weights = self.weights + np.clip(step, -1.0, 1.0)
        self._improve_tastes(trials.facts @ self.weights)

    def _improve_tastes(self, offset: Floats) -> None:
        trials = self._trials
        prior = _Prior(self.mean, _inverse(self.covariance), self._chance_wins)
        unsure = np.zeros_like(self.covariance)
        active = np.flatnonzero(np.diff(self._starts))
        for person in active.tolist():
            own = slice(self._starts[person], self._starts[person + 1])
            taste = self.tastes[person]
            self.tastes[person], bent = _improved(taste, offset[own], trials.those(own), prior)
            unsure += _inverse(bent)
        self.mean = self.tastes[active].mean(axis=0)
        apart = self.tastes[active] - self.mean
        self.covariance = (unsure + apart.T @ apart) / len(active) + 1e-4 * np.eye(len(self.mean))
        still = np.ones(len(self.tastes), np.bool_)
        still[active] = False
        self.tastes[still] = self.mean


def _improved(taste: Floats, offset: Floats, trials: Trials, prior: _Prior) -> tuple[Floats, Floats]:
    """A taste one step of Newton's method nearer to the most likely one, and how sharply the likelihood bends there."""
    chance = _logistic(offset + trials.traits @ taste)
    curve = np.maximum(trials.own * chance * (1 - chance), 1e-9)
    sharp = (trials.traits * curve[:, None].astype(trials.traits.dtype)).T @ trials.traits
    bent: Floats = sharp.astype(np.float64) + prior.precision
    error = trials.own * (_believed(trials.won, trials.sure, chance, prior.chance_wins) - chance)
    step = np.linalg.solve(bent, trials.traits.T @ error - prior.precision @ (taste - prior.mean))
    farthest = float(np.abs(trials.traits @ step).max(initial=0.0))
    return taste + step * min(1.0, LARGEST_STEP / max(farthest, 1e-9)), bent


def _believed(won: Bools, sure: Bools, chance: Floats, chance_wins: float) -> Floats:
    """How far each is taken for won: an opening by as much as it was not by chance."""
    likely = chance * (1 - chance_wins)
    return np.where(won, np.where(sure, 1.0, likely / (likely + chance_wins)), 0.0)


def _scaled(
    odds: Floats, held: Trials, chance_wins: float, doubted: Sequence[int]
) -> tuple[tuple[float, float], Floats]:
    """
    The line through the log odds, and the weights of the others' doings, that make the held-out trials most likely.

    The line is drawn to (0, 1), the weights to 0.
    """
    weights = np.zeros(held.others.shape[1])
    if held.won.sum() < 20:
        return (0.0, 1.0), weights
    spread = held.others.std(axis=0)
    kept = np.flatnonzero(spread > 1e-9)
    found, error = _most_likely(odds, held.others[:, kept] / spread[kept], held, chance_wins)
    plain = ~np.isin(kept, doubted) | (found[2:] >= PLAIN * error[2:])
    if not plain.all():
        kept = kept[plain]
        found, _ = _most_likely(odds, held.others[:, kept] / spread[kept], held, chance_wins)
    weights[kept] = found[2:] / spread[kept]
    return (float(found[0]), float(max(found[1], 0.1))), weights  # never upside down


def _most_likely(odds: Floats, others: Floats, held: Trials, chance_wins: float) -> tuple[Floats, Floats]:
    """What a constant, the log odds and the others' doings weigh by these trials, and its standard errors."""
    terms = np.column_stack([np.ones(len(odds)), odds, others])
    drawn_to = np.zeros(terms.shape[1])
    drawn_to[1] = 1.0
    found, bent = drawn_to, np.eye(len(drawn_to))
    for _ in range(20):
        chance = _logistic(terms @ found)
        bent = (terms * (chance * (1 - chance))[:, None]).T @ terms + np.eye(len(found))
        error = _believed(held.won, held.sure, chance, chance_wins) - chance
        found = found + np.clip(np.linalg.solve(bent, terms.T @ error - (found - drawn_to)), -1.0, 1.0)
    return found, np.sqrt(np.diagonal(_inverse(bent)))


def _inverse(matrix: Floats) -> Floats:
    found: Floats = np.linalg.inv(matrix).astype(np.float64)
    return found


def _logistic(odds: Floats) -> Floats:
    chance: Floats = 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0)))
    return chance
