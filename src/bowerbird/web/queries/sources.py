"""Sources as the pages show them: what each has given, and when it is gathered again."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records import visible
from bowerbird.records.tables import pages, sources, versions

__all__ = ["SourceRow", "find_source", "list_sources"]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source with the size of what it has given."""

    id: str
    url: str
    goal: str
    title: str
    every_s: float | None
    next_run_at: float | None
    created_at: float
    pages: int  # live, with a text
    characters: int  # of their texts; only when they were measured
    fetched_at: float | None  # when its newest text came
    checked_at: float | None  # when the site was last asked
    is_private: bool  # only who made it sees it
    is_own: bool  # who asks made it


def list_sources(conn: sa.Connection, scope: Scope, *, limit: int, measured: bool = False) -> list[SourceRow]:
    """
    The sources whose pages were asked for last come first.

    To be `measured` takes reading all of their texts, which only who shows how large they are should ask for.
    """
    rows = conn.execute(_sources(scope).limit(limit)).all()
    sizes = _characters(conn, [row.id for row in rows]) if measured else {}
    return [_source(row, sizes.get(row.id, 0)) for row in rows]


def find_source(conn: sa.Connection, scope: Scope, source: str) -> SourceRow:
    """The source; raises NotFound when there is none that `scope` may see."""
    row = conn.execute(_sources(scope).where(sources.c.id == source)).one_or_none()
    if row is None:
        raise NotFound(f"no source {source!r}; /scraping/dashboard lists the sources there are")
    return _source(row, 0)


def _characters(conn: sa.Connection, wanted: list[str]) -> dict[str, int]:
    """How long the texts of the live pages of each source are together."""
    total = sa.func.sum(sa.func.length(versions.c.text)).label("characters")
    rows = conn.execute(
        sa.select(pages.c.source, total)
        .join(versions, versions.c.id == pages.c.version)
        .where(pages.c.source.in_(wanted), pages.c.state == "live")
        .group_by(pages.c.source)
    )
    return {row.source: row.characters for row in rows}


def _sources(scope: Scope) -> sa.Select[Any]:
    gathered = (
        sa.select(
            pages.c.source,
            sa.func.count().filter(pages.c.state == "live").label("pages"),
            sa.func.max(pages.c.fetched_at).label("fetched_at"),
            sa.func.max(pages.c.checked_at).label("checked_at"),
        )
        .where(pages.c.version.is_not(None), pages.c.source.in_(visible(scope)))
        .group_by(pages.c.source)
        .subquery()
    )
    return (
        sa.select(
            sources,
            (sources.c.created_by == scope.person).label("is_own"),
            gathered.c.pages,
            gathered.c.fetched_at,
            gathered.c.checked_at,
        )
        .outerjoin(gathered, gathered.c.source == sources.c.id)
        .where(sources.c.id.in_(visible(scope)))
        .order_by(sa.func.coalesce(gathered.c.checked_at, sources.c.created_at).desc(), sources.c.id.desc())
    )


def _source(row: "sa.Row[Any]", characters: int) -> SourceRow:
    return SourceRow(
        id=row.id,
        url=row.url,
        goal=row.goal,
        title=row.title,
        every_s=row.every_s,
        next_run_at=row.next_run_at,
        created_at=row.created_at,
        pages=row.pages or 0,
        characters=characters,
        fetched_at=row.fetched_at,
        checked_at=row.checked_at,
        is_private=bool(row.private_to),
        is_own=bool(row.is_own),
    )
