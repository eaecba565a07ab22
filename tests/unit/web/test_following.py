"""Following from the pages and the API, and how an answer that went stale is shown."""

from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.answer import begin_question, list_follows, save_answer
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import entities, mentions, pages, sources
from tests.feeding import furnish

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


# -- things, sources and topics -------------------------------------------------------------------------------------


def a_thing(site: Site, source: str, *, page: int) -> int:
    """A thing that a page of the source speaks of."""
    library = site.library

    def make(conn: sa.Connection) -> int:
        values = {
            "workspace": library.scope.workspace, "key": "glass frogs", "name": "Glass frogs", "type": "name",
            "read_name": "Glass frogs", "read_type": "name", "aliases": [], "created_at": library.clock.now_s(),
        }  # fmt: skip
        key = conn.execute(sa.insert(entities).values(values)).inserted_primary_key
        assert key is not None
        version = conn.execute(sa.select(pages.c.version).where(pages.c.id == page)).scalar_one()
        at = {"start": 0, "end": 4, "sentence_start": 0, "sentence_end": 4}
        mention = {"entity": key[0], "named": key[0], "version": version, "page": page, "source": source} | at
        conn.execute(sa.insert(mentions).values(mention))
        return int(key[0])

    return library.records.write(make)


async def test_a_thing_is_followed_from_its_page_and_seen_in_the_feed(site: Site) -> None:
    """The button becomes the way to stop; the card says what is followed, until it is stopped."""
    furnish(site.library, 4)
    thing = a_thing(site, source_of(site), page=2)
    where = f"/knowledge/entities/{thing}"
    assert "Follow<span" in (await site.get(where)).text
    form = {"kind": "entity", "of": str(thing), "back": where}
    done = await site.client.post("/following", data=form, headers=HTML)
    assert (done.status_code, done.headers["location"]) == (303, where)
    (known,) = (await site.client.get("/v1/follows")).json()["follows"]
    assert (known["kind"], known["entity"], known["text"], known["question"]) == ("entity", thing, "Glass frogs", None)
    assert f"/following/{known['follow']}/stop" in (await site.get(where)).text
    feed = (await site.get("/feed")).text
    assert feed.count("You follow <em>Glass frogs</em>") == 1
    told = (await site.client.get("/v1/feed")).json()["items"]
    assert {item["id"]: item["follow"] for item in told if item["follow"]} == {"page-2": known["follow"]}
    assert "You follow <em>Glass frogs</em>" in (await site.get("/feed/items/page-2")).text

    stopped = await site.client.post(f"/following/{known['follow']}/stop", data={"back": where}, headers=HTML)
    assert stopped.headers["location"] == where
    assert "Glass frogs" not in (await site.get("/feed")).text


async def test_a_source_is_followed_from_a_card_and_from_the_sources(site: Site) -> None:
    """Each shows the way to stop, and the feed tells with an undo what was done."""
    furnish(site.library, 3)
    source = source_of(site)
    assert f'formaction="/feed/followed/{source}"' in (await site.get("/feed")).text
    done = await site.client.post(f"/feed/followed/{source}", data={"back": "/feed"}, headers=HTML)
    page = (await site.get(done.headers["location"])).text
    (known,) = (await site.client.get("/v1/follows")).json()["follows"]
    stop = f"/following/{known['follow']}/stop"
    assert "You follow docs.example.org: what is new of it comes into your feed." in page
    assert f'formaction="{stop}"' in page
    assert "You follow <em>docs.example.org</em>" in page
    assert f'action="{stop}"' in (await site.get("/scraping/dashboard")).text
    listed = (await site.get("/following")).text
    assert "What is new of it is in your feed" in listed
    stopped = await site.client.post(stop, headers=HTML)
    page = (await site.get(stopped.headers["location"])).text
    assert "is not followed any more" in page
    await site.client.post(f"/following/{known['follow']}/resume", headers=HTML)
    assert "You follow <em>docs.example.org</em>" in (await site.get("/feed")).text


async def test_a_topic_is_followed_in_words(site: Site) -> None:
    """From the list of what is followed; what is none is refused in words."""
    done = await site.client.post("/following", data={"kind": "topic", "of": "glass  frogs"}, headers=HTML)
    assert done.headers["location"] == "/following"
    assert "<strong>glass frogs</strong>" in (await site.get("/following")).text
    wrong = await site.client.post("/following", data={"kind": "topic", "of": " "}, headers=HTML)
    assert wrong.status_code == 422
    elsewhere = {"kind": "topic", "of": "frogs", "back": "https://evil.example/"}
    assert (await site.client.post("/following", data=elsewhere, headers=HTML)).headers["location"] == "/"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"kind": "topic"}, "nothing is given with kind topic; expected topic"),
        ({"kind": "topic", "topic": "frogs", "entity": 3}, "entity, topic is given with kind topic; expected topic"),
        ({"kind": "change", "topic": "frogs"}, "topic is given with kind change; expected question"),
        ({"kind": "change", "question": "01k", "job": "01k"}, "expected question"),
        ({"kind": "everything"}, "kind"),
        ({"kind": "topic", "topic": "x" * 81}, "expected 1 to 80 printable"),
    ],
)
async def test_what_does_not_go_together_is_refused(site: Site, body: dict[str, Any], says: str) -> None:
    """It says what was given and what is expected."""
    answer = await site.client.post("/v1/follows", json=body)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


async def test_what_is_not_there_is_not_followed(site: Site) -> None:
    """A thing, a source, a question: not found, in words."""
    for body in ({"kind": "entity", "entity": 99}, {"kind": "source", "source": "x"}, {"kind": "gap", "question": "x"}):
        answer = await site.client.post("/v1/follows", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert (await site.client.delete("/v1/follows/01k")).status_code == 404


async def test_things_and_questions_are_listed_together(site: Site) -> None:
    """The newest first, and each is stopped by its id."""
    _, question = answered(site)
    made: list[str] = []
    for body in ({"kind": "change", "question": question}, {"kind": "topic", "topic": "frogs"}):
        site.library.clock.advance(1)
        made.append((await site.client.post("/v1/follows", json=body)).json()["follow"])
    listed = (await site.client.get("/v1/follows")).json()["follows"]
    assert [one["follow"] for one in listed] == made[::-1]
    for follow in made:
        assert (await site.client.delete(f"/v1/follows/{follow}")).status_code == 204
    assert all(one["ended_at"] for one in (await site.client.get("/v1/follows")).json()["follows"])
