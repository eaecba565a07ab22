"""The A/A test that is always on tells how often nothing is called a difference."""

import asyncio
import sys

import numpy as np
import pytest
import sqlalchemy as sa

from bowerbird.experiments import AlwaysOn, a_a
from bowerbird.experiments.a_a import KeptAlwaysOn, Rates
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.kernel.ids import new_id
from bowerbird.records.tables import events, items, persons

from .conftest import START_S, Lab

DAY_S = 86_400.0


def did(lab: Lab, people: int, *, seed: int = 5) -> None:
    """So many people do things on some of fourteen days, with habits that differ from one to the other."""
    draw = np.random.default_rng(seed)
    workspace = lab.scope.workspace
    made = [
        {
            "id": new_id(lab.clock),
            "workspace": workspace,
            "external_id": f"user-{number}",
            "name": "",
            "created_at": 0.0,
        }
        for number in range(people)
    ]

    def write(conn: sa.Connection) -> None:
        item = conn.execute(sa.select(items.c.id).limit(1)).scalar_one()
        conn.execute(sa.insert(persons), made)
        done = [
            {"workspace": workspace, "person": one["id"], "item": item, "kind": kind, "received_at": START_S,
             "at": START_S + day * DAY_S + 60, "key": f"{number}-{kind}-{day}"}
            for number, one in enumerate(made)
            for kind, habit in (("opened", draw.gamma(1.0, 0.3)), ("saved", 0.1))
            for day in range(int(draw.integers(0, 12)), 14) if draw.random() < habit
        ]  # fmt: skip
        conn.execute(sa.insert(events), done)

    lab.records.write(write)
    lab.clock.advance(14 * DAY_S)


def seen(lab: Lab) -> AlwaysOn:
    """What is told."""
    return lab.records.read(lambda conn: a_a(conn, lab.scope.workspace, clock=lab.clock))


def test_looking_every_day_alarms_seldom_by_the_tests_that_experiments_are_judged_by(lab: Lab) -> None:
    """Of 100 draws at most a few; a test for one look alarms several times as often. The shares are right."""
    did(lab, 600)

    found = seen(lab)

    assert (found.draws, found.looks, found.ok, found.reason) == (100, 14, True, None)
    assert set(found.rates) == {"opened", "saved"}
    assert 500 < found.people <= 600
    for rates in found.rates.values():
        assert rates.at_any_time <= 0.05
        assert rates.for_one_look > max(0.1, 2 * rates.at_any_time)
    assert found.wrong_shares <= 0.01


def test_too_few_people_tell_nothing(lab: Lab) -> None:
    """The reason is told instead; what others do, in another time, does not count."""
    did(lab, 400)
    lab.clock.advance(8 * DAY_S)
    before = seen(lab)
    lab.clock.advance(20 * DAY_S)
    after = seen(lab)

    assert before.people > 200
    assert (after.people, after.rates, after.ok) == (0, {}, None)
    assert after.reason == "0 people did something in the last 14 days; expected 200"


async def test_what_was_made_while_nobody_waited_does_not_stand_for_ever(lab: Lab) -> None:
    """What is kept is of the last hour; after it, what people did since is seen."""
    did(lab, 250)
    always_on = KeptAlwaysOn(lab.records, lab.clock)
    workspace = lab.scope.workspace

    assert await always_on.soon(workspace, wait_s=0) is None
    await settled()
    first = await always_on.soon(workspace, wait_s=0)
    lab.clock.advance(2 * 3_600.0)
    for number in range(250):
        lab.do(f"new-{number}", "opened")
    again = await always_on.soon(workspace, wait_s=60)
    await always_on.close()

    assert first is not None
    assert again is not None
    assert again.people > first.people + 200


async def test_what_failed_while_nobody_waited_is_tried_anew(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records that did not answer a while ago may answer now."""
    did(lab, 250)
    always_on = KeptAlwaysOn(lab.records, lab.clock)
    workspace = lab.scope.workspace
    with monkeypatch.context() as broken:
        broken.setattr(sys.modules["bowerbird.experiments.a_a"], "a_a", fail)
        assert await always_on.soon(workspace, wait_s=0) is None
        await settled()
    found = await always_on.soon(workspace, wait_s=60)
    await always_on.close()

    assert found is not None
    assert found.people > 200


async def settled() -> None:
    """Until nothing else is under way."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
        await asyncio.sleep(0)


def fail(*_: object, **_more: object) -> AlwaysOn:
    """As records that do not answer."""
    raise StoreUnavailable("the disk is gone")


@pytest.mark.parametrize(("rate", "ok"), [(0.02, True), (0.11, True), (0.12, False)])
def test_it_is_wrong_only_beyond_what_a_hundred_draws_explain(rate: float, ok: bool) -> None:
    """5 % and three standard errors."""
    assert AlwaysOn(500, 100, 14, 0.05, {"opened": Rates(rate, 0.3)}, 0.0, None).ok is ok
