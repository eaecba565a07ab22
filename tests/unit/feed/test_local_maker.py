"""Slates made in this process, and the catalogue that they are made from."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
import sqlalchemy as sa

from bowerbird.feed.catalogue import Catalogue
from bowerbird.feed.local_maker import LocalMaker
from bowerbird.feed.only import EVERYTHING
from bowerbird.feed.packed import Packed
from bowerbird.feed.people import choose, forget
from bowerbird.feed.stamps import choices_of
from bowerbird.records import Records
from bowerbird.records.tables import events
from bowerbird.testing.builders import Library

from .shelves import TOPIC, Failing, change, did, kept, put, unit_vectors


@asynccontextmanager
async def opened(library: Library) -> AsyncIterator[tuple[LocalMaker, Failing]]:
    records = Failing(library.records)
    maker = LocalMaker(cast("Records", records), lambda _: TOPIC, library.clock)
    yield maker, records
    await maker.close()


@pytest.fixture
async def made(library: Library) -> AsyncIterator[tuple[LocalMaker, Failing]]:
    """A maker over twelve items of one source."""
    put(library, library.source(), unit_vectors(12))
    async with opened(library) as one:
        yield one


async def afresh(maker: LocalMaker, library: Library, length: int) -> Packed:
    """Another than the one that is kept."""
    library.records.stamps.mark(choices_of(library.scope.person))
    return await maker.slate(library.scope, length=length, only=EVERYTHING)


async def test_the_catalogue_is_caught_up_by_one_at_a_time(library: Library, made: tuple[LocalMaker, Failing]) -> None:
    """Who leaves while it is read does not let another read into it beside."""
    maker, records = made
    await maker.catalogue(library.scope.workspace)
    put(library, library.source("https://b.example.org/"), unit_vectors(200))
    records.held = asyncio.Event()
    tasks = [asyncio.create_task(maker.catalogue(library.scope.workspace)) for _ in range(6)]
    for task in tasks[:3]:
        await asyncio.sleep(0)
        task.cancel()
    reads = records.reads
    await asyncio.sleep(0.02)
    assert records.reads <= reads + 1
    records.held.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    catalogue = await maker.catalogue(library.scope.workspace)
    assert catalogue.size == 212


async def test_a_catalogue_of_what_was_is_made_anew(
    library: Library, made: tuple[LocalMaker, Failing], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would grow for ever with what changes."""
    monkeypatch.setattr("bowerbird.feed.catalogue._WASTE", 10)
    maker, _ = made
    item = (await maker.slate(library.scope, length=1, only=EVERYTHING)).items[0]
    for number in range(30):
        change(library, item, title=f"Title {number}")
        catalogue = await maker.catalogue(library.scope.workspace)
        assert catalogue.size <= 12 + 13
        assert catalogue.titles[catalogue.row_of(item) or 0] == f"Title {number}"
    assert len((await afresh(maker, library, 12)).items) == 12


async def test_who_is_forgotten_while_a_slate_is_made_is_forgotten(
    library: Library, made: tuple[LocalMaker, Failing]
) -> None:
    """What was in the making is not kept, and what they liked counts no more."""
    maker, records = made
    slate = await maker.slate(library.scope, length=5, only=EVERYTHING)
    did(library, slate.items[0], "liked", slate=slate.id)
    library.clock.advance(30)
    catalogue = await maker.catalogue(library.scope.workspace)
    assert catalogue.rewarded.sum() == pytest.approx(1.0)
    write = records.awrite

    async def forget_first(fn: Any) -> Any:
        await asyncio.to_thread(library.records.write, lambda conn: forget(conn, library.scope))
        return await write(fn)

    records.awrite = forget_first  # type: ignore[method-assign]
    await afresh(maker, library, 5)
    records.awrite = write  # type: ignore[method-assign]
    assert kept(library) == 0
    assert library.records.read(lambda conn: conn.execute(sa.select(events)).all()) == []
    assert (await maker.catalogue(library.scope.workspace)).rewarded.sum() == 0.0
    assert (await maker.profiles.of(library.scope)).is_new


async def test_nobody_waits_while_many_vectors_are_sorted(
    library: Library, made: tuple[LocalMaker, Failing], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slate is there before they are; once they are, what is near is looked for in them."""
    monkeypatch.setattr("bowerbird.feed.catalogue._EXACT", 50)
    may_sort = threading.Event()
    divide = Catalogue.divide

    def wait_and_divide(catalogue: Catalogue) -> None:
        may_sort.wait(20)
        divide(catalogue)

    monkeypatch.setattr(Catalogue, "divide", wait_and_divide)
    maker, _ = made
    near = put(library, library.source("https://b.example.org/"), unit_vectors(300, like=TOPIC, noise=0.5))
    library.records.write(lambda conn: choose(conn, library.scope, clock=library.clock, interests=["blue things"]))
    for length in (5, 6):
        assert len((await maker.slate(library.scope, length=length, only=EVERYTHING)).items) == length
    catalogue = await maker.catalogue(library.scope.workspace)
    assert catalogue.is_to_be_divided
    may_sort.set()
    for _ in range(500):
        if not catalogue.is_to_be_divided:
            break
        await asyncio.sleep(0.01)
    assert not catalogue.is_to_be_divided
    assert set(near) & set((await afresh(maker, library, 5)).items)


async def test_what_was_asked_for_lately_is_read_before_anybody_comes(library: Library) -> None:
    """Its catalogue is there when the first reader of a new process comes; of others it is not."""
    put(library, library.source(), unit_vectors(4))
    async with opened(library) as (before, _):
        await before.slate(library.scope, length=2, only=EVERYTHING)
    async with opened(library) as (maker, records):
        await maker.warm()
        reads = records.reads
        catalogue = await maker.catalogue(library.scope.workspace)

        assert (catalogue.size, records.reads - reads) == (4, 0)
        records.fails = lambda _: True
        await maker.warm()


async def test_a_slate_of_a_moment_ago_is_there_before_the_items(
    library: Library, made: tuple[LocalMaker, Failing], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that begins reads all items for seconds: whoever had a slate before need not wait for that."""
    maker, _ = made
    before = await maker.slate(library.scope, length=3, only=EVERYTHING)
    go_on = threading.Event()
    catch_up = Catalogue.catch_up

    def slowly(self: Catalogue, conn: sa.Connection) -> Any:
        go_on.wait(10)
        return catch_up(self, conn)

    monkeypatch.setattr(Catalogue, "catch_up", slowly)
    async with opened(library) as (begun, _):
        reading = asyncio.create_task(begun.catalogue(library.scope.workspace))
        await asyncio.sleep(0.05)
        try:
            found = await asyncio.wait_for(begun.slate(library.scope, length=3, only=EVERYTHING), 2)
        finally:
            go_on.set()
        await reading
    assert found.id == before.id
