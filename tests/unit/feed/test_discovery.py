"""The vendor discovery rate: who found a vendor that they had not met, of those who did anything."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bowerbird.feed.discovery import Discovery, vendor_discovery_rate
from bowerbird.feed.events import NewEvent, keep_events
from bowerbird.records.tables import events, items
from bowerbird.testing.builders import Library

from .conftest import START_S
from .shelves import put

DAY_S = 86_400.0
SINCE_S, UNTIL_S = START_S - 10 * DAY_S, START_S - 3 * DAY_S
BEFORE, DURING, AFTER = SINCE_S - 1, SINCE_S, UNTIL_S


def furnish(library: Library) -> None:
    """Two vendors of two trades, `i1` and `i2`, and a note, `i3`."""
    kinds = ["vendor", "vendor", "note"]
    fields = [{"category": "florists"}, {"category": "venues"}, {"category": "florists"}]
    put(library, library.source(), [None] * 3, kind=kinds, fields=fields)


def did(library: Library, *done: tuple[str, str, str, float]) -> None:
    """Events: who, what, with which item, when."""
    given_ = [NewEvent(item, kind, at, person) for person, kind, item, at in done]
    workspace = library.scope.workspace
    outcomes = library.records.write(lambda conn: keep_events(conn, workspace, given_, clock=library.clock))
    assert all(outcome.state == "kept" for outcome in outcomes), outcomes


def rate(library: Library, *, category: str = "", workspace: str = "") -> Discovery:
    whose = workspace or library.scope.workspace
    return library.records.read(lambda conn: vendor_discovery_rate(conn, whose, SINCE_S, UNTIL_S, category=category))


def test_who_found_something_of_those_who_did_anything(library: Library) -> None:
    """Saving and enquiring find; liking and opening do not, nor does what is no vendor; a person counts once."""
    furnish(library)
    did(
        library,
        ("ada", "shown", "i1", DURING),
        ("ada", "saved", "i1", DURING + 9),
        ("ada", "enquired", "i2", DURING + 9),
        ("bea", "enquired", "i2", DURING),
        ("bea", "unsaved", "i2", DURING + 1),
        ("cleo", "liked", "i1", DURING),
        ("dot", "saved", "i3", DURING),
    )
    assert rate(library) == Discovery(discovering=2, active=4)
    assert rate(library).rate == 0.5
    assert rate(library, category="florists") == Discovery(1, 4)
    assert rate(library, category="venues") == Discovery(2, 4)
    assert rate(library, category="caterers") == Discovery(0, 4)


@pytest.mark.parametrize("kind", ["shown", "opened", "saved"])
def test_what_was_met_before_is_no_find(library: Library, kind: str) -> None:
    """Whatever told of it; that somebody else had met it is no matter."""
    furnish(library)
    did(library, ("ada", kind, "i1", BEFORE), ("ada", "saved", "i1", DURING), ("bea", "saved", "i1", DURING))
    assert rate(library) == Discovery(1, 2)


def test_a_period_begins_with_its_first_moment_and_ends_before_its_last(library: Library) -> None:
    """What is done at its end is the next one's."""
    furnish(library)
    did(library, ("ada", "saved", "i1", DURING), ("bea", "saved", "i1", AFTER), ("cleo", "saved", "i1", BEFORE))
    assert rate(library) == Discovery(1, 1)


def test_nobody_there_is_no_rate(library: Library) -> None:
    """No figure is made up, and other workspaces' people are not counted."""
    furnish(library)
    assert rate(library).rate is None
    did(library, ("ada", "saved", "i1", DURING))
    assert rate(library, workspace="another") == Discovery(0, 0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ada", "bea", "cleo"]),
            st.sampled_from(["shown", "saved", "enquired", "hidden"]),
            st.sampled_from(["i1", "i2", "i3"]),
            st.sampled_from([BEFORE - 5, BEFORE, DURING, DURING + 60, UNTIL_S - 1, AFTER]),
        ),
        max_size=12,
        unique=True,
    )
)
def test_it_is_what_counting_by_hand_gives(library: Library, done: list[tuple[str, str, str, float]]) -> None:
    """For any events in any order."""
    if not rows(library):
        furnish(library)
    library.records.write(lambda conn: conn.execute(sa.delete(events)))
    did(library, *done)
    inside = [one for one in done if SINCE_S <= one[3] < UNTIL_S]
    met = {(person, item) for person, _, item, at in done if at < SINCE_S}
    found = {
        person
        for person, kind, item, _ in inside
        if kind in ("saved", "enquired") and item in ("i1", "i2") and (person, item) not in met
    }
    assert rate(library) == Discovery(len(found), len({one[0] for one in inside}))


def rows(library: Library) -> int:
    """How many items there are."""
    return library.records.read(lambda conn: conn.execute(sa.select(sa.func.count()).select_from(items)).scalar_one())
