"""
What a person should know: written in the transaction of what it tells about, so none is missing and none lies.

A notice that names a source is there while the person may see the source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.nouns import Scope
from bowerbird.records.access import visible
from bowerbird.records.tables import notices

__all__ = ["Notice", "after", "mark_read", "newest", "tell", "tell_once", "unread"]

_KEPT_S: Final = 90 * 86_400.0


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened; ids grow in the order in which they were told."""

    id: int
    kind: str
    text: str
    href: str
    at: float
    is_read: bool


def tell(
    conn: sa.Connection,
    *,
    workspace: str,
    person: str,
    kind: str,
    text: str,
    href: str,
    clock: Clock,
    source: str | None = None,
) -> None:
    """Tell the person, with the `source` that it names; what is older than a season is forgotten."""
    _tell(conn, workspace=workspace, person=person, kind=kind, text=text, href=href, now_s=clock.now_s(), source=source)


def tell_once(
    conn: sa.Connection, *, workspace: str, person: str, kind: str, text: str, href: str, now_s: float
) -> None:
    """Tell the person, unless something of that kind was told to them about the same place."""
    same = notices.c.person == person, notices.c.kind == kind, notices.c.href == href
    if conn.execute(sa.select(notices.c.id).where(*same).limit(1)).first() is None:
        _tell(conn, workspace=workspace, person=person, kind=kind, text=text, href=href, now_s=now_s)


def _tell(
    conn: sa.Connection,
    *,
    workspace: str,
    person: str,
    kind: str,
    text: str,
    href: str,
    now_s: float,
    source: str | None = None,
) -> None:
    conn.execute(sa.delete(notices).where(notices.c.person == person, notices.c.at < now_s - _KEPT_S))
    values = {"workspace": workspace, "person": person, "kind": kind, "text": text, "href": href, "at": now_s}
    conn.execute(sa.insert(notices).values(values | {"source": source}))


def after(conn: sa.Connection, scope: Scope, seen: int, *, limit: int) -> Sequence[Notice]:
    """What was told after the notice `seen`, the oldest first."""
    return _read(conn, scope, notices.c.id > seen, order=notices.c.id.asc(), limit=limit)


def newest(conn: sa.Connection, scope: Scope, *, kinds: Sequence[str] = (), limit: int) -> Sequence[Notice]:
    """What was told last, or of these kinds; the newest first."""
    wanted = (notices.c.kind.in_(kinds),) if kinds else ()
    return _read(conn, scope, *wanted, order=notices.c.id.desc(), limit=limit)


def unread(conn: sa.Connection, scope: Scope) -> int:
    """How many the person has not seen."""
    return conn.execute(
        sa.select(sa.func.count()).select_from(notices).where(*_own(scope), notices.c.read_at.is_(None))
    ).scalar_one()


def mark_read(conn: sa.Connection, scope: Scope, up_to: int, *, clock: Clock) -> None:
    """The person has seen the notices up to that one."""
    unseen = (*_own(scope), notices.c.id <= up_to, notices.c.read_at.is_(None))
    conn.execute(sa.update(notices).where(*unseen).values(read_at=clock.now_s()))


def _own(scope: Scope) -> "tuple[sa.ColumnElement[bool], ...]":
    may_see = sa.or_(notices.c.source.is_(None), notices.c.source.in_(visible(scope)))
    return notices.c.workspace == scope.workspace, notices.c.person == scope.person, may_see


def _read(
    conn: sa.Connection,
    scope: Scope,
    *where: "sa.ColumnElement[bool]",
    order: "sa.ColumnElement[int]",
    limit: int,
) -> list[Notice]:
    rows = conn.execute(sa.select(notices).where(*_own(scope), *where).order_by(order).limit(limit))
    return [Notice(row.id, row.kind, row.text, row.href, row.at, row.read_at is not None) for row in rows]
