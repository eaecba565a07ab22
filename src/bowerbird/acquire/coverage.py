"""
The coverage report (A4): what became of every URL that a job saw. The truth is `job_urls`; nothing here is stored.

`seen = kept + unchanged + deleted + Σ skipped + queued`, and `queued` is 0 once the job has ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from bowerbird.acquire.imports.names import is_import
from bowerbird.records.tables import job_urls

__all__ = ["Coverage", "SiteNode", "UrlRow", "listed", "newest", "recent", "report", "site_map"]

MAX_CHILDREN = 40  # of one folder in the map; the rest is one node
MAX_FOLDER_DEPTH = 4
MAX_MAPPED = 20_000  # URLs; a larger site is mapped by its first ones


@dataclass(frozen=True, slots=True)
class Coverage:
    """The counts of a job. `fetched` counts URLs that were answered, outside the sum."""

    seen: int
    fetched: int
    kept: int
    unchanged: int
    deleted: int
    skipped: Mapping[str, int]  # by reason
    queued: int
    bytes: int  # of bodies, as they came over the wire


@dataclass(frozen=True, slots=True)
class UrlRow:
    """What became of one URL. `id` grows in the order in which URLs were decided."""

    id: int
    url: str
    state: str  # kept | unchanged | deleted | skipped
    reason: str | None
    detail: str | None
    status: int | None
    bytes: int
    depth: int
    page: int | None
    where: str  # for what was imported: its file and line; for a URL of a site: itself


@dataclass(frozen=True, slots=True)
class SiteNode:
    """A folder of the site: how many of its URLs, subfolders included, came to which state."""

    name: str
    path: str
    counts: Mapping[str, int]
    children: Sequence["SiteNode"]


def report(conn: sa.Connection, job: str) -> Coverage:
    """What became of all URLs of a job until now."""
    by = (job_urls.c.state, job_urls.c.reason, job_urls.c.fetched)
    rows = conn.execute(
        sa.select(*by, sa.func.count().label("number"), sa.func.sum(job_urls.c.bytes).label("size"))
        .where(job_urls.c.job == job)
        .group_by(*by)
    ).all()
    states: dict[str, int] = {}
    skipped: dict[str, int] = {}
    for row in rows:
        states[row.state] = states.get(row.state, 0) + row.number
        if row.state == "skipped":
            skipped[row.reason] = skipped.get(row.reason, 0) + row.number
    return Coverage(
        seen=sum(states.values()),
        fetched=sum(row.number for row in rows if row.fetched),
        kept=states.get("kept", 0),
        unchanged=states.get("unchanged", 0),
        deleted=states.get("deleted", 0),
        skipped=skipped,
        queued=states.get("queued", 0),
        bytes=sum(int(row.size or 0) for row in rows),
    )


def recent(conn: sa.Connection, job: str, after_id: int, limit: int) -> list[UrlRow]:
    """URLs decided after the one with `after_id` (0: from the first), in that order, at most `limit`."""
    rows = conn.execute(
        _decided(job).where(job_urls.c.done_at > (after_id + 0.5) / 1e6).order_by(job_urls.c.done_at).limit(limit)
    )
    return [_url_row(row) for row in rows]


def newest(conn: sa.Connection, job: str, *, limit: int) -> list[UrlRow]:
    """The URLs decided last, newest first, at most `limit`."""
    rows = conn.execute(_decided(job).order_by(job_urls.c.done_at.desc()).limit(limit))
    return [_url_row(row) for row in rows]


def listed(
    conn: sa.Connection,
    job: str,
    *,
    states: Sequence[str] = (),
    reason: str | None = None,
    after: int,
    limit: int,
) -> list[UrlRow]:
    """The same as `recent`, of those only that came to one of these states, for this reason."""
    wanted = _decided(job).where(job_urls.c.done_at > (after + 0.5) / 1e6)
    if states:
        wanted = wanted.where(job_urls.c.state.in_(states))
    if reason is not None:
        wanted = wanted.where(job_urls.c.reason == reason)
    return [_url_row(row) for row in conn.execute(wanted.order_by(job_urls.c.done_at).limit(limit))]


def site_map(conn: sa.Connection, job: str) -> SiteNode:
    """The folders of the job's own site with their counts; other sites are left out."""
    rows = conn.execute(
        sa.select(job_urls.c.url, job_urls.c.state)
        .where(job_urls.c.job == job, sa.func.coalesce(job_urls.c.reason, "") != "off-host")
        .order_by(job_urls.c.id)
        .limit(MAX_MAPPED)
    ).all()
    root = _Folder("", "/")
    for row in rows:
        root.add(_folders(row.url), row.state)
    return root.node()


def _decided(job: str) -> sa.Select[Any]:
    return sa.select(job_urls).where(job_urls.c.job == job, job_urls.c.done_at.is_not(None))


def _url_row(row: "sa.Row[Any]") -> UrlRow:
    return UrlRow(
        id=round(row.done_at * 1e6),  # the store gives no two URLs of a job the same microsecond
        url=row.url,
        state=row.state,
        reason=row.reason,
        detail=row.detail,
        status=row.status,
        bytes=row.bytes,
        depth=row.depth,
        page=row.page,
        where=row.anchor if is_import(row.url) else row.url,
    )


def _folders(url: str) -> list[str]:
    return [segment for segment in urlsplit(url).path.split("/")[:-1] if segment][:MAX_FOLDER_DEPTH]


class _Folder:
    """A folder while it is being counted."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path
        self.counts: dict[str, int] = {}
        self.children: dict[str, _Folder] = {}

    def add(self, folders: Sequence[str], state: str) -> None:
        self.counts[state] = self.counts.get(state, 0) + 1
        if folders:
            name = folders[0]
            if name not in self.children:
                self.children[name] = _Folder(name, f"{self.path}{name}/")
            self.children[name].add(folders[1:], state)

    def node(self) -> SiteNode:
        largest = sorted(self.children.values(), key=lambda child: -sum(child.counts.values()))
        return SiteNode(self.name, self.path, dict(self.counts), tuple(each.node() for each in largest[:MAX_CHILDREN]))
