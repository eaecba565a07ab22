"""`/settings/keys`: keys for programs. A secret is shown once, on the page that answers its making."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.accounts import Role, keys
from bowerbird.kernel.errors import InputWrong, Refused
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ViewerDep
from bowerbird.web.render import render
from bowerbird.web.viewer import Viewer
from bowerbird.web.words import Moment, moment
from bowerbird.wiring import App

__all__ = ["OVERLAPS", "KeyLine", "KeysPage", "routes"]

# How long the old secret goes on after a change, by the value of the form.
OVERLAPS: Final[Mapping[str, tuple[str, float]]] = {
    "none": ("stops at once", 0.0),
    "hour": ("for an hour more", 3_600.0),
    "day": ("for a day more", 86_400.0),
    "week": ("for a week more", 7 * 86_400.0),
}

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as one row."""

    id: str
    name: str
    owner: str
    role: str
    hint: str
    used: Moment | None
    overlap: Moment | None
    ended: str  # in what way it has ended; empty while it works


@dataclass(frozen=True, slots=True)
class KeysPage:
    """One's keys, all of the workspace's for an admin; and a new secret, this once."""

    viewer: Viewer
    keys: tuple[KeyLine, ...]
    roles: tuple[str, ...]
    overlaps: tuple[tuple[str, str], ...]
    new_secret: str = ""
    new_for: str = ""
    name: str = ""
    errors: Mapping[str, str] = field(default_factory=lambda: defaultdict(str))


@routes.get("/settings/keys")
async def show(request: Request, app: AppDep, viewer: ViewerDep) -> Response:
    """The keys."""
    return await _page(request, app, viewer)


@routes.post("/settings/keys")
async def create(
    request: Request,
    app: AppDep,
    viewer: ViewerDep,
    *,
    name: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "reader",
) -> Response:
    """A new key, its secret shown on the page that answers."""
    try:
        _, secret = await app.records.awrite(
            lambda conn: keys.create_key(
                conn, viewer.actor, person=viewer.scope.person, name=name, role=Role.of(role), clock=app.clock
            )
        )
    except InputWrong as wrong:
        return await _page(request, app, viewer, wrong=wrong, name=name)
    except Refused as refused:
        return await _page(request, app, viewer, wrong=InputWrong(str(refused), field="role"), name=name)
    return await _page(request, app, viewer, secret=secret, of=name)


@routes.post("/settings/keys/{key}/rotate")
async def rotate(
    request: Request, app: AppDep, viewer: ViewerDep, key: str, overlap: Annotated[str, Form()] = "day"
) -> Response:
    """A new secret for the key."""
    if overlap not in OVERLAPS:
        raise InputWrong(f"overlap={overlap[:40]!r} is not one of {', '.join(OVERLAPS)}", field="overlap")
    secret = await app.records.awrite(
        lambda conn: keys.rotate_key(conn, viewer.actor, key, overlap_s=OVERLAPS[overlap][1], clock=app.clock)
    )
    held = await app.records.aread(lambda conn: keys.find_key(conn, viewer.scope.workspace, key, clock=app.clock))
    return await _page(request, app, viewer, secret=secret, of=held.name)


@routes.post("/settings/keys/{key}/revoke")
async def revoke(app: AppDep, viewer: ViewerDep, key: str) -> Response:
    """End the key."""
    await app.records.awrite(lambda conn: keys.revoke_key(conn, viewer.actor, key, clock=app.clock))
    return RedirectResponse("/settings/keys", status_code=303)


async def _page(
    request: Request,
    app: App,
    viewer: Viewer,
    *,
    secret: str = "",
    of: str = "",
    name: str = "",
    wrong: InputWrong | None = None,
) -> Response:
    person = None if viewer.may(Role.ADMIN) else viewer.scope.person
    held = await app.records.aread(
        lambda conn: keys.list_keys(conn, viewer.scope.workspace, clock=app.clock, person=person)
    )
    now_s = app.clock.now_s()
    page = KeysPage(
        viewer=viewer,
        keys=tuple(_line(key, now_s) for key in held),
        roles=tuple(role.word for role in Role if viewer.may(role)),
        overlaps=tuple((value, words) for value, (words, _) in OVERLAPS.items()),
        new_secret=secret,
        new_for=of,
        name=name[:120],
        errors=defaultdict(str, {wrong.field or "name": str(wrong)} if wrong else {}),
    )
    response = render(request, "keys.html", page, here="settings", status=422 if wrong else 201 if secret else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def _line(key: keys.Key, now_s: float) -> KeyLine:
    ended = ""
    if key.revoked_at is not None:
        ended = "revoked"
    elif key.expires_at is not None and key.expires_at <= now_s:
        ended = "run out"
    return KeyLine(
        id=key.id,
        name=key.name,
        owner=key.owner,
        role=key.role.word,
        hint=f"bwb_…{key.hints[0]}" if key.hints else "",
        used=moment(key.used_at, now_s) if key.used_at is not None else None,
        overlap=moment(key.overlap_until, now_s) if key.overlap_until is not None else None,
        ended=ended,
    )
