"""What was gathered, as a person reads it: pages, their versions, and where a citation lies in them."""

from dataclasses import dataclass

import sqlalchemy as sa

from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records import visible
from bowerbird.records.tables import pages, versions

__all__ = ["PageVersion", "VersionMark", "current_version", "read_version"]


@dataclass(frozen=True, slots=True)
class VersionMark:
    """One of a page's versions: when it came, and when another (or nothing) took its place."""

    id: int
    fetched_at: float
    gone_at: float | None


@dataclass(frozen=True, slots=True)
class PageVersion:
    """An immutable text with all that is needed to show it."""

    id: int
    page: int
    source: str
    url: str
    title: str
    kind: str
    text: str
    page_starts: tuple[int, ...]  # of a PDF: the offset in `text` at which each of its pages begins
    fetched_at: float
    gone_at: float | None
    is_current: bool
    published_at: float | None
    versions: tuple[VersionMark, ...]  # newest first


def read_version(conn: sa.Connection, scope: Scope, version: int) -> PageVersion:
    """The version with this id; raises NotFound when there is none that `scope` may see."""
    row = conn.execute(
        sa.select(
            versions,
            pages.c.source,
            pages.c.url,
            pages.c.kind,
            pages.c.published_at,
            pages.c.state,
            pages.c.version.label("current"),
        )
        .join(pages, pages.c.id == versions.c.page)
        .where(versions.c.id == version, pages.c.source.in_(visible(scope)))
    ).one_or_none()
    if row is None:
        raise NotFound(f"no page version {version}; `bowerbird search` prints the versions there are")
    marks = conn.execute(
        sa.select(versions.c.id, versions.c.fetched_at, versions.c.gone_at)
        .where(versions.c.page == row.page)
        .order_by(versions.c.id.desc())
    )
    return PageVersion(
        id=row.id,
        page=row.page,
        source=row.source,
        url=row.url,
        title=row.title,
        kind=row.kind,
        text=row.text,
        page_starts=tuple(row.page_starts or ()),
        fetched_at=row.fetched_at,
        gone_at=row.gone_at,
        is_current=row.current == row.id and row.state == "live",
        published_at=row.published_at,
        versions=tuple(VersionMark(mark.id, mark.fetched_at, mark.gone_at) for mark in marks),
    )


def current_version(conn: sa.Connection, scope: Scope, page: int) -> int:
    """The id of the page's newest version; raises NotFound when there is none that `scope` may see."""
    newest = conn.execute(
        sa.select(sa.func.max(versions.c.id))
        .join(pages, pages.c.id == versions.c.page)
        .where(pages.c.id == page, pages.c.source.in_(visible(scope)))
    ).scalar()
    if newest is None:
        raise NotFound(f"no page {page}; the explorer lists the pages there are")
    return int(newest)
