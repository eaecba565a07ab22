"""The web application: middleware, API and pages over one opened `App`."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Final, cast

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bowerbird.settings import Settings, load_settings
from bowerbird.web import api, pages
from bowerbird.web.api.completions import MAX_MESSAGES_BYTES
from bowerbird.web.description import describe
from bowerbird.web.door import Door
from bowerbird.web.hot import Hot
from bowerbird.web.job_events import Watchers
from bowerbird.web.middleware import BodyCap, Catch, RequestLog, Shield
from bowerbird.web.problems import handle_errors
from bowerbird.web.render import Views
from bowerbird.web.rows import MAX_ROWS_BYTES
from bowerbird.web.stopping import told_of_stop
from bowerbird.web.uploads import FORM_ROOM_BYTES
from bowerbird.wiring import App, open_app

__all__ = ["create_app"]

Opener = Callable[[Settings], AbstractAsyncContextManager[App]]

_DESCRIPTION: Final = """
Gather pages with a goal, search them, ask about them. Every sentence of an answer cites the exact span of a stored page
version: `text[start:end] == quote`. Errors are problem details (RFC 9457) with a `code` to branch on.
"""
_TAGS: Final = [
    {"name": "jobs", "description": "Gathering: one job is one crawl of a source, or one import into it."},
    {"name": "knowledge", "description": "What was gathered: passages, entities, stored pages."},
    {"name": "answers", "description": "Questions and their proof."},
    {"name": "feed", "description": "What is worth somebody's time: items, what people did, and slates made of both."},
    {"name": "experiments", "description": "Choices put to the test: who gets which variant, and what came of it."},
    {"name": "people", "description": "Who asks, who belongs to the workspace, and keys for programs."},
    {"name": "operations", "description": "Health and metrics."},
]


class _Application(FastAPI):
    """FastAPI behind the paths that are answered from memory: its own wrappers cost as much as these answers."""

    hot: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or in full."""
        scope["app"] = self  # who answers from memory may have to tell of an error
        await self.hot(scope, receive, send)

    async def in_full(self, scope: Scope, receive: Receive, send: Send) -> None:
        """By the middleware and the routes."""
        await super().__call__(scope, receive, send)


def create_app(settings: Settings | None = None, *, opener: Opener = open_app) -> FastAPI:
    """The ASGI application; without settings, over those of the environment. `opener` opens what it works with."""
    settings = settings or load_settings()
    upload_bytes = settings.imports.max_upload_bytes + FORM_ROOM_BYTES
    larger = {
        "/v1/imports": upload_bytes,
        "/scraping/import": upload_bytes,
        "/v1/chat/completions": MAX_MESSAGES_BYTES,
        "/v1/items": MAX_ROWS_BYTES,
        "/v1/events": MAX_ROWS_BYTES,
    }

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        watchers, loop = Watchers(), asyncio.get_running_loop()
        with told_of_stop(lambda: loop.call_soon_threadsafe(watchers.stopping.set)):
            async with opener(settings) as opened:
                app.state.bowerbird = opened
                app.state.watchers = watchers
                warming = asyncio.create_task(opened.feeds.warm())
                try:
                    yield
                finally:
                    warming.cancel()
                    await asyncio.gather(warming, return_exceptions=True)

    app = _Application(
        title="Bowerbird",
        summary="Answers with proof, from pages that you chose.",
        description=_DESCRIPTION,
        version=version("bowerbird"),
        openapi_tags=_TAGS,
        lifespan=lifespan,
        # Both would load scripts from another host.
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(RequestLog),
            Middleware(Shield, settings=settings),
            Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5),
            Middleware(Catch),
            Middleware(Door),
            Middleware(BodyCap, larger=larger),
        ],
    )
    app.hot = Hot(app.in_full, lambda: cast("App", app.state.bowerbird), Shield.headers(settings))
    app.state.views = Views.read()
    handle_errors(app)
    for routes in (*api.ROUTES, *pages.ROUTES):
        app.include_router(routes)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's documented way to change it
    app.add_api_route("/static/{name}", _static, include_in_schema=False)
    return app


async def _static(request: Request, name: str) -> Response:
    """A static file by its hashed name."""
    views: Views = request.app.state.views
    response = views.assets.respond(name, request.headers)
    if response is None:
        raise HTTPException(404)
    return response
