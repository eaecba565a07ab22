"""What routes ask for: the opened product, who asks, and what they may see."""

from typing import Annotated, Final, cast

from fastapi import Depends, Form, Path, Request

from bowerbird.kernel.errors import Refused
from bowerbird.kernel.nouns import Scope
from bowerbird.web.viewer import Viewer, viewer_of
from bowerbird.wiring import App

__all__ = ["MAX_ROW", "AppDep", "RowId", "RowIdField", "ScopeDep", "ViewerDep"]


# Coroutines that await nothing: a plain function would be called in a thread, with two hops for each request.
async def _app(request: Request) -> App:
    """The product that the lifespan opened."""
    return cast("App", request.app.state.bowerbird)


async def _viewer(request: Request) -> Viewer:
    viewer = viewer_of(request)
    if viewer is None:  # a route for anyone that asks for somebody
        raise Refused("nobody is signed in; sign in first", is_known=False)
    return viewer


async def _scope(request: Request) -> Scope:
    return (await _viewer(request)).scope


AppDep = Annotated[App, Depends(_app)]
ViewerDep = Annotated[Viewer, Depends(_viewer)]
ScopeDep = Annotated[Scope, Depends(_scope)]
# What a database can hold, and a script can count.
MAX_ROW: Final = 2**53
RowId = Annotated[int, Path(ge=1, le=MAX_ROW, description="Its number.")]
RowIdField = Annotated[int, Form(ge=1, le=MAX_ROW)]
