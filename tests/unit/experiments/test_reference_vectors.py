"""The statistics give the digits that reference engines print, and that SciPy gives by another way."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate, optimize, stats

from bowerbird.experiments.statistics import (
    Arm,
    Moments,
    Plan,
    absolute,
    adjustment,
    arm,
    benjamini_hochberg,
    fixed,
    holm,
    mde,
    power,
    quantile_arm,
    relative,
    sequential,
    srm,
    units_needed,
)
from bowerbird.experiments.statistics.checks import log_mismatch
from bowerbird.experiments.statistics.intervals import width
from bowerbird.experiments.statistics.multiplicity import backed_out

Z = float(stats.norm.ppf(0.975))


def digits(value: float, printed: int = 10) -> object:
    """Equal when both print alike to so many digits behind the point."""
    return pytest.approx(value, abs=0.50001 * 10.0**-printed, rel=0)


def of_mean(n: int, total: float, squares: float) -> Arm:
    """A mean from its sums."""
    return arm("mean", Moments.of_sums(n, [total], [[squares]]))


def of_share(done: int, n: int) -> Arm:
    """A proportion."""
    return arm("proportion", Moments.of_sums(n, [done], [[done]]))


CONTROL = of_mean(3407, 1396.87, 52377.9767)
FEWER = of_mean(3000, 1396.87, 52377.9767)
TRIED = of_mean(3461, 2422.7, 134698.29)


def by_differences(control: Arm, treatment: Arm, lift: Callable[[float, float], float]) -> float:
    """The standard error of a lift by the delta method, with derivatives by differences."""
    at = (float(control.mean), float(treatment.mean))
    step = 1e-6
    gradient = np.array(
        [
            (lift(at[0] + step, at[1]) - lift(at[0] - step, at[1])) / (2 * step),
            (lift(at[0], at[1] + step) - lift(at[0], at[1] - step)) / (2 * step),
        ]
    )
    variances = np.array([control.variance / control.n, treatment.variance / treatment.n])
    return float(np.sqrt(gradient**2 @ variances))


def test_welch_absolute() -> None:
    """W1: the difference of means, as SciPy's own test has it."""
    effect = absolute(CONTROL, TRIED)
    found = fixed(effect, alpha=0.05)
    by_scipy = stats.ttest_ind_from_stats(
        0.70, float(np.sqrt(TRIED.variance)), 3461, 0.41, float(np.sqrt(CONTROL.variance)), 3407, equal_var=False
    )

    assert (float(CONTROL.variance), float(TRIED.variance)) == (digits(15.21, 6), digits(38.44, 6))
    assert (float(effect.lift), float(effect.se), float(effect.dof)) == (
        digits(0.29),
        digits(0.1247836316),
        digits(5841.742032, 6),
    )
    assert (float(found.low), float(found.high)) == (digits(0.0453778926), digits(0.5346221074))
    assert float(found.p) == digits(0.0201584026)
    assert float(found.p) == pytest.approx(float(by_scipy.pvalue), rel=1e-6)


def test_relative_lift() -> None:
    """W1: relative to the control, with the standard error that differences give as well."""
    effect = relative(CONTROL, TRIED)
    found = fixed(effect, alpha=0.05)

    assert (float(effect.lift), float(effect.se)) == (digits(0.7073170732), digits(0.3787943617))
    assert (float(found.low), float(found.high)) == (digits(-0.0352600891), digits(1.4498942354))
    assert float(found.p) == digits(0.0619118275)
    assert float(effect.se) == pytest.approx(by_differences(CONTROL, TRIED, lambda a, b: (b - a) / a), rel=1e-5)


def test_proportions() -> None:
    """W2: 14 of 28 against 16 of 30."""
    effect = relative(of_share(14, 28), of_share(16, 30))
    found = fixed(effect, alpha=0.05)

    assert (float(effect.lift), float(effect.se)) == (digits(0.0666666667), digits(0.2716985569))
    assert (float(found.low), float(found.high)) == (digits(-0.4776740283), digits(0.6110073616))
    assert float(found.p) == digits(0.8070716832)


def test_one_side() -> None:
    """O1: p and the bound of a one-sided test, relative and absolute."""
    lift, difference = relative(FEWER, TRIED), absolute(FEWER, TRIED)
    of_lift = fixed(lift, alpha=0.05, side="greater")
    of_difference = fixed(difference, alpha=0.05, side="greater")

    assert (float(lift.lift), float(lift.se)) == (digits(0.5033610859), digits(0.3334122146))
    assert (float(of_lift.p), float(of_lift.low)) == (digits(0.0655826287), digits(-0.0451366759))
    assert float(difference.lift) == digits(0.2343766667)
    assert (float(of_difference.p), float(of_difference.low)) == (digits(0.0355427249), digits(0.0207914801))
    assert np.isposinf(of_lift.high)


@pytest.mark.parametrize(
    ("n_star", "low", "high", "p"),
    [
        (1000, -0.5584405051, 1.5651626768, 1.0),
        (5000, -0.5097177609, 1.5164399326, 1.0),
        (6461, -0.5086146655, 1.5153368372, 1.0),
        (10000, -0.5148453538, 1.5215675256, 0.9538458772),
        (10, -0.7678482306, 1.7745704023, 1.0),
    ],
)
def test_confidence_sequence(n_star: float, low: float, high: float, p: float) -> None:
    """S1: the interval of any look, for each number of units at which it should be narrowest."""
    found = sequential(relative(FEWER, TRIED), alpha=0.05, n_star=n_star)

    assert (float(found.low), float(found.high), float(found.p)) == (digits(low), digits(high), digits(p))


@pytest.mark.parametrize(("n_star", "rho"), [(1_000, 0.0890850975), (5_000, 0.0398400668)])
def test_what_tunes_the_sequence(n_star: float, rho: float) -> None:
    """S1: the width of a sequence of 6461 units has the published ρ in it."""
    n = 6461
    mixed = n * rho**2 + 1
    expected = np.sqrt(2 * mixed / (n * rho**2) * np.log(np.sqrt(mixed) / 0.05))

    assert float(width(n, alpha=0.05, n_star=n_star)) == pytest.approx(float(expected), rel=1e-8)


def test_the_sequence_is_narrowest_where_it_was_asked_to_be() -> None:
    """Of all n_star, one within 4 % of the units gives the narrowest interval: ρ is a closed form close to the best."""
    best = optimize.minimize_scalar(
        lambda log_n: float(width(6461, alpha=0.05, n_star=float(np.exp(log_n)))), bounds=(5, 12), method="bounded"
    )

    assert float(np.exp(best.x)) == pytest.approx(6461, rel=0.04)


def test_a_sequence_of_proportions() -> None:
    """S2, S3: proportions, of which the relative lift is not significant and the absolute is."""
    large = relative(of_share(1396, 3000), of_share(2422, 3461))
    found = sequential(large, alpha=0.05)
    assert (float(large.lift), float(large.se)) == (digits(0.5038633517), digits(0.0338602148))
    assert (float(found.low), float(found.high)) == (digits(0.4009784967), digits(0.6067482067))
    assert float(found.p) == pytest.approx(5.17e-44, rel=1e-3)

    lift, difference = (measure(of_share(300, 3000), of_share(378, 3000)) for measure in (relative, absolute))
    once, any_time, of_difference = (
        fixed(lift, alpha=0.05),
        sequential(lift, alpha=0.05),
        sequential(difference, alpha=0.05),
    )
    assert (float(lift.lift), float(lift.se)) == (digits(0.26), digits(0.0918346340))
    assert (float(once.low), float(once.high), float(once.p)) == (
        digits(0.0799707287),
        digits(0.4400292713),
        digits(0.0046533168),
    )
    assert (float(any_time.low), float(any_time.high), float(any_time.p)) == (
        digits(-0.0188710337),
        digits(0.5388710337),
        digits(0.0862820708),
    )
    assert (float(of_difference.low), float(of_difference.high), float(of_difference.p)) == (
        digits(0.0011980477),
        digits(0.0508019523),
        digits(0.0330883850),
    )


def test_the_sequence_is_a_mixture_of_likelihood_ratios() -> None:
    """1/p is the likelihood ratio, integrated over normally distributed effects."""
    effect = absolute(of_share(300, 3000), of_share(378, 3000))
    lift, se, n = float(effect.lift), float(effect.se), float(effect.n)
    twice = -2 * np.log(0.05)
    tau = np.sqrt((twice + np.log(twice + 1)) / 5000) * se * np.sqrt(n)

    def ratio(truth: float) -> float:
        return float(stats.norm.pdf(lift, truth, se) / stats.norm.pdf(lift, 0, se) * stats.norm.pdf(truth, 0, tau))

    mixed, _ = integrate.quad(ratio, -10 * tau, 10 * tau, points=[0, lift], epsabs=0, epsrel=1e-10, limit=200)

    assert float(sequential(effect, alpha=0.05).p) == pytest.approx(1 / mixed, rel=1e-8)


def test_a_one_sided_sequence() -> None:
    """
    S4: the bounds; p is the level at which this very sequence reaches 0.

    The reference looks for that level by halving (1e-5, .4999), stops after 12 halvings, and tells .4999 for more.
    """
    lift, difference = relative(FEWER, TRIED), absolute(FEWER, TRIED)
    of_lift = sequential(lift, alpha=0.05, side="greater")
    of_difference = sequential(difference, alpha=0.05, side="greater")

    def bound(level: float) -> float:
        return float(sequential(difference, alpha=0.05, level=level, side="greater").low)

    low, high, middle = 1e-5, 0.4999, 0.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (low, middle) if bound(middle) > 0 else (middle, high)

    assert (float(of_lift.low), float(of_difference.low)) == (digits(-0.4235645460), digits(-0.1265684417))
    assert middle == digits(0.4631649194)
    assert float(of_difference.p) == pytest.approx(float(optimize.brentq(bound, 1e-5, 0.4999, xtol=1e-12)), abs=1e-9)
    assert float(of_lift.p) > 0.4999


def with_pre(n: int, post: tuple[float, float], pre: tuple[float, float], product: float) -> Moments:
    """Sums of a metric and of the time before."""
    return Moments.of_sums(n, [post[0], pre[0]], [[post[1], product], [product, pre[1]]])


def test_cuped_means() -> None:
    """C1: θ of both arms together, relative and absolute; without it the lift is another."""
    a, b = with_pre(3001, (300, 600), (210, 415), -20), with_pre(3000, (222, 555), (120, 405), -10)
    theta = adjustment("mean", a, b)
    lift, difference = (measure(arm("mean", a), arm("mean", b), theta) for measure in (relative, absolute))
    of_lift = fixed(lift, alpha=0.05)
    plain = relative(arm("mean", a), arm("mean", b))

    assert float(theta) == digits(-0.0732119403)
    assert (float(lift.lift), float(lift.se)) == (digits(-0.2817071538), digits(0.0971048764))
    assert (float(of_lift.low), float(of_lift.high)) == (digits(-0.4720676457), digits(-0.0913466620))
    assert float(of_lift.p) == digits(0.0037325486)
    assert (float(difference.lift), float(difference.se)) == (digits(-0.0281613283), digits(0.0110759829))
    assert float(fixed(difference, alpha=0.05).p) == digits(0.0110293686)
    assert float(plain.lift) == digits(-0.2597533333)
    assert float(fixed(plain, alpha=0.05).p) == digits(0.0075967763)


def test_theta_of_values() -> None:
    """C2: θ is the slope of the regression on the time before."""
    both = Moments.of_values(list(zip([2, 1, 5, 3], [0.3, 0.5, 0.9, 22], strict=True)))

    assert float(adjustment("mean", both, both)) == digits(0.0186379097)
    assert float(adjustment("mean", both, both)) == digits(
        float(stats.linregress([0.3, 0.5, 0.9, 22], [2, 1, 5, 3]).slope)
    )


def test_cuped_proportions() -> None:
    """C3: of proportions both before and after."""
    a, b = with_pre(3001, (300, 300), (210, 210), -20), with_pre(3000, (222, 222), (120, 120), -10)
    effect = relative(arm("proportion", a), arm("proportion", b), adjustment("proportion", a, b))

    assert float(effect.lift) == digits(-0.31620216, 8)
    assert float(fixed(effect, alpha=0.05).p) == pytest.approx(3.53e-7, abs=0.5e-9)


def of_ratio(sums: list[float], squares: list[float], products: dict[tuple[int, int], float]) -> Moments:
    """A hundred units with a numerator and a denominator, and both of the time before."""
    matrix: NDArray[np.float64] = np.diag(squares)
    for (i, j), product in products.items():
        matrix[i, j] = matrix[j, i] = product
    return Moments.of_sums(100, sums, matrix)


RATIO_A = of_ratio(
    [485.112236689623, 679.9093275844917, 192.59138069991536, 290.1398399750233],
    [2715.484666118136, 4939.424001640236, 460.076026390857, 920.9461385038898],
    {
        (0, 1): 3602.146836776702,
        (0, 2): 1113.6215759318352,
        (0, 3): 1559.2878434944676,
        (1, 2): 1460.3181079276983,
        (1, 3): 2130.9404074446747,
        (2, 3): 634.239482353647,
    },
)
RATIO_B = of_ratio(
    [514.7757826608777, 705.4090874383759, 206.94157227402536, 302.54389139107326],
    [2994.897482705013, 5291.36604146392, 514.2903702246757, 994.4506208125663],
    {
        (0, 1): 3918.1561431600717,
        (0, 2): 1237.0953021125997,
        (0, 3): 1701.0287270040265,
        (1, 2): 1604.0759503266522,
        (1, 3): 2292.081739775257,
        (2, 3): 698.4173425817908,
    },
)


def first_two(moments: Moments) -> Moments:
    """Without the time before."""
    return Moments(moments.n, moments.mean[:2], moments.scatter[:2, :2])


def test_ratios() -> None:
    """R1: a ratio of two sums, relative and absolute."""
    a, b = (arm("ratio", first_two(moments)) for moments in (RATIO_A, RATIO_B))
    lift, difference = relative(a, b), absolute(a, b)
    found = fixed(lift, alpha=0.05)

    assert (float(a.mean), float(b.mean)) == (digits(0.7134954868), digits(0.7297549632))
    assert (float(lift.lift), float(lift.se)) == (digits(0.0227884783), digits(0.0279061035))
    assert (float(found.low), float(found.high)) == (digits(-0.0322429023), digits(0.0778198588))
    assert float(found.p) == digits(0.4151313805)
    assert (float(difference.lift), float(difference.se)) == (digits(0.0162594764), digits(0.0196824462))
    assert float(fixed(difference, alpha=0.05).p) == digits(0.4097473766)


def test_ratios_with_cuped() -> None:
    """R1: θ from the linearised ratios of both times."""
    theta = adjustment("ratio", RATIO_A, RATIO_B)
    lift = relative(arm("ratio", RATIO_A), arm("ratio", RATIO_B), theta, at_adjusted=True)
    once, any_time = fixed(lift, alpha=0.05), sequential(lift, alpha=0.05)

    assert (float(lift.lift), float(lift.se)) == (digits(-0.000701483, 9), digits(0.00391, 5))
    assert float(once.p) == digits(0.857710405, 9)
    assert (float(any_time.low), float(any_time.high)) == (digits(-0.02063, 5), digits(0.01923, 5))


def test_quantiles() -> None:
    """Q1: the 90th percentile from an estimate and its interval."""
    a = quantile_arm(11054, 7.157987489967789, 7.098780136176828, 7.217194843758751)
    b = quantile_arm(10861, 7.694499927525767, 7.64180598628119, 7.747193868770344)
    lift, difference = relative(a, b), absolute(a, b)

    assert (float(lift.lift), float(lift.se)) == (digits(0.0749529722), digits(0.0058893500))
    assert (float(difference.lift), float(difference.se)) == (digits(0.5365124376), digits(0.0404377220))


@pytest.mark.parametrize(
    ("units", "weights", "p"),
    [
        ((1000, 1200), (0.5, 0.5), 0.000020079),
        ((135, 115), (0.5, 0.5), 0.205903211),
        ((310, 98), (0.75, 0.25), 0.647434186),
        ((500, 500, 600), (0.34, 0.33, 0.33), 0.000592638),
        ((0, 10, 10), (0.34, 0.33, 0.33), 0.005790624),
        ((500, 500), (0.5, 0.5), 1.0),
        ((1000, 1200, 900), (0.5, 0.5, 0.0), 0.000020079),
        ((1000,), (1.0,), 1.0),
        ((0, 0), (0.5, 0.5), 1.0),
    ],
)
def test_sample_ratio(units: tuple[int, ...], weights: tuple[float, ...], p: float) -> None:
    """SRM: as SciPy's χ² has it; a variant of weight 0 is not looked at."""
    named = dict(enumerate(units)), dict(enumerate(weights))
    found = srm({f"v{at}": n for at, n in named[0].items()}, {f"v{at}": w for at, w in named[1].items()})
    seen = np.array([n for n, weight in zip(units, weights, strict=True) if weight])
    share = np.array([weight for weight in weights if weight])

    assert found.p == digits(p, 9)
    if len(seen) > 1 and seen.sum():
        by_scipy = stats.chisquare(seen, share / share.sum() * seen.sum())
        assert found.p == pytest.approx(float(by_scipy.pvalue), rel=1e-9)


@pytest.mark.parametrize(
    ("rows", "p", "rel"),
    [
        ([(500, 500)], [1.0], 1e-9),
        ([(100, 900)], [2.368e-13], 1e-3),
        ([(1000, 1200)], [0.214355], 1e-5),
        ([(200, 240)] * 5, [0.946, 0.777, 0.563, 0.365, 0.214], 2e-3),
        ([(5000, 5500)] * 3, [0.003216, 1.74e-7, 3.4e-12], 1e-2),
    ],
)
def test_sample_ratio_at_any_look(rows: list[tuple[int, int]], p: list[float], rel: float) -> None:
    """SSRM: with one concentration of 10,000, the least 1/Bayes factor up to each look."""
    sums = np.cumsum(rows, axis=0)
    log_e = [log_mismatch({"a": a, "b": b}, {"a": 1, "b": 1}, 10_000) for a, b in sums.tolist()]

    assert np.minimum(np.minimum.accumulate(np.exp(-np.array(log_e))), 1).tolist() == pytest.approx(p, rel=rel)


def test_corrections() -> None:
    """Holm in the order given; Benjamini and Hochberg as SciPy has it; the interval that others back out."""
    p = [0.898, 0.138, 0.007, 0.964, 0.538, 0.006, 0.138]

    assert holm([0.01, 0.04, 0.03, 0.005, 0.55, 0.6]).tolist() == pytest.approx([0.05, 0.12, 0.12, 0.03, 1, 1])
    assert benjamini_hochberg(p).tolist() == pytest.approx([0.964, 0.2415, 0.0245, 0.964, 0.7532, 0.0245, 0.2415])
    assert benjamini_hochberg(p).tolist() == pytest.approx(stats.false_discovery_control(p, method="bh").tolist())
    # Benjamini and Yekutieli's are those times 1 + 1/2 + … + 1/m.
    harmonic = float(np.sum(1 / np.arange(1, len(p) + 1)))
    assert np.minimum(benjamini_hochberg(p) * harmonic, 1).tolist() == pytest.approx(
        [1, 0.626175, 0.063525, 1, 1, 0.063525, 0.626175]
    )
    assert backed_out(0.1, 0.049999999, 0.05) == (digits(0, 8), digits(0.2, 8))


def test_variances_by_the_delta_method() -> None:
    """Variance 2 around 7 of 4 units, .5 around 5 of 15."""
    nothing = np.zeros(())

    def given(n: float, mean: float, variance: float) -> Arm:
        return Arm(np.asarray(n), np.asarray(mean), np.asarray(variance), nothing, nothing, nothing, nothing, nothing)

    a, b = given(4, 7, 2), given(15, 5, 0.5)

    assert float(absolute(a, b).se ** 2) == digits(0.53333, 5)
    assert float(relative(a, b).se ** 2) == digits(0.00589, 5)


PLAN = Plan(10, 3909.9997749994377, arms=3)
LOOKING = Plan(10, 3909.9997749994377, arms=3, n_star=5000)
UNITS = 400_000


def first_order(plan: Plan, lift: float, far: float) -> float:
    """The reference's power: as if lift/se were normal around lift/se with variance 1."""
    effect, se = plan.errors(plan.mean, plan.lifted(lift), UNITS)
    return float(stats.norm.sf(far - effect / se) + stats.norm.cdf(-far - effect / se))


def first_order_mde(plan: Plan, far: float) -> float:
    """The rise that is so many of its own standard errors from 0: the root of the reference's quadratic."""

    def short(lift: float) -> float:
        effect, se = plan.errors(plan.mean, plan.lifted(lift), UNITS)
        return far * se - effect

    return float(optimize.brentq(short, 0, 10, xtol=1e-14))


def test_power_of_the_reference() -> None:
    """Power .52144 and the smallest effect .07027, from our standard errors; its closed form gives the same."""
    noise = Z + float(stats.norm.ppf(0.8))
    mu, per_arm = 10.0, UNITS / 3
    share = 1 - PLAN.variance * noise**2 / (per_arm * mu**2)
    there = (mu + np.sqrt(mu**2 - share * (mu**2 - noise**2 * PLAN.variance / per_arm))) / share

    assert noise == digits(2.8015852181)
    assert first_order(PLAN, 0.05, Z) == digits(0.52144, 5)
    assert first_order_mde(PLAN, noise) == digits(0.07027, 5)
    assert float(there / mu - 1) == pytest.approx(first_order_mde(PLAN, noise), rel=1e-9)


def test_power_of_the_reference_with_a_sequence() -> None:
    """The reference blows the standard error up by w/z; these digits come out of our width."""
    w = LOOKING.reach(UNITS)
    effect, se = LOOKING.errors(10, 10.5, UNITS)
    blown = effect / (se * w / Z)

    assert float(stats.norm.sf(Z - blown) + stats.norm.cdf(-Z - blown)) == digits(0.20596, 5)
    assert first_order_mde(LOOKING, 2.8015852181 * w / Z) == digits(0.12821, 5)


@pytest.mark.parametrize("plan", [PLAN, LOOKING])
def test_our_power_tends_to_the_reference_s(plan: Plan) -> None:
    """For small lifts the first order is all there is; for larger ones the plan needs fewer units."""
    found = mde(plan, UNITS)
    assert found is not None
    assert power(plan, found, UNITS) == pytest.approx(0.8, abs=1e-9)
    assert units_needed(plan, found) == pytest.approx(UNITS, abs=1)
    assert first_order(plan, found, plan.reach(UNITS)) == pytest.approx(0.8, abs=0.03)
    assert power(plan, 1e-4, UNITS) == pytest.approx(first_order(plan, 1e-4, plan.reach(UNITS)), abs=1e-4)


@pytest.mark.parametrize(
    ("plan", "units"),
    [
        (Plan.of_share(0.1), 10_000),
        (Plan.of_share(0.1, n_star=10_000), 10_000),
        (Plan.of_share(0.3, n_star=4_000), 4_000),
        (Plan.of_share(0.02, relative=False), 40_000),
    ],
)
def test_the_effect_planned_for_is_found_as_often_as_planned(plan: Plan, units: int) -> None:
    """In 20,000 experiments with the smallest effect of the plan, 80 % find it, within 1.5 points."""
    rng = np.random.default_rng(31)
    lift, n = mde(plan, units), units // 2
    assert lift is not None
    done = [rng.binomial(n, mean, 20_000).astype(float) for mean in (plan.mean, plan.lifted(lift))]
    a, b = (arm("proportion", Moments.of_sums(np.full(20_000, n), d[:, None], d[:, None, None])) for d in done)
    effect = relative(a, b) if plan.relative else absolute(a, b)
    found = sequential(effect, alpha=0.05, n_star=plan.n_star) if plan.n_star else fixed(effect, alpha=0.05)

    assert float(np.mean(found.p < 0.05)) == pytest.approx(0.8, abs=0.015)


def test_a_negative_baseline() -> None:
    """From -10 to -5 is a rise by half."""
    a, b = of_mean(100, -1000, 10_400), of_mean(100, -500, 2_900)

    assert float(relative(a, b).lift) == pytest.approx(0.5)
    assert float(absolute(a, b).lift) == pytest.approx(5)
