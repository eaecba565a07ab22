"""`/v1/feed`: made and served for oneself, or by an operator's key for anybody; what cannot be is told in words."""

import io
import json
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bowerbird.accounts import Role
from bowerbird.feed import MOST
from bowerbird.feed.agents import default_agents
from bowerbird.records.tables import events, feed_people, persons, slates
from tests.feeding import furnish

from . import members
from .conftest import Site
from .test_problems import assert_problem


@pytest.fixture
async def keys(site: Site) -> dict[str, dict[str, str]]:
    """Keys of a reader and of an operator, by the role."""
    furnish(site.library, 8)
    return {
        role.word: members.key(site, members.join(site, f"{role.word}@example.org", role), role)
        for role in (Role.READER, Role.OPERATOR)
    }


async def feed(site: Site, key: dict[str, str] | None = None, **query: Any) -> httpx.Response:
    return await site.client.get("/v1/feed", params=query, headers=key or {})


@pytest.mark.parametrize("n", [0, -1, MOST + 1, 10**9, 10**40, "many", ""])
async def test_a_number_that_cannot_be_is_refused_in_words(site: Site, n: Any) -> None:
    """It says what was seen and what is expected, for who is in a hurry too."""
    problem = assert_problem(await feed(site, n=n), 422, "input-wrong")
    assert problem.field == "n"
    assert str(n)[:20] in problem.detail
    assert any(word in problem.detail for word in ("100", "1", "integer"))


@pytest.mark.parametrize("n", [1, 3, MOST])
async def test_as_many_as_are_asked_for_as_far_as_there_are(site: Site, n: int) -> None:
    """Each once, with shares that sum to its score."""
    furnish(site.library, 8)
    told = (await feed(site, n=n)).json()
    assert (len(told["items"]), told["level"], told["age_ms"]) == (min(n, 8), "agents", 0)
    assert len({item["id"] for item in told["items"]}) == len(told["items"])
    for item in told["items"]:
        assert sum(item["why"].values()) == pytest.approx(item["score"], abs=1e-3)


async def test_of_an_empty_library_there_is_an_empty_feed(site: Site) -> None:
    answer = await feed(site)
    assert (answer.status_code, answer.json()["items"]) == (200, [])


async def test_the_same_slate_until_it_is_asked_for_afresh(site: Site) -> None:
    """It gets older; `fresh` begins another, which everybody gets from then on."""
    furnish(site.library, 8)
    first = (await feed(site)).json()
    site.library.clock.advance(30)
    second = (await feed(site)).json()
    assert (second["slate"], second["age_ms"]) == (first["slate"], 30_000)
    third = (await feed(site, fresh="true")).json()
    assert third["slate"] != first["slate"]
    assert (await feed(site)).json()["slate"] == third["slate"]


async def test_an_operators_key_gets_the_feed_of_anybody(site: Site, keys: dict[str, dict[str, str]]) -> None:
    """Who is first named is made, and has a feed of their own."""
    anna = (await feed(site, keys["operator"], user="anna")).json()
    bert = (await feed(site, keys["operator"], user="bert")).json()
    assert len(anna["items"]) == len(bert["items"]) == 8
    assert anna["slate"] != bert["slate"]
    assert (await feed(site, keys["operator"], user="anna")).json()["slate"] == anna["slate"]
    known = site.library.records.read(lambda conn: set(conn.execute(sa.select(persons.c.external_id)).scalars()))
    assert {"anna", "bert"} <= known


@pytest.mark.parametrize("path", ["", "/choices", "/data", "/slates/01k"])
async def test_a_readers_key_names_nobody_else(site: Site, keys: dict[str, dict[str, str]], path: str) -> None:
    """And none makes a person of it."""
    answer = await site.client.get(f"/v1/feed{path}", params={"user": "anna"}, headers=keys["reader"])
    assert_problem(answer, 403, "not-allowed")
    assert_problem(await site.client.get(f"/v1/feed{path}"), 401, "not-signed-in")
    known = site.library.records.read(lambda conn: set(conn.execute(sa.select(persons.c.external_id)).scalars()))
    assert "anna" not in known


@pytest.mark.parametrize(("user", "status"), [("", 422), ("x" * 201, 422), ("a\nb", 422), ("account:1", 404)])
async def test_a_name_that_cannot_be_is_refused(
    site: Site, keys: dict[str, dict[str, str]], user: str, status: int
) -> None:
    """`account:` names somebody who has an account here, and nobody is made so."""
    assert (await feed(site, keys["operator"], user=user)).status_code == status


async def test_choices_hold_and_what_is_left_out_stays(site: Site, keys: dict[str, dict[str, str]]) -> None:
    """Of the person that is named, and of nobody else."""
    who: dict[str, Any] = {"headers": keys["operator"], "params": {"user": "anna"}}
    path = "/v1/feed/choices"
    assert (await site.client.get(path, **who)).json() == {"interests": [], "surprise": 0.3, "muted": []}
    changed = await site.client.patch(path, json={"interests": [" film  noir "]}, **who)
    assert changed.json()["interests"] == ["film noir"]
    assert (await site.client.patch(path, json={"surprise": 1}, **who)).json() == {
        "interests": ["film noir"], "surprise": 1.0, "muted": [],
    }  # fmt: skip
    assert (await site.client.get(path, headers=keys["operator"])).json()["interests"] == []
    for wrong in ({"surprise": 2}, {"interests": ["x" * 81]}, {"interests": "film"}, {"colour": "blue"}):
        assert_problem(await site.client.patch(path, json=wrong, **who), 422, "input-wrong")


async def test_a_muted_source_is_not_shown(site: Site) -> None:
    """From the next feed on, until it is unmuted; a source that is not there is none."""
    furnish(site.library, 3)
    source = site.library.records.read(lambda conn: conn.execute(sa.text("SELECT id FROM sources")).scalar_one())
    assert len((await feed(site)).json()["items"]) == 3
    assert (await site.client.put(f"/v1/feed/muted/{source}")).status_code == 204
    assert (await feed(site)).json()["items"] == []
    assert (await site.client.get("/v1/feed/choices")).json()["muted"] == [source]
    assert (await site.client.delete(f"/v1/feed/muted/{source}")).status_code == 204
    assert len((await feed(site)).json()["items"]) == 3
    assert_problem(await site.client.put("/v1/feed/muted/01k"), 404, "not-found")
    assert_problem(await site.client.delete(f"/v1/feed/muted/{source}"), 404, "not-found")


async def test_what_is_known_of_somebody_is_theirs(site: Site) -> None:
    """To be had, to begin anew, and to be deleted: then there is nothing of it in any table."""
    furnish(site.library, 3)
    slate = (await feed(site)).json()["slate"]
    told = [{"item": "page-1", "kind": kind, "slate": slate} for kind in ("shown", "hidden")]
    assert (await site.client.post("/v1/events", json=told)).json()["kept"] == 2
    await site.client.patch("/v1/feed/choices", json={"surprise": 0.9})
    data = (await site.client.get("/v1/feed/data")).json()
    assert sorted((one["kind"], one["item"]) for one in data["events"]) == [("hidden", "page-1"), ("shown", "page-1")]
    assert [one["id"] for one in data["slates"]] == [slate]
    assert data["choices"]["surprise"] == 0.9

    site.library.clock.advance(1)
    assert [item["id"] for item in (await feed(site, fresh="true")).json()["items"]].count("page-1") == 0
    assert (await site.client.post("/v1/feed/reset")).status_code == 204
    assert "page-1" in [item["id"] for item in (await feed(site)).json()["items"]]

    assert (await site.client.delete("/v1/feed/data")).status_code == 204
    left = site.library.records.read(
        lambda conn: [conn.execute(sa.select(table)).all() for table in (events, slates, feed_people)]
    )
    assert left == [[], [], []]
    assert (await site.client.get("/v1/feed/data")).json()["events"] == []
    assert (await site.client.delete("/v1/feed/data")).status_code == 204


async def test_a_slate_is_made_again(site: Site, keys: dict[str, dict[str, str]]) -> None:
    """As it was, and without an agent; by its person, and by an operator's key for them; not when it has changed."""
    made = (await feed(site, keys["operator"], user="anna", n=5)).json()
    path = f"/v1/feed/slates/{made['slate']}"

    async def again(**query: Any) -> httpx.Response:
        return await site.client.get(path, params={"user": "anna"} | query, headers=keys["operator"])

    told = (await again()).json()
    assert (told["slate"], told["is_same"], told["without"]) == (made["slate"], True, [])
    assert [item | {"because": None} for item in made["items"]] == told["items"]
    left = (await again(without=["quality", "discovery"])).json()
    assert left["without"] == ["quality", "discovery"]
    assert not any({"quality", "discovery"} & item["why"].keys() for item in left["items"])
    assert_problem(await again(without="nobody"), 422, "input-wrong")
    assert_problem(await again(user="bert"), 404, "not-found")
    assert_problem(await site.client.get(path, headers=keys["reader"]), 404, "not-found")

    site.library.records.write(
        lambda conn: conn.execute(sa.text("UPDATE items SET vector = :v, seq = seq + 100"), {"v": b"\x00\x3c" * 384})
    )
    site.library.clock.advance(30)
    assert_problem(await again(), 409, "changed")


async def test_the_log_says_what_each_feed_was_made_from(site: Site, log_lines: io.StringIO) -> None:
    """For whom, how many, how long it took, what each agent said and how long it took, exploration, hits and misses."""
    furnish(site.library, 8)
    await feed(site, n=5)
    await feed(site, n=5)  # from memory: none is generated
    await feed(site, n=6)
    lines = [json.loads(line) for line in log_lines.getvalue().splitlines()]
    first, second = [line for line in lines if line["event"] == "feed_generated"]
    assert (first["component"], first["user"]) == ("agent", site.library.scope.person)
    assert ((first["size"], second["size"]), first["made_by"]) == ((5, 6), "agents")
    assert first["agents"].keys() == {agent.name for agent in default_agents()}
    for agent in first["agents"].values():
        assert 0.0 <= agent["score"] <= 1.0
        assert (agent["latency_ms"] >= 0.0, agent["error"]) == (True, "")
    assert first["latency_ms"] >= 0.0
    assert 0.0 <= first["exploration"] <= 1.0
    assert first["caches"] == {"kept": "miss", "person": "miss", "rates": "miss"}
    assert second["caches"] == {"kept": "miss", "person": "hit", "rates": "hit"}
