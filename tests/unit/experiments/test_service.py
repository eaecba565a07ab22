"""The one line in code: the right variant, recorded, without a look at the records when it is known."""

import asyncio
import json
import multiprocessing
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.experiments import Experiments, Rules, UnitBuckets, assign, change, decide, read, running_phase, stop
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import InputWrong, NotFound, StoreUnavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.records import open_records
from bowerbird.records.tables import exposures

from .conftest import RULES, Lab


def recorded(lab: Lab) -> Counter[str]:
    """How many are recorded in each variant."""
    wanted = sa.select(exposures.c.variant)
    return Counter(lab.records.read(lambda conn: conn.execute(wanted).scalars().all()))


async def test_everybody_gets_the_variant_that_is_computed_and_is_recorded_once(lab: Lab, service: Experiments) -> None:
    """A hundred at a time and again: one row each."""
    one = lab.running()
    people = [f"user-{number}" for number in range(100)]
    scopes = [lab.who(person) for person in people]

    first = await asyncio.gather(*(service.variant("ranker", who) for who in scopes))
    again = await asyncio.gather(*(service.variant("ranker", who) for who in scopes))

    assert first == again == [assign(running_phase(one), UnitBuckets(person)).variant for person in people]
    assert recorded(lab) == Counter(first)


async def test_who_was_exposed_costs_no_look_at_the_records(
    lab: Lab, service: Experiments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor a turn of a writer, in any number of experiments; and not much time."""
    for number in range(10):
        lab.running(f"e{number}", conditions=[{"attribute": "region", "test": "one_of", "values": ["NZ"]}])
    who, known = lab.who("a"), {"region": "NZ"}
    before = [await service.variant(f"e{number}", who, attributes=known) for number in range(10)]

    async def never(_: object) -> None:
        raise AssertionError("the records were asked")

    monkeypatch.setattr(lab.records, "aread", never)
    monkeypatch.setattr(lab.records, "awrite", never)
    assert [await service.variant(f"e{number}", who, attributes=known) for number in range(10)] == before


async def test_the_control_is_for_who_is_not_in_it(lab: Lab, service: Experiments) -> None:
    """By conditions, by what they call themselves, and in a draft; `otherwise` where there is no such experiment."""
    lab.running(control="treatment", conditions=[{"attribute": "region", "test": "given"}])
    lab.draft("idle")

    who = lab.who("a")
    assert await service.variant("ranker", who) == "treatment"
    bot = await service.variant("ranker", who, attributes={"region": "NZ"}, user_agent="Googlebot/2.1")
    assert (bot, await service.variant("idle", who)) == ("treatment", "control")
    assert await service.variant("nothing", who) == "control"
    assert await service.variant("nothing", who, otherwise="beta") == "beta"
    assert recorded(lab) == Counter()


async def test_a_change_holds_once_it_is_acknowledged(lab: Lab, service: Experiments) -> None:
    """What runs is kept in memory, yet a phase, a stop and a decision are seen by the next request."""
    lab.running()
    who = lab.who("a")
    await service.variant("ranker", who)
    other = read(Rules, RULES | {"conditions": [{"attribute": "region", "test": "given"}]})
    lab.records.write(lambda conn: change(conn, lab.scope, "ranker", other, clock=lab.clock, new_phase=True))
    assert await service.variant("ranker", who) == "control"
    assert await service.variant("ranker", who, attributes={"region": "NZ"}) in ("control", "treatment")
    assert recorded(lab).total() == 2

    lab.records.write(lambda conn: stop(conn, lab.scope, "ranker", clock=lab.clock))
    assert await service.variant("ranker", who, attributes={"region": "NZ"}) == "control"
    lab.records.write(
        lambda conn: decide(conn, lab.scope, "ranker", "ship", "better", clock=lab.clock, variant="treatment")
    )
    assert await service.variant("ranker", who) == "treatment"


async def test_sticky_people_keep_their_variant_in_a_process_that_is_new(lab: Lab, service: Experiments) -> None:
    """It is read from the records once, also for who would be in no traffic now."""
    lab.running()
    scopes = [lab.who(f"user-{number}") for number in range(20)]
    before = [await service.variant("ranker", who) for who in scopes]
    fewer = read(Rules, RULES | {"sticky": True, "traffic": 0.001})
    lab.records.write(lambda conn: change(conn, lab.scope, "ranker", fewer, clock=lab.clock, new_phase=True))

    fresh = Experiments(lab.records, lab.clock)
    assert [await fresh.variant("ranker", who) for who in scopes] == before
    assert [await fresh.variant("ranker", who) for who in scopes] == before
    await fresh.close()
    assert recorded(lab).total() == 40


async def test_people_get_their_variant_while_the_records_cannot_be_written(
    lab: Lab, service: Experiments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that they will get later, when they are recorded; what nobody can know then is the control."""
    one = lab.running()
    known = lab.who("known")
    await service.variant("ranker", known)
    later = lab.who("later")

    def fails(_: object) -> Callable[[object], Any]:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(lab.records, "_submit", fails)
        during = await service.variant("ranker", later)
        assert await service.variant("ranker", known) in ("control", "treatment")
    assert during == assign(running_phase(one), UnitBuckets("later")).variant
    assert recorded(lab).total() == 1
    assert await service.variant("ranker", later) == during
    assert recorded(lab).total() == 2


async def test_a_client_that_assigns_by_itself_tells_what_it_showed(lab: Lab, service: Experiments) -> None:
    """A variant that there is not is refused, and so is an experiment."""
    lab.running()
    who = lab.who("a")
    with pytest.raises(InputWrong, match="'third' is no variant of ranker; expected one of control, treatment"):
        await service.meet("ranker", who, shown="third")
    with pytest.raises(NotFound, match="no experiment 'nothing'"):
        await service.meet("nothing", who)
    first = await service.meet("ranker", who)
    other = "control" if first.variant == "treatment" else "treatment"
    assert (await service.meet("ranker", who, shown=other)).state == "other"
    assert (await service.results("ranker", lab.scope.workspace)).exposures[str(first.variant)].multiple == 1
    with pytest.raises(NotFound, match="has 1 phases, and 2 is none of them"):
        await service.results("ranker", lab.scope.workspace, phase=2)


async def test_stopping_and_deciding_count_to_the_end(lab: Lab, service: Experiments) -> None:
    """Without anybody having counted before."""
    lab.running()
    await service.meet("ranker", lab.who("a"))
    lab.do("a", "saved")
    await service.stop("ranker", lab.scope)
    lab.do("a", "saved")
    await service.decide("ranker", lab.scope, "roll back", "no effect")
    lab.do("a", "saved")

    requests = (await service.results("ranker", lab.scope.workspace)).requests["saves"]["variants"]
    assert sum(one["sum"] for one in requests.values()) == 2


def assign_all(url: str, workspace: str, people: dict[str, str], told: "multiprocessing.Queue[dict[str, str]]") -> None:
    """A process of its own: everybody's variant, all at once."""

    async def work() -> dict[str, str]:
        records = open_records(url)
        experiments = Experiments(records, SystemClock())
        found = await asyncio.gather(*(experiments.variant("ranker", Scope(workspace, row)) for row in people.values()))
        await experiments.close()
        records.close()
        return dict(zip(people, found, strict=True))

    told.put(asyncio.run(work()))


def test_two_processes_at_once_give_everybody_one_variant(lab: Lab) -> None:
    """And one row each."""
    lab.running()
    people = {f"user-{number}": lab.who(f"user-{number}").person for number in range(60)}
    context = multiprocessing.get_context("spawn")
    told: multiprocessing.Queue[dict[str, str]] = context.Queue()
    url = lab.records.url.render_as_string(hide_password=False)
    given = url, lab.scope.workspace, people, told
    both = [context.Process(target=assign_all, args=given) for _ in range(2)]
    for one in both:
        one.start()
    first, second = told.get(timeout=60), told.get(timeout=60)
    for one in both:
        one.join(60)

    assert first == second, json.dumps([first, second])
    assert recorded(lab) == Counter(first.values())
