"""
Our figures of experiments and those of gbstats and statsmodels, side by side: from the same inputs, in one run.

The inputs are the reference vectors, and the real experiments of `bench.quality.experiments`. Told is the largest
relative difference of lift, standard error, interval and p-value by kind of analysis, and how long each takes for these
inputs and for 20 metrics of 5 variants. Ours is timed for its whole answer (both kinds of intervals, absolute and
relative, check of the shares), the others for the one test that is compared.

What is known to be wrong in gbstats 0.8.0 stands apart: a variant of weight 0 in the check of shares, the sign of a
lift from a negative baseline, the standard error of a lift that is adjusted by the time before (it divides the
adjusted variance of the control as if its mean were not adjusted; its later versions have it right). Of p-values those
above 1e-6 are compared: gbstats' are 1 less a number near 1, and hold no digits below. Of statsmodels' differences of
proportions lift and standard error are compared: it takes them as normal where the others have Student's t.

gbstats needs an old NumPy, so both run in an environment of their own: BOWERBIRD_BENCH_PEERS names its Python.
"""

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from bench.quality.experiments import real_experiments
from bench.report import ROOT, data_dir, write
from bowerbird.experiments.statistics import (
    Moments,
    Plan,
    adjustment,
    analyse,
    arm,
    benjamini_hochberg,
    fixed,
    holm,
    power,
    relative,
    srm,
)

Case: TypeAlias = dict[str, Any]
Found: TypeAlias = Mapping[str, float]

SEED: Final = 20_261_129
ENGINES: Final = ("gbstats", "statsmodels")
LEAST_P: Final = 1e-6
TIMES: Final = 5
HOW_TO: Final = (
    "no environment with gbstats and statsmodels: nothing was compared. Make one and name its Python:\n"
    "    python -m venv PLACE && PLACE/bin/pip install gbstats==0.8.0 statsmodels\n"
    "    BOWERBIRD_BENCH_PEERS=PLACE/bin/python python -m bench.quality.side_by_side"
)

MEANS: Final = {
    "A": {"n": 3407, "sum": 1396.87, "sum_sq": 52377.9767},
    "B": {"n": 3461, "sum": 2422.7, "sum_sq": 134698.29},
}
FEWER: Final = {**MEANS, "A": {**MEANS["A"], "n": 3000}}
SHARES: Final = {"A": {"n": 28, "sum": 14}, "B": {"n": 30, "sum": 16}}
MORE_SHARES: Final = {"A": {"n": 3000, "sum": 300}, "B": {"n": 3000, "sum": 378}}
ADJUSTED: Final = {
    "A": {"n": 3001, "sum": 300, "sum_sq": 600, "pre_sum": 210, "pre_sum_sq": 415, "sum_pre": -20},
    "B": {"n": 3000, "sum": 222, "sum_sq": 555, "pre_sum": 120, "pre_sum_sq": 405, "sum_pre": -10},
}
RATIOS: Final = {
    "A": {"n": 100, "sum": 485.112236689623, "sum_sq": 2715.484666118136, "den_sum": 679.9093275844917,
          "den_sum_sq": 4939.424001640236, "sum_den": 3602.146836776702},
    "B": {"n": 100, "sum": 514.7757826608777, "sum_sq": 2994.897482705013, "den_sum": 705.4090874383759,
          "den_sum_sq": 5291.36604146392, "sum_den": 3918.1561431600717},
}  # fmt: skip
QUANTILES: Final = {
    "A": {"n": 11054, "estimate": 7.157987489967789, "lower": 7.098780136176828, "upper": 7.217194843758751},
    "B": {"n": 10861, "estimate": 7.694499927525767, "lower": 7.64180598628119, "upper": 7.747193868770344},
}
NEGATIVE: Final = {
    "A": {"n": 100, "sum": -1000, "sum_sq": 10_400},
    "B": {"n": 100, "sum": -500, "sum_sq": 2_900},
}
UNITS: Final = (
    ([1000, 1200], [0.5, 0.5]), ([135, 115], [0.5, 0.5]), ([310, 98], [0.75, 0.25]),
    ([500, 500, 600], [0.34, 0.33, 0.33]), ([0, 10, 10], [0.34, 0.33, 0.33]), ([500, 500], [0.5, 0.5]),
)  # fmt: skip
NOBODY_SHOULD: Final = ([1000, 1200, 900], [0.5, 0.5, 0.0])
P_VALUES: Final = ([0.01, 0.04, 0.03, 0.005, 0.55, 0.6], [0.898, 0.138, 0.007, 0.964, 0.538, 0.006, 0.138])
POWERS: Final = tuple({"effect": effect, "sd": sd, "n": n, "alpha": alpha} for effect, sd, n, alpha in (
    (0.5, 3909.9997749994377**0.5, 266_666.0, 0.05), (0.1, 1.0, 3_000.0, 0.05), (0.2, 2.0, 1_500.0, 0.01),
))  # fmt: skip


def case(metric: str, variants: Mapping[str, Any], *, of: str, **how: Any) -> Case:
    """A request to analyse, with all that is left out otherwise."""
    plain = {"alpha": 0.05, "analysis": "fixed", "relative": True, "n_star": 5_000, "correction": "none"}
    control = next(iter(variants))
    return {"name": of, "metric": metric, "control": control, "variants": variants, **plain, **how}


def vectors() -> Iterator[tuple[str, Case]]:
    """The reference vectors by kind of analysis."""
    yield "Welch", case("mean", MEANS, of="W1", relative=False)
    yield "Welch", case("mean", FEWER, of="O1", relative=False)
    yield "relative lift", case("mean", MEANS, of="W1")
    yield "relative lift", case("mean", FEWER, of="O1")
    for name, some in (("W2", SHARES), ("S3", MORE_SHARES)):
        yield "proportion", case("proportion", some, of=name)
        yield "difference of proportions", case("proportion", some, of=name, relative=False)
    yield "ratio", case("ratio", RATIOS, of="R1")
    yield "ratio", case("ratio", RATIOS, of="R1", relative=False)
    yield "CUPED, difference", case("mean", ADJUSTED, of="C1", relative=False)
    yield "CUPED, relative", case("mean", ADJUSTED, of="C1")
    yield "quantile", case("quantile", QUANTILES, of="Q1", quantile=0.9)
    yield "quantile", case("quantile", QUANTILES, of="Q1", quantile=0.9, relative=False)
    for n_star in (10, 1_000, 5_000, 6_461, 10_000):
        yield "sequential", case("mean", FEWER, of=f"S1, n* {n_star}", analysis="sequential", n_star=n_star)
    for is_relative in (True, False):
        yield "sequential", case("proportion", MORE_SHARES, of="S3", analysis="sequential", relative=is_relative)
    yield "negative baseline", case("mean", NEGATIVE, of="-10 to -5")


def real() -> Iterator[tuple[str, Case]]:
    """The real experiments."""
    for name, metric, variants in real_experiments(data_dir("experiments")):
        few = "difference of proportions" if metric == "proportion" else "Welch"
        many = "proportion" if metric == "proportion" else "relative lift"
        yield many, case(metric, variants, of=name)
        yield few, case(metric, variants, of=name, relative=False)
        yield "sequential", case(metric, variants, of=name, analysis="sequential")


def twenty() -> list[Case]:
    """20 metrics of 5 variants."""
    rng = np.random.default_rng([SEED, 5])
    return [
        case("mean", {f"v{at}": _sums(rng.gamma(2, 1 + 0.01 * at, 1_000)) for at in range(5)}, of=f"metric {number}")
        for number in range(20)
    ]


def _sums(values: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, float]:
    return {"n": len(values), "sum": float(values.sum()), "sum_sq": float(values @ values)}


def before_and_now() -> list[dict[str, list[float]]]:
    """Units of which all is known: C2's, and some that are drawn."""
    rng = np.random.default_rng([SEED, 6])
    before = rng.gamma(4, 0.5, 2_000)
    now = 0.7 * before + rng.gamma(2, 0.3, 2_000)
    return [
        {"now": [2.0, 1.0, 5.0, 3.0], "before": [0.3, 0.5, 0.9, 22.0]},
        {"now": now.tolist(), "before": before.tolist()},
    ]


def ours(asked: Case) -> dict[str, Found | None]:
    """By variant; None where there is no figure, with a reason."""
    request = {name: value for name, value in asked.items() if name != "name"}
    found = analyse(request).to_json()["results"]
    return {variant: _figures(one) for variant, one in found.items()}


def _figures(one: Mapping[str, Any]) -> Found | None:
    if one["lift"] is None or one["se"] is None or one["ci"] is None:
        return None
    return {"lift": one["lift"], "se": one["se"], "low": one["ci"][0], "high": one["ci"][1], "p": one["p"]}


def apart(mine: float, other: float) -> float:
    """How far two figures are from each other, of the larger one."""
    size = max(abs(mine), abs(other))
    return abs(mine - other) / size if size > 1e-12 else 0.0


def furthest(mine: Found, other: Found, *, estimate_only: bool) -> float:
    """Of all figures of a comparison; an end of an interval by the width of it, as ends come near 0."""
    estimated = max(apart(mine["lift"], other["lift"]), apart(mine["se"], other["se"]))
    if estimate_only:
        return estimated
    width = mine["high"] - mine["low"]
    ends = [abs(mine[end] - other[end]) / width for end in ("low", "high")]
    p = [apart(mine["p"], other["p"])] if min(mine["p"], other["p"]) > LEAST_P else []
    return max(estimated, *ends, *p)


def told_by_kind(cases: Sequence[tuple[str, Case]], answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By kind and engine: comparisons, and the largest difference with where it is."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for (kind, asked), answer in zip(cases, answers, strict=True):
        mine = ours(asked)
        for engine in ENGINES:
            is_normal = engine == "statsmodels" and asked["metric"] == "proportion"
            for variant, theirs in answer[engine].items():
                our = mine[variant]
                if our is None or theirs is None:
                    continue
                entry = found[kind].setdefault(
                    engine, {"comparisons": 0, "largest difference": 0.0, "at": asked["name"]}
                )
                entry["comparisons"] += 1
                if (far := furthest(our, theirs, estimate_only=is_normal)) > entry["largest difference"]:
                    entry |= {"largest difference": float(f"{far:.2g}"), "at": asked["name"]}
    return found


def milliseconds(cases: Sequence[Case]) -> float:
    """Ours, for all of them; the best of some times."""
    took: list[float] = []
    for _ in range(TIMES):
        began = time.perf_counter()
        for asked in cases:
            ours(asked)
        took.append(time.perf_counter() - began)
    return 1_000 * min(took)


def at_once(cases: Sequence[Case]) -> float:
    """Milliseconds for the same test as the others', of all metrics and variants in one call; the best."""
    took: list[float] = []
    for _ in range(TIMES):
        began = time.perf_counter()
        n, sums, squares = (
            np.array([[one[name] for one in asked["variants"].values()] for asked in cases], np.float64)
            for name in ("n", "sum", "sum_sq")
        )
        control, tried = (
            arm("mean", Moments.of_sums(n[:, some], sums[:, some, None], squares[:, some, None, None]))
            for some in (slice(0, 1), slice(1, None))
        )
        fixed(relative(control, tried), alpha=0.05)
        took.append(time.perf_counter() - began)
    return 1_000 * min(took)


def speeds(kinds: Mapping[str, list[Case]], theirs: Mapping[str, Mapping[str, float | None]]) -> dict[str, Any]:
    """By kind: milliseconds of each, and how many times as long the others take."""
    told: dict[str, Any] = {}
    for kind, cases in kinds.items():
        mine = milliseconds(cases)
        told[kind] = {"ours, ms": round(mine, 3)}
        for engine, took in theirs[kind].items():
            if took is not None:
                told[kind] |= {f"{engine}, ms": round(took, 3), f"{engine} / ours": round(took / mine, 2)}
    return told


def alone(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What is no comparison of variants: shares, corrections, power, θ."""
    counted = [
        srm({f"v{at}": n for at, n in enumerate(units)}, {f"v{at}": w for at, w in enumerate(weights)}).p
        for units, weights in (*UNITS, NOBODY_SHOULD)
    ]
    told: dict[str, Any] = {
        "shares of units": {
            engine: max(apart(mine, one[engine]) for mine, one in zip(counted[:-1], answer["shares"][:-1], strict=True))
            for engine in ENGINES
        }
    }
    told["Holm"], told["Benjamini and Hochberg"] = (
        {
            "statsmodels": max(
                apart(one, other)
                for ps, theirs in zip(P_VALUES, answer["corrections"], strict=True)
                for one, other in zip(ours_of(ps).tolist(), theirs[name], strict=True)
            )
        }
        for name, ours_of in (("holm", holm), ("bh", benjamini_hochberg))
    )
    mine = [
        power(Plan(0.0, one["sd"] ** 2, alpha=one["alpha"], relative=False), one["effect"], one["n"]) for one in POWERS
    ]
    told["power of a difference"] = {"statsmodels": max(map(apart, mine, answer["power"]))}
    thetas = []
    for one in before_and_now():
        both = Moments.of_values(list(zip(one["now"], one["before"], strict=True)))
        thetas.append(float(adjustment("mean", both, both)))
    told["CUPED's θ"] = {"statsmodels": max(map(apart, thetas, answer["slopes"]))}
    told["a variant of weight 0, p of shares"] = {"ours": counted[-1], **answer["shares"][-1]}
    return told


def ask(python: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the others find; leaves with their words when they cannot."""
    done = subprocess.run(
        [python, str(Path(ROOT) / "bench" / "peers.py")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"{done.stderr[-1_000:]}\n{HOW_TO}")
        sys.exit(1)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    python = os.environ.get("BOWERBIRD_BENCH_PEERS")
    if not python:
        print(HOW_TO)
        return
    cases = [*vectors(), *real()]
    kinds: dict[str, list[Case]] = defaultdict(list)
    for kind, asked in vectors():
        kinds[kind].append(asked)
    del kinds["negative baseline"]
    kinds["20 metrics of 5 variants"] = twenty()
    answer = ask(
        python,
        {
            "cases": [asked for _, asked in cases],
            "timed": kinds,
            "shares": [{"units": units, "weights": weights} for units, weights in (*UNITS, NOBODY_SHOULD)],
            "corrections": P_VALUES,
            "power": POWERS,
            "slopes": before_and_now(),
        },
    )
    found = told_by_kind(cases, answer["cases"])
    others = alone(answer)
    odd = {
        "gbstats: a variant of weight 0, p of shares": others.pop("a variant of weight 0, p of shares"),
        "gbstats: lift from -10 to -5": _lifts(cases, answer["cases"], "negative baseline", "lift"),
        "gbstats: standard error of an adjusted lift": _lifts(cases, answer["cases"], "CUPED, relative", "se"),
    }
    for kind in ("negative baseline", "CUPED, relative"):
        del found[kind]
    took = speeds(kinds, answer["timed"])
    took["20 metrics of 5 variants"]["ours, one test each, all at once, ms"] = round(at_once(twenty()), 3)
    figures = {
        "versions": answer["versions"],
        "comparisons": found,
        "others, largest difference": others,
        "known defects": odd,
        "speed": took,
    }
    write("side_by_side", figures, headline=_headline(figures), notes="bench/quality/side_by_side.py, bench/peers.py.")


def _lifts(
    cases: Sequence[tuple[str, Case]], answers: Sequence[Mapping[str, Any]], kind: str, figure: str
) -> dict[str, float | None]:
    at = next(at for at, (of, _) in enumerate(cases) if of == kind)
    (mine,), (theirs,) = ours(cases[at][1]).values(), answers[at]["gbstats"].values()
    return {"ours": mine and mine[figure], "gbstats": theirs and theirs[figure]}


def _headline(figures: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for engine in ENGINES:
        by_kind = {kind: one[engine] for kind, one in figures["comparisons"].items() if engine in one}
        worst = max(by_kind, key=lambda kind: by_kind[kind]["largest difference"])
        number = sum(one["comparisons"] for one in by_kind.values())
        told[f"largest relative difference from {engine} {figures['versions'][engine]}, {number:,} comparisons"] = (
            f"{by_kind[worst]['largest difference']:g} ({worst})"
        )
    others = figures["others, largest difference"]
    told["the same of shares, Holm, Benjamini and Hochberg, power, θ (statsmodels)"] = (
        f"{max(one['statsmodels'] for one in others.values()):.2g}"
    )
    odd = figures["known defects"]["gbstats: a variant of weight 0, p of shares"]
    told["p of shares with a variant that nobody should get: ours / gbstats (right: 2.0e-05)"] = (
        f"{odd['ours']:.2g} / {odd['gbstats']:.2g}"
    )
    took = figures["speed"]["20 metrics of 5 variants"]
    told["20 metrics of 5 variants, ms: our whole answer / our one test each / gbstats, one test each"] = (
        f"{took['ours, ms']:.1f} / {took['ours, one test each, all at once, ms']:.1f} / {took['gbstats, ms']:.1f}"
    )
    return told


if __name__ == "__main__":
    main()
