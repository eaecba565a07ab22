"""Items for tests of what is made of them, written straight into the records; thousands of them in a moment."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.feed.catalogue import DIMENSIONS, Catalogue
from bowerbird.feed.compose import Inputs
from bowerbird.feed.events import NewEvent, Outcome, keep_events
from bowerbird.feed.slate import unpack
from bowerbird.feed.stamps import ITEMS_CHANGED, item_of
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.records import Records, mark_on_commit
from bowerbird.records.tables import agent_tallies, items, pages, slates, versions
from bowerbird.testing.builders import Library

__all__ = [
    "TOPIC",
    "Failing",
    "Vectors",
    "change",
    "did",
    "half",
    "kept",
    "kept_inputs",
    "loaded",
    "put",
    "tallies",
    "unit_vectors",
]

Vectors = NDArray[np.float32]


def unit_vectors(count: int, *, seed: int = 0, like: Vectors | None = None, noise: float = 1.0) -> Vectors:
    """Vectors (n, d) of length 1: by chance, or near to `like` (d,)."""
    made = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)) / np.sqrt(DIMENSIONS)
    if like is not None:
        made = like + noise * made
    found: Vectors = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    return found


def half(vector: Vectors) -> bytes:
    """As the records keep a vector."""
    return bytes(vector.astype(np.float16).tobytes())


def put(library: Library, source: str, vectors: Sequence[Any] | Vectors, **more: Sequence[Any]) -> list[int]:
    """Items of the source with these vectors (or bytes, or None), and whatever else of each; their rows."""

    def work(conn: sa.Connection) -> list[int]:
        now = library.clock.now_s()
        last = conn.execute(sa.select(sa.func.max(items.c.seq))).scalar() or 0
        numbers = range(last + 1, last + 1 + len(vectors))
        of_pages = [
            {"source": source, "url": f"https://docs.example.org/{number}", "title": "", "state": "live", "fields": {},
             "links": [], "fetched_at": now, "checked_at": now}
            for number in numbers
        ]  # fmt: skip
        rows = conn.execute(sa.insert(pages).returning(pages.c.id, sort_by_parameter_order=True), of_pages).scalars()
        of_versions = [
            {"page": page, "text_hash": "", "title": "", "text": "A note.", "page_starts": None, "fetched_at": now}
            for page in rows
        ]
        read = conn.execute(
            sa.insert(versions).returning(versions.c.id, versions.c.page, sort_by_parameter_order=True), of_versions
        )
        of_items = [
            {"workspace": library.scope.workspace, "source": source, "page": page, "version": version,
             "key": f"i{number}", "kind": "note", "title": f"Item {number}", "quote": "", "quote_start": 0,
             "quote_end": 0, "url": "",
             "fields": {}, "quality": 0.5, "created_at": now, "added_at": now, "gone_at": None, "seq": number,
             "vector": vector if vector is None or isinstance(vector, bytes) else half(vector)}
            | {name: of_each[number - last - 1] for name, of_each in more.items()}
            for number, (version, page), vector in zip(numbers, read, vectors, strict=True)
        ]  # fmt: skip
        inserted = sa.insert(items).returning(items.c.id, sort_by_parameter_order=True)
        made = list(conn.execute(inserted, of_items).scalars())
        mark_on_commit(conn, ITEMS_CHANGED, *map(item_of, made))
        return made

    return library.records.write(work)


def change(library: Library, item: int, **values: Any) -> None:
    """Let an item be otherwise, as the worker writes it."""

    def work(conn: sa.Connection) -> None:
        last = conn.execute(sa.select(sa.func.max(items.c.seq))).scalar() or 0
        conn.execute(sa.update(items).where(items.c.id == item).values(values | {"seq": last + 1}))
        mark_on_commit(conn, ITEMS_CHANGED, item_of(item))

    library.records.write(work)


def did(
    library: Library,
    item: int,
    kind: str,
    *,
    by: Scope | None = None,
    ago: float = 0.0,
    value: float | None = None,
    slate: str | None = None,
) -> Outcome:
    """What the person (the local one) did so many seconds ago."""
    key = library.records.read(lambda conn: conn.execute(sa.select(items.c.key).where(items.c.id == item)).scalar_one())
    event = NewEvent(key, kind, library.clock.now_s() - ago, value=value, slate=slate, sender=by or library.scope)
    (outcome,) = library.records.write(
        lambda conn: keep_events(conn, library.scope.workspace, [event], clock=library.clock)
    )
    assert outcome.state in ("kept", "known"), outcome
    return outcome


def loaded(library: Library) -> Catalogue:
    """A catalogue of all that is there."""
    catalogue = Catalogue(library.scope.workspace, library.clock)
    library.records.read(catalogue.catch_up)
    return catalogue


def tallies(library: Library) -> dict[tuple[str, int], tuple[int, int]]:
    """By agent and day: shown, rewarded; without those that are nothing."""
    found = library.records.read(lambda conn: conn.execute(sa.select(agent_tallies)).all())
    return {(row.agent, row.day): (row.shown, row.rewarded) for row in found if row.shown or row.rewarded}


TOPIC = unit_vectors(1, seed=42)[0]


class Failing:
    """The records, of which reading or writing fails when it is told to."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.stamps = records.stamps
        self.reads = 0
        self.fails: Callable[[int], bool] = lambda _: False  # by which read it is
        self.fails_to_write = False
        self.held: asyncio.Event | None = None

    def read(self, fn: Any) -> Any:
        self._begin()
        return self.records.read(fn)

    async def aread(self, fn: Any) -> Any:
        self._begin()
        if self.held is not None:
            await self.held.wait()
        return await self.records.aread(fn)

    def _begin(self) -> None:
        self.reads += 1
        if self.fails(self.reads):
            raise StoreUnavailable("the disk is gone")

    async def awrite(self, fn: Any) -> Any:
        if self.fails_to_write:
            raise StoreUnavailable("the disk is full")
        return await self.records.awrite(fn)


def kept(library: Library) -> int:
    """How many slates are in the records."""
    found = sa.select(sa.func.count()).select_from(slates)
    return library.records.read(lambda conn: conn.execute(found).scalar_one())


def kept_inputs(library: Library, slate: str) -> Inputs:
    """What a slate was made from, as the records keep it."""
    wanted = sa.select(slates.c.inputs).where(slates.c.id == slate)
    inputs, _ = unpack(bytes(library.records.read(lambda conn: conn.execute(wanted).scalar_one())))
    return inputs
