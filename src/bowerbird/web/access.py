"""
Who may do what: the one table of routes and roles. A route that is not in it cannot be made.

A role may do all that the ones before it may: reader, curator, operator, admin. `None` is anyone, signed in or not.
What of a workspace they then see is filtered by `records.visible`.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from bowerbird.accounts import Role
from bowerbird.kernel.errors import Refused
from bowerbird.web.viewer import viewer_of

__all__ = ["ACCESS", "ANYONE", "Routes"]

ANYONE: Final = None
_READER, _CURATOR, _OPERATOR, _ADMIN = Role.READER, Role.CURATOR, Role.OPERATOR, Role.ADMIN

ACCESS: Final[dict[str, Role | None]] = {
    # pages
    "GET /": _READER,
    "GET /chat": _READER,
    "POST /chat": _READER,
    "GET /chat/{conversation}": _READER,
    "GET /answers/{answer}": _READER,
    "POST /answers/{answer}/share": _READER,
    "POST /answers/{answer}/unshare": _READER,
    "POST /answers/{answer}/thumb": _READER,
    "POST /answers/{answer}/thumb/undo": _READER,
    "GET /knowledge/explorer": _READER,
    "GET /knowledge/entities/{identifier}": _READER,
    "POST /knowledge/entities/{identifier}/merge": _CURATOR,
    "POST /knowledge/entities/{identifier}/part": _CURATOR,
    "POST /knowledge/entities/{identifier}/split": _CURATOR,
    "POST /knowledge/entities/{identifier}/rename": _CURATOR,
    "POST /knowledge/entities/{identifier}/retype": _CURATOR,
    "POST /knowledge/entities/{identifier}/hide": _CURATOR,
    "POST /knowledge/entities/{identifier}/undo": _CURATOR,
    "GET /knowledge/pages/{page}": _READER,
    "GET /knowledge/tables": _READER,
    "POST /knowledge/tables": _READER,
    "GET /knowledge/tables/{table}": _READER,
    "POST /knowledge/tables/{table}/fields": _READER,
    "POST /knowledge/tables/{table}/refresh": _READER,
    "POST /knowledge/tables/{table}/share": _READER,
    "POST /knowledge/tables/{table}/unshare": _READER,
    "POST /knowledge/tables/{table}/remove": _READER,
    "GET /scraping/dashboard": _READER,
    "GET /scraping/dashboard.csv": _READER,
    "GET /scraping/jobs/{job}": _READER,
    "GET /scraping/jobs/{job}/map.csv": _READER,
    "GET /scraping/jobs/{job}/report.csv": _READER,
    "GET /scraping/import": _CURATOR,
    "POST /scraping/import": _CURATOR,
    "GET /scraping/new": _CURATOR,
    "POST /scraping/new": _CURATOR,
    "POST /scraping/jobs/{job}/cancel": _CURATOR,
    "POST /scraping/jobs/{job}/retry": _CURATOR,
    "POST /scraping/jobs/{job}/resume": _CURATOR,
    "POST /scraping/sources/{source}/gather": _CURATOR,
    "POST /scraping/sources/{source}/schedule": _CURATOR,
    "POST /scraping/sources/{source}/visibility": _CURATOR,
    "GET /activity": _READER,
    "GET /following": _READER,
    "POST /following": _READER,
    "POST /following/{identifier}/stop": _READER,
    "POST /following/{identifier}/resume": _READER,
    "GET /palette": _READER,
    "GET /styleguide": _READER,
    "GET /styleguide.csv": _READER,
    "POST /styleguide": _READER,
    "POST /preferences/theme": ANYONE,
    # signing in
    "GET /sign-in": ANYONE,
    "POST /sign-in": ANYONE,
    "POST /sign-out": ANYONE,
    "GET /links/{secret}": ANYONE,
    "POST /links/{secret}": ANYONE,
    # one's own account
    "GET /settings": _READER,
    "POST /settings/name": _READER,
    "POST /settings/password": _READER,
    "POST /settings/workspace": _READER,
    "POST /settings/sessions/end": _READER,
    "POST /settings/sessions/end-all": _READER,
    "GET /settings/keys": _READER,
    "POST /settings/keys": _READER,
    "POST /settings/keys/{key}/rotate": _READER,
    "POST /settings/keys/{key}/revoke": _READER,
    # everybody's
    "GET /settings/people": _ADMIN,
    "POST /settings/people/first": _ADMIN,
    "POST /settings/people/invite": _ADMIN,
    "POST /settings/people/withdraw": _ADMIN,
    "POST /settings/people/{account}/role": _ADMIN,
    "POST /settings/people/{account}/shut-out": _ADMIN,
    "POST /settings/people/{account}/let-in": _ADMIN,
    "POST /settings/people/{account}/link": _ADMIN,
    "GET /settings/audit": _ADMIN,
    # operations
    "GET /agents": _OPERATOR,
    "GET /agents/runs/{run}": _OPERATOR,
    "POST /agents/runs/{run}/replay": _OPERATOR,
    "POST /agents/letters/{letter}/revive": _OPERATOR,
    # API
    "POST /v1/jobs": _CURATOR,
    "GET /v1/jobs": _READER,
    "GET /v1/jobs/{job}": _READER,
    "POST /v1/jobs/{job}/cancel": _CURATOR,
    "POST /v1/jobs/{job}/retry": _CURATOR,
    "GET /v1/jobs/{job}/events": _READER,
    "GET /v1/jobs/{job}/urls": _READER,
    "POST /v1/imports": _CURATOR,
    "GET /v1/search": _READER,
    "GET /v1/entities": _READER,
    "GET /v1/entities/{identifier}": _READER,
    "GET /v1/entities/{identifier}/history": _READER,
    "POST /v1/entities/{identifier}/merge": _CURATOR,
    "POST /v1/entities/{identifier}/part": _CURATOR,
    "POST /v1/entities/{identifier}/split": _CURATOR,
    "POST /v1/entities/{identifier}/rename": _CURATOR,
    "POST /v1/entities/{identifier}/retype": _CURATOR,
    "POST /v1/entities/{identifier}/hide": _CURATOR,
    "POST /v1/entities/{identifier}/undo": _CURATOR,
    "GET /v1/pages/{page}": _READER,
    "GET /v1/versions/{version}": _READER,
    "GET /v1/tables": _READER,
    "POST /v1/tables": _READER,
    "GET /v1/tables/{table}": _READER,
    "PATCH /v1/tables/{table}": _READER,
    "DELETE /v1/tables/{table}": _READER,
    "POST /v1/tables/{table}/refresh": _READER,
    "GET /v1/tables/{table}/rows.csv": _READER,
    "GET /v1/tables/{table}/rows.jsonl": _READER,
    "GET /v1/preview": _CURATOR,
    "POST /v1/ask": _READER,
    "POST /v1/chat/completions": _READER,
    "GET /v1/models": _READER,
    "GET /v1/models/{model}": _READER,
    "GET /v1/answers": _READER,
    "GET /v1/answers/{answer}": _READER,
    "GET /v1/answers/{answer}.md": _READER,
    "POST /v1/answers/{answer}/share": _READER,
    "DELETE /v1/answers/{answer}/share": _READER,
    "GET /v1/conversations/{conversation}": _READER,
    "GET /v1/conversations/{conversation}.md": _READER,
    "POST /v1/feedback": _READER,
    "DELETE /v1/feedback/{feedback}": _READER,
    "GET /v1/agents": _OPERATOR,
    "GET /v1/agents/runs/{run}": _OPERATOR,
    "POST /v1/agents/runs/{run}/replay": _OPERATOR,
    "POST /v1/agents/letters/{letter}/revive": _OPERATOR,
    "GET /v1/follows": _READER,
    "POST /v1/follows": _READER,
    "DELETE /v1/follows/{follow}": _READER,
    "GET /v1/me": _READER,
    "GET /v1/live": _READER,
    "GET /v1/notices": _READER,
    "POST /v1/notices/read": _READER,
    "GET /v1/keys": _READER,
    "POST /v1/keys": _READER,
    "POST /v1/keys/{key}/rotate": _READER,
    "DELETE /v1/keys/{key}": _READER,
    "GET /v1/people": _ADMIN,
    "POST /v1/people": _ADMIN,
    "PATCH /v1/people/{account}": _ADMIN,
    "GET /v1/audit": _ADMIN,
    # operations; monitoring asks without an account whether the server lives
    "GET /healthz": ANYONE,
    "GET /readyz": ANYONE,
    "GET /metrics": _OPERATOR,
}


class GuardedRoute(APIRoute):
    """A route that asks who comes before it reads what they send."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **how: Any) -> None:
        super().__init__(path, endpoint, **how)
        for method in self.methods or ():
            if f"{method} {path}" not in ACCESS:
                raise LookupError(f"{method} {path} has no role in web/access.py")

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the door."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            _demand(request, ACCESS[f"{request.method} {self.path}"])
            return await handle(request)

        return guarded


class Routes(APIRouter):
    """A router whose routes are in `ACCESS`."""

    def __init__(self, **how: Any) -> None:
        super().__init__(route_class=GuardedRoute, **how)


def _demand(request: Request, role: Role | None) -> None:
    if role is None:
        return
    viewer = viewer_of(request)
    if viewer is None:
        raise Refused("nobody is signed in; sign in, or send an API key as Authorization: Bearer …", is_known=False)
    if not viewer.may(role):
        raise Refused(
            f"this needs the role {role.word}, {viewer.name} has {viewer.role.word}; an admin can change that",
            is_known=True,
        )
