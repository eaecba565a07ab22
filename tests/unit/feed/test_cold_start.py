"""What nobody has seen yet is shown to somebody."""

from typing import Any

import numpy as np
import pytest

from bowerbird.feed.service import local_feeds
from bowerbird.kernel.nouns import Scope
from bowerbird.testing.builders import Library

from .shelves import did, put, unit_vectors

DAY_S = 86_400.0
OLD, PEOPLE, MINUTE_S = 1_500, 20, 60.0


@pytest.mark.parametrize("has_vector", [True, False], ids=["embedded", "not embedded yet"])
async def test_a_new_item_has_its_first_impressions_within_a_minute(library: Library, has_vector: bool) -> None:
    """Of twenty people with a taste of their own, among 1,500 better and better known items: some are shown it."""
    clock = library.clock
    before = [clock.now_s() - 30 * DAY_S] * OLD
    source = library.source()
    old = put(library, source, unit_vectors(OLD), quality=[0.9] * OLD, created_at=before, added_at=before)
    rng = np.random.default_rng(5)
    people = [Scope(library.scope.workspace, library.person(f"p{number}")) for number in range(PEOPLE)]
    for person in people:
        for liked in rng.choice(old, 5, replace=False).tolist():
            did(library, liked, "liked", by=person, ago=float(rng.uniform(1e4, 1e6)))
    feeds = local_feeds(library.records, lambda _: unit_vectors(1)[0], clock)
    try:
        await feeds.slate(people[0], length=20)  # what there was is known to the process
        vectors: list[Any] = [unit_vectors(1, seed=9)[0] if has_vector else None]
        (new,) = put(library, source, vectors)
        shown = 0
        for person in people:
            clock.advance(MINUTE_S / PEOPLE)
            slate = (await feeds.slate(person, length=20)).slate
            shown += any(entry.item == new for entry in slate.entries)
    finally:
        await feeds.close()
    assert shown >= PEOPLE // 4
