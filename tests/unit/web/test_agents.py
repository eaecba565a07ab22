"""`/agents` and `/v1/agents`: figures, runs, replays, and whose words they are."""

import re
from dataclasses import replace
from functools import partial

import pytest

from bowerbird.accounts import Role
from bowerbird.agents import Differs
from bowerbird.answer.exam import Decision, Exam, Outcome
from bowerbird.answer.exam.kept import keep_exam
from bowerbird.kernel.errors import Unavailable
from bowerbird.kernel.nouns import Scope
from tests.feeding import furnish, make_slate

from .conftest import HTML, Site
from .members import join, session, workspace
from .runs import ABSTAINED, asked, dead_letter
from .test_problems import assert_problem

SECRET = "What is wrong with my knee?"


async def test_the_team_has_its_duties_and_figures(site: Site) -> None:
    """By name, in the order in which they are asked, over the time that is looked at."""
    for took_ms in (1.0, 2.0, 3.0, 100.0):
        asked(site, site.library.scope, took_ms=took_ms)
    asked(site, site.library.scope, failed=True)
    planner, seeker = (await site.client.get("/v1/agents?over=hour")).json()["agents"]
    assert {name: planner[name] for name in ("name", "breaker", "deadline_s", "calls", "failures")} == {
        "name": "planner",
        "breaker": "none",
        "deadline_s": 5.0,
        "calls": 5,
        "failures": 1,
    }
    assert (planner["p50_ms"], planner["p95_ms"], planner["scores"]) == (2.0, 100.0, [0, 0, 0, 0, 0, 0, 0, 4, 0, 0])
    assert (seeker["duty"], seeker["breaker"], seeker["calls"], seeker["p50_ms"]) == ("Seeks.", "closed", 0, None)
    site.library.clock.advance(7_200)
    assert (await site.client.get("/v1/agents?over=hour")).json()["agents"][0]["calls"] == 0
    assert (await site.client.get("/v1/agents?over=day")).json()["agents"][0]["calls"] == 5


async def test_the_page_says_the_same_in_words(site: Site) -> None:
    """With the histogram in words for who cannot see it, and without a script."""
    asked(site, site.library.scope)
    html = (await site.get("/agents")).text
    for words in ("Reads the question", "Seeks.", "Scores, by tenths: 1 reply from 0.7", "no answer found", "in order"):
        assert words in html
    assert 'href="/agents?over=month"' in html


async def test_a_breaker_that_is_open_is_told(site: Site) -> None:
    """Until its time has passed, when the next call will try."""
    with pytest.raises(Unavailable):
        async with site.asker.breaker.call():
            raise Unavailable("no index")
    assert "not asked for now" in (await site.get("/agents")).text
    site.library.clock.advance(60)
    assert (await site.client.get("/v1/agents")).json()["agents"][1]["breaker"] == "half-open"


async def test_without_a_run_the_page_says_what_will_be_there(site: Site) -> None:
    """And leads to asking."""
    html = (await site.get("/agents")).text
    assert "No run yet" in html
    assert 'href="/chat"' in html


async def test_an_operator_sees_how_it_went_and_not_what_was_asked(site: Site) -> None:
    """At each door: list, run, replay, pages and API; whoever asked sees all."""
    ana, ben = join(site, "ana@example.org", Role.ADMIN), join(site, "ben@example.org", Role.OPERATOR)
    scope = Scope(workspace=ana.workspace, person=ana.person)
    run, failed = asked(site, scope, SECRET), asked(site, scope, SECRET, failed=True)
    site.asker.says = [Differs(f"the planner now says {SECRET!r}")]
    seen: dict[str, list[str]] = {}
    for who in (ana, ben):
        headers = session(site, who)
        seen[who.email] = [
            (await site.client.get("/agents", headers=HTML | headers)).text,
            (await site.client.get(f"/agents/runs/{run}", headers=HTML | headers)).text,
            (await site.client.get(f"/agents/runs/{failed}", headers=HTML | headers)).text,
            (await site.client.post(f"/agents/runs/{run}/replay", headers=HTML | headers)).text,
            (await site.client.get("/v1/agents", headers=headers)).text,
            (await site.client.get(f"/v1/agents/runs/{run}", headers=headers)).text,
            (await site.client.get(f"/v1/agents/runs/{failed}", headers=headers)).text,
            (await site.client.post(f"/v1/agents/runs/{run}/replay", headers=headers)).text,
        ]
    assert [number for number, text in enumerate(seen[ana.email]) if "my knee" not in text] == []
    assert [number for number, text in enumerate(seen[ben.email]) if "my knee" in text] == []
    for text in seen[ben.email][:2]:
        assert "no answer found" in text
    assert "another way than the record" in seen[ben.email][3]


async def test_next_door_sees_no_run(site: Site) -> None:
    """Neither in lists nor by its id, and may not replay it."""
    run = asked(site, site.library.scope, SECRET)
    headers = session(site, join(site, "dan@example.net", Role.ADMIN, workspace=workspace(site, "Next door")))
    assert (await site.client.get("/v1/agents", headers=headers)).json()["runs"] == []
    assert (await site.client.get("/v1/agents", headers=headers)).json()["agents"][0]["calls"] == 0
    assert_problem(await site.client.get(f"/v1/agents/runs/{run}", headers=headers), 404, "not-found")
    assert_problem(await site.client.post(f"/v1/agents/runs/{run}/replay", headers=headers), 404, "not-found")


async def test_a_replay_says_whether_the_bytes_are_the_same(site: Site) -> None:
    """The same, another answer, another way."""
    run = asked(site, site.library.scope)
    for says, same, differs in (
        (ABSTAINED, True, None),
        (replace(ABSTAINED, text="Something is."), False, "every agent said the same, but the answer"),
        (Differs("at place 1"), False, "at place 1"),
    ):
        site.asker.says = [says]
        told = (await site.client.post(f"/v1/agents/runs/{run}/replay")).json()
        html = (await site.post(f"/agents/runs/{run}/replay", {})).text
        assert told["same"] is same
        assert (told["differs"] or "").startswith(differs or "")
        assert ("to the byte" in html) is same
        assert ("another way" in html) is not same


async def test_what_got_no_answer_is_not_replayed(site: Site) -> None:
    """The page does not offer it, and the server says why."""
    run = asked(site, site.library.scope, failed=True)
    assert "/replay" not in (await site.get(f"/agents/runs/{run}")).text
    refused = await site.client.post(f"/v1/agents/runs/{run}/replay")
    assert refused.status_code == 422
    assert "got no answer" in refused.json()["detail"]
    assert (await site.client.get("/v1/agents")).json()["runs"][0]["outcome"] == "failed"


async def test_what_fails_fast_says_when_to_come_back(site: Site) -> None:
    """As a header, for programs, and in words."""
    site.asker.says = [Unavailable("the retriever is not asked for a while", retry_after_s=21.3)]
    refused = await site.client.post("/v1/ask", json={"question": "What is it?"})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "22")
    assert "Try again in 22 s" in refused.json()["detail"]


async def test_a_dead_letter_is_told_and_revived(site: Site) -> None:
    """With why it died; next door neither sees nor revives it."""
    letter = dead_letter(site, site.library.scope.workspace)
    html = (await site.get("/agents")).text
    assert "worker → cook" in html
    assert "the stove is cold" in html
    (told,) = (await site.client.get("/v1/agents")).json()["dead_letters"]
    assert (told["letter"], told["attempts"], told["error"]) == (letter, 5, "the stove is cold")
    done = await site.post(f"/agents/letters/{letter}/revive", {})
    assert (done.status_code, done.headers["location"]) == (303, "/agents?revived=true")
    assert "waits to be handled again" in (await site.get("/agents?revived=true")).text
    assert (await site.client.get("/v1/agents")).json()["dead_letters"] == []
    assert_problem(await site.client.post(f"/v1/agents/letters/{letter}/revive"), 404, "not-found")
    other = dead_letter(site, site.library.scope.workspace)
    headers = session(site, join(site, "dan@example.net", Role.ADMIN, workspace=workspace(site, "Next door")))
    assert (await site.client.get("/v1/agents", headers=headers)).json()["dead_letters"] == []
    assert_problem(await site.client.post(f"/v1/agents/letters/{other}/revive", headers=headers), 404, "not-found")


async def test_the_exams_of_the_index_say_what_was_refused_and_why(site: Site) -> None:
    """The newest first; another workspace's are not there."""
    library = site.library
    outcomes = {str(n): Outcome(found=n < 3, cited=n < 2, by_words=True, by_meaning=True) for n in range(4)}
    why = "the right page is found for 3 of 4 questions instead of 4"
    decided: tuple[tuple[Decision, str], ...] = (("accepted", ""), ("refused", why))
    for decision, reason in decided:
        library.clock.advance(5)
        exam = Exam(library.scope.workspace, "g000007", library.clock.now_s(), outcomes, decision, reason)
        library.records.write(partial(keep_exam, exam=exam, clock=library.clock))
    html = (await site.get("/agents")).text
    assert html.index("refused</span>") < html.index("came into use</span>")
    for words in (why, "3 of 4", "2 of 4", "g000007"):
        assert words in html


async def test_who_chooses_the_feeds_is_shown_with_how_they_did(site: Site) -> None:
    """What of theirs was shown and opened, and what is believed of them; with nothing shown, their own priors."""
    furnish(site.library, 4)
    before = (await site.get("/agents")).text
    slate = await make_slate(site.library, length=1)
    first = slate.entries[0]
    told = [{"item": first.key, "kind": kind, "slate": slate.id} for kind in ("shown", "opened")]
    assert (await site.client.post("/v1/events", json=told)).json()["kept"] == 2
    after = (await site.get("/agents")).text.partition('id="choosing"')[2]

    rows = dict(re.findall(r"<strong>(\w+)</strong>.*?data-label=\"Shown\">(\d+)</td>", after, re.DOTALL))
    assert {name for name, shown in rows.items() if shown == "1"} == set(first.nominated_by)
    assert "12.0% (" in before
    assert "freshness" in after
