"""
What any search index promises, whatever stands behind it.

The index is derived from the records and can be rebuilt from them. It takes passages in batches, remembers up to where
in the index log it has come (with the data, in one step), and finds them by words at once and by vectors when those
have been added. A filter is part of the search: k rows come back whenever k rows match.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = ["EVERYTHING", "Entry", "Filter", "Index", "IndexBatch", "Scored"]


@dataclass(frozen=True, slots=True)
class Entry:
    """All that the index is told of a passage; `at_s` is the page's date in seconds since 1970."""

    passage: int
    page: int
    workspace: str
    source: str
    kind: str
    at_s: float
    title: str
    heading: str
    text: str
    tags: tuple[str, ...] = ()
    language: str = "en"  # whose words its title, heading and text are cut and stemmed as; empty: English, too


@dataclass(frozen=True, slots=True)
class IndexBatch:
    """Passages to remove, then to add, and the sequence number of the index log that is reached with them."""

    removes: Sequence[int]
    adds: Sequence[Entry]
    up_to_seq: int


@dataclass(frozen=True, slots=True)
class Filter:
    """
    What a search is confined to. `None` does not confine; an empty tuple matches nothing.

    Each tuple means "any of these" (a passage matches `tags` when it carries any of them); the fields are joined by
    "and". `since_s` is the earliest date that matches, `until_s` the first that no longer does.
    """

    workspaces: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    pages: tuple[int, ...] | None = None
    passages: tuple[int, ...] | None = None
    since_s: float | None = None
    until_s: float | None = None


EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage with how well it fits, in the unit of the search that found it; higher is better."""

    passage: int
    score: float


@runtime_checkable
class Index(Protocol):
    """
    A search index; blocking, safe to call from several threads, one process writes.

    Every method may raise StoreUnavailable; the writing ones raise NotSupported on an index that was opened to read.
    """

    def apply(self, batch: IndexBatch) -> None:
        """
        Take in a batch, visible to searches that begin later; all of it or, after a kill, perhaps only to be repeated.

        An added passage replaces what was known of it, its vector too. Removing an unknown passage changes nothing.
        """
        ...

    def add_vectors(self, passages: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Give passages their unit vectors (n, d); those that are unknown, or have one, are left as they are."""
        ...

    def high_water(self) -> int:
        """Up to which sequence number the index log has been taken in; 0 for a new index."""
        ...

    def missing_vectors(self, limit: int) -> list[int]:
        """Up to `limit` passages that have no vector yet, in the order they were added."""
        ...

    def search_lexical(self, query: str, k: int, filter: Filter = EVERYTHING) -> list[Scored]:  # noqa: A002
        """
        The k best passages that share a word with `query` by BM25, best first, ties by passage.

        A query is read as English and in each language in which there is a passage.
        """
        ...

    def search_dense(self, vector: NDArray[np.float32], k: int, filter: Filter = EVERYTHING) -> list[Scored]:  # noqa: A002
        """The k passages whose vectors have the greatest cosine with the unit vector (d,), best first."""
        ...

    def word_counts(self, words: Sequence[str]) -> list[int]:
        """In how many passages each of `words` stands, as it would be looked up."""
        ...

    def count(self) -> int:
        """How many passages there are."""
        ...

    def ping(self) -> None:
        """Return when the index can be searched; raises StoreUnavailable when not."""
        ...

    def close(self) -> None:
        """Let go of files and locks; may be called twice."""
        ...
