"""Experiments by the API: planned, met, measured, decided, remembered; and what is wrong is said."""

from typing import Any, Final

import pytest
import sqlalchemy as sa

from bowerbird.accounts import Role
from bowerbird.experiments import find
from bowerbird.feed import NewEvent, keep_events
from bowerbird.kernel.ids import new_id
from bowerbird.records.tables import exposures, persons
from bowerbird.web.api import experiment_results
from tests.feeding import furnish

from . import members
from .conftest import Site

PLAN: Final[dict[str, Any]] = {
    "hypothesis": "Fresher feeds are saved from more often.",
    "metric": "saved",
    "metrics": [
        {"name": "saved", "kinds": ["saved"]},
        {"name": "rate", "kinds": ["opened"], "of": "count", "per": ["shown"]},
    ],
}
RULES: Final[dict[str, Any]] = {"variants": [{"name": "control"}, {"name": "fresh"}]}


async def sent(site: Site, method: str, path: str, status: int, body: Any = None, **headers: str) -> Any:
    """What the API answers, with that status."""
    answer = await site.client.request(method, f"/v1/{path}", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def running(site: Site, **rules: Any) -> Any:
    """An experiment that has begun."""
    await sent(site, "POST", "experiments", 201, {"name": "ranker", "plan": PLAN, "rules": RULES | rules})
    return await sent(site, "POST", "experiments/ranker/start", 200)


async def test_from_a_plan_to_a_learning(site: Site) -> None:
    """Planned, started, met, measured, shipped, written down and found; each step is in its log."""
    furnish(site.library, 1)
    started = await running(site)
    assert (started["state"], started["phase"], started["keeps_its_promise"]) == ("running", 1, True)

    met = await sent(site, "POST", "experiments/ranker/exposures", 200, {})
    again = await sent(site, "POST", "experiments/ranker/exposures", 200, {"shown": met["variant"]})
    assert (met["state"], again["state"], again["variant"]) == ("first", "again", met["variant"])
    told = [NewEvent("page-1", "saved", sender=site.library.scope)]
    site.library.records.write(
        lambda conn: keep_events(conn, site.library.scope.workspace, told, clock=site.library.clock)
    )

    came = await sent(site, "GET", "experiments/ranker/results", 200)
    assert came["exposures"][met["variant"]] == {"people": 1, "multiple": 0, "bots": 0}
    saved = came["metrics"]["saved"]
    assert (saved["metric"], saved["control"]) == ("proportion", "control")
    assert saved["variants"][met["variant"]] == {
        "n": 1, "sum": 1.0, "sum_sq": 1.0, "pre_sum": 0.0, "pre_sum_sq": 0.0, "sum_pre": 0.0,
    }  # fmt: skip

    decided = await sent(
        site,
        "POST",
        "experiments/ranker/decide",
        200,
        {"decision": "ship", "variant": "fresh", "reasons": "It is better."},
    )
    assert (decided["state"], decided["given"]) == ("decided", "fresh")
    after = await sent(site, "POST", "experiments/ranker/exposures", 200, {})
    assert (after["variant"], after["state"]) == ("fresh", "not in")
    learnt = {"text": "Freshness matters.", "experiment": "ranker", "effect": {"metric": "saved", "lift": 0.1}}
    await sent(site, "POST", "learnings", 201, learnt)
    (found,) = (await sent(site, "GET", "learnings?q=FRESHNESS", 200))["learnings"]
    assert (found["text"], found["experiment"], found["effect"]["lift"]) == ("Freshness matters.", "ranker", 0.1)
    whole = await sent(site, "GET", "experiments/ranker", 200)
    assert [step["action"] for step in whole["log"]] == ["created", "started", "decided", "learnt"]
    assert [one["name"] for one in (await sent(site, "GET", "experiments", 200))["experiments"]] == ["ranker"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"rules": {"variants": [{"name": "control"}]}}, "at least 2"),
        ({"rules": {"variants": [{"name": "a", "weight": 0.5}, {"name": "b", "weight": 0.6}]}}, "add up to 1.1"),
        ({"rules": {"variants": [{"name": "a", "weight": -1}, {"name": "b"}]}}, "is -1; expected a number above 0"),
        ({"plan": PLAN | {"metric": "nps"}}, "no metric 'nps'"),
        ({"name": "../etc"}, "name"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused(site: Site, changed: dict[str, Any], says: str) -> None:
    """As a problem that names what was seen and what was expected; nothing is kept."""
    problem = await sent(site, "POST", "experiments", 422, {"name": "ranker", "plan": PLAN, "rules": RULES} | changed)
    assert says in str(problem)
    assert (await sent(site, "GET", "experiments", 200))["experiments"] == []


async def test_an_unsafe_change_needs_a_new_phase(site: Site) -> None:
    """The refusal says why; a safe one goes on."""
    await running(site, traffic=0.5)
    more = await sent(site, "PATCH", "experiments/ranker", 200, {"rules": RULES | {"traffic": 1.0}})
    assert (more["phase"], more["rules"]["traffic"]) == (1, 1.0)
    problem = await sent(site, "PATCH", "experiments/ranker", 422, {"rules": RULES | {"traffic": 0.1}})
    assert "the traffic falls from 1 to 0.1" in problem["detail"]
    less = {"rules": RULES | {"traffic": 0.1}, "new_phase": True}
    assert (await sent(site, "PATCH", "experiments/ranker", 200, less))["phase"] == 2


async def test_who_is_not_in_it_gets_the_control_and_is_not_recorded(site: Site) -> None:
    """By conditions, and because it is a program that asks for them."""
    await running(site, conditions=[{"attribute": "region", "test": "one_of", "values": ["NZ"]}])
    path = "experiments/ranker/exposures"
    abroad = await sent(site, "POST", path, 200, {"attributes": {"region": "AU"}})
    bot = await sent(site, "POST", path, 200, {"attributes": {"region": "NZ"}, "user_agent": "Googlebot/2.1"})

    assert (abroad["variant"], abroad["state"], abroad["why"]) == ("control", "not in", "not targeted")
    assert (bot["variant"], bot["state"], bot["why"]) == ("control", "not in", "a program")
    counted = sa.select(sa.func.count()).select_from(exposures)
    assert site.library.records.read(lambda conn: conn.execute(counted).scalar_one()) == 0
    await sent(site, "POST", path, 422, {"shown": "third", "attributes": {"region": "NZ"}})
    await sent(site, "POST", "experiments/nothing/exposures", 404, {})


async def test_who_may_do_what(site: Site) -> None:
    """A reader meets it, a curator reads it, an operator runs it, whose key acts for others; next door sees nothing."""
    await running(site)
    by = {
        role: members.key(site, members.join(site, f"{role.word}@example.org", role), role)
        for role in (Role.READER, Role.CURATOR, Role.OPERATOR)
    }
    there = members.join(site, "dan@example.org", Role.ADMIN, workspace=members.workspace(site, "Next door"))

    await sent(site, "POST", "experiments/ranker/exposures", 200, {}, **by[Role.READER])
    await sent(site, "GET", "experiments/ranker", 403, **by[Role.READER])
    await sent(site, "GET", "experiments/ranker/results", 200, **by[Role.CURATOR])
    await sent(site, "POST", "experiments/ranker/stop", 403, {}, **by[Role.CURATOR])
    for person in ("customer-1", "袋鼠"):
        await sent(site, "POST", f"experiments/ranker/exposures?user={person}", 200, {}, **by[Role.OPERATOR])
    came = await sent(site, "GET", "experiments/ranker/results", 200, **by[Role.OPERATOR])
    assert sum(one["people"] for one in came["exposures"].values()) == 3
    await sent(site, "POST", "experiments/ranker/stop", 200, **by[Role.OPERATOR])
    key = members.key(site, there, Role.ADMIN)
    assert (await sent(site, "GET", "experiments", 200, **key))["experiments"] == []
    await sent(site, "GET", "experiments/ranker", 404, **key)
    await sent(site, "POST", "experiments/ranker/exposures", 404, {}, **key)


async def test_what_is_published_of_a_phase_assigns_the_same(site: Site) -> None:
    """A client of one's own computes from it what the server answers."""
    from bowerbird.experiments import UnitBuckets, assign
    from tests.unit.experiments.test_assign import read_phase

    await running(site, traffic=0.7, holdout=0.1, layer="home", layer_share=0.9)
    phase = read_phase((await sent(site, "GET", "experiments/ranker", 200))["assignment"])
    key = members.key(site, members.join(site, "olga@example.org", Role.OPERATOR), Role.OPERATOR)
    for number in range(30):
        path = f"experiments/ranker/exposures?user=customer-{number}"
        met = await sent(site, "POST", path, 200, {}, **key)
        found = assign(phase, UnitBuckets(f"customer-{number}")).variant
        assert (met["variant"], met["state"]) == (found or "control", "first" if found else "not in")


async def test_wrong_shares_lock_report_and_results(site: Site) -> None:
    """Both say so and tell no figure; the report tells the shares, and advises to look for the cause."""
    one = await running(site)
    lose(site, {"control": 200, "fresh": 60})

    report = await sent(site, "GET", "experiments/ranker/report", 200)
    results = await sent(site, "GET", "experiments/ranker/results", 200)

    assert one["phase"] == report["phase"] == 1
    assert {name: (came["people"], came["expected"]) for name, came in report["variants"].items()} == {
        "control": (200, 130.0), "fresh": (60, 130.0)
    }  # fmt: skip
    assert (report["locked"], report["metrics"], report["looks"], report["srm"]["ok"]) == (True, None, None, False)
    assert report["advice"]["decision"] == "review"
    assert (results["locked"], results["metrics"]) == (True, {})
    assert results["locked_because"] == report["locked_because"]


async def test_a_report_tells_each_metric_once_the_shares_are_right(site: Site) -> None:
    """With the plan's primary metric, and advice; a phase that there is not is not found."""
    await running(site)
    lose(site, {"control": 130, "fresh": 130})

    report = await sent(site, "GET", "experiments/ranker/report", 200)

    assert (report["locked"], report["primary"], list(report["metrics"])) == (False, "saved", ["saved", "rate"])
    assert report["metrics"]["saved"]["analysis"]["results"]["fresh"]["n"] == 130
    assert report["advice"]["decision"] == "wait"
    await sent(site, "GET", "experiments/ranker/report?phase=2", 404)
    await sent(site, "GET", "experiments/nothing/report", 404)


def lose(site: Site, came: dict[str, int]) -> None:
    """Let so many people come to each variant, whatever its weight."""

    def write(conn: sa.Connection) -> None:
        one = find(conn, site.library.scope.workspace, "ranker")
        for variant, n in came.items():
            people = [new_id(site.library.clock) for _ in range(n)]
            conn.execute(
                sa.insert(persons),
                [
                    {"id": who, "workspace": one.workspace, "external_id": who, "name": "", "created_at": 0.0}
                    for who in people
                ],
            )
            row = {"workspace": one.workspace, "experiment": one.id, "phase": 1, "variant": variant, "others": 0}
            at = site.library.clock.now_s()
            conn.execute(sa.insert(exposures), [row | {"person": who, "at": at, "is_bot": False} for who in people])

    site.library.records.write(write)


async def test_who_asks_for_the_a_a_test_while_it_is_made_is_told_to_come_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while with 503 and when; it is made once, and there for who comes later."""
    furnish(site.library, 1)
    monkeypatch.setattr(experiment_results, "_WAIT_S", 0.0)
    late = await site.client.get("/v1/a-a")
    assert (late.status_code, late.headers["retry-after"]) == (503, "10")
    monkeypatch.undo()
    told = await sent(site, "GET", "a-a", 200)
    assert told["reason"] == "0 people did something in the last 14 days; expected 200"
