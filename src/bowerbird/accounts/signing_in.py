"""
Signing in with a password, when thousands of wrong ones come.

Each failure makes the next try wait longer, up to a quarter of an hour; an attempt in between is refused before its
password is looked at. It counts as a failure before it is checked, so that a thousand at once are no way around.
A browser that has signed in before holds a device cookie and waits for its own failures only: a stranger who locks an
account does not lock out its owner (OWASP's "device cookies"). The other way in is a link from an admin.
"""

import math
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from bowerbird.accounts import audit
from bowerbird.accounts.identity import clean_email
from bowerbird.accounts.people import Account, find_account, memberships
from bowerbird.accounts.secrets import digest, new_secret, password_fits
from bowerbird.accounts.sessions import begin_session, forget_ended_sessions
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, LimitReached
from bowerbird.records import Records
from bowerbird.records.tables import devices, failures, sessions

__all__ = ["SignedIn", "Visitor", "sign_in", "wait_s"]

FREE_TRIES: Final = 5  # before the waiting begins
LONGEST_WAIT_S: Final = 900.0
FORGOTTEN_AFTER_S: Final = 86_400.0
# From one address many accounts may be tried; a whole office may also sit behind it.
FREE_TRIES_AN_ADDRESS: Final = 50


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who wants to sign in, as far as their request tells."""

    address: str
    user_agent: str
    device: str | None = None  # the secret in their device cookie
    session: str | None = None  # of the session they come with, which ends: nobody goes on in a session planted on them


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The secrets for the cookies of who has signed in."""

    account: Account
    session: str
    device: str


def wait_s(count: int, *, free: int = FREE_TRIES) -> float:
    """How long to wait after the last of `count` failures, in seconds: 1, 2, 4, … after the free ones."""
    return min(2.0 ** min(count - free, 60), LONGEST_WAIT_S) if count >= free else 0.0


def sign_in(records: Records, email: str, password: str, visitor: Visitor, *, clock: Clock) -> SignedIn:
    """
    A new session for the account whose password it is; blocks for tens of milliseconds.

    Raises InputWrong without telling whether the address or the password is wrong, LimitReached with the time to wait.
    """
    email = clean_email(email)
    account, counter = records.write(lambda conn: _begin(conn, email, visitor, clock))
    fits = password_fits(account.password if account else None, password)
    if account is None or not fits:
        raise InputWrong(
            "this address and password do not belong together; check both, or ask an admin for a sign-in link",
            field="password",
        )
    return records.write(lambda conn: succeed(conn, account, visitor, clock=clock, counter=counter))


def succeed(
    conn: sa.Connection, account: Account, visitor: Visitor, *, clock: Clock, counter: str | None = None
) -> SignedIn:
    """The session and the known device of who has proven to be the account."""
    if counter is not None:
        conn.execute(sa.delete(failures).where(failures.c.key == counter))
        address = failures.c.key == _address_counter(visitor)
        conn.execute(sa.update(failures).where(address, failures.c.tries > 0).values(tries=failures.c.tries - 1))
    conn.execute(sa.delete(failures).where(failures.c.last_at < clock.now_s() - FORGOTTEN_AFTER_S))
    forget_ended_sessions(conn, clock=clock)
    if visitor.session:
        conn.execute(sa.delete(sessions).where(sessions.c.token == digest(visitor.session)))
    for member in memberships(conn, account.id):
        by = audit.Actor(member.workspace, member.role, member.person, address=visitor.address)
        audit.record(conn, by, "session.begun", account.email, clock=clock, user_agent=visitor.user_agent[:200])
    session = begin_session(conn, account.id, user_agent=visitor.user_agent, address=visitor.address, clock=clock)
    device = visitor.device if visitor.device and _knows(conn, account.id, visitor.device) else new_secret()
    if device != visitor.device:
        conn.execute(sa.insert(devices).values(token=digest(device), account=account.id, created_at=clock.now_s()))
    return SignedIn(account, session, device)


def _begin(conn: sa.Connection, email: str, visitor: Visitor, clock: Clock) -> tuple[Account | None, str]:
    """Count the attempt as failed until it has succeeded; the account and its counter."""
    account = find_account(conn, email)
    if account and visitor.device and _knows(conn, account.id, visitor.device):
        counter = f"device:{digest(visitor.device)}"
        counters = [(counter, FREE_TRIES)]
    else:
        counter = f"account:{digest(email)}"
        counters = [(counter, FREE_TRIES), (_address_counter(visitor), FREE_TRIES_AN_ADDRESS)]
    for key, free in counters:
        _refuse_early(conn, key, free, clock.now_s())
    for key, _ in counters:
        _count(conn, key, clock.now_s())
    return account, counter


def _address_counter(visitor: Visitor) -> str:
    return f"address:{visitor.address}"[:80]


def _knows(conn: sa.Connection, account: str, device: str) -> bool:
    wanted = sa.select(devices.c.token).where(devices.c.token == digest(device), devices.c.account == account)
    return conn.execute(wanted).scalar() is not None


def _refuse_early(conn: sa.Connection, key: str, free: int, now_s: float) -> None:
    # Locked, so that a thousand at once are counted one after the other.
    row = conn.execute(sa.select(failures).where(failures.c.key == key).with_for_update()).one_or_none()
    if row is None or now_s - row.last_at > FORGOTTEN_AFTER_S:
        return
    left_s = row.last_at + wait_s(row.tries, free=free) - now_s
    if left_s > 0:
        raise LimitReached(
            f"{row.tries} tries to sign in have failed; the next is possible in {math.ceil(left_s)} s."
            " If you cannot wait, ask an admin for a sign-in link",
            retry_after_s=left_s,
        )


def _count(conn: sa.Connection, key: str, now_s: float) -> None:
    seen = conn.execute(sa.select(failures).where(failures.c.key == key)).one_or_none()
    if seen is None:
        conn.execute(sa.insert(failures).values(key=key, tries=1, last_at=now_s))
        return
    tries = 1 if now_s - seen.last_at > FORGOTTEN_AFTER_S else seen.tries + 1
    conn.execute(sa.update(failures).where(failures.c.key == key).values(tries=tries, last_at=now_s))
