"""
One crawl as decisions: which URL to ask next, what an answer means, when it ends. It knows no Scrapy.

    frontier ──next_row──► (asked) ──answered / failed──► outcome ──committed──► new links ──► frontier

A row stays queued in the records until its outcome is committed with all its consequences; what is in flight when the
process dies is asked again, and nothing else.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from bowerbird.acquire import store
from bowerbird.acquire.answered import Answered, Failed
from bowerbird.acquire.committing import Committer
from bowerbird.acquire.frontier import MIN_FETCHED, Frontier
from bowerbird.acquire.linking import Linker, robots_detail
from bowerbird.acquire.ordering import Ordering
from bowerbird.acquire.outcomes import Checked, Content, Gone, Outcome, Removed, Row
from bowerbird.acquire.page_reading import Body, PageReader, Reading
from bowerbird.acquire.patience import is_transient, retry_after_s, wait_s
from bowerbird.acquire.reasons import Reason
from bowerbird.acquire.robots import Rules
from bowerbird.acquire.store import Decided, Known
from bowerbird.kernel.clock import Clock
from bowerbird.models import Embedder
from bowerbird.ops import crash, logs
from bowerbird.reading import Url, may_be_read, normalise
from bowerbird.records import Records
from bowerbird.settings import RenderMode

__all__ = ["Gathering", "Limits"]

MAX_HOPS = 10  # redirects in a row
MAX_LINKS_STORED = 2_000  # of a page, so that a 304 still leads on
NO_PAGE_FOR_S = 7 * 86_400.0  # what was a picture or a program lately still is
IN_FLIGHT_ALL = 3  # times the concurrency, when everything is asked for in the end: asking, reading, storing overlap

log = logs.logger("scraping")


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a crawl goes."""

    max_pages: int
    max_depth: int
    all: bool
    render: RenderMode
    concurrency: int
    delay_s: float
    max_page_bytes: int
    agent: str
    max_minutes: float
    max_megabytes: float


class Gathering:
    """The state of one crawl in its process; everything that must survive is in the records."""

    def __init__(
        self,
        records: Records,
        *,
        job: str,
        epoch: int,
        source: str,
        goal: str,
        limits: Limits,
        linker: Linker,
        reader: PageReader,
        load_embedder: Callable[[], Embedder],
        clock: Clock,
    ) -> None:
        self._records = records
        self._job = job
        self._source = source
        self._limits = limits
        self._linker = linker
        self._reader = reader
        self._clock = clock
        self._frontier = Frontier(None)
        self._ordering = Ordering(self._frontier, goal, load_embedder, self._on_ordered)
        self._committer = Committer(records, job=job, epoch=epoch, source=source, clock=clock)
        self._known: dict[str, Known] = {}
        self._rows: dict[str, int] = {}  # waiting rows by URL
        self._relevance: dict[int, float] = {}
        self._attempts: dict[int, int] = {}
        self._hops: dict[str, int] = {}
        self._redirects: dict[str, str] = {}
        self._asked = 0
        self._began_s = clock.now_s()
        self._bytes = 0  # received until now, also by the processes before this one
        self._in_flight = 0
        self._delayed = 0
        self._is_open = False
        self._not_before_s = 0.0
        self.delay_s = limits.delay_s
        self.ended_because: tuple[Reason, str] | None = None
        self.wake: Callable[[], None] = lambda: None  # called when `next_row` may give more than before

    # -- before the first page ------------------------------------------------------------------------------

    async def load(self) -> None:
        """Take up the crawl where the records say it is."""
        asked_after = self._clock.now_s() - NO_PAGE_FOR_S
        (self._began_s, self._bytes), seen, rows, known, no_pages = await self._records.aread(
            lambda conn: (
                store.spent(conn, self._job),
                store.seen_urls(conn, self._job),
                store.queued(conn, self._job),
                store.known_pages(conn, self._source),
                store.no_pages(conn, self._source, asked_after=asked_after),
            )
        )
        self._linker.no_pages = no_pages
        for url, state, reason, depth, fetched in seen:
            self._linker.remember(url, reason if state == "skipped" else None, depth=depth)
            self._asked += fetched or reason == Reason.ERROR
        self._known = known
        self._queue(rows)
        crash.point("crawl.opened")

    async def open(self, named: Sequence[tuple[str, str]]) -> None:
        """Begin, with the pages (URL, lastmod) that the sitemaps name; the sites' robots.txt is known by now."""
        found = [self._linker.offer(url, "", depth=1, lastmod=lastmod) for url, lastmod in named]
        self._queue(await self._committer.find([each for each in found if each is not None]))
        self._is_open = True
        await self._order_if_needed()
        self.wake()

    def _on_ordered(self) -> None:
        self.wake()

    # -- which URL next -------------------------------------------------------------------------------------

    def has_pending(self) -> bool:
        """False once nothing waits and nothing is under way."""
        if self._in_flight or self._delayed or not self._is_open:
            return True
        return bool(len(self._frontier)) and self.ended_because is None

    def next_row(self) -> Row | None:
        """The URL to ask for now; None when it is not the time for any."""
        if not self._is_open or self.ended_because is not None or self._in_flight >= self._most_in_flight():
            return None
        if self._clock.monotonic_s() < self._not_before_s or self._must_wait_for_order():
            return None
        if spent := self._spent():
            self.ended_because = (Reason.BUDGET, spent)
            return None
        if not self._limits.all and self._frontier.is_spent():
            self.ended_because = (Reason.NOT_RELEVANT, "")
            return None
        row = self._frontier.pop()
        if row is not None:
            self._rows.pop(row.url, None)
            self._asked += 1
            self._in_flight += 1
            if self.delay_s:
                self.pause(self.delay_s)
        return row

    def _spent(self) -> str:
        """Which limit is reached, in words. What is in flight then is still kept."""
        limits = self._limits
        if self._asked >= limits.max_pages:
            return f"{limits.max_pages} pages were asked for, the most allowed"
        if self._bytes >= limits.max_megabytes * 1e6:
            return f"{self._bytes / 1e6:.1f} MB were received, at most {limits.max_megabytes:g} are allowed"
        if self._clock.now_s() - self._began_s >= limits.max_minutes * 60:
            return f"it ran for {limits.max_minutes:g} minutes, the most allowed"
        return ""

    def _most_in_flight(self) -> int:
        return self._limits.concurrency * (1 if self._ordering.is_on else IN_FLIGHT_ALL)

    def _must_wait_for_order(self) -> bool:
        """A moment's patience lets the best link come first; not while enough is known to go on."""
        unplaced = self._frontier.waits_for_words
        return self._ordering.is_busy and unplaced * 2 > len(self._frontier)

    def pause(self, seconds: float) -> None:
        """Ask for nothing during so many seconds."""
        self._not_before_s = max(self._not_before_s, self._clock.monotonic_s() + seconds)
        asyncio.get_running_loop().call_later(seconds, self.wake)

    def validators(self, row: Row) -> dict[str, str]:
        """The headers that ask only whether a known page has changed."""
        known = self._known.get(row.url)
        headers: dict[str, str] = {}
        if known is None or self._reader.asks_whole(known.body_hash):
            return headers
        if known.etag:
            headers["If-None-Match"] = known.etag
        if known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        return headers

    # -- what became of it ----------------------------------------------------------------------------------

    async def forbidden(self, row: Row, rules: Rules) -> None:
        """robots.txt keeps the URL out; it was not asked for."""
        self._asked -= 1
        await self._commit(Outcome(row).skipped(Reason.ROBOTS, robots_detail(rules)))

    async def failed(self, row: Row, failed: Failed) -> None:
        """There was no answer."""
        attempts = self._attempt(row)
        wait = wait_s(attempts, timed_out=failed.timed_out) if failed.is_transient else None
        if wait is not None:
            self._again(row, wait)
            return
        times = f" ({attempts} times)" if attempts > 1 else ""
        await self._commit(Outcome(row, attempts=attempts).skipped(failed.reason, failed.detail + times))

    async def answered(self, row: Row, answer: Answered) -> None:
        """There was an answer."""
        crash.point("crawl.after_fetch")
        attempts = self._attempt(row)
        base = Outcome(row, status=answer.status, size_bytes=answer.size_bytes, fetched=True, attempts=attempts)
        if is_transient(answer.status):
            asked_s = retry_after_s(answer.headers.get("retry-after"), now_s=self._clock.now_s())
            wait = wait_s(attempts, asked_s=asked_s)
            if wait is not None:
                if asked_s:
                    self.pause(wait)
                self._again(row, wait)
                return
        await self._commit(await self._outcome(base, answer))

    async def _outcome(self, base: Outcome, answer: Answered) -> Outcome:
        status = answer.status
        if status == HTTPStatus.NOT_MODIFIED and base.row.url in self._known:
            return await self._unchanged(base, answer)
        if status in (301, 302, 303, 307, 308) and "location" in answer.headers:
            return self._redirected(base, answer.headers["location"])
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return replace(base.skipped(Reason.ERROR, _said(status)), effect=Gone())
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return base.skipped(Reason.ERROR, _said(status))
        if not may_be_read(answer.headers.get("content-type", "")):
            media = answer.headers["content-type"][:80]
            return replace(base.skipped(Reason.TYPE, f"{media!r} is not a kind of page that is read"), effect=Removed())
        return await self._read(base, answer)

    async def _unchanged(self, base: Outcome, answer: Answered) -> Outcome:
        page = self._known[base.row.url].page
        pairs = await self._records.aread(lambda conn: store.links_of(conn, page))
        links = ((url, anchor, False) for url, anchor in pairs)
        linked = self._linker.links(links, depth=base.row.depth + 1, unchanged=True)
        checked = Checked(answer.headers.get("etag"), answer.headers.get("last-modified"))
        return replace(base, state="unchanged", effect=checked, found=linked.found, revived=linked.revived)

    def _redirected(self, base: Outcome, location: str) -> Outcome:
        row = base.row
        target = normalise(location, base=row.url)
        if not isinstance(target, Url):
            return base.skipped(Reason.ERROR, f"redirects to something that is no address ({target}): {location[:200]}")
        detail = f"{store.REDIRECTS_TO}{target.href}"
        if target.href == row.url or self._is_loop(row.url, target.href):
            return base.skipped(Reason.ERROR, f"a redirect loop: {detail}")
        hops = self._hops.get(row.url, 0) + 1
        if hops > MAX_HOPS:
            return base.skipped(Reason.ERROR, f"more than {MAX_HOPS} redirects in a row; {detail}")
        if row.depth == 0:
            self._linker.widen(target)
        self._redirects[row.url] = target.href
        self._hops[target.href] = max(hops, self._hops.get(target.href, 0))
        found = self._linker.offer(target.href, row.anchor, depth=row.depth)
        reason = found.reason if found is not None and found.reason is not None else Reason.DUPLICATE
        if reason in (Reason.OFF_HOST, Reason.REFUSED) and found is not None and found.detail:
            detail = f"{detail}: {found.detail}"
        skipped = base.skipped(reason if reason in (Reason.OFF_HOST, Reason.REFUSED) else Reason.DUPLICATE, detail)
        return replace(skipped, found=(found,) if found is not None else ())

    def _is_loop(self, url: str, target: str) -> bool:
        for _ in range(MAX_HOPS + 1):
            following = self._redirects.get(target)
            if following is None:
                return False
            if following == url:
                return True
            target = following
        return False

    async def _read(self, base: Outcome, answer: Answered) -> Outcome:
        known = self._known.get(base.row.url)
        body = Body(
            base.row.url,
            answer.headers.get("content-type", ""),
            answer.headers.get("content-encoding", ""),
            answer.headers.get("x-robots-tag"),
            answer.body,
        )
        read = await self._reader.read(body, None if known is None else known.body_hash)
        base = replace(base, size_bytes=base.size_bytes + read.size_bytes, detail=read.detail)
        if read.is_same:
            return await self._unchanged(base, answer)
        if read.leads_to is not None:
            return self._redirected(base, read.leads_to)
        if read.refused is not None:
            reason = Reason(read.refused.reason)
            effect = Removed() if reason in (Reason.EMPTY, Reason.TYPE) else None
            return replace(base.skipped(reason, read.refused.detail), effect=effect)
        return await self._kept(base, answer, read)

    async def _kept(self, base: Outcome, answer: Answered, read: Reading) -> Outcome:
        row, said = base.row, read.said
        links = [] if said["nofollow"] else [(url, text, nofollow) for url, text, nofollow in said["links"]]
        linked = self._linker.links(links, depth=row.depth + 1)
        found = list(linked.found)
        canonical = said["canonical"]
        if canonical is not None and (named := self._linker.offer(canonical, row.anchor, depth=row.depth)) is not None:
            found.append(named)
        base = replace(base, found=found, revived=linked.revived)
        if said["noindex"]:
            return replace(base.skipped(Reason.NOINDEX), effect=Removed())
        if not said["text"].strip():
            return replace(base.skipped(Reason.EMPTY, "there are links, but no text"), effect=Removed())
        relevance = await self._ordering.relevance(row, said["title"], said["text"])
        self._relevance[row.id] = relevance
        for url in linked.again:
            if url in self._rows:
                self._frontier.linked_again(self._rows[url], parent=relevance)
        return replace(base, effect=_content(answer, read, links, relevance))

    # -- afterwards -----------------------------------------------------------------------------------------

    async def _commit(self, outcome: Outcome) -> None:
        """Keep an outcome, and let in what it led to."""
        decided = await self._committer.decide(outcome)
        self._in_flight -= 1
        self._bytes += outcome.size_bytes
        self._attempts.pop(outcome.row.id, None)
        relevance = self._relevance.pop(outcome.row.id, 0.0)
        if decided is not None:
            self._let_in(decided, relevance)
        await self._order_if_needed()
        self.wake()

    def _let_in(self, decided: Decided, relevance: float) -> None:
        for row in decided.waiting:
            self._known.pop(row.url, None)  # what waits because of another page is read whole
        self._queue(decided.waiting, parent=relevance)
        self._ordering.links_came(decided.row, relevance, decided.waiting)

    def _queue(self, rows: Sequence[Row], *, parent: float | None = None) -> None:
        for row in rows:
            self._rows[row.url] = row.id
            self._frontier.offer(row, parent=parent, is_known=row.url in self._known or row.depth == 0)

    def _attempt(self, row: Row) -> int:
        self._attempts[row.id] = self._attempts.get(row.id, 0) + 1
        return self._attempts[row.id]

    def _again(self, row: Row, seconds: float) -> None:
        """Ask once more, later; it stays one of the pages asked for."""
        self._delayed += 1
        self._in_flight -= 1

        def due() -> None:
            self._delayed -= 1
            self._asked -= 1
            self._frontier.offer(row, is_known=True)
            self.wake()

        asyncio.get_running_loop().call_later(seconds, due)

    async def _order_if_needed(self) -> None:
        """Best first matters when not everything that is known will be asked for."""
        waiting = len(self._frontier)
        exceeds_budget = waiting > self._limits.max_pages - self._asked
        may_be_spent = not self._limits.all and waiting + self._asked > MIN_FETCHED
        if not self._ordering.is_on and (exceeds_budget or may_be_spent):
            await self._ordering.begin()


def _said(status: int) -> str:
    try:
        return f"the site answered {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"the site answered {status}"


def _content(answer: Answered, read: Reading, links: Sequence[tuple[str, str, bool]], relevance: float) -> Content:
    said = read.said
    validators: Mapping[str, str] = answer.headers if read.has_validators else {}
    return Content(
        title=said["title"],
        text=said["text"],
        text_hash=said["text_hash"],
        kind=said["kind"],
        lang=said["lang"][:8],
        fields=said["fields"],
        published_at=said["published_at"],
        canonical=said["canonical"],
        signature=bytes.fromhex(said["signature"]),
        bands=said["bands"],
        links=[(url, text) for url, text, nofollow in links if not nofollow][:MAX_LINKS_STORED],
        etag=_short(validators.get("etag")),
        last_modified=_short(validators.get("last-modified")),
        body_hash=said["body_hash"],
        relevance=relevance,
        page_starts=said["page_starts"],
    )


def _short(validator: str | None) -> str | None:
    """A validator that can be sent back: bounded, and one line of ASCII."""
    if validator is None or len(validator) > 300 or not validator.isascii() or not validator.isprintable():
        return None
    return validator
