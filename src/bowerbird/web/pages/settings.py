"""`/settings`: one's own account, where it is signed in, and, while there are no accounts, how to begin with them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import sqlalchemy as sa
from fastapi import Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from bowerbird.accounts import LEAST_PASSWORD, clean_password, hash_password, password_fits, people, sessions
from bowerbird.kernel.errors import InputWrong, NotSupported
from bowerbird.web.access import Routes
from bowerbird.web.cookies import drop_session
from bowerbird.web.deps import AppDep, ViewerDep
from bowerbird.web.render import render
from bowerbird.web.viewer import Viewer
from bowerbird.web.words import Moment, count, moment
from bowerbird.wiring import App

__all__ = ["SessionLine", "SettingsPage", "own_account", "routes"]

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class SessionLine:
    """Somewhere the account is signed in."""

    token: str
    browser: str
    address: str
    seen: Moment
    is_this: bool


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """The account, or that there is none."""

    viewer: Viewer
    limit: str
    sessions: tuple[SessionLine, ...] = ()
    saved: str = ""
    least_password: int = LEAST_PASSWORD
    first_email: str = ""
    first_name: str = ""
    errors: Mapping[str, str] = field(default_factory=lambda: defaultdict(str))


def own_account(viewer: Viewer) -> str:
    """The viewer's account; raises NotSupported for who has none."""
    if viewer.account is None:
        raise NotSupported("this belongs to an account, and you come without one; sign in first")
    return viewer.account


@routes.get("/settings")
async def show(request: Request, app: AppDep, viewer: ViewerDep, saved: str = "") -> Response:
    """The page."""
    return await settings_response(request, app, viewer, saved=_SAVED.get(saved, ""))


_SAVED = {"name": "Your name is changed.", "password": "Your password is changed; you are signed out elsewhere."}


async def settings_response(
    request: Request,
    app: App,
    viewer: Viewer,
    *,
    saved: str = "",
    first: tuple[str, str] = ("", ""),
    wrong: InputWrong | None = None,
) -> Response:
    """The page, after something was saved or with what is wrong."""
    now_s, account = app.clock.now_s(), viewer.account
    held = (
        await app.records.aread(lambda conn: sessions.list_sessions(conn, account, clock=app.clock)) if account else ()
    )
    page = SettingsPage(
        viewer=viewer,
        limit=_limit_words(viewer),
        sessions=tuple(
            SessionLine(
                one.token,
                _browser(one.user_agent),
                one.address,
                moment(one.seen_at, now_s),
                one.token == viewer.session,
            )
            for one in held
        ),
        saved=saved,
        first_email=first[0][:254],
        first_name=first[1][:120],
        errors=defaultdict(str, {wrong.field or "name": str(wrong)} if wrong else {}),
    )
    return render(request, "settings.html", page, here="settings", status=422 if wrong else 200)


@routes.post("/settings/name")
async def rename(request: Request, app: AppDep, viewer: ViewerDep, name: Annotated[str, Form()] = "") -> Response:
    """Another name."""
    account = own_account(viewer)
    try:
        await app.records.awrite(lambda conn: people.rename(conn, account, name))
    except InputWrong as wrong:
        return await settings_response(request, app, viewer, wrong=wrong)
    return RedirectResponse("/settings?saved=name", status_code=303)


@routes.post("/settings/password")
async def change_password(
    request: Request,
    app: AppDep,
    viewer: ViewerDep,
    *,
    current: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Another password; every other session ends."""
    try:
        await run_in_threadpool(_change_password, app, viewer, current, password)
    except InputWrong as wrong:
        return await settings_response(request, app, viewer, wrong=wrong)
    return RedirectResponse("/settings?saved=password", status_code=303)


def _change_password(app: App, viewer: Viewer, current: str, password: str) -> None:
    account, email = own_account(viewer), viewer.email or ""
    held = app.records.read(lambda conn: people.find_account(conn, email))
    if held is None or not password_fits(held.password, current):
        raise InputWrong("this is not your current password; type it again", field="current")
    hashed = hash_password(clean_password(password, email=email))

    def change(conn: sa.Connection) -> None:
        people.set_password(conn, viewer.actor, account, hashed, clock=app.clock)
        sessions.end_all_sessions(conn, viewer.actor, account, clock=app.clock, but=viewer.session)

    app.records.write(change)


@routes.post("/settings/workspace")
async def switch(app: AppDep, viewer: ViewerDep, workspace: Annotated[str, Form()] = "") -> Response:
    """Go on in another workspace."""
    account, session = own_account(viewer), viewer.session or ""
    await app.records.awrite(lambda conn: sessions.switch_workspace(conn, session, account, workspace))
    return RedirectResponse("/", status_code=303)


@routes.post("/settings/sessions/end")
async def end(app: AppDep, viewer: ViewerDep, session: Annotated[str, Form()] = "") -> Response:
    """Sign out somewhere else."""
    account = own_account(viewer)
    await app.records.awrite(lambda conn: sessions.end_session(conn, session, account))
    return RedirectResponse("/settings#sessions", status_code=303)


@routes.post("/settings/sessions/end-all")
async def end_all(app: AppDep, viewer: ViewerDep) -> Response:
    """Sign out everywhere, here too."""
    account = own_account(viewer)
    await app.records.awrite(lambda conn: sessions.end_all_sessions(conn, viewer.actor, account, clock=app.clock))
    response = RedirectResponse("/sign-in", status_code=303)
    drop_session(response, app.settings)
    return response


def _limit_words(viewer: Viewer) -> str:
    return f"{count(viewer.limits[0].an_hour)} requests an hour" if viewer.limits else "no limit of requests"


def _browser(user_agent: str) -> str:
    """The browser and system in a few words; the whole when it is none that we know."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in user_agent), "")
    system = next((name for mark, name in systems if mark in user_agent), "")
    return f"{browser} on {system}" if browser and system else (user_agent[:60] or "an unnamed program")
