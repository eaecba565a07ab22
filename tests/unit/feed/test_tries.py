"""What was tried with a person: what events say of it, and how much."""

from dataclasses import dataclass

import pytest

from bowerbird.feed.tries import LOOKED_ON, tries_of


@dataclass(frozen=True)
class Event:
    """A row of events."""

    item: int
    kind: str
    at: float = 0.0
    slate: str | None = None
    position: int | None = None
    value: float | None = None


def page(*items: int, slate: str = "a", at: float = 0.0) -> list[Event]:
    """They were shown in this order."""
    return [Event(item, "shown", at, slate, place) for place, item in enumerate(items)]


def test_what_was_opened_in_its_place_was_won() -> None:
    """A reward of the same place wins it; more than an opening makes it sure."""
    found = tries_of(
        [*page(1, 2, 3), Event(1, "opened", 1, "a", 0), Event(2, "opened", 1, "a", 1), Event(2, "liked", 2, "a", 1)]
    )

    assert dict(zip(found.items.tolist(), zip(found.won.tolist(), found.sure.tolist(), strict=True), strict=True)) == {
        1: (True, False),
        2: (True, True),
        3: (False, False),
    }


def test_what_stands_lower_tells_less() -> None:
    """Above the last thing they did everything was looked at; below, each place a little less."""
    found = tries_of([*page(1, 2, 3, 4), Event(2, "opened", 1, "a", 1)])

    weight = dict(zip(found.items.tolist(), found.weight.tolist(), strict=True))

    assert weight == pytest.approx({1: 1.0, 2: 1.0, 3: LOOKED_ON, 4: LOOKED_ON**2})


def test_what_was_found_without_a_page_is_a_try_of_its_own() -> None:
    """A reward that names no slate is something found; one that names a slate is not."""
    found = tries_of([Event(1, "opened"), Event(2, "saved", slate="b")])

    assert dict(zip(found.items.tolist(), found.found.tolist(), strict=True)) == {1: True, 2: False}
    assert found.won.all()


@pytest.mark.parametrize("kind", ["hidden", "disliked"])
def test_what_was_hidden_was_not_won(kind: str) -> None:
    """Whoever opens something and then does not want it did not welcome it."""
    found = tries_of([*page(1), Event(1, "opened", 1, "a", 0), Event(1, kind, 2, "a", 0)])

    assert found.won.tolist() == [False]
    assert found.weight.tolist() == [1.0]


def test_how_often_it_was_shown_before_is_counted() -> None:
    """Each time counts those before it; the newest comes first."""
    found = tries_of([*page(1, slate="a", at=1), *page(1, slate="b", at=2), *page(1, slate="c", at=3)])

    assert found.before.tolist() == [2, 1, 0]
    assert found.at.tolist() == [3, 2, 1]


def test_staying_long_is_sure_and_passing_is_nothing() -> None:
    """To stay for a while wins like a like; a second does not."""
    found = tries_of([*page(1, 2), Event(1, "dwelt", 1, "a", 0, 30.0), Event(2, "dwelt", 1, "a", 1, 1.0)])

    assert found.won.tolist() == [True, False]
    assert found.sure.tolist() == [True, False]


def test_of_somebody_who_did_nothing_there_are_none() -> None:
    """No events, no tries."""
    assert len(tries_of([])) == 0
