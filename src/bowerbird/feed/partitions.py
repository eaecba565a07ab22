"""
Filters that are asked for again and again, each with its items side by side in memory.

A filter (category × region × quality) cuts a catalogue down to some hundred items, and what finds the nearest of
100,000 vectors loses most of what it looks for when only one in a hundred counts (architecture.md, evidence: recall .42
of an HNSW walk with a selector). All of the few are compared instead. For a filter that was asked for before, their
vectors are copied next to each other once, and each search reads only them: that is a *partition*. It belongs to one
state of the catalogue, and is made anew after the next change that is asked for.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np

from bowerbird.feed.catalogue import Catalogue
from bowerbird.feed.only import Only
from bowerbird.knowledge.index.nearest import Floats, Mask, Numbers

__all__ = ["Partition", "Partitions"]

HOT: Final = 3  # times that a filter is asked for, after which it is kept
MOST: Final = 64  # filters that are kept
MOST_ROWS: Final = 20_000  # of a partition: beyond, the cells of the whole are as good
REMEMBERED: Final = 2_000  # filters whose askings are counted


@dataclass(frozen=True, slots=True)
class Partition:
    """The items that a filter leaves, of one state of the catalogue."""

    rows: Numbers  # (n,) ascending
    vectors: Floats  # (n, d)

    def nearest(self, query: Floats, k: int, among: Mask) -> Numbers:
        """Up to k of its rows near to `query` (d,), the nearest first, of those that `among` marks; exact."""
        inside = self.rows < len(among)
        scores = self.vectors @ query.astype(np.float32)
        scores[inside] = np.where(among[self.rows[inside]], scores[inside], -np.inf)
        scores[~inside] = -np.inf
        count = min(k, len(scores))
        best = np.argpartition(-scores, count - 1)[:count] if count else np.empty(0, np.int64)
        best = best[np.lexsort((self.rows[best], -scores[best]))]
        return self.rows[best[np.isfinite(scores[best])]]

    def around(self, queries: Floats, k: int, among: Mask) -> Numbers:
        """What `nearest` finds for any of `queries` (m, d): rows, ascending, each once."""
        return np.unique(np.concatenate([self.nearest(query, k, among) for query in queries]))


class Partitions:
    """The filters of one catalogue; may be asked by several threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._asked: OrderedDict[Only, int] = OrderedDict()
        self._kept: OrderedDict[Only, tuple[tuple[int, int], Partition]] = OrderedDict()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def of(self, only: Only, matching: Mask) -> Partition | None:
        """The partition of a filter that leaves `matching`; None while it is not asked for often enough."""
        state = self.catalogue.seq, len(matching)
        kept = self._kept.get(only)
        if kept is not None and kept[0] == state:
            return kept[1]
        times = self._asked[only] = self._asked.pop(only, 0) + 1
        if len(self._asked) > REMEMBERED:
            self._asked.popitem(last=False)
        if times < HOT:
            return None
        rows = np.flatnonzero(matching & self.catalogue.has_vector[: len(matching)])
        if len(rows) > MOST_ROWS:
            return None
        made = Partition(rows, np.ascontiguousarray(self.catalogue.unit(rows)))
        self._kept[only] = state, made
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return made
