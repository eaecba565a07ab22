"""
Finding the items near to a taste when a filter leaves one in a hundred, at 100,000 items: a hot filter's partition,
beside an HNSW graph with a selector whose breadth is raised until it finds 95 of 100, and exact scoring of the subset.

Vectors are clustered (300 topics), filters are a region and a category each, queries are items of all topics.
`python -m bench.speed.partitions`; seed 3.
"""

import importlib
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np

from bench.report import write
from bowerbird.feed.catalogue import Catalogue
from bowerbird.feed.only import Only
from bowerbird.feed.partitions import HOT, Partitions
from bowerbird.kernel.clock import SystemClock
from bowerbird.knowledge.index.nearest import inner_products

faiss: Any = importlib.import_module("faiss")  # its own type hints do not agree with what it does

ITEMS: Final = 100_000
TOPICS: Final = 300
CATEGORIES, REGIONS = 10, 10
K: Final = 100
QUERIES: Final = 200
RECALL: Final = 0.95


class _Row:
    """An item as the records give it."""

    def __init__(
        self, at: int, vector: "np.ndarray[tuple[int], np.dtype[np.float32]]", category: int, region: int
    ) -> None:
        self.id, self.seq, self.key, self.title, self.source = at + 1, at + 1, f"item-{at}", f"Item {at}", "s"
        self.fields = {"category": f"category {category}", "region": f"region {region}"}
        self.quality, self.vector = 0.5, vector.astype(np.float16).tobytes()
        self.created_at = self.added_at = float(at)
        self.gone_at = None


def timed(find: Callable[[int], object]) -> float:
    """The median milliseconds of one search."""
    took = []
    for number in range(QUERIES):
        began_s = time.perf_counter()
        find(number)
        took.append(1000 * (time.perf_counter() - began_s))
    return float(np.median(took))


def main() -> None:
    """Measure."""
    faiss.omp_set_num_threads(1)
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(TOPICS, 384))
    topics = rng.integers(0, TOPICS, ITEMS)
    vectors = (centres[topics] + 0.8 * rng.normal(size=(ITEMS, 384))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    categories, regions = rng.integers(0, CATEGORIES, ITEMS), rng.integers(0, REGIONS, ITEMS)
    catalogue = Catalogue("w", SystemClock())
    for first in range(0, ITEMS, 5_000):
        some = range(first, first + 5_000)
        catalogue._take([_Row(at, vectors[at], int(categories[at]), int(regions[at])) for at in some])  # noqa: SLF001
    only = Only("category 3", "region 4")
    matching = catalogue.matching(only)
    rows = np.flatnonzero(matching)
    partitions = Partitions(catalogue)
    partition = None
    for _ in range(HOT):
        partition = partitions.of(only, matching)
    assert partition is not None
    queries = vectors[rng.integers(0, ITEMS, QUERIES)]
    whole = catalogue.unit(np.arange(ITEMS))
    exact = [set(rows[np.argsort(-(whole[rows] @ query))[:K]].tolist()) for query in queries]
    graph = faiss.IndexHNSWFlat(384, 32, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = 100
    faiss.omp_set_num_threads(2)
    graph.add(whole)
    faiss.omp_set_num_threads(1)
    selector = faiss.IDSelectorBitmap(np.packbits(matching, bitorder="little"))

    def walk(number: int, breadth: int) -> set[int]:
        parameters = faiss.SearchParametersHNSW(efSearch=breadth, sel=selector)
        _, found = graph.search(queries[number][None, :], K, params=parameters)
        return {int(row) for row in found[0] if row >= 0}

    def recall(find: Callable[[int], set[int]]) -> float:
        return float(np.mean([len(find(number) & exact[number]) / len(exact[number]) for number in range(QUERIES)]))

    breadth = 100
    while (reached := recall(partial(walk, breadth=breadth))) < RECALL and breadth < ITEMS:
        breadth *= 2
    kept = partition

    def of_partition(number: int) -> set[int]:
        return {int(row) for row in kept.nearest(queries[number], K, matching)}

    ours, graphs = timed(of_partition), timed(partial(walk, breadth=breadth))
    subset = timed(lambda number: np.argsort(-inner_products(queries[number], whole, rows))[:K])
    figures = {
        "items": ITEMS,
        "of them left by the filter": len(rows),
        "partition, ms": round(ours, 3),
        "partition, recall": round(recall(of_partition), 3),
        "HNSW with a selector, ms": round(graphs, 3),
        "HNSW with a selector, recall": round(reached, 3),
        "HNSW with a selector, efSearch": breadth,
        "exact scoring of the subset, ms": round(subset, 3),
        "partition against HNSW, times": round(graphs / ours, 1),
        "partition against the subset, times": round(subset / ours, 1),
    }
    headline = {
        "filter that leaves 1 %, at 100k items: partition / HNSW at recall ≥ .95 / exact subset, ms": (
            f"{ours:.2f} / {graphs:.2f} / {subset:.2f}"
        )
    }
    write("partitions", figures, headline=headline)


if __name__ == "__main__":
    main()
