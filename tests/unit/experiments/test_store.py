"""The life of an experiment: what may be done to it when, and what is written down."""

import pytest
import sqlalchemy as sa

from bowerbird.experiments import (
    Decision,
    Plan,
    Rules,
    change,
    create,
    decide,
    find_learnings,
    history,
    learn,
    list_experiments,
    read,
    replan,
    start,
    stop,
)
from bowerbird.experiments.layers import size_of
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import experiments, persons, workspaces

from .conftest import PLAN, RULES, Lab


def changed(lab: Lab, name: str = "ranker", *, new_phase: bool = False, **rules: object) -> None:
    made = read(Rules, RULES | rules)
    lab.records.write(lambda conn: change(conn, lab.scope, name, made, clock=lab.clock, new_phase=new_phase))


def test_a_name_is_taken_once(lab: Lab) -> None:
    """Also after the experiment was decided: its learnings go by that name."""
    lab.draft()
    with pytest.raises(InputWrong, match="'ranker' is there already; choose another name"):
        lab.draft()
    assert [one.name for one in lab.records.read(lambda conn: list_experiments(conn, lab.scope.workspace))] == [
        "ranker"
    ]


def test_what_is_promised_is_hashed_at_the_start_and_stays(lab: Lab) -> None:
    """A ramp afterwards changes the rules, not the promise; a change of the stored plan is seen."""
    draft = lab.draft(traffic=0.01)
    assert (draft.promised, draft.keeps_its_promise) == (None, None)
    started = lab.records.write(lambda conn: start(conn, lab.scope, "ranker", clock=lab.clock))
    changed(lab, traffic=0.5)

    now = lab.find()
    assert (now.promised, now.keeps_its_promise, now.rules.traffic) == (started.promised, True, 0.5)
    forged = sa.update(experiments).values(plan=PLAN | {"mde": 0.2})
    lab.records.write(lambda conn: conn.execute(forged))
    assert lab.find().keeps_its_promise is False


def test_a_safe_change_goes_on_and_an_unsafe_one_begins_a_new_phase(lab: Lab) -> None:
    """The latter only when it is said, and the refusal says why."""
    lab.running(traffic=0.5)
    changed(lab, traffic=0.9)
    assert lab.find().phase == 1
    with pytest.raises(
        InputWrong, match=r"the traffic falls from 0\.9 to 0\.1, so some who were in are not\. Say new_"
    ):
        changed(lab, traffic=0.1)
    assert lab.find().rules.traffic == 0.9
    changed(lab, traffic=0.1, new_phase=True)
    assert (lab.find().phase, lab.find().rules.traffic) == (2, 0.1)

    done = lab.records.read(lambda conn: history(conn, lab.find()))
    assert [one.action for one in done] == ["created", "started", "changed", "new phase"]
    assert "the traffic falls" in done[-1].detail["reasons"][0]
    assert {one.person for one in done} == {lab.scope.person}


def test_only_what_can_follow_may_be_done(lab: Lab) -> None:
    """A draft is neither stopped nor decided, what runs is not started, what is decided stays so."""
    lab.draft()
    with pytest.raises(InputWrong, match="ranker is draft, expected it to be running"):
        lab.records.write(lambda conn: stop(conn, lab.scope, "ranker", clock=lab.clock))
    with pytest.raises(InputWrong, match="ranker is draft, expected it to be running or stopped"):
        lab.records.write(lambda conn: decide(conn, lab.scope, "ranker", "wait", "because", clock=lab.clock))
    lab.records.write(lambda conn: start(conn, lab.scope, "ranker", clock=lab.clock))
    with pytest.raises(InputWrong, match="ranker is running, expected it to be draft"):
        lab.records.write(lambda conn: start(conn, lab.scope, "ranker", clock=lab.clock))
    lab.records.write(lambda conn: decide(conn, lab.scope, "ranker", "roll back", "worse", clock=lab.clock))
    with pytest.raises(InputWrong, match="ranker is decided, expected it to be running"):
        changed(lab, traffic=0.1)
    with pytest.raises(NotFound, match="no experiment 'other' here"):
        lab.find("other")


def test_a_decision_has_reasons_and_names_what_everybody_gets(lab: Lab) -> None:
    """Waiting and reviewing decide nothing; shipping names a variant, rolling back does not."""
    lab.running()

    def decided(what: Decision, reasons: str, variant: str | None = None) -> None:
        lab.records.write(
            lambda conn: decide(conn, lab.scope, "ranker", what, reasons, clock=lab.clock, variant=variant)
        )

    with pytest.raises(InputWrong, match="reasons have 0 characters"):
        decided("wait", "  ")
    with pytest.raises(InputWrong, match="no variant is named to ship; expected one of control, treatment"):
        decided("ship", "better")
    with pytest.raises(InputWrong, match="'third' is no variant to ship"):
        decided("ship", "better", variant="third")
    with pytest.raises(InputWrong, match="a variant is named with 'wait'"):
        decided("wait", "early", variant="control")
    decided("wait", "too early")
    decided("review", "odd")
    assert lab.find().state == "running"
    decided("ship", "significant", variant="treatment")
    now = lab.find()
    assert (now.state, now.decision, now.given, now.without) == ("decided", "ship", "treatment", "treatment")
    assert now.stopped_at == now.decided_at == lab.clock.now_s()


def test_an_exclusive_experiment_is_added_to_a_running_layer(lab: Lab) -> None:
    """It gets what is free; without enough it does not start, and what ends gives its part back."""
    one = lab.running("one", layer="home", layer_share=0.6)
    two = lab.running("two", layer="home", layer_share=0.4)
    lab.draft("three", layer="home", layer_share=0.5)

    assert one.segments is not None
    assert two.segments is not None
    assert one.layer == two.layer
    assert size_of(one.segments) == 6_000
    assert not set(map(tuple, one.segments)) & set(map(tuple, two.segments))
    with pytest.raises(InputWrong, match=r"50\.00% of the layer are wanted, 0\.00% are free"):
        lab.records.write(lambda conn: start(conn, lab.scope, "three", clock=lab.clock))
    assert lab.find("three").state == "draft"
    with pytest.raises(InputWrong, match="of the layer are wanted"):
        changed(lab, "two", layer="home", layer_share=0.5)
    lab.records.write(lambda conn: stop(conn, lab.scope, "one", clock=lab.clock))
    started = lab.records.write(lambda conn: start(conn, lab.scope, "three", clock=lab.clock))
    assert started.segments == ((0, 5_000),)
    changed(lab, "two", layer="home", layer_share=0.5)
    grown = lab.find("two").segments
    assert grown is not None
    assert grown == ((5_000, 10_000),)


def test_another_workspace_has_its_own(lab: Lab) -> None:
    """The same name is free there, and nothing of here is found."""
    lab.running()
    there = Scope("w" * 26, "p" * 26)

    def settle(conn: sa.Connection) -> None:
        conn.execute(sa.insert(workspaces).values(id=there.workspace, name="Next door", created_at=0))
        values = {"id": there.person, "workspace": there.workspace, "external_id": "x", "name": "X", "created_at": 0}
        conn.execute(sa.insert(persons).values(values))

    lab.records.write(settle)
    lab.records.write(lambda conn: learn(conn, lab.scope, "Fresh wins", clock=lab.clock, experiment="ranker"))
    assert lab.records.read(lambda conn: list_experiments(conn, there.workspace)) == []
    assert lab.records.read(lambda conn: find_learnings(conn, there.workspace)) == []
    with pytest.raises(NotFound):
        lab.records.write(lambda conn: stop(conn, there, "ranker", clock=lab.clock))
    with pytest.raises(NotFound):
        lab.records.write(lambda conn: learn(conn, there, "x", clock=lab.clock, experiment="ranker"))
    plan, rules = lab.find().plan, lab.find().rules
    made = lab.records.write(lambda conn: create(conn, there, "ranker", plan, rules, clock=lab.clock))
    assert made.workspace == there.workspace
    assert lab.find().state == "running"


def test_learnings_are_found_by_their_words(lab: Lab) -> None:
    """All of them, in any case and script, as they are written and not as patterns; by the experiment's name too."""
    lab.running()
    texts = ["Frische FEEDS gewinnen 100% öfter", "Ältere Artikel verlieren_nichts", "袋鼠 like burrows"]
    for text in texts:
        lab.clock.advance(1)
        lab.records.write(
            lambda conn, text=text: learn(  # type: ignore[misc]
                conn, lab.scope, text, clock=lab.clock, experiment="ranker", effect={"metric": "opened", "lift": 0.1}
            )
        )

    def found(query: str) -> list[str]:
        return [one.text for one in lab.records.read(lambda conn: find_learnings(conn, lab.scope.workspace, query))]

    assert found("") == texts[::-1]
    assert found("ÖFTER feeds") == texts[:1]
    assert found("ältere ARTIKEL") == [texts[1]]
    assert found("袋鼠") == [texts[2]]
    assert found("100%") == texts[:1]
    assert found("n_n") == [texts[1]]
    assert found("feeds artikel") == []
    assert found("ranker") == texts[::-1]
    with pytest.raises(InputWrong, match="the text has 0 characters"):
        lab.records.write(lambda conn: learn(conn, lab.scope, " ", clock=lab.clock))
    with pytest.raises(InputWrong, match="infinite"):
        lab.records.write(lambda conn: learn(conn, lab.scope, "x", clock=lab.clock, effect={"lift": float("nan")}))


def test_a_draft_is_planned_anew_and_what_has_begun_is_not(lab: Lab) -> None:
    """What is promised at the start is the last plan; from then on a change is refused with what to do."""
    lab.draft()
    other = read(Plan, PLAN | {"hypothesis": "Fewer feeds are opened.", "mde": 0.2})
    rules = read(Rules, RULES | {"traffic": 0.5})
    changed = lab.records.write(lambda conn: replan(conn, lab.scope, "ranker", other, rules, clock=lab.clock))
    assert (changed.state, changed.plan, changed.rules) == ("draft", other, rules)

    started = lab.records.write(lambda conn: start(conn, lab.scope, "ranker", clock=lab.clock))
    assert started.keeps_its_promise
    with pytest.raises(InputWrong, match="its plan was sealed at its start"):
        lab.records.write(lambda conn: replan(conn, lab.scope, "ranker", read(Plan, PLAN), rules, clock=lab.clock))
    assert lab.find().plan == other
    steps = lab.records.read(lambda conn: history(conn, lab.find()))
    assert [step.action for step in steps] == ["created", "planned anew", "started"]
