"""A feed while the records do not answer, for whoever was let in a moment ago; nothing else, and for nobody else."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.accounts import Role, keys, people, sessions
from bowerbird.accounts.audit import Actor
from bowerbird.accounts.secrets import digest
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.records.tables import keys as key_rows
from bowerbird.records.tables import sessions as session_rows
from bowerbird.web.recent import GRACE_S, MOST, Recent
from tests.feeding import furnish

from . import members
from .conftest import Site

Headers = dict[str, str]
Lose = Callable[[], None]


@pytest.fixture
def lose(site: Site, monkeypatch: pytest.MonkeyPatch) -> Lose:
    """Let the records answer no more."""

    def gone(_: object) -> None:
        raise StoreUnavailable("the disk is gone")

    return lambda: monkeypatch.setattr(site.library.records, "read", gone)


@pytest.fixture
def ana(site: Site) -> people.Member:
    """A reader, of items that everybody may see."""
    furnish(site.library, 6)
    return members.join(site, "ana@example.org", Role.READER)


async def status(site: Site, path: str, headers: Headers, method: str = "GET") -> int:
    return (await site.client.request(method, path, headers=headers)).status_code


async def test_a_session_of_a_moment_ago_gets_a_feed(site: Site, ana: people.Member, lose: Lose) -> None:
    """The one that is kept, and one that is made now; for a quarter of an hour."""
    browser = members.session(site, ana)
    await site.client.get("/v1/feed?n=3", headers=browser)
    lose()
    assert (await site.client.get("/v1/feed?n=3", headers=browser)).json()["level"] == "agents"
    assert (await site.client.get("/v1/feed?n=4", headers=browser)).json()["level"] == "trending"
    site.library.clock.advance(GRACE_S - 1)
    assert await status(site, "/v1/feed?n=3", browser) == 200
    site.library.clock.advance(1)
    assert await status(site, "/v1/feed?n=3", browser) == 503


async def test_the_page_shows_what_a_slate_tells(site: Site, ana: people.Member, lose: Lose) -> None:
    """Titles with the agent that is for them, and that this is all; before and after it is the usual page."""
    browser = members.session(site, ana)
    usual = await site.client.get("/feed", headers=browser)
    assert "only what is remembered" not in usual.text
    lose()
    page = await site.client.get("/feed", headers=browser)
    assert page.status_code == 200
    assert "only what is remembered" in page.text
    assert all(f"Note {number}" in page.text for number in range(6))
    afresh = await site.client.get("/feed?category=none", headers=browser)
    assert "Nothing is remembered that you may see" in afresh.text


async def test_what_somebody_hid_stays_away(site: Site, ana: people.Member, lose: Lose) -> None:
    """The slate is the one from before; the page leaves out what this process knows to be hidden."""
    browser = members.session(site, ana)
    first = await site.client.get("/feed", headers=browser)
    hide = {"item": "page-2", "act": "hidden"}
    assert (await site.client.post("/feed/act", headers=browser, data=hide)).status_code == 303
    assert "Note 1" in first.text
    assert "Note 1" not in (await site.client.get("/feed", headers=browser)).text
    lose()
    page = (await site.client.get("/feed", headers=browser)).text
    assert "only what is remembered" in page
    assert "Note 1" not in page
    assert "Note 2" in page


async def test_nothing_but_the_feed_is_given_so(site: Site, ana: people.Member, lose: Lose) -> None:
    """No other page, no part of the API, and nothing is done."""
    browser = members.session(site, ana)
    for path in ("/feed", "/v1/items", "/feed/saved", "/v1/feed/choices"):
        assert await status(site, path, browser) == 200
    lose()
    for path in ("/v1/items", "/feed/saved", "/v1/feed/choices", "/feed/data"):
        assert await status(site, path, browser) == 503
    assert await status(site, "/feed/others", browser, "POST") == 503


async def test_who_was_not_let_in_is_not_now(site: Site, ana: people.Member, lose: Lose) -> None:
    """Another session of the same person, somebody else's, none, a key as a cookie."""
    known, unknown = members.session(site, ana), members.session(site, ana)
    await site.client.get("/v1/feed", headers=known)
    lose()
    token = known["cookie"].partition("=")[2]
    for headers in (unknown, {"cookie": "bowerbird_session=x"}, {"authorization": "Bearer bb_x"}, {}):
        assert await status(site, "/v1/feed", headers) == 503
    assert await status(site, "/v1/feed?user=ana", known) == 503
    assert await status(site, "/v1/feed", {"cookie": f"bowerbird_session={digest(token)}"}) == 503


async def test_a_key_is_let_in_for_whom_it_came_before(site: Site, ana: people.Member, lose: Lose) -> None:
    """With any query; for a person whom it never named it is told to come back."""
    key = members.key(site, members.join(site, "op@example.org", Role.OPERATOR), Role.OPERATOR)
    await site.client.get("/v1/feed?user=bea&n=3", headers=key)
    lose()
    assert await status(site, "/v1/feed?user=bea&n=5&category=none", key) == 200
    assert await status(site, "/v1/feed?user=cleo&n=5", key) == 503


def _old_session(site: Site, member: people.Member) -> Headers:
    browser = members.session(site, member)
    began_at = site.library.clock.now_s() - sessions.LONGEST_S + 300.0
    site.library.records.write(lambda conn: conn.execute(sa.update(session_rows).values(created_at=began_at)))
    return browser


def _key_of_five_minutes(site: Site, member: people.Member) -> Headers:
    return members.key(site, member, Role.READER, lasts_s=300.0)


def _secret_before_the_newest(site: Site, member: people.Member) -> Headers:
    key, by = members.key(site, member, Role.READER), Actor(member.workspace, member.role, member.person)

    def rotate(conn: sa.Connection) -> None:
        name = conn.execute(sa.select(key_rows.c.id)).scalar_one()
        keys.rotate_key(conn, by, name, overlap_s=300.0, clock=site.library.clock)

    site.library.records.write(rotate)
    return key


@pytest.mark.parametrize("come", [_old_session, _key_of_five_minutes, _secret_before_the_newest])
async def test_what_ends_by_itself_ends_at_its_time(
    site: Site, ana: people.Member, lose: Lose, come: Callable[[Site, people.Member], Headers]
) -> None:
    """Also within the quarter of an hour: when that is was known before."""
    headers = come(site, ana)
    assert await status(site, "/v1/feed?category=none", headers) == 200
    lose()
    site.library.clock.advance(299)
    assert await status(site, "/v1/feed?category=none", headers) == 200
    site.library.clock.advance(1)
    assert await status(site, "/v1/feed?category=none", headers) == 503


def _signed_out(site: Site, member: people.Member, headers: Headers) -> Any:
    token = digest(headers["cookie"].partition("=")[2])
    return site.library.records.write(lambda conn: sessions.end_session(conn, token, member.account))


def _all_ended(site: Site, member: people.Member, _: Headers) -> Any:
    by = Actor(member.workspace, person=member.person)
    return site.library.records.write(
        lambda conn: sessions.end_all_sessions(conn, by, member.account, clock=site.library.clock)
    )


def _somebody_joined(site: Site, _: people.Member, __: Headers) -> Any:
    return members.join(site, "new@example.org", Role.READER)


@pytest.mark.parametrize("change", [_signed_out, _all_ended, _somebody_joined])
async def test_after_any_change_of_access_nobody_is(
    site: Site, ana: people.Member, lose: Lose, change: Callable[[Site, people.Member, Headers], Any]
) -> None:
    """Whose it was: that can only be read where it cannot be read now."""
    browser = members.session(site, ana)
    assert await status(site, "/v1/feed", browser) == 200
    change(site, ana, browser)
    lose()
    assert await status(site, "/v1/feed", browser) == 503


async def test_a_session_goes_on_in_the_workspace_that_it_switched_to(
    site: Site, ana: people.Member, lose: Lose
) -> None:
    """What was remembered of the one before is not shown under the name of the other."""
    browser = members.session(site, ana)
    other = members.join(site, "ana@example.org", Role.READER, workspace=members.workspace(site, "Other"))
    assert await status(site, "/v1/feed", browser) == 200
    token = digest(browser["cookie"].partition("=")[2])
    site.library.records.write(lambda conn: sessions.switch_workspace(conn, token, ana.account, other.workspace))
    lose()
    assert await status(site, "/v1/feed", browser) == 503


def test_what_is_remembered_is_bounded() -> None:
    """Of more than there is room for, who came longest ago is forgotten; no secret is in it."""
    recent = Recent[str]()
    for number in range(MOST + 1):
        recent.remember(f"secret-{number}", None, "who", identity=1, now_s=0.0)
    assert recent.find("secret-0", None, identity=1, now_s=0.0) is None
    assert recent.find("secret-1", None, identity=1, now_s=0.0) == "who"
    assert recent.find("secret-1", None, identity=2, now_s=0.0) is None
    assert "secret-1" not in repr(vars(recent))
