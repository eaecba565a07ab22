"""Quantiles and bounds of what people did are those of all values, of people who did nothing too."""

import random
from collections.abc import Callable
from math import ceil, fsum
from typing import Any, TypeVar

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from bowerbird.experiments import Plan, by_segment, read, report, results
from bowerbird.experiments.exact import rounded
from bowerbird.experiments.ranks import Measured, capped, quantiles
from bowerbird.experiments.statistics import analyse, quantile_of, winsorise
from bowerbird.experiments.totals import totals_of
from bowerbird.feed import NewEvent
from bowerbird.kernel.errors import InputWrong

from .conftest import PLAN, Lab

Seen = TypeVar("Seen")

DWELL: dict[str, Any] = {"name": "dwell", "kinds": ["dwelt"], "of": "sum"}
WORTH: dict[str, Any] = {"name": "worth", "kinds": ["saved"], "of": "sum"}


def plan(*metrics: dict[str, Any]) -> dict[str, Any]:
    """Of these metrics; the first decides."""
    return PLAN | {"metric": metrics[0]["name"], "metrics": list(metrics), "guardrails": []}


def crowd(lab: Lab, seed: int, *, people: int = 60) -> dict[str, list[float]]:
    """Everybody's worth by variant: losses, gains, nothing, and the same several times."""
    lab.running("one", plan=plan(WORTH))
    draw = random.Random(seed)
    names = [f"user-{number}" for number in range(people)]
    values: dict[str, list[float]] = {"control": [], "treatment": []}
    for name, outcome in zip(names, lab.expose(*names, name="one"), strict=True):
        worth = draw.choice([0.0, 0.0, -3.0, -0.5, 0.1, 2.0, 2.0, 1e17]) if seed else draw.choice([0.0, 1.0])
        if worth or draw.random() < 0.3:
            lab.do(name, "saved", value=worth)
        values[str(outcome.variant)].append(worth)
    lab.count()
    return values


def measured(lab: Lab, values: dict[str, list[float]]) -> Measured:
    """As it is in the records."""
    one = lab.find("one")
    totals = lab.records.read(lambda conn: totals_of(conn, one.id, 1))
    people = {name: len(some) for name, some in values.items()}
    return Measured(one.id, 1, "worth", people, {name: totals.get(("worth", name), {}) for name in values})


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_quantiles_are_those_of_all_values(lab: Lab, seed: int) -> None:
    """By variant: the estimate, and the interval of order statistics that the statistics find in the values."""
    values = crowd(lab, seed)
    its = measured(lab, values)
    for q in (0.2, 0.35, 0.5, 0.75, 0.9):
        found = lab.records.read(lambda conn, q=q: quantiles(conn, its, q))  # type: ignore[misc]
        for name, some in values.items():
            expected = quantile_of(some, q)
            if expected is not None:
                assert found[name] == pytest.approx(expected, rel=1e-12), (q, name)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_cap_cuts_all_values_at_one_bound(lab: Lab, seed: int) -> None:
    """At the value of the rank among everybody; what the others add up to is not touched by what was cut."""
    values = crowd(lab, seed)
    its = measured(lab, values)
    everybody = sorted(one for some in values.values() for one in some)
    for share in (0.1, 0.3, 0.55, 0.8, 0.9, 0.99):
        cap, sums = lab.records.read(lambda conn, share=share: capped(conn, its, share))  # type: ignore[misc]
        assert cap == everybody[ceil(share * len(everybody)) - 1]
        for name, some in values.items():
            cut = [min(one, cap) for one in some]
            assert rounded(sums[name].get("sum", ())) == fsum(cut), (share, name)
            assert rounded(sums[name].get("sum_sq", ())) == fsum(one * one for one in cut), (share, name)


def test_nobody_has_no_bound_and_the_quantile_0(lab: Lab) -> None:
    """Neither fails."""
    lab.running("one", plan=plan(WORTH | {"quantile": 0.9}, DWELL | {"winsorise": 0.99}))
    found = lab.results("one").requests

    assert found["worth"]["variants"]["control"] == {"n": 0, "estimate": 0.0, "lower": 0.0, "upper": 0.0}
    assert analyse(found["worth"]).results["treatment"].headline.lift is None


@pytest.mark.parametrize("share", [0.55, 0.57, 0.8, 0.905, 0.99])
def test_people_are_cut_as_values_in_a_file_are(lab: Lab, share: float) -> None:
    """At the same value of the same rank, also where the share as a number is not quite what was written."""
    lab.running("one", plan=plan(DWELL | {"winsorise": share, "before_days": 0}))
    names = [f"user-{number}" for number in range(100)]
    values: dict[str, list[float]] = {"control": [], "treatment": []}
    done: list[NewEvent] = []
    for worth, (name, outcome) in enumerate(zip(names, lab.expose(*names, name="one"), strict=True), start=1):
        values[str(outcome.variant)].append(float(worth))
        done.append(NewEvent(lab.item, "dwelt", person=name, value=float(worth)))
    lab.do_all(done)
    mine = lab.results("one").requests["dwell"]["variants"]
    cut = winsorise({name: np.asarray(some) for name, some in values.items()}, share)

    assert max(float(some.max()) for some in cut.values()) == round(share * 100 + 0.4)
    for name, some in cut.items():
        assert (mine[name]["sum"], mine[name]["sum_sq"]) == (float(some.sum()), float(some @ some))


def test_a_cap_counts_those_who_did_nothing(lab: Lab) -> None:
    """Ten people, four of whom stayed for 10 to 10,000 seconds: the bound at .8 is 100, and the sum 310."""
    lab.running("one", plan=plan(DWELL | {"winsorise": 0.8}))
    people = [f"user-{number}" for number in range(10)]
    lab.expose(*people, name="one")
    for number, person in enumerate(people[:4]):
        lab.do(person, "dwelt", value=float(10 ** (number + 1)))

    assert lab.sums("dwell", "one")["sum"] == 310


def test_a_quantile_metric_is_analysed_as_its_values_are(lab: Lab) -> None:
    """From the people to the report: the same lift and interval as from a file of everybody's values."""
    lab.running("one", plan=plan(DWELL | {"quantile": 0.75}, DWELL | {"name": "mean"}))
    draw = random.Random(5)
    names = [f"user-{number}" for number in range(400)]
    values: dict[str, list[float]] = {"control": [], "treatment": []}
    done: list[tuple[str, float]] = []
    for name, outcome in zip(names, lab.expose(*names, name="one"), strict=True):
        stays = round(draw.expovariate(0.1) * (2 if outcome.variant == "treatment" else 1), 2)
        did = draw.random() < 0.8
        values[str(outcome.variant)].append(stays if did else 0.0)
        done += [(name, stays)] * did
    for name, stays in done:
        lab.do(name, "dwelt", value=stays)
    lab.count()
    seen = lab.records.read(lambda conn: report(conn, lab.find("one"), clock=lab.clock))
    of_values = analyse(
        {
            "metric": "quantile", "quantile": 0.75, "control": "control", "n_star": 5_000,
            "variants": {name: {"values": some} for name, some in values.items()},
        }
    )  # fmt: skip
    assert seen.metrics is not None
    mine, theirs = (one.results["treatment"].headline for one in (seen.metrics["dwell"].analysis, of_values))

    assert seen.metrics["dwell"].form == "quantile"
    assert theirs.ci is not None
    assert mine.lift == pytest.approx(theirs.lift, rel=1e-9)
    assert mine.se == pytest.approx(theirs.se, rel=1e-9)
    assert mine.ci == pytest.approx(theirs.ci, rel=1e-9)
    assert (theirs.lift or 0) > 0.3
    assert seen.novelty_reason == "the effect by days is told of means and proportions, and this metric is a quantile"


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ({"name": "m", "kinds": ["opened"], "quantile": 0.9}, "quantile is of who did it"),
        ({"name": "m", "kinds": ["opened"], "per": ["shown"], "of": "count", "quantile": 0.9}, "is of a ratio"),
        (DWELL | {"quantile": 0.9, "winsorise": 0.99}, "winsorise is of a quantile"),
        (DWELL | {"quantile": 1.0}, "quantile"),
    ],
)
def test_what_has_no_quantile_is_refused(metric: dict[str, Any], words: str) -> None:
    """With what is wrong."""
    with pytest.raises(InputWrong, match=words):
        read(Plan, plan(metric))


def test_what_is_locked_is_not_added_up(lab: Lab) -> None:
    """While shares are wrong, no look reads what people did: neither quantiles nor bounds, nor a request."""
    lab.running("one", plan=plan(DWELL | {"quantile": 0.5}, DWELL | {"name": "cut", "winsorise": 0.9}))
    names = [f"user-{number}" for number in range(120)]
    lab.expose(*names, name="one")
    lab.records.write(lambda conn: conn.execute(sa.text("UPDATE exposures SET variant = 'control'")))
    lab.do("user-1", "dwelt", value=3.0)
    lab.count()
    is_locked, said = heard(lab, lambda conn: report(conn, lab.find("one"), clock=lab.clock).locked)

    assert is_locked
    assert said
    assert not [one for one in said if "experiment_units" in one]
    assert lab.results("one").requests == {}


def test_a_look_at_one_metric_adds_up_no_other(lab: Lab) -> None:
    """By segment, the quantiles and bounds of the plan's other metrics are not read."""
    lab.running("one", plan=plan(DWELL, WORTH | {"quantile": 0.5}, DWELL | {"name": "cut", "winsorise": 0.9}))
    lab.expose("a", "b", "c", name="one")
    for name in "abc":
        lab.do(name, "dwelt", value=3.0)
    lab.count()
    found, said = heard(lab, lambda conn: by_segment(conn, lab.find("one"), clock=lab.clock))

    assert found.metric == "dwell"
    assert found.locked_because is None
    assert not [one for one in said if "row_number" in one.lower() or "ORDER BY experiment_units.value" in one]
    one = lab.records.read(lambda conn: results(conn, lab.find("one"), only=("cut",), clock=lab.clock))
    assert list(one.requests) == ["cut"]


def heard(lab: Lab, look: Callable[[sa.Connection], Seen]) -> tuple[Seen, list[str]]:
    """What is seen, and the statements that it took."""
    said: list[str] = []

    def listening(conn: sa.Connection) -> Seen:
        def hear(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            said.append(statement)

        event.listen(conn, "before_cursor_execute", hear)
        try:
            return look(conn)
        finally:
            event.remove(conn, "before_cursor_execute", hear)

    return lab.records.read(listening), said
