"""What routes ask for: the opened product."""

from typing import Annotated, cast

from fastapi import Depends, Request

from bowerbird.wiring import App

__all__ = ["AppDep", "app_of"]


def app_of(request: Request) -> App:
    """The product that the lifespan opened."""
    return cast("App", request.app.state.bowerbird)


AppDep = Annotated[App, Depends(app_of)]
