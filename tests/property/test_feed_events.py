"""Laws of events: what is counted depends on which there are, not on the order, the batches or the repeats."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bowerbird.feed.event import KINDS, is_reward
from bowerbird.feed.events import NewEvent, keep_events
from bowerbird.kernel.clock import ManualClock
from bowerbird.records import open_records
from bowerbird.records.tables import agent_tallies, events, persons, slates
from bowerbird.testing.builders import Library
from tests.feeding import furnish

DAY_S = 86_400.0
PEOPLE = ("ada", "bea")
SLATES = {"s1": "ada", "s2": "ada", "s3": "bea"}
AGENTS = {"page-1": ["quality", "discovery"], "page-2": ["discovery"], "page-3": []}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Items, people and slates; each example empties what it wrote."""
    path: Path = tmp_path_factory.mktemp("records") / "bowerbird.db"
    records = open_records(f"sqlite:///{path}")
    library = Library(records, ManualClock())
    rows = furnish(library)
    people = {name: library.person(name) for name in PEOPLE}

    def keep_slates(conn: sa.Connection) -> None:
        made = {"level": "agents", "length": 3, "entries": [], "stamps": [], "inputs": b""}
        for slate, name in SLATES.items():
            places = [[rows[key], 0.5, agents] for key, agents in AGENTS.items() if (slate, key) != ("s3", "page-1")]
            values = {"id": slate, "workspace": library.scope.workspace, "person": people[name], "made_at": 0.0}
            conn.execute(sa.insert(slates).values(values | made | {"places": places}))

    records.write(keep_slates)
    yield library
    records.close()


EVENTS = st.builds(
    NewEvent,
    item=st.sampled_from(["page-1", "page-2", "page-3", "nothing"]),
    kind=st.one_of(st.sampled_from(["shown", "opened", "dwelt"]), st.sampled_from(KINDS)),
    at=st.integers(0, 4)
    .flatmap(lambda day: st.sampled_from([day * DAY_S + 10, day * DAY_S + 20]))
    .map(lambda at_s: 1_749_000_000.0 + at_s),
    person=st.sampled_from(PEOPLE),
    id=st.none(),
    value=st.sampled_from([5.0, 10.0, 30.0]),
    slate=st.sampled_from([None, *SLATES, "elsewhere"]),
)


def keep_all(library: Library, batches: Sequence[Sequence[NewEvent]]) -> tuple[Any, ...]:
    """What the records hold when fresh ones were given these batches: events, tallies, when slates were shown."""

    def work(conn: sa.Connection) -> tuple[Any, ...]:
        conn.execute(sa.delete(events))
        conn.execute(sa.delete(agent_tallies))
        conn.execute(sa.update(slates).values(shown_at=None))
        for batch in batches:
            keep_events(conn, library.scope.workspace, batch, clock=library.clock)
        kept = conn.execute(sa.select(events).order_by(events.c.key)).all()
        counted = conn.execute(sa.select(agent_tallies)).all()
        return (
            [tuple(row)[1:] for row in kept],
            {(row.agent, row.day): (row.shown, row.rewarded) for row in counted if row.shown or row.rewarded},
            sorted((row.id, row.shown_at or 0.0) for row in conn.execute(sa.select(slates))),
        )

    return library.records.write(work)


def expected(library: Library) -> dict[tuple[str, int], tuple[int, int]]:
    """The tallies, counted anew from the events that are kept."""
    rows = library.records.read(lambda conn: conn.execute(sa.select(events)).all())
    firsts: dict[tuple[str, int, str], float] = {}
    for row in rows:
        if row.slate is not None and (row.kind == "shown" or is_reward(row.kind, row.value)):
            spot = (row.slate, row.item, "shown" if row.kind == "shown" else "rewarded")
            firsts[spot] = min(row.at, firsts.get(spot, row.at))
    agents = {(row.slate, row.item): row.agents for row in rows if row.slate is not None}
    counts: dict[tuple[str, int], list[int]] = {}
    for (slate, item, what), at_s in firsts.items():
        for agent in agents[slate, item]:
            counts.setdefault((agent, int(at_s // DAY_S)), [0, 0])[what == "rewarded"] += 1
    return {spot: (shown, rewarded) for spot, (shown, rewarded) in counts.items()}


@given(st.lists(EVENTS, max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_neither_order_nor_batches_nor_repeats_count(library: Library, given_events: list[NewEvent], rng: Any) -> None:
    """Shuffled, cut anywhere, and sent twice, the same events leave the same records, and the tallies add up."""
    whole = keep_all(library, [given_events])
    assert whole[1] == expected(library)

    shuffled = [*given_events, *given_events]
    rng.shuffle(shuffled)
    batches: list[list[NewEvent]] = [[]]
    for event in shuffled:
        if rng.random() < 0.3:
            batches.append([])
        batches[-1].append(event)
    assert keep_all(library, batches) == whole


@given(st.lists(EVENTS, min_size=1, max_size=10))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_sending_again_is_known(library: Library, given_events: list[NewEvent]) -> None:
    """What was kept once is known ever after, and only refused things are refused again."""

    def twice(conn: sa.Connection) -> Any:
        conn.execute(sa.delete(events))
        first = keep_events(conn, library.scope.workspace, given_events, clock=library.clock)
        second = keep_events(conn, library.scope.workspace, given_events, clock=library.clock)
        people = conn.execute(sa.select(sa.func.count()).select_from(persons)).scalar_one()
        return first, second, people

    first, second, people = library.records.write(twice)
    assert [one.state == "refused" for one in first] == [one.state == "refused" for one in second]
    assert all(one.state in ("known", "refused") for one in second)
    assert people == len(PEOPLE) + 1
