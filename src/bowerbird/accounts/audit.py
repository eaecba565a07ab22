"""Who did what to whose access: one row in the transaction of what it tells about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bowerbird.accounts.roles import Role
from bowerbird.kernel.clock import Clock
from bowerbird.records.marks import IDENTITY, mark_on_commit
from bowerbird.records.tables import audit, keys, persons

__all__ = ["Actor", "AuditRow", "list_audit", "record"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something in a workspace: a person, by a key or not; neither for the command line, which may all."""

    workspace: str
    role: Role = Role.ADMIN
    person: str | None = None
    key: str | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One thing that was done."""

    id: int
    at: float
    who: str
    by_key: str | None
    action: str
    subject: str
    detail: dict[str, Any]
    address: str


def record(
    conn: sa.Connection, by: Actor, action: str, subject: str, *, clock: Clock, **detail: str | int | bool | None
) -> None:
    """
    Write down what `by` did. No secret belongs in `detail`.

    Whatever is done to anybody's access is written down, so from here processes learn that what they know of it is old.
    """
    mark_on_commit(conn, IDENTITY)
    conn.execute(
        sa.insert(audit).values(
            workspace=by.workspace,
            at=clock.now_s(),
            person=by.person,
            key=by.key,
            action=action,
            subject=subject,
            detail=detail,
            address=by.address,
        )
    )


def list_audit(conn: sa.Connection, workspace: str, *, limit: int, before: int | None = None) -> Sequence[AuditRow]:
    """What was done in the workspace, the newest first; `before` goes on from a row's id."""
    wanted = (
        sa.select(audit, persons.c.name.label("who"), keys.c.name.label("by_key"))
        .outerjoin(persons, persons.c.id == audit.c.person)
        .outerjoin(keys, keys.c.id == audit.c.key)
        .where(audit.c.workspace == workspace)
        .order_by(audit.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        wanted = wanted.where(audit.c.id < before)
    return [
        AuditRow(
            id=row.id,
            at=row.at,
            who=row.who or "the command line",
            by_key=row.by_key,
            action=row.action,
            subject=row.subject,
            detail=row.detail,
            address=row.address,
        )
        for row in conn.execute(wanted)
    ]
