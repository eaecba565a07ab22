"""
Scrapy's side of a crawl: its scheduler is our frontier, its spider hands answers to `Gathering`.

Scrapy does what it does well (connections, time-outs, size caps, throttling); what may be asked, in which order, and
what becomes of it is decided by us. Of its middlewares only those that set headers and time-outs are on.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    StopDownload,
)
from scrapy.http import Headers, Response
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from bowerbird.acquire import resolver
from bowerbird.acquire.answered import Answered, Failed
from bowerbird.acquire.gathering import Gathering
from bowerbird.acquire.outcomes import Row
from bowerbird.acquire.reasons import Reason
from bowerbird.acquire.rendering.page import Asked
from bowerbird.acquire.sites import Sites, Unanswered
from bowerbird.kernel.errors import Fenced
from bowerbird.ops import logs
from bowerbird.reading import Url, may_be_read, normalise

__all__ = ["FrontierScheduler", "GatheringSpider"]

TRANSIENT = (DownloadConnectionRefusedError, DownloadFailedError, ResponseDataLossError)

log = logs.logger("scraping")


class FrontierScheduler(BaseScheduler):
    """Scrapy asks it for requests; it asks the frontier."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "FrontierScheduler":
        """As Scrapy makes it."""
        return cls(crawler)

    def open(self, spider: Spider) -> "Deferred[None] | None":  # noqa: ARG002  the signature is Scrapy's
        """Load the frontier, then let the spider look at the site's rules."""
        return deferred_from_coro(self._spider.load())

    def has_pending_requests(self) -> bool:
        """False once the crawl is over."""
        return self._spider.gathering.has_pending()

    def enqueue_request(self, request: Request) -> bool:  # noqa: ARG002  the signature is Scrapy's
        """Refuse: all that is asked for comes from the frontier."""
        return False

    def next_request(self) -> Request | None:
        """The next request, if it is time for one."""
        return self._spider.next_request()

    @property
    def _spider(self) -> "GatheringSpider":
        spider = self._crawler.spider
        assert isinstance(spider, GatheringSpider)
        return spider


class GatheringSpider(Spider):
    """Turns rows into requests, and answers into what became of them."""

    name = "gathering"

    def __init__(
        self, *, gathering: Gathering, sites: Sites, start: Url, abort: Callable[[BaseException], None], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.gathering = gathering
        self._sites = sites
        self._start = start
        self._abort = abort
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "GatheringSpider":
        """As Scrapy makes it."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.on_headers, signals.headers_received)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Nothing: the frontier knows where to start."""
        return
        yield

    async def load(self) -> None:
        """Take up the crawl, and begin when the site's rules are known."""
        self.gathering.wake = self._wake
        await self.gathering.load()
        self._run(self._open())

    async def _open(self) -> None:
        self._sites.fetch = self._fetch
        self._sites.download = self._download
        named = await self._sites.first_look(self._start)
        self.gathering.delay_s = max(self.gathering.delay_s, self._sites.delay_s(self._start))
        await self.gathering.open(named)

    def _wake(self) -> None:
        # Scrapy has no public way to say "ask the scheduler again".
        slot = self.crawler.engine._slot  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        if slot is not None:
            slot.nextcall.schedule()

    def next_request(self) -> Request | None:
        """The request for the best row; rows that robots.txt keeps out are decided on the way."""
        while (row := self.gathering.next_row()) is not None:
            url = normalise(row.url)
            assert isinstance(url, Url)
            rules = self._sites.rules(url)
            if rules is None:
                self._run(self._ask_site_first(row, url))
            elif not rules.allowed(row.url, self._sites.agent):
                self._run(self.gathering.forbidden(row, rules))
            else:
                return self._request(row)
        return None

    def _request(self, row: Row) -> Request:
        return Request(
            row.url,
            headers=self.gathering.validators(row),
            meta={"row": row, "verbatim_url": True},
            callback=self.on_response,
            errback=self.on_failure,
            dont_filter=True,
        )

    async def _ask_site_first(self, row: Row, url: Url) -> None:
        """Another door of the site (https, www): its rules come first."""
        try:
            rules = await self._sites.ask_rules(url)
        except Unanswered as exc:
            await self.gathering.failed(row, exc.failed)
            return
        if not rules.allowed(row.url, self._sites.agent):
            await self.gathering.forbidden(row, rules)
            return
        try:
            response = await self.crawler.engine.download_async(self._request(row))
        except Exception as exc:  # noqa: BLE001  Scrapy's and Twisted's errors have no common class
            await self.gathering.failed(row, failed_of(exc, url))
        else:
            await self.gathering.answered(row, answered_of(response))

    async def on_response(self, response: Response) -> None:
        """An answer came."""
        assert response.request is not None
        await self._guarded(self.gathering.answered(response.request.meta["row"], answered_of(response)))

    async def on_failure(self, failure: Failure) -> None:
        """No answer came."""
        request: Request = failure.request  # type: ignore[attr-defined]
        url = normalise(request.url)
        assert isinstance(url, Url)
        await self._guarded(self.gathering.failed(request.meta["row"], failed_of(failure.value, url)))

    def on_headers(self, headers: Headers, request: Request) -> None:
        """Stop the download of what is not read anyway."""
        stated = (headers.get("Content-Type") or b"").decode("latin-1")
        if "row" in request.meta and not may_be_read(stated):
            raise StopDownload(fail=False)

    def _run(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Any) -> None:
        """Any error of ours ends the crawl: a URL that is never decided would be waited for without end."""
        try:
            await work
        except Exception as exc:
            if not isinstance(exc, Fenced):
                log.exception("crawl.failed")
            self._abort(exc)

    async def _fetch(self, url: str) -> Answered | Failed:
        """A request outside the frontier: robots.txt and sitemaps."""
        return await self._send(Request(url, meta={"verbatim_url": True}, dont_filter=True))

    async def _download(self, asked: Asked) -> Answered | Failed:
        """One that a rendered page makes; a redirect is its answer."""
        return await self._send(
            Request(
                asked.url,
                method=asked.method,
                headers=dict(asked.headers),
                body=asked.body,
                meta={"verbatim_url": True},
                dont_filter=True,
            )
        )

    async def _send(self, request: Request) -> Answered | Failed:
        parsed = normalise(request.url)
        if not isinstance(parsed, Url):
            return Failed(Reason.ERROR, f"no address: {request.url[:200]}", is_transient=False)
        try:
            return answered_of(await self.crawler.engine.download_async(request))
        except Exception as exc:  # noqa: BLE001
            return failed_of(exc, parsed)


def answered_of(response: Response) -> Answered:
    """The answer as our own value."""
    headers = {
        name.decode("latin-1").lower(): b",".join(values).decode("latin-1") for name, values in response.headers.items()
    }
    if "download_stopped" in response.flags:
        headers.pop("content-encoding", None)
    return Answered(response.status, headers, response.body, len(response.body) + len(response.headers.to_string()))


def failed_of(error: BaseException | None, url: Url) -> Failed:
    """Why there was no answer, in words."""
    match error:
        case CannotResolveHostError():
            if why := resolver.refusal(url.host.strip("[]"), url.port):
                return Failed(Reason.REFUSED, why, is_transient=False)
            return Failed(Reason.ERROR, f"the host {url.host!r} was not found", is_transient=False)
        case DownloadTimeoutError():
            return Failed(Reason.ERROR, "the site did not answer in time", is_transient=True, timed_out=True)
        case DownloadCancelledError():
            return Failed(Reason.TOO_LARGE, str(error).partition(" in request")[0], is_transient=False)
        case DownloadConnectionRefusedError():
            return Failed(Reason.ERROR, f"{url.host} refused the connection", is_transient=True)
        case _:
            detail = f"{type(error).__name__}: {error}"[:300]
            return Failed(Reason.ERROR, f"no whole answer came ({detail})", is_transient=isinstance(error, TRANSIENT))
