"""`/settings/people`: who belongs to the workspace, what they may do, and who is invited."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

import sqlalchemy as sa
from fastapi import Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from bowerbird.accounts import Role, SignedIn, clean_password, hash_password, links, people, succeed
from bowerbird.kernel.errors import InputWrong
from bowerbird.web.access import Routes
from bowerbird.web.cookies import give
from bowerbird.web.deps import AppDep, ViewerDep
from bowerbird.web.pages.settings import settings_response
from bowerbird.web.pages.sign_in import visitor_of
from bowerbird.web.render import render
from bowerbird.web.viewer import Viewer
from bowerbird.web.words import Moment, moment
from bowerbird.wiring import App

__all__ = ["InvitationLine", "MemberLine", "PeoplePage", "link_url", "routes"]

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member as one row."""

    account: str
    name: str
    email: str
    role: str
    seen: Moment | None
    is_shut_out: bool
    is_you: bool


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """An invitation that waits."""

    token: str
    email: str
    role: str
    ends: Moment


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """The members, the invitations, and a new link, this once."""

    viewer: Viewer
    members: tuple[MemberLine, ...]
    invitations: tuple[InvitationLine, ...]
    roles: tuple[tuple[str, str], ...]
    new_link: str = ""
    new_for: str = ""
    email: str = ""
    errors: Mapping[str, str] = field(default_factory=lambda: defaultdict(str))


_ROLES = (
    ("reader", "reader: asks, explores, reads"),
    ("curator", "curator: also gathers and corrects"),
    ("operator", "operator: also runs the server"),
    ("admin", "admin: also decides who may do what"),
)


def link_url(app: App, request: Request, secret: str) -> str:
    """The address to hand on."""
    base = app.settings.public_url or f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"
    return f"{base}/links/{secret}"


@routes.get("/settings/people")
async def show(request: Request, app: AppDep, viewer: ViewerDep) -> Response:
    """The members."""
    return await _page(request, app, viewer)


@routes.post("/settings/people/first")
async def first_admin(
    request: Request,
    app: AppDep,
    viewer: ViewerDep,
    *,
    name: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """The first account: from now on everyone signs in."""
    visitor = visitor_of(request, app)

    def begin() -> SignedIn:
        hashed = hash_password(clean_password(password, email=email.strip().lower()))

        def make(conn: sa.Connection) -> SignedIn:
            if people.any_account(conn):
                raise InputWrong("there are accounts already; sign in with one of them", field="email")
            member = people.add_member(conn, viewer.actor, email=email, name=name, role=Role.ADMIN, clock=app.clock)
            people.set_password(conn, viewer.actor, member.account, hashed, clock=app.clock)
            account = people.find_account(conn, member.email)
            assert account is not None
            return succeed(conn, account, visitor, clock=app.clock)

        return app.records.write(make)

    try:
        signed_in = await run_in_threadpool(begin)
    except InputWrong as wrong:
        if not viewer.is_local:
            raise
        return await settings_response(request, app, viewer, first=(email, name), wrong=wrong)
    response = RedirectResponse("/settings/people", status_code=303)
    give(response, signed_in, app.settings)
    return response


@routes.post("/settings/people/invite")
async def invite(
    request: Request,
    app: AppDep,
    viewer: ViewerDep,
    *,
    email: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "reader",
) -> Response:
    """An invitation, its link shown on the page that answers."""
    try:
        secret = await app.records.awrite(
            lambda conn: links.invite(conn, viewer.actor, email=email, role=Role.of(role), clock=app.clock)
        )
    except InputWrong as wrong:
        return await _page(request, app, viewer, wrong=wrong, email=email)
    return await _page(request, app, viewer, link=link_url(app, request, secret), of=email)


@routes.post("/settings/people/withdraw")
async def withdraw(app: AppDep, viewer: ViewerDep, invitation: Annotated[str, Form()] = "") -> Response:
    """Take an invitation back."""
    await app.records.awrite(lambda conn: links.withdraw(conn, viewer.actor, invitation, clock=app.clock))
    return _back()


@routes.post("/settings/people/{account}/role")
async def change_role(
    request: Request, app: AppDep, viewer: ViewerDep, account: str, role: Annotated[str, Form()] = ""
) -> Response:
    """Another role."""
    return await _change(
        request, app, viewer, lambda conn: people.set_role(conn, viewer.actor, account, Role.of(role), clock=app.clock)
    )


@routes.post("/settings/people/{account}/shut-out")
async def shut_out(request: Request, app: AppDep, viewer: ViewerDep, account: str) -> Response:
    """Shut a member out."""
    return await _change(
        request,
        app,
        viewer,
        lambda conn: people.set_shut_out(conn, viewer.actor, account, shut_out=True, clock=app.clock),
    )


@routes.post("/settings/people/{account}/let-in")
async def let_in(request: Request, app: AppDep, viewer: ViewerDep, account: str) -> Response:
    """Let a member in again."""
    return await _change(
        request,
        app,
        viewer,
        lambda conn: people.set_shut_out(conn, viewer.actor, account, shut_out=False, clock=app.clock),
    )


@routes.post("/settings/people/{account}/link")
async def make_link(request: Request, app: AppDep, viewer: ViewerDep, account: str) -> Response:
    """A link by which the member gets in without a password, shown on the page that answers."""

    def make(conn: sa.Connection) -> tuple[str, str]:
        member = people.find_member(conn, viewer.scope.workspace, account)
        return links.sign_in_link(conn, viewer.actor, account, clock=app.clock), member.name

    try:
        secret, name = await app.records.awrite(make)
    except InputWrong as wrong:
        return await _page(request, app, viewer, wrong=InputWrong(str(wrong), field="member"))
    return await _page(request, app, viewer, link=link_url(app, request, secret), of=name)


async def _change(request: Request, app: App, viewer: Viewer, change: Callable[[sa.Connection], None]) -> Response:
    try:
        await app.records.awrite(change)
    except InputWrong as wrong:
        return await _page(request, app, viewer, wrong=InputWrong(str(wrong), field="member"))
    return _back()


def _back() -> Response:
    return RedirectResponse("/settings/people", status_code=303)


async def _page(
    request: Request,
    app: App,
    viewer: Viewer,
    *,
    link: str = "",
    of: str = "",
    email: str = "",
    wrong: InputWrong | None = None,
) -> Response:
    workspace, now_s = viewer.scope.workspace, app.clock.now_s()
    members, waiting = await app.records.aread(
        lambda conn: (
            people.list_members(conn, workspace),
            links.list_invitations(conn, workspace, clock=app.clock),
        )
    )
    page = PeoplePage(
        viewer=viewer,
        members=tuple(_member(member, viewer, now_s) for member in members),
        invitations=tuple(
            InvitationLine(one.token, one.email, one.role.word if one.role else "", moment(one.expires_at, now_s))
            for one in waiting
        ),
        roles=_ROLES,
        new_link=link,
        new_for=of,
        email=email[:254],
        errors=defaultdict(str, {wrong.field or "email": str(wrong)} if wrong else {}),
    )
    response = render(request, "people.html", page, here="settings", status=422 if wrong else 201 if link else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def _member(member: people.Member, viewer: Viewer, now_s: float) -> MemberLine:
    return MemberLine(
        account=member.account,
        name=member.name,
        email=member.email,
        role=member.role.word,
        seen=moment(member.seen_at, now_s) if member.seen_at is not None else None,
        is_shut_out=member.is_shut_out,
        is_you=member.account == viewer.account,
    )
