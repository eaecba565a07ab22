"""Sessions: a random token in a cookie, its digest in the records. Ended is ended at once, everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.accounts import audit
from bowerbird.accounts.audit import Actor
from bowerbird.accounts.people import Member, email_of, memberships
from bowerbird.accounts.secrets import digest, new_secret
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import NotFound
from bowerbird.records.marks import IDENTITY, mark_on_commit
from bowerbird.records.tables import devices, members, sessions

__all__ = [
    "Session",
    "begin_session",
    "end_all_sessions",
    "end_session",
    "find_session",
    "is_open",
    "is_stale",
    "list_sessions",
    "note_seen",
    "switch_workspace",
]

IDLE_S: Final = 14 * 86_400.0
LONGEST_S: Final = 90 * 86_400.0
_NOTE_EVERY_S: Final = 300.0  # a write a request would be a write too many


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in somewhere."""

    token: str  # the digest: it names the session, and cannot be used as it
    account: str
    workspace: str
    user_agent: str
    address: str
    created_at: float
    seen_at: float

    @property
    def ends_at(self) -> float:
        """When it ends however often it is used."""
        return self.created_at + LONGEST_S


def begin_session(
    conn: sa.Connection, account: str, *, user_agent: str, address: str, clock: Clock, workspace: str | None = None
) -> str:
    """A new session's secret, for the cookie. Raises NotFound for an account without a workspace."""
    theirs = memberships(conn, account)
    if not theirs:
        raise NotFound("this account belongs to no workspace any more; ask an admin for an invitation")
    at = workspace if any(member.workspace == workspace for member in theirs) else theirs[0].workspace
    secret, now_s = new_secret(), clock.now_s()
    conn.execute(
        sa.insert(sessions).values(
            token=digest(secret),
            account=account,
            workspace=at,
            user_agent=user_agent[:300],
            address=address,
            created_at=now_s,
            seen_at=now_s,
        )
    )
    return secret


def find_session(conn: sa.Connection, secret: str, *, clock: Clock) -> tuple[Session, tuple[Member, ...]] | None:
    """The session of that secret and what its account is, in each workspace; None once it has ended in any way."""
    row = conn.execute(
        sa.select(sessions).where(sessions.c.token == digest(secret), *_alive(clock.now_s()))
    ).one_or_none()
    if row is None:
        return None
    session = _session(row)
    theirs = tuple(memberships(conn, session.account))
    return (session, theirs) if any(member.workspace == session.workspace for member in theirs) else None


def is_open(conn: sa.Connection, token: str, *, clock: Clock) -> bool:
    """True while the session with that digest has not ended, and its account may enter the workspace."""
    wanted = (
        sa.select(sessions.c.token)
        .join(members, sa.and_(members.c.account == sessions.c.account, members.c.workspace == sessions.c.workspace))
        .where(sessions.c.token == token, members.c.shut_out_at.is_(None), *_alive(clock.now_s()))
    )
    return conn.execute(wanted).scalar() is not None


def note_seen(conn: sa.Connection, token: str, *, clock: Clock) -> None:
    """Keep the session with that digest alive."""
    conn.execute(sa.update(sessions).where(sessions.c.token == token).values(seen_at=clock.now_s()))


def is_stale(session: Session, *, clock: Clock) -> bool:
    """True when it is time for `note_seen`."""
    return clock.now_s() - session.seen_at > _NOTE_EVERY_S


def switch_workspace(conn: sa.Connection, session: str, account: str, workspace: str) -> None:
    """Go on in another workspace of the account's. Raises NotFound."""
    if not any(member.workspace == workspace for member in memberships(conn, account)):
        raise NotFound(f"no workspace {workspace!r} that you belong to")
    mark_on_commit(conn, IDENTITY)
    conn.execute(sa.update(sessions).where(sessions.c.token == session).values(workspace=workspace))


def list_sessions(conn: sa.Connection, account: str, *, clock: Clock) -> Sequence[Session]:
    """Where the account is signed in, the last seen first."""
    rows = conn.execute(
        sa.select(sessions)
        .where(sessions.c.account == account, *_alive(clock.now_s()))
        .order_by(sessions.c.seen_at.desc(), sessions.c.token)
    )
    return [_session(row) for row in rows]


def end_session(conn: sa.Connection, token: str, account: str) -> None:
    """End one session of the account's, named by its digest."""
    mark_on_commit(conn, IDENTITY)
    conn.execute(sa.delete(sessions).where(sessions.c.token == token, sessions.c.account == account))


def end_all_sessions(conn: sa.Connection, by: Actor, account: str, *, clock: Clock, but: str | None = None) -> int:
    """End all of the account's sessions (but one), and forget its known devices; how many ended."""
    ended = conn.execute(
        sa.delete(sessions).where(sessions.c.account == account, sessions.c.token != (but or ""))
    ).rowcount
    conn.execute(sa.delete(devices).where(devices.c.account == account))
    audit.record(conn, by, "sessions.ended", email_of(conn, account), clock=clock, how_many=ended)
    return ended


def forget_ended_sessions(conn: sa.Connection, *, clock: Clock) -> None:
    """Delete what has run out."""
    conn.execute(sa.delete(sessions).where(~sa.and_(*_alive(clock.now_s()))))


def _alive(now_s: float) -> "tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]":
    return sessions.c.seen_at > now_s - IDLE_S, sessions.c.created_at > now_s - LONGEST_S


def _session(row: "sa.Row[Any]") -> Session:
    return Session(
        token=row.token,
        account=row.account,
        workspace=row.workspace,
        user_agent=row.user_agent,
        address=row.address,
        created_at=row.created_at,
        seen_at=row.seen_at,
    )
