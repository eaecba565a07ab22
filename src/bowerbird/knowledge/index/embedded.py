"""
The embedded index: Tantivy for words, exact scores and an HNSW graph for vectors, in a folder beside the records.

One process writes and any number read. A reader looks at two files before each search (microseconds), and when a
commit or another generation has come, one thread opens it while the others go on with what they have.
"""

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bowerbird.kernel.errors import NotSupported, StoreUnavailable
from bowerbird.knowledge.index import generations
from bowerbird.knowledge.index.port import EVERYTHING, Filter, IndexBatch, Scored
from bowerbird.knowledge.index.rows import MANIFEST, Manifest, Stamp, stamp
from bowerbird.knowledge.index.snapshot import Snapshot, open_snapshot
from bowerbird.knowledge.index.writer import GenerationWriter

__all__ = ["EmbeddedIndex"]


class EmbeddedIndex:
    """
    The index in the folder `root`, for vectors of one model.

    Opened to write it makes the folder when there is none, and takes the lock; opened to read, a folder that is not
    there yet is an empty index.
    """

    def __init__(self, root: Path, *, model: str, dimensions: int, write: bool) -> None:
        self.root = root
        self._model, self._dimensions = model, dimensions
        self._writes = write
        self._writing = threading.Lock()
        self._refreshing = threading.Lock()
        self._writer: GenerationWriter | None = None
        self._snapshot: Snapshot | None = None
        self._seen: Stamp | None = None  # of CURRENT
        self._closed = False
        if write:
            if generations.read(root) is None:
                generations.switch(root, generations.create(root, model=model, dimensions=dimensions))
            with self._writing:
                self._current_writer()
        self._fresh()

    def apply(self, batch: IndexBatch) -> None:
        """Take in a batch."""
        with self._writer_at_work() as writer:
            writer.apply(batch)

    def add_vectors(self, passages: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Give passages their vectors."""
        with self._writer_at_work() as writer:
            writer.add_vectors(passages, vectors)

    def high_water(self) -> int:
        """Up to where the index log has been taken in by the generation in use."""
        if self._writes:
            with self._writing:
                return self._current_writer().manifest.seq
        snapshot = self._fresh(wait=True)
        return 0 if snapshot is None else snapshot.manifest.seq

    def missing_vectors(self, limit: int) -> list[int]:
        """Up to `limit` passages that have no vector yet."""
        snapshot = self._fresh(wait=True)
        return [] if snapshot is None else snapshot.missing_vectors(limit)

    def search_lexical(self, query: str, k: int, filter: Filter = EVERYTHING) -> list[Scored]:  # noqa: A002
        """The k best passages by words."""
        snapshot = self._fresh()
        return [] if snapshot is None else snapshot.search_lexical(query, k, filter)

    def search_dense(self, vector: NDArray[np.float32], k: int, filter: Filter = EVERYTHING) -> list[Scored]:  # noqa: A002
        """The k nearest passages by vector."""
        snapshot = self._fresh()
        return [] if snapshot is None else snapshot.search_dense(vector, k, filter)

    def word_counts(self, words: Sequence[str]) -> list[int]:
        """In how many passages each word stands."""
        snapshot = self._fresh()
        return [0 for _ in words] if snapshot is None else snapshot.word_counts(words)

    def count(self) -> int:
        """How many passages there are."""
        snapshot = self._fresh()
        return 0 if snapshot is None else snapshot.count()

    def ping(self) -> None:
        """Return when the index can be searched."""
        self._fresh(wait=True)

    def close(self) -> None:
        """Let go of files and locks."""
        self._closed = True
        with self._writing:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        self._snapshot = None

    @contextmanager
    def _writer_at_work(self) -> Generator[GenerationWriter]:
        with self._writing:
            try:
                yield self._current_writer()
            except OSError as exc:
                raise StoreUnavailable(
                    f"the index in {str(self.root)!r} could not be written: {exc.strerror}; make room on the disk:"
                    " it goes on from where it is"
                ) from exc

    def _current_writer(self) -> GenerationWriter:
        """The writer of the generation in use, which another process may have switched."""
        self._check_open()
        if not self._writes:
            raise NotSupported(f"the index in {str(self.root)!r} was opened to read; the worker writes it")
        found = generations.read(self.root)
        if found is None:
            raise StoreUnavailable(f"the index in {str(self.root)!r} is gone: bowerbird index rebuild")
        folder = self.root / found.current
        if self._writer is None or self._writer.folder != folder:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            writer = GenerationWriter(folder)
            self._check_model(writer.manifest)
            self._writer = writer
        return self._writer

    def _fresh(self, *, wait: bool = False) -> Snapshot | None:
        """The newest state; without `wait`, the last one when another thread is just opening a newer."""
        self._check_open()
        if self._is_fresh():
            return self._snapshot
        if not self._refreshing.acquire(blocking=wait or self._snapshot is None):
            return self._snapshot
        try:
            if not self._is_fresh():
                seen = stamp(self.root / generations.CURRENT)  # first: a switch that comes now is noticed next time
                self._snapshot = self._open()
                self._seen = seen
            return self._snapshot
        finally:
            self._refreshing.release()

    def _is_fresh(self) -> bool:
        snapshot = self._snapshot
        if stamp(self.root / generations.CURRENT) != self._seen:
            return False
        return snapshot is None or stamp(snapshot.folder / MANIFEST) == snapshot.stamp

    def _open(self) -> Snapshot | None:
        found = generations.read(self.root)
        if found is None:
            return None
        snapshot = open_snapshot(self.root / found.current, before=self._snapshot)
        self._check_model(snapshot.manifest)
        return snapshot

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable(f"the index in {str(self.root)!r} was closed")

    def _check_model(self, manifest: Manifest) -> None:
        seen, expected = (manifest.model, manifest.dimensions), (self._model, self._dimensions)
        if seen != expected:
            raise NotSupported(
                f"the index in {str(self.root)!r} holds vectors of {seen}, the embedder makes {expected}: "
                "set the embedder back, or make the index anew with: bowerbird index rebuild"
            )
