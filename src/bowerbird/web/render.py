"""Pages out of templates: each template gets `page` (its own typed context), `frame` (what surrounds it), no more."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeGuard, cast, get_args

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bowerbird.web.access import ACCESS
from bowerbird.web.assets import Assets
from bowerbird.web.viewer import Viewer, viewer_of

__all__ = ["PLACES", "THEME_COOKIE", "Frame", "Place", "Theme", "Views", "frame_of", "is_theme", "render"]

Theme = Literal["auto", "light", "dark"]
Here = Literal["home", "ask", "explore", "gather", "sources", "settings", "other"]

THEME_COOKIE: Final = "theme"
_WEB = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Place:
    """One of the rail's destinations, with the letter that goes there after `g`."""

    name: Here
    title: str
    href: str
    icon: str
    key: str


PLACES: Final = (
    Place("ask", "Ask", "/chat", "message-circle-question-mark", "a"),
    Place("explore", "Explore", "/knowledge/explorer", "compass", "e"),
    Place("gather", "Gather", "/scraping/new", "plus", "n"),
    Place("sources", "Sources", "/scraping/dashboard", "globe", "s"),
    Place("settings", "Settings", "/settings", "settings", ","),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds every page."""

    here: Here
    theme: Theme
    path: str  # where the theme switch comes back to
    has_search: bool  # the explorer brings its own field
    viewer: Viewer | None = None
    places: tuple[Place, ...] = ()


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
    request: Request, template: str, page: object, *, here: Here, status: int = 200, brings_search: bool = False
) -> HTMLResponse:
    """The answer to a request for a page; one that brings a search field of its own does without the frame's."""
    views = cast("Views", request.app.state.views)
    body = views.html(template, page=page, frame=frame_of(request, here, brings_search=brings_search))
    return HTMLResponse(body, status_code=status, headers={"Cache-Control": "private, no-cache"})


def frame_of(request: Request, here: Here, *, brings_search: bool = False) -> Frame:
    """What surrounds the page that was asked for."""
    viewer = viewer_of(request)
    wanted = request.cookies.get(THEME_COOKIE, "")
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Frame(
        here=here,
        theme=wanted if is_theme(wanted) else "auto",
        path=path if request.method == "GET" else request.url.path,
        has_search=not brings_search and viewer is not None,
        viewer=viewer,
        places=tuple(place for place in PLACES if _may_go(viewer, place)),
    )


def _may_go(viewer: Viewer | None, place: Place) -> bool:
    role = ACCESS[f"GET {place.href}"]
    return role is None or (viewer is not None and viewer.may(role))


def is_theme(name: str) -> TypeGuard[Theme]:
    """True for a theme that exists."""
    return name in get_args(Theme)
