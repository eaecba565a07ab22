"""
Who asks: the session in a cookie, the key in a header, or, while there are no accounts, the local operator.

Nothing is remembered between requests: what was ended or revoked is so for the next request, in every process. The two
paths before the application (`hot.py`) remember a key for a minute, unless anybody's access changes. And while the
records do not answer, a server that was open is: nobody can have been given an account meanwhile; and who was let in a
moment ago is, to their feed and nothing else (`recent.py`).
"""

import math
from dataclasses import dataclass, replace
from typing import Final, cast

import sqlalchemy as sa
from starlette.requests import HTTPConnection

from bowerbird.accounts import Role, audit, keys, people, sessions
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Refused, StoreUnavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.ops.logs import logger
from bowerbird.records import IDENTITY
from bowerbird.settings import Settings
from bowerbird.web.paths import OPENAI_PATHS
from bowerbird.web.recent import FEED_PATHS, Recent
from bowerbird.wiring import App

__all__ = [
    "ACTING",
    "DEVICE_COOKIE",
    "SESSION_COOKIE",
    "Limit",
    "Viewer",
    "address_of",
    "cookie_name",
    "ensure_still_in",
    "local_viewer",
    "viewer_of",
    "who",
]

_log = logger("api")

SESSION_COOKIE: Final = "bowerbird_session"
DEVICE_COOKIE: Final = "bowerbird_device"
_OPEN_AT: Final = "open_at"  # of the application: the stamp of who may do what when there were no accounts
ACTING: Final = Role.OPERATOR  # what a key needs to act for other persons


@dataclass(frozen=True, slots=True)
class Limit:
    """A counter and how many requests an hour it allows."""

    counter: str
    an_hour: int


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, and what they may do and see."""

    scope: Scope
    role: Role
    name: str
    limits: tuple[Limit, ...]
    account: str | None = None
    email: str | None = None
    session: str | None = None  # its digest
    key: str | None = None
    address: str = ""
    ends_at: float = math.inf  # what they came with, by itself: seconds since 1970
    workspaces: tuple[tuple[str, str], ...] = ()  # id and name of those they belong to, this one first

    @property
    def is_local(self) -> bool:
        """True for the local operator of a server without accounts."""
        return self.account is None and self.key is None

    @property
    def actor(self) -> audit.Actor:
        """Who they are in the audit log."""
        return audit.Actor(self.scope.workspace, self.role, self.scope.person, self.key, self.address)

    def may(self, role: Role) -> bool:
        """True if they may do what that role may."""
        return self.role >= role


def viewer_of(connection: HTTPConnection) -> Viewer | None:
    """Who the door has let in; None for who has not signed in."""
    return cast("Viewer | None", getattr(connection.state, "viewer", None))


async def who(app: App, connection: HTTPConnection, recent: "Recent[Viewer] | None" = None) -> Viewer | None:
    """
    Who makes the request; None for somebody unknown. Raises Refused for a key that does not work.

    `recent` are those who were let in, of whom this one is to be; without, none is remembered.
    """
    secret = _bearer(connection)
    cookie = connection.cookies.get(cookie_name(SESSION_COOKIE, app.settings))
    user = connection.query_params.get("user") if connection.url.path.startswith("/v1/") else None
    address = address_of(connection, app.settings)
    is_placeholder = _is_placeholder(connection, secret)

    def look(conn: sa.Connection) -> tuple[Viewer | None, bool]:
        """Who it is, and whether something about them has to be written."""
        viewer, is_stale = find(conn)
        if viewer is None or user is None or is_stale:
            return viewer, is_stale
        person = people.find_person(conn, viewer.scope.workspace, user)
        return (viewer, True) if person is None else (_acting(app, viewer, user, person), False)

    def find(conn: sa.Connection) -> tuple[Viewer | None, bool]:
        if secret is not None and not (is_placeholder and not people.any_account(conn)):
            return _by_key(conn, app, secret)
        if cookie is not None and (known := sessions.find_session(conn, cookie, clock=app.clock)):
            return _by_session(app, *known), sessions.is_stale(known[0], clock=app.clock)
        return (None if people.any_account(conn) else local_viewer(app)), False

    identity = app.records.stamps.look(IDENTITY)
    try:
        viewer, is_to_be_noted = await app.records.aread(look)
    except StoreUnavailable:
        came_with = secret or cookie
        if came_with is None:
            known = _while_open(app, connection, user, identity)
        else:
            known = _remembered(app, connection, recent, (came_with, user), identity)
        if known is None:
            raise
        return replace(known, address=address)
    if viewer is None:
        return None
    if viewer.is_local and user is None:
        setattr(connection.app.state, _OPEN_AT, identity)
    viewer = replace(viewer, address=address)
    if is_to_be_noted:
        viewer = await _seen(app, viewer, user)
    if recent is not None and (came_with := secret or cookie) and not viewer.is_local:
        recent.remember(came_with, user, viewer, identity=identity, now_s=app.clock.monotonic_s())
    return viewer


def _while_open(app: App, connection: HTTPConnection, user: str | None, identity: int) -> Viewer | None:
    """The local operator, of a server that was open when it could last be read."""
    is_open = user is None and getattr(connection.app.state, _OPEN_AT, None) == identity
    return local_viewer(app) if is_open else None


def _remembered(
    app: App, connection: HTTPConnection, recent: "Recent[Viewer] | None", came: tuple[str, str | None], identity: int
) -> Viewer | None:
    """Who was let in a moment ago with the same secret and for the same person, if it is their feed that they want."""
    wants_feed = connection.scope["method"] == "GET" and connection.url.path in FEED_PATHS
    if recent is None or not wants_feed:
        return None
    found = recent.find(*came, identity=identity, now_s=app.clock.monotonic_s())
    return found if found is not None and app.clock.now_s() < found.ends_at else None


async def _seen(app: App, viewer: Viewer, user: str | None) -> Viewer:
    """The viewer, noted as seen; acting for `user`, who is made if need be."""
    try:
        return await app.records.awrite(lambda conn: _noted(conn, app, viewer, user=user))
    except StoreUnavailable as error:
        if user is not None:
            raise
        # When somebody was last seen is worth less than what they came to read, on a full disk for instance.
        _log.warning("viewer.not_noted", error=str(error))
        return viewer


def address_of(connection: HTTPConnection, settings: Settings) -> str:
    """
    The address they come from. A proxy on this machine, in front of a public name, says it for them.

    Only the last entry of X-Forwarded-For is the proxy's own word; the others are the client's.
    """
    peer = connection.client.host if connection.client else ""
    forwarded = connection.headers.get("x-forwarded-for", "")
    if settings.public_url and peer in ("127.0.0.1", "::1") and forwarded:
        return forwarded.rpartition(",")[2].strip()[:45]
    return peer


def cookie_name(name: str, settings: Settings) -> str:
    """The cookie's name; over https with the prefix that keeps other hosts and plain http from setting it."""
    return f"__Host-{name}" if settings.public.scheme == "https" else name


def ensure_still_in(conn: sa.Connection, viewer: Viewer, *, clock: Clock) -> None:
    """For streams that outlive their request: raises Refused once the session or the key has ended."""
    if viewer.session is not None:
        still = sessions.is_open(conn, viewer.session, clock=clock)
    elif viewer.key is not None:
        still = keys.works(conn, viewer.key, clock=clock)
    else:
        still = not people.any_account(conn)
    if not still:
        raise Refused("you were signed out; sign in again", is_known=False)


def _bearer(connection: HTTPConnection) -> str | None:
    scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def _is_placeholder(connection: HTTPConnection, secret: str | None) -> bool:
    """OpenAI's clients cannot come without a key; where they ask, what is none of ours says nothing of who comes."""
    return secret is not None and connection.url.path.startswith(OPENAI_PATHS) and not secret.startswith(keys.PREFIX)


def _by_key(conn: sa.Connection, app: App, secret: str) -> tuple[Viewer, bool]:
    key = keys.key_of(conn, secret, clock=app.clock)
    if key is None:
        raise Refused(
            "the API key in the Authorization header is unknown, has run out, or was revoked;"
            " make another under Settings → Keys",
            is_known=False,
        )
    return Viewer(
        scope=Scope(workspace=key.workspace, person=key.person),
        role=key.role,
        name=key.name,
        limits=(Limit(f"key:{key.id}", _an_hour(app.settings, key.plan)),),
        key=key.id,
        ends_at=key.ends_at,
    ), keys.is_stale(key, clock=app.clock)


def _by_session(app: App, session: sessions.Session, theirs: "tuple[people.Member, ...]") -> Viewer:
    member = next(one for one in theirs if one.workspace == session.workspace)
    others = [one for one in theirs if one is not member]
    return Viewer(
        scope=Scope(workspace=member.workspace, person=member.person),
        role=member.role,
        name=member.name,
        limits=(Limit(f"person:{member.person}", _an_hour(app.settings, member.plan)),),
        account=member.account,
        email=member.email,
        session=session.token,
        ends_at=session.ends_at,
        workspaces=tuple((one.workspace, one.workspace_name) for one in (member, *others)),
    )


def local_viewer(app: App) -> Viewer:
    """The viewer that everyone is while there are no accounts."""
    # On a machine of one's own a limit only protects one from oneself, unless it was asked for.
    is_limited = "rate_limit_per_hour" in app.settings.model_fields_set
    limits = (Limit(f"person:{app.scope.person}", app.settings.rate_limit_per_hour),) if is_limited else ()
    return Viewer(scope=app.scope, role=Role.ADMIN, name="Local operator", limits=limits)


def _noted(conn: sa.Connection, app: App, viewer: Viewer, *, user: str | None) -> Viewer:
    """The viewer, remembered as seen, and acting for `user` if there is one."""
    if viewer.session is not None:
        sessions.note_seen(conn, viewer.session, clock=app.clock)
    if viewer.key is not None:
        keys.note_used(conn, viewer.key, clock=app.clock)
    if user is None:
        return viewer
    _refuse_acting(viewer, user)  # before anybody is made
    return _acting(app, viewer, user, people.person_of(conn, viewer.scope.workspace, user, clock=app.clock))


def _refuse_acting(viewer: Viewer, user: str) -> None:
    if viewer.account is not None or not viewer.may(ACTING):
        raise Refused(
            f"user={user[:60]!r}: only an API key of the role {ACTING.word} or above may act for other persons",
            is_known=True,
        )


def _acting(app: App, viewer: Viewer, user: str, person: str) -> Viewer:
    _refuse_acting(viewer, user)
    limit = Limit(f"person:{person}", _an_hour(app.settings, None))
    return replace(viewer, scope=Scope(workspace=viewer.scope.workspace, person=person), limits=(*viewer.limits, limit))


def _an_hour(settings: Settings, plan: str | None) -> int:
    """What the plan allows; a plan that the settings no longer know is the usual one."""
    return settings.plans.get(plan or "", settings.rate_limit_per_hour)
