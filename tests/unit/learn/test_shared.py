"""What people have in common: items that the same people welcome are near, others are not."""

import numpy as np
import pytest

from bowerbird.learn import shared
from bowerbird.learn.shared import PENALTY, ROUNDS, WEIGHT, Shared, share

PEOPLE = 60
ITEMS = 40


def two_crowds(seed: int = 0) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...]:
    """Even people welcome some of the first half of the items, odd ones of the second; the last item nobody."""
    rng = np.random.default_rng(seed)
    welcomed = rng.random((PEOPLE, ITEMS)) < 0.4
    welcomed &= (np.arange(ITEMS) < ITEMS // 2) == (np.arange(PEOPLE)[:, None] % 2 == 0)
    welcomed[:, -1] = False
    person, item = np.nonzero(welcomed)
    return person, item


def learnt() -> Shared:
    """What the two crowds teach."""
    person, item = two_crowds()
    return share(person, item, people=PEOPLE, items=ITEMS)


def test_somebody_new_is_told_of_what_their_like_welcome() -> None:
    """Who welcomed three things of one crowd has greater products with the rest of it than with the other's."""
    found = learnt()

    products = found.items @ found.person(np.array([0, 1, 2]))

    assert products[3 : ITEMS // 2].mean() > 0.1
    assert abs(products[ITEMS // 2 :]).mean() < 0.05


def test_of_what_nobody_welcomed_nothing_is_known() -> None:
    """Its numbers are zeros, and so are those of somebody who welcomed nothing."""
    found = learnt()

    assert not found.items[-1].any()
    assert not found.person(np.empty(0, np.int64)).any()


def test_a_person_is_the_best_there_is_for_these_items() -> None:
    """No vector nearby has a smaller loss, by the formula of the docstring over all items."""
    found, welcomed = learnt(), np.array([0, 1, 5])

    def loss(vector: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        wanted = np.isin(np.arange(ITEMS), welcomed)
        each = (1 + WEIGHT * wanted) * (wanted - found.items @ vector) ** 2
        return float(each.sum() + PENALTY * vector @ vector)

    best = found.person(welcomed)
    rng = np.random.default_rng(0)

    assert all(loss(best) < loss(best + rng.normal(0, 0.01, len(best))) for _ in range(50))


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken a few pairs at a time, the same is learnt; also of an item that very many welcomed."""
    whole = learnt()
    monkeypatch.setattr(shared, "AT_ONCE", 7)

    assert learnt().items == pytest.approx(whole.items, abs=1e-4)
    assert ROUNDS > 1


def test_nobody_teaches_nothing() -> None:
    """Without any pair all numbers are zeros."""
    none = np.empty(0, np.int64)

    assert not share(none, none, people=0, items=3).items.any()
