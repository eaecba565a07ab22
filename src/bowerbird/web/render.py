"""Pages out of templates: each template gets `page` (its own typed context), `frame` (what surrounds it), no more."""

from pathlib import Path
from typing import Any, Final, TypeGuard, cast, get_args

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bowerbird.web.assets import Assets
from bowerbird.web.frame import Frame, Here, Theme, Toast, places_for
from bowerbird.web.viewer import viewer_of

__all__ = ["THEME_COOKIE", "Views", "frame_of", "is_theme", "render"]

THEME_COOKIE: Final = "theme"
_WEB = Path(__file__).parent


class Views:
    """The templates, with the names of the static files in them."""

    def __init__(self, assets: Assets) -> None:
        self.assets = assets
        self._environment = Environment(
            loader=PackageLoader("bowerbird.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        cast("dict[str, Any]", self._environment.globals)["asset"] = assets.url

    @classmethod
    def read(cls) -> "Views":
        """The views of the installed package."""
        return cls(Assets.read(_WEB / "static"))

    def html(self, template: str, *, page: object, frame: Frame) -> str:
        """A whole page, or a part of one."""
        return self._environment.get_template(template).render(page=page, frame=frame)


def render(
    request: Request,
    template: str,
    page: object,
    *,
    here: Here,
    status: int = 200,
    brings_search: bool = False,
    toast: Toast | None = None,
) -> HTMLResponse:
    """The answer to a request for a page; one that brings a search field of its own does without the frame's."""
    views = cast("Views", request.app.state.views)
    body = views.html(template, page=page, frame=frame_of(request, here, brings_search=brings_search, toast=toast))
    return HTMLResponse(body, status_code=status, headers={"Cache-Control": "private, no-cache"})


def frame_of(request: Request, here: Here, *, brings_search: bool = False, toast: Toast | None = None) -> Frame:
    """What surrounds the page that was asked for."""
    wanted = request.cookies.get(THEME_COOKIE, "")
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    viewer = viewer_of(request)
    return Frame(
        here=here,
        theme=wanted if is_theme(wanted) else "auto",
        path=path if request.method == "GET" else request.url.path,
        has_search=not brings_search and viewer is not None,
        places=places_for(viewer),
        viewer=viewer,
        toast=toast,
    )


def is_theme(name: str) -> TypeGuard[Theme]:
    """True for a theme that exists."""
    return name in get_args(Theme)
