"""A source whose crawls a test decides, one URL at a time."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from bowerbird.acquire import CrawlRequest, coverage, request_crawl, store
from bowerbird.acquire.outcomes import Checked, Content, Effect, Found, Outcome, Row
from bowerbird.acquire.reasons import Reason
from bowerbird.kernel.clock import ManualClock
from bowerbird.reading import neardup
from bowerbird.records import Records, jobs, local_scope
from bowerbird.records.tables import pages, passages, versions

SITE = "https://example.org"
REQUEST = CrawlRequest(url=f"{SITE}/", goal="birds", max_pages=10, max_depth=5, all=False, allow_private=False)


class Crawls:
    """Records with one source, and its crawls one after another."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.clock = ManualClock()
        self.source = ""
        self.job = ""
        self.epoch = 0

    def begin(self) -> None:
        """Start the next crawl."""
        self.clock.advance(100)

        def start(conn: sa.Connection) -> None:
            if self.job:
                jobs.finish(conn, self.job, self.epoch, status="completed", clock=self.clock)
            self.source, self.job = request_crawl(conn, REQUEST, local_scope(conn, self.clock), self.clock)
            lease = jobs.claim(conn, owner="x", lease_s=9, clock=self.clock, kinds=("crawl",), job=self.job)
            assert lease is not None
            self.epoch = lease.epoch
            store.begin(conn, self.job, self.epoch, source=self.source, clock=self.clock)

        self.records.write(start)

    def find(self, *paths: str) -> None:
        """Put addresses into the frontier."""
        found = [Found(SITE + path, "", 1) for path in paths]
        self.records.write(lambda conn: store.add(conn, self.job, self.epoch, found, clock=self.clock))

    def row(self, path: str) -> Row:
        """The waiting row of an address."""
        rows = self.records.read(lambda conn: store.queued(conn, self.job))
        return next(row for row in rows if row.url == SITE + path)

    def decide(self, path: str, effect: Effect | None, **values: Any) -> str:
        """What the records make of an outcome: its state, or its reason."""
        outcome = Outcome(self.row(path), fetched=True, effect=effect, **values)
        if not isinstance(effect, Content | Checked) and outcome.reason is None:
            outcome = outcome.skipped(Reason.ERROR)
        (decided,) = self.records.write(
            lambda conn: store.decide(conn, self.job, self.epoch, [outcome], source=self.source, clock=self.clock)
        )
        return decided.state if decided.reason is None else decided.reason.value

    def cut(self) -> None:
        """Make each version that waits one live passage."""

        def arrange(conn: sa.Connection) -> None:
            for row in conn.execute(sa.select(versions).where(versions.c.arranged.is_(False))).all():
                conn.execute(
                    sa.insert(passages).values(
                        version=row.id, page=row.page, start=0, end=len(row.text), live=row.gone_at is None
                    )
                )
                conn.execute(sa.update(versions).where(versions.c.id == row.id).values(arranged=True))

        self.records.write(arrange)

    def all(self, *columns: Any) -> list[tuple[Any, ...]]:
        """Rows of a table in the order of its key."""
        return self.records.read(lambda conn: [tuple(row) for row in conn.execute(sa.select(*columns)).all()])

    def recent(self, after: int, *, limit: int) -> list[coverage.UrlRow]:
        """What was decided after that."""
        return self.records.read(lambda conn: coverage.recent(conn, self.job, after, limit))

    def states(self) -> dict[str, str]:
        """The state of each page by its path."""
        return {url.removeprefix(SITE): state for url, state in self.all(pages.c.url, pages.c.state)}


def says(text: str, **values: Any) -> Content:
    """A page with this text."""
    signature = neardup.signature(text, title=values.get("title", ""))
    content = Content(
        title="",
        text=text,
        text_hash=sha256(text.encode()).hexdigest(),
        kind="html",
        lang="en",
        fields={},
        published_at=None,
        canonical=None,
        signature=signature.to_bytes(),
        bands=neardup.bands(signature),
        links=(),
        etag='"1"',
        last_modified=None,
        body_hash=sha256(text.encode()).hexdigest(),
        relevance=0.5,
    )
    return replace(content, **values)


def prose(name: str, number: int = 60) -> str:
    """A text of its own, long enough to be compared."""
    return " ".join(f"{name} tells of thing {count} and {name}{count}" for count in range(number))
