"""Whether a metric changed alike for everybody: what differs is found, what does not is not, however one looks."""

import json
import random
from collections.abc import Mapping
from typing import Any, Final

import pytest
import sqlalchemy as sa

from bowerbird.experiments import BySegment, Experiments, by_segment
from bowerbird.experiments.by_segment import FEWEST
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.ids import new_id
from bowerbird.records.tables import events, experiment_totals, experiment_units, exposures, items, persons

from .conftest import Lab

PLAN: Final[dict[str, Any]] = {
    "hypothesis": "More is opened.",
    "metric": "opened",
    "direction": "higher",
    "n_star": 4_000,
    "metrics": [
        {"name": "opened", "kinds": ["opened"]},
        {"name": "opens", "kinds": ["opened"], "of": "count", "winsorise": 0.99},
        {"name": "rate", "kinds": ["opened"], "of": "count", "per": ["shown"]},
    ],
}


def come(
    lab: Lab,
    people: int,
    chances: Mapping[str, float],
    *,
    seed: int = 0,
    created_at: float | None = None,
    before: float = 0.0,
    **known: object,
) -> None:
    """So many people to each variant, of whom that is known; they open something with the variant's chance."""
    draw, one, at = random.Random(seed), lab.find(), lab.clock.now_s()
    item = lab.records.read(lambda conn: conn.execute(sa.select(items.c.id).limit(1)).scalar_one())
    attributes = json.dumps(known, sort_keys=True, separators=(",", ":"))
    rows: dict[str, list[dict[str, Any]]] = {"persons": [], "exposures": [], "events": []}
    for variant, chance in chances.items():
        for _ in range(people):
            person = new_id(lab.clock)
            rows["persons"].append(
                {"id": person, "workspace": one.workspace, "external_id": person, "name": "",
                 "created_at": at if created_at is None else created_at}
            )  # fmt: skip
            rows["exposures"].append(
                {"workspace": one.workspace, "experiment": one.id, "phase": one.phase, "person": person,
                 "variant": variant, "others": 0, "at": at, "is_bot": False, "attributes": attributes}
            )  # fmt: skip
            did = {"shown": 1.0, "opened": chance}
            done = [(kind, at + 1) for kind, share in did.items() if draw.random() < share]
            done += [("opened", at - 60)] if draw.random() < before else []
            rows["events"] += [
                {"workspace": one.workspace, "person": person, "item": item, "kind": kind, "at": when,
                 "received_at": when, "key": f"{person}{kind}{when:.0f}"[:64]}
                for kind, when in done
            ]  # fmt: skip

    def write(conn: sa.Connection) -> None:
        for table in (persons, exposures, events):
            if rows[table.name]:
                conn.execute(sa.insert(table), rows[table.name])

    lab.records.write(write)


def seen(lab: Lab, **how: Any) -> BySegment:
    """All segments once all is counted."""
    lab.count()
    return lab.records.read(lambda conn: by_segment(conn, lab.find(), clock=lab.clock, **how))


def test_a_segment_in_which_the_effect_is_another_is_found(lab: Lab) -> None:
    """On phones it helps, elsewhere it does not; people who are new or known are alike, and nobody is lost."""
    lab.running(plan=PLAN)
    lab.clock.advance(10)
    for at, created in enumerate((lab.clock.now_s(), 0.0)):
        come(lab, 500, {"control": 0.2, "treatment": 0.5}, seed=at, created_at=created, device="phone")
        come(lab, 500, {"control": 0.2, "treatment": 0.2}, seed=9 + at, created_at=created, device="desk")

    found = seen(lab)

    assert found.dimensions is not None
    device, new = found.dimensions
    assert (device.name, device.kind, new.name) == ("device", "attribute", "new here")
    assert device.p < 0.001
    assert device.p_once < 0.001
    effects = {one.value: one.effects["treatment"] for one in device.segments}
    assert {value: one.differs for value, one in effects.items()} == {"phone": "more", "desk": "less"}
    phone, desk = effects["phone"], effects["desk"]
    assert (phone.lift, phone.elsewhere) == (desk.elsewhere, desk.lift)
    assert phone.ci is not None
    assert phone.ci[0] < 1.5 < phone.ci[1]
    assert [sum(one.people.values()) for one in device.segments] == [2_000, 2_000]
    assert new.p > 0.05
    assert {it.differs for one in new.segments for it in one.effects.values()} == {None}
    assert (found.asked, found.left_out, found.measure) == (2, 0, "relative")


@pytest.mark.parametrize("metric", ["opened", "opens", "rate"])
def test_the_segments_of_a_dimension_add_up_to_everybody(lab: Lab, metric: str) -> None:
    """Their people are those of the results, and what stands against each is exactly the others."""
    lab.running(plan=PLAN)
    lab.clock.advance(10)
    for number in range(3):
        chances = {"control": 0.3, "treatment": 0.4}
        come(lab, 150 + 50 * number, chances, seed=number, before=0.4, region=f"r{number}", paid=bool(number))

    found = seen(lab, metric=metric)

    came = {name: one.people for name, one in lab.results().exposures.items()}
    assert found.dimensions is not None
    assert {one.name for one in found.dimensions} == {"region", "paid", "did it before"}
    for dimension in found.dimensions:
        people = [one.people for one in dimension.segments]
        assert {name: sum(one[name] for one in people) for name in came} == came
        for one in dimension.segments:
            effect = one.effects["treatment"]
            assert effect.reason is None, (dimension.name, one.value, effect.reason)
            if len(dimension.segments) == 2:
                (other,) = [each for each in dimension.segments if each is not one]
                assert effect.elsewhere == pytest.approx(other.effects["treatment"].lift, rel=1e-9)


def test_nothing_is_found_where_there_is_nothing(lab: Lab) -> None:
    """Of 25 experiments, each with 8 segments that are alike and looked at 4 times, at most 3 find a difference."""
    wrong = 0
    lab.running(plan=PLAN)
    lab.clock.advance(10)
    for draw in range(25):
        for look in range(4):
            for region in range(8):
                chances = {"control": 0.3, "treatment": 0.36}
                come(lab, 40, chances, seed=1_000 * draw + 10 * look + region, region=f"r{region}")
            found = seen(lab)
            assert found.dimensions is not None
            if any(it.differs for one in found.dimensions for s in one.segments for it in s.effects.values()):
                wrong += 1
                break

        def empty(conn: sa.Connection) -> None:
            for table in (experiment_units, experiment_totals):
                conn.execute(sa.delete(table))
            conn.execute(sa.delete(exposures))

        lab.records.write(empty)
    assert wrong <= 3


def test_of_a_segment_with_few_people_nothing_is_said(lab: Lab) -> None:
    """The reason is; so of the values beyond the ten largest, which are one."""
    lab.running(plan=PLAN)
    lab.clock.advance(10)
    come(lab, 300, {"control": 0.3, "treatment": 0.4}, language="en")
    for number in range(12):
        come(lab, 5, {"control": 0.3, "treatment": 0.4}, seed=number, language=f"x{number}")

    found = seen(lab)

    assert found.dimensions is not None
    (language,) = found.dimensions
    values = [one.value for one in language.segments]
    assert (values[0], values[-1], len(values)) == ("en", "(others)", 11)
    reasons = {one.effects["treatment"].reason for one in language.segments[1:-1]}
    assert reasons == {f"5 people in control; it takes {FEWEST}"}
    first = language.segments[0].effects["treatment"]
    assert (first.lift is not None, first.elsewhere, first.differs) == (True, None, None)
    assert (language.p, found.asked) == (1.0, 0)


def test_while_it_is_locked_no_segment_is_told(lab: Lab) -> None:
    """Not even how many people are in which."""
    lab.running(plan=PLAN)
    come(lab, 300, {"control": 0.3}, device="phone")
    come(lab, 100, {"treatment": 0.9}, device="phone")

    told = seen(lab).to_json()

    assert (told["locked"], told["dimensions"], told["asked"]) == (True, None, 0)
    assert "promised shares" in told["locked_because"]


async def test_what_there_is_not_is_told(lab: Lab, service: Experiments) -> None:
    """A draft, a metric, a phase and an experiment."""
    workspace = lab.scope.workspace
    lab.draft(plan=PLAN)
    with pytest.raises(InputWrong, match="is a draft"):
        await service.by_segment("ranker", workspace)
    lab.running("other", plan=PLAN)
    with pytest.raises(InputWrong, match="no metric 'nps' in the plan of other; expected one of opened, opens, rate"):
        await service.by_segment("other", workspace, metric="nps")
    with pytest.raises(NotFound, match="has 1 phases"):
        await service.by_segment("other", workspace, phase=2)
    with pytest.raises(NotFound):
        await service.by_segment("nothing", workspace)
    nobody = await service.by_segment("other", workspace)
    assert nobody.dimensions == ()


def test_a_quantile_is_not_told_by_segment(lab: Lab) -> None:
    """Its parts do not add up; that is said, and nothing made up."""
    metric = {"name": "p90", "kinds": ["opened"], "of": "count", "quantile": 0.9}
    lab.running(plan=PLAN | {"metric": "p90", "metrics": [metric]})
    come(lab, 300, {"control": 0.3, "treatment": 0.4}, region="NZ")
    come(lab, 300, {"control": 0.3, "treatment": 0.4}, region="AU")

    found = seen(lab)

    assert (found.dimensions, found.locked_because) == ((), None)
    assert "quantile" in (found.reason or "")
