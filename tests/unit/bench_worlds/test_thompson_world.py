"""The known world of agents: that regret and its slope are what they are said to be."""

import numpy as np
import pytest

from bench.quality.thompson_world import RATES, Ints, Regret, regret, slope, textbook_thompson


def by_chance(successes: Ints, failures: Ints, rng: np.random.Generator) -> Ints:
    """Any agent."""
    return rng.integers(0, successes.shape[-1], failures.shape[:-1])


def always_best(successes: Ints, failures: Ints, rng: np.random.Generator) -> Ints:
    """What only somebody who knows the rates could choose."""
    return np.zeros(successes.shape[:-1], np.int64)


def test_slope_of_a_power_is_its_exponent() -> None:
    """The fit recovers the exponent of each seed, and their spread."""
    at = np.unique(np.geomspace(10, 10_000, 30).astype(np.int64))
    found = slope(Regret(at, np.array([at**0.4, 7 * at**0.6])))
    assert found.mean == pytest.approx(0.5)
    assert (found.low, found.high) == pytest.approx((0.4, 0.6))
    assert found.sd == pytest.approx(np.std([0.4, 0.6], ddof=1))


def test_chance_loses_the_mean_gap_each_round() -> None:
    """Choosing by chance has a slope of 1 and the regret of the mean rate; knowing the best has none."""
    curves = regret(by_chance, steps=20_000, first=1_000, seeds=4, growth=0.01)
    assert slope(curves).mean == pytest.approx(1, abs=0.02)
    assert curves.regret[:, -1] / 20_000 == pytest.approx(max(RATES) - np.mean(RATES), rel=0.03)
    assert regret(always_best, steps=500, first=10, seeds=2).regret.max() == 0


def test_thompson_learns_and_is_told_alike_each_time() -> None:
    """The textbook's policy loses far less than chance, with a slope below .6 already in 20,000 rounds; seeded."""
    curves = regret(textbook_thompson, steps=20_000, first=2_000, seeds=4)
    assert slope(curves).mean < 0.6
    assert curves.regret[:, -1].max() < 0.3 * 20_000 * (max(RATES) - np.mean(RATES))
    again = regret(textbook_thompson, steps=20_000, first=2_000, seeds=4)
    assert np.array_equal(curves.regret, again.regret)


def test_a_policy_sees_all_rounds_before_its_own_unless_they_are_late() -> None:
    """Tallies hold every earlier round; with growth they lag by no more than that share."""
    seen: list[tuple[int, int]] = []

    def watching(successes: Ints, failures: Ints, rng: np.random.Generator) -> Ints:
        seen.append((int((successes + failures)[0, 0].sum()), len(successes)))
        return by_chance(successes, failures, rng)

    regret(watching, steps=50, first=10, seeds=2)
    assert seen == [(step, 1) for step in range(50)]
    seen.clear()
    regret(watching, steps=300, first=10, seeds=2, growth=0.1)
    assert sum(rounds for _, rounds in seen) == 300
    assert all(rounds <= max(1, 0.1 * before) for before, rounds in seen)
