"""Servers that are busy, broken, or come and go."""

from collections.abc import Mapping

from tests.sites.speaker import Reply, Visit
from tests.sites.web import HTML, Web

GOOD = "<!doctype html><title>Here at last</title><p>The page that you were looking for."


def _then(web: Web, path: str, refusal: Reply, *, times: int, html: str) -> str:
    good = Reply(html.encode(), headers={"Content-Type": HTML})
    return web.route(path, lambda visit: refusal if visit.number <= times else good)


def busy(web: Web, *, retry_after: str = "1", times: int = 1, path: str = "/busy", html: str = GOOD) -> str:
    """The URL that says 429 with `Retry-After` (seconds or a date) that many times, then gives the page."""
    return _then(web, path, Reply(status=429, headers={"Retry-After": retry_after}), times=times, html=html)


def flaky(web: Web, *, status: int = 503, times: int = 1, path: str = "/flaky", html: str = GOOD) -> str:
    """The URL that fails that many times, then gives the page."""
    return _then(web, path, Reply(status=status), times=times, html=html)


def soft_not_found(web: Web, *, path: str = "/soft/") -> str:
    """The URL of a folder in which every address is "not found", with status 200."""
    body = b"<!doctype html><title>Page not found</title><h1>Sorry!</h1><p>We could not find that page."
    return web.under(path, lambda _: Reply(body, headers={"Content-Type": HTML}))


def echo(web: Web, *, path: str = "/echo") -> str:
    """The URL of a page that says which headers it was asked with."""

    def route(visit: Visit) -> Reply:
        return Reply(_listing(visit.headers).encode(), headers={"Content-Type": "text/plain; charset=utf-8"})

    return web.route(path, route)


def _listing(headers: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in sorted(headers.items()))
