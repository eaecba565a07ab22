"""What the door refuses, and what it counts."""

import httpx
import pytest

from bowerbird.accounts import Role, audit, people, sessions
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.records import open_counters
from bowerbird.settings import Settings
from bowerbird.web import create_app
from tests.feeding import furnish

from .conftest import Site
from .members import join, key, session
from .test_problems import assert_problem


@pytest.mark.parametrize(
    "authorization", ["Bearer nonsense", "Bearer ", "bearer bwb_x", "Bearer \xff", f"Bearer {'x' * 9000}"]
)
async def test_a_key_that_does_not_work_is_refused_everywhere(site: Site, authorization: str) -> None:
    """Also while the server is open: who sends a key wants to be taken for its owner."""
    for path in ("/v1/me", "/", "/sign-in"):
        response = await site.client.get(path, headers={b"authorization": authorization.encode("latin-1")})
        assert_problem(response, 401, "not-signed-in")


async def test_a_forged_session_is_nobody(site: Site) -> None:
    member = join(site, "ana@example.org", Role.ADMIN)
    real = session(site, member)["cookie"]
    for cookie in (f"{real}x", real[:-1], "bowerbird_session=", "bowerbird_session=' OR 1=1 --"):
        assert (await site.client.get("/v1/me", headers={"cookie": cookie})).status_code == 401


async def test_a_cookie_alone_does_not_change_anything(site: Site) -> None:
    """A form that does not say which page it comes from is not believed; reading is not changing."""
    sent = session(site, join(site, "ana@example.org", Role.ADMIN))
    bare = {"cookie": sent["cookie"]}
    assert (await site.client.get("/v1/me", headers=bare)).status_code == 200
    assert_problem(await site.client.post("/settings/name", headers=bare, data={"name": "Eve"}), 403, "not-allowed")
    elsewhere = bare | {"origin": "https://evil.example"}
    assert_problem(await site.client.post("/settings/name", headers=elsewhere, data={"name": "Eve"}), 403, "cross-site")
    assert (await site.client.post("/settings/name", headers=sent, data={"name": "Ana"})).status_code == 303


async def test_signed_out_everywhere_is_out_everywhere(site: Site) -> None:
    member = join(site, "ana@example.org", Role.ADMIN)
    here, there = session(site, member), session(site, member)
    response = await site.client.post("/settings/sessions/end-all", headers=here)
    assert response.status_code == 303
    for sent in (here, there):
        assert (await site.client.get("/v1/me", headers=sent)).status_code == 401


async def test_a_stream_ends_with_its_session(site: Site) -> None:
    """Watching a job does not outlive being signed out."""
    member = join(site, "ana@example.org", Role.ADMIN)
    sent = session(site, member)
    job = site.library.job(site.library.source(), "running")
    site.library.records.write(
        lambda conn: sessions.end_all_sessions(conn, viewer_actor(member), member.account, clock=site.library.clock)
    )
    assert (await site.client.get(f"/v1/jobs/{job}/events", headers=sent)).status_code == 401


def viewer_actor(member: people.Member) -> audit.Actor:
    return audit.Actor(member.workspace, member.role, member.person)


async def test_a_thousand_pass_and_the_next_is_told_when_to_come_back(site: Site) -> None:
    member = join(site, "ana@example.org", Role.READER)
    sent = session(site, member)
    for number in range(1000):
        response = await site.client.get("/v1/me", headers=sent)
        assert response.status_code == 200, number
    assert response.headers["ratelimit-limit"] == "1000"
    assert response.headers["ratelimit-remaining"] == "0"
    site.library.clock.advance(600)
    refused = await site.client.get("/v1/me", headers=sent)
    assert_problem(refused, 429, "limit-reached")
    assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"] == "3000"
    assert refused.json()["retry_after_s"] == 3000
    assert (await site.client.get("/healthz", headers=sent)).status_code == 200
    site.library.clock.advance(3000)
    assert (await site.client.get("/v1/me", headers=sent)).status_code == 200


@pytest.fixture
async def planned(site: Site) -> httpx.AsyncClient:
    """The same records behind an app with small limits."""
    settings = Settings(rate_limit_per_hour=3, plans={"partner": 5})
    app = create_app(settings, opener=site.opened)
    await app.router.lifespan_context(app).__aenter__()
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8080")


async def count(client: httpx.AsyncClient, headers: dict[str, str], path: str = "/v1/me") -> int:
    """How many pass."""
    passed = 0
    while (await client.get(path, headers=headers)).status_code == 200:
        passed += 1
    return passed


async def test_limits_differ_by_plan_and_are_counted_apart(site: Site, planned: httpx.AsyncClient) -> None:
    member = join(site, "ana@example.org", Role.OPERATOR)
    partner, usual = key(site, member, Role.OPERATOR, plan="partner"), key(site, member, Role.OPERATOR)
    assert await count(planned, partner) == 5
    assert await count(planned, usual) == 3
    assert await count(planned, session(site, member)) == 3
    forgotten = key(site, member, Role.READER, plan="a plan that is gone")
    assert await count(planned, forgotten) == 3


async def test_acting_counts_for_the_person_too(site: Site, planned: httpx.AsyncClient) -> None:
    """One person's share ends before the key's; another person goes on."""
    partner = key(site, join(site, "ana@example.org", Role.OPERATOR), Role.OPERATOR, plan="partner")
    assert await count(planned, partner, "/v1/me?user=u-1") == 3
    assert await count(planned, partner, "/v1/me?user=u-2") == 1


async def test_the_local_operator_is_counted_when_a_limit_was_chosen(planned: httpx.AsyncClient) -> None:
    assert await count(planned, {}) == 3


async def test_pages_say_so_too(site: Site, planned: httpx.AsyncClient) -> None:
    sent = session(site, join(site, "ana@example.org", Role.READER)) | {"accept": "text/html"}
    assert await count(planned, sent, "/") == 3
    refused = await planned.get("/", headers=sent)
    assert refused.status_code == 429
    assert "3 requests an hour" in refused.text


def test_two_openings_share_one_count(site: Site) -> None:
    """As two processes do; `tests/crash` has real ones."""
    records, clock = site.library.records, site.library.clock
    first, second = open_counters(records, clock), open_counters(records, clock)
    tallies = [counters.add("key:1", window_s=60).tally for counters in (first, second) * 3]
    assert tallies == [1, 2, 3, 4, 5, 6]
    first.close()
    second.close()


async def test_an_open_server_stays_open_while_the_records_do_not_answer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was the local operator is, and gets a feed; once somebody has an account nobody is."""
    furnish(site.library, 4)
    assert (await site.client.get("/v1/feed?n=3")).json()["level"] == "agents"
    read = site.library.records.read

    def gone(_: object) -> None:
        raise StoreUnavailable("the disk is gone")

    monkeypatch.setattr(site.library.records, "read", gone)
    assert (await site.client.get("/v1/feed?n=3&fresh=1")).json()["level"] == "trending"
    assert (await site.client.get("/v1/jobs")).status_code == 503
    for headers in ({"authorization": "Bearer bb_unknown"}, {"cookie": "bowerbird_session=x"}):
        assert (await site.client.get("/v1/feed?n=3", headers=headers)).status_code == 503

    monkeypatch.setattr(site.library.records, "read", read)
    join(site, "ana@example.org", Role.ADMIN)
    monkeypatch.setattr(site.library.records, "read", gone)
    assert (await site.client.get("/v1/feed?n=3")).status_code == 503
