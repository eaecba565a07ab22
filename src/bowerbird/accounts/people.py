"""Accounts, and what they are in a workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.accounts import audit
from bowerbird.accounts.audit import Actor
from bowerbird.accounts.identity import clean_email, clean_name
from bowerbird.accounts.roles import Role
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.ids import new_id
from bowerbird.records.tables import accounts, members, persons, sessions, workspaces

__all__ = [
    "Account",
    "Member",
    "add_member",
    "any_account",
    "any_admin",
    "email_of",
    "find_account",
    "find_member",
    "find_person",
    "is_member",
    "list_members",
    "memberships",
    "person_of",
    "persons_of",
    "rename",
    "set_password",
    "set_plan",
    "set_role",
    "set_shut_out",
    "workspace_named",
]

# Persons of accounts have this before the account's id; an integrator's own never begin so.
ACCOUNT_PREFIX: Final = "account:"
MAX_EXTERNAL_ID: Final = 200


@dataclass(frozen=True, slots=True)
class Account:
    """Who can sign in."""

    id: str
    email: str
    name: str
    password: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """An account in a workspace."""

    account: str
    workspace: str
    workspace_name: str
    person: str
    email: str
    name: str
    role: Role
    plan: str | None
    has_password: bool
    is_shut_out: bool
    created_at: float
    seen_at: float | None


_ANY_ACCOUNT = sa.select(sa.exists(sa.select(accounts.c.id)))  # asked with every request


def any_account(conn: sa.Connection) -> bool:
    """True once there are accounts: from then on nobody comes in without one."""
    return bool(conn.execute(_ANY_ACCOUNT).scalar())


def any_admin(conn: sa.Connection) -> bool:
    """True if somebody can sign in, or be given a link, who may decide who may do what."""
    return bool(
        conn.execute(
            sa.select(
                sa.exists(
                    sa.select(members.c.account)
                    .join(accounts, accounts.c.id == members.c.account)
                    .where(members.c.role == Role.ADMIN.word, members.c.shut_out_at.is_(None))
                )
            )
        ).scalar()
    )


def find_account(conn: sa.Connection, email: str) -> Account | None:
    """The account with that address, if there is one."""
    row = conn.execute(sa.select(accounts).where(accounts.c.email == clean_email(email))).one_or_none()
    return None if row is None else Account(row.id, row.email, row.name, row.password)


def email_of(conn: sa.Connection, account: str) -> str:
    """The address that the account signs in with."""
    return str(conn.execute(sa.select(accounts.c.email).where(accounts.c.id == account)).scalar_one())


def add_member(conn: sa.Connection, by: Actor, *, email: str, name: str, role: Role, clock: Clock) -> Member:
    """
    The account with that address as a member of the actor's workspace; the account is made if there is none.

    Raises InputWrong when it is a member already.
    """
    email, now_s, workspace = clean_email(email), clock.now_s(), by.workspace
    account = find_account(conn, email)
    if account is None:
        identifier, shown = new_id(clock), clean_name(name or email.partition("@")[0])
        conn.execute(sa.insert(accounts).values(id=identifier, email=email, name=shown, created_at=now_s))
    else:
        identifier, shown = account.id, account.name
        if is_member(conn, workspace, identifier):
            raise InputWrong(f"{email} is a member already; change the role instead", field="email")
    person = new_id(clock)
    conn.execute(
        sa.insert(persons).values(
            id=person, workspace=workspace, external_id=ACCOUNT_PREFIX + identifier, name=shown, created_at=now_s
        )
    )
    conn.execute(
        sa.insert(members).values(
            workspace=workspace, account=identifier, person=person, role=role.word, created_at=now_s
        )
    )
    audit.record(conn, by, "member.added", email, clock=clock, role=role.word)
    return find_member(conn, workspace, identifier)


def is_member(conn: sa.Connection, workspace: str, account: str) -> bool:
    """True if the account belongs to the workspace, shut out or not."""
    wanted = sa.select(members.c.role).where(members.c.workspace == workspace, members.c.account == account)
    return conn.execute(wanted).scalar() is not None


def list_members(conn: sa.Connection, workspace: str) -> Sequence[Member]:
    """The members of a workspace, by name."""
    rows = conn.execute(_members().where(members.c.workspace == workspace).order_by(accounts.c.name, accounts.c.id))
    return [_member(row) for row in rows]


def memberships(conn: sa.Connection, account: str) -> Sequence[Member]:
    """What the account is in each workspace that it may enter, the oldest first."""
    rows = conn.execute(
        _members()
        .where(members.c.account == account, members.c.shut_out_at.is_(None))
        .order_by(members.c.created_at, members.c.workspace)
    )
    return [_member(row) for row in rows]


def find_member(conn: sa.Connection, workspace: str, account: str) -> Member:
    """The member; raises NotFound."""
    row = conn.execute(_members().where(members.c.workspace == workspace, members.c.account == account)).one_or_none()
    if row is None:
        raise NotFound(f"no member {account!r} in this workspace; /settings/people lists them")
    return _member(row)


def set_role(conn: sa.Connection, by: Actor, account: str, role: Role, *, clock: Clock) -> None:
    """Give a member another role. Raises InputWrong for the last admin, who would lock everybody out."""
    member = find_member(conn, by.workspace, account)
    if member.role is Role.ADMIN and role is not Role.ADMIN:
        _refuse_last_admin(conn, member)
    conn.execute(
        sa.update(members)
        .where(members.c.workspace == by.workspace, members.c.account == account)
        .values(role=role.word)
    )
    audit.record(conn, by, "member.role", member.email, clock=clock, was=member.role.word, role=role.word)


def set_plan(conn: sa.Connection, by: Actor, account: str, plan: str | None, *, clock: Clock) -> None:
    """Give a member the limit that the settings call `plan`; None: the usual one. Raises NotFound."""
    member = find_member(conn, by.workspace, account)
    conn.execute(
        sa.update(members).where(members.c.workspace == by.workspace, members.c.account == account).values(plan=plan)
    )
    audit.record(conn, by, "member.plan", member.email, clock=clock, plan=plan)


def set_shut_out(conn: sa.Connection, by: Actor, account: str, *, shut_out: bool, clock: Clock) -> None:
    """Shut a member out of the workspace at once, or let them in again. Raises InputWrong for the last admin."""
    member = find_member(conn, by.workspace, account)
    if shut_out and member.role is Role.ADMIN:
        _refuse_last_admin(conn, member)
    conn.execute(
        sa.update(members)
        .where(members.c.workspace == by.workspace, members.c.account == account)
        .values(shut_out_at=clock.now_s() if shut_out else None)
    )
    audit.record(conn, by, "member.shut-out" if shut_out else "member.let-in", member.email, clock=clock)


def set_password(conn: sa.Connection, by: Actor, account: str, hashed: str, *, clock: Clock) -> None:
    """Store a password's hash. The caller ends the sessions that shall not outlive it."""
    conn.execute(sa.update(accounts).where(accounts.c.id == account).values(password=hashed))
    audit.record(conn, by, "password.changed", email_of(conn, account), clock=clock)


def rename(conn: sa.Connection, account: str, name: str) -> None:
    """Call the account and its persons by another name."""
    shown = clean_name(name)
    conn.execute(sa.update(accounts).where(accounts.c.id == account).values(name=shown))
    conn.execute(sa.update(persons).where(persons.c.external_id == ACCOUNT_PREFIX + account).values(name=shown))


def person_of(conn: sa.Connection, workspace: str, external_id: str, *, clock: Clock) -> str:
    """The person an integrator calls `external_id`, made when they are first named. Raises InputWrong."""
    if not _may_be_named(external_id):
        raise InputWrong(
            f"user has {len(external_id)} characters or unprintable ones, expected 1 to {MAX_EXTERNAL_ID} printable",
            field="user",
        )
    found = persons_of(conn, workspace, [external_id], clock=clock).get(external_id)
    if found is None:
        raise NotFound(f"no person {external_id!r} in this workspace")
    return found


def find_person(conn: sa.Connection, workspace: str, external_id: str) -> str | None:
    """The person an integrator calls so; None while they were never named."""
    wanted = sa.select(persons.c.id).where(persons.c.workspace == workspace, persons.c.external_id == external_id)
    return conn.execute(wanted).scalar_one_or_none()


def persons_of(conn: sa.Connection, workspace: str, external_ids: Sequence[str], *, clock: Clock) -> dict[str, str]:
    """
    The persons an integrator calls so, some hundred at most, by those names; who is first named is made.

    Left out are names that nobody can have: too long, unprintable, or an account's that is not there.
    """
    wanted = [name for name in dict.fromkeys(external_ids) if _may_be_named(name)]
    rows = conn.execute(_NAMED, {"of": workspace, "names": wanted}).all()
    found: dict[str, str] = {one.external_id: one.id for one in rows}
    made = {name: new_id(clock) for name in wanted if name not in found and not name.startswith(ACCOUNT_PREFIX)}
    if made:
        now_s = clock.now_s()
        conn.execute(
            sa.insert(persons),
            [
                {"id": row, "workspace": workspace, "external_id": name, "name": name, "created_at": now_s}
                for name, row in made.items()
            ],
        )
    return found | made


# Built once: every event that is told asks, and to build a statement takes longer than to run it.
_NAMED: Final = sa.select(persons.c.external_id, persons.c.id).where(
    persons.c.workspace == sa.bindparam("of"), persons.c.external_id.in_(sa.bindparam("names", expanding=True))
)


def _may_be_named(external_id: str) -> bool:
    return 0 < len(external_id) <= MAX_EXTERNAL_ID and external_id.isprintable()


def workspace_named(conn: sa.Connection, name: str, *, clock: Clock) -> str:
    """The workspace of that name, made if there is none."""
    shown = clean_name(name, field="workspace", what="the workspace's name")
    found: str | None = conn.execute(
        sa.select(workspaces.c.id).where(workspaces.c.name == shown).order_by(workspaces.c.created_at).limit(1)
    ).scalar()
    if found is not None:
        return found
    made = new_id(clock)
    conn.execute(sa.insert(workspaces).values(id=made, name=shown, created_at=clock.now_s()))
    return made


def _refuse_last_admin(conn: sa.Connection, member: Member) -> None:
    others = conn.execute(
        sa.select(sa.func.count())
        .select_from(members.join(accounts, accounts.c.id == members.c.account))
        .where(
            members.c.workspace == member.workspace,
            members.c.account != member.account,
            members.c.role == Role.ADMIN.word,
            members.c.shut_out_at.is_(None),
        )
    ).scalar_one()
    if not others:
        raise InputWrong(f"{member.email} is the last admin of this workspace; make somebody else one first")


def _members() -> sa.Select[Any]:
    seen = (
        sa.select(sessions.c.account, sa.func.max(sessions.c.seen_at).label("seen_at"))
        .group_by(sessions.c.account)
        .subquery()
    )
    return (
        sa.select(
            members,
            accounts.c.email,
            accounts.c.name,
            accounts.c.password.is_not(None).label("has_password"),
            workspaces.c.name.label("workspace_name"),
            seen.c.seen_at,
        )
        .join(accounts, accounts.c.id == members.c.account)
        .join(workspaces, workspaces.c.id == members.c.workspace)
        .outerjoin(seen, seen.c.account == members.c.account)
    )


def _member(row: "sa.Row[Any]") -> Member:
    return Member(
        account=row.account,
        workspace=row.workspace,
        workspace_name=row.workspace_name,
        person=row.person,
        email=row.email,
        name=row.name,
        role=Role.of(row.role),
        plan=row.plan,
        has_password=bool(row.has_password),
        is_shut_out=row.shut_out_at is not None,
        created_at=row.created_at,
        seen_at=row.seen_at,
    )
