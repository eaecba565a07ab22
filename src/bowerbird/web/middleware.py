"""
What every request passes, outermost first; plain ASGI, so that streams stay streams and nothing is buffered.

    Hot (what is answered from memory) → RequestLog → Shield (headers, host, cross-site) → Catch
        → Door (who asks, how often) → BodyCap → routes
"""

import ipaddress
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bowerbird.ops.logs import logger
from bowerbird.ops.metrics import HTTP_REQUESTS, HTTP_SECONDS
from bowerbird.settings import Settings
from bowerbird.web.problems import problem_of, refusal, respond

__all__ = ["MAX_BODY_BYTES", "BodyCap", "Catch", "RequestLog", "Shield"]

MAX_BODY_BYTES: Final = 64 * 1024  # forms and questions; the longest of these is 2,000 characters
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_log = logger("api")

_SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # What is one person's stays in no shared cache, and a change holds for the next request: a cache before us that has
    # no such word may guess how long an answer holds. What says more of itself (static files) does.
    "Cache-Control": "private, no-cache",
}


class RequestLog:
    """One log line and two metrics a request; the route's template as label, never the path itself."""

    def __init__(self, app: ASGIApp, monotonic_s: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._monotonic_s = monotonic_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and tell about it when it has ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s, status, length = self._monotonic_s(), 499, 0  # 499: the caller left before an answer began

        async def watch(message: Message) -> None:
            nonlocal status, length
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                length += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            took_s = self._monotonic_s() - began_s
            route = getattr(scope.get("route"), "path", "other")
            HTTP_REQUESTS.labels(scope["method"], route, str(status)).inc()
            HTTP_SECONDS.labels(scope["method"], route).observe(took_s)
            _log.info(
                "request.answered",
                method=scope["method"],
                path=scope["path"],
                status=status,
                duration_ms=round(took_s * 1000, 1),
                user_agent=Headers(scope=scope).get("user-agent", "")[:200],
                length_bytes=length,
            )


class Shield:
    """
    The headers of every answer, and two refusals at the door of a server that is open to its own machine:
    a name that is not ours (a rebound DNS name points here), and a request that another site's page made.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._host = settings.host.lower()
        self._public = settings.public.hostname or ""
        self._headers = [(name.decode(), value.decode()) for name, value in self.headers(settings)]

    @classmethod
    def headers(cls, settings: Settings) -> list[tuple[bytes, bytes]]:
        """What every answer carries."""
        shown = dict(_SECURITY_HEADERS)
        if settings.public.scheme == "https":
            shown["Strict-Transport-Security"] = "max-age=31536000"
        return [(name.lower().encode(), value.encode()) for name, value in shown.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass the request on and add the headers to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers:
                    headers.setdefault(name, value)
            await send(message)

        problem = self._refuse(scope)
        if problem is None:
            await self._app(scope, receive, with_headers)
            return
        code, status, detail = problem
        response = respond(Request(scope), refusal(code, status, detail, scope["path"]))
        await response(scope, receive, with_headers)

    def _refuse(self, scope: Scope) -> tuple[str, int, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host):
            names = ", ".join(name for name in ("localhost", "127.0.0.1", self._host, self._public) if name)
            return "wrong-host", 421, f"asked for host {host!r}, expected one of {names} (see public_url)"
        if _is_cross_site(scope["method"], host, headers):
            origin = headers.get("origin", "another site")
            return (
                "cross-site",
                403,
                f"this request comes from {origin!r}; open this server's own pages and send it there",
            )
        return None

    def _is_ours(self, host: str) -> bool:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        if name in {"localhost", self._host, self._public} or name.endswith(".localhost"):
            return bool(name)
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # A name can be made to point here, an address cannot; but who listens on loopback only is asked for there only.
        return address.is_loopback or self._host not in LOOPBACK


def _is_cross_site(method: str, host: str, headers: Headers) -> bool:
    """
    True when a browser says that another site's page made this request. Following a link here is allowed.

    Programs send neither header and are no danger: they carry nobody's browser (https://web.dev/articles/fetch-metadata).
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site in {"same-origin", "none"}:
            return False
        return method not in _SAFE_METHODS or headers.get("sec-fetch-mode") != "navigate"
    origin = headers.get("origin")
    return method not in _SAFE_METHODS and origin is not None and urlsplit(origin).netloc != host


class BodyCap:
    """Refuses bodies over the cap: at once when the length is declared, else as soon as it is passed."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger or {}  # paths that take more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a body that is small enough."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_bytes = self._larger.get(scope["path"], self._max_bytes)
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or int(declared) > max_bytes:
            detail = f"a body of {declared[:40]} bytes, expected at most {max_bytes}; send less"
            response = respond(Request(scope), refusal("too-large", 413, detail, scope["path"]))
            await response(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > max_bytes:
                raise HTTPException(413, f"a body of over {max_bytes} bytes; send less")
            return message

        await self._app(scope, counted, send)


class Catch:
    """Answers what no route foresaw with a reference that the log has too, inside the headers of `Shield`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and log what comes back as an exception."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            problem = problem_of(error, scope["path"])
            _log.exception("request.failed", path=scope["path"], reference=problem.reference)
            if started:
                raise  # half an answer is out: the server must break the connection, so that it is not taken for whole
            await respond(Request(scope), problem)(scope, receive, send)
