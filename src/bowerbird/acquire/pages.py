"""
What an answer means for the page: a new version, nothing new, gone, or another page's duplicate.

    live ──404, 410, noindex, empty──► gone ──200──► live
      └──says what another says──► folded ──the other goes or changes──► asked again in the same job

Text is never changed: a page that says something else gets another version. What leaves the answers leaves them in the
transaction that learns of it: its passages are no longer live, and the index log says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bowerbird.acquire.outcomes import Checked, Content, Gone, Outcome, Removed
from bowerbird.acquire.reasons import Reason
from bowerbird.acquire.stale import check_citations
from bowerbird.reading import neardup
from bowerbird.records.tables import index_log, job_urls, page_bands, pages, passages, versions

__all__ = ["Verdict", "fold", "leave_answers", "page_effect"]

SAME_AS_CANONICAL = 0.5  # a page that names another as its own address is believed from this similarity on
MAX_CANDIDATES = 64  # pages compared for one; a band that more share is boilerplate


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the URL's row says in the end; `requeued` are rows of this job that must be asked again."""

    state: str
    reason: Reason | None
    detail: str
    page: int | None
    title: str = ""
    requeued: Sequence[int] = ()


def page_effect(conn: sa.Connection, outcome: Outcome, *, job: str, source: str, now: float) -> Verdict:
    """Apply what an outcome means for the page, inside the transaction that decides its URL."""
    page = _page(conn, source, outcome.row.url)
    given = Verdict(outcome.state, outcome.reason, outcome.detail, None if page is None else page.id)
    match outcome.effect:
        case Content() as content:
            return _Keeping(conn, outcome, content, job=job, source=source, now=now).verdict(page)
        case Checked() as checked if page is not None:
            return _checked(conn, page, checked, row=outcome.row.id, now=now)
        case Gone() if page is not None and page.state != "gone":
            return Verdict("deleted", None, outcome.detail, page.id, requeued=_retire(conn, page, job=job, now=now))
        case Removed() if page is not None and page.state != "gone":
            return Verdict(
                "skipped", outcome.reason, outcome.detail, page.id, requeued=_retire(conn, page, job=job, now=now)
            )
        case _:
            return given


def fold(conn: sa.Connection, page: int, same_as: int, *, job: str, now: float) -> None:
    """Point a page to the one that is kept, and take it out of the answers."""
    leave_answers(conn, page, now=now)
    conn.execute(sa.delete(page_bands).where(page_bands.c.page == page))
    conn.execute(sa.update(pages).where(pages.c.id == page).values(state="folded", same_as=same_as))
    # What pointed to it now points to the same.
    conn.execute(sa.update(pages).where(pages.c.same_as == page, pages.c.id != same_as).values(same_as=same_as))
    url = conn.execute(sa.select(pages.c.url).where(pages.c.id == same_as)).scalar_one()
    conn.execute(
        sa.update(job_urls)
        .where(job_urls.c.job == job, job_urls.c.page == page, job_urls.c.state.in_(("kept", "unchanged")))
        .values(state="skipped", reason=Reason.DUPLICATE.value, detail=f"says what {url} says")
    )


def _page(conn: sa.Connection, source: str, url: str) -> "sa.Row[Any] | None":
    return conn.execute(sa.select(pages).where(pages.c.source == source, pages.c.url == url)).one_or_none()


def _checked(conn: sa.Connection, page: "sa.Row[Any]", checked: Checked, *, row: int, now: float) -> Verdict:
    """A page that is as it was; a folded one only if what it says is still kept."""
    kept: sa.Row[Any] | None = page
    if page.state == "folded":
        kept = conn.execute(sa.select(pages).where(pages.c.id == page.same_as)).one_or_none()
    if kept is None or kept.state != "live":
        # Nobody says it any more: read it whole, in this job.
        conn.execute(
            sa.update(pages).where(pages.c.id == page.id).values(etag=None, last_modified=None, body_hash=None)
        )
        return Verdict("queued", None, "", page.id, requeued=(row,))
    conn.execute(
        sa.update(pages)
        .where(pages.c.id == page.id)
        .values(
            checked_at=now,
            etag=checked.etag or page.etag,
            last_modified=checked.last_modified or page.last_modified,
        )
    )
    if page.state == "folded":
        return Verdict("skipped", Reason.DUPLICATE, f"says what {kept.url} says", page.id)
    return Verdict("unchanged", None, "", page.id, title=page.title)


def _retire(conn: sa.Connection, page: "sa.Row[Any]", *, job: str, now: float) -> list[int]:
    """Take a page out of the answers; the rows of its duplicates, one of which must take its place."""
    leave_answers(conn, page.id, now=now)
    conn.execute(sa.delete(page_bands).where(page_bands.c.page == page.id))
    conn.execute(
        sa.update(pages)
        .where(pages.c.id == page.id)
        .values(state="gone", same_as=None, etag=None, last_modified=None, body_hash=None, checked_at=now)
    )
    check_citations(conn, [page.id], now_s=now)
    return _release(conn, page.id, job=job)


def leave_answers(conn: sa.Connection, page: int, *, now: float) -> None:
    """Take what a page says now out of the answers: its passages are no longer live, and the index log says so."""
    live = sa.select(sa.literal("remove"), passages.c.id).where(passages.c.page == page, passages.c.live)
    conn.execute(sa.insert(index_log).from_select(["op", "passage"], live))
    conn.execute(sa.update(passages).where(passages.c.page == page, passages.c.live).values(live=False))
    conn.execute(sa.update(versions).where(versions.c.page == page, versions.c.gone_at.is_(None)).values(gone_at=now))


def _release(conn: sa.Connection, page: int, *, job: str) -> list[int]:
    """Let the duplicates of a page be read afresh, now if this job has already passed them."""
    folded = conn.execute(sa.select(pages.c.id).where(pages.c.same_as == page)).scalars().all()
    if not folded:
        return []
    conn.execute(sa.update(pages).where(pages.c.id.in_(folded)).values(etag=None, last_modified=None, body_hash=None))
    passed = sa.and_(job_urls.c.job == job, job_urls.c.page.in_(folded), job_urls.c.reason == Reason.DUPLICATE.value)
    rows = conn.execute(sa.select(job_urls.c.id).where(passed)).scalars().all()
    conn.execute(
        sa.update(job_urls)
        .where(job_urls.c.id.in_(rows))
        .values(state="queued", reason=None, detail=None, done_at=None)
    )
    return list(rows)


class _Keeping:
    """Keeping what a page says: compared with what it said, and with what other pages say."""

    def __init__(
        self, conn: sa.Connection, outcome: Outcome, content: Content, *, job: str, source: str, now: float
    ) -> None:
        self._conn = conn
        self._outcome = outcome
        self._content = content
        self._job = job
        self._source = source
        self._now = now
        self._url = outcome.row.url

    def verdict(self, page: "sa.Row[Any] | None") -> Verdict:
        if page is not None and page.state == "live" and self._text_hash(page) == self._content.text_hash:
            self._write_page(page, state="live", same_as=None, is_new_text=False)
            return Verdict("unchanged", None, self._outcome.detail, page.id, title=self._content.title)
        kept, yields = self._twins(None if page is None else page.id)
        if kept is not None:
            return self._folded(page, kept)
        requeued = [] if page is None or page.state != "live" else self._replaced(page)
        page_id = self._write_page(page, state="live", same_as=None, is_new_text=True)
        self._write_version(page_id)
        if page is not None:
            check_citations(self._conn, [page_id], now_s=self._now)
        for other in yields:
            fold(self._conn, other, page_id, job=self._job, now=self._now)
        return Verdict("kept", None, self._outcome.detail, page_id, title=self._content.title, requeued=requeued)

    def _text_hash(self, page: "sa.Row[Any]") -> str | None:
        return self._conn.execute(sa.select(versions.c.text_hash).where(versions.c.id == page.version)).scalar()

    def _twins(self, own: int | None) -> tuple["sa.Row[Any] | None", list[int]]:
        """The kept page whose duplicate this is, or else the kept pages that are duplicates of this one."""
        mine = neardup.Signature.from_bytes(self._content.signature)
        yields: list[int] = []
        for other in self._candidates(own):
            theirs = neardup.Signature.from_bytes(other.signature)
            if other.canonical == self._url and neardup.similarity(mine, theirs) >= SAME_AS_CANONICAL:
                yields.append(other.id)
            elif neardup.is_near(mine, theirs) or (
                self._content.canonical == other.url and neardup.similarity(mine, theirs) >= SAME_AS_CANONICAL
            ):
                return other, []
        return None, yields

    def _candidates(self, own: int | None) -> Sequence[Any]:
        """Live pages that share a band, name this address as theirs, or are named by this page; oldest first."""
        shares_band = sa.and_(page_bands.c.source == self._source, page_bands.c.band.in_(self._content.bands))
        named = [pages.c.canonical == self._url]
        if self._content.canonical is not None:
            named.append(pages.c.url == self._content.canonical)
        near = sa.select(page_bands.c.page).where(shares_band)
        linked = sa.select(pages.c.id).where(pages.c.source == self._source, sa.or_(*named))
        return self._conn.execute(
            sa.select(pages.c.id, pages.c.url, pages.c.canonical, page_bands.c.signature)
            .distinct()
            .join(page_bands, page_bands.c.page == pages.c.id)
            .where(pages.c.id.in_(near.union(linked)), pages.c.state == "live", pages.c.id != (own or 0))
            .order_by(pages.c.id)
            .limit(MAX_CANDIDATES)
        ).all()

    def _folded(self, page: "sa.Row[Any] | None", kept: "sa.Row[Any]") -> Verdict:
        requeued: list[int] = []
        if page is not None and page.state == "live":
            requeued = self._replaced(page)
            self._conn.execute(sa.delete(page_bands).where(page_bands.c.page == page.id))
        page_id = self._write_page(page, state="folded", same_as=kept.id, is_new_text=False)
        if page is not None:
            check_citations(self._conn, [page_id], now_s=self._now, also=self._content.text)
        return Verdict("skipped", Reason.DUPLICATE, f"says what {kept.url} says", page_id, requeued=requeued)

    def _replaced(self, page: "sa.Row[Any]") -> list[int]:
        leave_answers(self._conn, page.id, now=self._now)
        return _release(self._conn, page.id, job=self._job)

    def _write_page(self, page: "sa.Row[Any] | None", *, state: str, same_as: int | None, is_new_text: bool) -> int:
        content = self._content
        values: dict[str, Any] = {
            "state": state,
            "same_as": same_as,
            "title": content.title,
            "kind": content.kind,
            "lang": content.lang,
            "fields": dict(content.fields),
            "etag": content.etag,
            "last_modified": content.last_modified,
            "body_hash": content.body_hash,
            "canonical": content.canonical,
            "links": [list(link) for link in content.links],
            "published_at": content.published_at,
            "checked_at": self._now,
            "relevance": content.relevance,
        }
        if is_new_text or page is None:
            values["fetched_at"] = self._now
        if page is not None:
            self._conn.execute(sa.update(pages).where(pages.c.id == page.id).values(**values))
            return int(page.id)
        inserted = self._conn.execute(sa.insert(pages).values(source=self._source, url=self._url, **values))
        assert inserted.inserted_primary_key is not None
        return int(inserted.inserted_primary_key[0])

    def _write_version(self, page: int) -> None:
        content = self._content
        inserted = self._conn.execute(
            sa.insert(versions).values(
                page=page,
                text_hash=content.text_hash,
                title=content.title,
                text=content.text,
                page_starts=list(content.page_starts) or None,
                fetched_at=self._now,
            )
        )
        assert inserted.inserted_primary_key is not None
        self._conn.execute(sa.update(pages).where(pages.c.id == page).values(version=inserted.inserted_primary_key[0]))
        self._conn.execute(sa.delete(page_bands).where(page_bands.c.page == page))
        rows = [
            {"source": self._source, "band": band, "page": page, "signature": content.signature}
            for band in dict.fromkeys(content.bands)
        ]
        if rows:
            self._conn.execute(sa.insert(page_bands), rows)
