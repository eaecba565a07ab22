"""No sequence of calls makes the embedded index differ from the model."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bowerbird.knowledge.index import EmbeddedIndex, Entry, Filter, IndexBatch, snapshot, writer
from bowerbird.testing.index_contract import DIMENSIONS, entry, unit
from bowerbird.testing.model_index import ModelIndex

# Small sets, so that passages, sources and dates collide.
passages = st.integers(0, 6)
words = st.lists(st.sampled_from(["owl", "owls", "ant", "Bee", "x"]), min_size=1, max_size=4).map(" ".join)
dates = st.sampled_from([0.0, 1.0, 2.0])
sources = st.sampled_from(["s", "t"])
tags = st.lists(st.sampled_from(["p", "q"]), unique=True).map(tuple)
entries = st.builds(
    lambda passage, text, source, at_s, tags: entry(passage, text, source=source, at_s=at_s, tags=tags),
    passages,
    words,
    sources,
    dates,
    tags,
)
batches = st.lists(entries, max_size=3, unique_by=lambda each: each.passage)
filters = st.builds(
    Filter,
    sources=st.none() | st.lists(sources, max_size=2).map(tuple),
    tags=st.none() | tags,
    pages=st.none() | st.lists(passages, max_size=3).map(tuple),
    passages=st.none() | st.lists(passages, max_size=3).map(tuple),
    since_s=st.none() | dates,
    until_s=st.none() | dates,
)
vectors = st.sampled_from([unit(1), unit(0, 1), unit(1, 1), unit(-1, 2)])


class IndexMachine(RuleBasedStateMachine):
    """The embedded index with a reader beside it, and the model; the graph takes over from four vectors on."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.tail, self.exact = writer.TAIL, snapshot.EXACT_VECTORS
        writer.TAIL, snapshot.EXACT_VECTORS = 3, 2
        self.model = ModelIndex()
        self.index = self.open(write=True)
        self.reader = self.open(write=False)
        self.seq = 0

    def open(self, *, write: bool) -> EmbeddedIndex:
        """The index in the folder."""
        return EmbeddedIndex(self.root, model="m", dimensions=DIMENSIONS, write=write)

    @rule(
        adds=st.lists(entries, max_size=3, unique_by=lambda each: each.passage), removes=st.lists(passages, max_size=2)
    )
    def apply(self, adds: list[Entry], removes: list[int]) -> None:
        """A batch reaches both."""
        self.seq += 1
        one = IndexBatch(removes=removes, adds=adds, up_to_seq=self.seq)
        self.index.apply(one)
        self.model.apply(one)

    @rule(given=st.lists(st.tuples(passages, vectors), max_size=3))
    def add_vectors(self, given: list[tuple[int, np.ndarray[tuple[int], np.dtype[np.float32]]]]) -> None:
        """Vectors reach both."""
        if given:
            numbers, rows = [passage for passage, _ in given], np.stack([vector for _, vector in given])
            self.index.add_vectors(numbers, rows)
            self.model.add_vectors(numbers, rows)

    @rule()
    def reopen(self) -> None:
        """The writer goes and comes back."""
        self.index.close()
        self.index = self.open(write=True)

    @rule(query=words, k=st.integers(1, 8), within=filters)
    def search_lexical(self, query: str, k: int, within: Filter) -> None:
        """The same passages, as many as are there; scores and so the choice among too many may differ."""
        expected = {hit.passage for hit in self.model.search_lexical(query, 99, within)}
        for index in (self.index, self.reader):
            found = index.search_lexical(query, k, within)
            assert len(found) == min(k, len(expected))
            assert {hit.passage for hit in found} <= expected
            assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)

    @rule(vector=vectors, k=st.integers(1, 8), within=filters)
    def search_dense(self, vector: np.ndarray[tuple[int], np.dtype[np.float32]], k: int, within: Filter) -> None:
        """The same scores in order; which of several equals comes is open where k cuts through them."""
        expected = self.model.search_dense(vector, 99, within)
        known = {hit.passage: hit.score for hit in expected}
        for index in (self.index, self.reader):
            found = index.search_dense(vector, k, within)
            assert np.allclose([hit.score for hit in found], [hit.score for hit in expected[:k]], atol=1e-5)
            assert all(abs(known[hit.passage] - hit.score) < 1e-5 for hit in found)

    @invariant()
    def counts_agree(self) -> None:
        """What is there, what lacks a vector, and how far the log is taken in."""
        expected = (self.model.count(), self.model.missing_vectors(99), self.model.high_water())
        for index in (self.index, self.reader):
            assert (index.count(), index.missing_vectors(99), index.high_water()) == expected

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.index.close()
        self.reader.close()
        shutil.rmtree(self.root)
        writer.TAIL, snapshot.EXACT_VECTORS = self.tail, self.exact


TestIndexMachine = IndexMachine.TestCase
TestIndexMachine.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
