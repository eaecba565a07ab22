"""
Many rows in one transaction: pages, their versions, what became of each row, and how far the import has come.

The job's epoch comes first and the place in the file last, in the same transaction: after a kill a row is either wholly
kept, or read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.acquire.imports.known import KnownPages, decided_places
from bowerbird.acquire.imports.names import key_of, place_of, printable
from bowerbird.acquire.pages import leave_answers
from bowerbird.acquire.reasons import Reason
from bowerbird.acquire.stale import check_citations
from bowerbird.acquire.store import DETAIL_CHARS, next_moment
from bowerbird.kernel.clock import Clock
from bowerbird.records import jobs
from bowerbird.records.tables import job_urls, pages, versions

__all__ = ["Entry", "Place", "keep", "retire_unseen"]

IDS_AT_ONCE: Final = 400  # databases bound the number of values in one statement

Draft = Mapping[str, Any]
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """The job and the source that rows are kept for."""

    job: str
    epoch: int
    source: str
    url: str  # the source's


@dataclass(frozen=True, slots=True)
class Entry:
    """A row or a file that was read: a draft, or why there is none. `row` is the waiting row that it decides."""

    file: str
    number: int  # of its first line, or of the entry of a feed; 0 for a whole file
    size_bytes: int
    draft: Draft | None
    reason: Reason | None = None
    detail: str = ""
    row: int | None = None

    @property
    def where(self) -> str:
        """Where it stands, for people."""
        name = printable(self.file)
        return f"{name}, line {self.number}" if self.number else name


@dataclass(frozen=True, slots=True)
class _Kept:
    """A row that has a page: a new one (None), or one that says something else now."""

    entry: Entry
    draft: Draft
    key: str
    page: int | None


@dataclass(frozen=True, slots=True)
class _Closed:
    """What became of a row, as `job_urls` has it."""

    entry: Entry
    url: str
    state: str
    page: int | None = None
    reason: Reason | None = None
    detail: str = ""


@dataclass(slots=True)
class _Sorted:
    """What a batch comes to, before anything of it is written."""

    kept: list[_Kept] = field(default_factory=list[_Kept])
    closed: list[_Closed] = field(default_factory=list[_Closed])


def keep(
    conn: sa.Connection,
    place: Place,
    entries: Sequence[Entry],
    *,
    progress: Mapping[str, Any],
    finished: Sequence[int] = (),
    clock: Clock,
) -> None:
    """
    Keep a batch with all that follows from it; raises Fenced. A row that is decided already is left as it is.

    `finished` are waiting rows of files whose own rows are all kept now: those stand for it in the report.
    """
    jobs.guard(conn, place.job, place.epoch)
    now = clock.now_s()
    found = _sorted(conn, place, entries)
    unchanged = [closed.page for closed in found.closed if closed.state == "unchanged"]
    for some in _parts(unchanged):
        conn.execute(sa.update(pages).where(pages.c.id.in_(some)).values(checked_at=now))
    closed = found.closed + _write(conn, place.source, found.kept, now)
    _close(conn, place.job, closed, clock)
    for some in _parts(finished):
        conn.execute(sa.delete(job_urls).where(job_urls.c.id.in_(some)))
    jobs.save_progress(conn, place.job, place.epoch, progress, clock=clock)


def retire_unseen(conn: sa.Connection, place: Place, *, limit: int, clock: Clock) -> int:
    """Take up to `limit` pages that this job has not seen out of the source; how many there were. Raises Fenced."""
    jobs.guard(conn, place.job, place.epoch)
    seen = sa.select(job_urls.c.page).where(job_urls.c.job == place.job, job_urls.c.page.is_not(None))
    rows = conn.execute(
        sa.select(pages.c.id, sa.func.coalesce(pages.c.canonical, pages.c.url).label("key"))
        .where(pages.c.source == place.source, pages.c.state == "live", pages.c.id.not_in(seen))
        .order_by(pages.c.id)
        .limit(limit)
    ).all()
    now = clock.now_s()
    for row in rows:
        leave_answers(conn, row.id, now=now)
    for some in _parts([row.id for row in rows]):
        conn.execute(sa.update(pages).where(pages.c.id.in_(some)).values(state="gone", body_hash=None, checked_at=now))
    check_citations(conn, [row.id for row in rows], now_s=now)
    gone = [
        _Closed(Entry("", 0, 0, None), row.key, "deleted", row.id, detail="it is not in this import") for row in rows
    ]
    _close(conn, place.job, gone, clock)
    return len(rows)


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(values), IDS_AT_ONCE):
        yield values[first : first + IDS_AT_ONCE]


def _sorted(conn: sa.Connection, place: Place, entries: Sequence[Entry]) -> _Sorted:
    found = _Sorted()
    drafts = [(key_of(place.url, entry.draft["id"]), entry.draft["url"]) for entry in entries if entry.draft]
    seen = decided_places(conn, place.job, [key for key, _ in drafts])
    known = KnownPages(conn, place.job, place.source, drafts)
    for entry in entries:
        draft = entry.draft
        if draft is None:
            url = key_of(place.url, entry.file) if entry.row else place_of(place.url, entry.file, entry.number)
            found.closed.append(_Closed(entry, url, "skipped", None, entry.reason, entry.detail))
            continue
        key = key_of(place.url, draft["id"])
        if seen.get(key) == entry.where:  # read again, because its file changed under a job that was killed
            continue
        owner = seen.get(key)
        whose = f"the id {draft['id']!r}"
        if owner is None and draft["url"]:
            owner, whose = known.owner(key, draft["url"]), f"the url {draft['url']}"
        if owner is not None:
            detail = f"{whose} is that of {owner}; the first is kept: give each its own"
            url = place_of(place.url, entry.file, entry.number)
            found.closed.append(_Closed(entry, url, "skipped", None, Reason.DUPLICATE, detail))
            continue
        seen[key] = entry.where
        page = known.take(key, draft["url"], entry.where)
        if page is not None and page.state == "live" and page.body_hash == draft["body_hash"]:
            found.closed.append(_Closed(entry, key, "unchanged", page.id))
        else:
            found.kept.append(_Kept(entry, draft, key, None if page is None else page.id))
    return found


def _write(conn: sa.Connection, source: str, kept: Sequence[_Kept], now: float) -> list[_Closed]:
    """Pages and their versions; what became of the rows."""
    new = [each for each in kept if each.page is None]
    old = [each for each in kept if each.page is not None]
    ids = _insert(conn, pages, [{"source": source, **_page_values(each, now)} for each in new])
    for each in old:
        assert each.page is not None
        leave_answers(conn, each.page, now=now)
    if old:
        names = list(_page_values(old[0], now))
        conn.execute(
            sa.update(pages)
            .where(pages.c.id == sa.bindparam("row"))
            .values({name: sa.bindparam(f"new_{name}", type_=pages.c[name].type) for name in names}),
            [
                {"row": each.page, **{f"new_{name}": value for name, value in _page_values(each, now).items()}}
                for each in old
            ],
        )
    paired = [*zip(new, ids, strict=True), *((each, each.page or 0) for each in old)]
    made = _insert(
        conn,
        versions,
        [
            {
                "page": page,
                "text_hash": each.draft["text_hash"],
                "title": each.draft["title"],
                "text": each.draft["text"],
                "page_starts": each.draft.get("page_starts") or None,
                "fetched_at": now,
            }
            for each, page in paired
        ],
    )
    if paired:
        conn.execute(
            sa.update(pages).where(pages.c.id == sa.bindparam("row")).values(version=sa.bindparam("new")),
            [{"row": page, "new": version} for (_, page), version in zip(paired, made, strict=True)],
        )
    check_citations(conn, [each.page for each in old if each.page is not None], now_s=now)
    return [_Closed(each.entry, each.key, "kept", page) for each, page in paired]


def _page_values(kept: _Kept, now: float) -> Values:
    draft = kept.draft
    return {
        # What has an address on the web is shown under it, and known by the one that the import gave it.
        "url": draft["url"] or kept.key,
        "canonical": kept.key if draft["url"] else None,
        "state": "live",
        "same_as": None,
        "title": draft["title"],
        "kind": draft["kind"],
        "lang": draft.get("lang", ""),
        "fields": dict(draft["fields"]),
        "body_hash": draft["body_hash"],
        "links": [],
        "published_at": draft["published_at"],
        "fetched_at": now,
        "checked_at": now,
    }


def _insert(conn: sa.Connection, table: sa.Table, rows: Sequence[Values]) -> Sequence[int]:
    """The ids of new rows, in their order."""
    if not rows:
        return []
    statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return conn.execute(statement, list(rows)).scalars().all()


def _close(conn: sa.Connection, job: str, closed: Sequence[_Closed], clock: Clock) -> None:
    """Write what became of the rows; no two of a job get the same time."""
    if not closed:
        return
    now, moment = clock.now_s(), next_moment(conn, job, clock)
    rows = [
        {
            "url": each.url,
            "state": each.state,
            "reason": None if each.reason is None else each.reason.value,
            "detail": each.detail[:DETAIL_CHARS] or None,
            "page": each.page,
            "bytes": each.entry.size_bytes,
            "fetched": each.state != "deleted",
            "anchor": each.entry.where,
            "done_at": moment + 1e-6 * number,
        }
        for number, each in enumerate(closed)
    ]
    waiting = [each.entry.row for each in closed]
    new = [{"job": job, "seen_at": now, **row} for row, id_ in zip(rows, waiting, strict=True) if id_ is None]
    if new:
        conn.execute(sa.insert(job_urls), new)
    old = [{"row": id_, **row} for row, id_ in zip(rows, waiting, strict=True) if id_ is not None]
    if old:
        conn.execute(
            sa.update(job_urls)
            .where(job_urls.c.id == sa.bindparam("row"), job_urls.c.state == "queued")
            .values({name: sa.bindparam(f"new_{name}", type_=job_urls.c[name].type) for name in rows[0]}),
            [{"row": row["row"], **{f"new_{name}": row[name] for name in rows[0]}} for row in old],
        )
