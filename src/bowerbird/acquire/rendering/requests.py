"""
What a rendered page gets of what it asks for: from the crawler's own downloader, so by its guard, caps and manners.

A page may ask whatever its scripts want of whatever host the guard lets through, as it may in anybody's browser; but
not what the robots.txt of the crawled site keeps out, and no more than a page needs.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bowerbird.acquire.answered import Answered, Failed
from bowerbird.acquire.rendering.page import Asked, Given
from bowerbird.acquire.robots import Rules
from bowerbird.reading import Refused, Url, normalise, unpack

__all__ = ["Requests", "Scripts"]

MAX_REQUESTS = 100
MAX_BYTES = 30_000_000  # over the wire, of one page
MAX_CACHED_BYTES = 32_000_000  # of scripts, which the pages of a site share
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})

# What the crawler says for itself, and what belongs to one connection.
_OURS = frozenset({"user-agent", "accept-encoding", "host", "content-length", "connection", "cookie"})


Download = Callable[[Asked], Awaitable[Answered | Failed]]  # one request, by the crawler


class Scripts:
    """Scripts that were fetched in this crawl, so that the pages of a site cost it one request for each."""

    def __init__(self) -> None:
        self._given: dict[str, Given] = {}
        self._size = 0

    def find(self, asked: Asked) -> Given | None:
        """What an earlier page got, if it can be told to this one."""
        return self._given.get(asked.url) if _may_be_shared(asked) else None

    def keep(self, asked: Asked, given: Given) -> None:
        """Remember it while there is room."""
        size = len(given.body)
        if _may_be_shared(asked) and given.status == 200 and self._size + size <= MAX_CACHED_BYTES:
            self._given[asked.url] = given
            self._size += size


def _may_be_shared(asked: Asked) -> bool:
    return asked.kind == "Script" and asked.method == "GET"


class Requests:
    """The requests of one page, counted."""

    def __init__(
        self, download: Download, scripts: Scripts, rules: Callable[[Url], Rules | None], *, agent: str, cap_bytes: int
    ) -> None:
        self._download = download
        self._scripts = scripts
        self._rules = rules
        self._agent = agent
        self._cap_bytes = cap_bytes
        self.size_bytes = 0
        self._number = 0

    async def fetch(self, asked: Asked) -> Given | None:
        """What the site says, unpacked; None for what the page does not get."""
        if (known := self._scripts.find(asked)) is not None:
            return known
        url = normalise(asked.url)
        if not isinstance(url, Url) or asked.method not in METHODS or not self._may_ask(url):
            return None
        self._number += 1
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in _OURS}
        answer = await self._download(Asked(asked.url, asked.kind, asked.method, headers, asked.body))
        if isinstance(answer, Failed):
            return None
        self.size_bytes += answer.size_bytes
        try:
            body = await asyncio.to_thread(
                unpack, answer.body, answer.headers.get("content-encoding", ""), cap_bytes=self._cap_bytes
            )
        except Refused:
            return None
        given = Given(answer.status, answer.headers, body)
        self._scripts.keep(asked, given)
        return given

    def _may_ask(self, url: Url) -> bool:
        rules = self._rules(url)
        if rules is not None and not rules.allowed(url.href, self._agent):
            return False
        return self._number < MAX_REQUESTS and self.size_bytes < MAX_BYTES
