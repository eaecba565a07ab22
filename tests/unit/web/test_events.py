"""`POST /v1/events`: one, a list or lines; of oneself, or of anybody by an operator's key; refused one by one."""

import asyncio
import json
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bowerbird.accounts import Role
from bowerbird.records.tables import events, persons
from tests.feeding import furnish

from . import members
from .conftest import Site


async def tell(site: Site, body: Any, **headers: str) -> httpx.Response:
    return await site.client.post("/v1/events", json=body, headers=headers)


def kept(site: Site) -> list[tuple[str, str, float]]:
    """Whose events there are, of which kind, and when they were done."""
    found = (
        sa.select(persons.c.external_id, events.c.kind, events.c.at)
        .join(persons, persons.c.id == events.c.person)
        .order_by(events.c.id)
    )
    return [tuple(row) for row in site.library.records.read(lambda conn: conn.execute(found).all())]


async def test_one_event_is_kept_and_known_after(site: Site) -> None:
    """One object is enough; sent again it is known."""
    furnish(site.library)
    event = {"person": "ada", "item": "page-1", "kind": "opened", "at": 1_700_000_000, "id": 7}
    assert (await tell(site, event)).json() == {"kept": 1, "known": 0, "refused": []}
    assert (await tell(site, [event, event])).json() == {"kept": 0, "known": 2, "refused": []}
    assert kept(site) == [("ada", "opened", 1_700_000_000.0)]


async def test_each_that_cannot_be_is_refused_by_itself(site: Site) -> None:
    """By its place in the request, with what is wrong; the others are kept."""
    furnish(site.library)
    good = {"person": "ada", "item": "page-1", "kind": "opened", "at": 1_700_000_000}
    wrong: list[Any] = [
        7, None, [], {}, good | {"item": None}, good | {"kind": 3}, good | {"kind": "bought"}, good | {"at": "soon"},
        good | {"at": True}, good | {"at": 10**400}, good | {"value": "x"}, good | {"person": {}}, good | {"id": 1.5},
        good | {"details": 3}, good | {"item": "page-99"}, good | {f"x{n}": n for n in range(21)},
    ]  # fmt: skip
    answer = await tell(site, [good, *wrong, good | {"kind": "liked"}])
    assert answer.status_code == 200
    assert (answer.json()["kept"], answer.json()["known"]) == (2, 0)
    assert [one["index"] for one in answer.json()["refused"]] == list(range(1, len(wrong) + 1))
    assert all(one["reason"] for one in answer.json()["refused"])


async def test_lines_are_taken_too(site: Site) -> None:
    """JSON Lines by their media type; a line that is no JSON refuses no other. NaN is no number of anybody's."""
    furnish(site.library)
    lines = [
        '{"person": "ada", "item": "page-1", "kind": "opened", "at": "2025-03-01T09:30:00Z"}',
        "no json",
        "",
        '{"person": "ada", "item": "page-1", "kind": "dwelt", "value": NaN}',
        '{"person": "ada", "item": "page-1", "kind": "saved", "screen": "small"}',
    ]
    answer = await site.client.post(
        "/v1/events", content="\n".join(lines), headers={"content-type": "application/x-ndjson; charset=utf-8"}
    )
    assert answer.json()["kept"] == 2
    assert [one["index"] for one in answer.json()["refused"]] == [1, 2]
    assert kept(site) == [("ada", "opened", 1_740_821_400.0), ("ada", "saved", site.library.clock.now_s())]


@pytest.mark.parametrize("body", ["7", '"x"', "null", "no json", "[" * 100_000, json.dumps([{}] * 1_001)])
async def test_what_are_no_events_is_refused_whole(site: Site, body: str) -> None:
    """Neither an object nor a list, or more than a thousand."""
    answer = await site.client.post("/v1/events", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert "expected" in answer.json()["detail"]


async def test_a_reader_tells_of_themselves_only(site: Site) -> None:
    """Without a person, or with their own id; a session acts for nobody else, whatever its role."""
    furnish(site.library)
    for role in (Role.READER, Role.ADMIN):
        member = members.join(site, f"{role.word}@example.org", role)
        headers = members.session(site, member)
        own = f"account:{member.account}"
        body = [{"item": "page-1", "kind": "opened", "person": person} for person in (None, own, "ada")]
        answer = (await tell(site, body, **headers)).json()
        assert [one["index"] for one in answer["refused"]] == [2]
        assert "operator" in answer["refused"][0]["reason"]
        assert {row[0] for row in kept(site)} >= {own}
    assert "ada" not in {row[0] for row in kept(site)}


@pytest.mark.parametrize(("role", "may"), [(Role.READER, False), (Role.CURATOR, False), (Role.OPERATOR, True)])
async def test_only_an_operators_key_tells_of_anybody(site: Site, role: Role, may: bool) -> None:
    """Persons are made when they are first named; `user` makes them the one whom the request is for."""
    furnish(site.library)
    headers = members.key(site, members.join(site, "olga@example.org", Role.ADMIN), role)
    answer = (await tell(site, {"person": "ada", "item": "page-1", "kind": "opened"}, **headers)).json()
    assert (answer["kept"], len(answer["refused"])) == ((1, 0) if may else (0, 1))
    assert [row[0] for row in kept(site)] == (["ada"] if may else [])
    acting = await site.client.post("/v1/events?user=bea", json={"item": "page-1", "kind": "liked"}, headers=headers)
    assert acting.status_code == (200 if may else 403)
    assert ("bea" in {row[0] for row in kept(site)}) == may


async def test_an_item_that_one_may_not_see_is_unknown(site: Site) -> None:
    """The reason is the one for an item that is not there."""
    ana, ben = (members.join(site, f"{name}@example.org", Role.READER) for name in ("ana", "ben"))
    furnish(site.library, private_to=ana.person)
    seen = [
        (await tell(site, {"item": item, "kind": "opened"}, **members.session(site, member))).json()
        for member, item in ((ana, "page-1"), (ben, "page-1"), (ben, "page-9"))
    ]
    assert (seen[0]["kept"], seen[1]["kept"]) == (1, 0)
    assert seen[1]["refused"][0]["reason"].replace("page-1", "page-9") == seen[2]["refused"][0]["reason"]


async def test_nobody_tells_nothing(site: Site) -> None:
    """Once there are accounts, who is not signed in is refused before the body is read."""
    members.join(site, "ana@example.org", Role.ADMIN)
    assert (await tell(site, "x")).status_code == 401


async def test_many_at_once_are_each_answered(site: Site) -> None:
    """Requests that come together are kept together and answered apart."""
    furnish(site.library)
    bodies = [{"person": f"u{n}", "item": f"page-{1 + n % 4}", "kind": "opened"} for n in range(80)]
    answers = await asyncio.gather(*(tell(site, body) for body in bodies))
    for number, answer in enumerate(answers):
        assert (answer.json()["kept"], len(answer.json()["refused"])) == ((0, 1) if number % 4 == 3 else (1, 0))
