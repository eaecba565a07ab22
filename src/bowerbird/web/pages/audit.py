"""`/settings/audit`: who did what to whose access."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Query, Request
from starlette.responses import Response

from bowerbird.accounts import audit
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ViewerDep
from bowerbird.web.render import render
from bowerbird.web.viewer import Viewer
from bowerbird.web.words import Moment, moment

__all__ = ["AuditLine", "AuditPage", "routes"]

_LINES: Final = 100
_ACTIONS: Final = {
    "session.begun": "signed in",
    "sessions.ended": "signed out everywhere",
    "password.changed": "password changed",
    "member.added": "member added",
    "member.invited": "invited",
    "member.role": "role changed",
    "member.plan": "limit changed",
    "member.shut-out": "shut out",
    "member.let-in": "let in again",
    "invitation.withdrawn": "invitation withdrawn",
    "link.made": "sign-in link made",
    "link.used": "link used",
    "key.created": "key created",
    "key.rotated": "key's secret changed",
    "key.revoked": "key revoked",
    "source.visibility": "who may see a source",
}

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing that was done."""

    at: Moment
    who: str
    what: str
    subject: str
    detail: str
    address: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """What was done, the newest first."""

    viewer: Viewer
    lines: tuple[AuditLine, ...]
    older: int | None


@routes.get("/settings/audit")
async def show(
    request: Request, app: AppDep, viewer: ViewerDep, before: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """The newest hundred, or those before."""
    rows = await app.records.aread(
        lambda conn: audit.list_audit(conn, viewer.scope.workspace, limit=_LINES, before=before)
    )
    now_s = app.clock.now_s()
    page = AuditPage(viewer, tuple(_line(row, now_s) for row in rows), rows[-1].id if len(rows) == _LINES else None)
    return render(request, "audit.html", page, here="settings")


def _line(row: audit.AuditRow, now_s: float) -> AuditLine:
    return AuditLine(
        at=moment(row.at, now_s),
        who=f"{row.who}, by the key {row.by_key}" if row.by_key else row.who,
        what=_ACTIONS.get(row.action, row.action),
        subject=row.subject,
        detail=", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in row.detail.items()),
        address=row.address,
    )
