"""
API keys. A key keeps its name, role and limit while its secret is changed; the old secret goes on for an overlap.

What a key may do is never more than what the person it belongs to may do now.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.accounts import audit
from bowerbird.accounts.audit import Actor
from bowerbird.accounts.identity import clean_name
from bowerbird.accounts.roles import Role
from bowerbird.accounts.secrets import digest, new_secret
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound, Refused
from bowerbird.kernel.ids import new_id
from bowerbird.records.tables import key_secrets, keys, members, persons

__all__ = [
    "PREFIX",
    "Key",
    "create_key",
    "find_key",
    "is_stale",
    "key_of",
    "list_keys",
    "note_used",
    "revoke_key",
    "rotate_key",
    "works",
]

PREFIX: Final = "bwb_"  # scanners that look for leaked secrets know them by it
LONGEST_OVERLAP_S: Final = 30 * 86_400.0
_NOTE_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Key:
    """A key as people see it: never its secret."""

    id: str
    workspace: str
    person: str
    owner: str
    name: str
    role: Role
    plan: str | None
    hints: tuple[str, ...]  # the last characters of the secrets that work, the newest first
    overlap_until: float | None  # until when the secret before the newest works too
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    used_at: float | None
    ends_at: float = math.inf  # the key, or the secret that somebody came with, by itself


def create_key(
    conn: sa.Connection,
    by: Actor,
    *,
    person: str,
    name: str,
    role: Role,
    clock: Clock,
    plan: str | None = None,
    lasts_s: float | None = None,
) -> tuple[str, str]:
    """
    The new key's id, and its secret: shown once, stored nowhere.

    Raises Refused for a key that may more than who makes it.
    """
    if role > by.role:
        raise Refused(f"a key of the role {role.word} may more than you, who have {by.role.word}", is_known=True)
    if lasts_s is not None and lasts_s <= 0:
        raise InputWrong(f"a key that lasts {lasts_s:g} s would never work; give a time to come", field="lasts")
    key, now_s = new_id(clock), clock.now_s()
    conn.execute(
        sa.insert(keys).values(
            id=key,
            workspace=by.workspace,
            person=person,
            name=clean_name(name),
            role=role.word,
            plan=plan,
            created_at=now_s,
            expires_at=None if lasts_s is None else now_s + lasts_s,
        )
    )
    audit.record(conn, by, "key.created", clean_name(name), clock=clock, key=key, role=role.word)
    return key, _add_secret(conn, key, now_s)


def rotate_key(conn: sa.Connection, by: Actor, key: str, *, overlap_s: float, clock: Clock) -> str:
    """A new secret for the key; the newest before it works for `overlap_s` more, older ones no longer."""
    if not 0 <= overlap_s <= LONGEST_OVERLAP_S:
        days = LONGEST_OVERLAP_S / 86_400
        raise InputWrong(f"an overlap of {overlap_s:g} s, expected 0 to {days:g} days", field="overlap")
    held, now_s = _own_key(conn, by, key, clock=clock), clock.now_s()
    if held.revoked_at is not None:
        raise InputWrong(f"the key {held.name!r} was revoked; create another")
    conn.execute(
        sa.update(key_secrets)
        .where(key_secrets.c.key == key, key_secrets.c.expires_at.is_not(None), key_secrets.c.expires_at > now_s)
        .values(expires_at=now_s)
    )
    conn.execute(
        sa.update(key_secrets)
        .where(key_secrets.c.key == key, key_secrets.c.expires_at.is_(None))
        .values(expires_at=now_s + overlap_s)
    )
    audit.record(conn, by, "key.rotated", held.name, clock=clock, key=key, overlap_s=int(overlap_s))
    return _add_secret(conn, key, now_s)


def revoke_key(conn: sa.Connection, by: Actor, key: str, *, clock: Clock) -> None:
    """End the key at once, with all its secrets. Raises NotFound."""
    held = _own_key(conn, by, key, clock=clock)
    conn.execute(sa.update(keys).where(keys.c.id == key, keys.c.revoked_at.is_(None)).values(revoked_at=clock.now_s()))
    audit.record(conn, by, "key.revoked", held.name, clock=clock, key=key)


def key_of(conn: sa.Connection, secret: str, *, clock: Clock) -> Key | None:
    """The key whose secret works now, with the role that its owner leaves it; None for anything else."""
    now_s = clock.now_s()
    row = conn.execute(
        sa.select(keys.c.id, keys.c.workspace, keys.c.expires_at, key_secrets.c.expires_at.label("secret_expires_at"))
        .join(key_secrets, key_secrets.c.key == keys.c.id)
        .where(
            key_secrets.c.token == digest(secret),
            sa.or_(key_secrets.c.expires_at.is_(None), key_secrets.c.expires_at > now_s),
            keys.c.revoked_at.is_(None),
            sa.or_(keys.c.expires_at.is_(None), keys.c.expires_at > now_s),
        )
    ).one_or_none()
    if row is None:
        return None
    owner = conn.execute(
        sa.select(members.c.role, members.c.shut_out_at)
        .join(keys, sa.and_(keys.c.person == members.c.person, keys.c.workspace == members.c.workspace))
        .where(keys.c.id == row.id)
    ).one_or_none()
    if owner is not None and owner.shut_out_at is not None:
        return None
    ends = [at for at in (row.expires_at, row.secret_expires_at) if at is not None]
    held = replace(find_key(conn, row.workspace, row.id, clock=clock), ends_at=min(ends, default=math.inf))
    return held if owner is None else _at_most(held, Role.of(owner.role))


def works(conn: sa.Connection, key: str, *, clock: Clock) -> bool:
    """True while the key has neither run out nor been revoked, and its owner, if they are a member, may come in."""
    owner_is_out = sa.exists().where(
        members.c.person == keys.c.person,
        members.c.workspace == keys.c.workspace,
        members.c.shut_out_at.is_not(None),
    )
    wanted = sa.select(keys.c.id).where(
        keys.c.id == key,
        ~owner_is_out,
        keys.c.revoked_at.is_(None),
        sa.or_(keys.c.expires_at.is_(None), keys.c.expires_at > clock.now_s()),
    )
    return conn.execute(wanted).scalar() is not None


def note_used(conn: sa.Connection, key: str, *, clock: Clock) -> None:
    """Remember that the key is in use."""
    conn.execute(sa.update(keys).where(keys.c.id == key).values(used_at=clock.now_s()))


def is_stale(key: Key, *, clock: Clock) -> bool:
    """True when it is time for `note_used`."""
    return key.used_at is None or clock.now_s() - key.used_at > _NOTE_EVERY_S


def find_key(conn: sa.Connection, workspace: str, key: str, *, clock: Clock) -> Key:
    """The key; raises NotFound."""
    found = _keys(conn, clock.now_s(), keys.c.workspace == workspace, keys.c.id == key)
    if not found:
        raise _no_key(key)
    return found[0]


def _own_key(conn: sa.Connection, by: Actor, key: str, *, clock: Clock) -> Key:
    """The key, if it is the actor's own or the actor is an admin; raises NotFound."""
    held = find_key(conn, by.workspace, key, clock=clock)
    if by.role is not Role.ADMIN and held.person != by.person:
        raise _no_key(key)
    return held


def _no_key(key: str) -> NotFound:
    return NotFound(f"no key {key[:40]!r} of yours; /settings/keys lists them")


def list_keys(conn: sa.Connection, workspace: str, *, clock: Clock, person: str | None = None) -> Sequence[Key]:
    """The workspace's keys, or a person's, the newest first."""
    own = () if person is None else (keys.c.person == person,)
    return _keys(conn, clock.now_s(), keys.c.workspace == workspace, *own)


def _keys(conn: sa.Connection, now_s: float, *where: "sa.ColumnElement[bool]") -> list[Key]:
    rows = conn.execute(
        sa.select(keys, persons.c.name.label("owner"))
        .join(persons, persons.c.id == keys.c.person)
        .where(*where)
        .order_by(keys.c.created_at.desc(), keys.c.id.desc())
    ).all()
    working: dict[str, list[Any]] = {}
    for secret in conn.execute(
        sa.select(key_secrets)
        .where(
            key_secrets.c.key.in_([row.id for row in rows]),
            sa.or_(key_secrets.c.expires_at.is_(None), key_secrets.c.expires_at > now_s),
        )
        .order_by(key_secrets.c.expires_at.is_(None).desc(), key_secrets.c.created_at.desc())
    ):
        working.setdefault(secret.key, []).append(secret)
    return [_key(row, working.get(row.id, [])) for row in rows]


def _key(row: "sa.Row[Any]", working: Sequence[Any]) -> Key:
    return Key(
        id=row.id,
        workspace=row.workspace,
        person=row.person,
        owner=row.owner,
        name=row.name,
        role=Role.of(row.role),
        plan=row.plan,
        hints=tuple(secret.hint for secret in working),
        overlap_until=next((secret.expires_at for secret in working if secret.expires_at is not None), None),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
    )


def _at_most(key: Key, role: Role) -> Key:
    return replace(key, role=min(key.role, role))


def _add_secret(conn: sa.Connection, key: str, now_s: float) -> str:
    secret = new_secret(PREFIX)
    conn.execute(sa.insert(key_secrets).values(token=digest(secret), key=key, hint=secret[-4:], created_at=now_s))
    return secret
