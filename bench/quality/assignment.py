"""
Assignment: is it independent between experiments, does a ramp move nobody, and what does it cost a request.

    pairs     200,000 sequential ids × 20 pairs of experiments with two variants: the smallest p-value of χ² (1 degree)
              must be above .05 / 20; and of 20 experiments, the p-value of their shares
    ramps     1 % → 50 % → 100 %: people who changed sides, or left
    cost      ten running experiments, each with a layer, a holdout and three conditions, for somebody whose buckets are
              known, and for somebody new
"""

import statistics
import time
from collections import Counter
from dataclasses import replace

from scipy.stats import chi2_contingency, chisquare

from bench.report import write
from bowerbird.experiments import BUCKETS, Condition, Phase, UnitBuckets, arms_of, assign, below

IDS = 200_000
PAIRS = 20
SIDES = ("control", "treatment")
PHASE = Phase(
    inclusion_salt="e/in", included_below=BUCKETS, variant_salt="e/1", arms=arms_of([(one, 1) for one in SIDES])
)
CONDITIONS = (
    Condition(attribute="region", test="one_of", values=("NZ", "AU")),
    Condition(attribute="age", test="at_least", values=(18,)),
    Condition(attribute="staff", test="missing"),
)
KNOWN = {"region": "AU", "age": 40}


def main() -> None:
    """Measure all three."""
    people = [UnitBuckets(f"user-{number}") for number in range(IDS)]
    of_pairs, of_shares = [], []
    for pair in range(PAIRS):
        one, two = (
            [assign(replace(PHASE, variant_salt=f"{pair}-{side}/1"), UnitBuckets(each.unit)).variant for each in people]
            for side in "ab"
        )
        table = Counter(zip(one, two, strict=True))
        of_pairs.append(float(chi2_contingency([[table[a, b] for b in SIDES] for a in SIDES]).pvalue))
        of_shares.append(float(chisquare([one.count(side) for side in SIDES]).pvalue))

    moved = 0
    before: dict[str, str] = {}
    for traffic in (0.01, 0.5, 1.0):
        phase = replace(PHASE, included_below=below(traffic))
        now = {each.unit: found for each in people if (found := assign(phase, each).variant) is not None}
        moved += sum(now.get(unit) != variant for unit, variant in before.items())
        before = now

    ten = [
        replace(
            PHASE, inclusion_salt=f"{one}/in", variant_salt=f"{one}/1", layer_salt="l/layer", segments=((0, 10_000),),
            holdout_salt="w/holdout", held_below=below(0.01), conditions=CONDITIONS,
        )
        for one in range(10)
    ]  # fmt: skip
    figures = {
        "ids": IDS,
        "pairs": PAIRS,
        "smallest_p_of_pairs": round(min(of_pairs), 4),
        "must_be_above": 0.05 / PAIRS,
        "smallest_p_of_shares": round(min(of_shares), 4),
        "moved_by_ramps": moved,
        "ten_experiments_us": round(1e6 * _seconds(ten, people[:2_000], known=True), 1),
        "ten_experiments_of_a_new_person_us": round(1e6 * _seconds(ten, people[:2_000], known=False), 1),
    }
    write(
        "assignment",
        figures,
        headline={
            "smallest p of 20 pairs of experiments (200,000 ids; above .0025 is independent)": round(min(of_pairs), 3),
            "people whom ramps from 1 % to 100 % moved": moved,
            "assignment to ten experiments, µs": figures["ten_experiments_us"],
        },
    )  # fmt: skip
    assert min(of_pairs) > 0.05 / PAIRS, of_pairs
    assert not moved


def _seconds(phases: list[Phase], people: list[UnitBuckets], *, known: bool) -> float:
    """The median time of a person in all of the phases."""
    took = []
    for each in people:
        unit = UnitBuckets(each.unit)
        for _ in range(1 + known):
            began = time.perf_counter()
            for phase in phases:
                assign(phase, unit, KNOWN)
            last = time.perf_counter() - began
        took.append(last)
    return statistics.median(took)


if __name__ == "__main__":
    main()
