"""Every route × every role × one's own and another's workspace, as the table in `accounts/doors.py` declares."""

import re
from functools import partial
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.routing import APIRoute

from bowerbird.accounts import Role
from bowerbird.kernel.nouns import Scope
from bowerbird.records.access import visible_sources
from bowerbird.records.tables import entities
from bowerbird.web import api, pages
from bowerbird.web.access import ACCESS, ANYONE, Routes

from .conftest import HTML, Site
from .members import join, key, session, workspace
from .test_problems import assert_problem

ROLES = tuple(Role)
NOBODY = "0" * 26


def declared() -> set[str]:
    return {
        f"{method} {route.path}"
        for router in (*api.ROUTES, *pages.ROUTES)
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def a_path(route: str, **ids: Any) -> tuple[str, str]:
    """The method and the path, with ids that exist nowhere unless they are given."""
    method, _, path = route.partition(" ")
    found = {"identifier": 9_999, "page": 9_999, "version": 9_999} | ids
    return method, re.sub(r"{(\w+)}", lambda name: str(found.get(name[1], NOBODY)), path)


async def ask(site: Site, route: str, headers: dict[str, str], **ids: Any) -> httpx.Response:
    method, path = a_path(route, **ids)
    how: dict[str, Any] = {}
    if path == "/v1/live":  # else it would not end
        headers = headers | {"last-event-id": "none"}
    if path.startswith("/v1/") and method in ("POST", "PATCH"):
        how["json"] = {}
    return await site.client.request(method, path, headers={"accept": "application/json"} | headers, **how)


def test_the_table_has_every_route_and_no_other() -> None:
    assert declared() == set(ACCESS)
    for router in (*api.ROUTES, *pages.ROUTES):
        assert isinstance(router, Routes), f"{router} would open its routes to anyone"


def test_a_route_without_a_role_cannot_be_made() -> None:
    router: APIRouter = Routes()
    with pytest.raises(LookupError, match="GET /backdoor has no role"):
        router.get("/backdoor")(lambda: None)


@pytest.mark.parametrize("route", sorted(ACCESS))
async def test_each_role_may_do_what_the_table_says(site: Site, route: str) -> None:
    """Refused at the door or not, whatever becomes of the request behind it."""
    headers: dict[Role | None, dict[str, str]] = {
        role: session(site, join(site, f"{role.word}@example.org", role)) for role in ROLES
    }
    headers[None] = {}
    wanted = ACCESS[route]
    for role, sent in headers.items():
        if wanted is not ANYONE and role is None:
            assert_problem(await ask(site, route, sent), 401, "not-signed-in")
        elif wanted is not ANYONE and role is not None and role < wanted:
            assert_problem(await ask(site, route, sent), 403, "not-allowed")
        else:
            response = await ask(site, route, sent)
            assert response.status_code not in (401, 403), (role, response.text)
            assert response.status_code < 500, (role, response.text)


@pytest.mark.parametrize("role", ROLES)
async def test_a_key_may_what_its_role_may(site: Site, role: Role) -> None:
    admin = join(site, "ana@example.org", Role.ADMIN)
    sent = key(site, admin, role)
    for route, wanted in ACCESS.items():
        if not route.split(" ")[1].startswith("/v1/"):
            continue
        response = await ask(site, route, sent)
        assert (response.status_code == 403) == (wanted is not None and role < wanted), (route, response.text)


async def test_nothing_of_another_workspace_is_there(site: Site) -> None:
    """An admin next door finds none of it: not by id, not in lists, not in search, and may change none of it."""
    library = site.library
    ana = join(site, "ana@example.org", Role.ADMIN)
    join(site, "ben@example.org", Role.READER)
    source = library.source()
    stored = library.page(source, "https://docs.example.org/a", "Supervised learning trains a model on labels. " * 3)
    library.arrange()
    job = library.job(source)
    conversation = (await site.client.post("/v1/keys", headers=session(site, ana), json={"name": "mine"})).json()["key"]
    stranger = join(site, "dan@example.net", Role.ADMIN, workspace=workspace(site, "Next door"))
    there = session(site, stranger)
    ids = {
        "job": job,
        "source": source,
        "page": stored.page,
        "version": stored.version,
        "identifier": 1,
        "key": conversation,
        "account": ana.account,
        "conversation": NOBODY,
    }
    for route in sorted(ACCESS):
        if "{" not in route or "{secret}" in route:
            continue
        method, path = a_path(route, **ids)
        body: dict[str, Any] = {}
        if method != "GET":
            body = {"json": {}} if path.startswith("/v1/") else {"data": {"every": "day", "role": "reader"}}
        response = await site.client.request(method, path, headers={"accept": "application/json"} | there, **body)
        assert response.status_code in (404, 422), (route, response.status_code, response.text)

    for path in ("/v1/jobs", "/v1/entities", "/v1/keys", "/v1/people", "/v1/audit"):
        listed = (await site.client.get(path, headers=there)).text
        for secret in (job, source, "ana@example.org", "ben@example.org", "Supervised"):
            assert secret not in listed, path
    for path in ("/", "/scraping/dashboard", "/knowledge/explorer", "/settings/people", "/settings/audit", "/chat"):
        page = (await site.client.get(path, headers=HTML | there)).text
        assert "docs.example.org" not in page, path
        assert "ana@example.org" not in page, path

    assert (await site.client.get(f"/v1/jobs/{job}", headers=session(site, ana))).status_code == 200


async def test_search_and_ask_are_scoped_to_who_asks(site: Site) -> None:
    """The index is asked for the asker's sources only; a colleague's private source is not among them."""
    ana, ben = join(site, "ana@example.org", Role.CURATOR), join(site, "ben@example.org", Role.READER)
    shared = site.library.source()
    private = site.library.source("https://private.example.org/", person=ana.person)
    for member, sees in ((ana, {shared, private}), (ben, {shared})):
        await site.client.get("/v1/search?q=anything", headers=session(site, member))
        scope = site.searcher.asked[-1]["scope"]
        assert scope == Scope(workspace=member.workspace, person=member.person)
        assert set(site.library.records.read(partial(visible_sources, scope=scope))) == sees


async def test_a_key_acts_for_other_persons_only_as_operator(site: Site) -> None:
    ana = join(site, "ana@example.org", Role.ADMIN)
    curator, operator = key(site, ana, Role.CURATOR), key(site, ana, Role.OPERATOR)
    assert_problem(await site.client.get("/v1/me?user=u-1", headers=curator), 403, "not-allowed")
    assert_problem(await site.client.get("/v1/me?user=u-1", headers=session(site, ana)), 403, "not-allowed")
    first = (await site.client.get("/v1/me?user=u-1", headers=operator)).json()
    again = (await site.client.get("/v1/me?user=u-1", headers=operator)).json()
    other = (await site.client.get("/v1/me?user=u-2", headers=operator)).json()
    assert first["person"] == again["person"] != other["person"]
    assert first["person"] != ana.person


async def test_without_accounts_everyone_is_the_local_operator(site: Site) -> None:
    me = (await site.client.get("/v1/me")).json()
    assert (me["name"], me["role"], me["limit_per_hour"]) == ("Local operator", "admin", None)
    acting = (await site.client.get("/v1/me?user=u-1")).json()
    assert acting["person"] != me["person"]
    assert acting["limit_per_hour"] == 1000


async def test_the_first_account_closes_the_door(site: Site) -> None:
    assert (await site.get("/")).status_code == 200
    join(site, "ana@example.org", Role.ADMIN)
    response = await site.get("/chat?query=x")
    assert response.status_code == 303
    assert response.headers["location"] == "/sign-in?next=%2Fchat%3Fquery%3Dx"
    refused = await site.client.get("/v1/jobs")
    assert_problem(refused, 401, "not-signed-in")
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_a_source_can_be_kept_to_oneself_and_shown_again(site: Site) -> None:
    """At every door that lists or names it, and at once."""
    ana, ben = join(site, "ana@example.org", Role.CURATOR), join(site, "ben@example.org", Role.ADMIN)
    hers, his = session(site, ana), session(site, ben)
    source = site.library.source("https://notes.example.org/", created_by=ana.person)
    stored = site.library.page(source, "https://notes.example.org/a", "Supervised learning trains a model. " * 3)
    site.library.arrange()
    job = site.library.job(source)

    async def seen_by(who: dict[str, str]) -> set[str]:
        paths = [f"/v1/jobs/{job}", f"/v1/pages/{stored.page}", f"/v1/versions/{stored.version}"]
        found = {path for path in paths if (await site.client.get(path, headers=who)).status_code == 200}
        for path in ("/v1/jobs", "/scraping/dashboard", "/scraping/dashboard.csv", "/", "/knowledge/explorer"):
            if "notes.example.org" in (await site.client.get(path, headers=HTML | who)).text:
                found.add(path)
        return found

    everywhere = await seen_by(his)
    assert len(everywhere) == 8
    path = f"/scraping/sources/{source}/visibility"
    assert (await site.client.post(path, headers=his, data={"private": "1"})).status_code == 422
    assert (await site.client.post(path, headers=hers, data={"private": "1"})).status_code == 303
    assert await seen_by(his) == set()
    assert await seen_by(hers) == everywhere
    assert (await site.client.post(path, headers=his, data={})).status_code == 404
    assert (await site.client.post(path, headers=hers, data={})).status_code == 303
    assert await seen_by(his) == everywhere
    audited = (await site.client.get("/v1/audit", headers=his)).json()["audit"]
    assert [row["detail"] for row in audited if row["action"] == "source.visibility"] == [
        {"seen_by": "all"},
        {"seen_by": "one"},
    ]


async def test_names_of_a_source_that_is_kept_to_oneself_are_compared_anew(site: Site) -> None:
    """What one person alone may see tells nothing of what others mean by a name."""
    ana = join(site, "ana@example.org", Role.CURATOR)
    source = site.library.source("https://notes.example.org/", created_by=ana.person)
    site.library.page(source, "https://notes.example.org/a", "Isaac Newton met Ada Lovelace. Isaac Newton left.")
    site.library.arrange()
    site.library.records.write(lambda conn: conn.execute(sa.update(entities).values(compared=True)))
    path = f"/scraping/sources/{source}/visibility"
    assert (await site.client.post(path, headers=HTML | session(site, ana), data={"private": "1"})).status_code == 303
    compared = site.library.records.read(lambda conn: set(conn.execute(sa.select(entities.c.compared)).scalars()))
    assert compared == {False}


async def test_two_people_may_gather_the_same_site_in_private(site: Site) -> None:
    """One learns nothing of the other's: neither a refusal nor a job that exists already."""
    ana, ben = join(site, "ana@example.org", Role.CURATOR), join(site, "ben@example.org", Role.CURATOR)
    wanted = {"url": "http://127.0.0.1:9/", "goal": "learn about it", "private": True}
    made = [
        (await site.client.post("/v1/jobs", headers=session(site, who), json=wanted)).json() for who in (ana, ben, ana)
    ]
    assert made[0]["source"] == made[2]["source"] != made[1]["source"]
    shared = (await site.client.post("/v1/jobs", headers=session(site, ben), json=wanted | {"private": False})).json()
    assert shared["source"] not in {one["source"] for one in made}
    path = f"/scraping/sources/{made[0]['source']}/visibility"
    refused = await site.client.post(path, headers=HTML | session(site, ana), data={})
    assert refused.status_code == 422
    assert "a source with this address and goal already" in refused.text


async def test_what_somebody_may_not_do_is_not_offered(site: Site) -> None:
    """A reader sees no button that the server would refuse; a curator does."""
    source = site.library.source()
    job = site.library.job(source)
    reader, curator = join(site, "ben@example.org", Role.READER), join(site, "ana@example.org", Role.CURATOR)
    for path in ("/", "/scraping/dashboard", f"/scraping/jobs/{job}", "/knowledge/explorer", "/chat"):
        page = (await site.client.get(path, headers=HTML | session(site, reader))).text
        assert "/scraping/new" not in page, path
        assert not re.findall(r'action="(/scraping/[^"]+)"', page), path
    page = (await site.client.get("/scraping/dashboard", headers=HTML | session(site, curator))).text
    assert f'action="/scraping/sources/{source}/gather"' in page
