"""What surrounds every page: the places by role, the person's menu, the notice with its way back."""

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bowerbird.settings import Settings
from bowerbird.web import create_app
from bowerbird.web.frame import PLACES, Place, Role, Viewer, places_for

from .conftest import HTML, Site


class SignedIn:
    """What the accounts' middleware will do: say who asks."""

    def __init__(self, app: ASGIApp, viewer: Viewer) -> None:
        self._app = app
        self._viewer = viewer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            Request(scope).state.viewer = self._viewer
        await self._app(scope, receive, send)


@pytest.fixture
def page_for(site: Site) -> Callable[..., Awaitable[str]]:
    """Asks for a page as somebody who is signed in."""

    async def ask(viewer: Viewer, path: str = "/") -> str:
        app = create_app(Settings(), opener=site.opened)
        app.add_middleware(SignedIn, viewer=viewer)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
                return (await client.get(path, headers=HTML)).text

    return ask


@pytest.mark.parametrize(
    ("role", "titles"),
    [("reader", ["Ask", "Explore", "Sources"]), ("curator", ["Ask", "Explore", "Gather", "Sources"])],
)
def test_the_rail_shows_where_a_role_may_go(role: Role, titles: list[str]) -> None:
    """By the one table; what needs a higher role is not there."""
    assert [place.title for place in places_for(Viewer("Ana", role))] == titles


def test_without_accounts_everything_is_there() -> None:
    """Everyone is the local operator, who may go wherever an administrator may."""
    admin = Place("settings", "Settings", "/settings", "settings", "t", "Change it", least="admin")
    assert places_for(None) == PLACES
    assert places_for(None, [admin]) == (admin,)
    assert places_for(Viewer("Ana", "operator"), [admin]) == ()


def test_no_key_leads_to_two_places() -> None:
    """`g h` is home, every other letter belongs to one place."""
    keys = ["h", *(place.key for place in PLACES)]
    assert len(keys) == len(set(keys))


async def test_the_menu_is_the_local_operators_until_somebody_signs_in(site: Site) -> None:
    """There is nothing to sign out of."""
    html = (await site.get("/")).text
    assert "Local operator" in html
    assert "Sign out" not in html


async def test_who_is_signed_in_sees_name_role_and_the_way_out(page_for: Callable[..., Awaitable[str]]) -> None:
    """The name is text, whatever it holds; signing out is a form."""
    html = await page_for(Viewer("Ana <b>", "reader"))
    assert "Ana &lt;b&gt;" in html
    assert re.search(r'<form method="post" action="/sign-out">.*?Sign out', html)
    assert 'data-key="n"' not in html  # a reader does not gather


async def test_the_palette_of_a_reader_does_not_lead_where_readers_may_not_go(
    page_for: Callable[..., Awaitable[str]],
) -> None:
    """It is made from the same table."""
    assert "/scraping/new" not in await page_for(Viewer("Ana", "reader"), "/palette?q=gather")
    assert "/scraping/new" in await page_for(Viewer("Ana", "curator"), "/palette?q=gather")


async def test_every_page_has_the_way_around_without_a_script(site: Site) -> None:
    """The bell, search and the skip link are links and forms."""
    html = (await site.get("/scraping/dashboard")).text
    assert '<a class="skip" href="#main">' in html
    assert re.search(r'<a [^>]*href="/activity"', html)
    assert re.search(r'<form role="search" action="/knowledge/explorer"', html)
