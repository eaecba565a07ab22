"""The epistemic network: its gradients, what it must not learn, and that it knows how little it knows."""

from typing import Final

import numpy as np
import pytest

from bowerbird.learn import enr
from bowerbird.learn.enr import INDICES, Enr, Tried, drawn, fit, imagined_chances

RNG: Final = np.random.default_rng(7)
ARMS: Final = np.eye(4)


def trials(count: int, *, seed: int = 0) -> Tried:
    """In the context (1, 0) the first arm is rewarded most, in (0, 1) the last; both by .4 against .1."""
    rng = np.random.default_rng(seed)
    side, arm = rng.integers(0, 2, count), rng.integers(0, 4, count)
    rate = np.where(arm == 3 * side, 0.4, 0.1)
    return Tried(np.eye(2)[side], ARMS[arm], rng.random(count) < rate)


def begun(tried: Tried) -> tuple[dict[str, enr.Floats], dict[str, enr.Floats]]:
    return enr._begun(np.random.default_rng(3), tried.context.shape[1], tried.action.shape[1])  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    "name", ["f x", "f bias", "f out", "f out bias", "g x", "g z", "g bias", "g out", "g out bias"]
)
def test_gradients_are_those_of_the_loss(name: str) -> None:
    """By differences, of every weight behind what is read."""
    tried, z = trials(12), RNG.normal(size=(3, enr.INDEX))
    weights, prior = begun(tried)
    told = enr.gradient(weights, prior, tried, z)[name]
    for at in list(np.ndindex(told.shape))[:40]:
        assert told[at] == pytest.approx(_difference((weights, prior), tried, z, name, at), abs=1e-7)


@pytest.mark.parametrize("name", ["context", "action"])
def test_what_is_read_is_taught_by_the_marginal_part_alone(name: str) -> None:
    """With an index of zeros nothing but that part is there; what an index adds moves the log odds and nothing else."""
    tried, zero = trials(12), np.zeros((1, enr.INDEX))
    weights, prior = begun(tried)
    told = enr.gradient(weights, prior, tried, zero)[name]
    for at in list(np.ndindex(told.shape))[:40]:
        assert told[at] == pytest.approx(_difference((weights, prior), tried, zero, name, at), abs=1e-7)
    # By any index: as if it had been a constant beside the marginal part.
    z = RNG.normal(size=(1, enr.INDEX))
    read = Enr(weights, prior)
    added = read.log_odds(tried.context, tried.action, z) - read.log_odds(tried.context, tried.action, zero)
    for at in list(np.ndindex(told.shape))[:20]:
        sides: list[float] = []
        for step in (1e-6, -1e-6):
            moved = {key: value.copy() for key, value in weights.items()}
            moved[name][at] += step
            odds = Enr(moved, prior).log_odds(tried.context, tried.action, zero) + added
            sides.append(float(np.mean(np.logaddexp(0.0, np.where(tried.won[:, None], -odds, odds)))))
        expected = (sides[0] - sides[1]) / 2e-6
        assert enr.gradient(weights, prior, tried, z)[name][at] == pytest.approx(expected, abs=1e-7)


def _difference(
    of: tuple[dict[str, enr.Floats], dict[str, enr.Floats]], tried: Tried, z: enr.Floats, name: str, at: tuple[int, ...]
) -> float:
    weights, prior = of
    sides: list[float] = []
    for step in (1e-6, -1e-6):
        moved = {key: value.copy() for key, value in weights.items()}
        moved[name][at] += step
        sides.append(enr.loss(moved, prior, tried, z))
    return (sides[0] - sides[1]) / 2e-6


def test_the_prior_is_never_trained_and_the_same_trials_teach_the_same() -> None:
    """Bit for bit."""
    tried = trials(400)
    _, prior = enr._begun(np.random.default_rng(0), 2, 4)  # pyright: ignore[reportPrivateUsage]
    once, again = fit(tried), fit(tried)
    assert all(np.array_equal(once.prior[name], prior[name]) for name in prior)
    assert all(np.array_equal(once.weights[name], again.weights[name]) for name in once.weights)


def test_it_finds_what_is_best_where() -> None:
    """In each context another arm; the chances of each are a probability, and those of the best nearly all."""
    learnt = fit(trials(6_000))
    for side, best in ((0, 0), (1, 3)):
        rates = learnt.rates(np.repeat(np.eye(2)[[side]], 4, axis=0), ARMS)
        assert rates.mean(axis=1) == pytest.approx(np.where(np.arange(4) == best, 0.4, 0.1), abs=0.07)
        chances = imagined_chances(np.rint(rates * 65_535).astype(np.uint16))
        assert chances.sum() == pytest.approx(1.0, abs=1e-12)
        assert chances[best] > 0.9


def test_it_is_less_sure_of_what_it_has_seen_less_of() -> None:
    """Indices differ less the more was tried, and most about an arm that was never."""

    def spread(tried: Tried, arm: int) -> float:
        learnt = fit(tried)
        return float(learnt.log_odds(np.eye(2)[[0]], ARMS[[arm]]).std())

    few, many = trials(60), trials(6_000)
    assert spread(many, 1) < 0.6 * spread(few, 1)
    seen = many.action[:, 2] == 0
    never = Tried(many.context[seen], many.action[seen], many.won[seen])
    assert spread(never, 2) > 1.5 * spread(never, 1)


def test_the_chances_are_those_of_the_draws() -> None:
    """Each index is one share of all, so counting what is drawn gives the chances; a seed draws the same again."""
    rates = np.random.default_rng(5).integers(0, 65_535, (5, INDICES))
    winners = np.argmax(rates, axis=0)[drawn(11, 200_000)]
    seen = np.bincount(winners, minlength=5) / 200_000
    assert seen == pytest.approx(imagined_chances(rates), abs=0.005)
    assert np.array_equal(drawn(11, 50), drawn(11, 200)[:50])
    assert not np.array_equal(drawn(11, 50), drawn(12, 50))
