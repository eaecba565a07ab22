"""The two paths before the application: the same answers as behind it, and nothing it would refuse."""

import io
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bowerbird.accounts import Role
from bowerbird.accounts import keys as key_rows
from bowerbird.accounts.audit import Actor
from bowerbird.acquire.sources import set_private
from bowerbird.feed.stamps import choices_of
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.records.tables import events, persons, sources
from bowerbird.web.recent import GRACE_S
from tests.feeding import furnish

from . import members
from .conftest import Site
from .test_problems import assert_problem

Headers = dict[str, str]


@pytest.fixture
async def key(site: Site) -> Headers:
    """A key that may name anybody, over a library of eight items."""
    furnish(site.library, 8)
    return members.key(site, members.join(site, "ops@example.org", Role.OPERATOR), Role.OPERATOR)


def in_full(lines: io.StringIO, path: str) -> int:
    """How many requests of that path took the usual way, which logs each."""
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    return sum(line["event"] == "request.answered" and line["path"] == path for line in told)


async def feed(site: Site, key: Mapping[str, str], query: str = "user=anna&n=5") -> httpx.Response:
    return await site.client.get(f"/v1/feed?{query}", headers=dict(key))


def without_age(answer: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "age_ms"}


async def test_the_second_time_it_is_answered_from_memory_and_says_the_same(
    site: Site, key: Headers, log_lines: io.StringIO
) -> None:
    """Body, status and headers, but for the age and what is left of the limit."""
    first = await feed(site, key)
    site.library.clock.advance(7)
    second = await feed(site, key)

    assert in_full(log_lines, "/v1/feed") == 1
    assert without_age(first) == without_age(second)
    assert second.json()["age_ms"] == 7000
    assert second.headers["cache-control"] == "private, no-cache"
    apart = {"content-length", "content-encoding", "ratelimit-remaining", "ratelimit-reset"}
    assert {name for name in first.headers if name not in apart} == {
        name for name in second.headers if name not in apart
    }
    assert int(second.headers["ratelimit-remaining"]) == int(first.headers["ratelimit-remaining"]) - 1


async def test_a_key_that_is_revoked_is_refused_at_once(site: Site, key: Headers) -> None:
    """Also where it was remembered; so is one that has run out."""
    assert [(await feed(site, key)).status_code for _ in range(2)] == [200, 200]
    (row,) = site.library.records.read(lambda conn: conn.execute(sa.text("SELECT id, workspace FROM keys")).all())
    site.library.records.write(
        lambda conn: key_rows.revoke_key(conn, Actor(row.workspace), row.id, clock=site.library.clock)
    )

    assert_problem(await feed(site, key), 401, "not-signed-in")


async def test_a_key_that_runs_out_is_soon_refused(site: Site) -> None:
    """What is remembered of a key is looked up again every minute."""
    furnish(site.library, 3)
    member = members.join(site, "ops@example.org", Role.OPERATOR)
    key = members.key(site, member, Role.OPERATOR, lasts_s=100.0)
    assert [(await feed(site, key)).status_code for _ in range(2)] == [200, 200]
    site.library.clock.advance(161)

    assert (await feed(site, key)).status_code == 401


async def test_a_key_is_looked_up_once_a_minute_whoever_it_is_for(
    site: Site, key: Headers, log_lines: io.StringIO
) -> None:
    """Who asks for ben in time need not be looked up for anna; after a minute of nothing somebody is."""
    for query, wait_s in (("user=anna&n=5", 40), ("user=ben&n=5", 40), ("user=anna&n=5", 40), ("user=ben&n=5", 61)):
        await feed(site, key, query)
        site.library.clock.advance(wait_s)
    assert in_full(log_lines, "/v1/feed") == 3  # anna, ben, and ben again after 80 s
    await feed(site, key)
    assert in_full(log_lines, "/v1/feed") == 4


async def test_who_is_known_is_found_without_the_writers_turn(
    site: Site, key: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that acts for somebody writes when it first names them, and not again."""
    path = "/v1/feed/choices?user=anna"
    assert (await site.client.get(path, headers=key)).status_code == 200

    async def refused(_: object) -> None:
        raise AssertionError("somebody wrote")

    monkeypatch.setattr(site.library.records, "awrite", refused)
    assert (await site.client.get(path, headers=key)).status_code == 200


async def test_what_closes_is_not_shown_from_memory(site: Site, key: Headers) -> None:
    """A source that somebody keeps to themselves from now on leaves the feed that was remembered."""
    assert [len((await feed(site, key)).json()["items"]) for _ in range(2)] == [5, 5]
    source, maker = site.library.records.read(
        lambda conn: conn.execute(sa.select(sources.c.id, sources.c.created_by)).one()
    )
    scope = site.library.scope.__class__(site.library.scope.workspace, maker)
    site.library.records.write(lambda conn: set_private(conn, source, scope, private=True, clock=site.library.clock))

    assert (await feed(site, key)).json()["items"] == []


async def test_a_limit_holds_on_the_short_way(site: Site, key: Headers) -> None:
    """The thousand-and-first request of an hour is refused with when to come back."""
    answers = [await feed(site, key) for _ in range(1001)]

    assert {answer.status_code for answer in answers[:1000]} == {200}
    assert_problem(answers[1000], 429, "limit-reached")
    assert int(answers[1000].headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "query", ["user=anna&n=5&fresh=yes", "user=anna&n=0", "user=anna&n=5&n=6", "user=anna&category=x", "n=%F0"]
)
async def test_what_asks_for_more_takes_the_usual_way(
    site: Site, key: Headers, log_lines: io.StringIO, query: str
) -> None:
    """Each time, and is answered by the route."""
    for _ in range(2):
        await feed(site, key, query)
    assert in_full(log_lines, "/v1/feed") == 2


async def test_a_feed_of_now_is_made_on_the_short_way(site: Site, key: Headers, log_lines: io.StringIO) -> None:
    """Each time another, which is then everybody's."""
    made = [(await feed(site, key, "user=anna&n=5&fresh=1")).json()["slate"] for _ in range(3)]
    assert len(set(made)) == 3
    assert in_full(log_lines, "/v1/feed") == 1
    assert (await feed(site, key, "user=anna&n=5")).json()["slate"] == made[-1]


async def test_browsers_take_the_usual_way(site: Site, key: Headers, log_lines: io.StringIO) -> None:
    """Who sends a cookie, or comes from another site's page, is looked at in full."""
    await feed(site, key)
    for more in ({"cookie": "a=b"}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        await feed(site, key | more)
    assert in_full(log_lines, "/v1/feed") == 4


async def test_events_are_kept_on_the_short_way_as_on_the_long_one(
    site: Site, key: Headers, log_lines: io.StringIO
) -> None:
    """The same answer, and on disk; known when it is sent again."""
    event = {"person": "anna", "item": "page-1", "kind": "saved", "at": site.library.clock.now_s()}
    answers = [
        await site.client.post("/v1/events", json=body, headers=key)
        for body in (event, event, [event, {**event, "kind": "liked"}], {**event, "item": "nothing"})
    ]

    assert in_full(log_lines, "/v1/events") == 1
    assert [answer.json()["kept"] for answer in answers] == [1, 0, 1, 0]
    assert [answer.json()["known"] for answer in answers] == [0, 1, 1, 0]
    assert "nothing" in answers[3].json()["refused"][0]["reason"]
    kinds = site.library.records.read(lambda conn: set(conn.execute(sa.select(events.c.kind)).scalars()))
    assert kinds == {"saved", "liked"}


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"x"', b"", b"\xff", b"[" * 9_000])
async def test_a_body_that_is_none_is_refused_by_the_route(site: Site, key: Headers, body: bytes) -> None:
    """What was read is given to it again: the same answer as to somebody who never came before."""
    headers = {**key, "content-type": "application/json"}
    before = await site.client.post("/v1/events", content=body, headers=headers)
    await site.client.post("/v1/events", json={"item": "page-1", "kind": "saved"}, headers=key)
    after = await site.client.post("/v1/events", content=body, headers=headers)

    assert (before.status_code, before.json()) == (after.status_code, after.json())


async def test_a_readers_key_tells_of_nobody_else_on_the_short_way(site: Site, key: Headers) -> None:
    """As on the long one."""
    reader = members.key(site, members.join(site, "r@example.org", Role.READER), Role.READER)
    own = await site.client.post("/v1/events", json={"item": "page-1", "kind": "saved"}, headers=reader)
    other = await site.client.post(
        "/v1/events", json={"person": "anna", "item": "page-2", "kind": "saved"}, headers=reader
    )

    assert own.json()["kept"] == 1
    assert "other persons" in other.json()["refused"][0]["reason"]


async def test_without_the_records_whoever_was_known_gets_a_feed(
    site: Site, key: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after the minute in which nobody need be looked up; who was never known is told to come back."""
    assert (await feed(site, key)).json()["level"] == "agents"
    anna = _person(site, "anna")
    _lose(site, monkeypatch)
    site.library.clock.advance(30)
    for wait_s in (301, 3600):
        site.library.records.stamps.mark(choices_of(anna))
        answer = await feed(site, key)
        assert (answer.status_code, answer.json()["level"], len(answer.json()["items"])) == (200, "trending", 5)
        site.library.clock.advance(wait_s)
    assert (await feed(site, key, "user=ben&n=5")).status_code == 503


async def test_without_the_records_a_key_is_known_for_a_quarter_of_an_hour(
    site: Site, key: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From when it was looked up, however often it comes; then it is told to come back."""
    await feed(site, key)
    _lose(site, monkeypatch)
    for _ in range(3):
        assert (await feed(site, key, "user=anna&n=5&fresh=1")).status_code == 200
        site.library.clock.advance(GRACE_S / 3)
    assert (await feed(site, key)).status_code == 503


async def test_without_the_records_a_key_that_runs_out_is_known_no_more(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is over was known when it was let in."""
    furnish(site.library, 3)
    member = members.join(site, "ops@example.org", Role.OPERATOR)
    key = members.key(site, member, Role.OPERATOR, lasts_s=100.0)
    assert (await feed(site, key)).status_code == 200
    _lose(site, monkeypatch)
    assert (await feed(site, key, "user=anna&n=5&fresh=1")).status_code == 200
    site.library.clock.advance(99)
    assert (await feed(site, key)).status_code == 200
    site.library.clock.advance(1)
    assert (await feed(site, key)).status_code == 503


def _lose(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: object) -> None:
        raise StoreUnavailable("the disk is gone")

    monkeypatch.setattr(site.library.records, "read", gone)


def _person(site: Site, name: str) -> str:
    wanted = sa.select(persons.c.id).where(persons.c.external_id == name)
    return str(site.library.records.read(lambda conn: conn.execute(wanted).scalar_one()))
