"""What is counted of ranked lists, against cases worked out by hand and laws that hold for any."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.quality.feed_metrics import Floats, calibration, coverage, ild, ndcg, recall, top


@st.composite
def gains_of_people(draw: st.DrawFn) -> Floats:
    """The gains of a few items to a few people."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    people, items = draw(st.integers(1, 4)), draw(st.integers(1, 30))
    return rng.random((people, items)) * (rng.random((people, items)) < 0.5)


def test_ndcg_of_a_list_worked_out_by_hand() -> None:
    """The gain is linear and the discount 1 / log2(place + 1)."""
    gains = np.array([[0.0, 3.0, 2.0, 1.0]])
    ranking = np.array([[2, 0, 1]])
    best = 3 + 2 / np.log2(3) + 1 / 2
    assert ndcg(gains, ranking, k=3)[0] == pytest.approx((2 + 3 / 2) / best)


@given(gains_of_people(), st.integers(1, 12))
def test_ndcg_is_one_for_the_best_list_and_never_more(gains: Floats, k: int) -> None:
    """Nothing ranks better than by the gains themselves."""
    some = gains.max(1) > 0
    best = ndcg(gains, top(gains, k), k=k)
    assert np.allclose(best[some], 1)
    assert np.isnan(best[~some]).all()
    other = ndcg(gains, top(-gains, k), k=k)[some]
    assert np.all((other >= 0) & (other <= 1 + 1e-12))


def test_an_empty_place_gains_nothing() -> None:
    """A place that was left empty counts as a place without any gain, not as the last item."""
    gains = np.array([[0.0, 0.0, 1.0]])
    assert ndcg(gains, np.array([[-1, 2, -1]]), k=3)[0] == pytest.approx(1 / np.log2(3))
    assert recall(gains, np.array([[-1, -1, -1]]), k=3)[0] == 0


def test_recall_counts_what_was_found_of_what_there_is() -> None:
    """Recall is the share of relevant items among the first k, and is unknown where there are none."""
    gains = np.array([[1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]])
    found = recall(gains, np.array([[0, 2, 1, 3], [0, 1, 2, 3]]), k=2)
    assert found[0] == pytest.approx(1 / 3)
    assert np.isnan(found[1])


@given(st.integers(0, 1_000), st.integers(2, 8))
def test_ild_is_the_mean_distance_of_the_pairs(seed: int, k: int) -> None:
    """The fast sum equals the mean over all pairs, whatever the lengths of the vectors."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((9, 5)) * rng.uniform(0.1, 9, (9, 1))
    ranking = rng.permutation(9)[None, :k]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = [1 - unit[a] @ unit[b] for at, a in enumerate(ranking[0]) for b in ranking[0][:at]]
    assert ild(vectors, ranking, k=k)[0] == pytest.approx(float(np.mean(pairs)))


def test_ild_of_alike_opposite_and_single_items() -> None:
    """Nothing differs among items alike, opposites differ by 2, and one item alone has no diversity."""
    vectors = np.array([[1.0, 0.0], [2.0, 0.0], [-1.0, 0.0]])
    assert ild(vectors, np.array([[0, 1], [0, 2]])) == pytest.approx([0, 2])
    assert np.isnan(ild(vectors, np.array([[0, -1]]))[0])


def test_coverage_counts_an_item_once() -> None:
    """Coverage is of the catalogue, over all people, within the first k."""
    assert coverage(np.array([[0, 1, 2], [0, 3, -1]]), items=8, k=2) == pytest.approx(3 / 8)


def test_calibration_is_nought_for_what_was_wanted_and_finite_for_what_was_not() -> None:
    """A list made of what the person likes diverges by nothing, one of anything else by no more than -ln(.01)."""
    kinds = np.eye(3)
    wanted = np.array([[0.5, 0.5, 0.0]])
    assert calibration(wanted, kinds, np.array([[0, 1]]))[0] == pytest.approx(0)
    assert calibration(wanted, kinds, np.array([[2, 2]]))[0] == pytest.approx(-np.log(0.01))
    halfway = 0.5 * np.log(0.5 / (0.99 + 0.005)) + 0.5 * np.log(0.5 / 0.005)
    assert calibration(wanted, kinds, np.array([[0, 0]]))[0] == pytest.approx(halfway)


@given(st.integers(0, 1_000))
def test_calibration_is_never_negative(seed: int) -> None:
    """A divergence is nought or more, for any two distributions."""
    rng = np.random.default_rng(seed)
    kinds, wanted = rng.dirichlet(np.ones(4), 12), rng.dirichlet(np.ones(4), 3)
    divergence = calibration(wanted, kinds, rng.integers(0, 12, (3, 10)))
    assert np.all(divergence >= -1e-12)
    assert np.all(divergence <= -np.log(0.01) + 1e-12)
