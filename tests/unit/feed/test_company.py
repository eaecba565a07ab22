"""What others did with an item: popularity against what could be expected, and what people share."""

from pathlib import Path

import numpy as np
import pytest

from bench.quality.feed_product import KINDS, Done, Goods
from bench.quality.feed_records import write_world
from bowerbird.feed.catalogue import DAY_S, Catalogue
from bowerbird.feed.company import Company, company
from bowerbird.feed.tries import Tries
from bowerbird.kernel.clock import ManualClock
from bowerbird.records import open_records

NOW = 1_800_000_000.0
ITEMS = 30


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Thirty items; that of row n has the id n + 1."""
    records = open_records(f"sqlite:///{tmp_path_factory.mktemp('company') / Path('records.db')}")
    goods = Goods(np.eye(ITEMS, 384, dtype=np.float32), np.full(ITEMS, -1), np.full(ITEMS, NOW - 900 * DAY_S), 1)
    nothing = np.empty(0, np.int64)
    written = write_world(
        records, ManualClock(NOW), goods, Done(nothing, nothing, np.empty(0), nothing > 0), kinds=KINDS
    )
    found = Catalogue(written.scope.workspace, ManualClock(NOW))
    records.read(found.catch_up)
    records.close()
    return found


def tries(rows: list[int], *, days_ago: float = 1.0, won: bool = True, found: bool = True) -> Tries:
    """One try of each of these rows, at one time."""
    full = np.ones(len(rows))
    return Tries(
        np.array(rows) + 1,
        full * (NOW - days_ago * DAY_S),
        full,
        full > (not won),
        full > 1,
        full > (not found),
        0 * full,
    )


def popular(known: Company, row: int) -> list[float]:
    """By the month and by the year."""
    found = known.of(np.array([row]), known.shared.person(np.empty(0, np.int64)))[0, :2]
    return [float(each) for each in found]


def test_what_many_welcomed_is_popular_and_what_was_long_ago_less(catalogue: Catalogue) -> None:
    """By the month an item of a year ago is as if nobody had welcomed it, by the year half of it counts."""
    known = company([tries([0])] * 10 + [tries([1], days_ago=365)] * 10, catalogue, now_s=NOW)

    assert popular(known, 0)[0] > popular(known, 1)[0]
    assert popular(known, 1)[0] == pytest.approx(popular(known, 2)[0], abs=0.01)
    assert popular(known, 0)[1] > popular(known, 1)[1] > popular(known, 2)[1]


def test_what_was_shown_in_vain_is_less_popular_than_what_nobody_was_shown(catalogue: Catalogue) -> None:
    """As many welcomed both; one of them had to be shown to many more for that."""
    shown = [tries([0, 1, 2], found=False)] * 5 + [tries([0], won=False, found=False)] * 40
    known = company(shown, catalogue, now_s=NOW)

    assert popular(known, 0)[1] < popular(known, 9)[1] < popular(known, 1)[1]


def test_what_comes_after_the_moment_is_not_known_at_it(catalogue: Catalogue) -> None:
    """As of ten days ago, what happened yesterday did not happen."""
    both = [tries([0], days_ago=20)] * 5 + [tries([1], days_ago=1)] * 5
    then = NOW - 10 * DAY_S

    before, only = company(both, catalogue, now_s=then), company(both[:5], catalogue, now_s=then)

    assert popular(before, 0) == popular(only, 0)
    assert popular(before, 1) == popular(before, 2)


def test_a_person_is_nearer_to_what_their_like_welcomed(catalogue: Catalogue) -> None:
    """Who welcomed one thing of two has a greater product with the other than with what is welcomed as often."""
    known = company([tries([0, 1])] * 20 + [tries([2, 3])] * 20, catalogue, now_s=NOW)

    facts = known.facts(catalogue, np.array([1, 3]), known.person(tries([0]), catalogue))

    assert facts[0, -1] > 2 * facts[1, -1]


def test_an_item_that_came_since_is_as_one_that_nobody_welcomed(catalogue: Catalogue) -> None:
    """A row that was not there when it was learnt has the popularity of one without any welcome, and no product."""
    known = company([tries([0, 1])] * 20, catalogue, now_s=NOW)

    catalogue.before[ITEMS] = -1

    came, ignored = known.facts(catalogue, np.array([ITEMS, ITEMS - 1]), known.person(tries([0]), catalogue))

    assert came.tolist() == ignored.tolist()
