"""What is checked before figures are believed, and what is looked at after: balance, exposures, segments, novelty."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from bowerbird.experiments.statistics import (
    Effect,
    Exposed,
    Moments,
    Plan,
    absolute,
    arm,
    days_needed,
    fixed,
    heterogeneity,
    mde,
    novelty,
    power,
    pre_period_imbalance,
    sequential,
    srm,
    units_needed,
)
from bowerbird.experiments.statistics.intervals import width
from bowerbird.kernel.errors import InputWrong


def normal(rng: np.random.Generator, mean: float, n: int = 2_000) -> Moments:
    """Units around a mean."""
    return Moments.of_values(rng.normal(mean, 1, n))


def test_looking_at_the_shares_at_any_time_rarely_alarms() -> None:
    """Looked at after each of 200 units, equal shares alarm in less than 1 of 1,000 experiments in the long run."""
    rng = np.random.default_rng(13)
    first = rng.binomial(50, 0.5, (400, 40)).cumsum(axis=1)
    at = np.arange(50, 50 * 41, 50)
    alarms = sum(
        any(srm({"a": a, "b": n - a}, {"a": 1, "b": 1}).p_any_time < 0.01 for a, n in zip(row, at, strict=True))
        for row in first.tolist()
    )
    assert alarms <= 0.02 * 400

    lost = srm({"a": 50_000, "b": 48_500}, {"a": 1, "b": 1}, looks=10**9)
    assert lost.p_any_time < 0.001
    assert lost.p > lost.threshold
    assert not lost.ok


@pytest.mark.parametrize(
    ("units", "multiple", "ok"), [(1_000, 5, True), (19, 9, True), (1_000, 10, True), (1_000, 11, False), (0, 0, True)]
)
def test_multiple_exposures(units: int, multiple: int, ok: bool) -> None:
    """Up to 1 % or fewer than ten units that met two variants are let pass."""
    assert Exposed(units, multiple).ok is ok


def test_variants_that_differed_before() -> None:
    """The covariate and the variant are named, p is corrected for all comparisons; balanced ones pass."""
    rng = np.random.default_rng(17)
    same = {name: normal(rng, 3) for name in "abc"}
    off = {"a": normal(rng, 3), "b": normal(rng, 3), "c": normal(rng, 3.3)}
    found = pre_period_imbalance({"visits": same, "spent": off}, "a")

    assert (found.covariate, found.variant, found.ok) == ("spent", "c", False)
    assert pre_period_imbalance({"visits": same}, "a").ok
    assert pre_period_imbalance({}, "a").ok
    near = Moments(same["a"].n, same["a"].mean + 0.08, same["a"].scatter)
    one = pre_period_imbalance({"visits": {"a": same["a"], "b": near}}, "a").p
    two = pre_period_imbalance({"visits": {"a": same["a"], "b": near, "c": same["a"]}}, "a").p
    assert 0.001 < one < 0.1
    assert two == pytest.approx(2 * one)


def effect(lift: float, se: float) -> Effect:
    """An effect of many units."""
    return Effect(np.asarray(lift), np.asarray(se), np.asarray(1e9), np.asarray(1e9))


def test_segments_that_differ() -> None:
    """Cochran's Q as by hand; each segment's p is corrected for how many there are, and for all dimensions."""
    segments = {"phone": effect(0.10, 0.02), "desktop": effect(0.01, 0.02), "tablet": effect(0.05, 0.05)}
    found = heterogeneity(segments)
    lift, se = np.array([0.10, 0.01, 0.05]), np.array([0.02, 0.02, 0.05])
    pooled = np.average(lift, weights=se**-2)
    assert found.pooled == pytest.approx(pooled)
    assert found.p == pytest.approx(float(stats.chi2.sf(np.sum(((lift - pooled) / se) ** 2), 2)))
    assert found.p_adjusted["phone"] == pytest.approx(3 * 2 * float(stats.norm.sf(5)))
    assert found.ci["desktop"][0] < 0.01 - 1.96 * 0.02

    often = heterogeneity(segments, dimensions=4)
    assert often.p == pytest.approx(4 * found.p)
    assert often.p_adjusted["tablet"] == min(4 * found.p_adjusted["tablet"], 1)
    assert often.p_adjusted["phone"] == pytest.approx(4 * found.p_adjusted["phone"], rel=1e-9, abs=0)
    empty = heterogeneity({"phone": effect(float("nan"), float("nan"))})
    assert (empty.p, dict(empty.p_adjusted)) == (1.0, {})


def test_twenty_segments_without_an_effect() -> None:
    """In at most about one of twenty experiments a segment is called significant, where uncorrected in most."""
    rng = np.random.default_rng(19)
    drawn = rng.normal(0, 1, (400, 20))
    raw, corrected, uneven = 0, 0, 0
    for row in drawn.tolist():
        found = heterogeneity({f"s{at}": effect(lift, 1.0) for at, lift in enumerate(row)})
        raw += any(abs(lift) > 1.96 for lift in row)
        corrected += min(found.p_adjusted.values()) < 0.05
        uneven += found.p < 0.05
    assert raw > 0.5 * 400
    assert corrected < 0.09 * 400
    assert uneven < 0.09 * 400


def test_of_few_units_student_counts() -> None:
    """A sequence is asymptotic: where Student's t is wider, it is the interval and the p-value of any look, too."""
    few = Effect(np.asarray(3.8), np.asarray(1.0), np.asarray(2.0), np.asarray(6.0))
    once, any_time = fixed(few, alpha=0.05), sequential(few, alpha=0.05, n_star=6)

    assert float(width(6, alpha=0.05, n_star=6)) < 3.8 < float(stats.t.isf(0.025, 2))
    assert (float(any_time.low), float(any_time.p)) == (float(once.low), float(once.p))
    assert float(any_time.p) > 0.05


def windows(rng: np.random.Generator, early: float, late: float, n: int = 4_000) -> NDArray[np.float64]:
    """What each unit did in the first days and later; people differ more from each other than from themselves."""
    person = rng.normal(5, 2, n)
    return np.column_stack([person + early + rng.normal(0, 0.5, n), person + late + rng.normal(0, 0.5, n)])


def test_what_is_new_wears_off() -> None:
    """The change from early to late is a difference of differences with the error that the units themselves have."""
    rng = np.random.default_rng(23)
    control = windows(rng, 0, 0)
    fading, steady, growing = windows(rng, 0.3, 0.05), windows(rng, 0.2, 0.2), windows(rng, 0.1, 0.4)
    found = novelty(Moments.of_values(control), Moments.of_values(fading))
    by_scipy = stats.ttest_ind(fading[:, 1] - fading[:, 0], control[:, 1] - control[:, 0], equal_var=False)

    assert found.p == pytest.approx(float(by_scipy.pvalue), rel=1e-6)
    assert float(found.early.lift - found.late.lift) == pytest.approx(-float(found.change.lift))
    assert float(found.change.se) < float(found.early.se)
    words = [novelty(Moments.of_values(control), Moments.of_values(some)).word for some in (fading, steady, growing)]
    assert words == ["novelty", "none", "primacy"]


def test_many_at_once_are_each_as_alone() -> None:
    """Leading axes are other metrics: the effects of twenty at once are those of each."""
    rng = np.random.default_rng(29)
    values = rng.normal(1, 1, (2, 20, 100, 1))
    whole = absolute(arm("mean", Moments.of_values(values[0])), arm("mean", Moments.of_values(values[1])))
    for at in range(20):
        first, second = (arm("mean", Moments.of_values(some[at])) for some in values)
        alone = absolute(first, second)
        assert float(whole.lift[at]) == pytest.approx(float(alone.lift))
        assert float(whole.se[at]) == pytest.approx(float(alone.se))


def test_plans() -> None:
    """A share's variance changes with its lift; days are whole; what cannot be planned for is refused in words."""
    plan = Plan.of_share(0.1)
    se = ((0.12 * 0.88 + 0.09 * 1.44) / 10_000) ** 0.5 / 0.1
    assert plan.errors(0.1, 0.12, 20_000) == pytest.approx((0.2, se))
    se = ((0.1056 + 0.09) / 10_000) ** 0.5
    assert Plan.of_share(0.1, relative=False).errors(0.1, 0.12, 20_000) == pytest.approx((0.02, se))
    assert mde(plan, 50) is None
    assert days_needed(plan, 0.1, units_a_day=1_000) == -(-units_needed(plan, 0.1) // 1_000)
    assert power(plan, -0.2, 10_000) > power(plan, -0.1, 10_000)

    for refused in (
        lambda: Plan(0, 1),
        lambda: Plan(1, 0),
        lambda: Plan(1, float("nan")),
        lambda: Plan(1, 1, arms=1),
        lambda: Plan.of_share(1.0),
        lambda: power(plan, 20, 1_000),
        lambda: units_needed(plan, 0),
        lambda: units_needed(plan, 1e-9),
        lambda: days_needed(plan, 0.1, units_a_day=0),
    ):
        with pytest.raises(InputWrong):
            refused()
