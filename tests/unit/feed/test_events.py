"""Events are kept once, with what the slate knows of them; what cannot be kept is refused by itself, and says why."""

import asyncio
import math
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.feed.event import KINDS, is_reward
from bowerbird.feed.events import EventKeeper, NewEvent, Outcome, keep_events
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import agent_tallies, events, persons, slates
from bowerbird.testing.builders import Library
from tests.feeding import furnish

DAY_S = 86_400.0


def keep(library: Library, *given: NewEvent) -> list[Outcome]:
    return library.records.write(lambda conn: keep_events(conn, library.scope.workspace, given, clock=library.clock))


def rows(library: Library) -> Sequence[Any]:
    return library.records.read(lambda conn: conn.execute(sa.select(events).order_by(events.c.id)).all())


def tallies(library: Library) -> dict[tuple[str, int], tuple[int, int]]:
    """By agent and day: shown, rewarded; without those that are nothing."""
    found = library.records.read(lambda conn: conn.execute(sa.select(agent_tallies)).all())
    return {(row.agent, row.day): (row.shown, row.rewarded) for row in found if row.shown or row.rewarded}


def test_an_event_is_kept_with_what_it_says(library: Library) -> None:
    """Who, what, when; a person that is first named is made."""
    items = furnish(library)
    now = library.clock.now_s()

    outcome = keep(library, NewEvent("page-1", "dwelt", now - 60, "ada", value=12.5, details={"screen": "small"}))

    person = library.records.read(
        lambda conn: conn.execute(sa.select(persons.c.id).where(persons.c.external_id == "ada")).scalar_one()
    )
    assert outcome == [Outcome("kept", person=person, item=items["page-1"])]
    (row,) = rows(library)
    assert (row.person, row.item, row.kind, row.at, row.value) == (person, items["page-1"], "dwelt", now - 60, 12.5)
    assert (row.received_at, row.slate, row.position, row.propensity, row.agents) == (now, None, None, None, None)
    assert row.details == {"screen": "small"}


def test_the_same_event_again_changes_nothing(library: Library) -> None:
    """By the client's own id; without one by all that it says. The next one of a kind is another event."""
    furnish(library)
    now = library.clock.now_s()
    named, unnamed = NewEvent("page-1", "opened", now, "ada", "e1"), NewEvent("page-1", "opened", now, "ada")

    assert [each.state for each in keep(library, named, unnamed, named)] == ["kept", "kept", "known"]
    library.clock.advance(5)
    assert [each.state for each in keep(library, unnamed, named)] == ["known", "known"]
    assert [each.state for each in keep(library, NewEvent("page-1", "opened", now + 1, "ada"))] == ["kept"]
    assert len(rows(library)) == 3


def test_an_id_is_the_persons_own(library: Library) -> None:
    """Nobody keeps another's event out by using its id first."""
    furnish(library)
    now = library.clock.now_s()
    first, second = NewEvent("page-1", "liked", now, "ada", "e1"), NewEvent("page-1", "liked", now, "bea", "e1")
    assert [each.state for each in keep(library, first, second)] == ["kept", "kept"]


NOW = 1_780_000_000.0


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (NewEvent("page-99", "opened", NOW, "ada"), "no item 'page-99'"),
        (NewEvent("page-1", "bought", NOW, "ada"), "kind is 'bought'"),
        (NewEvent("page-1", "opened", NOW + 400, "ada"), "in the future"),
        (NewEvent("page-1", "opened", NOW * 1000, "ada"), "in the future"),
        (NewEvent("page-1", "opened", 20_000, "ada"), "before the year 2000"),
        (NewEvent("page-1", "opened", math.nan, "ada"), "at is nan"),
        (NewEvent("page-1", "opened", math.inf, "ada"), "at is inf"),
        (NewEvent("page-1", "dwelt", NOW, "ada", value=math.nan), "value is nan"),
        (NewEvent("page-1", "dwelt", NOW, "ada"), "how many seconds"),
        (NewEvent("page-1", "dwelt", NOW, "ada", value=-1), "how many seconds"),
        (NewEvent("page-1", "opened", NOW, "a" * 201), "person has 201 characters"),
        (NewEvent("page-1", "opened", NOW, "ada", "e" * 201), "id has 201 characters"),
        (NewEvent("page-1", "opened", NOW, "ada", slate="s" * 201), "slate has 201 characters"),
        (NewEvent("p" * 2_001, "opened", NOW, "ada"), "item has 2,001 characters"),
        (NewEvent("page-1\0", "opened", NOW, "ada"), "no text"),
        (NewEvent("\ud800", "opened", NOW, "ada"), "no text"),
        (NewEvent("page-1", "opened", NOW, ""), "no person ''"),
        (NewEvent("page-1", "opened", NOW, "a\nb"), "no person"),
        (NewEvent("page-1", "opened", NOW, "account:unknown"), "no person"),
        (NewEvent("page-1", "opened", NOW), "no person"),
        (NewEvent("page-1", "opened", NOW, "ada", details={"x": "y" * 2_000}), "more than 2,000 characters"),
    ],
)
def test_what_cannot_be_is_refused_and_the_others_are_kept(library: Library, event: NewEvent, says: str) -> None:
    """Each for itself, in words; nobody is made because of it."""
    furnish(library)
    library.clock.advance(NOW - library.clock.now_s())

    before, refused, after = keep(
        library, NewEvent("page-1", "opened", NOW, "bea", "b"), event, NewEvent("page-1", "opened", NOW, "bea", "a")
    )

    assert (before.state, refused.state, after.state) == ("kept", "refused", "kept")
    assert says in refused.reason
    known = library.records.read(lambda conn: conn.execute(sa.select(persons.c.external_id)).scalars().all())
    assert sorted(known) == ["bea", "local"]


def test_a_clock_that_is_a_little_fast_is_set_right(library: Library) -> None:
    """Up to five minutes ahead is now; sent again it is the same event, whatever the time is then."""
    furnish(library)
    now = library.clock.now_s()
    fast = NewEvent("page-1", "opened", now + 299, "ada")

    assert keep(library, fast)[0].state == "kept"
    assert rows(library)[0].at == now
    library.clock.advance(10)
    assert keep(library, fast)[0].state == "known"


def test_the_slate_says_where_an_item_stood_and_for_whom_it_was(library: Library) -> None:
    """Place, propensity and agents are the slate's, whatever the client says."""
    items = furnish(library)
    slate = a_slate(library, "ada", [[items["page-2"], 0.5, ["quality"]], [items["page-1"], 0.25, ["a", "b"]]])
    now = library.clock.now_s()

    keep(library, NewEvent("page-1", "opened", now, "ada", slate=slate, details={"position": 9, "screen": "small"}))

    (row,) = rows(library)
    assert (row.slate, row.position, row.propensity, row.agents) == (slate, 1, 0.25, ["a", "b"])
    assert row.details == {"screen": "small"}


@pytest.mark.parametrize("case", ["unknown", "another's", "without the item"])
def test_a_slate_that_does_not_fit_is_noted_and_counts_nothing(library: Library, case: str) -> None:
    """The event may come from another system: it is kept, and what was said of the slate with it."""
    items = furnish(library)
    held = "page-2" if case == "without the item" else "page-1"
    slate = a_slate(library, "bea" if case == "another's" else "ada", [[items[held], 0.5, ["quality"]]])
    named = "elsewhere-7" if case == "unknown" else slate

    keep(library, NewEvent("page-1", "shown", library.clock.now_s(), "ada", slate=named, details={"position": 3}))

    (row,) = rows(library)
    assert (row.slate, row.position, row.propensity) == (None, None, None)
    assert row.details == {"slate": named, "position": 3}
    assert tallies(library) == {}
    assert shown_at(library, slate) is None


def a_slate(library: Library, person: str, places: list[list[Any]], identity: str = "a-slate") -> str:
    """A slate that was made for that person."""

    def work(conn: sa.Connection) -> None:
        row = conn.execute(sa.select(persons.c.id).where(persons.c.external_id == person)).scalar()
        values = {"id": identity, "workspace": library.scope.workspace, "made_at": library.clock.now_s()}
        values |= {"person": row or library_person(conn), "level": "agents", "places": places, "inputs": b""}
        values |= {"length": len(places), "entries": [], "stamps": []}
        conn.execute(sa.insert(slates).values(values))

    def library_person(conn: sa.Connection) -> str:
        conn.execute(
            sa.insert(persons).values(
                id=f"row-{person}", workspace=library.scope.workspace, external_id=person, name=person, created_at=0.0
            )
        )
        return f"row-{person}"

    library.records.write(work)
    return identity


def shown_at(library: Library, slate: str) -> float | None:
    found = sa.select(slates.c.shown_at).where(slates.c.id == slate)
    return library.records.read(lambda conn: conn.execute(found).scalar())


def test_every_agent_is_told_once_of_each_item_that_was_shown_and_rewarded(library: Library) -> None:
    """The first of each counts, on its day; what comes again, and what is no reward, does not."""
    items = furnish(library)
    slate = a_slate(library, "ada", [[items["page-1"], 0.5, ["quality", "discovery"]], [items["page-2"], 0.5, ["a"]]])
    day = library.clock.now_s() // DAY_S
    noon = day * DAY_S - DAY_S / 2  # yesterday

    def did(kind: str, at: float, value: float | None = None, item: str = "page-1") -> NewEvent:
        return NewEvent(item, kind, at, "ada", value=value, slate=slate)

    keep(library, did("shown", noon), did("shown", noon + 1), did("dwelt", noon + 2, 9.9), did("hidden", noon + 3))
    yesterday = int(day - 1)
    assert tallies(library) == {("quality", yesterday): (1, 0), ("discovery", yesterday): (1, 0)}

    keep(library, did("dwelt", noon + 20, 10.0), did("saved", noon + 21), did("opened", noon + DAY_S, item="page-2"))
    assert tallies(library) == {
        ("quality", yesterday): (1, 1),
        ("discovery", yesterday): (1, 1),
        ("a", int(day)): (0, 1),
    }
    assert shown_at(library, slate) == noon


def test_an_earlier_one_that_arrives_later_moves_the_count(library: Library) -> None:
    """A phone that was offline tells on the next day what happened on the day before."""
    items = furnish(library)
    slate = a_slate(library, "ada", [[items["page-1"], 0.5, ["quality"]]])
    now = library.clock.now_s()
    today = int(now // DAY_S)

    keep(library, NewEvent("page-1", "shown", now, "ada", slate=slate))
    assert tallies(library) == {("quality", today): (1, 0)}
    keep(library, NewEvent("page-1", "shown", now - 2 * DAY_S, "ada", slate=slate))
    assert tallies(library) == {("quality", today - 2): (1, 0)}
    assert shown_at(library, slate) == now - 2 * DAY_S


def test_what_a_sender_may_not_see_is_not_there(library: Library) -> None:
    """An item of another's private source is unknown to them; to its owner and the machine's operator it is there."""
    furnish(library, private_to=library.person("bea"))
    own = {name: Scope(library.scope.workspace, library.person(name)) for name in ("ada", "cleo")}
    bea = library.records.read(
        lambda conn: conn.execute(sa.select(persons.c.id).where(persons.c.external_id == "bea")).scalar_one()
    )
    now = library.clock.now_s()

    outcomes = keep(
        library,
        NewEvent("page-1", "opened", now, sender=own["ada"]),
        NewEvent("page-1", "opened", now, "bea", sender=own["cleo"]),
        NewEvent("page-1", "opened", now, sender=Scope(library.scope.workspace, bea)),
        NewEvent("page-1", "opened", now, "dan"),
    )

    assert [each.state for each in outcomes] == ["refused", "refused", "kept", "kept"]
    assert outcomes[0].reason == keep(library, NewEvent("page-1", "opened", now, "x", sender=own["ada"]))[0].reason
    assert outcomes[2].person == bea


def test_a_limited_sender_sees_their_sources_only(library: Library) -> None:
    """A scope of some sources holds here too."""
    furnish(library)
    limited = Scope(library.scope.workspace, library.scope.person, sources=("another",))
    assert keep(library, NewEvent("page-1", "opened", library.clock.now_s(), sender=limited))[0].state == "refused"


def test_another_workspace_has_items_of_its_own(library: Library) -> None:
    """A key of this workspace names nothing in another."""
    furnish(library)
    event = NewEvent("page-1", "opened", library.clock.now_s(), "ada")
    found = library.records.write(lambda conn: keep_events(conn, "another", [event], clock=library.clock))
    assert found[0].state == "refused"


def test_more_than_fit_into_a_statement_are_kept(library: Library) -> None:
    """In their order, each with its own outcome."""
    furnish(library)
    now = library.clock.now_s()
    given = [NewEvent("page-1" if n % 3 else "no", "opened", now - n, f"user-{n % 700}") for n in range(1_700)]
    outcomes = keep(library, *given)
    assert [each.state for each in outcomes] == ["kept" if n % 3 else "refused" for n in range(1_700)]
    assert len(rows(library)) == sum(1 for n in range(1_700) if n % 3)


def test_callers_at_the_same_time_get_each_their_own(library: Library) -> None:
    """Single events of many callers, long lists and other workspaces go together and come back apart."""
    furnish(library)
    now = library.clock.now_s()

    async def all_at_once() -> list[list[Outcome]]:
        keeper = EventKeeper(library.records, library.clock)
        ours = library.scope.workspace
        calls = [keeper.keep(ours, [NewEvent("page-1", "opened", now - n, "ada")]) for n in range(100)]
        calls.append(keeper.keep("another", [NewEvent("page-1", "opened", now, "ada")]))
        calls.append(keeper.keep(ours, [NewEvent("page-1", "liked", now, f"user-{n}") for n in range(120)]))
        calls.append(
            keeper.keep(ours, [NewEvent("page-1", "bought", now, "ada"), NewEvent("page-1", "liked", now, "a")])
        )
        found = await asyncio.gather(*calls)
        await keeper.close()
        return list(found)

    found = asyncio.run(all_at_once())
    assert all([each.state for each in one] == ["kept"] for one in found[:100])
    assert [each.state for each in found[100]] == ["refused"]
    assert [each.state for each in found[101]] == ["kept"] * 120
    assert [each.state for each in found[102]] == ["refused", "kept"]
    assert len(rows(library)) == 221


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_a_reward(kind: str) -> None:
    """Opening, keeping, liking, passing on, asking, and staying for ten seconds."""
    rewards = {"opened", "saved", "liked", "shared", "enquired", "cited_opened", "asked"}
    assert is_reward(kind, None) == (kind in rewards)
    assert is_reward(kind, 10.0) == (kind in rewards | {"dwelt"})
