"""
What a policy loses in a world of six agents whose true rates of reward are known: regret, and how it grows.

*World*: each agent's nominations are rewarded with a rate that never changes, independently each time. Two worlds: in
the one that counts (`RATES`) the best agent is ahead by .02, as much as a feed would notice; in the *close* one by
.005, which takes some hundred thousand rounds to tell; there a few seeds in a thousand (6 of 2,000, with the
textbook's policy) find the best agent unlucky at first and hardly try it in 10^5 rounds, so that the mean of 20 seeds
has a long tail and the median stands beside it. *Regret* after T rounds is the sum of (the best rate - the rate
of the agent chosen): its expectation given the choices, so that luck with the rewards is not in it. *Slope*: of
log regret over log T at 41 values of T from 10^4 to 10^6, evenly spaced in log T, by least squares, for each of 20
seeds; told as mean, median, standard deviation and range over the seeds. Choosing by chance has slope 1; a policy
whose regret is bounded by the square root of T has .5, one whose regret grows with log T about 1 / ln T, hence .07 to
.11.

A *policy* is a function (successes, failures, rng) -> arm of two arrays (…, agents) of counts: for each leading index
one choice, an array (…) of agents. It sees the tallies and nothing else. Tallies are up to date before every round,
unless `growth` is above 0: then they are updated in rounds of max(1, growth x T), as when rewards arrive late, and a
figure has to say so. `python -m bench.quality.thompson_world` uses no such rounds.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.report import write
from bowerbird.feed.agents import default_agents
from bowerbird.feed.ranker import PERSON_TRIALS
from bowerbird.learn import beliefs

__all__ = [
    "CLOSE_RATES",
    "RATES",
    "Policy",
    "Regret",
    "Slope",
    "product_thompson",
    "regret",
    "slope",
    "textbook_thompson",
]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Policy: TypeAlias = Callable[[Ints, Ints, np.random.Generator], NDArray[np.integer]]

SEED: Final = 20_261_129
SEEDS: Final = 20
STEPS: Final = 1_000_000
FIRST: Final = 10_000
POINTS: Final = 41
RATES: Final = (0.12, 0.10, 0.09, 0.07, 0.05, 0.03)
CLOSE_RATES: Final = (0.12, 0.115, 0.11, 0.10, 0.09, 0.08)
AHEAD: Final = 1 << 12  # rounds for which luck is drawn at once

PRIORS: Final = np.array([agent.prior for agent in default_agents()])  # before anybody was shown anything


@dataclass(frozen=True, slots=True)
class Regret:
    """The curves of all seeds."""

    at: Ints  # (points,) rounds
    regret: Floats  # (seeds, points)


@dataclass(frozen=True, slots=True)
class Slope:
    """Of log regret over log T: mean, median, standard deviation, lowest and highest over the seeds."""

    mean: float
    median: float
    sd: float
    low: float
    high: float


def textbook_thompson(successes: Ints, failures: Ints, rng: np.random.Generator) -> Ints:
    """The agent of the largest draw from Beta(1 + successes, 1 + failures)."""
    arm: Ints = rng.beta(successes + 1, failures + 1).argmax(-1)
    return arm


def product_thompson(successes: Ints, failures: Ints, rng: np.random.Generator) -> Ints:
    """
    The agent of the largest draw from what the feed believes of a person's agents.

    The posteriors are the product's, with its priors and their weight, set against agents whose true rates are
    `RATES` in that order; only the stream of random numbers is this bench's, for speed.
    """
    believed = beliefs(successes.astype(np.float64), failures.astype(np.float64), PRIORS, PERSON_TRIALS)
    arm: Ints = rng.beta(believed.alpha, believed.beta).argmax(-1)
    return arm


def regret(
    policy: Policy,
    *,
    rates: tuple[float, ...] = RATES,
    steps: int = STEPS,
    first: int = FIRST,
    seeds: int = SEEDS,
    growth: float = 0.0,
) -> Regret:
    """The regret of `policy` from round `first` to `steps`; `growth` is how late tallies may be, as a share of T."""
    chooser, luck = (np.random.default_rng([SEED, part]) for part in range(2))
    rate = np.array(rates)
    lost = rate.max() - rate
    at = np.unique(np.geomspace(first, steps, POINTS).round().astype(np.int64))
    curve = np.zeros((seeds, len(at)))
    successes, failures = (np.zeros((seeds, len(rate)), np.int64) for _ in range(2))
    everyone, total = np.arange(seeds), np.zeros(seeds)
    drawn, used, done, point = luck.random((AHEAD, seeds)), 0, 0, 0
    while done < steps:
        rounds = min(max(1, int(growth * done)), steps - done, AHEAD)
        if used + rounds > AHEAD:
            drawn, used = luck.random((AHEAD, seeds)), 0
        shape = (rounds, seeds, len(rate))
        arm = policy(np.broadcast_to(successes, shape), np.broadcast_to(failures, shape), chooser)
        won = drawn[used : used + rounds] < rate[arm]
        np.add.at(successes, (everyone, arm), won)
        np.add.at(failures, (everyone, arm), ~won)
        sums = total + lost[arm].cumsum(0)
        while point < len(at) and at[point] <= done + rounds:
            curve[:, point] = sums[at[point] - done - 1]
            point += 1
        total, used, done = sums[-1], used + rounds, done + rounds
    return Regret(at, curve)


def slope(curves: Regret) -> Slope:
    """The slope of each seed's curve by least squares in log and log; all regrets must be above 0."""
    x = np.log(curves.at)
    x = x - x.mean()
    of_seed = np.log(curves.regret) @ x / (x @ x)
    return Slope(
        mean=float(of_seed.mean()),
        median=float(np.median(of_seed)),
        sd=float(of_seed.std(ddof=1)),
        low=float(of_seed.min()),
        high=float(of_seed.max()),
    )


def figures_of(policy: Policy, *, rates: tuple[float, ...] = RATES, growth: float = 0.0) -> dict[str, Any]:
    """Slope, regret and time of a policy in a world, ready to be written down."""
    began = time.perf_counter()
    curves = regret(policy, rates=rates, growth=growth)
    took_s = time.perf_counter() - began
    found = slope(curves)
    last = curves.regret[:, -1]
    return {
        "slope": round(found.mean, 3),
        "slope, median": round(found.median, 3),
        "slope, standard deviation": round(found.sd, 3),
        "slope, range": [round(found.low, 3), round(found.high, 3)],
        "regret at 10^4": round(float(curves.regret[:, 0].mean()), 1),
        "regret at 10^6": round(float(last.mean()), 1),
        "regret at 10^6, median": round(float(np.median(last)), 1),
        "regret at 10^6, standard deviation": round(float(last.std(ddof=1)), 1),
        "late by at most, share of T": growth,
        "seconds": round(took_s, 1),
    }


POLICIES: Final[dict[str, Policy]] = {
    "textbook Thompson": textbook_thompson,
    "the product's": product_thompson,
}


def main() -> None:
    """Measure each policy in both worlds."""
    worlds = {"six agents": RATES, "six agents, close": CLOSE_RATES}
    figures = {
        name: {world: figures_of(policy, rates=rates) for world, rates in worlds.items()}
        for name, policy in POLICIES.items()
    }
    headline = {
        f"slope of regret, {world}, {name} (20 seeds, T = 10^4 to 10^6)": of_world["slope"]
        for name, of_policy in figures.items()
        for world, of_world in of_policy.items()
    }
    notes = f"Rates {RATES} and, close, {CLOSE_RATES}; seed {SEED}. Definitions: bench/quality/thompson_world.py."
    write("thompson_world", figures, headline=headline, notes=notes)


if __name__ == "__main__":
    main()
