"""Who gets which variant: never moved by a ramp, in shares as asked, independent between experiments."""

import json
import subprocess
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

from bowerbird.experiments import BUCKETS, Arm, Condition, Phase, UnitBuckets, arms_of, assign, below
from bowerbird.experiments.assign import Assignment
from tests.node import NODE

DOCS: Final = Path(__file__).resolve().parents[3] / "docs"
PUBLISHED: Final[dict[str, Any]] = json.loads((DOCS / "reference" / "buckets.json").read_text())
HALVES: Final = arms_of([("control", 1), ("treatment", 1)])
PHASE: Final = Phase(inclusion_salt="e/in", included_below=BUCKETS, variant_salt="e/1", arms=HALVES)
UNITS: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SHARES: Final = st.floats(0.0001, 1.0)
SCRIPT: Final = """
import { readFileSync } from "node:fs";
const { variant } = await import(process.argv[1]);
const { phases, variants } = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(variants.map(({ phase, unit, attributes }) => variant(phases[phase], unit, attributes))));
"""


def units(number: int) -> list[UnitBuckets]:
    """Sequential ids, which weak hashes tell apart badly."""
    return [UnitBuckets(f"user-{one}") for one in range(number)]


def read_phase(said: dict[str, Any]) -> Phase:
    """The phase that was published so."""
    return Phase(
        inclusion_salt=said["inclusion_salt"],
        included_below=int(said["included_below"]),
        variant_salt=said["variant_salt"],
        arms=tuple(Arm(arm["name"], int(arm["end"])) for arm in said["arms"]),
        conditions=tuple(Condition.model_validate(one) for one in said["conditions"]),
        layer_salt=said["layer_salt"],
        segments=None if said["segments"] is None else tuple((one[0], one[1]) for one in said["segments"]),
        holdout_salt=said["holdout_salt"],
        held_below=int(said["held_below"]),
    )


def test_the_published_variants_are_what_it_assigns() -> None:
    """In every phase each outcome occurs, and what is published of a phase is all that assignment needs."""
    phases = {name: read_phase(said) for name, said in PUBLISHED["phases"].items()}

    for one in PUBLISHED["variants"]:
        found = assign(phases[one["phase"]], UnitBuckets(one["unit"]), one["attributes"])
        assert found.variant == one["variant"], one
    assert all(phase.to_json() == PUBLISHED["phases"][name] for name, phase in phases.items())
    outcomes = {(one["phase"], one["variant"]) for one in PUBLISHED["variants"]}
    assert {(name, arm.name) for name, phase in phases.items() for arm in phase.arms} <= outcomes


def test_the_javascript_client_assigns_the_same() -> None:
    """The published ones, and a thousand others in each of the published phases."""
    phases = {name: read_phase(said) for name, said in PUBLISHED["phases"].items()}
    attributes: list[dict[str, object]] = [{"region": "NZ", "age": 18.5}, {"age": 60, "region": "AU", "staff": None}]
    cases = [
        {"phase": name, "unit": f"袋鼠🦘{number}", "attributes": attributes[number % 2]}
        for name in phases
        for number in range(1_000)
    ]
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", SCRIPT, (DOCS / "clients" / "bucket.mjs").as_uri()],
        input=json.dumps({"phases": PUBLISHED["phases"], "variants": [*PUBLISHED["variants"], *cases]}),
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    ours = [
        assign(phases[str(one["phase"])], UnitBuckets(str(one["unit"])), one["attributes"]).variant for one in cases
    ]
    assert json.loads(done.stdout) == [one["variant"] for one in PUBLISHED["variants"]] + ours


@given(UNITS, SHARES, SHARES)
def test_more_traffic_moves_nobody(unit: str, one: float, two: float) -> None:
    """Who is in stays in, with the same variant, however the traffic grows."""
    less, more = sorted((one, two))
    before = assign(replace(PHASE, included_below=below(less)), UnitBuckets(unit))
    after = assign(replace(PHASE, included_below=below(more)), UnitBuckets(unit))

    assert before.variant is None or before == after


def test_a_ramp_from_one_to_a_hundred_percent_moves_nobody() -> None:
    """1 %, 50 %, 100 %: in each step the ones before keep theirs, and the shares are as asked."""
    people = units(20_000)
    before: dict[str, str] = {}
    for traffic in (0.01, 0.5, 1.0):
        phase = replace(PHASE, included_below=below(traffic))
        now = {one.unit: found for one in people if (found := assign(phase, one).variant) is not None}
        assert before.items() <= now.items()
        assert len(now) / len(people) == pytest.approx(traffic, abs=0.015)
        before = now


@given(st.lists(st.integers(1, 1_000), min_size=2, max_size=20))
def test_ranges_are_as_wide_as_weights_say_and_cover_all(weights: list[int]) -> None:
    """To one bucket of 2^64, in their order, the last up to the end."""
    arms = arms_of([(f"v{number}", weight) for number, weight in enumerate(weights)])
    starts = [0, *(arm.end for arm in arms)]

    assert arms[-1].end == BUCKETS
    for weight, start, arm in zip(weights, starts, arms, strict=False):
        assert abs(arm.end - start - Fraction(weight, sum(weights)) * BUCKETS) <= 1


@given(st.integers(0, BUCKETS - 1), st.lists(st.floats(0.001, 1.0), min_size=2, max_size=10))
def test_every_bucket_is_in_one_range(bucket: int, weights: list[float]) -> None:
    """Also the first and the last, with weights that no sum of floats hits."""
    phase = replace(PHASE, arms=arms_of([(f"v{number}", weight) for number, weight in enumerate(weights)]))

    assert phase.arm(bucket) in {arm.name for arm in phase.arms}
    assert phase.arm(0) == "v0"
    assert phase.arm(BUCKETS - 1) == f"v{len(weights) - 1}"


def test_shares_of_variants_are_as_weights_say() -> None:
    """Of 30,000 sequential ids."""
    phase = replace(PHASE, arms=arms_of([("a", 0.1), ("b", 0.2), ("c", 0.7)]))
    counts = Counter(assign(phase, one).variant for one in units(30_000))

    assert chisquare([counts[name] for name in "abc"], [3_000, 6_000, 21_000]).pvalue > 0.001


def test_experiments_are_independent_of_each_other_and_of_their_inclusion() -> None:
    """Twenty pairs of 10,000 sequential ids; 200,000 of them in `python -m bench.quality.assignment`."""
    people = units(10_000)
    smallest = 1.0
    for pair in range(20):
        phases = [replace(PHASE, variant_salt=f"e{pair}-{side}/1") for side in "ab"]
        table = Counter((assign(phases[0], one).variant, assign(phases[1], one).variant) for one in people)
        sides = ("control", "treatment")
        smallest = min(smallest, chi2_contingency([[table[a, b] for b in sides] for a in sides]).pvalue)
    assert smallest > 0.05 / 20

    half = replace(PHASE, included_below=below(0.5))
    within = Counter(assign(half, one).variant for one in people)
    assert chisquare([within["control"], within["treatment"]]).pvalue > 0.001


def test_a_new_phase_draws_anew() -> None:
    """Another salt: about half of everybody changes sides, and nobody is in who was not."""
    people = units(4_000)
    first = [assign(PHASE, one).variant for one in people]
    second = [assign(replace(PHASE, variant_salt="e/2"), one).variant for one in people]

    assert sum(a != b for a, b in zip(first, second, strict=True)) / len(people) == pytest.approx(0.5, abs=0.03)


def test_two_experiments_of_a_layer_have_nobody_in_common() -> None:
    """And together all who are in the layer."""
    people = units(5_000)
    layer = replace(PHASE, layer_salt="l/layer", segments=((0, 3_000), (9_000, 10_000)))
    other = replace(layer, inclusion_salt="f/in", variant_salt="f/1", segments=((3_000, 9_000),))

    both = [(assign(layer, one), assign(other, one)) for one in people]

    assert all((one.variant is None) != (two.variant is None) for one, two in both)
    assert {one.why for one, _ in both} == {"assigned", "another segment"}
    assert sum(one.variant is not None for one, _ in both) / len(people) == pytest.approx(0.4, abs=0.03)


def test_the_held_out_are_the_same_for_every_experiment() -> None:
    """A larger holdout holds them too."""
    people = units(3_000)
    one = replace(PHASE, holdout_salt="w/holdout", held_below=below(0.05))
    two = replace(one, inclusion_salt="f/in", variant_salt="f/1", held_below=below(0.1))

    held = {each.unit for each in people if assign(one, each).why == "held out"}
    more = {each.unit for each in people if assign(two, each).why == "held out"}

    assert held < more
    assert len(held) / len(people) == pytest.approx(0.05, abs=0.015)


def test_what_is_kept_is_kept_only_while_one_may_be_in() -> None:
    """Sticky: against the traffic and the weights, not against conditions, layers and holdouts, nor without the arm."""
    unit = UnitBuckets("user-1")
    sticky = replace(PHASE, is_sticky=True, included_below=0)

    assert assign(sticky, unit, kept="treatment") == Assignment("treatment", "kept")
    assert assign(sticky, unit, kept="gone") == Assignment(None, "no traffic")
    assert assign(replace(sticky, is_sticky=False), unit, kept="treatment").variant is None
    staff = Condition(attribute="staff", test="given")
    assert assign(replace(sticky, conditions=(staff,)), unit, kept="treatment").why == "not targeted"
    assert assign(replace(sticky, layer_salt="l", segments=()), unit, kept="treatment").why == "another segment"
    assert assign(replace(sticky, holdout_salt="h", held_below=BUCKETS), unit, kept="treatment").why == "held out"


def test_a_bucket_is_computed_once() -> None:
    """For each salt, however many experiments ask."""
    unit = UnitBuckets("user-1")
    asked: list[str] = []

    class Counting(UnitBuckets):
        __slots__ = ()

        def of(self, salt: str) -> int:
            asked.append(salt)
            return unit.of(salt)

    first = assign(PHASE, Counting("user-1"))
    assert (assign(PHASE, unit), sorted(asked)) == (first, ["e/1", "e/in"])
    assert unit.of("e/1") is unit.of("e/1")
