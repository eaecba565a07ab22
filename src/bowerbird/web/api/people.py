"""`/v1/me`, `/v1/people` and `/v1/audit`: who asks, who belongs to the workspace, and what was done to its access."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from bowerbird.accounts import Role, RoleName, audit, links, people
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ViewerDep
from bowerbird.web.pages.people import link_url

__all__ = ["AuditList", "Change", "InvitationOut", "Me", "MemberList", "MemberOut", "NewMember", "routes"]

routes = Routes(prefix="/v1", tags=["people"])


class Me(BaseModel):
    """Who asks."""

    name: str
    email: str | None = Field(description="Of the account; empty for a key and for the local operator.")
    role: RoleName
    workspace: str
    person: str = Field(description="Whom it acts for.")
    limit_per_hour: int | None = Field(description="Requests an hour; empty: no limit.")


class MemberOut(BaseModel):
    """An account in this workspace."""

    account: str
    name: str
    email: str
    role: RoleName
    plan: str | None
    is_shut_out: bool
    created_at: float
    seen_at: float | None = Field(description="When it was last signed in, seconds since 1970.")


class MemberList(BaseModel):
    """The members, by name."""

    people: list[MemberOut]


class NewMember(BaseModel):
    """Whom to invite."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=254, examples=["ada@example.org"])
    role: RoleName = "reader"


class InvitationOut(BaseModel):
    """An invitation, its link this once."""

    email: str
    role: RoleName
    link: str = Field(description="Send it to them; it works once, for a week.")


class Change(BaseModel):
    """What to change of a member; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    role: RoleName | None = None
    plan: str | None = Field(default=None, description="A limit that the settings name; an empty text: the usual one.")
    is_shut_out: bool | None = None


class AuditOut(BaseModel):
    """One thing that was done."""

    id: int
    at: float
    who: str
    by_key: str | None
    action: str
    subject: str
    detail: dict[str, Any]
    address: str


class AuditList(BaseModel):
    """What was done, the newest first."""

    audit: list[AuditOut]


@routes.get("/me", operation_id="read_me", summary="Who am I")
async def me(viewer: ViewerDep) -> Me:
    """Whom the server takes you for, and what you may do."""
    return Me(
        name=viewer.name,
        email=viewer.email,
        role=viewer.role.word,
        workspace=viewer.scope.workspace,
        person=viewer.scope.person,
        limit_per_hour=viewer.limits[0].an_hour if viewer.limits else None,
    )


@routes.get("/people", operation_id="list_people", summary="List the members")
async def index(app: AppDep, viewer: ViewerDep) -> MemberList:
    """The members of the workspace."""
    found = await app.records.aread(lambda conn: people.list_members(conn, viewer.scope.workspace))
    return MemberList(people=[_member(member) for member in found])


@routes.post("/people", status_code=201, operation_id="invite_person", summary="Invite somebody")
async def invite(
    request: Request, app: AppDep, viewer: ViewerDep, wanted: NewMember, response: Response
) -> InvitationOut:
    """An invitation; nothing is sent, the link is yours to hand on."""
    role = Role.of(wanted.role)
    secret = await app.records.awrite(
        lambda conn: links.invite(conn, viewer.actor, email=wanted.email, role=role, clock=app.clock)
    )
    response.headers["Cache-Control"] = "no-store"
    return InvitationOut(email=wanted.email, role=role.word, link=link_url(app, request, secret))


@routes.patch("/people/{account}", operation_id="change_person", summary="Change a member")
async def change(app: AppDep, viewer: ViewerDep, account: str, wanted: Change) -> MemberOut:
    """Another role or limit; shut out, or let in again. All of it or nothing."""
    app.settings.refuse_unknown_plan(wanted.plan)

    def apply(conn: sa.Connection) -> MemberOut:
        if wanted.role is not None:
            people.set_role(conn, viewer.actor, account, Role.of(wanted.role), clock=app.clock)
        if wanted.plan is not None:
            people.set_plan(conn, viewer.actor, account, wanted.plan or None, clock=app.clock)
        if wanted.is_shut_out is not None:
            people.set_shut_out(conn, viewer.actor, account, shut_out=wanted.is_shut_out, clock=app.clock)
        return _member(people.find_member(conn, viewer.scope.workspace, account))

    return await app.records.awrite(apply)


@routes.get("/audit", operation_id="read_audit", summary="Read the audit log")
async def read_audit(
    app: AppDep,
    viewer: ViewerDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="Only what came before this id.")] = None,
) -> AuditList:
    """Who did what to whose access."""
    rows = await app.records.aread(
        lambda conn: audit.list_audit(conn, viewer.scope.workspace, limit=limit, before=before)
    )
    return AuditList(
        audit=[
            AuditOut(
                id=row.id,
                at=row.at,
                who=row.who,
                by_key=row.by_key,
                action=row.action,
                subject=row.subject,
                detail=row.detail,
                address=row.address,
            )
            for row in rows
        ]
    )


def _member(member: people.Member) -> MemberOut:
    return MemberOut(
        account=member.account,
        name=member.name,
        email=member.email,
        role=member.role.word,
        plan=member.plan,
        is_shut_out=member.is_shut_out,
        created_at=member.created_at,
        seen_at=member.seen_at,
    )
