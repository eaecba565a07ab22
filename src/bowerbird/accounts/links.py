"""Links that work once: an invitation into a workspace, and a way in for who cannot use their password."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import sqlalchemy as sa

from bowerbird.accounts import audit
from bowerbird.accounts.audit import Actor
from bowerbird.accounts.identity import clean_email
from bowerbird.accounts.people import Account, add_member, find_account, find_member, is_member, memberships
from bowerbird.accounts.roles import Role
from bowerbird.accounts.secrets import digest, new_secret
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.records.tables import links, workspaces

__all__ = ["Invitation", "LinkKind", "accept", "find_link", "invite", "list_invitations", "sign_in_link", "withdraw"]

LinkKind = Literal["invitation", "sign-in"]
LASTS_S: Final = {"invitation": 7 * 86_400.0, "sign-in": 3_600.0}


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that waits to be used."""

    token: str  # the digest
    kind: LinkKind
    workspace: str
    workspace_name: str
    email: str
    role: Role | None
    created_at: float
    expires_at: float
    is_known: bool  # the address has an account with a password


def invite(conn: sa.Connection, by: Actor, *, email: str, role: Role, clock: Clock) -> str:
    """The secret of an invitation; one sent before to the same address no longer works. Raises InputWrong."""
    email = clean_email(email)
    account = find_account(conn, email)
    if account and is_member(conn, by.workspace, account.id):
        raise InputWrong(f"{email} is a member already; change the role instead", field="email")
    audit.record(conn, by, "member.invited", email, clock=clock, role=role.word)
    return _make(conn, "invitation", by.workspace, email, role=role, clock=clock)


def sign_in_link(conn: sa.Connection, by: Actor, account: str, *, clock: Clock) -> str:
    """
    The secret of a link by which the member signs in once, within the hour, and chooses another password.

    Raises InputWrong for who is shut out, and for who belongs to other workspaces too: this admin is not theirs.
    """
    member = find_member(conn, by.workspace, account)
    if member.is_shut_out:
        raise InputWrong(f"{member.email} is shut out; let them in again first")
    if by.person is not None and len(memberships(conn, account)) > 1:
        raise InputWrong(
            f"{member.email} belongs to other workspaces too; `bowerbird users link` on the server makes the link"
        )
    audit.record(conn, by, "link.made", member.email, clock=clock)
    return _make(conn, "sign-in", by.workspace, member.email, role=None, clock=clock)


def find_link(conn: sa.Connection, secret: str, *, clock: Clock) -> Invitation:
    """The link as long as it can be used; raises NotFound, the same for used, outdated and never made."""
    found = _open(conn, clock.now_s(), links.c.token == digest(secret))
    if not found:
        raise NotFound("this link was used already, has run out, or was never made; ask for another")
    return found[0]


def accept(conn: sa.Connection, secret: str, *, name: str, address: str, clock: Clock) -> Account:
    """
    Use the link up, and make whom it invites a member. Raises NotFound; InputWrong for an account without a password.

    The link proves nothing about an account that has a password already (`is_known`): its caller asks for that first.
    """
    link = find_link(conn, secret, clock=clock)
    conn.execute(sa.update(links).where(links.c.token == link.token).values(used_at=clock.now_s()))
    by = Actor(link.workspace, address=address)
    audit.record(conn, by, "link.used", link.email, clock=clock, kind=link.kind)
    account = find_account(conn, link.email)
    if link.kind == "invitation":
        assert link.role is not None
        if account is not None and account.password is None:  # else the link would choose it, for all its workspaces
            raise InputWrong(
                f"{link.email} has an account without a password yet; use the link that was sent for it first",
                field="password",
            )
        if account is None or not is_member(conn, link.workspace, account.id):
            add_member(conn, by, email=link.email, name=name, role=link.role, clock=clock)
        account = find_account(conn, link.email)
    if account is None or not memberships(conn, account.id):
        raise NotFound("this link's account is shut out; ask an admin")
    return account


def list_invitations(conn: sa.Connection, workspace: str, *, clock: Clock) -> Sequence[Invitation]:
    """The invitations that wait, the newest first."""
    return _open(conn, clock.now_s(), links.c.workspace == workspace, links.c.kind == "invitation")


def withdraw(conn: sa.Connection, by: Actor, token: str, *, clock: Clock) -> None:
    """Make a link unusable, named by its digest."""
    gone = conn.execute(sa.delete(links).where(links.c.workspace == by.workspace, links.c.token == token)).rowcount
    if gone:
        audit.record(conn, by, "invitation.withdrawn", token[:8], clock=clock)


def _make(conn: sa.Connection, kind: LinkKind, workspace: str, email: str, *, role: Role | None, clock: Clock) -> str:
    conn.execute(
        sa.delete(links).where(
            links.c.workspace == workspace, links.c.email == email, links.c.kind == kind, links.c.used_at.is_(None)
        )
    )
    secret, now_s = new_secret(), clock.now_s()
    conn.execute(
        sa.insert(links).values(
            token=digest(secret),
            kind=kind,
            workspace=workspace,
            email=email,
            role=role.word if role else "",
            created_at=now_s,
            expires_at=now_s + LASTS_S[kind],
        )
    )
    return secret


def _open(conn: sa.Connection, now_s: float, *where: "sa.ColumnElement[bool]") -> list[Invitation]:
    rows = conn.execute(
        sa.select(links, workspaces.c.name.label("workspace_name"))
        .join(workspaces, workspaces.c.id == links.c.workspace)
        .where(links.c.used_at.is_(None), links.c.expires_at > now_s, *where)
        .order_by(links.c.created_at.desc(), links.c.token)
    ).all()
    found: list[Invitation] = []
    for row in rows:
        account = find_account(conn, row.email)
        found.append(
            Invitation(
                token=row.token,
                kind="invitation" if row.kind == "invitation" else "sign-in",
                workspace=row.workspace,
                workspace_name=row.workspace_name,
                email=row.email,
                role=Role.of(row.role) if row.role else None,
                created_at=row.created_at,
                expires_at=row.expires_at,
                is_known=account is not None and account.password is not None,
            )
        )
    return found
