"""Answers that are kept: read again, exported, judged, shared and no longer shared; and by whom."""

import re
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from bowerbird.accounts import Role
from bowerbird.records.tables import feedback, sources

from .conftest import HTML, Site
from .members import join, session, workspace
from .test_chat import TEXT, answer, cited
from .test_problems import assert_problem

Headers = dict[str, str]


async def asked(site: Site, headers: Headers | None = None, question: str = "What types?") -> dict[str, Any]:
    """An answer to who has the headers: on a page of the library, to other questions than this one none."""
    claims = [cited(site)] if question == "What types?" else []
    site.asker.says = [answer(question, *claims)]
    response = await site.client.post("/v1/ask", json={"question": question}, headers=headers or {})
    site.library.clock.advance(1)
    return dict(response.json())


def kept_feedback(site: Site) -> list[tuple[str, str, str]]:
    rows = site.library.records.read(lambda conn: conn.execute(sa.select(feedback)).all())
    return [(row.category, row.text, row.about) for row in rows]


async def test_a_kept_answer_is_read_again_as_it_stands_now(site: Site) -> None:
    told = await asked(site)
    kept = (await site.client.get(f"/v1/answers/{told['id']}")).json()
    assert {name: kept[name] for name in told} == told
    assert (kept["as_of"], kept["stale_at"], kept["stale"], kept["shared_at"]) == (None, None, [], None)
    assert (kept["is_yours"], kept["feedback"]) == (True, None)


async def test_a_citation_of_a_pdf_says_its_page_at_every_door(site: Site) -> None:
    claim = cited(site)
    paged = replace(claim, citations=tuple(replace(one, page_number=12) for one in claim.citations))
    site.asker.says = [answer("What types?", paged)]
    told = (await site.client.post("/v1/ask", json={"question": "What types?"})).json()
    assert told["claims"][0]["citations"][0]["page_number"] == 12
    assert ", page 12, characters" in (await site.client.get(f"/v1/answers/{told['id']}.md")).text
    shown = (await site.get(f"/answers/{told['id']}")).text
    assert "docs.example.org/types, page 12" in shown


async def test_a_kept_answer_says_since_when_it_is_stale(site: Site) -> None:
    told = await asked(site)
    source = site.library.records.read(lambda conn: conn.execute(sa.select(sources.c.id)).scalar_one())
    site.library.page(source, "https://docs.example.org/types", "Something else by now.", title="Types")
    kept = (await site.client.get(f"/v1/answers/{told['id']}")).json()
    assert kept["stale_at"] == site.library.clock.now_s()
    assert kept["stale"] == [1]
    exported = (await site.client.get(f"/v1/answers/{told['id']}.md")).text
    assert "; no longer said)" in exported
    assert (await site.client.get("/v1/answers")).json()["answers"][0]["stale_at"] == kept["stale_at"]


async def test_answers_are_listed_the_newest_first_and_in_pages(site: Site) -> None:
    ids = [(await asked(site, question=f"What is {name}?"))["id"] for name in ("one", "two", "three")]
    first = (await site.client.get("/v1/answers?limit=2")).json()["answers"]
    assert [one["id"] for one in first] == [ids[2], ids[1]]
    assert first[0]["question"] == "What is three?"
    rest = (await site.client.get(f"/v1/answers?limit=2&before={ids[1]}")).json()["answers"]
    assert [one["id"] for one in rest] == [ids[0]]


async def test_an_answer_and_a_conversation_are_exported_with_every_span(site: Site) -> None:
    told = await asked(site)
    site.asker.says = [answer("And why?")]
    await site.client.post("/v1/ask", json={"question": "And why?", "conversation": told["conversation"]})
    response = await site.client.get(f"/v1/answers/{told['id']}.md")
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.headers["content-disposition"] == f'attachment; filename="answer-{told["id"]}.md"'
    assert f"{TEXT} [1]" in response.text
    assert f"“{TEXT}” (version 1, characters 0 to {len(TEXT)})" in response.text
    whole = await site.client.get(f"/v1/conversations/{told['conversation']}.md")
    assert re.findall(r"^## (.*)$", whole.text, re.MULTILINE) == ["What types?", "And why?"]
    turns = (await site.client.get(f"/v1/conversations/{told['conversation']}")).json()["turns"]
    assert [turn["question"] for turn in turns] == ["What types?", "And why?"]
    assert turns[0]["answer"]["claims"] == told["claims"]
    assert turns[1]["answer"]["abstained"] is True


async def test_an_answer_is_judged_with_a_reason_and_that_is_taken_back(site: Site) -> None:
    """One word of one person on one answer: the next takes its place."""
    told = await asked(site)
    said = {"answer": told["id"], "thumb": "up"}
    assert (await site.client.post("/v1/feedback", json=said)).status_code == 201
    said |= {"thumb": "down", "reason": "incomplete", "text": " It forgets reinforcement. "}
    given = (await site.client.post("/v1/feedback", json=said)).json()
    assert kept_feedback(site) == [("down:incomplete", "It forgets reinforcement.", f"/answers/{told['id']}")]
    assert (await site.client.get(f"/v1/answers/{told['id']}")).json()["feedback"] == given
    assert (given["thumb"], given["reason"]) == ("down", "incomplete")
    assert (await site.client.delete(f"/v1/feedback/{given['feedback']}")).status_code == 204
    assert kept_feedback(site) == []
    assert_problem(await site.client.delete(f"/v1/feedback/{given['feedback']}"), 404, "not-found")


async def test_what_is_no_judgement_is_refused(site: Site) -> None:
    told = await asked(site)
    good = {"answer": told["id"], "thumb": "down"}
    wrong: list[tuple[dict[str, Any], int]] = [
        ({"answer": "none"}, 404),
        ({"thumb": "sideways"}, 422),
        ({"reason": "mood"}, 422),
        ({"thumb": "up", "reason": "wrong"}, 422),
        ({"text": "x" * 2001}, 422),
        ({"text": "a\x00b"}, 422),
    ]
    for change, status in wrong:
        assert (await site.client.post("/v1/feedback", json=good | change)).status_code == status, change
    assert kept_feedback(site) == []


async def test_without_a_script_thumbs_are_forms_that_lead_back(site: Site) -> None:
    told = await asked(site)
    chat = f"/chat/{told['conversation']}"
    page = (await site.get(chat)).text
    action = f"/answers/{told['id']}/thumb"
    assert f'action="{action}"' in page
    sent = await site.post(action, {"thumb": "down", "back": "chat"})
    assert sent.headers["location"] == f"{chat}#question-{told['id']}"
    page = (await site.get(chat)).text
    assert "You said that this did not help." in page
    assert "What is wrong with it?" in page
    await site.post(action, {"thumb": "down", "reason": "wrong", "text": "<b>", "back": "chat"})
    page = (await site.get(chat)).text
    assert "You said that this did not help: It is wrong. &lt;b&gt;." in page
    assert "What is wrong with it?" not in page
    await site.post(f"{action}/undo", {"back": "chat"})
    assert 'aria-label="This helped"' in (await site.get(chat)).text
    assert kept_feedback(site) == []
    refused = await site.post(action, {"thumb": "sideways"})
    assert refused.status_code == 422


async def test_what_one_person_said_is_theirs(site: Site) -> None:
    ana, ben = (session(site, join(site, f"{name}@example.org", Role.READER)) for name in ("ana", "ben"))
    told = await asked(site, ana)
    await site.client.post(f"/v1/answers/{told['id']}/share", headers=ana)
    hers = await site.client.post("/v1/feedback", json={"answer": told["id"], "thumb": "up"}, headers=ana)
    assert (await site.client.get(f"/v1/answers/{told['id']}", headers=ben)).json()["feedback"] is None
    await site.client.post("/v1/feedback", json={"answer": told["id"], "thumb": "down"}, headers=ben)
    assert sorted(kind for kind, _, _ in kept_feedback(site)) == ["down", "up"]
    path = f"/v1/feedback/{hers.json()['feedback']}"
    assert (await site.client.delete(path, headers=ben)).status_code == 404
    assert (await site.client.delete(path, headers=ana)).status_code == 204


async def test_an_answer_is_shared_with_the_workspace_and_no_longer(site: Site) -> None:
    """Not before, not after, and never next door; only who asked may share it or stop."""
    ana, ben = (session(site, join(site, f"{name}@example.org", Role.READER)) for name in ("ana", "ben"))
    stranger = session(site, join(site, "dan@example.net", Role.ADMIN, workspace=workspace(site, "Next door")))
    told = await asked(site, ana)
    paths = (f"/answers/{told['id']}", f"/v1/answers/{told['id']}", f"/v1/answers/{told['id']}.md")

    async def seen(headers: Headers) -> list[int]:
        return [(await site.client.get(path, headers=HTML | headers)).status_code for path in paths]

    assert (await seen(ana), await seen(ben), await seen(stranger)) == ([200] * 3, [404] * 3, [404] * 3)
    for who in (ben, stranger):
        assert (await site.client.post(f"/v1/answers/{told['id']}/share", headers=who)).status_code == 404
    shared = await site.client.post(f"/v1/answers/{told['id']}/share", headers=ana)
    assert shared.json()["shared_at"] == site.library.clock.now_s()
    assert (await seen(ana), await seen(ben), await seen(stranger)) == ([200] * 3, [200] * 3, [404] * 3)
    read = (await site.client.get(f"/v1/answers/{told['id']}", headers=ben)).json()
    assert (read["is_yours"], read["conversation"], read["steps"]) == (False, "", [])
    assert read["claims"] == told["claims"]
    assert (await site.client.get(f"/v1/conversations/{told['conversation']}", headers=ben)).status_code == 404
    assert (await site.client.get("/v1/answers", headers=ben)).json()["answers"] == []
    assert (await site.client.delete(f"/v1/answers/{told['id']}/share", headers=ben)).status_code == 404
    assert (await site.client.delete(f"/v1/answers/{told['id']}/share", headers=ana)).status_code == 204
    assert await seen(ben) == [404] * 3


async def test_who_reads_a_shared_answer_sees_only_their_pages(site: Site) -> None:
    """Neither the words nor the address of a private page, by any of its doors; who asked sees all of it."""
    ana, ben = join(site, "ana@example.org", Role.READER), join(site, "ben@example.org", Role.READER)
    hers, his = session(site, ana), session(site, ben)
    told = await asked(site, hers)
    await site.client.post(f"/v1/answers/{told['id']}/share", headers=hers)
    site.library.records.write(lambda conn: conn.execute(sa.update(sources).values(private_to=ana.person)))
    for path in (f"/answers/{told['id']}", f"/v1/answers/{told['id']}", f"/v1/answers/{told['id']}.md"):
        mine = (await site.client.get(path, headers=HTML | hers)).text
        yours = (await site.client.get(path, headers=HTML | his)).text
        assert TEXT in mine, path
        assert TEXT not in yours, path
        assert "docs.example.org" not in yours, path
        assert "rests on" in yours, path


async def test_the_page_of_an_answer_says_whose_it_is(site: Site) -> None:
    ana, ben = (session(site, join(site, f"{name}@example.org", Role.READER)) for name in ("ana", "ben"))
    told = await asked(site, ana)
    shared = await site.client.post(f"/answers/{told['id']}/share", headers=HTML | ana, data={"back": "answer"})
    assert shared.headers["location"] == f"/answers/{told['id']}"
    mine = (await site.client.get(f"/answers/{told['id']}", headers=HTML | ana)).text
    assert "Stop sharing" in mine
    assert f"/chat/{told['conversation']}" in mine
    yours = (await site.client.get(f"/answers/{told['id']}", headers=HTML | ben)).text
    assert "Shared by ana" in yours
    assert told["conversation"] not in yours
    assert "Stop sharing" not in yours
    assert "Alert me" not in yours
    back = await site.client.post(
        f"/answers/{told['id']}/thumb", headers=HTML | ben, data={"thumb": "up", "back": "chat"}
    )
    assert back.headers["location"] == f"/answers/{told['id']}"
    chat = (await site.client.get(f"/chat/{told['conversation']}", headers=HTML | ana)).text
    assert "Shared" in chat
    await site.client.post(f"/answers/{told['id']}/unshare", headers=HTML | ana, data={})
    assert (await site.client.get(f"/answers/{told['id']}", headers=HTML | ben)).status_code == 404
