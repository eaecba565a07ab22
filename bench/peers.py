"""
What other engines make of the same experiments; runs in an environment of its own, where gbstats and statsmodels are.

Reads {"cases": [request, …], "timed": {kind: [request, …]}, "corrections": […], "shares": […], "power": […],
"slopes": […]} from standard input, each request as `bowerbird experiments analyse` takes it, and prints what each
engine finds and how long it takes.
`bench.quality.side_by_side` starts it; nothing of Bowerbird is imported here.
"""

import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module, metadata
from typing import Any

Found = dict[str, float]
Case = Mapping[str, Any]

gb_tests: Any = import_module("gbstats.frequentist.tests")
gb: Any = import_module("gbstats.models.statistics")
gb_utils: Any = import_module("gbstats.utils")
gof: Any = import_module("statsmodels.stats.gof")
multitest: Any = import_module("statsmodels.stats.multitest")
power: Any = import_module("statsmodels.stats.power")
proportion: Any = import_module("statsmodels.stats.proportion")
weightstats: Any = import_module("statsmodels.stats.weightstats")
regression: Any = import_module("statsmodels.regression.linear_model")

TIMES = 5


def by_gbstats(case: Case, variant: str) -> Found | None:
    """One comparison, as its runner makes it."""
    control, tried = (_statistic(case, case["variants"][name]) for name in (case["control"], variant))
    how = {"alpha": case["alpha"], "difference_type": "relative" if case["relative"] else "absolute"}
    if case["analysis"] == "sequential":
        config = gb_tests.SequentialConfig(**how, sequential_tuning_parameter=case["n_star"])
        test = gb_tests.SequentialTwoSidedTTest(control, tried, config)
    else:
        test = gb_tests.TwoSidedTTest(control, tried, gb_tests.FrequentistConfig(**how))
    found = test.compute_result()
    if found.error_message is not None:
        return None
    return _told(found.expected, found.uplift.stddev, found.ci, found.p_value)


def _statistic(case: Case, one: Mapping[str, float]) -> Any:
    kind, n = case["metric"], one["n"]
    if kind == "quantile":
        return gb.QuantileStatistic(n, n, case["quantile"], one["estimate"], one["lower"], one["upper"])
    if kind == "proportion":
        return gb.ProportionStatistic(n, one["sum"])
    value = gb.SampleMeanStatistic(n, one["sum"], one["sum_sq"])
    if kind == "ratio":
        return gb.RatioStatistic(n, value, gb.SampleMeanStatistic(n, one["den_sum"], one["den_sum_sq"]), one["sum_den"])
    if "pre_sum" in one:
        past = gb.SampleMeanStatistic(n, one["pre_sum"], one["pre_sum_sq"])
        return gb.RegressionAdjustedStatistic(n, value, past, one["sum_pre"], 0.0)
    return value


def by_statsmodels(case: Case, variant: str) -> Found | None:
    """A difference of means, of proportions, or one that is adjusted by what was before; the others it has not."""
    if case["relative"] or case["analysis"] == "sequential":
        return None
    control, tried = case["variants"][case["control"]], case["variants"][variant]
    if case["metric"] == "proportion":
        counts = tried["sum"], tried["n"], control["sum"], control["n"]
        low, high = proportion.confint_proportions_2indep(*counts, method="wald", alpha=case["alpha"])
        p = proportion.test_proportions_2indep(*counts, method="wald").pvalue
        z = -_z(case["alpha"] / 2)
        return _told((low + high) / 2, (high - low) / (2 * z), (low, high), p)
    if case["metric"] == "mean" and "pre_sum" not in control:
        both = weightstats.CompareMeans(_two_points(tried), _two_points(control))
        ends = both.tconfint_diff(alpha=case["alpha"], usevar="unequal")
        _, p, _ = both.ttest_ind(usevar="unequal")
        return _told(both.d1.mean - both.d2.mean, both.std_meandiff_separatevar, ends, p)
    return None


def _z(share: float) -> float:
    return float(import_module("scipy.special").ndtri(share))


def _two_points(one: Mapping[str, float]) -> Any:
    """Two values with half of the units each have their mean and their variance."""
    n, mean = one["n"], one["sum"] / one["n"]
    off = math.sqrt(max(one["sum_sq"] / n - mean**2, 0.0))
    return weightstats.DescrStatsW([mean - off, mean + off], weights=[n / 2, n / 2])


def _told(lift: Any, se: Any, ends: Any, p: Any) -> Found:
    low, high = ends
    return {"lift": float(lift), "se": float(se), "low": float(low), "high": float(high), "p": float(p)}


ENGINES: dict[str, Callable[[Case, str], Found | None]] = {"gbstats": by_gbstats, "statsmodels": by_statsmodels}


def compared(cases: list[Case]) -> list[dict[str, dict[str, Found | None]]]:
    """By case, engine and variant; None where the engine has no such test, or gives none."""
    return [{name: _all(engine, case) for name, engine in ENGINES.items()} for case in cases]


def _all(engine: Callable[[Case, str], Found | None], case: Case) -> dict[str, Found | None]:
    return {variant: engine(case, variant) for variant in case["variants"] if variant != case["control"]}


def timed(kinds: Mapping[str, list[Case]]) -> dict[str, dict[str, float | None]]:
    """By kind and engine: milliseconds for these cases, the best of some times; None for what the engine has not."""
    took: dict[str, dict[str, float | None]] = {}
    for kind, cases in kinds.items():
        took[kind] = {}
        for name, engine in ENGINES.items():
            if not all(found for case in cases for found in _all(engine, case).values()):
                took[kind][name] = None
                continue
            best = math.inf
            for _ in range(TIMES):
                began = time.perf_counter()
                for case in cases:
                    _all(engine, case)
                best = min(best, time.perf_counter() - began)
            took[kind][name] = 1_000 * best
    return took


def shares(asked: list[Mapping[str, list[float]]]) -> list[dict[str, float]]:
    """The p-values of shares: gbstats of all arms, statsmodels of those that somebody should get."""
    found: list[dict[str, float]] = []
    for one in asked:
        seen = [(units, weight) for units, weight in zip(one["units"], one["weights"], strict=True) if weight]
        total, all_weights = sum(units for units, _ in seen), sum(weight for _, weight in seen)
        expected = [weight / all_weights * total for _, weight in seen]
        by_gof = gof.chisquare([units for units, _ in seen], expected)[1] if total and len(seen) > 1 else 1.0
        found.append({"gbstats": float(gb_utils.check_srm(one["units"], one["weights"])), "statsmodels": float(by_gof)})
    return found


def corrections(asked: list[list[float]]) -> list[dict[str, list[float]]]:
    """Holm's p-values, and Benjamini and Hochberg's."""
    return [
        {name: [float(p) for p in multitest.multipletests(ps, method=method)[1]] for name, method in METHODS.items()}
        for ps in asked
    ]


METHODS = {"holm": "holm", "bh": "fdr_bh"}


def powers(asked: list[Mapping[str, float]]) -> list[float]:
    """The chance to find a difference of means between two arms of n / 2 units each."""
    return [float(power.NormalIndPower().power(one["effect"] / one["sd"], one["n"] / 2, one["alpha"])) for one in asked]


def slopes(asked: list[Mapping[str, list[float]]]) -> list[float]:
    """θ of CUPED: the slope of what was done now on what was done before."""
    return [
        float(regression.OLS(one["now"], [[1.0, before] for before in one["before"]]).fit().params[1]) for one in asked
    ]


def main() -> None:
    asked = json.load(sys.stdin)
    answer = {
        "versions": {name: metadata.version(name) for name in (*ENGINES, "numpy", "scipy", "pandas")},
        "cases": compared(asked["cases"]),
        "timed": timed(asked["timed"]),
        "shares": shares(asked["shares"]),
        "corrections": corrections(asked["corrections"]),
        "power": powers(asked["power"]),
        "slopes": slopes(asked["slopes"]),
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
