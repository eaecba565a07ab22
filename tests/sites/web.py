"""A web server on this machine to which a test adds pages, and which remembers every request."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import Self
from urllib.parse import quote

from bowerbird.demo.files import http_date, is_unchanged
from bowerbird.demo.loopback import LoopbackServer
from tests.sites.speaker import Raw, Reply, Speaker, Visit

Route = Callable[[Visit], Reply | Raw]

HTML = "text/html; charset=utf-8"
ESCAPE = re.compile("%[0-9a-f]{2}", re.IGNORECASE)
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
NOT_FOUND = Reply(b"<!doctype html><title>Not found</title><p>There is nothing here.", status=404)


def key(target: str) -> str:
    """The address as it is looked up: non-ASCII percent-encoded, in upper case, without a fragment."""
    encoded = quote(target.partition("#")[0], safe="/%?&=+:;,@~!$'()*[]|")
    return ESCAPE.sub(lambda escape: escape[0].upper(), encoded)


@dataclass(frozen=True, slots=True)
class _Page:
    body: bytes
    headers: Mapping[str, str]
    modified: datetime
    validators: bool


@dataclass(slots=True)
class _Log:
    visits: list[Visit] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    peak: int = 0
    bytes_sent: int = 0


class Web:
    """
    A site at `url`, from entering the context to leaving it; it may be changed while it is served.

    Paths start with `/` and may have a query; a path without one also answers for queries without
    a page of their own. Leaving the context raises what a route of the test raised.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, validators: bool = True) -> None:
        self.validators = validators  # False: no ETag, no Last-Modified, never 304
        self._pages: dict[str, _Page] = {}
        self._routes: dict[str, Route] = {}
        self._prefixes: dict[str, Route] = {}
        self._edits = 0
        self._lock = threading.Lock()
        self._log = _Log()
        self._errors: list[Exception] = []
        self._server = LoopbackServer(host=host, port=port)
        self.url = self._server.url  # without a slash at the end

    def __enter__(self) -> Self:
        self._server.serve(partial(Speaker, self))
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        if self._errors:
            raise self._errors[0]

    # What there is to see.

    def page(
        self,
        path: str,
        body: str | bytes = "",
        *,
        content_type: str = HTML,
        headers: Mapping[str, str] | None = None,
        validators: bool = True,
        modified: datetime | None = None,
    ) -> str:
        """The URL of a page that is new or changed from now on; each edit is dated a second later."""
        content = body.encode() if isinstance(body, str) else body
        with self._lock:
            self._edits += 1
            moment = modified or BEGAN + timedelta(seconds=self._edits)
            page = _Page(content, {"Content-Type": content_type, **(headers or {})}, moment, validators)
            self._forget(key(path))
            self._pages[key(path)] = page
        return self.url + key(path)

    def site(self, pages: Mapping[str, str]) -> None:
        """Add every page, HTML by its path."""
        for path, html in pages.items():
            self.page(path, html)

    def route(self, path: str, route: Route) -> str:
        """The URL of an address whose every request `route` answers."""
        with self._lock:
            self._forget(key(path))
            self._routes[key(path)] = route
        return self.url + key(path)

    def under(self, prefix: str, route: Route) -> str:
        """The URL of `prefix`; `route` answers what begins with it and has nothing of its own."""
        with self._lock:
            self._prefixes[key(prefix)] = route
        return self.url + key(prefix)

    def status(self, path: str, status: int, headers: Mapping[str, str] | None = None) -> str:
        """The URL of an address that answers with a status and next to no body."""
        reply = Reply(f"<!doctype html><title>{status}</title>".encode(), status=status, headers=headers or {})
        return self.route(path, lambda _: reply)

    def redirect(self, path: str, target: str, *, status: int = 301) -> str:
        """The URL of an address that says it is at `target` (sent as it is)."""
        return self.route(path, lambda _: Reply(status=status, headers={"Location": target}))

    def hang(self, path: str) -> str:
        """The URL of an address that takes the request and says nothing until the site closes."""

        def silence(_: Visit) -> Raw:
            self.pause(3600)
            return Raw([])

        return self.route(path, silence)

    def remove(self, path: str) -> None:
        """Make it 404 again."""
        with self._lock:
            self._forget(key(path))

    def pause(self, seconds: float) -> None:
        """Wait inside a route or a stream; over at once when the site closes."""
        if self._server.closing.wait(seconds):
            raise ConnectionAbortedError("the site closed")

    # What was asked.

    @property
    def hits(self) -> Counter[str]:
        """The number of requests for each address, query and all, as it came over the wire."""
        with self._lock:
            return Counter(self._log.hits)

    @property
    def visits(self) -> list[Visit]:
        """Every request in the order it came."""
        with self._lock:
            return list(self._log.visits)

    @property
    def peak(self) -> int:
        """The most requests that were in flight at once."""
        return self._log.peak

    @property
    def bytes_sent(self) -> int:
        """The bytes of all bodies sent, as far as the client took them."""
        return self._log.bytes_sent

    def forget_visits(self) -> None:
        """Count from nothing again, as for a second crawl."""
        with self._lock:
            self._log = _Log(in_flight=self._log.in_flight)

    # What the speaker calls.

    def answer(self, visit: Visit) -> Reply | Raw:
        """What the site says to a request."""
        with self._lock:
            self._log.visits.append(visit)
            self._log.hits[visit.target] += 1
            number = self._log.hits[visit.target]
            route, page = self._find(visit.target)
        if page is not None:
            return self._page_reply(visit, page)
        if route is None:
            return NOT_FOUND
        return route(visit.numbered(number))

    def began(self) -> None:
        """One more request in flight."""
        with self._lock:
            self._log.in_flight += 1
            self._log.peak = max(self._log.peak, self._log.in_flight)

    def failed(self, error: Exception) -> None:
        """Keep an error for the end of the test."""
        with self._lock:
            self._errors.append(error)

    def ended(self, size_bytes: int) -> None:
        """One less, after that many bytes of body."""
        with self._lock:
            self._log.in_flight -= 1
            self._log.bytes_sent += size_bytes

    def _find(self, target: str) -> tuple[Route | None, _Page | None]:
        target = key(target)
        for address in (target, target.partition("?")[0]):
            if address in self._routes or address in self._pages:
                return self._routes.get(address), self._pages.get(address)
        longest = max((prefix for prefix in self._prefixes if target.startswith(prefix)), key=len, default=None)
        return (self._prefixes[longest] if longest is not None else None), None

    def _page_reply(self, visit: Visit, page: _Page) -> Reply:
        if not (self.validators and page.validators):
            return Reply(page.body, headers=page.headers)
        etag = blake2b(page.body + repr(sorted(page.headers.items())).encode(), digest_size=8).hexdigest()
        headers = {"ETag": f'"{etag}"', "Last-Modified": http_date(page.modified), **page.headers}
        if is_unchanged(visit.headers, etag=etag, modified=page.modified):
            return Reply(status=304, headers=headers)
        return Reply(page.body, headers=headers)

    def _forget(self, address: str) -> None:
        self._pages.pop(address, None)
        self._routes.pop(address, None)
