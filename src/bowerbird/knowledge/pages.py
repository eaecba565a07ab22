"""What was gathered, as a person reads it: pages, their versions, and where a citation lies in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.language import Written
from bowerbird.records import visible
from bowerbird.records.tables import pages, passages, versions

__all__ = ["PageVersion", "VersionMark", "current_version", "languages_of", "pages_in", "read_version"]


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
    written: Written  # in which language, and each part
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
        written=Written(row.language or "", _parts(conn, version, row.language or "")),
        versions=tuple(VersionMark(mark.id, mark.fetched_at, mark.gone_at) for mark in marks),
    )


def _parts(conn: sa.Connection, version: int, language: str) -> tuple[tuple[int, str], ...]:
    """Where in a version another language begins than before, and which."""
    found: list[tuple[int, str]] = []
    cuts = sa.select(passages.c.start, passages.c.language).where(passages.c.version == version)
    for start, spoken in conn.execute(cuts.order_by(passages.c.start)):
        if spoken != (found[-1][1] if found else language):
            found.append((start, spoken))
    return tuple(found)


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


def languages_of(conn: sa.Connection, scope: Scope) -> dict[str, int]:
    """How many of the pages that `scope` may see are in each language, the most first; where one is known."""
    counted = sa.func.count().label("pages")
    rows = conn.execute(
        sa.select(pages.c.language, counted)
        .where(pages.c.source.in_(visible(scope)), pages.c.state == "live", pages.c.language != "")
        .group_by(pages.c.language)
        .order_by(counted.desc(), pages.c.language)
    )
    return {row.language: row.pages for row in rows}


def pages_in(conn: sa.Connection, sources: Sequence[str], languages: Sequence[str]) -> tuple[int, ...]:
    """The live pages of these sources that are in one of the languages."""
    rows = conn.execute(
        sa.select(pages.c.id).where(
            pages.c.source.in_(sources), pages.c.state == "live", pages.c.language.in_(languages)
        )
    )
    return tuple(rows.scalars())
