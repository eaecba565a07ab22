"""
Every route × everybody: who may not see something finds no byte of it in any answer, and who may does.

A route that is declared to show what was gathered, and does not for its owner, fails too: what looks in the wrong place
would find nothing for ever.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import httpx
import pytest

from bowerbird.accounts import Role
from bowerbird.accounts.doors import ROUTES, Shows
from bowerbird.settings import Settings
from bowerbird.web import create_app

from .world import LATER, NEXT, OWN, TESTED, TRIED, UNNAMED, Things, World

pytestmark = pytest.mark.timeout(600)  # a thousand requests

SHOWING: Final[frozenset[Shows]] = frozenset({"gathered", "own", "shared"})
HTML: Final = {"accept": "text/html"}
EVENTS: Final = {"accept": "text/event-stream"}
# What FastAPI serves itself: the documentation of the API, and files by the hash of what is in them.
OPEN: Final = {"GET /openapi.json", "GET /static/{name}"}
# They end what the walk needs, so they come last.
ENDING: Final = (
    "/data/delete",
    "/v1/feed/data",
    "/remove",
    "/end",
    "/end-all",
    "/sign-out",
    "/shut-out",
    "/role",
    "/password",
    "/settings/workspace",
)


def _nothing(_: Things) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Probe:
    """A way to ask a route."""

    query: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[Things], Any] = _nothing
    headers: Mapping[str, str] = field(default_factory=dict)


def _completion(_: Things, *, stream: bool = False) -> dict[str, Any]:
    return {"model": "bowerbird", "stream": stream, "messages": [{"role": "user", "content": UNNAMED}]}


PROBES: Final[Mapping[str, Sequence[Probe]]] = {
    "GET /knowledge/explorer": [
        Probe(),
        Probe({"search": "quokka registry"}),
        Probe({"search": "quokka registry", "show": "pages"}),
        Probe({"search": "burrow", "show": "things"}),
    ],
    "GET /knowledge/entities/{identifier}/links": [Probe(), Probe({"to": "registry"}), Probe({"to": "quokka burrow"})],
    "GET /palette": [Probe(), Probe({"q": "quokka burrow"}), Probe({"q": "registry"})],
    "GET /v1/search": [Probe({"q": "quokka registry"})],
    "GET /v1/entities": [Probe(), Probe({"q": "quokka burrow", "limit": "200"}), Probe({"q": "registry"})],
    "POST /v1/ask": [
        Probe(body=lambda _: {"question": UNNAMED}),
        Probe(body=lambda _: {"question": UNNAMED}, headers=EVENTS),
        Probe(body=lambda of: {"question": UNNAMED, "as_of": of.ids["now"]}),
    ],
    "POST /chat": [Probe(body=lambda _: {"query": UNNAMED}, headers=EVENTS), Probe(body=lambda _: {"query": UNNAMED})],
    "POST /v1/chat/completions": [Probe(body=_completion), Probe(body=partial(_completion, stream=True))],
    "POST /v1/follows": [
        Probe(body=lambda of: {"kind": "change", "question": of.ids["question"]}),
        Probe(body=lambda of: {"kind": "entity", "entity": of.ids["identifier"]}),
        Probe(body=lambda of: {"kind": "source", "source": of.ids["source"]}),
        Probe(body=lambda _: {"kind": "topic", "topic": "homes"}),
    ],
    "POST /following": [
        Probe(body=lambda of: {"kind": "change", "question": of.ids["question"]}),
        Probe(body=lambda of: {"kind": "entity", "of": str(of.ids["identifier"])}),
        Probe(body=lambda of: {"kind": "source", "of": of.ids["source"]}),
        Probe(body=lambda _: {"kind": "topic", "of": "homes"}),
    ],
    "POST /v1/feedback": [Probe(body=lambda of: {"answer": of.ids["answer"], "thumb": "down", "text": "no"})],
    "PATCH /v1/tables/{table}": [Probe(body=lambda _: {"shared": True})],
    "POST /v1/tables": [Probe(body=lambda _: {"goal": "photographers: name, price"})],
    "GET /v1/items": [Probe(), Probe({"kind": "page", "limit": "200"})],
    "POST /v1/events": [Probe(body=lambda of: {"item": of.ids.get("key", "page-1"), "kind": "opened"})],
    "GET /v1/feed": [Probe(), Probe({"fresh": "true"}), Probe({"n": "100", "fresh": "true"}), Probe({"n": "100"})],
    "GET /v1/feed/slates/{slate}": [Probe(), Probe({"without": "quality"})],
    "PATCH /v1/feed/choices": [Probe(body=lambda _: {"surprise": 0.5})],
    "POST /v1/boards": [Probe(body=lambda _: {"name": "Burrows"})],
    "PATCH /v1/boards/{board}": [Probe(body=lambda _: {"name": "Dens"})],
    "POST /feed/boards": [Probe(body=lambda _: {"name": "Holes"})],
    "POST /feed/boards/put": [
        Probe(body=lambda of: {"item": of.ids.get("key", "page-1"), "board": of.ids.get("board", "")})
    ],
    "GET /feed/saved": [Probe(), Probe({"board": "none"})],
    "POST /v1/jobs": [Probe(body=lambda _: {"url": "http://127.0.0.1:9/", "goal": "learn about homes"})],
    "GET /v1/preview": [Probe({"url": "http://127.0.0.1:9/"})],
    "GET /v1/live": [Probe({"after": "0"})],
    "GET /activity": [Probe(), Probe({"fragment": "true"})],
    "GET /knowledge/pages/{page}": [Probe(), Probe({"fragment": "true"})],
    "GET /feed": [Probe(), Probe({"done": "muted", "done-source": "0" * 26})],
    "GET /feed/items/{key:path}": [Probe(), Probe({"slate": "0" * 26, "position": "0"})],
    "POST /feed/act": [
        Probe(body=lambda of: {"item": of.ids.get("key", "page-1"), "act": "liked"}),
        Probe(body=lambda of: {"item": of.ids.get("key", "page-1"), "act": "unliked"}),
        Probe(body=lambda of: {"item": of.ids.get("key", "page-1"), "act": "asked"}),
    ],
    "POST /feed/surprise": [Probe(body=lambda _: {"surprise": "30"})],
    "POST /feed/topics": [Probe(body=lambda _: {"other": "burrows"})],
    "GET /v1/models/{model}": [Probe()],
    "POST /v1/experiments/{name}/decide": [Probe(body=lambda _: {"decision": "wait", "reasons": "It is early."})],
    "PATCH /v1/experiments/{name}": [Probe(body=lambda _: {"new_phase": True})],
    "GET /v1/learnings": [Probe(), Probe({"metric": "saved"})],
}


def declared() -> Iterator[str]:
    """The doors in the order in which they are walked: what changes things after what reads them."""
    methods = ("GET", "POST", "PATCH", "PUT", "DELETE")
    order = sorted(ROUTES, key=lambda door: (door.endswith(ENDING), methods.index(door.split(" ")[0]), door))
    return iter(order)


async def answers(
    world: World, door: str, headers: Mapping[str, str], things: Sequence[Things], **query: str
) -> list[httpx.Response]:
    """What the door answers, asked in every way for all of those things."""
    method, path = door.split(" ")
    is_api, asked = path.startswith("/v1/"), []
    for probe in PROBES.get(door, [Probe()]):
        for one in things if "{" in path or probe.body is not _nothing else things[:1]:
            how: dict[str, Any] = {"json" if is_api else "data": probe.body(one)} if method != "GET" else {}
            how["headers"] = {"accept": "application/json" if is_api else "text/html", **headers, **probe.headers}
            how["params"] = {**probe.query, **query}
            where = re.sub(r"{(\w+)(?::path)?}", partial(_filled, one), path)
            asked.append(await world.client.request(method, where, **how))
    return asked


def _filled(of: Things, name: "re.Match[str]") -> str:
    return str(of.ids.get(name[1], "0" * 26))


def told(response: httpx.Response) -> str:
    """Every byte of an answer: its headers, and its text as it reads without escapes."""
    text = response.content.decode("utf-8", "replace")
    return f"{response.headers}\n{text}".lower()


def test_every_route_of_the_application_is_declared() -> None:
    """Also one that no router of ours has made."""
    made = set(_made(create_app(Settings()).routes))
    assert made == set(ROUTES) | OPEN
    assert set(PROBES) <= set(ROUTES)


def _made(routes: Iterable[Any]) -> Iterator[str]:
    for route in routes:
        # FastAPI keeps a router that was included whole.
        if (router := getattr(route, "original_router", None)) is not None:
            yield from _made(router.routes)
        else:
            yield from (f"{method} {route.path}" for method in route.methods if method != "HEAD")


@pytest.mark.parametrize(("name", "words"), [("ana", (OWN, LATER)), ("dan", (NEXT,))])
async def test_who_may_see_it_finds_it_where_the_table_says_and_nowhere_else(
    world: World, name: str, words: Sequence[str]
) -> None:
    headers = world.session(name)
    wrong: list[str] = []
    for door in declared():
        found = await answers(world, door, headers, [world.things[name], world.things[f"{name} shares"]])
        assert all(one.status_code != 500 for one in found), (door, [one.text for one in found])
        shows = any(word in told(one) for one in found for word in words)
        if shows != (ROUTES[door].shows in SHOWING):
            wrong.append(f"{door} {'shows' if shows else 'does not show'} it: {[one.status_code for one in found]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("name", "word"), [("olga", TESTED), ("cem", TESTED), ("dan", TRIED)])
async def test_what_is_put_to_the_test_is_shown_where_the_table_says_and_nowhere_else(
    world: World, name: str, word: str
) -> None:
    """To who may run experiments, and to who may only read of them at the doors that are open to them."""
    headers, role = world.session(name), world.members[name].role
    whose = "olga" if word == TESTED else "dan"
    things = [world.things[f"{whose} tests"], world.things[f"{whose} drafts"], world.things[name]]
    wrong: list[str] = []
    for door in declared():
        if "/experiments/{name}" in door:
            world.test_again()
        found = await answers(world, door, headers, things)
        assert all(one.status_code != 500 for one in found), (door, [one.text for one in found])
        shows = any(word in told(one) for one in found)
        opens = role >= (ROUTES[door].role or Role.READER)
        if shows != (ROUTES[door].shows == "tested" and opens):
            wrong.append(f"{door} {'shows' if shows else 'does not show'} it: {[one.status_code for one in found]}")
    assert not wrong, "\n".join(wrong)


def keyed(name: str, role: Role) -> Callable[[World], Mapping[str, str]]:
    return lambda world: world.key(name, role)


def signed_in(name: str) -> Callable[[World], Mapping[str, str]]:
    return lambda world: world.session(name)


@pytest.mark.parametrize(
    ("name", "comes", "acting", "sees"),
    [
        pytest.param("", lambda _: {}, {}, (), id="nobody"),
        pytest.param("ben", signed_in("ben"), {}, (), id="a reader"),
        pytest.param("cem", signed_in("cem"), {}, (TESTED,), id="a curator"),
        pytest.param("olga", signed_in("olga"), {}, (TESTED,), id="an operator"),
        pytest.param("adam", signed_in("adam"), {}, (TESTED,), id="an admin"),
        pytest.param("dan", signed_in("dan"), {}, (NEXT, TRIED), id="an admin next door"),
        pytest.param("ben", keyed("ben", Role.READER), {}, (), id="a reader's key"),
        pytest.param("adam", keyed("adam", Role.READER), {}, (), id="an admin's key that only reads"),
        pytest.param("adam", keyed("adam", Role.ADMIN), {}, (TESTED,), id="an admin's key"),
        pytest.param("dan", keyed("dan", Role.OPERATOR), {}, (NEXT, TRIED), id="a key next door"),
        pytest.param("", keyed("olga", Role.OPERATOR), {"user": "u-1"}, (TESTED,), id="a key that acts for somebody"),
    ],
)
async def test_who_may_not_see_it_finds_no_byte_of_it(
    world: World,
    name: str,
    comes: Callable[[World], Mapping[str, str]],
    acting: Mapping[str, str],
    sees: Sequence[str],
) -> None:
    """Nor of what is put to the test, who may only read or is from next door."""
    headers = comes(world)
    hidden = [word for word in (OWN, LATER, NEXT, TESTED, TRIED) if word not in sees]
    tests = ("olga tests", "olga drafts", "dan tests", "dan drafts")
    whose = dict.fromkeys(("ana", "ana shares", "dan", "dan shares", *tests, "ben", name or "ben"))
    things = [world.things[one] for one in whose]
    leaks: list[str] = []
    for door in declared():
        for one in await answers(world, door, headers, things, **acting):
            assert one.status_code != 500, (door, one.text)
            leaks += [f"{door} {one.request.url}: {word}" for word in hidden if word in told(one)]
    assert not leaks, "\n".join(leaks)
