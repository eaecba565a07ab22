"""
Writes one generation of the embedded index. One writer at a time, which a lock on the folder sees to.

A kill at any line leaves what the last manifest counts: Tantivy's commit comes first and may run ahead of it, which
repeating the batch mends; the arrays are written behind their counted ends; the manifest is replaced last.
"""

import fcntl
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.knowledge.index.lexical import LexicalWriter
from bowerbird.knowledge.index.nearest import Graph
from bowerbird.knowledge.index.port import Entry, IndexBatch
from bowerbird.knowledge.index.rows import DEAD, OWNERS, ROW, ROWS, VECTORS, Manifest, append, mapped
from bowerbird.knowledge.index.snapshot import graph_path
from bowerbird.knowledge.words import STEMMED
from bowerbird.ops import crash

__all__ = ["GenerationWriter"]

# Vectors behind the graph are scored one by one; when they are this many, the graph takes them in.
TAIL = 10_000
LOCK = "writer.lock"


class GenerationWriter:
    """A generation opened to write; its folder holds a manifest already."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = (folder / LOCK).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.manifest = Manifest.load(folder)
            self._lexical = LexicalWriter(folder / "lexical")
        except BlockingIOError as exc:
            self._lock.close()
            raise StoreUnavailable(f"another process writes {str(folder)!r}: stop it, or wait") from exc
        except BaseException:
            self._lock.close()
            raise
        self._names = {name: code for code, name in enumerate(self.manifest.names)}
        self._row_of = self._rows_alive()
        self._has_vector = set(mapped(folder / OWNERS, "<i8", (self.manifest.vectors,)).tolist())

    def _rows_alive(self) -> dict[int, int]:
        rows = mapped(self.folder / ROWS, ROW, (self.manifest.rows,))["passage"].tolist()
        dead = set(mapped(self.folder / DEAD, "<i8", (self.manifest.dead,)).tolist())
        return {passage: row for row, passage in enumerate(rows) if row not in dead}

    def apply(self, batch: IndexBatch) -> None:
        """Take in a batch and what of the index log it reaches."""
        adds = list({entry.passage: entry for entry in batch.adds}.values())
        self._lexical.replace(batch.removes, adds)
        crash.point("index.lexical_committed")
        old = self.manifest
        gone = {*batch.removes, *(entry.passage for entry in adds)}
        dead = [self._row_of[passage] for passage in gone if passage in self._row_of]
        rows = np.array([self._row(entry) for entry in adds], ROW)
        append(self.folder / ROWS, rows, after=old.rows)
        append(self.folder / DEAD, np.array(dead, "<i8"), after=old.dead)
        crash.point("index.rows_written")
        self._commit(
            replace(
                old,
                seq=max(old.seq, batch.up_to_seq),
                rows=old.rows + len(rows),
                dead=old.dead + len(dead),
                names=tuple(self._names),
                languages=_also_in(old.languages, adds),
            )
        )
        for passage in gone:
            self._row_of.pop(passage, None)
        self._row_of.update({entry.passage: old.rows + n for n, entry in enumerate(adds)})

    def add_vectors(self, passages: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Append the vectors of passages that are here and have none."""
        expected = (len(passages), self.manifest.dimensions)
        if vectors.shape != expected or not np.isfinite(vectors).all():
            raise ValueError(f"finite vectors of shape {expected} were expected, not {vectors.shape}")
        wanted: dict[int, int] = {}  # row of the passage → row of `vectors`
        for n, passage in enumerate(passages):
            row = self._row_of.get(passage)
            if row is not None and row not in self._has_vector:
                wanted.setdefault(row, n)
        old = self.manifest
        append(self.folder / VECTORS, vectors[list(wanted.values())].astype("<f4"), after=old.vectors)
        append(self.folder / OWNERS, np.array(list(wanted), "<i8"), after=old.vectors)
        crash.point("index.vectors_written")
        self._commit(replace(old, vectors=old.vectors + len(wanted)))
        self._has_vector.update(wanted)
        if self.manifest.vectors - self.manifest.graph >= TAIL:
            self._grow_graph()

    def close(self) -> None:
        """Let go of the locks; may be called twice."""
        self._lexical.close()
        self._lock.close()

    def _row(self, entry: Entry) -> tuple[Any, ...]:
        tags = json.dumps(sorted(entry.tags))
        codes = (self._code(name) for name in (entry.workspace, entry.source, entry.kind, tags))
        return entry.passage, entry.page, entry.at_s, *codes

    def _code(self, name: str) -> int:
        return self._names.setdefault(name, len(self._names))

    def _commit(self, manifest: Manifest) -> None:
        manifest.save(self.folder)
        self.manifest = manifest
        crash.point("index.committed")

    def _grow_graph(self) -> None:
        """Take the vectors behind the graph into it; the new graph is a new file, so that readers keep the old one."""
        old = self.manifest
        graph = Graph.read(graph_path(self.folder, old.graph)) if old.graph else Graph.empty(old.dimensions)
        vectors = mapped(self.folder / VECTORS, "<f4", (old.vectors, old.dimensions))
        graph.add(vectors[old.graph :])
        path = graph_path(self.folder, old.vectors)
        graph.write(path)
        crash.point("index.graph_written")
        self._commit(replace(old, graph=old.vectors))
        for other in self.folder.glob("graph-*"):
            if other != path:
                other.unlink(missing_ok=True)


def _also_in(languages: Sequence[str], entries: Sequence[Entry]) -> tuple[str, ...]:
    """The languages that a query must be stemmed in, with those of the entries."""
    return tuple(dict.fromkeys([*languages, *(e.language for e in entries if e.language in STEMMED)]))
