"""What a person chose about the pages themselves."""

from typing import Annotated, Final

from fastapi import Form
from starlette.responses import RedirectResponse

from bowerbird.kernel.errors import InputWrong
from bowerbird.web.access import Routes
from bowerbird.web.paths import own_path
from bowerbird.web.render import THEME_COOKIE, is_theme

__all__ = ["routes"]

_YEAR_S: Final = 365 * 86_400

routes = Routes(include_in_schema=False)


@routes.post("/preferences/theme")
async def choose_theme(theme: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> RedirectResponse:
    """Keep the theme in a cookie, and go back to where the person was."""
    if not is_theme(theme):
        raise InputWrong(f"the theme is {theme!r}, expected auto, light or dark", field="theme")
    response = RedirectResponse(own_path(back), status_code=303)
    response.set_cookie(THEME_COOKIE, theme, max_age=_YEAR_S, httponly=True, samesite="lax", path="/")
    return response
