"""Following from the pages and the API, and how an answer that went stale is shown."""

from typing import Any

import sqlalchemy as sa

from bowerbird.answer import begin_question, list_follows, save_answer
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import sources

from .conftest import HTML, Site

URL = "https://docs.example.org/tower"
TOWER = "# The tower\n\nThe Riverbank tower is 330 metres high."
FACT = "The Riverbank tower is 330 metres high."


def answered(site: Site, *, abstained: bool = False, text: str = "How high is it?") -> tuple[str, str]:
    """A question of the local person with its answer: its conversation and its id."""
    library = site.library
    stored = library.page(library.source(f"https://docs.example.org/{library.clock.now_s()}"), URL, TOWER)
    start = TOWER.index(FACT)
    cited = {"n": 1, "quote": FACT, "url": URL, "title": "T", "version": stored.version}
    cited |= {"start": start, "end": start + len(FACT)}
    claims = [] if abstained else [{"text": FACT, "verdict": "supported", "citations": [cited]}]
    answer: dict[str, Any] = {"question": text, "answer": FACT, "abstained": abstained, "claims": claims}
    answer |= {"conflicts": [], "suggestions": [], "steps": [], "took_ms": 1.0}

    def keep(conn: Any) -> tuple[str, str]:
        row = begin_question(conn, library.scope, text, conversation=None, clock=library.clock)
        save_answer(conn, row.id, answer, clock=library.clock)
        return row.conversation, row.id

    return library.records.write(keep)


def source_of(site: Site) -> str:
    """The source that `answered` made last."""
    newest = sa.select(sources.c.id).order_by(sources.c.created_at.desc()).limit(1)
    return site.library.records.read(lambda conn: str(conn.execute(newest).scalar_one()))


async def test_an_answer_that_went_stale_says_so(site: Site) -> None:
    """At the citation and above the answer, with a form that asks again; while it holds, nothing is said."""
    conversation, _ = answered(site)
    page = (await site.get(f"/chat/{conversation}")).text
    assert "went stale" not in page
    site.library.page(source_of(site), URL, TOWER.replace("330", "312"))
    page = (await site.get(f"/chat/{conversation}")).text
    assert 'class="citation stale"' in page
    assert 'aria-label="Source 1, went stale: T"' in page
    assert "This went stale" in page
    assert '<input type="hidden" name="query" value="How high is it?">' in page


async def test_an_answer_is_followed_and_left_again(site: Site) -> None:
    """The button becomes the way to stop; the list has it, and takes a stop back."""
    conversation, question = answered(site)
    assert "Alert me if this changes" in (await site.get(f"/chat/{conversation}")).text
    form = {"kind": "change", "question": question}
    done = await site.client.post("/following", data=form, headers=HTML)
    assert (done.status_code, done.headers["location"]) == (303, f"/chat/{conversation}#question-{question}")
    page = (await site.get(f"/chat/{conversation}")).text
    assert "Alert me if this changes" not in page
    assert "Ask again when there is news" in page
    (known,) = site.library.records.read(lambda conn: list_follows(conn, site.library.scope))
    assert f"/following/{known.id}/stop" in page
    assert "How high is it?" in (await site.get("/following")).text
    stopped = await site.client.post(f"/following/{known.id}/stop", headers=HTML)
    page = (await site.get(stopped.headers["location"])).text
    assert "is not followed any more" in page
    assert page.count(f"/following/{known.id}/resume") == 2
    await site.client.post(f"/following/{known.id}/resume", headers=HTML)
    (known,) = site.library.records.read(lambda conn: list_follows(conn, site.library.scope))
    assert known.ended_at is None


async def test_a_gap_goes_on_to_be_gathered(site: Site) -> None:
    """The crawl that is started there is the one that the gap waits for."""
    _, question = answered(site, abstained=True)
    done = await site.client.post("/following", data={"kind": "gap", "question": question}, headers=HTML)
    (known,) = site.library.records.read(lambda conn: list_follows(conn, site.library.scope))
    assert done.headers["location"] == f"/scraping/new?scraping-goal=How+high+is+it%3F&follow={known.id}"
    page = (await site.get(done.headers["location"])).text
    assert f'name="follow" value="{known.id}"' in page
    form = {"base-url": "https://docs.example.org/", "scraping-goal": "towers", "follow": known.id}
    started = await site.client.post("/scraping/new", data=form, headers=HTML)
    (known,) = site.library.records.read(lambda conn: list_follows(conn, site.library.scope))
    assert started.headers["location"] == f"/scraping/jobs/{known.job}"


async def test_programs_follow_too(site: Site) -> None:
    """Made, listed, ended; what cannot be followed is refused with its reason."""
    conversation, question = answered(site)
    made = await site.client.post("/v1/follows", json={"kind": "standing", "question": question})
    assert made.status_code == 201
    told = made.json()
    assert (told["kind"], told["conversation"], told["text"]) == ("standing", conversation, "How high is it?")
    assert (await site.client.get("/v1/follows")).json() == {"follows": [told]}
    assert (await site.client.delete(f"/v1/follows/{told['follow']}")).status_code == 204
    (ended,) = (await site.client.get("/v1/follows")).json()["follows"]
    assert ended["ended_at"] is not None
    assert (await site.client.post("/v1/follows", json={"kind": "gap", "question": question})).status_code == 422
    assert (await site.client.delete("/v1/follows/nonsense")).status_code == 404


async def test_nobody_follows_for_another(site: Site) -> None:
    """Another person's follow is not there."""
    _, question = answered(site)
    told = (await site.client.post("/v1/follows", json={"kind": "standing", "question": question})).json()
    stranger = Scope(site.library.scope.workspace, site.library.person("eve"))
    assert site.library.records.read(lambda conn: list_follows(conn, stranger)) == []
    assert told["follow"]
