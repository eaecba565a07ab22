"""Runs whole crawls against a local web: records in a fresh file, the child process and all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bowerbird.acquire import (
    Coverage,
    CrawlOutcome,
    CrawlRequest,
    Policy,
    check_request,
    coverage,
    request_crawl,
    run_crawl,
)
from bowerbird.kernel.clock import SystemClock
from bowerbird.records import Records, jobs, local_scope, open_records
from bowerbird.records.jobs import Lease
from bowerbird.records.tables import job_urls, pages, passages, versions
from bowerbird.settings import CrawlSettings, Settings

CLOCK = SystemClock()
LEASE_S = 60.0


@dataclass(frozen=True)
class Ended:
    """One crawl that has come to its end."""

    job: str
    outcome: CrawlOutcome
    coverage: Coverage
    urls: dict[str, tuple[str, str | None, str | None]]  # path and query → state, reason, detail


class Gatherer:
    """Records and what gathers into them."""

    def __init__(self, records: Records, settings: Settings) -> None:
        self.records = records
        self.settings = settings

    def lease(self, url: str, *, goal: str = "birds", **limits: Any) -> Lease:
        """A claimed job for a URL on this machine."""
        given: dict[str, Any] = {"max_pages": 500, "max_depth": 20, "all": True, "allow_private": True} | limits
        request = check_request(CrawlRequest(url=url, goal=goal, **given), Policy())

        def begin(conn: sa.Connection) -> Lease:
            _, job = request_crawl(conn, request, local_scope(conn, CLOCK), CLOCK)
            return self.claim(conn, job)

        return self.records.write(begin)

    def claim(self, conn: sa.Connection, job: str, *, lease_s: float = LEASE_S) -> Lease:
        """The job, under a new epoch."""
        lease = jobs.claim(conn, owner="test", lease_s=lease_s, clock=CLOCK, kinds=("crawl",), job=job)
        assert lease is not None
        return lease

    def run(self, lease: Lease) -> CrawlOutcome:
        """See a claimed job through the gathering."""
        return run_crawl(lease, self.records, self.settings, lease_s=LEASE_S, clock=CLOCK, should_stop=lambda: False)

    def crawl(self, url: str, *, goal: str = "birds", **limits: Any) -> Ended:
        """Gather a URL to the end."""
        lease = self.lease(url, goal=goal, **limits)
        return self.ended(lease, self.run(lease))

    def ended(self, lease: Lease, outcome: CrawlOutcome) -> Ended:
        """What a job has come to; it is closed."""

        def read(conn: sa.Connection) -> Ended:
            rows = conn.execute(sa.select(job_urls).where(job_urls.c.job == lease.job)).all()
            urls = {_place(row.url): (row.state, row.reason, row.detail) for row in rows}
            return Ended(lease.job, outcome, coverage.report(conn, lease.job), urls)

        ended = self.records.read(read)
        if outcome.status == "completed":
            self.records.write(lambda conn: jobs.finish(conn, lease.job, lease.epoch, status="completed", clock=CLOCK))
        return ended

    def pages(self) -> dict[str, str]:
        """The state of each page, by path and query."""
        rows = self.records.read(lambda conn: conn.execute(sa.select(pages.c.url, pages.c.state)).all())
        return {_place(row.url): row.state for row in rows}

    def versions(self) -> list[tuple[str, bool]]:
        """Path, and whether it is the current one, of each stored version in order."""
        rows = self.records.read(
            lambda conn: conn.execute(
                sa.select(pages.c.url, versions.c.gone_at)
                .join(pages, pages.c.id == versions.c.page)
                .order_by(versions.c.id)
            ).all()
        )
        return [(_place(row.url), row.gone_at is None) for row in rows]

    def texts(self) -> str:
        """All that is stored of all pages."""
        rows = self.records.read(lambda conn: conn.execute(sa.select(versions.c.text)).scalars().all())
        return "\n".join(rows)

    def cut(self) -> None:
        """Make each current version one passage, as the worker's next step would."""

        def arrange(conn: sa.Connection) -> None:
            for row in conn.execute(sa.select(versions).where(versions.c.arranged.is_(False))).all():
                conn.execute(
                    sa.insert(passages).values(
                        version=row.id, page=row.page, start=0, end=len(row.text), live=row.gone_at is None
                    )
                )
                conn.execute(sa.update(versions).where(versions.c.id == row.id).values(arranged=True))

        self.records.write(arrange)

    def live(self) -> set[str]:
        """The paths of pages that have passages in the answers."""
        rows = self.records.read(
            lambda conn: conn.execute(
                sa.select(pages.c.url).join(passages, passages.c.page == pages.c.id).where(passages.c.live)
            ).all()
        )
        return {_place(row.url) for row in rows}


def _place(url: str) -> str:
    return "/" + url.split("/", 3)[3]


@contextmanager
def gatherer(folder: Path, records_url: str, **crawl: Any) -> Iterator[Gatherer]:
    """Records at an address and a data folder, with crawl settings that do not wait long."""
    settings = Settings(data_dir=folder, crawl=CrawlSettings(**({"timeout_s": 2.0} | crawl)))
    records = open_records(records_url)
    try:
        yield Gatherer(records, settings)
    finally:
        records.close()


def adds_up(seen: Coverage) -> bool:
    """The law of the coverage report."""
    return seen.seen == seen.kept + seen.unchanged + seen.deleted + sum(seen.skipped.values()) + seen.queued


def html(title: str, text: str = "", *, links: tuple[str, ...] = (), head: str = "") -> str:
    """A page with enough of its own words to be one; `links` are addresses called by themselves."""
    own = text or " ".join(
        f"{title} {word} is told about {title} in sentence {number}." for number, word in enumerate(_WORDS)
    )
    listed = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f"<body><main><h1>{title}</h1><p>{own}</p><ul>{listed}</ul></main></body></html>"
    )


_WORDS = ("plumage", "nesting", "migration", "song", "feeding", "courtship")
