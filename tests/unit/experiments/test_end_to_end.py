"""From people to a verdict: what is counted is what the statistics take, and they find what is there."""

import random

from bowerbird.experiments import Rules, change, read
from bowerbird.experiments.statistics import analyse
from bowerbird.feed import NewEvent

from .conftest import PLAN, RULES, Lab

DAY_S = 86_400.0


def test_the_sums_of_every_metric_are_taken_by_the_analysis(lab: Lab) -> None:
    """With nobody, with people who did nothing, and with people who did everything: no metric is refused."""
    lab.running()
    for people in ((), ("a", "b", "c", "d", "e", "f")):
        lab.expose(*people)
        for request in lab.results().requests.values():
            analyse(request)
    for person in ("a", "b", "c"):
        for kind in ("shown", "opened", "saved", "dwelt"):
            lab.do(person, kind, value=12.5 if kind == "dwelt" else None)
            lab.do(person, kind, at=lab.clock.now_s() - DAY_S, value=3.0 if kind == "dwelt" else None)
    for name, request in lab.results().requests.items():
        assert set(analyse(request).to_json()["results"]) == {"treatment"}, name


def test_an_effect_that_is_there_is_found_and_one_that_is_not_is_not(lab: Lab) -> None:
    """The treatment makes people open four times as often, and save as often as before; the ratio of people holds."""
    lab.running(plan=PLAN | {"guardrails": [], "n_star": 600})
    people = [f"user-{number}" for number in range(600)]
    lab.clock.advance(10)
    outcomes = dict(zip(people, lab.expose(*people), strict=True))
    draw = random.Random(7)
    done: list[NewEvent] = []
    for person, outcome in outcomes.items():
        opens = 0.4 if outcome.variant == "treatment" else 0.1
        done += [NewEvent(lab.item, "opened", person=person)] * (draw.random() < opens)
        done += [NewEvent(lab.item, "saved", person=person)] * (draw.random() < 0.2)
    lab.do_all(done)

    requests = lab.results().requests
    opened, saved = (analyse(requests[name]).to_json() for name in ("opened", "saves"))
    assert opened["srm"]["ok"]
    assert opened["results"]["treatment"]["significant"]
    assert opened["results"]["treatment"]["lift"] > 1
    assert not saved["results"]["treatment"]["significant"]


def test_a_ramp_moves_nobody_who_was_exposed(lab: Lab) -> None:
    """1 % → 50 % → 100 % in a running experiment: everybody who had a variant has it still, and the others come in."""
    lab.running("one", traffic=0.01)
    people = [f"user-{number}" for number in range(400)]
    met: dict[str, str] = {}
    for traffic, least, most in ((0.01, 0, 15), (0.5, 160, 240), (1.0, 400, 400)):
        rules = read(Rules, RULES | {"traffic": traffic})
        lab.records.write(lambda conn, rules=rules: change(conn, lab.scope, "one", rules, clock=lab.clock))  # type: ignore[misc]
        outcomes = dict(zip(people, lab.expose(*people, name="one"), strict=True))
        now = {name: str(one.variant) for name, one in outcomes.items() if one.state in ("first", "again")}
        assert least <= len(now) <= most
        assert {name: now.get(name) for name in met} == met
        met = now
    assert (lab.find("one").phase, sum(one.people for one in lab.results("one").exposures.values())) == (1, 400)


def test_an_exclusive_experiment_beside_a_running_one_takes_nobody_of_it(lab: Lab) -> None:
    """Added to the layer when people were exposed already: it gets others only, and those of the first stay."""
    lab.running("one", layer="home", layer_share=0.5)
    people = [f"user-{number}" for number in range(300)]

    def exposed(name: str) -> dict[str, str]:
        outcomes = zip(people, lab.expose(*people, name=name), strict=True)
        return {person: str(one.variant) for person, one in outcomes if one.state in ("first", "again")}

    before = exposed("one")
    lab.running("two", layer="home", layer_share=0.5)
    beside = exposed("two")

    assert exposed("one") == before
    assert not before.keys() & beside.keys()
    assert before.keys() | beside.keys() == set(people)
    assert 110 < len(before) < 190
