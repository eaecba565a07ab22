"""A request to analyse is answered rightly or refused in words, whatever stands in it."""

import json
from typing import Any

import numpy as np
import pytest
from scipy import stats

from bowerbird.experiments.statistics import analyse
from bowerbird.kernel.errors import InputWrong


def request(**changed: Any) -> dict[str, Any]:
    """A request that can be answered, with these fields changed; a field of `None` is left out."""
    plain: dict[str, Any] = {
        "metric": "mean",
        "weights": {"A": 0.5, "B": 0.5},
        "control": "A",
        "variants": {
            "A": {"n": 3407, "sum": 1396.87, "sum_sq": 52377.9767},
            "B": {"n": 3461, "sum": 2422.7, "sum_sq": 134698.29},
        },
        "alpha": 0.05,
        "analysis": "fixed",
        "relative": True,
    }
    return {name: value for name, value in (plain | changed).items() if value is not None}


def variants(**of: dict[str, Any]) -> dict[str, Any]:
    """Variants by name."""
    return dict(of)


def answer(**changed: Any) -> dict[str, Any]:
    """The whole answer, as programs get it; strictly JSON."""
    told: dict[str, Any] = json.loads(json.dumps(analyse(request(**changed)).to_json(), allow_nan=False))
    return told


def result(variant: str = "B", **changed: Any) -> dict[str, Any]:
    """What is told of a variant."""
    found: dict[str, Any] = answer(**changed)["results"][variant]
    return found


def test_the_contract() -> None:
    """The fields that programs rely on are there, and their figures are those of the reference."""
    told = answer()
    of_b = told["results"]["B"]

    assert told["srm"]["ok"] is True
    assert told["srm"]["p"] == pytest.approx(float(stats.chisquare([3407, 3461]).pvalue))
    assert set(told["results"]) == {"B"}
    assert of_b["lift"] == pytest.approx(0.7073170732)
    assert of_b["se"] == pytest.approx(0.3787943617)
    assert of_b["ci"] == pytest.approx([-0.0352600891, 1.4498942354])
    assert of_b["p"] == pytest.approx(0.0619118275)
    assert (of_b["significant"], of_b["n"]) == (False, 3461)


def test_beside_the_headline() -> None:
    """Absolute stands beside relative, one look beside any number of looks; the headline is what was asked for."""
    told = result(analysis="sequential", relative=False)

    assert told["ci"] == told["absolute"]["ci"] == told["sequential"]["ci"]
    assert told["fixed"]["p"] == pytest.approx(0.0201584026)
    assert told["p"] > told["fixed"]["p"]
    assert told["relative"]["lift"] == pytest.approx(0.7073170732)


def test_looks_are_free_by_default() -> None:
    """Without `analysis` and `n_star`, intervals hold at any number of looks, narrowest at 5,000 units."""
    assert answer(analysis=None)["results"] == answer(analysis="sequential", n_star=5000)["results"]
    nulls = request(analysis=None) | dict.fromkeys(("analysis", "n_star", "alpha", "margin", "looks"))
    assert analyse(nulls).to_json() == answer(analysis=None)


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("metric", {"metric": "median"}),
        ("metric", {"metric": None}),
        ("control", {"control": "C"}),
        ("control", {"control": None}),
        ("variants", {"variants": {"A": {"n": 1, "sum": 1, "sum_sq": 1}}}),
        ("variants", {"variants": None}),
        ("variants", {"variants": {"A": {"n": 9, "sum": 3, "sum_sq": 3}, "\ud800": {"n": 9, "sum": 3, "sum_sq": 3}}}),
        ("variants", {"variants": {"A": {"n": 9, "sum": 3, "sum_sq": 3}, " ": {"n": 9, "sum": 3, "sum_sq": 3}}}),
        ("weights", {"weights": {"A": 0.5, "B": -0.5}}),
        ("weights", {"weights": {"A": 0, "B": 0}}),
        ("B", {"weights": {"A": 1}}),
        ("weights", {"weights": {"A": 0.4, "B": 0.4, "C": 0.2}}),
        ("A", {"weights": {"A": float("nan"), "B": 0.5}}),
        ("alpha", {"alpha": 0}),
        ("alpha", {"alpha": 1}),
        ("alpha", {"alpha": 1e-320}),
        ("alpha", {"alpha": "5%"}),
        ("alpha", {"alpha": True}),
        ("n_star", {"n_star": -5}),
        ("n_star", {"n_star": float("inf")}),
        ("analysis", {"analysis": "bayesian"}),
        ("relative", {"relative": "yes"}),
        ("n_satr", {"n_satr": 100}),
        ("margin", {"margin": -0.1}),
        ("looks", {"looks": 1.5}),
        ("winsorise", {"winsorise": 0.99}),
    ],
)
def test_what_cannot_be_right_is_refused(field: str, changed: dict[str, Any]) -> None:
    """The refusal names the field and says what was expected."""
    with pytest.raises(InputWrong, match=r"expected|add it|cut") as wrong:
        analyse(request(**changed))
    assert wrong.value.field == field


@pytest.mark.parametrize("whole", [None, [], 3, "text"])
def test_a_request_is_an_object(whole: object) -> None:
    """Anything else is refused."""
    with pytest.raises(InputWrong, match="expected an object"):
        analyse(whole)


@pytest.mark.parametrize(
    ("field", "metric", "one"),
    [
        ("n", "mean", {"sum": 1, "sum_sq": 1}),
        ("n", "mean", {"n": -5, "sum": 1, "sum_sq": 1}),
        ("n", "mean", {"n": 10.5, "sum": 1, "sum_sq": 1}),
        ("n", "mean", {"n": True, "sum": 1, "sum_sq": 1}),
        ("n", "mean", {"n": 0, "sum": 1, "sum_sq": 1}),
        ("sum", "mean", {"n": 10}),
        ("sum", "mean", {"n": 10, "sum": float("nan"), "sum_sq": 1}),
        ("sum", "mean", {"n": 10, "sum": float("-inf"), "sum_sq": 1}),
        ("sum", "mean", {"n": 10, "sum": 10**400, "sum_sq": 1}),
        ("sum", "mean", {"n": 10, "sum": "12", "sum_sq": 20}),
        ("sum", "mean", {"n": 10, "sum": [1], "sum_sq": 20}),
        ("sum_sq", "mean", {"n": 10, "sum": 100}),
        ("sum_sq", "mean", {"n": 10, "sum": 100, "sum_sq": 900}),  # at least 1,000
        ("sum_sq", "mean", {"n": 10, "sum": 0, "sum_sq": -1}),
        ("sum_sq", "mean", {"n": 1, "sum": 2, "sum_sq": 5}),
        ("sum_squers", "mean", {"n": 10, "sum": 1, "sum_squers": 1}),
        ("sum_squares", "mean", {"n": 10, "sum": 1, "sum_sq": 1, "sum_squares": 1}),
        ("mean", "mean", {"n": 10, "sum": 1, "sum_sq": 1, "mean": 0.1}),
        ("sd", "mean", {"n": 10, "mean": 1, "sd": -2}),
        ("sum", "proportion", {"n": 10, "sum": 11}),
        ("sum", "proportion", {"n": 10, "sum": -1}),
        ("sum", "proportion", {"n": 10, "sum": 2.5}),
        ("sum_sq", "proportion", {"n": 10, "sum": 5, "sum_sq": 9}),
        ("den_sum", "ratio", {"n": 10, "sum": 5, "sum_sq": 9}),
        ("sum_den", "ratio", {"n": 10, "sum": 5, "sum_sq": 9, "den_sum": 10, "den_sum_sq": 12}),
        ("sum_den", "ratio", {"n": 10, "sum": 5, "sum_sq": 9, "den_sum": 10, "den_sum_sq": 12, "sum_den": 90}),
        ("values", "ratio", {"values": [1, 2]}),
        ("values", "mean", {"values": "1, 2"}),
        ("[1]", "mean", {"values": [1, None, 3]}),
        ("[1]", "mean", {"values": [1, float("nan"), 3]}),
        ("n", "mean", {"n": 4, "values": [1, 2, 3]}),
        ("values", "proportion", {"values": [0, 1, 2]}),
        ("quantile", "quantile", {"n": 10, "estimate": 1, "lower": 0, "upper": 2}),
    ],
)
def test_sums_that_no_units_have_are_refused(field: str, metric: str, one: dict[str, Any]) -> None:
    """Missing, infinite, negative, contradictory: the field is named, and no figure is told."""
    with pytest.raises(InputWrong) as wrong:
        analyse(request(metric=metric, variants={"A": one, "B": one}))
    assert wrong.value.field == field


@pytest.mark.parametrize(
    ("reason", "metric", "of_a", "of_b"),
    [
        ("has 0 units", "mean", {"n": 0, "sum": 0, "sum_sq": 0}, {"n": 100, "sum": 50, "sum_sq": 60}),
        ("has 1 units", "mean", {"n": 1, "sum": 2, "sum_sq": 4}, {"n": 100, "sum": 50, "sum_sq": 60}),
        ("has 0 units", "proportion", {"n": 100, "sum": 50}, {"n": 0, "sum": 0}),
        ("is 0: no lift", "mean", {"n": 100, "sum": 0, "sum_sq": 60}, {"n": 100, "sum": 50, "sum_sq": 60}),
        ("told from 0", "mean", {"n": 100, "sum": 1, "sum_sq": 60}, {"n": 100, "sum": 50, "sum_sq": 60}),
        ("is 0: no lift", "proportion", {"n": 100, "sum": 0}, {"n": 100, "sum": 5}),
        ("constant", "mean", {"n": 100, "sum": 500, "sum_sq": 2500}, {"n": 90, "sum": 450, "sum_sq": 2250}),
        ("constant", "mean", {"n": 10, "sum": 1, "sum_sq": 0.1}, {"n": 10, "sum": 1, "sum_sq": 0.1}),
        (
            "foretells all",
            "mean",
            {"n": 100, "sum": 50, "sum_sq": 60, "pre_sum": 50, "pre_sum_sq": 60, "sum_pre": 60},
            {"n": 100, "sum": 60, "sum_sq": 70, "pre_sum": 60, "pre_sum_sq": 70, "sum_pre": 70},
        ),
        (
            "constant",  # every unit has .3 of its denominator
            "ratio",
            {"n": 9, "sum": 2.1, "sum_sq": 0.63, "den_sum": 7, "den_sum_sq": 7, "sum_den": 2.1},
            {"n": 9, "sum": 1.8, "sum_sq": 0.54, "den_sum": 6, "den_sum_sq": 6, "sum_den": 1.8},
        ),
        ("fall by all", "proportion", {"n": 1000, "sum": 10}, {"n": 1000, "sum": 0}),
        ("constant", "proportion", {"n": 100, "sum": 100}, {"n": 100, "sum": 100}),
        (
            "denominator",
            "ratio",
            {"n": 100, "sum": 50, "sum_sq": 60, "den_sum": 0, "den_sum_sq": 10, "sum_den": 3},
            {"n": 100, "sum": 50, "sum_sq": 60, "den_sum": 90, "den_sum_sq": 110, "sum_den": 30},
        ),
    ],
)
def test_what_is_not_known_is_none_with_its_reason(
    reason: str, metric: str, of_a: dict[str, Any], of_b: dict[str, Any]
) -> None:
    """No units, one unit, a constant metric, a baseline of 0: no interval, no p-value, not significant, and why."""
    told = result(metric=metric, variants={"A": of_a, "B": of_b})

    assert (told["ci"], told["p"], told["se"], told["significant"]) == (None, None, None, False)
    assert reason in told["reason"]


def test_a_baseline_of_zero_leaves_the_absolute_effect() -> None:
    """From 0 of 100 to 20 of 100: no relative lift, and the absolute one."""
    told = result(metric="proportion", variants=variants(A={"n": 100, "sum": 0}, B={"n": 100, "sum": 20}))

    assert told["lift"] is None
    assert told["absolute"]["lift"] == pytest.approx(0.2)
    assert told["absolute"]["significant"] is True


def test_a_large_mean_does_not_swallow_the_variance() -> None:
    """Values around a million and more: as from the values themselves, or told to be constant, never another number."""
    rng = np.random.default_rng(7)
    a, b = 1e6 + rng.normal(0, 10, 500), 1e6 + rng.normal(3, 10, 500)
    sums = {
        name: {"n": 500, "sum": float(some.sum()), "sum_sq": float((some**2).sum())}
        for name, some in (("A", a), ("B", b))
    }
    told = result(variants=sums, relative=False)
    by_scipy = stats.ttest_ind(b, a, equal_var=False)
    assert told["p"] == pytest.approx(float(by_scipy.pvalue), rel=1e-3)

    far = {name: {"n": 9, "sum": 9e12, "sum_sq": 9e24} for name in "AB"}
    assert "constant" in result(variants=far)["reason"]


def test_weights_need_not_add_up() -> None:
    """They are shares of their sum, and a note says so; a variant of weight 0 is left out of the check."""
    assert answer(weights={"A": 1, "B": 1})["srm"] == answer()["srm"]
    assert "add up to 2" in answer(weights={"A": 1, "B": 1})["notes"][0]

    three = {name: {"n": n, "sum": n // 2} for name, n in (("A", 1000), ("B", 1200), ("C", 900))}
    told = answer(metric="proportion", weights={"A": 0.5, "B": 0.5, "C": 0}, variants=three)
    assert told["srm"]["p"] == pytest.approx(2.0079e-05, rel=1e-4)
    assert told["srm"]["ok"] is False
    assert any("believe no figure" in note for note in told["notes"])
    assert set(told["results"]) == {"B", "C"}


def test_several_variants_are_corrected() -> None:
    """Holm by default: the adjusted p-values and intervals of three variants stand beside their own."""
    of = {name: {"n": 1000, "sum": done} for name, done in (("A", 100), ("B", 135), ("C", 131), ("D", 100))}
    told = answer(metric="proportion", variants=of, weights=dict.fromkeys("ABCD", 1))["results"]
    raw = sorted(one["p"] for one in told.values())

    assert told["B"]["p_adjusted"] == pytest.approx(3 * raw[0])
    assert told["C"]["p_adjusted"] == pytest.approx(max(3 * raw[0], 2 * raw[1]))
    assert told["B"]["ci_adjusted"][0] < told["B"]["ci"][0]
    assert (told["B"]["significant"], told["B"]["significant_adjusted"]) == (True, False)

    plain = answer(metric="proportion", variants=of, weights=dict.fromkeys("ABCD", 1), correction="none")["results"]
    assert "p_adjusted" not in plain["B"]
    assert "p_adjusted" not in result()


def test_false_findings_among_the_findings() -> None:
    """Benjamini and Hochberg: with two findings of three, each interval is at 2/3 of α."""
    of = {name: {"n": 10_000, "sum": done} for name, done in (("A", 1000), ("B", 1150), ("C", 1100), ("D", 1000))}
    how: dict[str, Any] = {"metric": "proportion", "variants": of, "weights": dict.fromkeys("ABCD", 1)}
    told = answer(**how, correction="bh")["results"]
    at_that_level = answer(**how, correction="none", alpha=0.05 * 2 / 3)["results"]

    assert [one["significant_adjusted"] for one in told.values()] == [True, True, False]
    assert told["C"]["p_adjusted"] == pytest.approx(1.5 * told["C"]["p"])
    assert told["C"]["ci_adjusted"] == pytest.approx(at_that_level["C"]["ci"])


def test_not_worse_by_a_margin() -> None:
    """97 % and 96.5 % of 20,000 are the same within 1 % and are not shown to be within .5 %; one-sided."""
    of = {"A": {"n": 20_000, "sum": 19_400}, "B": {"n": 20_000, "sum": 19_340}}
    wide, narrow = (result(metric="proportion", variants=of, relative=False, margin=m) for m in (0.01, 0.005))

    assert (wide["non_inferiority"]["ok"], narrow["non_inferiority"]["ok"]) == (True, False)
    z = (-0.003 + 0.01) / wide["se"]
    assert wide["non_inferiority"]["p"] == pytest.approx(float(stats.norm.sf(z)), rel=0.01)
    assert wide["non_inferiority"]["bound"] > -0.01
    fewer = result(metric="proportion", variants=of, relative=False, margin=0.01, better="lower")
    assert fewer["non_inferiority"]["ok"] is True


def test_one_side_is_without_end() -> None:
    """A one-sided interval ends on one side only; the other end is null."""
    told = result(alternative="greater", relative=False)

    assert told["ci"][0] > 0
    assert told["ci"][1] is None
    assert told["p"] == pytest.approx(0.0201584026 / 2)


def test_names_that_others_use_are_understood() -> None:
    """`successes`, `denominator_sum`, mean and standard deviation: the same figures."""
    proper = answer(metric="proportion", variants=variants(A={"n": 90, "sum": 30}, B={"n": 90, "sum": 41}))
    other = answer(
        metric="proportion", variants=variants(A={"users": 90, "conversions": 30}, B={"n": 90, "successes": 41})
    )
    assert other == proper

    spread = variants(A={"n": 3407, "mean": 0.41, "sd": 15.21**0.5}, B={"n": 3461, "mean": 0.70, "variance": 38.44})
    assert result(variants=spread)["p"] == pytest.approx(0.0619118275, rel=1e-6)


def test_cuped_from_sums() -> None:
    """Sums of the time before make the adjusted figures; they must be there for every variant."""
    a = {"n": 3001, "sum": 300, "sum_sq": 600, "pre_sum": 210, "pre_sum_sq": 415, "sum_pre": -20}
    b = {"n": 3000, "sum": 222, "sum_sq": 555, "pre_sum": 120, "pre_sum_sq": 405, "sum_pre": -10}

    assert result(variants=variants(A=a, B=b))["p"] == pytest.approx(0.0037325486)
    assert result(variants=variants(A=a, B=b))["estimate"] == pytest.approx(222 / 3000)
    with pytest.raises(InputWrong, match="'pre_sum'"):
        analyse(request(variants=variants(A=a, B={"n": 3000, "sum": 222, "sum_sq": 555})))


def test_cuped_of_ratios() -> None:
    """The numerator and denominator of before take chance out of a ratio, as the reference has it."""
    a = {
        "n": 100, "sum": 485.112236689623, "sum_sq": 2715.484666118136, "den_sum": 679.9093275844917,
        "den_sum_sq": 4939.424001640236, "pre_sum": 192.59138069991536, "pre_sum_sq": 460.076026390857,
        "pre_den_sum": 290.1398399750233, "pre_den_sum_sq": 920.9461385038898, "sum_den": 3602.146836776702,
        "sum_pre": 1113.6215759318352, "sum_pre_den": 1559.2878434944676, "den_pre": 1460.3181079276983,
        "den_pre_den": 2130.9404074446747, "pre_pre_den": 634.239482353647,
    }  # fmt: skip
    b = {
        "n": 100, "sum": 514.7757826608777, "sum_sq": 2994.897482705013, "den_sum": 705.4090874383759,
        "den_sum_sq": 5291.36604146392, "pre_sum": 206.94157227402536, "pre_sum_sq": 514.2903702246757,
        "pre_den_sum": 302.54389139107326, "pre_den_sum_sq": 994.4506208125663, "sum_den": 3918.1561431600717,
        "sum_pre": 1237.0953021125997, "sum_pre_den": 1701.0287270040265, "den_pre": 1604.0759503266522,
        "den_pre_den": 2292.081739775257, "pre_pre_den": 698.4173425817908,
    }  # fmt: skip

    assert result(metric="ratio", variants=variants(A=a, B=b))["p"] == pytest.approx(0.857710405)


@pytest.mark.parametrize("seed", range(8))
def test_rounding_is_no_variance(seed: int) -> None:
    """A constant that no binary number is, and a time before that foretells all: told, and no p-value of 1e-9."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(50, 5_000))
    flat = {}
    for name, each in (("A", 0.1 + rng.random()), ("B", 0.1 + rng.random())):
        flat[name] = {"n": n, "sum": float(np.full(n, each).sum()), "sum_sq": float(np.full(n, each**2).sum())}
    assert "constant" in result(variants=flat)["reason"]

    foretold = {}
    for name in "AB":
        y = rng.normal(3, 1, n)
        pre = 0.3 * y
        foretold[name] = {
            "n": n, "sum": float(y.sum()), "sum_sq": float(y @ y), "pre_sum": float(pre.sum()),
            "pre_sum_sq": float(pre @ pre), "sum_pre": float(y @ pre),
        }  # fmt: skip
    assert "foretells all" in result(variants=foretold)["reason"]


def test_values_and_winsorising() -> None:
    """Values are summed here; `winsorise` cuts both variants at one percentile of all values together."""
    rng = np.random.default_rng(3)
    a, b = rng.exponential(10, 400), rng.exponential(11, 600)
    a[0] = 1e6
    cap = np.quantile(np.concatenate([a, b]), 0.99, method="inverted_cdf")
    of = variants(A={"values": a.tolist()}, B={"values": b.tolist()})
    told = result(variants=of, relative=False, winsorise=0.99)
    by_scipy = stats.ttest_ind(np.minimum(b, cap), np.minimum(a, cap), equal_var=False)

    assert told["p"] == pytest.approx(float(by_scipy.pvalue))
    with pytest.raises(InputWrong, match="only means"):
        analyse(request(metric="proportion", variants=variants(A={"values": [0]}, B={"values": [1]}), winsorise=0.9))


def test_quantiles() -> None:
    """From estimates or from values; too few values, or the same ones, have no interval."""
    rng = np.random.default_rng(5)
    a, b = rng.exponential(10, 2_000), rng.exponential(12, 2_000)
    told = result(
        metric="quantile", quantile=0.9, variants=variants(A={"values": a.tolist()}, B={"values": b.tolist()})
    )
    assert told["estimate"] == pytest.approx(np.quantile(b, 0.9))
    assert told["ci"][0] < 0.2 < told["ci"][1]

    same = {"n": 1000, "estimate": 5, "lower": 5, "upper": 5}
    for few in (same, {"values": list(range(20))}):
        told = result(metric="quantile", quantile=0.9, variants=variants(A=few, B={"values": b.tolist()}))
        assert "has no interval" in told["reason"]
    with pytest.raises(InputWrong, match="lower ≤ estimate ≤ upper"):
        analyse(request(metric="quantile", quantile=0.5, variants=variants(A=same | {"lower": 6}, B=same)))
    with pytest.raises(InputWrong, match="winsorise"):
        analyse(request(metric="quantile", quantile=0.5, winsorise=0.99, variants=variants(A=same, B=same)))


def test_quantiles_of_clusters() -> None:
    """Values that come several from one unit: the interval is as wide as between many samples drawn anew."""
    rng = np.random.default_rng(11)
    units, each, q = 2_000, 10, 0.8

    def draw() -> tuple[float, dict[str, Any]]:
        values = np.exp(rng.normal(0, 1, (units, 1)) + rng.normal(0, 0.3, (units, each)))
        estimate = float(np.quantile(values, q))
        ordered, n = np.sort(values.ravel()), units * each
        off = 1.959964 * np.sqrt(n * q * (1 - q))
        below = (values <= estimate).sum(axis=1)
        ends = {"lower": float(ordered[int(n * q - off) - 1]), "upper": float(ordered[int(np.ceil(n * q + off)) - 1])}
        sums = {"sum": int(below.sum()), "sum_sq": int((below**2).sum()), "sum_den": int((below * each).sum())}
        return estimate, {"n": units, "estimate": estimate, **ends, **sums, "den_sum": n, "den_sum_sq": units * each**2}

    drawn = [draw() for _ in range(300)]
    told = result(
        metric="quantile", quantile=q, relative=False, variants=variants(A=drawn[0][1], B=drawn[1][1]), alpha=0.05
    )
    spread = float(np.std([estimate for estimate, _ in drawn], ddof=1)) * 2**0.5
    assert told["se"] == pytest.approx(spread, rel=0.15)


def test_looks_at_the_shares() -> None:
    """Each of so many planned looks has its part of the threshold."""
    of = {"A": {"n": 5000, "sum": 1}, "B": {"n": 5340, "sum": 1}}
    once, often = (answer(metric="proportion", variants=of, looks=looks)["srm"] for looks in (1, 20))

    assert 0.00005 < once["p"] == often["p"] < 0.001
    assert (once["ok"], often["ok"]) == (False, True)
    assert often["threshold"] == pytest.approx(0.001 / 20)
