"""
Who may come in: asked of every request before it is read, by the table of doors (`accounts/doors.py`).

A route that is not in the table cannot be made.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from bowerbird.accounts import Role
from bowerbird.accounts.doors import ANYONE, ROUTES
from bowerbird.kernel.errors import Refused
from bowerbird.web.viewer import viewer_of

__all__ = ["ACCESS", "ANYONE", "Routes"]

ACCESS: Final[dict[str, Role | None]] = {route: door.role for route, door in ROUTES.items()}


class GuardedRoute(APIRoute):
    """A route that asks who comes before it reads what they send."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **how: Any) -> None:
        super().__init__(path, endpoint, **how)
        for method in self.methods or ():
            if f"{method} {path}" not in ACCESS:
                raise LookupError(f"{method} {path} has no role in accounts/doors.py")

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
