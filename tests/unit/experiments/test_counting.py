"""What people did is counted once, however events and exposures come in between each other."""

import random
from collections import defaultdict

import pytest
import sqlalchemy as sa

from bowerbird.experiments import Plan, catch_up, counting, decide, read, recount, waits
from bowerbird.experiments.bots import MOST_IN_AN_HOUR, is_program
from bowerbird.feed import NewEvent
from bowerbird.kernel.errors import InputWrong
from bowerbird.records.tables import events, experiment_counts, experiment_units, exposures, persons

from .conftest import PLAN, Lab

DAY_S = 86_400.0
Row = tuple[str, str, str, float, float, float, float]


def stored(lab: Lab) -> set[Row]:
    """Experiment, metric, person, and the four sums."""
    columns = experiment_units.c
    wanted = sa.select(
        columns.experiment, columns.metric, columns.person,
        columns.value, columns.per, columns.value_before, columns.per_before,
    )  # fmt: skip
    return {(*row,) for row in lab.records.read(lambda conn: conn.execute(wanted).all())}


def expected(lab: Lab) -> set[Row]:
    """The same, from all events and exposures at once."""

    def read(conn: sa.Connection) -> set[Row]:
        done = conn.execute(sa.select(events.c.person, events.c.kind, events.c.at, events.c.value)).all()
        found: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0] * 4)
        for one in conn.execute(sa.select(exposures)):
            for metric in lab.find("one").plan.metrics:
                for event in done:
                    after = event.at - one.at
                    if event.person != one.person or event.kind not in (*metric.kinds, *metric.per):
                        continue
                    if not -7 * DAY_S <= after < 14 * DAY_S:
                        continue
                    sums, side = found[one.experiment, metric.name, one.person], 0 if after >= 0 else 2
                    if event.kind in metric.kinds:
                        amount = {"any": 1.0, "count": 1.0, "sum": event.value or 0.0}[metric.of]
                        sums[side] = 1.0 if metric.of == "any" else sums[side] + amount
                    if event.kind in metric.per:
                        sums[side + 1] += 1.0
        return {(*key, *sums) for key, sums in found.items()}  # type: ignore[misc]

    return lab.records.read(read)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sums_are_those_of_the_whole_log_in_whatever_order_it_came(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Exposures before and after events, events told late, counting in between in small batches, two experiments."""
    monkeypatch.setattr(counting, "EVENTS_AT_ONCE", 3)
    monkeypatch.setattr(counting, "EXPOSURES_AT_ONCE", 2)
    draw = random.Random(seed)
    people = [f"user-{number}" for number in range(6)]
    for person in people:
        lab.who(person)
    lab.running("one")
    lab.running("two", traffic=0.6)
    for _ in range(120):
        lab.clock.advance(draw.choice([0, 60, DAY_S / 4]))
        match draw.choice("eeeexc"):
            case "e":
                kind = draw.choice(["opened", "shown", "saved", "dwelt", "liked"])
                late = draw.choice([0, 0, 3 * DAY_S, 10 * DAY_S])
                value = draw.choice([1.5, 20.0]) if kind == "dwelt" else None
                lab.do(draw.choice(people), kind, at=lab.clock.now_s() - late, value=value)
            case "x":
                lab.expose(draw.choice(people), name=draw.choice(["one", "two"]))
            case _:
                lab.records.write(lambda conn: catch_up(conn, clock=lab.clock))
    lab.count()

    assert stored(lab) == expected(lab)
    assert {row[1] for row in stored(lab)} == {"opened", "saves", "dwell", "rate"}
    assert not lab.records.read(waits)


def test_what_comes_twice_is_not_counted_twice(lab: Lab) -> None:
    """Counting again changes nothing."""
    lab.running("one")
    lab.expose("a", name="one")
    lab.do("a", "saved")
    lab.count()
    before = stored(lab)
    lab.count()

    assert stored(lab) == before
    assert lab.sums("saves", "one")["sum"] == 1


def test_the_window_has_a_beginning_and_an_end(lab: Lab) -> None:
    """The moment of the exposure counts as after it; the end of the window does not count any more."""
    lab.running("one")
    began = lab.clock.now_s()
    lab.expose("a", name="one")
    lab.clock.advance(30 * DAY_S)
    for at in (began, began + 14 * DAY_S - 1, began + 14 * DAY_S, began - 1, began - 7 * DAY_S, began - 7 * DAY_S - 1):
        lab.do("a", "saved", at=at)

    sums = lab.sums("saves", "one")
    assert (sums["n"], sums["sum"], sums["pre_sum"], sums["sum_pre"]) == (1, 2, 2, 4)


def test_a_clock_that_jumps_back_makes_some_of_it_count_as_before(lab: Lab) -> None:
    """What is done until it has caught up is before the exposure; nothing is lost, nothing counted twice."""
    lab.running("one")
    lab.expose("a", name="one")
    lab.clock.advance(-3_600)
    lab.do("a", "saved")
    lab.count()
    lab.clock.advance(7_200)
    lab.do("a", "saved")

    sums = lab.sums("saves", "one")
    assert (sums["sum"], sums["pre_sum"]) == (1, 1)


def test_the_sums_are_those_of_the_people(lab: Lab) -> None:
    """N has everybody, also who did nothing; squares and products are of each person's own figures."""
    lab.running("one")
    people = [f"user-{number}" for number in range(8)]
    for number, person in enumerate(people[:5]):
        for _ in range(number):
            lab.do(person, "opened")
    for person in people:
        lab.do(person, "shown")
    lab.clock.advance(60)
    lab.expose(*people, name="one")
    for number, person in enumerate(people[:4]):
        for _ in range(2 * number):
            lab.do(person, "opened")
        for _ in range(3):
            lab.do(person, "shown")

    found = lab.results("one")
    sums = lab.sums("rate", "one")
    assert sums["n"] == 8
    assert (sums["sum"], sums["sum_sq"]) == (0 + 2 + 4 + 6, 0 + 4 + 16 + 36)
    assert (sums["den_sum"], sums["den_sum_sq"], sums["sum_den"]) == (12, 36, 36)
    assert (sums["pre_sum"], sums["pre_sum_sq"], sums["sum_pre"]) == (10, 30, 0 + 2 + 8 + 18)
    assert (sums["pre_den_sum"], sums["den_pre"]) == (8, 3 * (0 + 1 + 2 + 3))
    opened = lab.sums("opened", "one")
    assert (opened["sum"], opened["sum_sq"], opened["pre_sum"], opened["sum_pre"]) == (3, 3, 4, 3)
    assert found.requests["opened"]["metric"] == "proportion"
    assert found.requests["saves"]["metric"] == "mean"
    assert found.requests["rate"]["metric"] == "ratio"
    assert found.requests["rate"]["margin"] == 0.02
    assert found.requests["opened"]["weights"] == {"control": 1, "treatment": 1}
    assert sum(one.people for one in found.exposures.values()) == 8
    assert lab.sums("saves", "one")["sum"] == 0  # nobody saved


def test_a_ratio_of_people_without_a_past_has_none(lab: Lab) -> None:
    """What was below the line before their exposure is 0 for all of a variant, so there is no ratio to adjust by."""
    lab.running("one")
    lab.do("a", "opened")
    lab.clock.advance(60)
    lab.expose("a", "b", "c", "d", "e", "f", name="one")
    lab.do("a", "shown")

    assert "pre_sum" not in lab.sums("rate", "one")
    assert lab.sums("opened", "one")["pre_sum"] == 1


def test_a_metric_that_is_winsorised_is_told_so_in_the_results(lab: Lab) -> None:
    """At the percentile that the plan names, of all variants together; only means can be."""
    dwell = {"name": "dwell", "kinds": ["dwelt"], "of": "sum"}
    cut = PLAN | {"metric": "dwell", "metrics": [dwell | {"winsorise": 0.8}], "guardrails": []}
    lab.running("cut", plan=cut)
    people = [f"user-{number}" for number in range(10)]
    lab.expose(*people, name="cut")
    for number, person in enumerate(people[:4]):
        lab.do(person, "dwelt", value=float(10 ** (number + 1)))

    assert lab.sums("dwell", "cut")["sum"] == 310
    with pytest.raises(InputWrong, match="only means can be winsorised"):
        read(Plan, cut | {"metrics": [dwell | {"of": "any", "winsorise": 0.8}]})


def test_bots_are_on_neither_side(lab: Lab) -> None:
    """Who does more in an hour than a person can: neither exposed nor measured, in any experiment."""
    lab.running("one")
    lab.expose("person", "bot", name="one")
    hour = lab.clock.now_s() // 3_600 * 3_600
    lab.clock.advance(7_200)
    several = [NewEvent(lab.item, "saved", at=hour + 3_600 + number, person="bot") for number in range(MOST_IN_AN_HOUR)]
    lab.do_all([*several, NewEvent(lab.item, "saved", person="person")])
    assert lab.sums("saves", "one")["n"] == 2

    lab.do_all([NewEvent(lab.item, "saved", at=hour + 7_000, person="bot")])
    sums = lab.sums("saves", "one")
    assert (sums["n"], sums["sum"]) == (1, 1)
    assert sum(each.bots for each in lab.results("one").exposures.values()) == 1
    lab.do_all([NewEvent(lab.item, "saved", person="bot")])
    assert lab.sums("saves", "one")["sum"] == 1

    lab.running("two")
    lab.expose("bot", "person", name="two")
    assert lab.sums("saves", "two")["n"] == 1


def test_a_bot_is_known_by_what_it_did_before(lab: Lab) -> None:
    """Also when it is exposed only afterwards."""
    lab.running("one")
    lab.do_all([NewEvent(lab.item, "opened", person="bot") for _ in range(MOST_IN_AN_HOUR + 1)])
    lab.count()
    lab.expose("bot", name="one")

    assert lab.sums("opened", "one")["n"] == 0


@pytest.mark.parametrize(
    ("user_agent", "says"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0 Safari/537.36", True),
        ("python-requests/2.32", True),
        ("curl/8.5.0", True),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1", False),
        ("Mozilla/5.0 (Linux; Android 13; CUBOT X90) Mobile Safari/537.36", False),
        ("bingbot/2.0", True),
        ("", False),
    ],
)  # fmt: skip
def test_programs_say_that_they_are(user_agent: str, says: bool) -> None:
    """By what they call themselves; who says nothing is taken for a person."""
    assert is_program(user_agent) is says


def test_what_is_taken_back_counts_until_it_is_counted_anew(lab: Lab) -> None:
    """Recounting makes it right, in steps that others may come between."""
    one = lab.running("one")
    lab.expose("a", "b", name="one")
    for _ in range(3):
        lab.do("a", "saved")
    lab.do("b", "saved")
    lab.count()
    its_person = sa.select(persons.c.id).where(persons.c.external_id == "a").scalar_subquery()
    first = sa.select(sa.func.min(events.c.id)).where(events.c.person == its_person).scalar_subquery()
    lab.records.write(lambda conn: conn.execute(sa.delete(events).where(events.c.id == first)))
    assert lab.sums("saves", "one")["sum"] == 4

    after: int | None = 0
    while after is not None:
        lab.do("b", "saved")  # meanwhile
        after = lab.records.write(lambda conn, at=after: recount(conn, one.id, at))  # type: ignore[misc]
    lab.count()
    assert stored(lab) == expected(lab)


def test_what_was_decided_is_counted_no_further(lab: Lab) -> None:
    """Its figures stay those that it was decided by."""
    lab.running("one")
    lab.expose("a", name="one")
    lab.do("a", "saved")
    lab.count()
    lab.records.write(lambda conn: decide(conn, lab.scope, "one", "roll back", "no effect", clock=lab.clock))
    lab.do("a", "saved")

    assert lab.sums("saves", "one")["sum"] == 1


def test_without_experiments_the_log_is_passed_over(lab: Lab) -> None:
    """And what was done then is found when somebody is exposed."""
    lab.do("a", "saved")
    lab.count()
    lab.do("a", "saved")
    lab.count()
    assert not lab.records.read(waits)
    last = lab.records.read(lambda conn: conn.execute(sa.select(sa.func.max(events.c.id))).scalar_one())
    assert lab.records.read(lambda conn: conn.execute(sa.select(experiment_counts.c.event)).scalar_one()) == last

    lab.running("one")
    lab.clock.advance(60)
    lab.expose("a", name="one")
    assert lab.sums("saves", "one")["pre_sum"] == 2


def test_metrics_without_events_have_zeros(lab: Lab) -> None:
    """Nobody did it: n people and sums of 0, in each variant."""
    lab.running(
        "one", plan=PLAN | {"metrics": [{"name": "opened", "kinds": ["enquired"], "before_days": 0}], "guardrails": []}
    )
    found = lab.results("one")
    assert found.requests["opened"]["variants"] == {
        name: {"n": 0, "sum": 0.0, "sum_sq": 0.0} for name in ("control", "treatment")
    }
