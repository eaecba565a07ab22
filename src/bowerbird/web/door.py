"""
The door: who asks, whether another site made their browser ask, and how often they came this hour.

Behind it every request has its viewer (`viewer_of`), or none; the routes decide what that is enough for (`access.py`).
"""

import math
from typing import Final, cast

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bowerbird.kernel.errors import BowerbirdError, LimitReached, Refused
from bowerbird.ops.limit import Standing
from bowerbird.web.problems import problem_of, respond
from bowerbird.web.recent import Recent
from bowerbird.web.viewer import SESSION_COOKIE, Limit, Viewer, cookie_name, who
from bowerbird.wiring import App

__all__ = ["Door", "limit_headers"]

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Asked for by every page, by monitoring and by browsers on their own: no door, no count.
_OPEN: Final = ("/static/", "/healthz", "/readyz", "/favicon.ico")


class Door:
    """Finds out who asks and counts them; refuses an unknown key and who came too often."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._recent = Recent[Viewer]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its viewer."""
        if scope["type"] != "http" or scope["path"].startswith(_OPEN):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        app = cast("App", scope["app"].state.bowerbird)
        state = scope.setdefault("state", {})
        standing: tuple[Limit, Standing] | None = None
        try:
            state["viewer"] = viewer = await who(app, request, self._recent)
            _refuse_forged(request, app, viewer)
            if viewer is not None and viewer.limits:
                standing = _counted(app, viewer.limits)
        except BowerbirdError as refused:
            response = respond(request, problem_of(refused, scope["path"]))
            await response(scope, receive, send)
            return

        async def with_limit(message: Message) -> None:
            if message["type"] == "http.response.start" and standing is not None:
                message["headers"] = [*message["headers"], *limit_headers(*standing)]
            await send(message)

        if standing is not None and (too_many := _too_many(*standing)):
            response = respond(request, problem_of(too_many, scope["path"]))
            await response(scope, receive, with_limit)
            return
        await self._app(scope, receive, with_limit)


def _refuse_forged(request: Request, app: App, viewer: Viewer | None) -> None:
    """
    A cookie alone is no proof that its owner wants this: their browser must say which page the request is from.

    `Shield` has refused other sites' pages by then. Browsers that say nothing are older than 2020.
    """
    has_cookie = cookie_name(SESSION_COOKIE, app.settings) in request.cookies
    if viewer is None or viewer.session is None or not has_cookie or request.method in _SAFE_METHODS:
        return
    if "sec-fetch-site" not in request.headers and "origin" not in request.headers:
        raise Refused(
            "a request with a session cookie must say which page it comes from (the Origin header);"
            " programs send an API key instead",
            is_known=True,
        )


def _counted(app: App, limits: tuple[Limit, ...]) -> tuple[Limit, Standing]:
    """Count the request everywhere it counts; what stands where the least is left."""
    counted = [(limit, app.limiter.take(limit.counter, limit.an_hour)) for limit in limits]
    return min(counted, key=lambda one: (one[1].allowed, one[1].left))


def _too_many(limit: Limit, seen: Standing) -> LimitReached | None:
    if seen.allowed:
        return None
    left_s = max(seen.reset_s, 1.0)
    whose = limit.counter.partition(":")[0]
    return LimitReached(
        f"{limit.an_hour:,} requests an hour are allowed for this {whose}; come back in {math.ceil(left_s)} s."
        " An operator can set another limit (rate_limit_per_hour, plans)",
        retry_after_s=left_s,
    )


def limit_headers(limit: Limit, seen: Standing) -> list[tuple[bytes, bytes]]:
    """What is left, in the names that clients know (draft-ietf-httpapi-ratelimit-headers-06)."""
    return [
        (b"ratelimit-limit", str(limit.an_hour).encode()),
        (b"ratelimit-remaining", str(seen.left).encode()),
        (b"ratelimit-reset", str(math.ceil(max(seen.reset_s, 0))).encode()),
    ]
