"""A generation of the embedded index as it was at one moment, which any number of threads may search."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
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
        needed = self._needed(filter)
        found = self.lexical.search(self._searcher, query, k, needed, self.manifest.languages)
        if needed == filter or not found:
            return found
        # Tantivy may be a commit ahead of the columns by which `needed` was found.
        known = set(self._columns["passage"][self._rows_of([hit.passage for hit in found])].tolist())
        return [hit for hit in found if hit.passage in known]

    def word_counts(self, words: Sequence[str]) -> list[int]:
        """In how many passages each word stands."""
        return [self.lexical.word_count(self._searcher, word, self.manifest.languages) for word in words]

    def search_dense(self, vector: Floats, k: int, filter: Filter) -> list[Scored]:  # noqa: A002
        """The k nearest passages by cosine: one by one when few match, else through the graph."""
        query = np.ascontiguousarray(vector, np.float32)
        if query.shape != (self.manifest.dimensions,) or not np.isfinite(query).all():
            raise ValueError(f"a finite vector of {self.manifest.dimensions} numbers was expected, not {query.shape}")
        candidates = self._candidates(self._needed(filter))
        wanted = min(k, len(candidates))
        if wanted <= 0:
            return []
        numbers = self._nearest(query, wanted, candidates)
        scores = inner_products(query, self._vectors, numbers)
        if len(numbers) > 2 * wanted:  # ties at the border stay in
            best = scores >= np.partition(scores, -wanted)[-wanted]
            numbers, scores = numbers[best], scores[best]
        passages = self._columns["passage"][self._owners[numbers]]
        order = np.lexsort((passages, -scores))[:wanted]
        return [Scored(int(passages[n]), float(scores[n])) for n in order]

    def _needed(self, filter: Filter) -> Filter:  # noqa: A002
        """The filter without what every passage here meets: it costs Tantivy as much as the search itself."""
        return replace(
            filter,
            workspaces=_unless_all(filter.workspaces, self._present["workspace"]),
            sources=_unless_all(filter.sources, self._present["source"]),
            kinds=_unless_all(filter.kinds, self._present["kind"]),
        )

    @cached_property
    def _present(self) -> dict[str, frozenset[str]]:
        """The workspaces, sources and kinds of the rows, by column."""
        names = self.manifest.names
        return {
            column: frozenset(names[code] for code in np.flatnonzero(np.bincount(self._columns[column])))
            for column in ("workspace", "source", "kind")
        }

    def _candidates(self, filter: Filter) -> Numbers:  # noqa: A002
        """The vectors whose passages are alive and match, in order."""
        if filter.passages is None:
            return np.flatnonzero(self._matching(filter, slice(None))[self._owners])
        rows = self._rows_of(filter.passages)
        numbers = self._vector_of_row[rows[self._matching(filter, rows)]]
        return np.sort(numbers[numbers >= 0])

    def _matching(self, filter: Filter, rows: Numbers | slice) -> Mask:  # noqa: A002
        """Which of the rows are alive and match."""
        mask = self._alive[rows]
        words = {"workspace": filter.workspaces, "source": filter.sources, "kind": filter.kinds}
        for column, values in words.items():
            if values is not None:
                wanted = frozenset(values)
                mask = mask & self._of_names([name in wanted for name in self.manifest.names], column, rows)
        if filter.tags is not None:
            codes = frozenset(self._tag_codes(filter.tags))
            mask = mask & self._of_names([code in codes for code in range(len(self.manifest.names))], "tags", rows)
        if filter.pages is not None:
            mask = mask & np.isin(self._columns["page"][rows], np.array(filter.pages, np.int64))
        if filter.since_s is not None:
            mask = mask & (self._columns["at_s"][rows] >= filter.since_s)
        if filter.until_s is not None:
            mask = mask & (self._columns["at_s"][rows] < filter.until_s)
        return mask

    def _of_names(self, wanted: Sequence[bool], column: str, rows: Numbers | slice) -> Mask:
        """Which of the rows have one of the names that `wanted` marks in `column`."""
        matching: Mask = np.array(wanted, np.bool_)[self._columns[column][rows]]
        return matching

    def _rows_of(self, passages: Sequence[int]) -> Numbers:
        """The rows of those of `passages` that are alive, each once."""
        known, rows = self._by_passage
        if not len(known):
            return rows
        wanted = np.unique(np.array(passages, np.int64))
        places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        found: Numbers = rows[places[known[places] == wanted]]
        return found

    @cached_property
    def _by_passage(self) -> tuple[Numbers, Numbers]:
        """The passages that are alive, sorted, and the row of each."""
        rows = np.flatnonzero(self._alive)
        passages = self._columns["passage"][rows]
        order = np.argsort(passages, kind="stable")
        return passages[order], rows[order]

    @cached_property
    def _vector_of_row(self) -> Numbers:
        """The number of each row's vector; -1 for none."""
        numbers = np.full(self.manifest.rows, -1, np.int64)
        numbers[self._owners] = np.arange(len(self._owners))
        return numbers

    def _tag_codes(self, tags: tuple[str, ...]) -> list[int]:
        """The sets of tags, each kept as one name, that hold any of `tags`."""
        sets = {int(code): json.loads(self.manifest.names[code]) for code in np.unique(self._columns["tags"])}
        return [code for code, tags_in in sets.items() if not set(tags).isdisjoint(tags_in)]

    def _nearest(self, query: Floats, wanted: int, candidates: Numbers) -> Numbers:
        """Vectors among which the `wanted` nearest of the candidates are."""
        if self.graph is None or len(candidates) <= EXACT_VECTORS or wanted > GRAPH_ROWS:
            return candidates
        covered = self.manifest.graph
        inside, tail = np.split(candidates, [np.searchsorted(candidates, covered)])
        among = np.zeros(covered, np.bool_)
        among[inside] = True
        near = np.concatenate([self.graph.nearest(query, wanted, among), tail])
        return near if len(near) >= wanted else candidates


def _unless_all(wanted: Sequence[str] | None, present: frozenset[str]) -> tuple[str, ...] | None:
    return None if wanted is None or present <= frozenset(wanted) else tuple(wanted)


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
