"""
The door: who asks, whether another site made their browser ask, and how often they came this hour.

Behind it every request has its viewer (`viewer_of`), or none; the routes decide what that is enough for (`access.py`).
"""

import math
from typing import Final, cast

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bowerbird.kernel.errors import BowerbirdError, LimitReached, Refused, StoreUnavailable
from bowerbird.ops.logs import logger
from bowerbird.records import Counts
from bowerbird.web.problems import problem_of, respond
from bowerbird.web.viewer import SESSION_COOKIE, Limit, Viewer, cookie_name, who
from bowerbird.wiring import App

__all__ = ["Door"]

_log = logger("api")

HOUR_S: Final = 3600.0
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Asked for by every page, by monitoring and by browsers on their own: no door, no count.
_OPEN: Final = ("/static/", "/healthz", "/readyz", "/favicon.ico")


class Door:
    """Finds out who asks and counts them; refuses an unknown key and who came too often."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its viewer."""
        if scope["type"] != "http" or scope["path"].startswith(_OPEN):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        app = cast("App", scope["app"].state.bowerbird)
        state = scope.setdefault("state", {})
        standing: tuple[Limit, Counts] | None = None
        now_s = app.clock.now_s()
        try:
            state["viewer"] = viewer = await who(app, request)
            _refuse_forged(request, app, viewer)
            if viewer is not None and viewer.limits:
                standing = await _counted(app, request, viewer.limits)
        except BowerbirdError as refused:
            response = respond(request, problem_of(refused, scope["path"]))
            await response(scope, receive, send)
            return

        async def with_limit(message: Message) -> None:
            if message["type"] == "http.response.start" and standing is not None:
                MutableHeaders(scope=message).update(_headers(*standing, now_s))
            await send(message)

        if standing is not None and (too_many := _too_many(*standing, now_s)):
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


async def _counted(app: App, request: Request, limits: tuple[Limit, ...]) -> tuple[Limit, Counts] | None:
    """`_count` off the event loop; None where nothing can be counted (a full disk) and the request only reads."""
    try:
        return await run_in_threadpool(_count, app, limits)
    except StoreUnavailable as error:
        if request.method not in _SAFE_METHODS:
            raise
        _log.warning("request.not_counted", error=str(error))
        return None


def _count(app: App, limits: tuple[Limit, ...]) -> tuple[Limit, Counts]:
    """Count the request everywhere it counts; what stands where the least is left."""
    counted = [(limit, app.counters.add(limit.counter, window_s=HOUR_S)) for limit in limits]
    return min(counted, key=lambda one: one[0].an_hour - one[1].tally)


def _too_many(limit: Limit, seen: Counts, now_s: float) -> LimitReached | None:
    if seen.tally <= limit.an_hour:
        return None
    left_s = max(seen.ends_at - now_s, 1.0)
    whose = limit.counter.partition(":")[0]
    return LimitReached(
        f"{limit.an_hour:,} requests an hour are allowed for this {whose}; come back in {math.ceil(left_s)} s."
        " An operator can set another limit (rate_limit_per_hour, plans)",
        retry_after_s=left_s,
    )


def _headers(limit: Limit, seen: Counts, now_s: float) -> dict[str, str]:
    """What is left, in the names that clients know (draft-ietf-httpapi-ratelimit-headers-06)."""
    return {
        "RateLimit-Limit": str(limit.an_hour),
        "RateLimit-Remaining": str(max(limit.an_hour - seen.tally, 0)),
        "RateLimit-Reset": str(math.ceil(max(seen.ends_at - now_s, 0))),
    }
