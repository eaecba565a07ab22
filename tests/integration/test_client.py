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
