"""Builders of what the records hold, so that a test says only what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bowerbird.acquire import check_citations
from bowerbird.acquire.pages import leave_answers
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.ids import new_id
from bowerbird.knowledge import arrange_some, read_entities
from bowerbird.records import Records, local_scope
from bowerbird.records.tables import job_urls, jobs, pages, persons, sources, versions

__all__ = ["Library", "Stored"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A page and the version that a builder gave it."""

    page: int
    version: int


class Library:
    """Records that a test fills; the clock moves by a second with each page and each URL."""

    def __init__(self, records: Records, clock: ManualClock) -> None:
        self.records = records
        self.clock = clock
        self.scope = records.write(lambda conn: local_scope(conn, clock))

    def person(self, external_id: str) -> str:
        """The id of another person of the workspace."""
        person = new_id(self.clock)
        values = {
            "id": person,
            "workspace": self.scope.workspace,
            "external_id": external_id,
            "name": external_id,
            "created_at": self.clock.now_s(),
        }
        self.records.write(lambda conn: conn.execute(sa.insert(persons).values(values)))
        return person

    def source(
        self,
        url: str = "https://docs.example.org/",
        goal: str = "learn about it",
        *,
        person: str | None = None,
        **fields: Any,
    ) -> str:
        """The id of a new source; of another person's private one when a person is named."""
        source = new_id(self.clock)
        values = {
            "id": source,
            "workspace": self.scope.workspace,
            "url": url,
            "goal": goal,
            "private_to": person or "",
            "created_by": person or self.scope.person,
            "created_at": self.clock.now_s(),
            "limits": {"max_pages": 100, "max_depth": 5, "all": False, "allow_private": False},
        }
        self.records.write(lambda conn: conn.execute(sa.insert(sources).values(values | fields)))
        return source

    def job(self, source: str, status: str = "completed", **fields: Any) -> str:
        """The id of a new job of the source; a running one has begun, one that has ended took ten seconds."""
        job, now = new_id(self.clock), self.clock.now_s()
        values: dict[str, Any] = {
            "id": job,
            "workspace": self.scope.workspace,
            "kind": "crawl",
            "source": source,
            "args": {"max_pages": 100, "max_depth": 5, "all": False, "allow_private": False},
            "status": status,
            "progress": {},
            "created_by": self.scope.person,
            "created_at": now,
            "started_at": None if status == "queued" else now,
            "finished_at": None if status in ("queued", "running") else now + 10,
            "updated_at": now,
        }
        self.records.write(lambda conn: conn.execute(sa.insert(jobs).values(values | fields)))
        return job

    def end_job(self, job: str, status: str = "completed", **fields: Any) -> None:
        """Let a job end now."""
        values = {"status": status, "finished_at": self.clock.now_s()} | fields
        self.records.write(lambda conn: conn.execute(sa.update(jobs).where(jobs.c.id == job).values(values)))

    def url(self, job: str, url: str, state: str = "kept", **fields: Any) -> None:
        """A URL that the job has seen."""
        self.clock.advance(1)
        now = self.clock.now_s()
        is_decided = state != "queued"
        values = {
            "job": job,
            "url": url,
            "state": state,
            "seen_at": now,
            "done_at": now if is_decided else None,
            "fetched": state in ("kept", "unchanged"),
            "bytes": 1000 if state == "kept" else 0,
        }
        self.records.write(lambda conn: conn.execute(sa.insert(job_urls).values(values | fields)))

    def page(
        self, source: str, url: str, text: str, *, title: str = "A page", page_starts: Sequence[int] | None = None
    ) -> Stored:
        """A page with this text; a further version of it when the URL is there already. `arrange` makes it found."""
        self.clock.advance(1)
        now = self.clock.now_s()

        def keep(conn: sa.Connection) -> Stored:
            page = conn.execute(sa.select(pages.c.id).where(pages.c.source == source, pages.c.url == url)).scalar()
            is_new = page is None
            if page is None:
                page = _insert(conn, pages, _page(source, url, title, now))
            else:
                leave_answers(conn, page, now=now)
            version = _insert(
                conn,
                versions,
                {
                    "page": page,
                    "text_hash": str(hash(text)),
                    "title": title,
                    "text": text,
                    "page_starts": page_starts,
                    "fetched_at": now,
                },
            )
            conn.execute(
                sa.update(pages).where(pages.c.id == page).values(version=version, fetched_at=now, checked_at=now)
            )
            if not is_new:
                check_citations(conn, [page], now_s=now)
            return Stored(page, version)

        return self.records.write(keep)

    def arrange(self) -> None:
        """Cut what waits into passages and entities."""
        while arrange_some(self.records, limit=64) or read_entities(self.records, limit=64, clock=self.clock):
            pass


def _page(source: str, url: str, title: str, now_s: float) -> dict[str, Any]:
    return {
        "source": source,
        "url": url,
        "title": title,
        "state": "live",
        "fields": {},
        "links": [],
        "fetched_at": now_s,
        "checked_at": now_s,
    }


def _insert(conn: sa.Connection, table: sa.Table, values: Mapping[str, Any]) -> int:
    key = conn.execute(sa.insert(table).values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])
