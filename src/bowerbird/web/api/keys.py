"""`/v1/keys`: keys for programs."""

from typing import Any

import sqlalchemy as sa
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from bowerbird.accounts import Role, RoleName, keys
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ViewerDep
from bowerbird.web.viewer import Viewer
from bowerbird.wiring import App

__all__ = ["KeyList", "KeyOut", "NewKey", "Rotation", "SecretOut", "routes"]

routes = Routes(prefix="/v1/keys", tags=["people"])

DAY_S = 86_400.0
LONGEST_S = 100 * 365 * DAY_S


class NewKey(BaseModel):
    """What the key is for and may do."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="What it is for.", max_length=200, examples=["nightly import"])
    role: RoleName = Field(default="reader", description="Never more than your own.")
    plan: str | None = Field(default=None, description="A limit that the settings name; empty: the usual one.")
    lasts_s: float | None = Field(
        default=None, gt=0, le=LONGEST_S, description="Seconds until it runs out; empty: it does not."
    )


class Rotation(BaseModel):
    """How the old secret ends."""

    model_config = ConfigDict(extra="forbid")

    overlap_s: float = Field(
        default=DAY_S, ge=0, le=LONGEST_S, description="For how many seconds the old secret still works."
    )


class KeyOut(BaseModel):
    """A key, never its secret."""

    key: str = Field(description="Its id, no secret.")
    name: str
    owner: str
    role: RoleName
    plan: str | None
    hint: str = Field(description="The last characters of its secret.")
    overlap_until: float | None = Field(description="Until when the secret before works too, seconds since 1970.")
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    used_at: float | None


class SecretOut(KeyOut):
    """A key with its new secret, this once."""

    secret: str = Field(description="Send it as Authorization: Bearer …; it is stored nowhere and shown once.")


class KeyList(BaseModel):
    """Keys, the newest first."""

    keys: list[KeyOut]


@routes.get("", operation_id="list_keys", summary="List your keys")
async def index(app: AppDep, viewer: ViewerDep) -> KeyList:
    """Your keys; for an admin all of the workspace's."""
    person = None if viewer.may(Role.ADMIN) else viewer.scope.person
    found = await app.records.aread(
        lambda conn: keys.list_keys(conn, viewer.scope.workspace, clock=app.clock, person=person)
    )
    return KeyList(keys=[KeyOut(**_fields(key)) for key in found])


@routes.post("", status_code=201, operation_id="make_key", summary="Make a key")
async def create(app: AppDep, viewer: ViewerDep, wanted: NewKey, response: Response) -> SecretOut:
    """A new key with its secret."""
    app.settings.refuse_unknown_plan(wanted.plan)

    def make(conn: sa.Connection) -> SecretOut:
        key, secret = keys.create_key(
            conn,
            viewer.actor,
            person=viewer.scope.person,
            name=wanted.name,
            role=Role.of(wanted.role),
            plan=wanted.plan,
            lasts_s=wanted.lasts_s,
            clock=app.clock,
        )
        return _with_secret(conn, app, viewer, key, secret)

    response.headers["Cache-Control"] = "no-store"
    return await app.records.awrite(make)


@routes.post("/{key}/rotate", operation_id="rotate_key", summary="Change a key's secret")
async def rotate(app: AppDep, viewer: ViewerDep, key: str, how: Rotation, response: Response) -> SecretOut:
    """A new secret; the one before works for the overlap and not a second longer."""

    def change(conn: sa.Connection) -> SecretOut:
        secret = keys.rotate_key(conn, viewer.actor, key, overlap_s=how.overlap_s, clock=app.clock)
        return _with_secret(conn, app, viewer, key, secret)

    response.headers["Cache-Control"] = "no-store"
    return await app.records.awrite(change)


@routes.delete("/{key}", status_code=204, operation_id="revoke_key", summary="Revoke a key")
async def revoke(app: AppDep, viewer: ViewerDep, key: str) -> None:
    """End the key at once."""
    await app.records.awrite(lambda conn: keys.revoke_key(conn, viewer.actor, key, clock=app.clock))


def _with_secret(conn: sa.Connection, app: App, viewer: Viewer, key: str, secret: str) -> SecretOut:
    held = keys.find_key(conn, viewer.scope.workspace, key, clock=app.clock)
    return SecretOut(**_fields(held), secret=secret)


def _fields(key: keys.Key) -> dict[str, Any]:
    return {
        "key": key.id,
        "name": key.name,
        "owner": key.owner,
        "role": key.role.word,
        "plan": key.plan,
        "hint": key.hints[0] if key.hints else "",
        "overlap_until": key.overlap_until,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "used_at": key.used_at,
    }
