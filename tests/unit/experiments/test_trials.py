"""What the product does for a person: by experiments at its places, recorded once, and alike wherever it is asked."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, cast

import pytest
import sqlalchemy as sa

from bowerbird.experiments import (
    Experiments,
    Given,
    Place,
    Places,
    Rules,
    Trials,
    Variant,
    change,
    create,
    decide,
    forget_met,
    read,
    start,
    stop,
)
from bowerbird.experiments.plan import Plan, hash_of
from bowerbird.experiments.store import roll_back
from bowerbird.kernel.errors import DeadlinePassed, InputWrong, StoreUnavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.records import Records
from bowerbird.records.tables import exposures

from .conftest import PLAN, RULES, Lab

LAMP: Final = Place("lamp", "Its colour.", (Variant("blue", "Is blue."), Variant("red", "Is red."), Variant("off", "")))
BELL: Final = Place("bell", "How loud it is.", (Variant("low", "Is low."), Variant("high", "Is high.")))
PLACES: Final = Places((LAMP, BELL))
AT: Final = ("lamp", "bell")


class Failing:
    """Records of which writing fails while it is told to."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.cannot_write: Exception | None = None
        self.reads = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    async def aread(self, work: Any) -> Any:
        self.reads += 1
        return await self._records.aread(work)

    async def awrite(self, work: Any) -> Any:
        if self.cannot_write is not None:
            raise self.cannot_write
        return await self._records.awrite(work)


@dataclass
class Bench:
    """Experiments at two places, and who is given what."""

    lab: Lab
    trials: Trials
    records: Failing

    def plan(self, name: str, *variants: str, place: str | None = "lamp", **rules: Any) -> None:
        given = read(Rules, {"variants": [{"name": one} for one in variants], "place": place} | rules)
        lab = self.lab
        lab.records.write(
            lambda conn: create(conn, lab.scope, name, read(Plan, PLAN), given, clock=lab.clock, places=PLACES)
        )

    def start(self, name: str, *variants: str, place: str | None = "lamp", **rules: Any) -> None:
        self.plan(name, *variants, place=place, **rules)
        self.lab.records.write(lambda conn: start(conn, self.lab.scope, name, clock=self.lab.clock, places=PLACES))

    def stop(self, name: str) -> None:
        self.lab.records.write(lambda conn: stop(conn, self.lab.scope, name, clock=self.lab.clock))

    def decide(self, name: str, decision: Any, variant: str | None = None) -> None:
        self.lab.records.write(
            lambda conn: decide(conn, self.lab.scope, name, decision, "Because.", clock=self.lab.clock, variant=variant)
        )

    async def given(self, person: str, *, user_agent: str = "") -> str:
        return (await self.trials.give(self.lab.who(person), AT, user_agent=user_agent)).variants["lamp"]

    def met(self) -> list[tuple[str, str]]:
        """Variant by person's row, as recorded."""
        wanted = sa.select(exposures.c.person, exposures.c.variant).order_by(exposures.c.id)
        return [(row.person, row.variant) for row in self.lab.records.read(lambda conn: conn.execute(wanted).all())]


@pytest.fixture
async def bench(lab: Lab) -> AsyncIterator[Bench]:
    """Nothing is tried yet."""
    records = Failing(lab.records)
    trials = Trials(cast("Records", records), PLACES, lab.clock, write_s=60.0)  # however slow the machine is
    yield Bench(lab, trials, records)
    await trials.close()


async def test_while_nothing_is_tried_everybody_is_given_the_first_variant(bench: Bench) -> None:
    """And nothing is recorded, nor read again."""
    first = await bench.trials.give(bench.lab.who("anna"), AT)
    assert first.variants == {"lamp": "blue", "bell": "low"}
    reads = bench.records.reads
    assert await bench.trials.give(bench.lab.who("anna"), AT) is first
    assert bench.records.reads == reads
    assert bench.met() == []


async def test_people_are_given_their_variant_and_recorded_once(bench: Bench) -> None:
    """However often they come, and at once."""
    bench.start("colour", "blue", "red")
    people = [f"p{number}" for number in range(30)]
    given = {person: await bench.given(person) for person in people}
    assert set(given.values()) == {"blue", "red"}
    again = await asyncio.gather(*(bench.given(person) for person in people for _ in range(3)))
    assert again == [given[person] for person in people for _ in range(3)]
    assert bench.met() == [(bench.lab.who(person).person, given[person]) for person in people]


async def test_other_processes_give_the_same(bench: Bench) -> None:
    """Who was recorded by one is given the same by another, and is not recorded twice."""
    bench.start("colour", "blue", "red", "off")
    other = Trials(bench.lab.records, PLACES, bench.lab.clock)
    who = [bench.lab.who(f"p{number}") for number in range(12)]
    both = await asyncio.gather(*(trials.give(one, AT) for one in who for trials in (bench.trials, other)))
    assert [one.variants for one in both[::2]] == [one.variants for one in both[1::2]]
    assert len(bench.met()) == 12
    await other.close()


async def test_a_change_is_seen_by_every_process_at_once(bench: Bench) -> None:
    """A start, a stop, what is shipped and what is rolled back: what was in memory does not stand any more."""
    other = Trials(bench.lab.records, PLACES, bench.lab.clock)
    who = bench.lab.who("anna")

    async def seen() -> set[str]:
        return {(await trials.give(who, AT)).variants["lamp"] for trials in (bench.trials, other)}

    assert await seen() == {"blue"}
    before = await bench.trials.give(who, AT)
    bench.start("first", "blue", "red", control="red", traffic=1.0)
    assert not bench.trials.stands(before)
    assert len(await seen()) == 1
    bench.stop("first")
    assert await seen() == {"blue"}
    bench.decide("first", "ship", "red")
    assert await seen() == {"red"}
    bench.start("second", "red", "off")
    bench.decide("second", "ship", "off")
    assert await seen() == {"off"}
    bench.decide("second", "roll back")
    assert await seen() == {"red"}  # what was shipped before
    bench.decide("first", "roll back")
    assert await seen() == {"blue"}
    await other.close()


async def test_who_is_in_no_experiment_is_given_what_was_shipped(bench: Bench) -> None:
    """Others are in the running one; without any traffic's part everybody else has the shipped variant."""
    bench.start("first", "blue", "red")
    bench.decide("first", "ship", "red")
    bench.start("second", "blue", "off", traffic=0.5)
    given = {await bench.given(f"p{number}") for number in range(40)}
    assert given == {"blue", "off", "red"}
    assert {variant for _, variant in bench.met()} == {"blue", "off"}


async def test_experiments_at_one_place_have_nobody_in_common(bench: Bench) -> None:
    """They share a layer, or the second is not started; in a layer each has its own people."""
    bench.start("first", "blue", "red", layer="lamps", layer_share=0.5)
    for wrong in ({}, {"layer": "others"}):
        bench.plan(name := f"wrong-{len(wrong)}", "blue", "off", **wrong)
        with pytest.raises(InputWrong, match="first runs at lamp too"):
            bench.lab.records.write(
                lambda conn, name=name: start(conn, bench.lab.scope, name, clock=bench.lab.clock, places=PLACES)  # type: ignore[misc]
            )
    bench.start("elsewhere", "low", "high", place="bell")
    bench.start("second", "blue", "off", layer="lamps", layer_share=0.5)
    given = [await bench.given(f"p{number}") for number in range(60)]
    assert set(given) == {"blue", "red", "off"}
    people = [person for person, variant in bench.met() if variant in ("blue", "red", "off")]
    assert len(people) == len(set(people)) == 60
    with pytest.raises(InputWrong, match="first runs at lamp too"):
        bench.lab.records.write(
            lambda conn: change(
                conn, bench.lab.scope, "second", read(Rules, {"variants": [{"name": "blue"}, {"name": "off"}],
                "place": "lamp"}), clock=bench.lab.clock, new_phase=True, places=PLACES,
            )
        )  # fmt: skip


async def test_a_program_is_in_no_experiment(bench: Bench) -> None:
    """It is given what everybody else is, and nothing is kept of it; the person behind the same name still counts."""
    bench.start("colour", "red", "off")
    assert await bench.given("anna", user_agent="Googlebot/2.1") == "blue"
    assert bench.met() == []
    assert await bench.given("anna") in ("red", "off")
    assert await bench.given("anna", user_agent="Googlebot/2.1") == "blue"
    assert len(bench.met()) == 1


@pytest.mark.parametrize("error", [StoreUnavailable("the disk is full"), DeadlinePassed("it is late")])
async def test_while_nothing_can_be_written_people_get_the_variant_that_they_will_get(
    bench: Bench, error: Exception
) -> None:
    """It is not tried for everybody; who comes again is recorded once it works."""
    bench.start("colour", "blue", "red")
    looked = {f"p{n}": (await bench.trials.look(bench.lab.who(f"p{n}"), AT))["lamp"] for n in range(20)}
    assert bench.met() == []
    bench.records.cannot_write = error
    cut_off = {person: await bench.given(person) for person in looked}
    assert cut_off == looked
    assert bench.trials.known(bench.lab.who("p0"), AT) is None
    bench.records.cannot_write = None
    bench.lab.clock.advance(3)
    assert {person: await bench.given(person) for person in looked} == looked
    assert len(bench.met()) == 20


async def test_while_nothing_can_be_written_who_keeps_a_variant_keeps_it(bench: Bench) -> None:
    """In a new phase, by other weights: from memory they are given what they had, as they will be once it works."""
    bench.start("colour", "blue", "red", sticky=True)
    people = [f"p{n}" for n in range(20)]
    first = {person: await bench.given(person) for person in people}
    other = read(Rules, {"variants": [{"name": "blue", "weight": 1}, {"name": "red", "weight": 9}], "place": "lamp",
                         "sticky": True})  # fmt: skip
    lab = bench.lab
    lab.records.write(
        lambda conn: change(conn, lab.scope, "colour", other, clock=lab.clock, new_phase=True, places=PLACES)
    )
    bench.records.cannot_write = StoreUnavailable("the disk is full")
    assert {person: await bench.given(person) for person in people} == first
    bench.records.cannot_write = None
    lab.clock.advance(3)
    assert {person: await bench.given(person) for person in people} == first
    assert set(first.values()) == {"blue", "red"}


async def test_nobody_waits_long_for_the_writer_s_turn(bench: Bench) -> None:
    """Somebody new is given what is computed while another write goes on; what was begun is recorded, and the same."""
    bench.start("colour", "blue", "red")
    hurried = Trials(bench.lab.records, PLACES, bench.lab.clock, write_s=0.05)
    people = [bench.lab.who(f"p{n}") for n in range(10)]
    looked = [(await hurried.look(who, AT))["lamp"] for who in people]
    done = threading.Event()
    writing = asyncio.create_task(asyncio.to_thread(bench.lab.records.write, lambda _conn: done.wait(60)))
    began_s = time.monotonic()
    try:
        given = [await hurried.give(who, AT) for who in people]
        waited_s = time.monotonic() - began_s
    finally:
        done.set()
    assert await writing
    bench.lab.clock.advance(3)
    again = [await hurried.give(who, AT) for who in people]
    await hurried.close()
    third = [await bench.trials.give(who, AT) for who in people]

    assert waited_s < 20
    assert {one.is_recorded for one in given} == {False}
    assert [[one.variants["lamp"] for one in some] for some in (given, again, third)] == [looked] * 3
    assert sorted(bench.met()) == sorted(zip((who.person for who in people), looked, strict=True))


async def test_what_cannot_be_done_any_more_is_not_given(bench: Bench) -> None:
    """The plug-in of a running experiment's variant, or of a shipped one, is gone: the product does as usual."""
    bench.start("colour", "red", "off")
    poorer = Place("lamp", LAMP.tries, LAMP.variants[:1] + LAMP.variants[2:])
    trials = Trials(bench.lab.records, Places((poorer, BELL)), bench.lab.clock)
    given = {(await trials.give(bench.lab.who(f"p{n}"), AT)).variants["lamp"] for n in range(20)}
    assert given == {"blue", "off"}
    bench.decide("colour", "ship", "red")
    assert (await trials.give(bench.lab.who("p0"), AT)).variants["lamp"] == "blue"
    await trials.close()


@pytest.mark.parametrize(
    ("variants", "rules", "said"),
    [
        (("blue", "green"), {}, "'green' is no variant at lamp; expected some of blue, red, off"),
        (("blue", "red"), {"place": "lam"}, "no place 'lam'; expected one of lamp, bell"),
        (
            ("blue", "red"),
            {"conditions": [{"attribute": "region", "test": "one_of", "values": ["NZ"]}]},
            "there are conditions",
        ),
    ],
)
def test_what_does_not_fit_its_place_is_refused(lab: Lab, variants: Any, rules: dict[str, Any], said: str) -> None:
    """When it is planned, when it is changed and when it starts, with what was expected."""
    made = read(Rules, {"variants": [{"name": one} for one in variants], "place": "lamp"} | rules)
    plan = read(Plan, PLAN)
    with pytest.raises(InputWrong, match=said):
        lab.records.write(lambda conn: create(conn, lab.scope, "wrong", plan, made, clock=lab.clock, places=PLACES))
    lab.draft("other")
    with pytest.raises(InputWrong, match=said):
        lab.records.write(lambda conn: change(conn, lab.scope, "other", made, clock=lab.clock, places=PLACES))


def test_a_place_that_is_gone_when_it_starts_is_told(bench: Bench) -> None:
    """A plug-in that was removed between the plan and the start."""
    bench.plan("colour", "blue", "red")
    with pytest.raises(InputWrong, match="there is none here"):
        bench.lab.records.write(lambda conn: start(conn, bench.lab.scope, "colour", clock=bench.lab.clock))


def test_what_was_promised_before_there_were_places_stays_promised() -> None:
    """The hash of rules without a place is what it was; another place is another promise and another phase."""
    plan, rules = read(Plan, PLAN), read(Rules, RULES)
    assert hash_of(plan, rules) == "f3135934e3f1e5686dd61c1550a65295bc528428444d05851dd5ea20706a5dc9"
    assert hash_of(plan, read(Rules, RULES | {"place": "lamp"})) != hash_of(plan, rules)


def test_places_are_declared_once() -> None:
    """A name that is there twice, or a choice of one, is a mistake of who declares it."""
    for wrong in ((LAMP, LAMP), (Place("x", "", LAMP.variants[:1]),), (Place("x", "", (BELL.variants[0],) * 2),)):
        with pytest.raises(ValueError, match="declared once"):
            Places(wrong)


async def test_who_was_forgotten_meets_it_for_the_first_time(bench: Bench) -> None:
    """In every process that has in memory that they were recorded; others are not written down again."""
    bench.start("colour", "blue", "red")
    experiments = Experiments(bench.lab.records, bench.lab.clock)
    bench.start("own", "low", "high", place=None)
    other = Trials(bench.lab.records, PLACES, bench.lab.clock)
    who, ben = bench.lab.who("anna"), bench.lab.who("ben")

    async def meet() -> None:
        for trials in (bench.trials, other):
            await trials.give(who, AT)
            await trials.give(ben, AT)
        await experiments.variant("own", who)

    await meet()
    await meet()
    assert [person for person, _ in bench.met()] == [who.person, ben.person, who.person]
    bench.lab.records.write(lambda conn: forget_met(conn, who.person))
    assert [person for person, _ in bench.met()] == [ben.person]
    await meet()
    await meet()
    assert sorted(person for person, _ in bench.met()) == sorted([ben.person, who.person, who.person])
    await other.close()
    await experiments.close()


async def test_a_guardrail_gives_everybody_what_was_before_at_once(bench: Bench) -> None:
    """Rolled back in nobody's name, from another process; what was shipped before holds again."""
    bench.start("first", "blue", "red")
    bench.decide("first", "ship", "red")
    bench.start("second", "blue", "off")
    assert await bench.given("anna") in ("blue", "off")
    running = bench.lab.find("second")
    bench.lab.records.write(lambda conn: roll_back(conn, running, "It fails.", clock=bench.lab.clock))
    assert await bench.given("anna") == "red"


async def test_nobody_is_told_to_have_met_what_the_product_gives_by_itself(bench: Bench) -> None:
    """A program that says so may never show the difference, and would count people who saw none."""
    bench.start("colour", "blue", "red")
    experiments = Experiments(bench.lab.records, bench.lab.clock)
    with pytest.raises(InputWrong, match="colour is about what the product does at lamp"):
        await experiments.meet("colour", bench.lab.who("anna"))
    assert bench.met() == []
    await experiments.close()


async def test_how_it_stands_at_every_place_is_told(bench: Bench) -> None:
    """What is given to who is in nothing, and what runs."""
    bench.start("first", "blue", "red")
    bench.decide("first", "ship", "red")
    bench.start("second", "red", "off")
    told = [one.to_json() for one in await bench.trials.tried(bench.lab.scope.workspace)]
    assert [(one["place"], one["given"], one["running"]) for one in told] == [
        ("lamp", "red", ["second"]),
        ("bell", "low", []),
    ]
    assert told[1]["variants"][1] == {"name": "high", "does": "Is high."}


async def test_nobody_who_is_unknown_is_in_anything(bench: Bench) -> None:
    """Somebody who was deleted meanwhile is given what everybody else is."""
    bench.start("colour", "red", "off")
    given: Given = await bench.trials.give(Scope(bench.lab.scope.workspace, "0" * 26), AT)
    assert given.variants["lamp"] == "blue"
