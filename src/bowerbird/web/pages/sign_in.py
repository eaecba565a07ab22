"""`/sign-in`, `/sign-out`, and the links by which somebody comes in for the first time or without a password."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import sqlalchemy as sa
from fastapi import Form, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from bowerbird.accounts import (
    LEAST_PASSWORD,
    SignedIn,
    Visitor,
    audit,
    clean_name,
    clean_password,
    hash_password,
    links,
    people,
    sessions,
    sign_in,
    succeed,
)
from bowerbird.kernel.errors import InputWrong, LimitReached
from bowerbird.web.access import Routes
from bowerbird.web.cookies import drop_session, give
from bowerbird.web.deps import AppDep
from bowerbird.web.paths import own_path
from bowerbird.web.render import render
from bowerbird.web.viewer import DEVICE_COOKIE, SESSION_COOKIE, address_of, cookie_name, viewer_of
from bowerbird.wiring import App

__all__ = ["LinkPage", "SignInPage", "routes", "visitor_of"]

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The form as it was filled in; never the password."""

    next: str
    email: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class LinkPage:
    """What a link leads to: a first name and password, another password, or proof of an account that exists."""

    link: links.Invitation
    name: str = ""
    least_password: int = LEAST_PASSWORD
    errors: Mapping[str, str] = field(default_factory=lambda: defaultdict(str))


@routes.get("/sign-in")
async def show(request: Request, next_: Annotated[str, Query(alias="next")] = "/") -> Response:
    """The form; who is signed in goes on."""
    viewer = viewer_of(request)
    if viewer is not None:
        return RedirectResponse(own_path(next_), status_code=303)
    return render(request, "sign_in.html", SignInPage(own_path(next_)), here="other")


@routes.post("/sign-in")
async def enter(
    request: Request,
    app: AppDep,
    *,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next_: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Sign in and go on, or show the form again with what is wrong."""
    try:
        signed_in = await run_in_threadpool(
            sign_in, app.records, email, password, visitor_of(request, app), clock=app.clock
        )
    except (InputWrong, LimitReached) as wrong:
        again = SignInPage(own_path(next_), email[:254], str(wrong))
        refused = render(request, "sign_in.html", again, here="other", status=_status(wrong))
        if isinstance(wrong, LimitReached):
            refused.headers["Retry-After"] = str(math.ceil(wrong.retry_after_s))
        return refused
    response = RedirectResponse(own_path(next_), status_code=303)
    give(response, signed_in, app.settings)
    return response


@routes.post("/sign-out")
async def leave(request: Request, app: AppDep) -> Response:
    """End the session of this browser."""
    viewer = viewer_of(request)
    if viewer is not None and viewer.session is not None and viewer.account is not None:
        token, account = viewer.session, viewer.account
        await app.records.awrite(lambda conn: sessions.end_session(conn, token, account))
    response = RedirectResponse("/sign-in", status_code=303)
    drop_session(response, app.settings)
    return response


@routes.get("/links/{secret}")
async def show_link(request: Request, app: AppDep, secret: str) -> Response:
    """What the link is for. Looking does not use it up: programs that read messages look, too."""
    link = await app.records.aread(lambda conn: links.find_link(conn, secret, clock=app.clock))
    return _unseen(render(request, "link.html", LinkPage(link), here="other"))


@routes.post("/links/{secret}")
async def use_link(
    request: Request,
    app: AppDep,
    secret: str,
    *,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Become a member, or come in and choose another password."""
    link = await app.records.aread(lambda conn: links.find_link(conn, secret, clock=app.clock))
    visitor = visitor_of(request, app)
    try:
        if link.kind == "invitation" and link.is_known:
            signed_in = await run_in_threadpool(_join, app, secret, link.email, password, visitor)
        else:
            signed_in = await run_in_threadpool(_begin, app, secret, link, name, password, visitor)
    except (InputWrong, LimitReached) as wrong:
        errors = defaultdict(str, {getattr(wrong, "field", None) or "password": str(wrong)})
        page = LinkPage(link, name[:200], errors=errors)
        return _unseen(render(request, "link.html", page, here="other", status=_status(wrong)))
    response = RedirectResponse("/", status_code=303)
    give(response, signed_in, app.settings)
    return response


def visitor_of(request: Request, app: App) -> Visitor:
    """Who wants to sign in."""
    return Visitor(
        address=address_of(request, app.settings),
        user_agent=request.headers.get("user-agent", "")[:300],
        device=request.cookies.get(cookie_name(DEVICE_COOKIE, app.settings)),
        session=request.cookies.get(cookie_name(SESSION_COOKIE, app.settings)),
    )


def _join(app: App, secret: str, email: str, password: str, visitor: Visitor) -> SignedIn:
    """An account that exists joins another workspace: the link says where, the password says who."""
    signed_in = sign_in(app.records, email, password, visitor, clock=app.clock)
    app.records.write(lambda conn: links.accept(conn, secret, name="", address=visitor.address, clock=app.clock))
    return signed_in


def _begin(  # noqa: PLR0917
    app: App, secret: str, link: links.Invitation, name: str, password: str, visitor: Visitor
) -> SignedIn:
    """A new account, or one that needs another password."""
    shown = clean_name(name) if link.kind == "invitation" else ""
    hashed = hash_password(clean_password(password, email=link.email))

    def begin(conn: sa.Connection) -> SignedIn:
        account = links.accept(conn, secret, name=shown, address=visitor.address, clock=app.clock)
        by = audit.Actor(link.workspace, address=visitor.address)
        people.set_password(conn, by, account.id, hashed, clock=app.clock)
        # Whoever knew the old password is out.
        sessions.end_all_sessions(conn, by, account.id, clock=app.clock)
        return succeed(conn, account, visitor, clock=app.clock)

    return app.records.write(begin)


def _status(wrong: Exception) -> int:
    return 429 if isinstance(wrong, LimitReached) else 422


def _unseen(response: Response) -> Response:
    """The address is a secret: no cache keeps the page, no other site is told of it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
