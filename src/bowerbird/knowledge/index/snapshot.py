"""A generation of the embedded index as it was at one moment, which any number of threads may search."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.knowledge.index.lexical import Lexical
from bowerbird.knowledge.index.nearest import Floats, Graph, Mask, Numbers, inner_products
from bowerbird.knowledge.index.port import Filter, Scored
from bowerbird.knowledge.index.rows import DEAD, MANIFEST, OWNERS, ROW, ROWS, VECTORS, Manifest, Stamp, mapped, stamp

__all__ = ["Snapshot", "graph_path", "open_snapshot"]

# Up to this many vectors are scored one by one, which takes a few milliseconds and misses nothing.
EXACT_VECTORS = 20_000
# A walk that is to bring more than this costs more than scoring everything.
GRAPH_ROWS = 1_000


def graph_path(folder: Path, vectors: int) -> Path:
    """Where the graph over the first `vectors` vectors lies."""
    return folder / f"graph-{vectors}.faiss"


class Snapshot:
    """What `open_snapshot` returns."""

    def __init__(
        self, folder: Path, manifest: Manifest, *, stamp: Stamp | None, lexical: Lexical, graph: Graph | None
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.stamp = stamp  # of the manifest
        self.graph = graph
        self.lexical = lexical
        self._searcher = lexical.reload()
        rows = mapped(folder / ROWS, ROW, (manifest.rows,))
        self._columns = {name: np.ascontiguousarray(rows[name]) for name in ROW.names or ()}
        self._alive: Mask = np.ones(manifest.rows, np.bool_)
        self._alive[mapped(folder / DEAD, "<i8", (manifest.dead,))] = False
        self._owners: Numbers = np.asarray(mapped(folder / OWNERS, "<i8", (manifest.vectors,)))
        self._vectors = mapped(folder / VECTORS, "<f4", (manifest.vectors, manifest.dimensions))

    def count(self) -> int:
        """How many passages there are."""
        return int(np.count_nonzero(self._alive))

    def missing_vectors(self, limit: int) -> list[int]:
        """Up to `limit` passages without a vector, in the order they were added."""
        missing = self._alive.copy()
        missing[self._owners] = False
        return [int(passage) for passage in self._columns["passage"][np.flatnonzero(missing)[:limit]]]

    def search_lexical(self, query: str, k: int, filter: Filter) -> list[Scored]:  # noqa: A002
        """The k best passages by BM25."""
        return self.lexical.search(self._searcher, query, k, filter)

    def word_counts(self, words: Sequence[str]) -> list[int]:
        """In how many passages each word stands."""
        return [self.lexical.word_count(self._searcher, word) for word in words]

    def search_dense(self, vector: Floats, k: int, filter: Filter) -> list[Scored]:  # noqa: A002
        """The k nearest passages by cosine: one by one when few match, else through the graph."""
        query = np.ascontiguousarray(vector, np.float32)
        if query.shape != (self.manifest.dimensions,) or not np.isfinite(query).all():
            raise ValueError(f"a finite vector of {self.manifest.dimensions} numbers was expected, not {query.shape}")
        matching = self._matching(filter)[self._owners]  # by vector
        wanted = min(k, int(np.count_nonzero(matching)))
        if wanted <= 0:
            return []
        numbers = self._nearest(query, wanted, matching)
        scores = inner_products(query, self._vectors, numbers)
        passages = self._columns["passage"][self._owners[numbers]]
        order = np.lexsort((passages, -scores))[:wanted]
        return [Scored(int(passages[n]), float(scores[n])) for n in order]

    def _matching(self, filter: Filter) -> Mask:  # noqa: A002
        """Which rows are alive and match."""
        mask = self._alive.copy()
        words = {"workspace": filter.workspaces, "source": filter.sources, "kind": filter.kinds}
        for column, values in words.items():
            if values is not None:
                wanted = frozenset(values)
                codes = [code for code, name in enumerate(self.manifest.names) if name in wanted]
                mask &= np.isin(self._columns[column], codes)
        if filter.tags is not None:
            mask &= np.isin(self._columns["tags"], self._tag_codes(filter.tags))
        numbers = {"page": filter.pages, "passage": filter.passages}
        for column, wanted_numbers in numbers.items():
            if wanted_numbers is not None:
                mask &= np.isin(self._columns[column], np.array(wanted_numbers, np.int64))
        if filter.since_s is not None:
            mask &= self._columns["at_s"] >= filter.since_s
        if filter.until_s is not None:
            mask &= self._columns["at_s"] < filter.until_s
        return mask

    def _tag_codes(self, tags: tuple[str, ...]) -> list[int]:
        """The sets of tags, each kept as one name, that hold any of `tags`."""
        sets = {int(code): json.loads(self.manifest.names[code]) for code in np.unique(self._columns["tags"])}
        return [code for code, tags_in in sets.items() if not set(tags).isdisjoint(tags_in)]

    def _nearest(self, query: Floats, wanted: int, matching: Mask) -> Numbers:
        """Vectors among which the `wanted` nearest are."""
        candidates = np.flatnonzero(matching)
        if self.graph is None or len(candidates) <= EXACT_VECTORS or wanted > GRAPH_ROWS:
            return candidates
        covered = self.manifest.graph
        found = self.graph.nearest(query, wanted, matching[:covered])
        tail = candidates[np.searchsorted(candidates, covered) :]
        near = np.concatenate([found, tail])
        return near if len(near) >= wanted else candidates


def open_snapshot(folder: Path, *, before: Snapshot | None = None) -> Snapshot:
    """The generation in `folder` as it is now; parts that have not changed since `before` are taken over from it."""
    same = before if before is not None and before.folder == folder else None
    lexical = Lexical(folder / "lexical") if same is None else same.lexical
    for _ in range(3):
        seen = stamp(folder / MANIFEST)  # first: a commit that comes now is noticed at the next search
        manifest = Manifest.load(folder)
        try:
            graph = _graph(folder, manifest, same)
        except FileNotFoundError:  # the writer has just put a newer graph in its place
            continue
        return Snapshot(folder, manifest, stamp=seen, lexical=lexical, graph=graph)
    raise StoreUnavailable(f"the graph of {str(folder)!r} is not there: bowerbird index rebuild")


def _graph(folder: Path, manifest: Manifest, same: Snapshot | None) -> Graph | None:
    if manifest.graph == 0:
        return None
    if same is not None and same.manifest.graph == manifest.graph:
        return same.graph
    return Graph.read(graph_path(folder, manifest.graph))
