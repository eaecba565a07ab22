"""
The crawl in the records: frontier, pages, versions. Plain functions that run inside one guarded transaction.

`decide` is the heart: it turns what became of some URLs into rows, all or nothing, so that after a kill a URL is either
still queued or decided once with everything that follows from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bowerbird.acquire.outcomes import Found, Outcome, Row
from bowerbird.acquire.pages import Verdict, fold, page_effect
from bowerbird.acquire.reasons import Reason
from bowerbird.acquire.stale import check_citations
from bowerbird.kernel.clock import Clock
from bowerbird.records import jobs
from bowerbird.records.tables import job_urls, pages, sources
from bowerbird.records.tables import jobs as job_rows

__all__ = [
    "DETAIL_CHARS",
    "Decided",
    "Known",
    "add",
    "begin",
    "close_frontier",
    "decide",
    "decided_urls",
    "finish",
    "known_pages",
    "links_of",
    "next_moment",
    "no_pages",
    "queued",
    "seen_urls",
    "spent",
]

LINKED_ANCHOR_CHARS = 300
DETAIL_CHARS = 500
REDIRECTS_TO = "redirects to "  # how the detail of a redirected URL begins; `close_frontier` reads it


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a page from an earlier crawl, to ask only whether it changed."""

    page: int
    state: str  # live | folded
    etag: str | None
    last_modified: str | None
    body_hash: str | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What a transaction made of an outcome, and what now waits because of it."""

    row: Row
    state: str
    reason: Reason | None
    waiting: Sequence[Row]


def begin(conn: sa.Connection, job: str, epoch: int, *, source: str, clock: Clock) -> str:
    """
    Put the start page and all known pages of the source into the frontier, once; the start URL. Raises Fenced.

    Known pages get the depth that the crawl before found them at.
    """
    jobs.guard(conn, job, epoch)
    url = str(conn.execute(sa.select(sources.c.url).where(sources.c.id == source)).scalar_one())
    if conn.execute(sa.select(job_urls.c.id).where(job_urls.c.job == job).limit(1)).first() is not None:
        return url
    depths = _depths_before(conn, job, source)
    rows = conn.execute(
        sa.select(pages.c.url, pages.c.title, pages.c.relevance)
        .where(pages.c.source == source, pages.c.state != "gone")
        .order_by(pages.c.id)
    )
    found = [Found(url, "", 0)]
    found += [Found(row.url, row.title, depths.get(row.url, 1), row.relevance) for row in rows if row.url != url]
    _insert(conn, job, found, via=None, clock=clock, done_at=clock.now_s())
    return url


def _depths_before(conn: sa.Connection, job: str, source: str) -> dict[str, int]:
    before = conn.execute(
        sa.select(job_rows.c.id)
        .where(job_rows.c.source == source, job_rows.c.id != job, job_rows.c.kind == "crawl")
        .order_by(job_rows.c.created_at.desc())
        .limit(1)
    ).scalar()
    rows = conn.execute(
        sa.select(job_urls.c.url, job_urls.c.depth).where(job_urls.c.job == before, job_urls.c.page.is_not(None))
    )
    return {row.url: row.depth for row in rows}


def queued(conn: sa.Connection, job: str) -> list[Row]:
    """The frontier as it was left."""
    waiting = sa.select(job_urls).where(job_urls.c.job == job, job_urls.c.state == "queued").order_by(job_urls.c.id)
    rows = conn.execute(waiting)
    return [Row(row.id, row.url, row.anchor, row.depth, row.via, row.score, row.lastmod or "") for row in rows]


def seen_urls(conn: sa.Connection, job: str) -> list[tuple[str, str, str | None, int, bool]]:
    """Every URL of the job: address, state, reason, depth, whether it was answered."""
    columns = (job_urls.c.url, job_urls.c.state, job_urls.c.reason, job_urls.c.depth, job_urls.c.fetched)
    return [
        (row[0], row[1], row[2], row[3], row[4])
        for row in conn.execute(sa.select(*columns).where(job_urls.c.job == job).order_by(job_urls.c.id))
    ]


def spent(conn: sa.Connection, job: str) -> tuple[float, int]:
    """When the job began, and how many bytes it has received."""
    began_s = conn.execute(sa.select(job_rows.c.started_at).where(job_rows.c.id == job)).scalar_one()
    received = conn.execute(sa.select(sa.func.sum(job_urls.c.bytes)).where(job_urls.c.job == job)).scalar_one()
    return float(began_s), int(received or 0)


def decided_urls(conn: sa.Connection, job: str) -> int:
    """How many URLs of the job are decided."""
    count = sa.select(sa.func.count()).where(job_urls.c.job == job, job_urls.c.state != "queued")
    return int(conn.execute(count).scalar_one())


def known_pages(conn: sa.Connection, source: str) -> dict[str, Known]:
    """The pages that the source had when it was last looked at, by address."""
    rows = conn.execute(
        sa.select(pages.c.url, pages.c.id, pages.c.state, pages.c.etag, pages.c.last_modified, pages.c.body_hash).where(
            pages.c.source == source, pages.c.state != "gone"
        )
    )
    return {row.url: Known(row.id, row.state, row.etag, row.last_modified, row.body_hash) for row in rows}


def no_pages(conn: sa.Connection, source: str, *, asked_after: float) -> dict[str, str]:
    """URLs of the source that were asked for since then and were no pages, with the reason in words."""
    rows = conn.execute(
        sa.select(job_urls.c.url, job_urls.c.detail)
        .join(job_rows, job_rows.c.id == job_urls.c.job)
        .where(
            job_rows.c.source == source,
            job_urls.c.state == "skipped",
            job_urls.c.reason == Reason.TYPE.value,
            job_urls.c.fetched,
            job_urls.c.done_at > asked_after,
        )
    )
    return {row.url: row.detail or "" for row in rows}


def links_of(conn: sa.Connection, page: int) -> list[tuple[str, str]]:
    """The links of a page as they were when it was last read."""
    stored: Any = conn.execute(sa.select(pages.c.links).where(pages.c.id == page)).scalar()
    return [(str(url), str(anchor)) for url, anchor in stored or ()]


def add(conn: sa.Connection, job: str, epoch: int, found: Sequence[Found], *, clock: Clock) -> list[Row]:
    """New URLs that no page led to, as from a sitemap; those of them that wait. Raises Fenced."""
    jobs.guard(conn, job, epoch)
    return _insert(conn, job, found, via=None, clock=clock, done_at=next_moment(conn, job, clock))


def decide(
    conn: sa.Connection, job: str, epoch: int, outcomes: Sequence[Outcome], *, source: str, clock: Clock
) -> list[Decided]:
    """
    Keep what became of some URLs of the job, with all that follows from it; raises Fenced.

    A URL that is already decided is left as it is. No two URLs of a job get the same time.
    """
    jobs.guard(conn, job, epoch)
    done_at = next_moment(conn, job, clock)
    decided: list[Decided] = []
    for outcome in outcomes:
        verdict = page_effect(conn, outcome, job=job, source=source, now=clock.now_s())
        done_at += 1e-6
        if _close_row(conn, outcome, verdict, done_at=done_at):
            if outcome.row.depth == 0 and verdict.state == "kept":
                _name_source(conn, source, verdict.title)
            waiting = _insert(conn, job, outcome.found, via=outcome.row.id, clock=clock, done_at=done_at)
            done_at += 1e-6 * len(outcome.found)
            waiting += _revive(conn, job, outcome.revived, via=outcome.row.id)
            waiting += _rows(conn, verdict.requeued)
            decided.append(Decided(outcome.row, verdict.state, verdict.reason, waiting))
    return decided


def next_moment(conn: sa.Connection, job: str, clock: Clock) -> float:
    """A time after that of all decided URLs, so that readers can follow in order."""
    latest = conn.execute(sa.select(sa.func.max(job_urls.c.done_at)).where(job_urls.c.job == job)).scalar()
    return max(clock.now_s(), (latest or 0.0) + 1e-6)


def _close_row(conn: sa.Connection, outcome: Outcome, verdict: Verdict, *, done_at: float) -> bool:
    """Write the row's end; False if it had one already."""
    values: dict[str, Any] = {
        "state": verdict.state,
        "reason": None if verdict.reason is None else verdict.reason.value,
        "detail": verdict.detail[:DETAIL_CHARS] or None,
        "status": outcome.status,
        "bytes": outcome.size_bytes,
        "fetched": outcome.fetched,
        "attempts": outcome.attempts,
        "page": verdict.page,
        "done_at": done_at if verdict.state != "queued" else None,
    }
    waiting = sa.and_(job_urls.c.id == outcome.row.id, job_urls.c.state == "queued")
    return conn.execute(sa.update(job_urls).where(waiting).values(**values)).rowcount == 1


def _name_source(conn: sa.Connection, source: str, title: str) -> None:
    conn.execute(sa.update(sources).where(sources.c.id == source, sources.c.title == "").values(title=title))


def _insert(
    conn: sa.Connection, job: str, found: Sequence[Found], *, via: int | None, clock: Clock, done_at: float
) -> list[Row]:
    """New rows; those of them that wait, in order."""
    if not found:
        return []
    now = clock.now_s()
    values = [
        {
            "job": job,
            "url": each.url,
            "state": "queued" if each.reason is None else "skipped",
            "reason": None if each.reason is None else each.reason.value,
            "detail": each.detail[:DETAIL_CHARS] or None,
            "score": each.score,
            "depth": each.depth,
            "via": via,
            "anchor": each.anchor[:LINKED_ANCHOR_CHARS],
            "lastmod": each.lastmod or None,
            "seen_at": now,
            "done_at": None if each.reason is None else done_at + 1e-6 * number,
        }
        for number, each in enumerate(found, start=1)
    ]
    statement = sa.insert(job_urls).returning(job_urls.c.id, sort_by_parameter_order=True)
    ids = conn.execute(statement, values).scalars().all()
    return [
        Row(row_id, each.url, each.anchor, each.depth, via, each.score, each.lastmod)
        for row_id, each in zip(ids, found, strict=True)
        if each.reason is None
    ]


def _revive(conn: sa.Connection, job: str, revived: Sequence[Found], *, via: int) -> list[Row]:
    """Queue what was skipped for want of a link that may be followed."""
    for each in revived:
        conn.execute(
            sa.update(job_urls)
            .where(job_urls.c.job == job, job_urls.c.url == each.url, job_urls.c.state == "skipped")
            .values(
                state="queued", reason=None, detail=None, done_at=None, depth=each.depth, via=via, anchor=each.anchor
            )
        )
    urls = [each.url for each in revived]
    if not urls:
        return []
    ids = conn.execute(sa.select(job_urls.c.id).where(job_urls.c.job == job, job_urls.c.url.in_(urls))).scalars()
    return _rows(conn, list(ids))


def _rows(conn: sa.Connection, ids: Sequence[int]) -> list[Row]:
    if not ids:
        return []
    waiting = sa.select(job_urls).where(job_urls.c.id.in_(ids), job_urls.c.state == "queued").order_by(job_urls.c.id)
    rows = conn.execute(waiting)
    return [Row(row.id, row.url, row.anchor, row.depth, row.via, row.score, row.lastmod or "") for row in rows]


def finish(conn: sa.Connection, job: str, epoch: int, *, reason: Reason, detail: str, clock: Clock) -> int:
    """End the gathering: fold pages that have moved, and skip all that still waits; how many did. Raises Fenced."""
    jobs.guard(conn, job, epoch)
    for old, new in _moved_pages(conn, job):
        fold(conn, old, new, job=job, now=clock.now_s())
        check_citations(conn, [old], now_s=clock.now_s())
    return close_frontier(conn, job, epoch, reason=reason, detail=detail, clock=clock)


def close_frontier(conn: sa.Connection, job: str, epoch: int, *, reason: Reason, detail: str, clock: Clock) -> int:
    """Skip all that still waits; how many did. Raises Fenced. Calling it twice does nothing more."""
    jobs.guard(conn, job, epoch)
    waiting = sa.select(job_urls.c.id).where(job_urls.c.job == job, job_urls.c.state == "queued")
    ids = conn.execute(waiting.order_by(job_urls.c.id)).scalars().all()
    moment = next_moment(conn, job, clock)
    if ids:
        conn.execute(
            sa.update(job_urls)
            .where(job_urls.c.id == sa.bindparam("row"))
            .values(state="skipped", reason=reason.value, detail=detail, done_at=sa.bindparam("moment")),
            [{"row": row, "moment": moment + 1e-6 * number} for number, row in enumerate(ids)],
        )
    return len(ids)


def _moved_pages(conn: sa.Connection, job: str) -> list[tuple[int, int]]:
    """Live pages whose address now redirects to a page that this job kept: the old page and the new one."""
    target = job_urls.alias()
    new = pages.alias()
    leads_to = sa.and_(target.c.job == job, job_urls.c.detail == sa.literal(REDIRECTS_TO) + target.c.url)
    rows = conn.execute(
        sa.select(pages.c.id, new.c.id.label("new"))
        .select_from(job_urls)
        .join(target, leads_to)
        .join(pages, pages.c.id == job_urls.c.page)
        .join(new, new.c.id == target.c.page)
        .where(
            job_urls.c.job == job,
            job_urls.c.reason == Reason.DUPLICATE.value,
            job_urls.c.detail.startswith(REDIRECTS_TO),
            pages.c.state == "live",
            new.c.state == "live",
            pages.c.id != new.c.id,
        )
        .order_by(pages.c.id)
    )
    return [(row.id, row.new) for row in rows]
