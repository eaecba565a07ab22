"""What somebody chooses holds, and what they want forgotten is nowhere."""

from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bowerbird.feed.people import (
    MAX_INTEREST_CHARS,
    MOST_INTERESTS,
    Choices,
    choices,
    choose,
    export,
    forget,
    mute,
    reset,
    take_back,
    unmute,
)
from bowerbird.feed.slate import Entry, Slate, keep_slates
from bowerbird.feed.stamps import choices_of, counts_of
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import agent_tallies, events, feed_people, slates
from bowerbird.testing.builders import Library

from .shelves import did, loaded, put, tallies, unit_vectors

DAY_S = 86_400.0


def chosen(library: Library, **what: Any) -> Choices:
    return library.records.write(lambda conn: choose(conn, library.scope, clock=library.clock, **what))


def now(library: Library, scope: Scope | None = None) -> Choices:
    return library.records.read(lambda conn: choices(conn, scope or library.scope))


def of(library: Library, name: str) -> Scope:
    return Scope(library.scope.workspace, library.person(name))


def test_what_is_given_is_changed_and_nothing_else(library: Library) -> None:
    """Topics are tidied; who chose nothing has what everybody has."""
    assert now(library) == Choices()
    told = ["  blue   things ", "blue things", "", "film"]
    assert chosen(library, interests=told).interests == ("blue things", "film")
    assert chosen(library, surprise=1.0) == Choices(("blue things", "film"), 1.0)
    assert chosen(library, interests=[]) == Choices((), 1.0)
    assert now(library, of(library, "bea")) == Choices()


@pytest.mark.parametrize(
    "wrong",
    [{"surprise": 1.01}, {"surprise": -0.1}, {"surprise": float("nan")},
     {"interests": ["x" * (MAX_INTEREST_CHARS + 1)]},
     {"interests": ["a\x00b"]}, {"interests": [f"t{n}" for n in range(MOST_INTERESTS + 1)]}],
)  # fmt: skip
def test_what_cannot_be_chosen_is_refused_whole(library: Library, wrong: dict[str, Any]) -> None:
    """With the field that is wrong."""
    with pytest.raises(InputWrong) as refused:
        chosen(library, **({"interests": ["film"]} | wrong))
    assert refused.value.field in wrong
    assert now(library) == Choices()


def test_a_source_is_muted_until_it_is_unmuted(library: Library) -> None:
    """Once, if it is one that they may see; nobody learns whether another is there."""
    one, two = library.source(), library.source("https://b.example.org/")
    hidden = library.source("https://c.example.org/", person=library.person("bea"))
    for source in (one, two, one):
        library.records.write(lambda conn, of=source: mute(conn, library.scope, of, clock=library.clock))  # type: ignore[misc]
    assert set(now(library).muted) == {one, two}
    for source in (hidden, "nobody's"):
        with pytest.raises(NotFound):
            library.records.write(lambda conn, of=source: mute(conn, library.scope, of, clock=library.clock))  # type: ignore[misc]
    library.records.write(lambda conn: unmute(conn, library.scope, one, clock=library.clock))
    assert now(library).muted == (two,)


def test_whoever_changes_something_is_heard_by_all_processes(library: Library) -> None:
    """Their slates and profiles are dropped when it is committed."""
    stamps, source = library.records.stamps, library.source()
    acts = (
        lambda conn: choose(conn, library.scope, clock=library.clock, surprise=0.5),
        lambda conn: mute(conn, library.scope, source, clock=library.clock),
        lambda conn: unmute(conn, library.scope, source, clock=library.clock),
        lambda conn: reset(conn, library.scope, clock=library.clock),
        lambda conn: forget(conn, library.scope),
    )
    for act in acts:
        before = stamps.look(choices_of(library.scope.person))
        library.records.write(act)
        assert stamps.look(choices_of(library.scope.person)) != before
    before = stamps.look(counts_of(library.scope.workspace))
    library.records.write(lambda conn: forget(conn, library.scope))
    assert stamps.look(counts_of(library.scope.workspace)) != before


def test_what_is_taken_back_was_never_done(library: Library) -> None:
    """The newest of those kinds, with what was counted because of it; what it hid counts again."""
    (item,) = put(library, library.source(), unit_vectors(1))
    a_slate(library, library.scope, "s", item)
    for kind, ago in (("shown", 3 * DAY_S), ("opened", 2 * DAY_S), ("saved", 2.9 * DAY_S)):
        did(library, item, kind, ago=ago, slate="s")
    before = tallies(library)

    def back(*kinds: str) -> int:
        return library.records.write(lambda conn: take_back(conn, library.scope, "i1", kinds))

    assert back("hidden") == 0
    assert back("saved") == 1
    assert tallies(library) != before
    assert sum(rewarded for _, rewarded in tallies(library).values()) == 2  # by "opened" now, on its own day
    assert tallies(library)["a", int((library.clock.now_s() - 2 * DAY_S) // DAY_S)][1] == 1
    assert back("saved") == 0
    assert back("opened") == 1
    assert sum(rewarded for _, rewarded in tallies(library).values()) == 0
    assert sum(shown for shown, _ in tallies(library).values()) == 2


def a_slate(library: Library, scope: Scope, identity: str, *items: int) -> None:
    """One that two agents made of those items."""
    entries = tuple(Entry(item, f"i{item}", "", 0.5, {}, 0.5, ("a", "b"), explored=False) for item in items)
    slate = Slate(identity, scope, library.clock.now_s(), "agents", entries, length=len(items))
    library.records.write(lambda conn: keep_slates(conn, [slate]))


def test_what_is_exported_is_all_there_is(library: Library) -> None:
    """Of an item that is closed to them now it is not told which it was."""
    bea = library.person("bea")
    source, closing = library.source(), library.source("https://b.example.org/")
    (one,), (two,) = put(library, source, unit_vectors(1)), put(library, closing, unit_vectors(1))
    a_slate(library, library.scope, "s", one)
    did(library, one, "shown", slate="s", ago=5)
    did(library, two, "liked")
    did(library, one, "liked", by=Scope(library.scope.workspace, bea))
    chosen(library, interests=["film"])
    library.records.write(
        lambda conn: conn.execute(sa.text("UPDATE sources SET private_to = :who WHERE id = :id"),
                                  {"who": bea, "id": closing})
    )  # fmt: skip
    found = library.records.read(lambda conn: export(conn, library.scope))
    assert found["choices"]["interests"] == ("film",)
    assert [(one["kind"], one["item"], one["title"]) for one in found["events"]] == [
        ("liked", None, None), ("shown", "i1", "Item 1"),
    ]  # fmt: skip
    assert [one["id"] for one in found["slates"]] == ["s"]


KINDS = ("shown", "opened", "saved", "liked", "dwelt", "hidden", "unsaved")
acts = st.lists(
    st.tuples(st.booleans(), st.integers(0, 3), st.sampled_from(KINDS), st.integers(0, 5 * 24), st.integers(0, 2)),
    max_size=25,
)


@given(acts)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_forgetting_it_is_as_if_they_had_never_been_there(
    library: Library, acts: list[tuple[bool, int, str, int, int]]
) -> None:
    """In all tables, the tallies, and what the catalogue counts; whatever they did beside whom, and took back."""
    world = Worlds(library)
    world.empty()
    with_them = world.lives(acts)
    library.records.write(lambda conn: forget(conn, world.them))
    after = world.state(with_them)
    for table in (events, slates, feed_people):
        held = sa.select(sa.func.count()).where(table.c.person == world.them.person)
        assert library.records.read(lambda conn, of=held: conn.execute(of).scalar()) == 0  # type: ignore[misc]
    world.empty()
    without_them = world.lives([act for act in acts if not act[0]])
    assert after == world.state(without_them)


class Worlds:
    """Two people before four items, of whom one may never have been there."""

    def __init__(self, library: Library) -> None:
        self.library = library
        library.clock.advance(1)
        tag = str(library.clock.now_s())
        self.them, self.other = of(library, f"them {tag}"), of(library, f"other {tag}")
        self.items = put(library, library.source(f"https://{tag}.example.org/"), unit_vectors(4))

    def lives(self, acts: list[tuple[bool, int, str, int, int]]) -> Any:
        """Let them act; the catalogue of who looked on all the while."""
        catalogue = loaded(self.library)
        for scope, name in ((self.them, "t"), (self.other, "o")):
            a_slate(self.library, scope, f"{name}{self.library.clock.now_s()}", *self.items)
        slate_at = self.library.clock.now_s()
        for number, (is_theirs, which, kind, hours, back) in enumerate(acts):
            scope, name = (self.them, "t") if is_theirs else (self.other, "o")
            item = self.items[which]
            value = 12.0 if kind == "dwelt" else None
            did(self.library, item, kind, by=scope, ago=3_600.0 * hours, value=value, slate=f"{name}{slate_at}")
            if not back:
                key = f"i{item}"
                self.library.records.write(
                    lambda conn, of=scope, one=key, what=kind: take_back(conn, of, one, [what])  # type: ignore[misc]
                )
            if number % 5 == 0:
                self.library.records.read(catalogue.catch_up)
        return catalogue

    def state(self, catalogue: Any) -> Any:
        """What is left that could tell."""
        catalogue.count_anew()
        self.library.records.read(catalogue.catch_up)
        rows = np.array([catalogue.row_of(item) for item in self.items])
        counts = catalogue.counts(rows)
        kept = sa.select(events.c.item, events.c.kind, events.c.at).order_by(events.c.at, events.c.item, events.c.kind)
        return (
            tallies(self.library),
            np.round(counts.shown, 4).tolist(),
            np.round(counts.rewarded, 4).tolist(),
            self.library.records.read(lambda conn: [tuple(row) for row in conn.execute(kept)]),
        )

    def empty(self) -> None:
        def work(conn: sa.Connection) -> None:
            for table in (events, slates, agent_tallies, feed_people):
                conn.execute(sa.delete(table))

        self.library.records.write(work)
