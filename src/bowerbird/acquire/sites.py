"""What the sites of a crawl say about themselves before it begins: robots.txt for each origin, and sitemaps."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from bowerbird.acquire.answered import Answered, Failed
from bowerbird.acquire.linking import Linker
from bowerbird.acquire.rendering.page import Asked
from bowerbird.acquire.robots import MAX_BODY_BYTES, Rules
from bowerbird.ops import logs
from bowerbird.reading import Refused, Url, join, unpack

__all__ = ["Sites", "Unanswered"]

MAX_HOPS = 5
MAX_SITEMAPS = 50
MAX_NAMED = 100_000  # pages that sitemaps may put into the frontier
MAX_DELAY_S = 30.0  # a longer crawl-delay is kept as this: at one page in half a minute nobody is hurried
AGAIN_S = 1.0

log = logs.logger("scraping")


class Unanswered(Exception):
    """A site did not say what it allows, because it did not answer at all."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.detail)
        self.failed = failed


class _Reads(Protocol):
    async def read(self, ask: dict[str, Any], body: bytes) -> dict[str, Any]: ...


class Sites:
    """Rules by origin, asked once each."""

    def __init__(self, linker: Linker, readers: _Reads, *, agent: str, max_bytes: int) -> None:
        self._linker = linker
        self._readers = readers
        self._max_bytes = max_bytes
        self._asking: dict[str, asyncio.Task[Rules]] = {}
        self.agent = agent
        self.fetch: Callable[[str], Awaitable[Answered | Failed]]
        self.download: Callable[[Asked], Awaitable[Answered | Failed]]  # the same for what a rendered page asks for

    def rules(self, url: Url) -> Rules | None:
        """What the URL's site allows, if it was asked."""
        return self._linker.rules.get(url.origin)

    def delay_s(self, url: Url) -> float:
        """The seconds between two requests that the site asks for, within reason."""
        rules = self.rules(url)
        return min(MAX_DELAY_S, (rules.crawl_delay_s(self.agent) or 0.0) if rules is not None else 0.0)

    async def first_look(self, start: Url) -> list[tuple[str, str]]:
        """The pages (URL, lastmod) that the site's sitemaps name; its rules are known afterwards, if it answers."""
        try:
            rules = await self.ask_rules(start)
        except Unanswered:
            return []  # the start page will meet the same, and get its reason
        if rules.refuses_all or not rules.allowed(start.href, self.agent):
            return []
        return await self._sitemaps(list(rules.sitemaps) or [f"{start.origin}/sitemap.xml"])

    async def ask_rules(self, url: Url) -> Rules:
        """What the URL's site allows; raises Unanswered."""
        task = self._asking.get(url.origin)
        if task is None or (task.done() and task.exception() is not None):
            task = self._asking[url.origin] = asyncio.create_task(self._robots(url.origin))
        return await asyncio.shield(task)

    async def _robots(self, origin: str) -> Rules:
        answer = await self._follow(f"{origin}/robots.txt")
        if isinstance(answer, Failed) and answer.is_transient:
            await asyncio.sleep(AGAIN_S)
            answer = await self._follow(f"{origin}/robots.txt")
        if isinstance(answer, Failed):
            raise Unanswered(answer)
        try:
            body = unpack(answer.body, answer.headers.get("content-encoding", ""), cap_bytes=8 * MAX_BODY_BYTES)
        except Refused:
            body = b""
        rules = Rules.from_response(answer.status, body)
        self._linker.rules[origin] = rules
        return rules

    async def _follow(self, url: str) -> Answered | Failed:
        """The answer after redirects; the last redirect itself when there are too many."""
        answer = await self.fetch(url)
        for _ in range(MAX_HOPS):
            if isinstance(answer, Failed) or answer.status not in (301, 302, 303, 307, 308):
                break
            target = join(url, answer.headers.get("location", ""))
            if target is None:
                break
            url = target
            answer = await self.fetch(url)
        return answer

    async def _sitemaps(self, waiting: list[str]) -> list[tuple[str, str]]:
        named: dict[str, str] = {}
        asked: set[str] = set()
        while waiting and len(asked) < MAX_SITEMAPS and len(named) < MAX_NAMED:
            url = waiting.pop(0)
            if url in asked:
                continue
            asked.add(url)
            answer = await self._follow(url)
            if isinstance(answer, Failed) or answer.status != 200:
                continue
            try:
                found = await self._readers.read(
                    {
                        "what": "sitemap",
                        "encodings": answer.headers.get("content-encoding", ""),
                        "cap_bytes": self._max_bytes,
                    },
                    answer.body,
                )
            except Refused as refused:
                log.info("sitemap.skipped", url=url, reason=refused.reason, detail=refused.detail)
                continue
            named |= {page: lastmod for page, lastmod in found["pages"] if page not in named}
            waiting += found["sitemaps"]
        return list(named.items())[:MAX_NAMED]
