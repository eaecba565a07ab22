"""What is weighed: never what was hidden, rarely what was seen, and enough of the rest."""

from typing import Any

import numpy as np
import pytest

from bowerbird.feed.candidates import gather
from bowerbird.feed.catalogue import DAY_S, Catalogue
from bowerbird.feed.profile import Act, Profile
from bowerbird.feed.view import taste_of
from bowerbird.testing.builders import Library

from .shelves import change, loaded, put, unit_vectors


def gathered(
    catalogue: Catalogue, profile: Profile, *, wanted: int = 10, seed: int = 1, visible: Any = None
) -> list[int]:
    """The items among the candidates, in their order."""
    mask = catalogue.visible(catalogue.source_ids) if visible is None else visible
    rows = gather(profile, taste_of(profile, catalogue, []), catalogue, mask, seed=seed, wanted=wanted)
    found = [int(catalogue.ids[row]) for row in rows]
    assert len(found) == len(set(found))
    assert mask[rows].all()
    return found


def of(library: Library, **known: Any) -> Profile:
    return Profile(library.scope, library.clock.now_s(), **known)


def opened(library: Library, items: list[int]) -> tuple[Act, ...]:
    return tuple(Act(item, "opened", library.clock.now_s() - 60.0, 1.0) for item in items)


@pytest.mark.parametrize("size", [12, 400])
@pytest.mark.parametrize("left", [0, 3])
def test_what_was_hidden_or_muted_is_never_there(library: Library, size: int, left: int) -> None:
    """Also when everything else has been seen, and when nothing else is left."""
    muted = library.source("https://muted.example.org/")
    others = put(library, muted, unit_vectors(5, seed=3))
    made = put(library, library.source(), unit_vectors(size))
    profile = of(
        library, unwanted=frozenset(made[left:]), muted=frozenset((muted,)), acts=opened(library, made + others)
    )
    assert set(gathered(loaded(library), profile, wanted=100)) == set(made[:left])


def test_what_was_hidden_stays_away_while_it_changes(library: Library) -> None:
    """It has a newer row by the time that it is left out, which the mask does not reach."""
    source = library.source()
    made = put(library, source, unit_vectors(12))
    catalogue = loaded(library)
    mask = catalogue.visible([source])
    change(library, made[4], title="Another")
    library.records.read(catalogue.catch_up)
    assert made[4] not in gathered(catalogue, of(library, unwanted=frozenset((made[4],))), visible=mask)


def test_a_small_library_is_weighed_as_a_whole(library: Library) -> None:
    made = put(library, library.source(), unit_vectors(100))
    assert set(gathered(loaded(library), of(library))) == set(made)


def test_what_was_seen_comes_back_only_when_nothing_else_is_left(library: Library) -> None:
    """First what was passed over, then what was opened."""
    made = put(library, library.source(), unit_vectors(20))
    now = library.clock.now_s()
    passed = dict.fromkeys(made[10:15], (3, now - DAY_S))
    profile = of(library, acts=opened(library, made[15:]), shown=passed)
    catalogue = loaded(library)
    assert set(gathered(catalogue, profile, wanted=10)) == set(made[:10])
    assert set(gathered(catalogue, profile, wanted=11)) == set(made[:15])
    assert set(gathered(catalogue, profile, wanted=16)) == set(made)
    # After two weeks, and for who was shown it twice only, it was not passed over.
    later = of(library, shown={made[0]: (3, now - 15 * DAY_S), made[1]: (2, now - DAY_S)})
    assert set(gathered(catalogue, later, wanted=20)) == set(made)


@pytest.mark.parametrize("known", [True, False])
def test_there_are_as_many_as_are_wanted(library: Library, known: bool) -> None:
    """Of a library that has them, without what was opened; for who is known and for who is not."""
    made = put(library, library.source(), [*unit_vectors(600), *[None] * 200])
    acts = opened(library, made[:20] if known else made[600:620])
    found = gathered(loaded(library), of(library, acts=acts), wanted=100)
    assert len(found) >= 100
    assert not set(found) & {act.item for act in acts}


def test_what_was_kept_long_ago_comes_back_in_turns(library: Library) -> None:
    """After thirty days, some of it each time; not what is not there any more."""
    made = put(library, library.source(), unit_vectors(300))
    change(library, made[0], gone_at=1.0)
    now = library.clock.now_s()
    long_ago, lately = now - 31 * DAY_S, now - 29 * DAY_S
    saved = dict.fromkeys(made[:40], long_ago) | {made[50]: lately}
    acts = tuple(Act(item, "saved", at, 3.0) for item, at in saved.items())
    catalogue, profile = loaded(library), of(library, saved=saved, acts=acts)
    back = [set(gathered(catalogue, profile, seed=seed)) & saved.keys() for seed in range(20)]
    assert all(len(one) == 10 for one in back)
    assert len(set[int]().union(*back)) > 30
    assert not set[int]().union(*back) & {made[0], made[50]}


def test_what_is_near_comes_first(library: Library) -> None:
    """To what they liked, of 500."""
    one = unit_vectors(1, seed=5)[0]
    made = put(library, library.source(), [*unit_vectors(450), *unit_vectors(50, like=one, noise=0.5)])
    found = gathered(loaded(library), of(library, acts=opened(library, made[450:452])))
    assert set(found[:48]) == set(made[452:])


def test_of_an_empty_library_there_is_nothing(library: Library) -> None:
    assert gathered(loaded(library), of(library)) == []
    put(library, library.source(), unit_vectors(3))
    catalogue = loaded(library)
    assert gathered(catalogue, of(library), visible=np.zeros(3, bool)) == []
