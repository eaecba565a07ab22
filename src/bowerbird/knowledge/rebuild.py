"""
The index made anew from the records, while the one in use goes on answering and taking in; and taken back.

The new generation is built in a folder of its own, moved beside the others when it is up with the records, and switched
to by replacing one file. What the log gained meanwhile, the worker takes in at its next round. A gate may look at it
before and refuse; then it is thrown away, and the one in use stays.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.knowledge.index import EmbeddedIndex, Index, generations
from bowerbird.knowledge.indexer import Indexer, log_length
from bowerbird.models import Embedder
from bowerbird.ops import crash
from bowerbird.records import Records
from bowerbird.records.tables import passages

__all__ = ["Gate", "IndexStatus", "Rebuilt", "index_status", "rebuild_index", "roll_back_index"]

BUILDING = "building"
EMBED_AT_ONCE = 64


Gate = Callable[[Index, str, str | None], str]
"""Why a built index, under the name it would get, must not replace the one with the other name; empty when it may."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Which generation is in use after a rebuild, and why it is not the new one, if so."""

    generation: str
    refused: str = ""


class IndexStatus(TypedDict):
    """What the index holds, and how far behind the records it is."""

    generation: str | None
    previous: str | None
    passages: int
    with_vectors: int
    in_records: int
    log_entries_behind: int


def rebuild_index(
    root: Path,
    records: Records,
    embedder: Embedder,
    clock: Clock,
    *,
    show: Callable[[str], None],
    gate: Gate = lambda _candidate, _name, _in_use: "",
) -> Rebuilt:
    """Build a new generation from the records and use it if `gate` lets it. `show` is told how far it has come."""
    building = root / BUILDING
    shutil.rmtree(building, ignore_errors=True)  # what a kill has left
    index = EmbeddedIndex(building, model=embedder.name, dimensions=embedder.dimensions, write=True)
    indexer = Indexer(records, index, embedder, clock)
    while indexer.catch_up():
        show(f"{index.count()} passages can be found by their words")
    embedded = 0
    while given := indexer.embed_some(EMBED_AT_ONCE):
        embedded += given
        show(f"{embedded} of {index.count()} passages can be found by their meaning")
    crash.point("rebuild.before_gate")
    in_use = generations.read(root)
    refused = gate(index, generations.next_name(root), in_use.current if in_use is not None else None)
    index.close()
    if refused and in_use is not None:
        shutil.rmtree(building)
        return Rebuilt(in_use.current, refused)
    crash.point("rebuild.before_switch")
    name = generations.adopt(root, building)
    generations.switch(root, name)
    crash.point("rebuild.after_switch")
    generations.prune(root)
    return Rebuilt(name)


def roll_back_index(root: Path) -> str:
    """Use the generation before the one in use; its name. It catches up with the records at the worker's next round."""
    return generations.roll_back(root).current


def index_status(root: Path, records: Records, embedder: Embedder) -> IndexStatus:
    """Which generation is in use, what it holds, and what it has yet to take in."""
    found = generations.read(root)
    index = EmbeddedIndex(root, model=embedder.name, dimensions=embedder.dimensions, write=False)
    reached, count = index.high_water(), index.count()
    lacking = len(index.missing_vectors(count))
    index.close()
    live, behind = records.read(
        lambda conn: (
            conn.execute(sa.select(sa.func.count()).select_from(passages).where(passages.c.live)).scalar_one(),
            log_length(conn, reached),
        )
    )
    return IndexStatus(
        generation=found.current if found else None,
        previous=found.previous if found else None,
        passages=count,
        with_vectors=count - lacking,
        in_records=live,
        log_entries_behind=behind,
    )
