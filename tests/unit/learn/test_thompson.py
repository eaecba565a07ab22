"""Thompson sampling: the probabilities are those of the draws."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import integrate, stats

from bowerbird.learn import Beliefs, beliefs, draws, former_win_probabilities, win_probabilities

shapes = st.floats(1.0, 5_000.0)


def believed(*pairs: tuple[float, float]) -> Beliefs:
    """Beliefs of these α and β."""
    return Beliefs(np.array([a for a, _ in pairs]), np.array([b for _, b in pairs]))


@given(st.lists(st.tuples(shapes, shapes), min_size=1, max_size=7))
def test_some_arm_is_always_taken(pairs: list[tuple[float, float]]) -> None:
    """The probabilities of all arms are none below 0 and sum to 1, whatever the posteriors."""
    found = win_probabilities(believed(*pairs))

    assert np.all(found >= 0)
    assert found.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    "pairs",
    [
        ((3.0, 9.0), (2.0, 20.0), (1.0, 1.0)),
        ((300.0, 9_000.0), (4.0, 100.0), (1.2, 40.0), (30.0, 900.0)),
        ((4_000.0, 4_000.0), (4_010.0, 4_000.0)),
    ],
)
def test_the_probability_is_the_integral(pairs: tuple[tuple[float, float], ...]) -> None:
    """Quadrature agrees with SciPy's adaptive integration of density times the others' distribution functions."""
    arms = [stats.beta(a, b) for a, b in pairs]
    expected = []
    for i, arm in enumerate(arms):
        others = [other for j, other in enumerate(arms) if j != i]
        bends = sorted({float(np.clip(one.mean() + k * one.std(), 0, 1)) for one in arms for k in (-5, -2, 0, 2, 5)})
        value, _ = integrate.quad(
            lambda x, arm=arm, others=others: arm.pdf(x) * np.prod([other.cdf(x) for other in others]),
            0.0,
            1.0,
            points=bends,
            limit=400,
            epsabs=1e-11,
        )
        expected.append(value)

    assert win_probabilities(believed(*pairs)) == pytest.approx(expected, abs=1e-7)


TAIL = (1e-13, 1e-10, 1e-6, 1e-3)


@given(st.lists(st.tuples(shapes, shapes), min_size=2, max_size=7))
@example([(1.0, 937.0), (1.0, 1221.0)])
@example([(1.0, 332.6), (854.4, 72.9), (1.113, 1.083)])  # a corner that few nodes follow
def test_the_probability_is_right_to_a_billionth(pairs: list[tuple[float, float]]) -> None:
    """Against many nodes and SciPy's own distribution functions; the former way to some hundred-millionths."""
    given_beliefs = believed(*pairs)
    arms = [stats.beta(a, b) for a, b in pairs]
    bends = np.unique(
        np.concatenate(
            [[0.0, 1.0], *(arm.ppf([*TAIL, 0.05, 0.5, 0.95]) for arm in arms), *(arm.isf(TAIL) for arm in arms)]
        )
    )
    nodes, weights = np.polynomial.legendre.leggauss(60)
    half = np.diff(bends)[:, None] / 2
    x = bends[:-1, None] + half * (1 + nodes)
    below = [arm.cdf(x) for arm in arms]
    exact = np.array(
        [
            (half * weights * arm.pdf(x) * np.prod([*below[:i], *below[i + 1 :]], axis=0)).sum()
            for i, arm in enumerate(arms)
        ]
    )

    assert win_probabilities(given_beliefs) == pytest.approx(exact / exact.sum(), abs=1e-9)
    if all(shape == 1.0 or shape >= 1.2 for pair in pairs for shape in pair):
        assert former_win_probabilities(given_beliefs) == pytest.approx(exact / exact.sum(), abs=5e-8)


def test_the_former_way_gives_what_it_gave() -> None:
    """Slates that were kept without their probabilities are made again by it; also where it is least right."""
    assert former_win_probabilities(believed((3.0, 20.0), (2.0, 9.0), (5.0, 60.0))).tolist() == pytest.approx(
        [0.3326334479204111, 0.6008944048552958, 0.06647214722429313], rel=1e-12
    )
    assert former_win_probabilities(believed((1.0, 332.6), (854.4, 72.9), (1.113, 1.083))).tolist() == pytest.approx(
        [4.5766993629217294e-234, 0.9290483334584874, 0.07095166654151278], rel=1e-12
    )


def test_a_hundred_thousand_draws_come_as_often_as_the_probabilities_say() -> None:
    """The frequencies of the winners agree with the probabilities by a χ² test at 0.1 %."""
    given_beliefs = believed((3.0, 20.0), (2.0, 9.0), (5.0, 60.0), (1.5, 12.0), (8.0, 70.0), (1.0, 8.0))
    names = ("a", "b", "c", "d", "e", "f")
    winners = np.argmax(draws(given_beliefs, names, seed=7, times=100_000), axis=0)
    counts = np.bincount(winners, minlength=6)

    assert stats.chisquare(counts, 100_000 * win_probabilities(given_beliefs)).pvalue > 0.001


def test_without_an_arm_the_others_draw_the_same() -> None:
    """Leaving an arm out, or another order, changes nobody else's draws: what a slate would have been is exact."""
    both = draws(believed((3.0, 9.0), (2.0, 8.0)), ("a", "b"), seed=5, times=9)
    alone = draws(believed((2.0, 8.0)), ("b",), seed=5, times=9)

    assert np.array_equal(both[1:], alone)


@given(st.permutations([(1.0, 0.0), (0.0, 1.0), (0.5, 0.0), (0.0, 0.25), (1.0, 0.0)]))
def test_what_is_believed_does_not_depend_on_the_order_of_events(order: list[tuple[float, float]]) -> None:
    """Counts are summed: the same rewards in any order give the same posterior."""
    won, lost = (np.array([sum(column)]) for column in zip(*order, strict=True))
    found = beliefs(won, lost, np.array([0.1]), 20.0)

    assert found.alpha[0] == pytest.approx(1 + 2 + 2.5)
    assert found.beta[0] == pytest.approx(1 + 18 + 1.25)
