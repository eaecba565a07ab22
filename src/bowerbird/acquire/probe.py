"""
One small guarded request from a thread, for what is asked before a crawl begins (A10); crawls go through Scrapy.

The host is resolved once, its addresses are judged, and the connection is made to a judged address, so that a name
cannot change its address in between. Proxies of the environment are not used.
"""

import http.client
import socket
import ssl
from dataclasses import dataclass

from bowerbird.acquire.guard import Policy
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, SiteUnavailable
from bowerbird.reading import Url, normalise

__all__ = ["Answer", "ask"]

MAX_HOPS = 5  # RFC 9309 follows at least five redirects for robots.txt
CHUNK_BYTES = 65_536
MOST_DIGITS = 18  # of a length that can be one


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site said, redirects followed; `body` is cut at the cap that was given, and `size_bytes` is not."""

    url: str
    status: int
    body: bytes
    size_bytes: int


def ask(url: Url, policy: Policy, *, agent: str, until_s: float, cap_bytes: int, clock: Clock) -> Answer:
    """The site's answer before `until_s` (monotonic), read up to `cap_bytes`; raises InputWrong, SiteUnavailable."""
    for _ in range(MAX_HOPS + 1):
        answer, location = _one(url, policy, agent=agent, until_s=until_s, cap_bytes=cap_bytes, clock=clock)
        following = normalise(location, base=url.href) if location else None
        if not isinstance(following, Url):
            return answer
        url = following
    raise SiteUnavailable(f"{url.href!r}: more than {MAX_HOPS} redirects")


def _one(
    url: Url, policy: Policy, *, agent: str, until_s: float, cap_bytes: int, clock: Clock
) -> tuple[Answer, str | None]:
    try:
        connection = _connect(url, policy, timeout_s=_left(until_s, clock))
        sock = connection.sock  # the connection forgets it as soon as a server says that it will close it
        try:
            target = url.path + (f"?{url.query}" if url.query else "")
            connection.request("GET", target, headers={"User-Agent": agent, "Accept-Encoding": "identity"})
            response = connection.getresponse()
            location = response.getheader("Location") if response.status in (301, 302, 303, 307, 308) else None
            body = bytearray()
            while len(body) < cap_bytes and (chunk := response.read1(min(CHUNK_BYTES, cap_bytes - len(body)))):
                body += chunk
                sock.settimeout(_left(until_s, clock))
            stated = response.getheader("Content-Length", "")
            is_size = stated.isascii() and stated.isdigit() and len(stated) <= MOST_DIGITS
            size = int(stated) if is_size else len(body)
            return Answer(url.href, response.status, bytes(body), size), location
        finally:
            connection.close()
            sock.close()
    except (OSError, http.client.HTTPException) as exc:
        raise SiteUnavailable(f"{url.href!r} did not answer: {exc}") from exc


def _left(until_s: float, clock: Clock) -> float:
    left = until_s - clock.monotonic_s()
    if left <= 0:
        raise TimeoutError("out of time")
    return left


def _connect(url: Url, policy: Policy, *, timeout_s: float) -> http.client.HTTPConnection:
    host = url.host.strip("[]")
    if why := policy.refuses_host(url.host, url.port):
        raise InputWrong(f"{url.href!r} is not asked: {why}", field="base-url")
    found = socket.getaddrinfo(host, url.port, type=socket.SOCK_STREAM)
    good = [entry for entry in found if not policy.refuses_address(str(entry[4][0]), host=url.host, port=url.port)]
    if not good:
        raise InputWrong(f"{url.href!r} is not asked: {host} is at a private address", field="base-url")
    sock = socket.create_connection((str(good[0][4][0]), url.port), timeout=timeout_s)
    connection = http.client.HTTPConnection(host, url.port, timeout=timeout_s)
    if url.scheme == "https":
        sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    connection.sock = sock
    return connection
