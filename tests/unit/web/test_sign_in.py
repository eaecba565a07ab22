"""Signing in, out, by link; the settings' pages."""

import re
from dataclasses import dataclass, field

import httpx
import pytest

from bowerbird.accounts import Role, people
from bowerbird.settings import Settings
from bowerbird.web import create_app
from tests.passwords import cheap_passwords

__all__ = ["cheap_passwords"]

from .conftest import HTML, Site
from .members import ORIGIN, join, session

PASSWORD = "correct horse battery"


@dataclass
class Browser:
    """Keeps cookies and says where it comes from, as browsers do."""

    client: httpx.AsyncClient
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str) -> httpx.Response:
        return self._kept(await self.client.get(path, headers=HTML | self._cookie()))

    async def post(self, path: str, **form: str) -> httpx.Response:
        return self._kept(await self.client.post(path, data=form, headers=HTML | ORIGIN | self._cookie()))

    def _cookie(self) -> dict[str, str]:
        return {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}

    def _kept(self, response: httpx.Response) -> httpx.Response:
        for header in response.headers.get_list("set-cookie"):
            name, _, rest = header.partition("=")
            value = rest.partition(";")[0].strip('"')
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        self.client.cookies.clear()
        return response


@pytest.fixture
def browser(site: Site) -> Browser:
    return Browser(site.client)


async def first_admin(browser: Browser) -> httpx.Response:
    return await browser.post("/settings/people/first", name="Ana", email="ana@example.org", password=PASSWORD)


async def test_the_first_admin_is_made_on_the_open_server_and_signed_in(browser: Browser, site: Site) -> None:
    assert "open to this machine" in (await browser.get("/settings")).text
    made = await first_admin(browser)
    assert (made.status_code, made.headers["location"]) == (303, "/settings/people")
    people_page = await browser.get("/settings/people")
    assert "ana@example.org" in people_page.text
    assert (await site.get("/")).status_code == 303  # a browser without the cookie
    assert (await browser.get("/")).status_code == 200


async def test_there_is_only_one_first_admin(browser: Browser, site: Site) -> None:
    await first_admin(browser)
    again = await browser.post("/settings/people/first", name="Eve", email="eve@example.org", password=PASSWORD)
    assert again.status_code == 422
    assert "accounts already" in again.text


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"name": "Ana", "email": "ana", "password": PASSWORD}, "not an e-mail address"),
        ({"name": "", "email": "ana@example.org", "password": PASSWORD}, None),
        ({"name": "Ana", "email": "ana@example.org", "password": "short"}, "expected 10 to"),
        ({"name": "x" * 10_240, "email": "ana@example.org", "password": PASSWORD}, "10,240 characters"),
    ],
)
async def test_a_first_admin_is_refused_beside_the_field(
    browser: Browser, form: dict[str, str], why: str | None
) -> None:
    response = await browser.post("/settings/people/first", **form)
    if why is None:  # without a name it is what stands before the @
        assert response.status_code == 303
        return
    assert response.status_code == 422
    assert why in response.text
    assert (await browser.get("/")).status_code == 200  # the server is as open as before


async def test_signing_in_leads_back_and_out_ends_it(browser: Browser) -> None:
    await first_admin(browser)
    await browser.post("/sign-out")
    assert (await browser.get("/settings")).status_code == 303
    page = await browser.get("/sign-in?next=/settings/keys")
    assert 'value="/settings/keys"' in page.text
    wrong = await browser.post("/sign-in", email="ana@example.org", password="guess", next="/settings/keys")
    assert wrong.status_code == 422
    assert "do not belong together" in wrong.text
    assert "guess" not in wrong.text
    right = await browser.post("/sign-in", email="ANA@example.org", password=PASSWORD, next="/settings/keys")
    assert right.headers["location"] == "/settings/keys"
    assert (await browser.get("/settings/keys")).status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_signing_in_never_leads_elsewhere(browser: Browser, elsewhere: str) -> None:
    await first_admin(browser)
    await browser.post("/sign-out")
    response = await browser.post("/sign-in", email="ana@example.org", password=PASSWORD, next=elsewhere)
    assert response.headers["location"] == "/"


async def test_the_cookies_are_out_of_reach(browser: Browser) -> None:
    response = await first_admin(browser)
    for cookie in response.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/" in cookie


async def test_behind_https_the_cookies_are_for_this_host_alone(site: Site) -> None:
    settings = Settings(public_url="https://birds.example.org")
    app = create_app(settings, opener=site.opened)
    forged = session(site, join(site, "ana@example.org", Role.ADMIN))["cookie"]
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://birds.example.org") as client:
            response = await client.get("/sign-in", headers=HTML)
            assert response.headers["strict-transport-security"]
            assert (await client.get("/v1/me", headers={"cookie": forged})).status_code == 401
            real = forged.replace("bowerbird_session", "__Host-bowerbird_session")
            assert (await client.get("/v1/me", headers={"cookie": real})).status_code == 200
            assert (await client.get("/healthz", headers={"host": "evil.example"})).status_code == 421


async def test_a_locked_account_says_when_to_come_back(browser: Browser) -> None:
    await first_admin(browser)
    stranger = Browser(browser.client)
    for _ in range(5):
        await stranger.post("/sign-in", email="ana@example.org", password="guess")
    locked = await stranger.post("/sign-in", email="ana@example.org", password=PASSWORD)
    assert locked.status_code == 429
    assert int(locked.headers["retry-after"]) == 1
    assert "sign-in link" in locked.text


async def test_an_invitation_leads_to_an_account(browser: Browser, site: Site) -> None:
    await first_admin(browser)
    page = await browser.post("/settings/people/invite", email="ben@example.org", role="curator")
    assert page.status_code == 201
    assert page.headers["cache-control"] == "no-store"
    path = re.search(r'http://localhost:8080(/links/[\w-]+)"', page.text)
    assert path is not None
    ben = Browser(site.client)
    shown = await ben.get(path[1])
    assert "ben@example.org" in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    short = await ben.post(path[1], name="Ben", password="short")
    assert short.status_code == 422
    joined = await ben.post(path[1], name="بن 🦜", password=PASSWORD)
    assert (joined.status_code, joined.headers["location"]) == (303, "/")
    assert (await ben.get("/scraping/new")).status_code == 200
    assert (await ben.get("/settings/people")).status_code == 403
    assert (await Browser(site.client).get(path[1])).status_code == 404
    assert "بن 🦜" in (await browser.get("/settings/people")).text


async def test_an_invitation_does_not_hand_out_an_account_that_exists(browser: Browser, site: Site) -> None:
    """The admin who made the link could open it themselves: only the password says who somebody is."""
    await first_admin(browser)
    other = site.library.records.write(lambda conn: people.workspace_named(conn, "Next door", clock=site.library.clock))
    admin = session(site, join(site, "dan@example.net", Role.ADMIN, workspace=other))
    link = (
        await site.client.post("/v1/people", headers=admin, json={"email": "ana@example.org", "role": "reader"})
    ).json()["link"]
    path = link.removeprefix("http://localhost:8080")
    thief = Browser(site.client)
    assert "Your password" in (await thief.get(path)).text
    assert (await thief.post(path, password="another password")).status_code == 422
    assert thief.cookies == {}
    ana = Browser(site.client)
    assert (await ana.post(path, password=PASSWORD)).status_code == 303


async def test_a_sign_in_link_lets_in_and_shuts_the_others_out(browser: Browser, site: Site) -> None:
    await first_admin(browser)
    ben = join(site, "ben@example.org", Role.READER)
    old = session(site, ben)
    page = await browser.post(f"/settings/people/{ben.account}/link")
    path = re.search(r'http://localhost:8080(/links/[\w-]+)"', page.text)
    assert path is not None
    back = Browser(site.client)
    assert (await back.post(path[1], password="another good one")).status_code == 303
    assert (await site.client.get("/v1/me", headers=old)).status_code == 401
    assert (await back.get("/settings")).status_code == 200


async def test_changing_the_password_needs_the_old_one_and_ends_other_sessions(browser: Browser, site: Site) -> None:
    await first_admin(browser)
    second = Browser(site.client)
    await second.post("/sign-in", email="ana@example.org", password=PASSWORD)
    wrong = await browser.post("/settings/password", current="guess", password="another good one")
    assert wrong.status_code == 422
    assert "not your current password" in wrong.text
    right = await browser.post("/settings/password", current=PASSWORD, password="another good one")
    assert right.status_code == 303
    assert (await browser.get("/settings?saved=password")).status_code == 200
    assert (await second.get("/settings")).status_code == 303


async def test_a_key_is_shown_once_and_works(browser: Browser, site: Site) -> None:
    await first_admin(browser)
    page = await browser.post("/settings/keys", name="<b>search</b>", role="reader")
    secret = re.search(r"bwb_[\w-]{43}", page.text)
    assert secret is not None
    assert "&lt;b&gt;search&lt;/b&gt;" in page.text
    me = await site.client.get("/v1/me", headers={"authorization": f"Bearer {secret[0]}"})
    assert me.json()["role"] == "reader"
    assert secret[0] not in (await browser.get("/settings/keys")).text
    listed = (await site.client.get("/v1/keys", headers={"authorization": f"Bearer {secret[0]}"})).json()["keys"]
    rotated = await browser.post(f"/settings/keys/{listed[0]['key']}/rotate", overlap="none")
    assert re.search(r"bwb_[\w-]{43}", rotated.text)
    assert (await site.client.get("/v1/me", headers={"authorization": f"Bearer {secret[0]}"})).status_code == 401


async def test_the_audit_log_tells_all_of_it(browser: Browser) -> None:
    await first_admin(browser)
    await browser.post("/settings/keys", name="search", role="reader")
    page = (await browser.get("/settings/audit")).text
    for words in ("member added", "password changed", "signed in", "key created"):
        assert words in page
    assert PASSWORD not in page
    assert "bwb_" not in page


async def test_links_that_never_were_say_what_to_do(browser: Browser) -> None:
    response = await browser.get("/links/nonsense")
    assert response.status_code == 404
    assert "ask for another" in response.text
