import json
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.answer import Answer, Citation, Claim, Step, Suggestion
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.records.tables import sources

from .conftest import Site
from .test_problems import assert_problem

TEXT = "The main types are supervised and unsupervised learning."
PLANNED = Step(agent="planner", words="planned a search", took_ms=1.0)
EVENTS = {"accept": "text/event-stream"}


def answer(question: str, *claims: Claim, suggestions: tuple[Suggestion, ...] = ()) -> Answer:
    """An answer of these claims, or one that abstains."""
    words = " ".join(claim.text for claim in claims) or "Nothing that was gathered answers this."
    return Answer(
        question=question,
        text=words,
        claims=claims,
        conflicts=(),
        suggestions=suggestions,
        steps=(PLANNED,),
        took_ms=20.0,
    )


def cited(site: Site, text: str = TEXT) -> Claim:
    """A claim on a page of the library that says it."""
    url = "https://docs.example.org/types"
    stored = site.library.page(site.library.source(), url, text, title="Types")
    citation = Citation(n=1, quote=text, url=url, title="Types", version=stored.version, start=0, end=len(text))
    return Claim(text=text, verdict="supported", citations=(citation,))


def events_of(body: str) -> list[tuple[str, Any]]:
    """The name and data of each event on the wire."""
    blocks = (dict(line.split(": ", 1) for line in block.splitlines()) for block in body.split("\n\n") if block)
    return [(fields["event"], json.loads(fields["data"])) for fields in blocks]


async def test_a_new_chat_holds_no_answer_and_one_question_field(site: Site) -> None:
    """Until the first answer nothing of the page claims to be one; the first submit button asks."""
    html = (await site.get("/chat")).text
    visible = re.sub(r"<template.*?</template>", "", html, flags=re.DOTALL)
    assert "data-role" not in visible
    assert len(re.findall('name="query"', html)) == 1
    assert re.findall(r'<button[^>]*type="submit"[^>]*>(\w+)', html)[0] == "Ask"


async def test_without_a_script_a_question_leads_to_its_conversation(site: Site) -> None:
    """The answer stands in the page that the form leads to, each sentence with its citation."""
    site.asker.says = [PLANNED, answer("What types?", cited(site))]
    asked = await site.post("/chat", {"query": " What  types? "})
    assert asked.status_code == 303
    html = (await site.get(asked.headers["location"])).text
    assert site.asker.asked == ["What types?"]
    assert len(re.findall('data-role="assistant"', re.sub(r"<template.*?</template>", "", html, flags=re.DOTALL))) == 1
    assert TEXT in html
    assert re.findall(r'<a class="citation" href="(/knowledge/pages/1\?version=1&amp;start=0[^"]*)"', html)
    assert "planned a search · 0.0 s" in html


async def test_a_second_question_joins_its_conversation(site: Site) -> None:
    """Both stand on one page, oldest first, and the conversation is listed by its first question."""
    site.asker.says = [answer("One?", cited(site))]
    first = (await site.post("/chat", {"query": "One?"})).headers["location"].partition("#")[0]
    site.library.clock.advance(5)
    site.asker.says = [answer("Two?")]
    await site.post("/chat", {"query": "Two?", "conversation": first.removeprefix("/chat/")})
    html = (await site.get(first)).text
    assert re.findall(r'<article class="turn"[^>]*>\s*<h2>(.*?)</h2>', html) == ["One?", "Two?"]
    assert re.findall(r'<a href="/chat/\w+" aria-current="page">(.*?)</a>', html) == ["One?"]


async def test_steps_are_told_as_they_happen_then_the_answer(site: Site) -> None:
    """The stream ends with the answer as the page shows it; asked again, the page has the same."""
    site.asker.says = [PLANNED, answer("What types?", cited(site))]
    response = await site.client.post("/chat", data={"query": "What types?"}, headers=EVENTS)
    (step, done) = events_of(response.text)
    assert step == ("step", {"agent": "planner", "words": "planned a search"})
    assert done[0] == "answer"
    assert 'data-role="assistant"' in done[1]["html"]
    assert TEXT in done[1]["html"]
    assert done[1]["title"] == "What types?"
    assert done[1]["html"].strip() in (await site.get(f"/chat/{done[1]['conversation']}")).text


async def test_what_goes_wrong_on_the_way_is_told_in_the_stream(site: Site) -> None:
    """The page can say what happened and offer to ask again; the question is kept without an answer."""
    site.asker.says = [PLANNED, StoreUnavailable("the index did not answer")]
    response = await site.client.post("/chat", data={"query": "What types?"}, headers=EVENTS)
    events = events_of(response.text)
    assert [name for name, _ in events] == ["step", "problem"]
    assert events[1][1]["detail"] == "the index did not answer. Try again in a moment"
    listed = re.findall(r'href="(/chat/\w+)"', (await site.get("/chat")).text)
    assert "This question was not answered" in (await site.get(listed[0])).text


async def test_who_knows_nothing_says_so_and_proposes_what_to_gather(site: Site) -> None:
    """The nearest evidence is cited; one link leads to a form that is filled in."""
    citation = cited(site).citations[0]
    site.asker.says = [
        answer(
            "What does it cost?",
            suggestions=(
                Suggestion(kind="evidence", text=TEXT, citation=citation),
                Suggestion(kind="crawl", text="Gather pages about its cost.", goal="find its cost"),
            ),
        )
    ]
    asked = await site.post("/chat", {"query": "What does it cost?"})
    html = (await site.get(asked.headers["location"])).text
    assert "Nothing that was gathered answers this." in html
    assert 'href="/scraping/new?scraping-goal=find+its+cost"' in html
    assert "The nearest that was found" in html
    form = (await site.get("/scraping/new?scraping-goal=find+its+cost")).text
    assert ">find its cost</textarea>" in form


@pytest.mark.parametrize("query", ["", "  ", "?", "a\u0007b", "why " * 600])
async def test_a_question_that_cannot_be_asked_is_refused_beside_its_field(site: Site, query: str) -> None:
    """422; nothing is asked and nothing kept."""
    response = await site.post("/chat", {"query": query})
    assert response.status_code == 422
    assert 'id="query-error"' in response.text
    assert_problem(await site.client.post("/chat", data={"query": query}, headers=EVENTS), 422, "input-wrong")
    assert site.asker.asked == []
    assert "Conversations" not in (await site.get("/chat")).text


async def test_what_a_reader_should_know_stands_above_the_answer(site: Site) -> None:
    """As the half of a question that nothing answers; of which day it is, once."""
    told = replace(answer("What types?", cited(site)), notice="Nothing that was gathered answers “and why?”.")
    site.asker.says = [told]
    asked = await site.post("/chat", {"query": "What types?", "as_of": "2025-03-31"})
    page = (await site.get(asked.headers["location"])).text
    assert "Nothing that was gathered answers “and why?”." in page
    assert "This is what was stored on" not in page  # the asker's own words say it


async def test_a_question_is_asked_of_the_end_of_a_day(site: Site) -> None:
    """With a script and without; the answer says of which day it is."""
    site.asker.says = [answer("What types?", cited(site))]
    form = {"query": "What types?", "as_of": "2025-03-31"}
    asked = await site.post("/chat", form)
    streamed = await site.client.post("/chat", data=form, headers=EVENTS)
    assert site.asker.as_of == [1_743_465_599.0] * 2
    page = (await site.get(asked.headers["location"])).text
    assert "This is what was stored on 31 March 2025." in page
    assert 'name="as_of" type="date" max="2025-06-15" value="2025-03-31"' in page  # who asks on means the same day
    assert "This is what was stored on 31 March 2025." in streamed.text
    await site.post("/chat", {"query": "What types?", "as_of": ""})
    assert site.asker.as_of[-1] is None


@pytest.mark.parametrize("day", ["2999-01-01", "1969-12-30", "yesterday", "2025-02-30"])
async def test_a_day_that_cannot_be_asked_of_is_refused_beside_the_form(site: Site, day: str) -> None:
    response = await site.post("/chat", {"query": "What types?", "as_of": day})
    assert response.status_code == 422
    assert f'name="as_of" type="date" max="2025-06-15" value="{day[:10]}"' in response.text
    assert site.asker.asked == []


async def test_a_question_of_100_kilobytes_is_refused_at_the_door(site: Site) -> None:
    """Before it is read."""
    assert (await site.post("/chat", {"query": "x" * 100_000})).status_code == 413


async def test_a_conversation_is_its_persons_own(site: Site) -> None:
    """One that is not there, or somebody else's, can be neither read nor continued."""
    for response in (await site.get("/chat/none"), await site.post("/chat", {"query": "Why?", "conversation": "none"})):
        assert response.status_code == 404
    assert site.asker.asked == []


async def test_words_of_pages_and_people_are_never_markup(site: Site) -> None:
    """Also not in what a script puts into the page."""
    evil = '<img src=x onerror="alert(1)">'
    site.asker.says = [answer(f"What is {evil}?", cited(site, evil))]
    response = await site.client.post("/chat", data={"query": f"What is {evil}?"}, headers=EVENTS)
    ((_, done),) = events_of(response.text)
    assert "<img" not in done["html"]
    assert "&lt;img" in done["html"]
    assert "<img" not in (await site.get(f"/chat/{done['conversation']}")).text


async def test_the_api_answers_in_the_outside_contract(site: Site) -> None:
    """As JSON, or as events that end with the same."""
    told = answer("What types?", cited(site))
    site.asker.says = [PLANNED, told]
    first = (await site.client.post("/v1/ask", json={"question": "What types?"})).json()
    kept = {"id": first["id"], "conversation": first["conversation"]}
    assert first == told.to_json() | kept
    again = {"question": "What types?", "conversation": first["conversation"]}
    streamed = await site.client.post("/v1/ask", json=again, headers=EVENTS)
    (step, (name, second)) = events_of(streamed.text)
    assert (step, name) == (("step", PLANNED.to_json()), "answer")
    assert second == told.to_json() | {"id": second["id"], "conversation": first["conversation"]}
    assert second["id"] != first["id"]


async def test_what_rests_on_a_page_that_became_somebody_elses_is_no_longer_shown(site: Site) -> None:
    """Also to who asked while it was everyone's: the page says that something is left out, and not what."""
    site.asker.says = [PLANNED, answer("What types?", cited(site))]
    href = (await site.post("/chat", {"query": "What types?"})).headers["location"]
    assert TEXT in (await site.get(href)).text
    site.library.records.write(lambda conn: conn.execute(sa.update(sources).values(private_to="somebody else")))
    html = (await site.get(href)).text
    assert TEXT not in html
    assert "1 sentence is left out" in html
