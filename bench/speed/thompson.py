"""
The feed's sampling step beside MABWiser's Thompson sampling (Strong, Kleynhans and Kadıoğlu 2019), in one run.

Ours: for a slate of ten places a draw for each agent and place, and the exact probability that each agent wins, which
`win_probabilities` remembers of beliefs that it met before ("known") or works out ("new"). MABWiser: ten calls of
`predict`, which draw and tell the winner, and no probability. Same arms, same rewards and trials; medians.

MABWiser brings matplotlib, pandas and scikit-learn (half a gigabyte), so it is in a group of its own (`bench`), which
`make bench-feed` installs. Where it cannot be imported, only ours is measured and nothing is written.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from bench.report import write
from bowerbird.learn import beliefs, draws, win_probabilities

SEED: Final = 6
ARMS: Final = 6
PLACES: Final = 10
TRIALS: Final = 2_000  # of each arm
RATES: Final = np.array([0.12, 0.10, 0.10, 0.08, 0.06, 0.05])
ROUNDS: Final = 400


def main() -> None:
    """Time both and write the figures."""
    rng = np.random.default_rng(SEED)
    won = rng.binomial(TRIALS, RATES).astype(np.float64)
    names = [f"arm {number}" for number in range(ARMS)]
    known = beliefs(won, TRIALS - won, RATES, 20.0)

    def ours(seed: int) -> None:
        draws(known, names, seed=seed, times=PLACES)
        win_probabilities(known)

    def ours_new(seed: int) -> None:
        other = beliefs(won + seed * 1e-6, TRIALS - won, RATES, 20.0)  # met for the first time
        draws(other, names, seed=seed, times=PLACES)
        win_probabilities(other)

    figures: dict[str, Any] = {
        "arms": ARMS,
        "trials of each arm": TRIALS,
        "places": PLACES,
        "ms a slate, with exact propensities, beliefs known": median_ms(ours),
        "ms a slate, with exact propensities, beliefs new": median_ms(ours_new),
    }
    theirs = mabwiser(names, won)
    if theirs is None:
        print(figures, "MABWiser is not installed: nothing was written")
        return
    figures["ms a slate, MABWiser, without propensities"] = median_ms(theirs)
    write("thompson_speed", figures, notes=f"Seed {SEED}, medians of {ROUNDS}. Definitions: bench/speed/thompson.py.")


def median_ms(slate: Callable[[int], None]) -> float:
    """Of one slate, after some to warm up."""
    took: list[float] = []
    for seed in range(1, ROUNDS + 21):
        began = time.perf_counter()
        slate(seed)
        took.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(took[20:]), 4)


def mabwiser(names: list[str], won: Any) -> Callable[[int], None] | None:
    """Ten predictions of MABWiser that learnt the same trials; None where it is not installed."""
    try:
        from mabwiser.mab import MAB, LearningPolicy  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return None
    bandit = MAB(names, LearningPolicy.ThompsonSampling(), seed=SEED)
    rewards = [int(trial < wins) for wins in won.tolist() for trial in range(TRIALS)]
    bandit.fit(decisions=[name for name in names for _ in range(TRIALS)], rewards=rewards)

    def slate(_: int) -> None:
        for _place in range(PLACES):
            bandit.predict()

    return slate


if __name__ == "__main__":
    main()
