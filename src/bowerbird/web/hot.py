"""
The two hot paths: a feed, and what people do with it, for programs that came before.

    GET  /v1/feed?user=anna     Authorization: Bearer …
    POST /v1/events             Authorization: Bearer …

They stand before everything else and answer what all that stands behind them would answer, without looking up again who
asks, as long as nobody's access has changed anywhere. Whatever is not just so goes the usual way, where it is looked at
in full; who came that way is remembered.

Measured before it was written (architecture.md, evidence): a route of FastAPI answers 4,500 requests a second where raw
ASGI answers 22,000.
"""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeVar, cast
from urllib.parse import parse_qs

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bowerbird.feed import MOST, Ticket
from bowerbird.kernel.errors import BowerbirdError
from bowerbird.ops.limit import Standing
from bowerbird.ops.logs import logger
from bowerbird.ops.metrics import HTTP_REQUESTS, Tally
from bowerbird.records import IDENTITY
from bowerbird.web.api.events import tell
from bowerbird.web.api.feed import DEFAULT
from bowerbird.web.door import limit_headers
from bowerbird.web.problems import problem_of, respond
from bowerbird.web.recent import GRACE_S
from bowerbird.web.viewer import Limit, Viewer
from bowerbird.wiring import App

__all__ = ["Hot"]

FEED: Final = "/v1/feed"
EVENTS: Final = "/v1/events"
SMALL_BYTES: Final = 16_000  # of a body; larger ones take the usual way
REMEMBERED: Final = 200_000  # callers; then all are forgotten
KNOWN_S: Final = 60.0  # after which who asks is looked up again: they may have been shut out on another machine
TOLD_S: Final = 10.0  # between two lines of the log
# What a browser sends, and what says that there is more to look at than this does.
_LOOKED_INTO: Final = frozenset({b"cookie", b"origin", b"sec-fetch-site", b"x-forwarded-for"})

_PATHS: Final = (("GET", FEED), ("POST", EVENTS))

_log = logger("api")

K = TypeVar("K")
V = TypeVar("V")
Raw = list[tuple[bytes, bytes]]


class _Caller(NamedTuple):
    """Who was let in with a key."""

    viewer: Viewer
    identity: int  # the stamp of who may do what


class _Asked(NamedTuple):
    """Whose feed a caller asked for, how much of it, and whether of now."""

    caller: _Caller
    length: int
    is_fresh: bool
    ticket: Ticket | None  # by which the slate is kept


class Hot:
    """Answers from memory what it can, and passes everything else on."""

    def __init__(self, app: ASGIApp, opened: Callable[[], App], headers: Raw) -> None:
        """`app` answers all else; `opened` gives what it works with, `headers` are those that every answer carries."""
        self._app = app
        self._opened = opened
        self._headers = (*headers, (b"content-type", b"application/json"), (b"vary", b"Accept-Encoding"))
        self._asked: dict[tuple[bytes, bytes, bytes], _Asked] = {}
        self._callers: dict[tuple[bytes, bytes], _Caller] = {}  # who tells of events
        self._since_s: dict[tuple[bytes, bytes], float] = {}  # when a key was looked up, whoever it was for
        self._identity = 0  # where it stands whether anybody's access has changed; known once somebody was let in
        self._answered = 0
        self._told_s = 0.0
        self._counts = {path: Tally.of(HTTP_REQUESTS.labels(method, path, "200")) for method, path in _PATHS}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass it on."""
        path = scope["path"] if scope["type"] == "http" else ""
        if (path != FEED and path != EVENTS) or (scope["method"], path) not in _PATHS:  # noqa: PLR1714  the usual way first
            await self._app(scope, receive, send)
            return
        named = _named(scope)
        if named is None:
            await self._app(scope, receive, send)
        elif path == FEED:
            await self._feed(self._opened(), named, scope, receive, send)
        else:
            await self._events(self._opened(), named, scope, receive, send)

    async def _feed(self, app: App, named: tuple[bytes, bytes], scope: Scope, receive: Receive, send: Send) -> None:
        key = (*named, scope["query_string"])
        asked = self._asked.get(key)
        if asked is not None and self._is_known(app, named, asked.caller):
            headers = self._taken(app, asked.caller.viewer.limits)
            if headers is not None:
                try:
                    body = await self._slate(app, asked, key)
                except BowerbirdError as refused:
                    await respond(Request(scope), problem_of(refused, FEED))(scope, receive, send)
                else:
                    await self._answer(app, FEED, headers, body, send)
                return
        caller = await self._in_full(app, named, scope, receive, send)
        what = _asked_for(scope["query_string"])
        if caller is not None and what is not None:
            _remember(self._asked, key, _Asked(caller, *what, app.feeds.ticket(caller.viewer.scope, what[0])))

    async def _events(self, app: App, key: tuple[bytes, bytes], scope: Scope, receive: Receive, send: Send) -> None:
        caller = self._callers.get(key)
        if caller is None or not self._is_known(app, key, caller) or not _is_small(scope):
            if (caller := await self._in_full(app, key, scope, receive, send)) is not None:
                _remember(self._callers, key, caller)
            return
        body = await _read(receive)
        rows = _rows(body)
        headers = None if rows is None else self._taken(app, caller.viewer.limits)
        if rows is None or headers is None:
            await self._app(scope, _again(body, receive), send)
            return
        try:
            kept = await tell(app, caller.viewer, rows)
        except BowerbirdError as refused:
            await respond(Request(scope), problem_of(refused, EVENTS))(scope, receive, send)
            return
        await self._answer(app, EVENTS, headers, kept.model_dump_json().encode(), send)

    async def _in_full(
        self, app: App, named: tuple[bytes, bytes], scope: Scope, receive: Receive, send: Send
    ) -> _Caller | None:
        """Pass it on; who was let in by a key, if it went well."""
        self._identity = app.records.stamps.slot(IDENTITY)
        identity = app.records.stamps.look_at(self._identity)
        statuses: list[int] = []

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        await self._app(scope, receive, watch)
        viewer = cast("Viewer | None", scope.get("state", {}).get("viewer"))
        if statuses != [200] or viewer is None or viewer.key is None:
            return None
        _remember(self._since_s, named, app.clock.monotonic_s())
        return _Caller(viewer, identity)

    def _is_known(self, app: App, named: tuple[bytes, bytes], caller: _Caller) -> bool:
        """
        Whether nothing has happened since that could change who the caller is.

        While the records do not answer nobody can be looked up, and nobody's access be changed on this machine: then
        it is who was let in within a quarter of an hour, as on the usual way.
        """
        since_s = app.clock.monotonic_s() - self._since_s.get(named, -math.inf)
        is_time = since_s < KNOWN_S or (since_s < GRACE_S and app.feeds.is_cut_off)
        is_time = is_time and app.clock.now_s() < caller.viewer.ends_at
        return is_time and app.records.stamps.look_at(self._identity) == caller.identity

    async def _answer(self, app: App, path: str, headers: Raw, body: bytes, send: Send) -> None:
        self._tell(path, app.clock.monotonic_s())
        start = [*self._headers, (b"content-length", str(len(body)).encode()), *headers]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        await send({"type": "http.response.body", "body": body})

    def _taken(self, app: App, limits: Sequence[Limit]) -> Raw | None:
        """What is left of the caller's limits after this request; None when it must be refused, in full."""
        least: tuple[Limit, Standing] | None = None
        for limit in limits:
            standing = app.limiter.take(limit.counter, limit.an_hour)
            if not standing.allowed:
                return None
            if least is None or standing.left < least[1].left:
                least = limit, standing
        return [] if least is None else limit_headers(*least)

    async def _slate(self, app: App, asked: _Asked, key: tuple[bytes, bytes, bytes]) -> bytes:
        """The slate as it is told: the one that is here, else one that is made."""
        ticket = asked.ticket
        if not asked.is_fresh and ticket is not None and (found := app.feeds.peek(ticket)) is not None:
            return found.value.body(found.age_s)
        scope = asked.caller.viewer.scope
        served = await app.feeds.slate(scope, length=asked.length, fresh=asked.is_fresh)
        if (ticket := app.feeds.ticket(scope, asked.length)) != asked.ticket:  # what they are given has changed
            _remember(self._asked, key, asked._replace(ticket=ticket))
        return served.body()

    def _tell(self, path: str, now_s: float) -> None:
        """One line for many requests: a line for each would cost more than the answer."""
        self._counts[path].add()
        self._answered += 1
        if now_s - self._told_s >= TOLD_S:
            _log.info("requests.answered_from_memory", requests=self._answered)
            self._answered, self._told_s = 0, now_s


def _remember(known: dict[K, V], key: K, value: V) -> None:
    if len(known) >= REMEMBERED:
        known.clear()
    known[key] = value


def _named(scope: Scope) -> tuple[bytes, bytes] | None:
    """The key and the host of a program's request; None for any other."""
    secret = host = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            secret = value
        elif name == b"host":
            host = value
        elif name in _LOOKED_INTO:
            return None
    return (secret, host) if secret else None


def _is_small(scope: Scope) -> bool:
    """Whether it is a little JSON and nothing else."""
    kind, length = b"", b""
    for name, value in scope["headers"]:
        if name == b"content-type":
            kind = value
        elif name == b"content-length":
            length = value
    return (
        kind.startswith(b"application/json")
        and length.isdigit()
        and int(length) <= SMALL_BYTES
        and not scope["query_string"]
    )


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _rows(body: bytes) -> list[Any] | None:
    """The events of a body, if they are a few well-formed ones."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    rows = value if isinstance(value, list) else [value]
    return rows if all(isinstance(row, dict) for row in rows) else None


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives the body that was read already."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _asked_for(query: bytes) -> tuple[int, bool] | None:
    """How many places it asks for and whether of now, if it asks for nothing but somebody's feed."""
    asked = parse_qs(query.decode("ascii", "replace"), keep_blank_values=True)
    if not asked.keys() <= {"user", "n", "fresh"} or any(len(values) > 1 for values in asked.values()):
        return None
    n, fresh = asked.get("n", [str(DEFAULT)])[0], asked.get("fresh", ["0"])[0]
    if fresh not in ("0", "1") or not (n.isascii() and n.isdigit() and 1 <= int(n) <= MOST):
        return None
    return int(n), fresh == "1"
