"""
Slates by another process: what web processes ask, and what answers them there, over a Unix socket.

    web process ──┐  [number, what, …]          ┌── one catalogue, one forecast, one set of agents for all
    web process ──┴─────────────────────────────┴─► Feeds ─► LocalMaker
                     [number, answer] + bytes

Making a slate computes for some milliseconds under the interpreter's lock; beside an event loop that answers from
memory in fifty microseconds, each would keep a hundred others waiting.

Both ends are processes of one installation and one user, and the socket lies in a folder that only that user may
enter; what is no frame of this form ends its connection all the same.

Whoever makes them may die or hang: then whoever asks waits for the next one for some seconds, and makes slates itself
when there is none (`Breaker`), as long as it takes.
"""

import asyncio
import json
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any, Final, cast

from bowerbird.feed.maker import Around, Maker, Shelf
from bowerbird.feed.only import Only
from bowerbird.feed.packed import Packed
from bowerbird.feed.service import Feeds
from bowerbird.feed.slate import Changed, Entry, Replayed
from bowerbird.feed.variants import USUAL, Variants
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import BowerbirdError, InputWrong, NotFound, StoreUnavailable, Unavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.ops.breaker import Breaker
from bowerbird.ops.logs import logger

__all__ = ["SOCKETS", "RemoteMaker", "answer_slates"]

SOCKETS: Final = "BOWERBIRD_FEED_SOCKETS"  # told by the environment: the paths of all makers, with colons between them

PATIENCE_S: Final = 10.0  # until one that does not answer is given up for this time
BEHIND_S: Final = 120.0  # … of what nobody waits for
AGAIN_S: Final = 0.1
FAILURES: Final = 3
LEFT_ALONE_S: Final = 10.0
_MOST_BYTES: Final = 16_000_000  # of a frame
_HEAD: Final = struct.Struct("<II")  # the length of the JSON, and of the bytes behind it
_ERRORS: Final[Mapping[str, type[BowerbirdError]]] = {
    one.__name__: one for one in (InputWrong, NotFound, Changed, Unavailable, StoreUnavailable)
}

_log = logger("agent")


class _Gone(Exception):
    """The connection ended before the answer came."""


class _Unreachable(Unavailable):
    """Nobody answers there."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a maker said, with the bytes behind it; or what it raised."""

    told: Any
    data: bytes
    refused: BowerbirdError | None = None

    def taken(self) -> tuple[Any, bytes]:
        """What it said; raises what it raised."""
        if self.refused is not None:
            raise self.refused
        return self.told, self.data


class RemoteMaker:
    """Asks the makers that listen at these paths; for the tasks of one event loop. Each person has one of them."""

    def __init__(self, paths: Sequence[Path], here: Callable[[], Maker], clock: Clock) -> None:
        """`here` gives one of this process, for when they do not answer; it is opened at most once, and then kept."""
        self._links = [_Link(path, clock) for path in paths]
        self._open_here = here
        self._here: Maker | None = None
        self._is_cut_off = False

    @property
    def is_cut_off(self) -> bool:
        """Whether the records did not answer when the last slate was made."""
        return self._is_cut_off

    async def slate(
        self, scope: Scope, *, length: int, only: Only, variants: Variants = USUAL, can_wait: bool = False
    ) -> Packed:
        """One that was made a moment ago and still holds, or one that is made now. There always is one."""
        given = [length, [only.category, only.region, only.quality], list(astuple(variants)), can_wait]
        try:
            told, data = await self._ask(scope, "slate", *given, can_wait=can_wait)
        except _Unreachable:
            here = self._maker_here()
            packed = await here.slate(scope, length=length, only=only, variants=variants)
            self._is_cut_off = here.is_cut_off
            return packed
        id_, level, made_at, items, cut, self._is_cut_off = told
        return Packed(id_, level, made_at, tuple(items), data[:cut], data[cut:])

    async def shelf(self, scope: Scope, *, most: int) -> Shelf:
        """What they may see, with up to `most` values of each kind; raises StoreUnavailable."""
        try:
            (items, categories, regions), _ = await self._ask(scope, "shelf", most)
        except _Unreachable:
            return await self._maker_here().shelf(scope, most=most)
        return Shelf(items, tuple(categories), tuple(regions))

    async def around(self, scope: Scope, item: int, *, most: int) -> Around:
        """What is like an item, of what they may see; raises StoreUnavailable."""
        try:
            (similar, liked), _ = await self._ask(scope, "around", item, most)
        except _Unreachable:
            return await self._maker_here().around(scope, item, most=most)
        return Around(tuple(similar), liked)

    async def replay(self, scope: Scope, slate: str, *, without: Sequence[str] = ()) -> Replayed:
        """A slate of the person made again; raises NotFound, Changed, InputWrong."""
        try:
            told, _ = await self._ask(scope, "replay", slate, list(without))
        except _Unreachable:
            return await self._maker_here().replay(scope, slate, without=without)
        return _replayed(told)

    async def resting(self) -> tuple[str, ...]:
        """The agents that are left alone for now, by any of the makers."""
        found: set[str] = set()
        for link in self._links:
            with suppress(_Unreachable):
                names, _ = await link.ask_guarded("resting", [])
                found.update(names)
        return tuple(sorted(found))

    async def warm(self) -> None:
        """They do so themselves."""

    async def close(self) -> None:
        """Ask no more."""
        for link in self._links:
            await link.close()
        if self._here is not None:
            await self._here.close()

    async def _ask(self, scope: Scope, what: str, *given: Any, can_wait: bool = False) -> tuple[Any, bytes]:
        """
        What the person's maker says; raises what it raised, and _Unreachable.

        Of what can wait it is not said that nobody answers: that it takes long tells nothing of the maker.
        """
        link = self._links[zlib.crc32(scope.person.encode()) % len(self._links)]
        sources = None if scope.sources is None else list(scope.sources)
        asked = [scope.workspace, scope.person, sources, *given]
        if can_wait:
            return (await link.ask(what, asked, patience_s=BEHIND_S)).taken()
        return await link.ask_guarded(what, asked)

    def _maker_here(self) -> Maker:
        if self._here is None:
            self._here = self._open_here()
        return self._here


class _Frames(asyncio.Protocol):
    """One end of a connection: hands on each frame as it comes."""

    def __init__(self, heard: Callable[[list[Any], bytes], None], lost: Callable[[], None]) -> None:
        self.transport: asyncio.Transport | None = None
        self._heard = heard
        self._lost = lost
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Of asyncio."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Of asyncio."""
        self._buffer += data
        try:
            while (frame := self._next()) is not None:
                self._heard(*frame)
        except (ValueError, TypeError) as wrong:
            _log.warning("feed.no_frame", error=repr(wrong))
            if self.transport is not None:
                self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio tells why
        """Of asyncio."""
        self.transport = None
        self._lost()

    def send(self, frame: bytes) -> None:
        """Send it, if there is still somebody."""
        if self.transport is not None:
            self.transport.write(frame)

    def _next(self) -> tuple[list[Any], bytes] | None:
        if len(self._buffer) < _HEAD.size:
            return None
        length, more = _HEAD.unpack_from(self._buffer)
        if length + more > _MOST_BYTES:
            raise ValueError(f"a frame of {length + more} bytes; expected {_MOST_BYTES} at most")
        begins, ends = _HEAD.size + length, _HEAD.size + length + more
        if len(self._buffer) < ends:
            return None
        told = json.loads(self._buffer[_HEAD.size : begins])
        data = bytes(self._buffer[begins:ends])
        del self._buffer[:ends]
        if not isinstance(told, list):
            raise TypeError("a frame that holds no list")
        return told, data


class _Link:
    """The connection to one maker, made again when it is lost."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._breaker = Breaker(f"the maker of feeds at {path.name}", clock, failures=FAILURES, open_s=LEFT_ALONE_S)
        self._path = path
        self._clock = clock
        self._connecting = asyncio.Lock()
        self._frames: _Frames | None = None
        self._waiting: dict[int, asyncio.Future[_Answer]] = {}
        self._number = 0

    async def ask_guarded(self, what: str, given: list[Any]) -> tuple[Any, bytes]:
        """What it says; raises what it raised, and _Unreachable, at once where that is known."""
        try:
            async with self._breaker.call():
                answer = await self.ask(what, given, patience_s=PATIENCE_S)
        except Unavailable as error:
            _log.warning("feed.maker_unavailable", what=what, error=str(error))
            raise _Unreachable(str(error)) from error
        return answer.taken()  # it answered: what it refused is for who asked, and not for the breaker

    async def ask(self, what: str, given: list[Any], *, patience_s: float) -> _Answer:
        """
        What it says.

        Raises Unavailable when nobody has answered within `patience_s`. A question whose connection was lost is asked
        again: each may be answered twice without harm.
        """
        until_s = self._clock.monotonic_s() + patience_s
        while True:
            try:
                async with asyncio.timeout(max(until_s - self._clock.monotonic_s(), 0.0)):
                    return await self._asked_once(what, given)
            except TimeoutError:
                raise Unavailable(f"the maker of feeds said nothing within {patience_s:g} s") from None
            except (OSError, _Gone) as lost:
                if self._clock.monotonic_s() + AGAIN_S >= until_s:
                    raise Unavailable(f"the maker of feeds cannot be reached ({lost})") from lost
            await asyncio.sleep(AGAIN_S)

    async def close(self) -> None:
        """Let go of it."""
        if self._frames is not None and self._frames.transport is not None:
            self._frames.transport.abort()

    async def _asked_once(self, what: str, given: list[Any]) -> _Answer:
        frames = await self._connected()
        self._number += 1
        number = self._number
        answer: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            frames.send(_frame([number, what, *given]))
            return await answer
        finally:
            self._waiting.pop(number, None)

    async def _connected(self) -> _Frames:
        if self._frames is not None and self._frames.transport is not None:
            return self._frames
        async with self._connecting:
            if self._frames is None or self._frames.transport is None:
                made = await asyncio.get_running_loop().create_unix_connection(
                    lambda: _Frames(self._heard, self._lost), str(self._path)
                )
                self._frames = made[1]
            return self._frames

    def _heard(self, told: list[Any], data: bytes) -> None:
        number, error, what = told
        answer = self._waiting.get(number)
        if answer is not None and not answer.done():  # else whoever asked has left
            answer.set_result(_Answer(what, data, None if error is None else _raised(error, *what)))

    def _lost(self) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(_Gone("it ended the connection"))


class _Asker:
    """The other end: a web process that asks."""

    def __init__(self, feeds: Feeds, left: "Callable[[_Asker], None]") -> None:
        self.frames = _Frames(self._heard, self._lost)
        self._feeds = feeds
        self._left = left
        self._answering: set[asyncio.Task[None]] = set()

    def _heard(self, question: list[Any], _: bytes) -> None:
        task = asyncio.create_task(self._answer(*question))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    def _lost(self) -> None:
        for task in self._answering:  # nobody waits for it any more
            task.cancel()
        self._left(self)

    async def _answer(self, number: int, what: str, *given: Any) -> None:
        try:
            told, data = await _told(self._feeds, what, given)
        except BowerbirdError as error:
            name = type(error).__name__
            known = name if name in _ERRORS else "Unavailable"
            frame = _frame([number, known, [str(error), getattr(error, "field", None)]])
        except Exception as error:  # noqa: BLE001  whoever asked gets a slate made elsewhere
            _log.exception("feed.maker_failed", what=what)
            frame = _frame([number, "Unavailable", [f"the maker of feeds failed: {type(error).__name__}", None]])
        else:
            frame = _frame([number, None, told], data)
        self.frames.send(frame)


async def answer_slates(feeds: Feeds, path: Path, *, ready: Callable[[], None] = lambda: None) -> None:
    """Answer whoever connects to that path, until cancelled. `ready` is called once it listens."""
    askers: set[_Asker] = set()

    def accept() -> _Frames:
        asker = _Asker(feeds, askers.discard)
        askers.add(asker)
        return asker.frames

    async with await asyncio.get_running_loop().create_unix_server(accept, str(path)) as server:
        ready()
        try:
            await server.serve_forever()
        finally:
            for asker in askers:  # whoever waits asks the next one
                if asker.frames.transport is not None:
                    asker.frames.transport.abort()


async def _told(feeds: Feeds, what: str, given: Sequence[Any]) -> tuple[Any, bytes]:
    """The answer to one question, and the bytes behind it."""
    if what == "resting":
        return await feeds.resting(), b""
    workspace, person, sources, *more = given
    scope = Scope(workspace, person, None if sources is None else tuple(sources))
    match what, more:
        case "slate", [length, [category, region, quality], variants, can_wait]:
            only = Only(category, region, quality)
            served = await feeds.slate(scope, length=length, only=only, variants=Variants(*variants), can_wait=can_wait)
            packed = served.packed
            head = [packed.id, packed.level, packed.made_at, packed.items, len(packed.told), feeds.is_cut_off]
            return head, packed.told + packed.more
        case "shelf", [most]:
            shelf = await feeds.shelf(scope, most=most)
            return [shelf.items, shelf.categories, shelf.regions], b""
        case "around", [item, most]:
            found = await feeds.around(scope, item, most=most)
            return [found.similar, found.liked], b""
        case "replay", [slate, without]:
            return asdict(await feeds.replay(scope, slate, without=without)), b""
        case _:
            seen = f"{str(what)[:40]!r} with {len(more)} values"
            raise InputWrong(f"the maker of feeds was asked for {seen}; expected slate, shelf, around or replay")


def _replayed(told: dict[str, Any]) -> Replayed:
    entries = tuple(Entry(**entry | {"nominated_by": tuple(entry["nominated_by"])}) for entry in told["entries"])
    return Replayed(
        id=told["id"],
        made_at=told["made_at"],
        without=tuple(told["without"]),
        agents=tuple(told["agents"]),
        entries=entries,
        is_same=told["is_same"],
        variants=told["variants"],
    )


def _raised(name: str, message: str, field: str | None) -> BowerbirdError:
    kind = _ERRORS.get(name, Unavailable)
    return kind(message, field=field) if issubclass(kind, InputWrong) else kind(message)


def _frame(head: list[Any], data: bytes = b"") -> bytes:
    told = json.dumps(head, separators=(",", ":")).encode()
    return b"".join((_HEAD.pack(len(told), len(data)), told, data))
