"""What surrounds every page: the places by role, the person's menu, the way around without a script."""

import re

import pytest

from bowerbird.accounts import Role
from bowerbird.web.frame import PLACES

from .conftest import Site
from .members import join, session

TITLES = ["Ask", "Explore", "Feed", "Gather", "Sources", "Tables", "Experiments", "Agents", "Settings"]
OF_A_CURATOR = [title for title in TITLES if title != "Agents"]


def rail(html: str) -> list[str]:
    """The titles of the rail's places."""
    inside = html.partition('aria-label="Main">')[2].partition('<li class="more">')[0]
    return re.findall(r"<span>(\w+)</span></a></li>", inside)


@pytest.mark.parametrize(
    ("role", "titles"),
    [
        (Role.READER, ["Ask", "Explore", "Feed", "Sources", "Tables", "Settings"]),
        (Role.CURATOR, OF_A_CURATOR),
        (Role.OPERATOR, TITLES),
        (Role.ADMIN, TITLES),
    ],
)
async def test_the_rail_shows_where_a_role_may_go(site: Site, role: Role, titles: list[str]) -> None:
    """As the table of routes and roles says, and so does the palette."""
    member = session(site, join(site, "ana@example.org", role))
    assert rail((await site.get("/", **member)).text) == titles
    groups = (await site.get("/palette", **member)).json()["groups"]
    assert [item["title"] for item in groups[0]["items"]] == ["Home", *titles]


async def test_the_menu_is_the_local_operators_while_there_are_no_accounts(site: Site) -> None:
    """Everything is there, and there is nothing to sign out of."""
    html = (await site.get("/")).text
    assert rail(html) == TITLES
    assert "Local operator" in html
    assert "Sign out" not in html


async def test_who_is_signed_in_sees_name_role_and_the_way_out(site: Site) -> None:
    """Signing out is a form."""
    html = (await site.get("/", **session(site, join(site, "ana@example.org", Role.READER)))).text
    menu = html.partition('class="menu person"')[2].partition("</details>")[0]
    assert ">reader<" in menu
    assert re.search(r'<form method="post" action="/sign-out">.*?Sign out', menu)


async def test_nobody_is_led_anywhere_before_signing_in(site: Site) -> None:
    """No search, no bell, no palette, no places; but the theme."""
    join(site, "ana@example.org", Role.ADMIN)
    html = (await site.get("/sign-in")).text
    assert rail(html) == []
    for part in ('role="search"', "data-bell", 'id="palette"', "Sign out"):
        assert part not in html
    assert 'action="/preferences/theme"' in html


def test_no_key_leads_to_two_places() -> None:
    """`g h` is home, every other letter belongs to one place."""
    keys = ["h", *(place.key for place in PLACES)]
    assert len(keys) == len(set(keys))


async def test_every_page_has_the_way_around_without_a_script(site: Site) -> None:
    """The bell, search and the skip link are links and forms."""
    html = (await site.get("/scraping/dashboard")).text
    assert '<a class="skip" href="#main">' in html
    assert re.search(r'<a [^>]*href="/activity"', html)
    assert re.search(r'<form role="search" action="/knowledge/explorer"', html)


async def test_a_new_secret_is_shown_with_a_button_that_copies_it(site: Site) -> None:
    """Read-only, and copied as it is."""
    html = (await site.post("/settings/keys", {"name": "the intranet", "role": "reader"})).text
    (secret,) = re.findall(r'<input id="new-secret" value="([^"]+)" readonly', html)
    assert f'data-copy="{secret}"' in html
