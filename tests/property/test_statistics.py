"""Laws of the statistics of experiments, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bowerbird.experiments.statistics import (
    Arm,
    Effect,
    Interval,
    Moments,
    Plan,
    Side,
    absolute,
    adjusted,
    adjustment,
    arm,
    fixed,
    holm,
    power,
    relative,
    sequential,
    srm,
    units_needed,
)

numbers = st.floats(-1e3, 1e3).map(lambda x: round(x, 3))
samples = st.lists(numbers, min_size=3, max_size=30)
rows = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20)
sides = st.sampled_from(["two-sided", "greater", "less"])
levels = st.sampled_from([0.01, 0.05, 0.2])
shares = st.floats(0, 1)


def measured(values: list[float], *, times: float = 1.0, plus: float = 0.0) -> Arm:
    """The mean of these values, changed alike."""
    return arm("mean", Moments.of_values(np.array(values) * times + plus))


def effects(a: list[float], b: list[float]) -> tuple[Effect, Effect]:
    """Absolute and relative, of values that vary around no zero."""
    assume(np.std(a) > 0.01 and np.std(b) > 0.01 and abs(np.mean(a)) > 0.01)
    return absolute(measured(a), measured(b)), relative(measured(a), measured(b))


def excludes(interval: Interval, null: float) -> bool:
    """Whether the null is outside."""
    return bool(interval.low > null or interval.high < null)


@given(rows, rows)
def test_moments_add_up(a: list[tuple[float, float]], b: list[tuple[float, float]]) -> None:
    """The moments of two parts, added, are those of all rows, and those that their sums tell."""
    both = Moments.of_values(a) + Moments.of_values(b)
    whole = Moments.of_values([*a, *b])
    matrix = np.array([*a, *b])
    of_sums = Moments.of_sums(len(matrix), matrix.sum(0), matrix.T @ matrix)

    scale = 1e-9 * float(np.abs(matrix).max() ** 2 + 1) * len(matrix)
    for found in (both, of_sums):
        assert float(found.n) == float(whole.n)
        np.testing.assert_allclose(found.mean, whole.mean, atol=1e-9)
        np.testing.assert_allclose(found.scatter, whole.scatter, atol=scale)


@given(samples, samples, st.floats(0.01, 100))
def test_units_do_not_matter(a: list[float], b: list[float], times: float) -> None:
    """Metres or feet: the absolute lift grows with the unit, the relative one and p stay."""
    difference, lift = effects(a, b)
    scaled = measured(a, times=times), measured(b, times=times)

    assert float(absolute(*scaled).lift) == pytest.approx(times * float(difference.lift), rel=1e-6, abs=1e-9)
    assert float(absolute(*scaled).se) == pytest.approx(times * float(difference.se), rel=1e-6)
    assert float(relative(*scaled).lift) == pytest.approx(float(lift.lift), rel=1e-6, abs=1e-9)
    assert float(fixed(relative(*scaled), alpha=0.05).p) == pytest.approx(float(fixed(lift, alpha=0.05).p), abs=1e-6)


@given(samples, samples, st.floats(-100, 100))
def test_where_zero_is_does_not_matter_for_differences(a: list[float], b: list[float], plus: float) -> None:
    """Degrees from another zero: the absolute lift, its error and p stay."""
    difference, _ = effects(a, b)
    moved = absolute(measured(a, plus=plus), measured(b, plus=plus))

    assert float(moved.lift) == pytest.approx(float(difference.lift), abs=1e-8)
    assert float(moved.se) == pytest.approx(float(difference.se), rel=1e-6)


@given(samples, samples, sides, levels, st.sampled_from([0.0, -0.3, 2.0]))
def test_p_and_interval_say_the_same(a: list[float], b: list[float], side: Side, alpha: float, null: float) -> None:
    """The null is outside the interval exactly when p < α: absolute or relative, one look or many, each side."""
    for effect in effects(a, b):
        for found in (
            fixed(effect, alpha=alpha, side=side, null=null),
            sequential(effect, alpha=alpha, side=side, null=null),
            sequential(effect, alpha=alpha, side=side, null=null, n_star=20),
        ):
            assume(abs(float(found.p) - alpha) > 1e-9)
            assert (float(found.p) < alpha) == excludes(found, null)


@given(samples, samples, levels, sides, st.sampled_from([3.0, 50.0, 5_000.0]))
def test_any_look_is_wider_than_one(a: list[float], b: list[float], alpha: float, side: Side, n_star: float) -> None:
    """The interval of any number of looks holds that of one, and its p-value is no smaller."""
    for effect in effects(a, b):
        once = fixed(effect, alpha=alpha, side=side)
        any_time = sequential(effect, alpha=alpha, side=side, n_star=n_star)

        assert any_time.low <= once.low
        assert any_time.high >= once.high
        assert any_time.p >= once.p


@given(samples, samples)
def test_arms_can_be_swapped(a: list[float], b: list[float]) -> None:
    """The other way round the difference has the other sign, and the same error and p."""
    difference, _ = effects(a, b)
    swapped = absolute(measured(b), measured(a))

    assert float(swapped.lift) == -float(difference.lift)
    assert float(swapped.se) == pytest.approx(float(difference.se))
    assert float(fixed(swapped, alpha=0.05, side="less").p) == pytest.approx(
        float(fixed(difference, alpha=0.05, side="greater").p)
    )


@given(samples, samples)
def test_absolute_is_relative_times_the_baseline(a: list[float], b: list[float]) -> None:
    """Whatever the baseline's sign."""
    difference, lift = effects(a, b)

    assert float(difference.lift) == pytest.approx(float(lift.lift) * abs(np.mean(a)), rel=1e-6, abs=1e-9)


def of_pairs(values: list[float]) -> Moments:
    """Beside each value the same of the time before."""
    return Moments.of_values([(value, 4.0) for value in values])


@given(samples, samples)
def test_cuped_with_what_tells_nothing_changes_nothing(a: list[float], b: list[float]) -> None:
    """A time before in which all units did the same has θ = 0."""
    both = (of_pairs(a), of_pairs(b))
    with_pre = (arm("mean", both[0]), arm("mean", both[1]))

    found = absolute(*with_pre, adjustment("mean", *both))

    assert float(found.lift) == pytest.approx(float(np.mean(b) - np.mean(a)), abs=1e-9)


@given(st.lists(shares, min_size=1, max_size=12), st.sampled_from(["holm", "bh"]))
def test_corrections_only_take_away(p: list[float], correction: str) -> None:
    """Adjusted p-values are no smaller than their own, keep their order, and are at most 1; BH's are at most Holm's."""
    found = adjusted(p, "holm" if correction == "holm" else "bh")
    order = np.argsort(p, kind="stable")

    assert np.all(found >= np.array(p) - 1e-15)
    assert np.all(np.diff(found[order]) >= 0)
    assert np.all(found <= 1)
    assert np.all(found <= holm(p) + 1e-12)


@given(st.lists(st.integers(0, 5_000), min_size=2, max_size=5), st.data())
def test_the_check_of_shares(counts: list[int], data: st.DataObject) -> None:
    """Neither the size of the weights nor the order of variants matters, nor what came to a variant of weight 0."""
    weights = [float(data.draw(st.integers(1, 9))) for _ in counts]
    names = [f"v{at}" for at in range(len(counts))]
    units, share = dict(zip(names, counts, strict=True)), dict(zip(names, weights, strict=True))
    plain = srm(units, share)
    again = srm(
        dict(reversed(units.items())) | {"off": 17}, {name: 3 * w for name, w in reversed(share.items())} | {"off": 0.0}
    )

    assert 0 <= plain.p <= 1
    assert again.p == pytest.approx(plain.p, abs=1e-9)
    assert again.p_any_time == pytest.approx(plain.p_any_time, abs=1e-9)
    assert sum(plain.expected.values()) == pytest.approx(sum(counts))


@given(st.floats(0.02, 0.5), st.floats(0.02, 0.4), st.sampled_from([None, 5_000.0]), st.booleans())
def test_plans_reach_their_power(rate: float, lift: float, n_star: float | None, is_relative: bool) -> None:
    """So many units as are needed find the effect with the asked chance, and one fewer does not."""
    plan = Plan(rate, rate * (1 - rate), n_star=n_star, relative=is_relative)
    effect = lift if is_relative else lift * rate
    units = units_needed(plan, effect)
    assume(units > 10)

    assert power(plan, effect, units) >= 0.8 - 1e-9
    assert power(plan, effect, units - 1) < 0.8
