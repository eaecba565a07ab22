"""Slates by another process: the same as here, whatever becomes of that process."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from bowerbird.feed import Feeds, Only, Ticket, key_of, local_feeds
from bowerbird.feed.local_maker import FEED_S, LocalMaker
from bowerbird.feed.maker import Maker
from bowerbird.feed.packed import Packed, Served
from bowerbird.feed.profiles import Profiles
from bowerbird.feed.remote import RemoteMaker, answer_slates
from bowerbird.feed.slate import Changed, Entry, Slate
from bowerbird.feed.variants import USUAL, Variants
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import InputWrong, NotFound, StoreUnavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.testing.builders import Library

from .shelves import TOPIC, change, half, kept, put, unit_vectors

SOON_S = 0.3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where makers listen."""
    return tmp_path / "s"


def nobody() -> Maker:
    """Where nobody is to make slates in this process."""
    raise AssertionError("a slate was to be made by the process that asked")


@asynccontextmanager
async def making(feeds: Feeds, path: Path) -> AsyncIterator[None]:
    """A maker that answers at the path, in this event loop."""
    listening = asyncio.Event()
    task = asyncio.create_task(answer_slates(feeds, path, ready=listening.set))
    waiting = asyncio.create_task(listening.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.to_thread(path.unlink, missing_ok=True)


@asynccontextmanager
async def asking(library: Library, path: Path, here: Callable[[], Maker] = nobody) -> AsyncIterator[Feeds]:
    """The feeds of a web process."""
    maker = RemoteMaker([path], here, SystemClock())
    feeds = Feeds(library.records, maker, Profiles(library.records, library.clock), library.clock)
    yield feeds
    await feeds.close()


@asynccontextmanager
async def both(library: Library, path: Path) -> AsyncIterator[tuple[Feeds, Feeds]]:
    """Feeds that ask, and those that make what they ask for."""
    made = local_feeds(library.records, lambda _: TOPIC, library.clock)
    async with making(made, path), asking(library, path) as asked:
        yield asked, made
    await made.close()


async def test_it_is_as_if_it_were_made_here(library: Library, path: Path) -> None:
    """Slates, of everything and of a category; what there is; what is like an item; replays."""
    items = put(library, library.source(), unit_vectors(12, like=TOPIC))
    async with both(library, path) as (asked, made):
        served = await asked.slate(library.scope, length=5)
        there = made.peek(Ticket(key_of(library.scope, 5), None))
        assert there is not None
        assert served.packed == there.value
        assert served.slate.entries == there.value.entries()
        assert (await asked.slate(library.scope, length=5)).how == "hit"
        assert (await asked.slate(library.scope, length=5, only=Only(category="none"))).slate.entries == ()
        narrow = Scope(library.scope.workspace, library.scope.person, ())
        assert (await asked.slate(narrow, length=5)).slate.entries == ()
        assert await asked.shelf(library.scope, most=3) == await made.shelf(library.scope, most=3)
        assert (await asked.shelf(library.scope, most=3)).items == 12
        around = await asked.around(library.scope, items[0], most=4)
        assert around == await made.around(library.scope, items[0], most=4)
        assert len(around.similar) == 4
        again = await asked.replay(library.scope, served.slate.id, without=["quality"])
        assert again == await made.replay(library.scope, served.slate.id, without=["quality"])
        assert await asked.resting() == ()


async def test_variants_are_asked_for_there(library: Library, path: Path) -> None:
    """Slates of different ones are kept apart there too, and are told when one is made again."""
    put(library, library.source(), unit_vectors(12, like=TOPIC))
    fewer = Variants(agents="without-quality", embedding="no-decay")
    async with both(library, path) as (asked, made):
        usual, other = [await asked.slate(library.scope, length=5, variants=one) for one in (USUAL, fewer)]
        assert "quality" in usual.slate.entries[0].why
        assert "quality" not in other.slate.entries[0].why
        there = made.peek(Ticket(key_of(library.scope, 5, variants=fewer), None))
        assert there is not None
        assert there.value == other.packed
        again = await asked.replay(library.scope, other.slate.id)
        assert again.is_same
        assert again.variants == {"feed.agents": "without-quality", "feed.embedding": "no-decay"}


async def test_an_error_is_the_same_error(library: Library, path: Path) -> None:
    """With its words and its field; none of them makes anybody believe that nobody is there."""
    items = put(library, library.source(), unit_vectors(4))
    async with both(library, path) as (asked, made):
        slate = (await asked.slate(library.scope, length=4)).slate
        for _ in range(4):
            with pytest.raises(NotFound, match="no slate"):
                await asked.replay(library.scope, "another")
            with pytest.raises(InputWrong, match="no agent 'nobody'") as wrong:
                await asked.replay(library.scope, slate.id, without=["nobody"])
            assert wrong.value.field == "without"
        change(library, items[0], vector=half(unit_vectors(1, seed=9)[0]))
        library.clock.advance(60)
        await made.shelf(library.scope, most=1)
        with pytest.raises(Changed, match="have changed"):
            await asked.replay(library.scope, slate.id)


async def test_what_one_asked_for_is_made_once_for_all(library: Library, path: Path) -> None:
    """Two web processes, the same person; afresh it is made anew for both."""
    put(library, library.source(), unit_vectors(12))
    async with both(library, path) as (first, _), asking(library, path) as second:
        a, b = await asyncio.gather(*(feeds.slate(library.scope, length=5) for feeds in (first, second)))
        assert a.packed == b.packed
        assert kept(library) == 1
        fresh = await first.slate(library.scope, length=5, fresh=True)
        assert fresh.slate.id != a.slate.id
        assert (await second.slate(library.scope, length=5)).packed == fresh.packed
        assert kept(library) == 2


async def test_who_waits_gets_it_from_the_next_maker(library: Library, path: Path) -> None:
    """One that ends with questions open, and is started again at the same place."""
    put(library, library.source(), unit_vectors(12))
    made = local_feeds(library.records, lambda _: TOPIC, library.clock)
    hangs = _Hanging(made)
    async with asking(library, path) as asked:
        async with making(hangs, path):
            waiting = [asyncio.create_task(asked.slate(library.scope, length=n)) for n in (3, 4)]
            await asyncio.wait_for(hangs.was_asked.wait(), 5)
        assert not any(task.done() for task in waiting)
        async with making(made, path):
            assert [len((await task).slate.entries) for task in waiting] == [3, 4]
    await made.close()


async def test_without_a_maker_slates_are_made_here(
    library: Library, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After waiting for one for a while; then without waiting; and not any more when there is one again."""
    monkeypatch.setattr("bowerbird.feed.remote.PATIENCE_S", SOON_S)
    monkeypatch.setattr("bowerbird.feed.remote.LEFT_ALONE_S", SOON_S)
    put(library, library.source(), unit_vectors(12))
    here = LocalMaker(library.records, lambda _: TOPIC, library.clock)
    async with asking(library, path, lambda: here) as asked:
        for length in (1, 2, 3):
            assert len((await asked.slate(library.scope, length=length)).slate.entries) == length
        began_s = asyncio.get_running_loop().time()
        assert len((await asked.slate(library.scope, length=4)).slate.entries) == 4
        assert (await asked.shelf(library.scope, most=1)).items == 12
        assert asyncio.get_running_loop().time() - began_s < SOON_S
        await asyncio.sleep(SOON_S)
        made = local_feeds(library.records, lambda _: TOPIC, library.clock)
        async with making(made, path):
            await asked.slate(library.scope, length=5)
            assert made.peek(Ticket(key_of(library.scope, 5), None)) is not None
        await made.close()


async def test_a_maker_that_hangs_is_not_waited_for_long(
    library: Library, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took the question, and says nothing."""
    monkeypatch.setattr("bowerbird.feed.remote.PATIENCE_S", SOON_S)
    put(library, library.source(), unit_vectors(12))
    here = LocalMaker(library.records, lambda _: TOPIC, library.clock)
    async with (
        making(_Hanging(local_feeds(library.records, lambda _: TOPIC, library.clock)), path),
        asking(library, path, lambda: here) as asked,
    ):
        assert len((await asked.slate(library.scope, length=4)).slate.entries) == 4


async def test_what_can_wait_is_not_made_here(library: Library, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes: who is busy with what others wait for is not taken for dead, and the late one stays."""
    monkeypatch.setattr("bowerbird.feed.remote.PATIENCE_S", SOON_S)
    put(library, library.source(), unit_vectors(12))
    made = local_feeds(library.records, lambda _: TOPIC, library.clock)
    async with asking(library, path) as asked:
        async with making(made, path):
            first = await asked.slate(library.scope, length=4)
        hangs = _Hanging(made)
        async with making(hangs, path):
            library.clock.advance(FEED_S + 1)
            assert (await asked.slate(library.scope, length=4)).how == "stale"
            await asyncio.wait_for(hangs.was_asked.wait(), 5)
            await asyncio.sleep(2 * SOON_S)
            assert (await asked.slate(library.scope, length=4)).packed == first.packed
    await made.close()


async def test_that_the_records_do_not_answer_is_told(library: Library, path: Path) -> None:
    """By the level of the slate, and to who lets people in."""
    put(library, library.source(), unit_vectors(12))
    async with both(library, path) as (asked, _):
        await asked.slate(library.scope, length=3)
        real = library.records.read

        def gone(_: Any) -> Any:
            raise StoreUnavailable("the disk is gone")

        library.records.read = gone  # type: ignore[method-assign, assignment]
        served = await asked.slate(library.scope, length=4)
        assert (served.slate.level, len(served.slate.entries)) == ("trending", 4)
        assert asked.is_cut_off
        with pytest.raises(StoreUnavailable, match="the disk is gone"):
            await asked.shelf(library.scope, most=1)
        library.records.read = real  # type: ignore[method-assign]
        assert (await asked.slate(library.scope, length=5)).slate.level == "agents"
        assert not asked.is_cut_off


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack("<II", 2, 0) + b"{}",
        struct.pack("<II", 3, 0) + b"[,]",
        struct.pack("<II", 2**31, 0),
        struct.pack("<II", 2, 0) + b"[]",
        struct.pack("<II", 7, 0) + b'[1,"x"]',
        struct.pack("<II", 24, 0) + b'[1,"slate",1,2,3,[1,2,3]',
    ],
)
async def test_what_is_no_question_harms_nobody(library: Library, path: Path, sent: bytes) -> None:
    """Its connection ends, or it is told that it was wrong; others are answered."""
    put(library, library.source(), unit_vectors(3))
    async with both(library, path) as (asked, _):
        await asked.slate(library.scope, length=1)
        _, writer = await asyncio.open_unix_connection(path)
        writer.write(sent)
        await writer.drain()
        await asyncio.sleep(0.05)
        assert len((await asked.slate(library.scope, length=2)).slate.entries) == 2
        writer.close()


def test_what_is_packed_says_the_same() -> None:
    """All that an entry has, also in other alphabets; of an empty slate nothing."""
    why = {"quality": 0.25, "discovery": 0.125}
    full = Entry(7, "é/ü", "鳥", 0.375, why, 0.5, ("quality",), explored=True, because="b", follow="f", rewarded=1.5)
    assert not [one.name for one in fields(Entry) if getattr(full, one.name) == one.default]
    slate = Slate("01k", Scope("w", "p"), 2.0, "agents", (full, replace(full, because="", follow="")), length=2)
    assert Packed.of(slate).entries() == slate.entries
    assert Served(Packed.of(slate), slate.scope, 0.5, "hit", 2).slate == slate
    packed = Packed("01k", "agents", 1.0, (), b"[]", b"[]")
    assert packed.body(1.5) == b'{"slate":"01k","level":"agents","age_ms":1500,"items":[]}'
    assert packed.entries() == ()
    assert replace(packed, level="trending").body(0.0).startswith(b'{"slate":"01k","level":"trending"')


class _Hanging(Feeds):
    """Says nothing, whatever it is asked."""

    def __init__(self, feeds: Feeds) -> None:
        self.__dict__ |= feeds.__dict__
        self.was_asked = asyncio.Event()

    async def slate(self, *_: Any, **__: Any) -> Any:
        self.was_asked.set()
        await asyncio.Event().wait()
