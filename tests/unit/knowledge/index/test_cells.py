"""What lies near is found by the cells of space it lies in, whatever the length of what is asked for."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bowerbird.knowledge.index.nearest import Cells

COUNT, DIMENSIONS = 2_000, 64


def vectors() -> NDArray[np.int8]:
    """Whole numbers around 30 centres, to the ends of what a byte holds."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(30, DIMENSIONS)) * 40
    made = centres[rng.integers(30, size=COUNT)] + rng.normal(size=(COUNT, DIMENSIONS)) * 15
    return np.clip(np.rint(made), -127, 127).astype(np.int8)


@pytest.fixture(scope="module")
def cells() -> Cells:
    """All of them, in two goes, under numbers that are not their rows."""
    made = Cells(vectors(), cells=40, looked_into=10)
    for some in (slice(0, 1_500), slice(1_500, COUNT)):
        made.add(vectors()[some], np.arange(COUNT)[some] + 7)
    return made


@pytest.mark.parametrize("length", [1e-3, 1.0, 1e4])
def test_the_nearest_are_found(cells: Cells, length: float) -> None:
    """Nearly all of the exact ones, and only such as are marked; each query has its own."""
    whole = vectors().astype(np.float32)
    queries = whole[:20] + whole[100:120]
    queries *= length / np.linalg.norm(queries, axis=1, keepdims=True)
    among = np.zeros(COUNT + 8, bool)
    among[7 : COUNT + 7] = np.random.default_rng(1).random(COUNT) < 0.7
    found = cells.nearest(queries, 30, among)
    recalls: list[float] = []
    for query, numbers in zip(queries, found, strict=True):
        assert among[numbers].all()
        scores = np.where(among[7 : COUNT + 7], whole @ query, -np.inf)
        exact = np.argsort(-scores)[:30] + 7
        recalls.append(len(set(numbers.tolist()) & set(exact.tolist())) / 30)
    assert np.mean(recalls) > 0.93


def test_there_may_be_fewer_than_asked_for(cells: Cells) -> None:
    """When few are marked, or none."""
    among = np.zeros(COUNT + 8, bool)
    query = vectors()[:1].astype(np.float32)
    assert [numbers.tolist() for numbers in cells.nearest(query, 5, among)] == [[]]
    among[7] = True
    assert [numbers.tolist() for numbers in cells.nearest(query, 5, among)] == [[7]]
