"""A profile is what somebody did, in whatever order it came, as of what they think now."""

from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.feed.people import reset, take_back_reset
from bowerbird.feed.profile import Profile, Tried, read_profile
from bowerbird.records.tables import events
from bowerbird.testing.builders import Library
from tests.feeding import make_slate

from .shelves import did, put, unit_vectors


def profile(library: Library) -> Profile:
    return library.records.read(lambda conn: read_profile(conn, library.scope, clock=library.clock))


@pytest.fixture
def item(library: Library) -> int:
    return put(library, library.source(), unit_vectors(1))[0]


@pytest.mark.parametrize(
    ("kinds", "saved", "unwanted", "worth"),
    [
        (["saved"], True, False, 3.0),
        (["saved", "unsaved"], False, False, None),
        (["saved", "unsaved", "saved"], True, False, 3.0),
        (["unsaved"], False, False, None),
        (["hidden"], False, True, -1.0),
        (["hidden", "opened"], False, False, 1.0),
        (["opened", "hidden"], False, True, -1.0),
        (["liked", "disliked"], False, True, -2.0),
        (["disliked", "liked"], False, False, 3.0),
        (["hidden", "saved", "unsaved"], False, True, -1.0),
        (["saved", "hidden"], True, True, -1.0),
        (["viewed", "shared"], False, False, 3.0),
        (["dismissed"], False, False, -0.5),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_what_they_did_last_is_what_they_think(
    library: Library, item: int, *, kinds: list[str], saved: bool, unwanted: bool, worth: float | None
) -> None:
    """Whatever arrived first: the time when it was done decides. What was taken back says nothing."""
    for ago, kind in sorted(enumerate(reversed(kinds)), key=lambda one: one[1]):
        did(library, item, kind, ago=ago)
    found = profile(library)
    assert (item in found.saved, item in found.unwanted) == (saved, unwanted)
    assert [act.worth for act in found.acts] == ([] if worth is None else [worth])
    assert found.is_new == (worth is None or worth < 0)


def test_reading_counts_from_ten_seconds_on(library: Library, item: int) -> None:
    did(library, item, "dwelt", value=9.99)
    assert not profile(library).acts
    did(library, item, "dwelt", value=10.0, ago=1)
    assert [act.kind for act in profile(library).acts] == ["dwelt"]


def test_leaving_what_they_hid_does_not_bring_it_back(library: Library, item: int) -> None:
    """That they had read it for long is told when they leave, after they hid it."""
    did(library, item, "hidden", ago=1)
    did(library, item, "dwelt", value=60.0)
    assert profile(library).unwanted == {item}


def test_what_they_hid_and_keep_outlasts_whatever_they_scroll_past(library: Library) -> None:
    """More events than are read of a person at all."""
    made = put(library, library.source(), unit_vectors(4))
    for kind, one in zip(("hidden", "saved", "opened"), made, strict=False):
        did(library, one, kind, ago=50_000)
    scrolled = [
        {"workspace": library.scope.workspace, "person": library.scope.person, "item": made[3], "key": f"k{number}",
         "kind": "shown", "at": library.clock.now_s() - number, "received_at": 0.0}
        for number in range(1_000)
    ]  # fmt: skip
    library.records.write(lambda conn: conn.execute(sa.insert(events), scrolled))
    found = profile(library)
    assert found.unwanted == {made[0]}
    assert found.saved.keys() == {made[1]}
    assert found.shown.keys() == {made[3]}


def test_a_reset_lets_nothing_count_that_was_before(library: Library, item: int) -> None:
    """It can be taken back."""
    did(library, item, "hidden")
    did(library, item, "saved", ago=1)
    library.clock.advance(10)
    library.records.write(lambda conn: reset(conn, library.scope, clock=library.clock))
    found = profile(library)
    assert (found.acts, dict(found.saved), found.unwanted, found.is_new) == ((), {}, frozenset(), True)
    library.clock.advance(10)
    did(library, item, "opened")
    assert [act.kind for act in profile(library).acts] == ["opened"]
    library.records.write(lambda conn: take_back_reset(conn, library.scope, None, clock=library.clock))
    assert item in profile(library).saved


async def test_an_agent_is_tried_once_for_each_item_of_a_slate(library: Library) -> None:
    """However often it was shown and opened, in whatever order it is told."""
    put(library, library.source(), unit_vectors(3))
    slate = await make_slate(library, length=3)
    first, second, _ = slate.entries
    told: list[tuple[int, str, float]] = [
        (first.item, "shown", 30.0), (first.item, "shown", 29.0), (first.item, "opened", 20.0),
        (first.item, "saved", 10.0), (second.item, "shown", 30.0), (second.item, "dwelt", 5.0),
    ]  # fmt: skip
    found: list[dict[str, Any]] = []
    for order in list(permutations(range(len(told))))[::97]:
        library.records.write(lambda conn: conn.execute(sa.delete(events)))
        for number in order:
            item, kind, ago = told[number]
            did(library, item, kind, ago=ago, value=3.0 if kind == "dwelt" else None, slate=slate.id)
        found.append(dict(profile(library).tried))
    assert all(one == found[0] for one in found)
    for agent, tried in found[0].items():
        rewarded, unrewarded = float(agent in first.nominated_by), float(agent in second.nominated_by)
        assert (tried.rewarded, tried.unrewarded) == pytest.approx((rewarded, unrewarded), abs=1e-4)


async def test_what_they_scroll_past_again_they_were_shown_once(library: Library) -> None:
    """In one slate, however often it is told; in another it is once more."""
    put(library, library.source(), unit_vectors(1))
    first = await make_slate(library)
    second = await make_slate(library)
    item = first.entries[0].item
    for slate, ago in ((first, 50.0), (first, 40.0), (first, 30.0), (second, 20.0), (second, 10.0)):
        did(library, item, "shown", ago=ago, slate=slate.id)
    assert profile(library).shown == {item: (2, library.clock.now_s() - 10.0)}


def test_of_somebody_who_did_nothing_nothing_is_known(library: Library) -> None:
    assert profile(library) == Profile(library.scope, library.clock.now_s())
    assert Tried() == Tried(0.0, 0.0)
