"""A filter's items side by side: what is found is exact, and of the state that the catalogue has."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bowerbird.feed.catalogue import Catalogue
from bowerbird.feed.only import EVERYTHING, Only
from bowerbird.feed.partitions import HOT, MOST, Partitions
from bowerbird.kernel.clock import ManualClock


class Row:
    """An item as the records give it."""

    def __init__(
        self, number: int, category: str, region: str, vector: "np.ndarray[tuple[int], np.dtype[np.float32]]"
    ) -> None:
        self.id = self.seq = number
        self.key, self.title, self.source = f"item-{number}", f"Item {number}", "s"
        self.fields = {"category": category, "region": region}
        self.quality = (number % 10) / 10
        self.vector = vector.astype(np.float16).tobytes()
        self.created_at = self.added_at = 0.0
        self.gone_at = None


def filled(count: int, seed: int = 0) -> Catalogue:
    """Items of three categories in two regions."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(count, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    catalogue = Catalogue("w", ManualClock())
    catalogue._take([Row(at + 1, "abc"[at % 3], "xy"[at % 2], vectors[at]) for at in range(count)])
    return catalogue


def test_a_filter_leaves_what_is_all_that_it_asks_for() -> None:
    """Category, region and quality together; nothing where nothing is called so."""
    catalogue = filled(60)
    rows = np.flatnonzero(catalogue.matching(Only("a", "x", 0.5)))

    assert len(rows)
    assert all(row % 3 == 0 and row % 2 == 0 and (row + 1) % 10 >= 5 for row in rows)
    assert not catalogue.matching(Only("nothing")).any()
    assert catalogue.matching(EVERYTHING).all()


def test_it_is_kept_when_it_was_asked_for_a_few_times() -> None:
    """Not the first times, then until something changes, and never more than there is room for."""
    catalogue, only = filled(60), Only("a")
    partitions = Partitions(catalogue)
    found = [partitions.of(only, catalogue.matching(only)) for _ in range(HOT + 1)]

    assert [one is None for one in found] == [True] * (HOT - 1) + [False, False]
    assert found[-1] is found[-2]
    for number in range(2 * MOST):
        for _ in range(HOT):
            partitions.of(Only("a", quality=number / 1000), catalogue.matching(only))
    assert len(partitions) == MOST


def test_it_is_made_anew_when_the_catalogue_has_changed() -> None:
    """What came since is in it."""
    catalogue, only = filled(60), Only("a")
    partitions = Partitions(catalogue)
    for _ in range(HOT):
        before = partitions.of(only, catalogue.matching(only))
    catalogue._take([Row(99, "a", "x", np.eye(1, 384, dtype=np.float32)[0])])
    after = partitions.of(only, catalogue.matching(only))

    assert before is not None
    assert after is not None
    assert set(after.rows) - set(before.rows) == {60}


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(0, 40), st.floats(0, 1))
def test_what_it_finds_is_what_comparing_all_finds(seed: int, k: int, share: float) -> None:
    """The nearest in their order, and nobody that is not among those that may be shown."""
    catalogue, only = filled(90, seed), Only("b")
    rng = np.random.default_rng(seed)
    matching = catalogue.matching(only)
    partitions = Partitions(catalogue)
    for _ in range(HOT):
        partition = partitions.of(only, matching)
    assert partition is not None
    among = matching & (rng.random(len(matching)) < share)
    query = rng.normal(size=384).astype(np.float32)
    rows = np.flatnonzero(among)
    exact = rows[np.argsort(-(catalogue.unit(rows) @ query), kind="stable")][:k]

    assert partition.nearest(query, k, among).tolist() == exact.tolist()
    other = rng.normal(size=384).astype(np.float32)
    either = {*exact.tolist(), *partition.nearest(other, k, among).tolist()}
    assert partition.around(np.stack((query, other)), k, among).tolist() == sorted(either)
