"""Pages that were never gathered, stored and indexed as if they had been, for a bench to ask about."""

import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from bowerbird.answer import Asker
from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.knowledge import EmbeddedIndex, Indexer, Searcher
from bowerbird.models import Coalescing, Embedder
from bowerbird.records import Records, open_records
from bowerbird.testing.builders import Library

__all__ = ["asking", "indexed"]

T = TypeVar("T")


def indexed(
    records: Records, index_dir: Path, embedder: Embedder, fill: Callable[[Library], T]
) -> tuple[EmbeddedIndex, Library, T]:
    """The index, open, of all that `fill` puts into a library of `records`; and what `fill` gave."""
    library = Library(records, ManualClock(SystemClock().now_s()))
    filled = fill(library)
    library.arrange()
    index = EmbeddedIndex(index_dir, model=embedder.name, dimensions=embedder.dimensions, write=True)
    indexer = Indexer(records, index, embedder, SystemClock())
    while indexer.catch_up() or indexer.embed_some(64):
        pass
    return index, library, filled


@contextmanager
def asking(embedder: Embedder, fill: Callable[[Library], T]) -> Generator[tuple[Asker, Library, T]]:
    """Somebody to ask about what `fill` puts into a library, which is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="bowerbird-asking-") as folder:
        records = open_records(f"sqlite:///{folder}/bowerbird.db")
        index, library, filled = indexed(records, Path(folder) / "index", embedder, fill)
        try:
            yield Asker(records, Searcher(records, index, Coalescing(embedder)), SystemClock()), library, filled
        finally:
            index.close()
            records.close()
