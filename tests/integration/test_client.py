"""The client against the real server, on the site that ships with the product; then the door is closed."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.served import Server, serving
from bowerbird.client import ApiError, Client
from bowerbird.demo import DEMO_GOAL, DEMO_QUESTION, DemoSite

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with DemoSite() as served:
        yield served.url + "/"


@pytest.fixture(scope="module")
def server(data: Path, environment: dict[str, str], site: str) -> Iterator[Server]:
    with serving(data, allow=re.sub(r"^http://|/$", "", site), environment=environment) as found:
        yield found


@pytest.fixture(scope="module")
def client(server: Server, site: str) -> Iterator[Client]:
    """A client of the open server, once the site is gathered."""
    with Client(server.url) as found:
        ended = found.gather(site, DEMO_GOAL)
        assert ended["status"] == "completed", ended
        yield found


def bowerbird(data: Path, environment: dict[str, str], *arguments: str, given: str = "") -> str:
    """What a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "bowerbird", *arguments, "--data", str(data)],
        input=given,
        capture_output=True,
        text=True,
        check=True,
        env=dict(environment) | {"PATH": "/usr/bin:/bin"},
    )
    return done.stdout


def test_what_an_answer_cites_is_in_the_version_it_cites(client: Client) -> None:
    answer = client.ask(DEMO_QUESTION)
    citations = [citation for claim in answer["claims"] for citation in claim["citations"]]
    assert citations
    for citation in citations:
        text = client.version(citation["version"])["text"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_an_answer_comes_step_by_step(client: Client) -> None:
    events = list(client.ask_step_by_step(DEMO_QUESTION))
    assert [event.name for event in events][-1] == "answer"
    assert {event.data["agent"] for event in events[:-1]} >= {"planner", "retriever", "writer", "verifier"}
    assert events[-1].data["answer"] == client.ask(DEMO_QUESTION)["answer"]


def test_what_was_answered_is_kept_shared_judged_and_followed(client: Client) -> None:
    first = client.ask(DEMO_QUESTION)
    then = client.ask("What is it used for?", conversation=first["conversation"])
    assert [one["id"] for one in client.answers(limit=2)] == [then["id"], first["id"]]
    assert [one["id"] for one in client.answers(limit=1, before=then["id"])] == [first["id"]]
    assert client.answer(first["id"])["answer"] == first["answer"]
    assert DEMO_QUESTION in client.answer_as_markdown(first["id"])
    assert client.conversation(first["conversation"])["conversation"] == first["conversation"]
    assert client.ask(DEMO_QUESTION, as_of=1.0)["abstained"]

    assert client.share(first["id"])["shared_at"]
    client.stop_sharing(first["id"])
    assert client.answer(first["id"])["shared_at"] is None

    said = client.judge(first["id"], "down", reason="incomplete", text="More, please.")
    assert (said["thumb"], said["reason"]) == ("down", "incomplete")
    client.take_back(said["feedback"])
    with pytest.raises(ApiError):
        client.take_back(said["feedback"])

    followed = client.follow(first["id"], "change")
    assert [one["follow"] for one in client.follows()] == [followed["follow"]]
    client.stop_following(followed["follow"])
    assert [one["follow"] for one in client.follows() if one["ended_at"]] == [followed["follow"]]


def test_what_was_gathered_is_found_and_read(client: Client) -> None:
    hits = client.search("supervised learning", limit=3)["hits"]
    assert len(hits) == 3
    assert "supervised" in hits[0]["text"].lower()
    (entity, *_) = client.entities(limit=1)
    assert client.entity(int(entity["id"]))["name"] == entity["name"]
    page = client.page(client.version(hits[0]["version"])["page"])
    assert page["version"] == hits[0]["version"]


def test_jobs_are_listed_watched_and_done_again(client: Client, site: str) -> None:
    (first, *_) = client.jobs(status=["completed"], limit=1)
    again = client.retry(first["job"])["job"]
    events = list(client.watch(again))
    assert events[-1].name == "end"
    assert events[-1].data == {"status": "completed"}
    assert client.job(again)["pages"]["unchanged"] > 0
    with pytest.raises(ApiError) as refused:
        client.retry("0" * 26)
    assert (refused.value.status, refused.value.code) == (404, "not-found")


def test_the_end_of_a_job_is_told_live_and_can_be_read_later(client: Client) -> None:
    told = client.live()
    hello = next(told)
    assert hello.name == "hello"
    job = client.retry(client.jobs(limit=1)[0]["job"])["job"]
    for event in told:
        if event.name == "notice" and event.data["href"].endswith(job):
            break
    (notice, *_) = client.notices()["notices"]
    assert notice["href"] == f"/scraping/jobs/{job}"
    # Who was away hears of it when they come back with the id they saw last.
    later = client.live(after=hello.id)
    assert [next(later).name, next(later).data["href"]] == ["hello", f"/scraping/jobs/{job}"]


def test_a_file_is_brought_in(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "quokkas.md"
    file.write_text("# Quokkas\n\nA quokka is a small wallaby that lives on Rottnest Island.\n")
    job = client.bring_in(file, name="notes")["job"]
    for _ in client.watch(job):
        pass
    assert client.job(job)["status"] == "completed"
    assert "Rottnest" in client.ask("Where does a quokka live?")["answer"]


def test_what_cannot_be_gathered_is_refused_with_words(client: Client) -> None:
    with pytest.raises(ApiError, match="metadata|private|forbidden|not gathered") as refused:
        client.start("http://169.254.169.254/", "read it")
    assert refused.value.code == "input-wrong"


def test_once_there_is_an_account_only_keys_come_in(
    client: Client, server: Server, data: Path, environment: dict[str, str]
) -> None:
    """Last of this file: it closes the server that the others use."""
    bowerbird(
        data, environment, "users", "add", "ana@example.org", "--role", "admin", "--password-stdin",
        given="correct horse battery\n",
    )  # fmt: skip
    with pytest.raises(ApiError) as refused:
        client.me()
    assert (refused.value.status, refused.value.code) == (401, "not-signed-in")

    key, secret = re.findall(
        r'"(?:key|secret)": "([^"]+)"', bowerbird(data, environment, "keys", "add", "a program", "--json")
    )
    with Client(server.url, key=secret) as program:
        assert program.me()["role"] == "reader"
        assert program.search("supervised learning")["hits"]
        with pytest.raises(ApiError) as refused:
            program.start("https://example.org/", "read it")
        assert (refused.value.status, refused.value.code) == (403, "not-allowed")
        bowerbird(data, environment, "keys", "rotate", key, "--overlap-hours", "0")
        with pytest.raises(ApiError) as refused:
            program.me()
        assert refused.value.status == 401
