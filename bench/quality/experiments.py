"""
Whether the statistics of experiments keep what they promise: in simulations, and on real experiments.

*A/A*: both variants are the same, and somebody looks 50 times and stops at the first significant look. Told is the
share of 2,000 experiments of 10,000 units a variant that end with a finding: by the interval of one look, and by the
product's default. Three metrics: a proportion of .1, a skewed mean (log-normal, σ 1), and clicks for each view (a ratio
whose parts depend on each other); all as relative lifts. *Coverage*: the share of 20,000 experiments whose interval
holds the true lift. *Power*: the share of 10,000 experiments in which an effect of the size planned for (found with
80 %) is found at the planned number of units; with the default also by any of ten looks until then. *Shares of units*:
the share of 1,000 right experiments that alarm by 20 looks, and of those in which 5 % of one variant's units are lost.

*Real experiments*: cookie_cats, Udacity's free trial screener, the exploratory half of the Upworthy archive, each with
what is published of it. *Speed*: 20 metrics of 5 variants, from their sums.
"""

import csv
import gzip
import io
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.report import data_dir, write
from bowerbird.experiments.statistics import (
    Effect,
    Interval,
    Kind,
    Moments,
    Options,
    Plan,
    Srm,
    absolute,
    adjustment,
    analyse,
    arm,
    compare,
    fixed,
    mde,
    relative,
    sequential,
    srm,
    winsorise,
)

Floats: TypeAlias = NDArray[np.float64]
Draw: TypeAlias = Callable[[np.random.Generator, int, int, float], Floats]  # -> (experiments, units, numbers of a unit)
Row: TypeAlias = dict[str, str]

SEED: Final = 20_261_129
ALPHA: Final = 0.05
LOOKS: Final = 50
AT_ONCE: Final = 100  # experiments drawn at once
LIFT: Final = 0.15


def shares(rng: np.random.Generator, times: int, n: int, lift: float) -> Floats:
    """Who does it: one of ten."""
    return (rng.random((times, n, 1)) < 0.1 * (1 + lift)).astype(np.float64)


def skewed(rng: np.random.Generator, times: int, n: int, lift: float) -> Floats:
    """What units spend."""
    return (1 + lift) * rng.lognormal(0, 1, (times, n, 1))


def ratios(rng: np.random.Generator, times: int, n: int, lift: float) -> Floats:
    """Clicks and views of units that view, and click, more or less often."""
    views = 1 + rng.poisson(4, (times, n))
    return np.stack([rng.binomial(views, 0.2 * (1 + lift)), views], axis=-1).astype(np.float64)


def with_before(rng: np.random.Generator, times: int, n: int, lift: float) -> Floats:
    """What units did now and before, as far as it is the same habit."""
    before = rng.gamma(4, 0.5, (times, n))
    return np.stack([(1 + lift) * (0.7 * before + rng.gamma(2, 0.3, (times, n))), before], axis=-1)


WORLDS: Final[dict[str, tuple[Kind, Draw]]] = {
    "proportion": ("proportion", shares),
    "skewed mean": ("mean", skewed),
    "ratio": ("ratio", ratios),
}


def running(values: Floats, looks: int) -> Moments:
    """The moments (experiments, looks) of the first units, at so many equally spaced looks."""
    times, n, d = values.shape
    each = values.reshape(times, looks, n // looks, d)
    products = np.swapaxes(each, -1, -2) @ each
    at = np.broadcast_to(np.arange(1, looks + 1) * (n // looks), (times, looks))
    return Moments.of_sums(at, each.sum(-2).cumsum(1), products.cumsum(1))


def same_on_both_sides(kind: Kind, draw: Draw, *, times: int = 2_000, n: int = 10_000) -> dict[str, float]:
    """How often an A/A experiment ends with a finding, by who looks how."""
    rng = np.random.default_rng([SEED, 1])
    found: dict[str, list[NDArray[np.bool_]]] = defaultdict(list)
    for _ in range(times // AT_ONCE):
        a, b = (arm(kind, running(draw(rng, AT_ONCE, n, 0.0), LOOKS)) for _ in range(2))
        effect = relative(a, b)
        once = _below(fixed(effect, alpha=ALPHA))
        found["one look, at the last one"].append(once[:, -1])
        for name, below in (
            ("one look, at any of 50", once),
            ("default, at any look", _below(sequential(effect, alpha=ALPHA))),
            ("default with n_star at the end, at any look", _below(sequential(effect, alpha=ALPHA, n_star=2.0 * n))),
            ("default one-sided, at any look", _below(sequential(effect, alpha=ALPHA, side="greater"))),
        ):
            found[name].append(np.asarray(below.any(1)))
    return {name: _share(np.concatenate(some)) for name, some in found.items()}


def _below(found: Interval) -> NDArray[np.bool_]:
    return found.p < ALPHA


def coverage(times: int = 20_000, n: int = 2_000) -> dict[str, dict[str, float]]:
    """How often the true lift is inside the interval of one look, and inside the default's at that look."""
    rng = np.random.default_rng([SEED, 2])
    inside: dict[str, list[NDArray[np.bool_]]] = defaultdict(list)
    inside_any: dict[str, list[NDArray[np.bool_]]] = defaultdict(list)

    def see(name: str, effect: Effect, truth: float) -> None:
        for found, into in ((fixed(effect, alpha=ALPHA), inside), (sequential(effect, alpha=ALPHA), inside_any)):
            into[name].append((found.low <= truth) & (truth <= found.high))

    for _ in range(times // AT_ONCE):
        for name, (kind, draw) in WORLDS.items():
            a, b = (arm(kind, Moments.of_values(draw(rng, AT_ONCE, n, by))) for by in (0.0, LIFT))
            see(f"{name}, relative", relative(a, b, at_adjusted=kind == "ratio"), LIFT)
            if kind == "proportion":
                see(f"{name}, absolute", absolute(a, b), 0.1 * LIFT)
        first, second = (Moments.of_values(with_before(rng, AT_ONCE, n // 4, by)) for by in (0.0, LIFT))
        theta = adjustment("mean", first, second)
        see("mean with CUPED, relative", relative(arm("mean", first), arm("mean", second), theta), LIFT)
    return {
        name: {"one look": _share(np.concatenate(some)), "default": _share(np.concatenate(inside_any[name]))}
        for name, some in inside.items()
    }


def powers(times: int = 10_000, looks: int = 10) -> dict[str, dict[str, float]]:
    """How often a lift of a share as large as planned for is found, by planned units."""
    rng = np.random.default_rng([SEED, 3])
    told: dict[str, dict[str, float]] = {}
    for share, n in ((0.1, 5_000), (0.02, 50_000)):
        for name, n_star in (("one look", None), ("default", 2.0 * n)):
            plan = Plan.of_share(share, n_star=n_star)
            lift = mde(plan, 2 * n)
            assert lift is not None
            done = [
                rng.binomial(n // looks, mean, (times, looks)).cumsum(1).astype(np.float64)
                for mean in (share, plan.lifted(lift))
            ]
            at = np.broadcast_to(np.arange(1, looks + 1) * (n // looks), (times, looks))
            a, b = (arm("proportion", Moments.of_sums(at, d[..., None], d[..., None, None])) for d in done)
            effect = relative(a, b)
            below = _below(
                fixed(effect, alpha=ALPHA) if n_star is None else sequential(effect, alpha=ALPHA, n_star=n_star)
            )
            any_look = np.asarray(below.any(1))
            told[f"share {share}, {n} units a variant, {name}"] = {
                "lift": round(lift, 4),
                "found at the last look": _share(below[:, -1]),
                "found at any of ten looks": _share(any_look),
                "looks until found, of ten": round(float(np.where(any_look, below.argmax(1) + 1, looks).mean()), 1),
            }
    return told


def alarms(times: int = 1_000, n: int = 20_000, looks: int = 20) -> dict[str, float]:
    """How often the check of shares alarms by the last look: with nothing wrong, and with units lost."""
    rng = np.random.default_rng([SEED, 4])
    told: dict[str, float] = {}
    for name, half in (("nothing is wrong", 0.5), ("5 % of one variant lost", 0.95 / 1.95)):
        first = rng.binomial(2 * n // looks, half, (times, looks)).cumsum(1)
        checks = [
            [_checked(int(a), 2 * n * at // looks - int(a), looks) for at, a in enumerate(row, start=1)]
            for row in first
        ]
        told[f"{name}: χ² < .001, unplanned, at any look"] = _share([any(c.p < 0.001 for c in row) for row in checks])
        told[f"{name}: χ² with 20 planned looks"] = _share([any(c.p < c.threshold for c in row) for row in checks])
        told[f"{name}: at any number of looks"] = _share([any(c.p_any_time < 0.001 for c in row) for row in checks])
        told[f"{name}: the product's check"] = _share([any(not c.ok for c in row) for row in checks])
    return told


def _checked(a: int, b: int, looks: int) -> Srm:
    return srm({"a": a, "b": b}, {"a": 1.0, "b": 1.0}, looks=looks)


def cookie_cats(folder: Path) -> dict[str, Any]:
    """Where a game's first gate stands: published, p .0744 after one day and .00155 after seven; χ² of shares .0086."""
    rows = _rows(folder / "cookie_cats.csv.gz")
    by = {version: [row for row in rows if row["version"] == version] for version in ("gate_30", "gate_40")}
    told: dict[str, Any] = {}
    for day in ("retention_1", "retention_7"):
        counted = {v: {"n": len(some), "sum": sum(row[day] == "TRUE" for row in some)} for v, some in by.items()}
        found = _analysed("proportion", "gate_30", counted, relative=False)
        told[day] = _told(found, "gate_40")
        told["p of shares"] = round(found["srm"]["p"], 4)
    played = {v: np.array([float(row["sum_gamerounds"]) for row in some]) for v, some in by.items()}
    for name, values in (("rounds", played), ("rounds, winsorised at .999", winsorise(played, 0.999))):
        moments = {v: Moments.of_values(some) for v, some in values.items()}
        found_rounds = compare("mean", moments, control="gate_30", weights=dict.fromkeys(by, 1.0), options=Options())
        told[name] = _told(found_rounds.to_json(), "gate_40")
    return told


def udacity(folder: Path) -> dict[str, Any]:
    """A question before a free trial: published, gross -.0206 (-.0291, -.0120), net -.0049 (-.0116, .0019)."""
    arms = {"control": _rows(folder / "control_data.csv"), "experiment": _rows(folder / "experiment_data.csv")}
    told: dict[str, Any] = {}
    for name, column in (("gross conversion", "Enrollments"), ("net conversion", "Payments")):
        counted: dict[str, Any] = {}
        for variant, rows in arms.items():
            known = [row for row in rows if row["Enrollments"]]
            counted[variant] = {"n": _sum(known, "Clicks"), "sum": _sum(known, column)}
        told[name] = _told(_analysed("proportion", "control", counted, relative=False), "experiment")
    for name, column in (("page views", "Pageviews"), ("clicks", "Clicks")):
        units = {variant: float(_sum(rows, column)) for variant, rows in arms.items()}
        told[f"p of shares, {name}"] = round(srm(units, dict.fromkeys(units, 1.0)).p, 4)
    return told


def upworthy(folder: Path) -> dict[str, Any]:
    """Headlines: a known flaw, unequal shares in most tests from 25 June 2013 to 10 January 2014, in few others."""
    tests: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(folder / "upworthy_dev.csv.gz"):
        tests[row["clickability_test_id"]].append(row)
    periods: dict[str, list[bool]] = defaultdict(list)
    findings: dict[str, list[bool]] = defaultdict(list)
    began = time.perf_counter()
    for rows in tests.values():
        counted = {str(at): {"n": int(row["impressions"]), "sum": int(row["clicks"])} for at, row in enumerate(rows)}
        if len(counted) < 2:
            continue
        found = _analysed("proportion", "0", counted)
        week = int(rows[0]["test_week"])
        flawed = 201_325 <= week <= 201_401
        periods["2013 week 25 to 2014 week 1" if flawed else "other weeks"].append(found["srm"]["p"] < 0.01)
        alarmed = not found["srm"]["ok"]
        periods["alarms of the product, flawed weeks" if flawed else "alarms of the product, other weeks"].append(
            alarmed
        )
        for variant in found["results"].values():
            findings["any headline differs from the first, one look"].append(variant["fixed"]["significant"])
            findings["the same, default"].append(variant["significant"])
            findings["the same, default and corrected"].append(variant.get("p_adjusted", variant["p"] or 1) < ALPHA)
    return {
        "tests": len(periods["2013 week 25 to 2014 week 1"]) + len(periods["other weeks"]),
        "p of shares < .01": {name: _share(some) for name, some in periods.items()},
        "findings": {name: _share(some) for name, some in findings.items()},
        "seconds": round(time.perf_counter() - began, 1),
    }


def real_experiments(folder: Path) -> Iterator[tuple[str, str, dict[str, dict[str, float]]]]:
    """What was counted in each: its name, the kind of metric, and the sums of each variant, the control first."""
    rows = _rows(folder / "cookie_cats" / "cookie_cats.csv.gz")
    by = {version: [row for row in rows if row["version"] == version] for version in ("gate_30", "gate_40")}
    for day in ("retention_1", "retention_7"):
        yield f"cookie_cats, {day}", "proportion", {v: _did(some, day) for v, some in by.items()}
    rounds = {v: np.array([float(row["sum_gamerounds"]) for row in some]) for v, some in by.items()}
    yield (
        "cookie_cats, rounds",
        "mean",
        {v: {"n": len(x), "sum": float(x.sum()), "sum_sq": float(x @ x)} for v, x in rounds.items()},
    )
    trial = folder / "udacity_free_trial"
    arms = {name: _rows(trial / f"{name}_data.csv") for name in ("control", "experiment")}
    known = {name: [row for row in rows if row["Enrollments"]] for name, rows in arms.items()}
    for column in ("Enrollments", "Payments"):
        yield (
            f"Udacity, {column.lower()}",
            "proportion",
            {name: {"n": _sum(rows, "Clicks"), "sum": _sum(rows, column)} for name, rows in known.items()},
        )
    tests: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(folder / "upworthy_exploratory" / "upworthy_dev.csv.gz"):
        tests[row["clickability_test_id"]].append(row)
    for name, headlines in tests.items():
        if len(headlines) > 1:
            yield f"Upworthy, {name}", "proportion", {str(at): _clicked(row) for at, row in enumerate(headlines)}


def _did(rows: list[Row], day: str) -> dict[str, float]:
    return {"n": len(rows), "sum": sum(row[day] == "TRUE" for row in rows)}


def _clicked(row: Row) -> dict[str, float]:
    return {"n": int(row["impressions"]), "sum": int(row["clicks"])}


def speed(variants: int = 5, metrics: int = 20, times: int = 5) -> dict[str, float]:
    """Milliseconds for all metrics of all variants, the best of some times."""
    rng = np.random.default_rng([SEED, 5])
    names = [f"v{at}" for at in range(variants)]
    asked = [
        {name: Moments.of_values(with_before(rng, 1, 1_000, 0.02 * at)[0]) for at, name in enumerate(names)}
        for _ in range(metrics)
    ]
    weights = dict.fromkeys(names, 1.0)
    took: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        for moments in asked:
            compare("mean", moments, control="v0", weights=weights, options=Options()).to_json()
        took.append(time.perf_counter() - began)
    return {"variants": variants, "metrics": metrics, "milliseconds": round(1_000 * min(took), 1)}


def _analysed(metric: str, control: str, counted: dict[str, Any], **how: Any) -> dict[str, Any]:
    weights = dict.fromkeys(counted, 1)
    request = {"metric": metric, "control": control, "weights": weights, "variants": counted}
    return analyse(request | how).to_json()


def _told(found: dict[str, Any], variant: str) -> dict[str, Any]:
    """The effect, by one look and by the default."""
    one = found["results"][variant]
    told: dict[str, Any] = {"absolute effect": round(one["absolute"]["lift"], 4), "lift": round(one["lift"], 4)}
    for name, found_by in (("one look", "fixed"), ("default", "sequential")):
        told[name] = {"ci": _rounded(one[found_by]["ci"]), "p": float(f"{one[found_by]['p']:.3g}")}
    return told


def _rounded(ends: Sequence[float]) -> list[float]:
    return [round(end, 4) for end in ends]


def _share(hits: Sequence[bool] | NDArray[np.bool_]) -> float:
    return round(float(np.mean(np.asarray(hits, np.bool_))), 4)


def _rows(path: Path) -> list[Row]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def _sum(rows: list[Row], column: str) -> int:
    return sum(int(row[column]) for row in rows if row[column])


def main() -> None:
    """Measure all of it."""
    folder = data_dir("experiments")
    began = time.perf_counter()
    figures: dict[str, Any] = {
        "A/A, share with a finding": {name: same_on_both_sides(*world) for name, world in WORLDS.items()},
        "coverage": coverage(),
        "power": powers(),
        "shares of units, share that alarms": alarms(),
        "cookie_cats": cookie_cats(folder / "cookie_cats"),
        "udacity_free_trial": udacity(folder / "udacity_free_trial"),
        "upworthy_exploratory": upworthy(folder / "upworthy_exploratory"),
        "speed": speed(),
    }
    figures["seconds"] = round(time.perf_counter() - began, 1)
    write("experiments", figures, headline=_headline(figures), notes=f"Seed {SEED}. bench/quality/experiments.py.")


def _headline(figures: dict[str, Any]) -> dict[str, Any]:
    same, held, power = figures["A/A, share with a finding"], figures["coverage"], figures["power"]
    cats, trial, weeks = (figures[name] for name in ("cookie_cats", "udacity_free_trial", "upworthy_exploratory"))
    of_shares = weeks["p of shares < .01"]
    return {
        "A/A experiments with a finding, 50 looks, worst of three metrics: default (≤ .05) / one look's interval": (
            f"{max(one['default, at any look'] for one in same.values()):.4f} / "
            f"{max(one['one look, at any of 50'] for one in same.values()):.3f}"
        ),
        "95 % intervals that hold the truth, least of five metrics, 20,000 experiments (≥ .945)": min(
            one["one look"] for one in held.values()
        ),
        "power at the effect planned for with .80, least and most of four plans (±.02)": (
            f"{min(one['found at the last look'] for one in power.values()):.3f} / "
            f"{max(one['found at the last look'] for one in power.values()):.3f}"
        ),
        "cookie_cats, p of 7-day retention (published .00155), of shares (.0086)": (
            f"{cats['retention_7']['one look']['p']} / {cats['p of shares']}"
        ),
        "Udacity, gross and net conversion (published -.0206, -.0049)": (
            f"{trial['gross conversion']['absolute effect']} / {trial['net conversion']['absolute effect']}"
        ),
        "Upworthy, tests with unequal shares: flawed weeks / others": (
            f"{of_shares['2013 week 25 to 2014 week 1']:.2f} / {of_shares['other weeks']:.2f}"
        ),
        "20 metrics of 5 variants from their sums, ms": figures["speed"]["milliseconds"],
    }


if __name__ == "__main__":
    main()
