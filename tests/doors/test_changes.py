"""What was seen, asked, followed and counted, from when somebody may not see it any more: everywhere, at once."""

from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa
from starlette.requests import HTTPConnection

from bowerbird.accounts import Role, audit, people
from bowerbird.answer import Answer, find_answer, follow
from bowerbird.answer.follows import wait_for_job
from bowerbird.kernel.errors import NotFound, Refused
from bowerbird.records import notices
from bowerbird.records.tables import questions
from bowerbird.web.asking import ask_for, stream_for
from bowerbird.web.viewer import Viewer, who

from .test_routes import told
from .world import LATER, OWN, UNNAMED, World, page_text


async def test_another_name_is_there_for_who_may_see_the_page_that_says_it(world: World) -> None:
    """Also to be searched by: the entity is everybody's, the name is not."""
    for name, aliases in (("ana", [f"{LATER}den", f"{OWN}den"]), ("adam", [])):
        headers = world.session(name)
        found = (await world.client.get("/v1/entities?q=quokka burrow&limit=200", headers=headers)).json()["entities"]
        burrow = next(one for one in found if one["name"] == "quokka burrow")
        assert sorted(burrow["aliases"]) == aliases
        one = (await world.client.get(f"/v1/entities/{burrow['id']}", headers=headers)).json()
        assert sorted(one["aliases"]) == aliases
        by_alias = (await world.client.get(f"/v1/entities?q={OWN}den", headers=headers)).json()["entities"]
        assert bool(by_alias) == bool(aliases)


async def test_nothing_counts_what_one_may_not_see(world: World) -> None:
    """Pages, sources, mentions, facets, and the pages that a shared table was made of."""
    seen: dict[str, list[object]] = {}
    for name in ("ana", "adam"):
        headers = world.session(name)
        explorer = (await world.client.get("/knowledge/explorer", headers=headers)).text
        found = (await world.client.get("/v1/entities?q=quokka burrow&limit=200", headers=headers)).json()["entities"]
        burrow = next(one for one in found if one["name"] == "quokka burrow")
        table = world.things["ana shares"].ids["table"]
        shared = (await world.client.get(f"/v1/tables/{table}", headers=headers)).json()
        words = next(words for words in ("3 pages from 3 sources.", "1 page from 1 source.") if words in explorer)
        seen[name] = [words, burrow["pages_count"], shared["pages"], shared["rows"], len(shared["found"])]
    assert seen == {"ana": ["3 pages from 3 sources.", 3, 3, 2, 2], "adam": ["1 page from 1 source.", 1, 0, 0, 0]}


async def test_the_audit_log_does_not_name_what_somebody_keeps_to_themselves(world: World) -> None:
    path = f"/scraping/sources/{world.things['ana'].ids['source']}/visibility"
    for private in ("", "1"):
        done = await world.client.post(path, data={"private": private}, headers=world.session("ana"))
        assert done.status_code == 303
    for door in ("/v1/audit", "/settings/audit"):
        audited = await world.client.get(door, headers=world.session("adam"))
        assert world.things["ana"].ids["source"] in audited.text
        assert OWN not in told(audited)


async def came(world: World, headers: dict[str, str]) -> Viewer:
    """Who the door takes them for."""
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "path": "/v1/ask", "headers": pairs, "query_string": b"", "client": ("192.0.2.1", 1)}
    viewer = await who(world.app, HTTPConnection(scope))
    assert viewer is not None
    return viewer


@pytest.mark.parametrize(
    "comes", [lambda world: world.session("ben"), lambda world: world.key("ben", Role.READER)], ids=["session", "key"]
)
async def test_who_is_shut_out_gets_nothing_more_of_a_stream(
    world: World, comes: Callable[[World], dict[str, str]]
) -> None:
    """Neither a step nor the answer, by session and by key."""
    viewer = await came(world, comes(world))
    steps = stream_for(world.app, viewer, "What is a quokka burrow?")
    await anext(steps)
    account = world.members["ben"].account
    by = audit.Actor(viewer.scope.workspace)
    world.records.write(lambda conn: people.set_shut_out(conn, by, account, shut_out=True, clock=world.clock))
    with pytest.raises(Refused):
        await anext(steps)
    with pytest.raises(Refused):
        await ask_for(world.app, viewer, "What is a quokka burrow?")


async def test_a_source_that_closes_while_it_is_answered_from_is_not_in_the_answer(world: World) -> None:
    """After each step but the last: what is proven is read with what may be seen then."""
    things = world.things["ana"]
    path = f"/scraping/sources/{things.ids['source']}/visibility"
    for closes_after in ("planner", "retriever", "writer"):
        await world.client.post(path, data={"private": ""}, headers=world.session("ana"))
        async for done in world.app.asker.stream(UNNAMED, world.scope("ben")):
            if isinstance(done, Answer):
                assert OWN not in str(done.to_json()).lower(), closes_after
            elif done.agent == closes_after:
                world.close_source("ana", things)


async def test_a_page_that_changes_behind_a_closed_door_is_nobody_elses_news(world: World) -> None:
    """Its asker is told once it is shown again, not before."""
    scope, answer = world.scope("ben"), world.things["ben"].ids["answer"]
    source = world.records.read(
        lambda conn: (
            conn.execute(sa.text("SELECT id FROM sources WHERE goal LIKE :goal"), {"goal": f"%{LATER}%"})
            .scalars()
            .one()
        )
    )
    told_before = world.records.read(partial(notices.newest, scope=scope, limit=50))
    text = page_text(LATER).replace("412", "500")
    world.library.page(source, f"https://{LATER}.example.org/registry", text, title="Changed")
    assert world.records.read(partial(notices.newest, scope=scope, limit=50)) == told_before
    assert world.records.read(lambda conn: find_answer(conn, scope, answer)).stale_at is None
    path = f"/scraping/sources/{source}/visibility"
    await world.client.post(path, data={"private": ""}, headers=world.session("ana"))
    assert world.records.read(lambda conn: find_answer(conn, scope, answer)).stale_at is not None
    kinds = [one.kind for one in world.records.read(partial(notices.newest, scope=scope, limit=50))]
    assert "answer.stale" in kinds
    assert "job.completed" in kinds  # what names the source is there again


async def test_nobody_waits_for_a_job_that_they_may_not_see(world: World) -> None:
    scope = world.scope("ben")
    abstained = await world.app.asker.ask("Who painted the ceiling of the chapel?", scope)
    assert abstained.abstained
    known = world.records.write(lambda conn: follow(conn, scope, "gap", abstained.id, clock=world.clock))
    with pytest.raises(NotFound):
        world.records.write(lambda conn: wait_for_job(conn, scope, known.id, world.things["ana"].ids["job"]))


async def test_a_follow_up_does_not_lean_on_what_its_asker_may_not_see_any_more(world: World) -> None:
    """The answer before is part of the question after it; so is what agents say to each other."""
    scope, things = world.scope("ben"), world.things["ben"].ids
    again = await world.app.asker.ask("And who runs it?", scope, conversation=things["conversation"])
    said = world.records.read(
        lambda conn: conn.execute(sa.text("SELECT body FROM messages WHERE run = :run"), {"run": again.id}).all()
    )
    assert said
    assert LATER not in str(said).lower()
    assert LATER not in str(again.to_json()).lower()
    kept = world.records.read(
        lambda conn: conn.execute(sa.select(questions.c.answer).where(questions.c.id == things["answer"])).scalar()
    )
    assert LATER in str(kept).lower()  # as it was given


@pytest.mark.parametrize("comes", ["session", "key"])
async def test_a_feed_that_is_kept_shows_nothing_of_a_source_that_closes(world: World, comes: str) -> None:
    """From memory, from the records, of other lengths, made again and exported: before, it was all there."""
    things = world.things["ana"]
    path = f"/scraping/sources/{things.ids['source']}/visibility"
    opened = await world.client.post(path, data={"private": ""}, headers=world.session("ana"))
    assert opened.status_code == 303
    headers = world.session("ben") if comes == "session" else world.key("ben", Role.READER)
    slate = (await world.client.get("/v1/feed", headers=headers)).json()
    events = [
        {"item": things.ids["key"], "kind": kind, "slate": slate["slate"]} for kind in ("shown", "liked", "saved")
    ]
    assert (await world.client.post("/v1/events", json=events, headers=headers)).json()["kept"] == 3
    doors = ("/v1/feed", "/v1/feed", "/v1/feed?n=5", f"/v1/feed/slates/{slate['slate']}", "/v1/feed/data")

    seen = [await world.client.get(door, headers=headers) for door in doors]
    assert all(OWN in one_told for one_told in map(told, seen)), [one.text for one in seen]

    closed = await world.client.post(path, data={"private": "1"}, headers=world.session("ana"))
    assert closed.status_code == 303
    for door in (*doors, "/v1/feed?fresh=true"):
        answer = await world.client.get(door, headers=headers)
        assert OWN not in told(answer), door
        assert things.ids["key"] not in str(answer.json().get("items", "")), door
    again = await world.client.get(doors[3], headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "changed")
