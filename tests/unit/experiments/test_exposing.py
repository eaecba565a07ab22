"""Exposures: recorded once, the first variant counts, and two processes give one answer."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import sqlalchemy as sa

from bowerbird.experiments import Meeting, Rules, UnitBuckets, assign, change, expose, read, running_phase, stop
from bowerbird.feed import export, forget
from bowerbird.records import open_records
from bowerbird.records.tables import experiment_hours, experiment_units, exposures

from .conftest import RULES, Lab


def rows(lab: Lab) -> list[tuple[int, str, str, int]]:
    wanted = sa.select(exposures.c.phase, exposures.c.person, exposures.c.variant, exposures.c.others)
    return [tuple(row) for row in lab.records.read(lambda conn: conn.execute(wanted.order_by(exposures.c.id)).all())]


def go_on(lab: Lab, **rules: object) -> None:
    made = read(Rules, RULES | rules)
    lab.records.write(lambda conn: change(conn, lab.scope, "ranker", made, clock=lab.clock, new_phase=True))


def test_a_person_is_recorded_once_and_gets_what_any_client_computes(lab: Lab) -> None:
    """By the external id that an integrator knows, in any script; in whatever company they come again."""
    one = lab.running()
    people = ["customer-1", "Zoë", "袋鼠", "🦘", "customer-1"]

    first = lab.expose(*people)
    again = lab.expose(*people)

    assert [found.variant for found in first] == [
        assign(running_phase(one), UnitBuckets(each)).variant for each in people
    ]
    assert [found.variant for found in again] == [found.variant for found in first]
    assert [found.state for found in first] == ["first"] * 4 + ["again"]
    assert {found.state for found in again} == {"again"}
    assert len(rows(lab)) == 4


def test_who_is_not_in_it_leaves_no_trace(lab: Lab) -> None:
    """For want of traffic, by conditions, because it does not run, or is not there."""
    lab.running(conditions=[{"attribute": "region", "test": "one_of", "values": ["NZ"]}])
    lab.draft("idle")

    assert [found.why for found in lab.expose("a", "b", region="AU")] == ["not targeted"] * 2
    assert lab.expose("a", name="idle")[0].state == "not in"
    assert lab.expose("a", name="nothing")[0].why == "does not run"
    lab.records.write(lambda conn: stop(conn, lab.scope, "ranker", clock=lab.clock))
    assert lab.expose("a", region="NZ")[0].state == "not in"
    assert rows(lab) == []


def test_the_first_variant_counts_and_another_one_is_counted_beside_it(lab: Lab) -> None:
    """When a client says that it showed another; also the first time, and also one that there is not."""
    lab.running()
    variant = lab.expose("a")[0].variant
    other = "control" if variant == "treatment" else "treatment"

    assert [lab.expose("a", shown=shown)[0].state for shown in (variant, other, other, "gone")] == [
        "again", "other", "other", "other",
    ]  # fmt: skip
    (said,) = lab.expose("b", shown="gone")
    assert said.state == "other"
    assert [(row[2], row[3]) for row in rows(lab)] == [(variant, 3), (said.variant, 1)]


def test_a_new_phase_records_anew_and_sticky_people_keep_what_they_had(lab: Lab) -> None:
    """Without sticky variants about half change sides; with them nobody, though the draw is another."""
    people = [f"user-{number}" for number in range(60)]
    lab.running()
    first = [one.variant for one in lab.expose(*people)]
    go_on(lab)
    second = [one.variant for one in lab.expose(*people)]
    go_on(lab, sticky=True, traffic=0.01)
    third = lab.expose(*people)

    assert 10 < sum(a != b for a, b in zip(first, second, strict=True)) < 50
    assert [one.variant for one in third] == second
    assert {one.why for one in third} == {"kept"}
    assert Counter(row[0] for row in rows(lab)) == {1: 60, 2: 60, 3: 60}


def test_an_exposure_is_never_before_its_phase(lab: Lab) -> None:
    """Also when the clock of the machine has jumped back since."""
    lab.running()
    began = lab.clock.now_s()
    lab.clock.advance(-3_600)
    lab.expose("a")

    assert lab.records.read(lambda conn: conn.execute(sa.select(exposures.c.at)).scalar_one()) == began


def test_two_processes_that_assign_at_once_give_one_answer(lab: Lab) -> None:
    """Each with records of its own, with the same people in another order; one row each, and everybody agrees."""
    lab.running()
    people = [(f"user-{number}", lab.who(f"user-{number}").person) for number in range(40)]
    others = [open_records(lab.records.url.render_as_string(hide_password=False)) for _ in range(2)]

    def meet(number: int) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for name, person in people if number % 2 else people[::-1]:
            meeting = Meeting("ranker", person, UnitBuckets(name))
            told = partial(expose, workspace=lab.scope.workspace, meetings=[meeting], clock=lab.clock)
            found[name] = others[number % 2].write(told)[0].variant
        return found

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(meet, range(4)))
    for one in others:
        one.close()

    assert all(each == said[0] for each in said)
    assert Counter(row[1] for row in rows(lab)) == {person: 1 for _, person in people}


def test_who_is_forgotten_is_in_no_experiment_any_more(lab: Lab) -> None:
    """They can take along what they met before; what was counted of them goes, and of others stays."""
    lab.running()
    lab.expose("anna", "ben", region="NZ")
    for person in ("anna", "ben"):
        lab.do(person, "saved")
    lab.count()
    anna = lab.who("anna")
    [met] = lab.records.read(lambda conn: export(conn, anna))["experiments"]

    lab.records.write(lambda conn: forget(conn, anna))

    assert (met["experiment"], met["attributes"]) == ("ranker", {"region": "NZ"})
    assert lab.records.read(lambda conn: export(conn, anna))["experiments"] == []
    assert {person for _, person, _, _ in rows(lab)} == {lab.who("ben").person}
    counted = sa.select(experiment_units.c.person).union(sa.select(experiment_hours.c.person))
    assert lab.records.read(lambda conn: set(conn.execute(counted).scalars())) == {lab.who("ben").person}
