"""Who looks at an experiment learns first whether it can be trusted, and only then what it says."""

import asyncio
import json
import random
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pytest
import sqlalchemy as sa

from bowerbird.experiments import Experiments, Lookout, Report, Rules, change, history, lookout, read, report, stop
from bowerbird.experiments.guarding import judge
from bowerbird.experiments.looks import spacing_s
from bowerbird.experiments.statistics import srm
from bowerbird.experiments.store import list_running
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records import notices
from bowerbird.records.tables import accounts, events, experiment_looks, exposures, items, members, persons

from .conftest import START_S, Lab

DAY_S = 86_400.0


def come(
    lab: Lab,
    people: Mapping[str, int],
    *,
    did: Mapping[str, Mapping[str, int]] | None = None,
    tag: str = "p",
    name: str = "ranker",
    **columns: Any,
) -> None:
    """Let so many people come to each variant now; of kind K, the first `did[K][variant]` of them do it once."""
    one = lab.find(name)
    at = lab.clock.now_s()
    item = lab.records.read(lambda conn: conn.execute(sa.select(items.c.id).limit(1)).scalar_one())
    rows: list[dict[str, Any]] = []
    made: list[dict[str, Any]] = []
    done: list[dict[str, Any]] = []
    for variant, n in people.items():
        for number in range(n):
            person = new_id(lab.clock)
            made.append(
                {"id": person, "workspace": one.workspace, "external_id": f"{tag}-{variant}-{number}", "name": "",
                 "created_at": at}
            )  # fmt: skip
            rows.append(
                {"workspace": one.workspace, "experiment": one.id, "phase": one.phase, "person": person,
                 "variant": variant, "others": 0, "at": at, "is_bot": False, "attributes": "{}"} | columns
            )  # fmt: skip
            for kind, by_variant in (did or {}).items():
                if number < by_variant[variant]:
                    done.append(
                        {"workspace": one.workspace, "person": person, "item": item, "kind": kind, "at": at + 1,
                         "received_at": at + 1, "key": f"{tag}{variant}{number}{kind}"[:64]}
                    )  # fmt: skip

    def write(conn: sa.Connection) -> None:
        conn.execute(sa.insert(persons), made)
        conn.execute(sa.insert(exposures), rows)
        if done:
            conn.execute(sa.insert(events), done)

    lab.records.write(write)


def watched(lab: Lab, name: str = "ranker") -> Report:
    """The report once all is counted."""
    lab.count()
    return lab.records.read(lambda conn: report(conn, lab.find(name), clock=lab.clock))


SIMPLE: Final[dict[str, Any]] = {
    "hypothesis": "More is opened.",
    "metric": "opened",
    "direction": "higher",
    "n_star": 2_000,
    "metrics": [{"name": "opened", "kinds": ["opened"]}, {"name": "saved", "kinds": ["saved"]}],
    "guardrails": [{"metric": "saved", "margin": 0.05}],
}


# -- locked -----------------------------------------------------------------------------------------------------------


def test_wrong_shares_lock_the_results_and_point_at_where_they_come_from(lab: Lab) -> None:
    """Many of the treatment's people in one region are lost: it is named, and no result is in the JSON."""
    lab.running(plan=SIMPLE)
    opened = {"opened": {"control": 100, "treatment": 200}}
    come(lab, {"control": 600, "treatment": 600}, did=opened, tag="a", attributes='{"region":"NZ"}')
    come(lab, {"control": 600, "treatment": 350}, did=opened, tag="b", attributes='{"region":"AU"}')

    seen = watched(lab)

    assert seen.locked
    assert seen.locked_because is not None
    assert "1200 in control, 950 in treatment" in seen.locked_because
    assert [(one.dimension, one.points_at, one.rest_ok) for one in seen.mismatch] == [("region", "AU", True)]
    assert seen.mismatch[0].says.startswith("region: 'AU' has 600 in control, 350 in treatment")
    assert {seen.metrics, seen.guardrails, seen.novelty, seen.looks} == {None}
    assert seen.advice.decision == "review"
    assert "lift" not in json.dumps(seen.to_json())


@pytest.mark.parametrize(
    ("columns", "dimension", "points_at"),
    [({"at": START_S + DAY_S}, "day of exposure", "2026-05-29"), ({"is_bot": True}, "left out", "bots")],
)
def test_days_and_bots_are_looked_at_too(lab: Lab, columns: dict[str, Any], dimension: str, points_at: str) -> None:
    """People lost on one day, or bots that are nearly all in one variant."""
    lab.running(plan=SIMPLE)
    if "at" in columns:
        come(lab, {"control": 600, "treatment": 600}, tag="a")
        come(lab, {"control": 600, "treatment": 350}, tag="b", **columns)
    else:
        come(lab, {"control": 1_000, "treatment": 700}, tag="a")
        come(lab, {"control": 10, "treatment": 310}, tag="b", **columns)

    first = watched(lab).mismatch[0]

    assert (first.dimension, points_at in {one.value for one in first.values}) == (dimension, True)
    assert first.points_at == points_at


def test_what_is_wrong_everywhere_alike_points_nowhere(lab: Lab) -> None:
    """Both regions lose as many."""
    lab.running(plan=SIMPLE)
    come(lab, {"control": 600, "treatment": 400}, tag="a", attributes='{"region":"NZ"}')
    come(lab, {"control": 600, "treatment": 400}, tag="b", attributes='{"region":"AU"}')

    seen = watched(lab)

    assert (seen.locked, seen.mismatch) == (True, ())


def test_shares_are_judged_of_who_came_until_midnight(lab: Lab) -> None:
    """What the test at any time is not sure of yet locks at the next checkpoint, and only then."""
    lab.running(plan=SIMPLE)
    come(lab, {"control": 1_000, "treatment": 1_195})

    before = watched(lab)
    lab.clock.advance(DAY_S)
    after = watched(lab)

    assert (before.srm.p_checkpoint, before.locked) == (1.0, False)
    assert before.srm.p < 0.0001
    assert before.srm.p_any_time > 0.001
    assert (after.srm.p_checkpoint, after.locked) == (after.srm.p, True)
    assert after.srm.threshold == 0.001 / 2


def test_who_comes_later_does_not_unlock_what_was_wrong(lab: Lab) -> None:
    """A month on, with right shares since, the first night still counts; a new phase is not locked."""
    lab.running(plan=SIMPLE)
    come(lab, {"control": 1_000, "treatment": 1_195})
    for number in range(5):
        lab.clock.advance(6 * DAY_S)
        come(lab, {"control": 300, "treatment": 300}, tag=f"later-{number}")

    seen = watched(lab)
    lab.records.write(lambda conn: change(conn, lab.scope, "ranker", lab.find().rules, clock=lab.clock, new_phase=True))
    come(lab, {"control": 100, "treatment": 100}, tag="new")
    renewed = watched(lab)

    assert (seen.srm.p_any_time > 0.001, seen.locked) == (True, True)
    assert (renewed.phase, renewed.locked) == (2, False)
    old = lab.records.read(lambda conn: report(conn, lab.find(), phase=1, clock=lab.clock))
    assert old.locked


def test_a_phase_that_is_over_does_not_wait_for_people(lab: Lab) -> None:
    """The next one runs; of the last one, nobody comes any more."""
    lab.running(plan=SIMPLE)
    come(lab, {"control": 500, "treatment": 500}, did={"opened": {"control": 200, "treatment": 205}})
    lab.count()
    lab.records.write(lambda conn: change(conn, lab.scope, "ranker", lab.find().rules, clock=lab.clock, new_phase=True))

    old = lab.records.read(lambda conn: report(conn, lab.find(), phase=1, clock=lab.clock))

    assert old.advice.decision == "review"
    assert old.advice.reasons[-1] == "and nobody comes any more"


def test_right_shares_are_seldom_called_wrong_however_often_one_looks() -> None:
    """300 experiments with right shares, looked at 8 times on each of 10 days: at most 2 are locked (0.2 %)."""
    draw = np.random.default_rng(11)
    locked = 0
    for _ in range(300):
        came = np.cumsum(draw.binomial(50, 0.5, 400))
        total = np.arange(1, 401) * 50
        wrong = False
        for day in range(1, 11):
            at = day * 40 - 1
            then = srm(
                {"a": float(came[at]), "b": float(total[at] - came[at])}, {"a": 1, "b": 1}, looks=day * (day + 1)
            )
            wrong |= then.p < then.threshold
        for a, n in zip(came[::5], total[::5], strict=True):
            wrong |= srm({"a": float(a), "b": float(n - a)}, {"a": 1, "b": 1}).p_any_time < 0.001
        locked += wrong

    assert locked <= 2


def test_who_kept_a_variant_from_an_earlier_phase_is_not_expected_by_the_new_weights(lab: Lab) -> None:
    """Sticky people came by the old weights; they lock nothing."""
    lab.running(plan=SIMPLE, sticky=True)
    come(lab, {"control": 300, "treatment": 300})
    rules = read(Rules, {"variants": [{"name": "control", "weight": 3}, {"name": "treatment"}], "sticky": True})
    lab.records.write(lambda conn: change(conn, lab.scope, "ranker", rules, clock=lab.clock, new_phase=True))
    kept = ("workspace", "experiment", "person", "variant", "others", "at", "is_bot")
    again = sa.select(*(exposures.c[name] for name in kept), sa.literal(2))
    names = [*kept, "phase"]
    lab.records.write(lambda conn: conn.execute(sa.insert(exposures).from_select(names, again)))
    come(lab, {"control": 300, "treatment": 100}, tag="new")

    seen = watched(lab)

    assert not seen.locked
    assert {name: (one.people, one.expected) for name, one in seen.variants.items()} == {
        "control": (600, 600.0), "treatment": (400, 400.0)
    }  # fmt: skip


def test_attributes_are_kept_with_an_exposure_but_no_long_ones(lab: Lab) -> None:
    """What people can be grouped by; no long texts, no fractions, at most 20."""
    lab.running(plan=SIMPLE)
    lab.expose("ann", region="NZ", member=True, age=31, story="x" * 65, share=0.25, nothing=None)
    lab.expose("bob", **{f"a{number:02}": "x" for number in range(30)})

    kept = lab.records.read(lambda conn: conn.execute(sa.select(exposures.c.attributes)).scalars().all())

    assert json.loads(kept[0]) == {"region": "NZ", "member": True, "age": 31}
    assert list(json.loads(kept[1])) == [f"a{number:02}" for number in range(20)]


async def test_no_door_tells_a_result_while_it_is_locked(lab: Lab, service: Experiments) -> None:
    """The sums are not in the results either; once the shares are right, they are."""
    lab.running(plan=SIMPLE)
    come(lab, {"control": 300, "treatment": 500}, did={"opened": {"control": 1, "treatment": 2}})

    locked = (await service.results("ranker", lab.scope.workspace)).to_json()
    come(lab, {"control": 200, "treatment": 0}, tag="found")
    told = (await service.results("ranker", lab.scope.workspace)).to_json()

    assert (locked["locked"], locked["metrics"]) == (True, {})
    assert locked["exposures"]["treatment"]["people"] == 500
    assert (told["locked"], told["locked_because"], told["metrics"]["opened"]["variants"]["treatment"]["sum"]) == (
        False, None, 2
    )  # fmt: skip


def test_a_draft_has_no_report(lab: Lab) -> None:
    """It is refused with what to do."""
    lab.draft()

    with pytest.raises(InputWrong, match="start it first"):
        watched(lab)


# -- advice -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("did", "decision", "because"),
    [
        ({"opened": {"control": 200, "treatment": 400}, "saved": {"control": 900, "treatment": 900}}, "ship", "better"),
        ({"opened": {"control": 400, "treatment": 200}, "saved": {"control": 900, "treatment": 900}},
         "roll back", "opened is surely worse"),
        ({"opened": {"control": 200, "treatment": 400}, "saved": {"control": 900, "treatment": 600}},
         "roll back", "saved is surely worse"),
        ({"opened": {"control": 200, "treatment": 400}, "saved": {"control": 50, "treatment": 50}},
         "review", "not known yet"),
        ({"opened": {"control": 400, "treatment": 405}, "saved": {"control": 900, "treatment": 900}},
         "review", "2000 of 2000 people came"),
        ({"opened": {"control": 995, "treatment": 995}, "saved": {"control": 900, "treatment": 900}},
         "roll back", "smallest effect that matters"),
    ],
)  # fmt: skip
def test_advice_follows_the_plan(lab: Lab, did: dict[str, dict[str, int]], decision: str, because: str) -> None:
    """With 1,000 people in each variant, as many as the plan asks for."""
    lab.running(plan=SIMPLE)
    come(lab, {"control": 1_000, "treatment": 1_000}, did=did)

    seen = watched(lab)

    assert seen.advice.decision == decision, seen.advice
    assert because in "; ".join(seen.advice.reasons)
    assert seen.advice.variant == ("treatment" if decision == "ship" else None)


def test_it_waits_while_people_come_and_reviews_once_nobody_does(lab: Lab) -> None:
    """Half of those who were asked for, and nothing significant."""
    lab.running(plan=SIMPLE)
    come(lab, {"control": 500, "treatment": 500}, did={"opened": {"control": 200, "treatment": 205}})

    running = watched(lab).advice
    lab.records.write(lambda conn: stop(conn, lab.scope, "ranker", clock=lab.clock))
    stopped = watched(lab).advice

    assert running.decision == "wait"
    assert "1000 of 2000 people came" in running.reasons[-1]
    assert stopped.decision == "review"


def test_several_shown_variants_are_to_be_reviewed_before_anything_ships(lab: Lab) -> None:
    """2 % of people saw both."""
    lab.running(plan=SIMPLE)
    did = {"opened": {"control": 200, "treatment": 400}, "saved": {"control": 900, "treatment": 900}}
    come(lab, {"control": 980, "treatment": 980}, did=did, tag="a")
    come(lab, {"control": 20, "treatment": 20}, tag="b", others=1)

    seen = watched(lab)

    assert (seen.multiple.multiple, seen.multiple.ok, seen.advice.decision) == (40, False, "review")


def test_an_effect_that_wears_off_is_seen_by_days_since_the_exposure(lab: Lab) -> None:
    """Everybody in the treatment opens something in the first three days, and as many as in the control later."""
    lab.running(plan=SIMPLE | {"metrics": [{"name": "opened", "kinds": ["opened"]}], "guardrails": []})
    come(lab, {"control": 300, "treatment": 300})
    again(lab, {"control": 0.3, "treatment": 0.9}, days=range(3))
    again(lab, {"control": 0.3, "treatment": 0.3}, days=range(3, 6))
    lab.clock.advance(7 * DAY_S)

    (one,) = watched(lab).novelty or ()

    assert (one.variant, one.half_days, one.word, len(one.days)) == ("treatment", 3, "novelty", 6)
    assert one.early > 1.5
    assert abs(one.late) < 0.4
    assert one.days[0].lift > 0.4 > abs(one.days[4].lift)


def test_of_whom_too_little_is_known_nothing_is_said_about_lasting(lab: Lab) -> None:
    """The reason is."""
    lab.running(plan=SIMPLE)
    come(lab, {"control": 300, "treatment": 300})

    seen = watched(lab)

    assert seen.novelty is None
    assert seen.novelty_reason is not None
    assert "fewer than 100 people" in seen.novelty_reason


# -- while nobody looks -----------------------------------------------------------------------------------------------


def breached(lab: Lab) -> None:
    """A third of those who saved do not any more."""
    lab.running(plan=SIMPLE)
    come(lab, {"control": 1_000, "treatment": 1_000}, did={"saved": {"control": 900, "treatment": 600}})
    lab.count()


def test_a_failing_guardrail_rolls_back_by_itself_and_tells_those_who_can_act(lab: Lab) -> None:
    """Once, in nobody's name, with the reason; to who made it and to operators, not to readers."""
    breached(lab)
    operator, reader = lab.library.person("operator"), lab.library.person("reader")
    lab.records.write(lambda conn: member(conn, lab, operator, "operator"))
    lab.records.write(lambda conn: member(conn, lab, reader, "reader"))

    assert Lookout(lab.records, lab.clock).look() == 1
    lab.clock.advance(2 * 3_600)
    Lookout(lab.records, lab.clock).look()

    one = lab.find()
    assert (one.state, one.decision, one.given) == ("decided", "roll back", "control")
    steps = [step for step in lab.records.read(lambda conn: history(conn, one)) if step.action == "decided"]
    assert [(step.person, step.detail["decision"]) for step in steps] == [(None, "roll back")]
    assert "saved is surely worse in treatment" in steps[0].detail["reasons"]
    told = {who: bell(lab, who) for who in (lab.scope.person, operator, reader)}
    assert {who: [one.kind for one in notes] for who, notes in told.items()} == {
        lab.scope.person: ["experiment.rolled_back"], operator: ["experiment.rolled_back"], reader: []
    }  # fmt: skip
    assert (told[operator][0].href, "saved is surely worse" in told[operator][0].text) == ("/experiments/ranker", True)


async def test_everybody_gets_the_control_as_soon_as_it_was_rolled_back(lab: Lab, service: Experiments) -> None:
    """Also in a process that had the experiment in memory, and people who had met the other variant."""
    breached(lab)
    people = [lab.who(f"late-{number}") for number in range(20)]
    before = [await service.variant("ranker", who) for who in people]

    await asyncio.to_thread(Lookout(lab.records, lab.clock).look)
    after = [await service.variant("ranker", who) for who in people]

    assert (set(before), set(after)) == ({"control", "treatment"}, {"control"})


def test_whoever_is_killed_while_rolling_back_leaves_it_to_the_next(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at each step in turn, inside and outside of transactions, it is rolled back and told of once."""
    breached(lab)
    for step in ("recount", "keep_looks", "roll_back", "_to_be_told"):
        with monkeypatch.context() as patched:
            patched.setattr(lookout, step, killed_after(getattr(lookout, step)))
            with pytest.raises(KilledError):
                Lookout(lab.records, lab.clock).look()
        assert (lab.find().state, bell(lab, lab.scope.person), looks(lab)) == ("running", [], [])

    Lookout(lab.records, lab.clock).look()

    assert lab.find().state == "decided"
    assert len(bell(lab, lab.scope.person)) == 1


def test_nothing_is_rolled_back_by_wrong_shares(lab: Lab) -> None:
    """They are told of, once, and no look is kept."""
    lab.running(plan=SIMPLE)
    come(lab, {"control": 1_000, "treatment": 700}, did={"saved": {"control": 900, "treatment": 300}})
    lab.count()

    for _ in range(2):
        Lookout(lab.records, lab.clock).look()

    assert (lab.find().state, looks(lab)) == ("running", [])
    assert [one.kind for one in bell(lab, lab.scope.person)] == ["experiment.locked"]


def test_a_locked_experiment_is_looked_at_no_more_often_than_another(lab: Lab) -> None:
    """To look takes seconds where many take part, and there is always somebody who comes."""
    lab.running(plan=SIMPLE)
    watcher = Lookout(lab.records, lab.clock)
    looked = 0
    for number in range(6):
        come(lab, {"control": 1_000 if not number else 1, "treatment": 700 if not number else 1}, tag=f"{number}")
        lab.count()
        looked += watcher.look()
        lab.clock.advance(600)

    assert looked == 1


def test_what_was_taken_back_is_out_before_a_guardrail_decides(lab: Lab) -> None:
    """The control's saves were taken back, so nothing is worse any more; the sums did not know it yet."""
    breached(lab)
    of_control = exposures.c.variant == "control"
    gone = events.c.person.in_(sa.select(exposures.c.person).where(of_control)), events.c.id % 3 == 0
    lab.records.write(lambda conn: conn.execute(sa.delete(events).where(*gone)))

    Lookout(lab.records, lab.clock).look()

    assert lab.find().state == "running"
    assert {one.variant for one in watched(lab).guardrails or ()} == {"treatment"}


def test_a_person_who_decides_meanwhile_is_not_overruled(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between seeing and writing, the experiment is stopped: nothing is written."""
    breached(lab)
    judged = judge

    def stopped_meanwhile(*given: Any, **named: Any) -> Any:
        if list_running_now(lab):
            lab.records.write(lambda conn: stop(conn, lab.scope, "ranker", clock=lab.clock))
        return judged(*given, **named)

    monkeypatch.setattr(lookout, "judge", stopped_meanwhile)
    Lookout(lab.records, lab.clock).look()

    assert (lab.find().state, looks(lab), bell(lab, lab.scope.person)) == ("stopped", [], [])


def test_looks_are_at_most_one_an_hour_and_only_when_something_came(lab: Lab) -> None:
    """Looked every ten minutes for six hours; people come in the first three of these hours only."""
    lab.running(plan=SIMPLE)
    watcher = Lookout(lab.records, lab.clock)
    for number in range(36):
        if number < 18:
            come(lab, {"control": 10, "treatment": 10}, did={"opened": {"control": 4, "treatment": 5}}, tag=f"{number}")
        lab.count()
        watcher.look()
        lab.clock.advance(600)

    seen = watched(lab).looks or ()

    assert [(one.variant, one.n) for one in seen] == [
        ("treatment", 20), ("treatment", 140), ("treatment", 260), ("treatment", 360)
    ]  # fmt: skip
    assert all(later.at - before.at >= 3_600 for before, later in pairwise(seen))
    assert all(one.low is None or one.lift is None or one.low < one.lift for one in seen)


def test_nobody_is_not_looked_at(lab: Lab) -> None:
    """While nobody came, or nobody was counted, no look is made: who comes is seen at once, and not an hour later."""
    breached_in = {"control": 900, "treatment": 300}
    lab.running(plan=SIMPLE)
    watcher = Lookout(lab.records, lab.clock)
    lab.count()
    assert watcher.look() == 0
    lab.clock.advance(60)
    come(lab, {"control": 1_000, "treatment": 1_000}, did={"saved": breached_in})
    assert watcher.look() == 0
    lab.count()

    assert watcher.look() == 1
    assert lab.find().state == "decided"


def test_looks_of_an_old_phase_are_further_apart() -> None:
    """A year has some hundreds, ten years hardly more."""
    at, count = 0.0, 0
    while at < 10 * 365 * DAY_S:
        at += spacing_s(at)
        count += 1

    assert 400 < count < 1_500


# -- what the tests are made of ---------------------------------------------------------------------------------------


class KilledError(BaseException):
    """Nobody catches it, as nobody catches kill -9."""


def killed_after(step: Callable[..., Any]) -> Callable[..., Any]:
    """The step, and then death."""

    def stepped(*given: Any, **named: Any) -> Any:
        step(*given, **named)
        raise KilledError

    return stepped


def list_running_now(lab: Lab) -> bool:
    """Whether anything runs."""
    return bool(lab.records.read(list_running))


def bell(lab: Lab, person: str) -> Sequence[notices.Notice]:
    """What the person was told."""
    return lab.records.read(lambda conn: notices.newest(conn, Scope(lab.scope.workspace, person), limit=10))


def looks(lab: Lab) -> list[Any]:
    """All that are kept."""
    return list(lab.records.read(lambda conn: conn.execute(sa.select(experiment_looks)).all()))


def member(conn: sa.Connection, lab: Lab, person: str, role: str) -> None:
    """Make the person a member."""
    account = new_id(lab.clock)
    who = {"id": account, "email": f"{role}@example.org", "name": role, "created_at": 0.0}
    conn.execute(sa.insert(accounts).values(who))
    values = {"workspace": lab.scope.workspace, "account": account, "person": person, "role": role, "created_at": 0.0}
    conn.execute(sa.insert(members).values(values))


def again(lab: Lab, share: Mapping[str, float], *, days: range) -> None:
    """On each of these days since the exposure, everybody of a variant opens something with that chance."""
    draw = random.Random(days.start)

    def write(conn: sa.Connection) -> None:
        item = conn.execute(sa.select(items.c.id).limit(1)).scalar_one()
        came = conn.execute(sa.select(exposures.c.workspace, exposures.c.person, exposures.c.variant, exposures.c.at))
        done = [
            {"workspace": one.workspace, "person": one.person, "item": item, "kind": "opened", "received_at": one.at,
             "at": one.at + day * DAY_S + 60, "key": f"again-{one.person}-{day}"}
            for one in came.all() for day in days if draw.random() < share[one.variant]
        ]  # fmt: skip
        conn.execute(sa.insert(events), done)

    lab.records.write(write)
