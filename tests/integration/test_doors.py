"""OpenAI's own client against the real server, on the site that ships with the product; then the door is closed."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from mcp import Client, StdioServerParameters
from openai import OpenAI

from bench.served import Server, serving
from bowerbird.demo import DEMO_GOAL, DEMO_QUESTION, DemoSite

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def server(data: Path, environment: dict[str, str]) -> Iterator[Server]:
    with (
        DemoSite() as site,
        serving(data, allow=re.sub(r"^http://", "", site.url), environment=environment) as found,
    ):
        found.gather(site.url + "/", DEMO_GOAL)
        yield found


@pytest.fixture
def client(server: Server) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as found:
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


def test_an_answer_keeps_its_citations(client: OpenAI, server: Server) -> None:
    completion = client.chat.completions.create(
        model="bowerbird", messages=[{"role": "user", "content": DEMO_QUESTION}], temperature=0
    )
    (choice,) = completion.choices
    content, annotations = choice.message.content or "", choice.message.annotations or []
    assert "supervised" in content
    assert annotations
    cited = {one["n"]: one for one in (completion.model_extra or {})["citations"]}
    for note in annotations:
        number = content[note.url_citation.start_index : note.url_citation.end_index]
        citation = cited[int(number.strip("[]"))]
        assert note.url_citation.url == citation["url"]
        text = server.api(f"/v1/versions/{citation['version']}")["text"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    kept = (completion.model_extra or {})["bowerbird"]
    assert kept["answer"] == server.api("/v1/ask", {"question": DEMO_QUESTION})["answer"]


def test_a_stream_adds_up_to_the_same(client: OpenAI) -> None:
    whole = client.chat.completions.create(model="bowerbird", messages=[{"role": "user", "content": DEMO_QUESTION}])
    chunks = list(
        client.chat.completions.create(
            model="bowerbird", messages=[{"role": "user", "content": DEMO_QUESTION}], stream=True
        )
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.choices[0].message.content
    assert len([chunk for chunk in chunks if chunk.choices[0].delta.content]) > 1
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert (chunks[-1].model_extra or {})["citations"] == (whole.model_extra or {})["citations"]


def test_a_question_leans_on_those_before(client: OpenAI) -> None:
    first = client.chat.completions.create(
        model="bowerbird", messages=[{"role": "user", "content": "What is a random forest?"}]
    )
    second = client.chat.completions.create(
        model="bowerbird",
        messages=[
            {"role": "user", "content": "What is a random forest?"},
            {"role": "assistant", "content": first.choices[0].message.content},
            {"role": "user", "content": "What about gradient boosting?"},
        ],
    )
    assert (second.model_extra or {})["bowerbird"]["question"] == "What is a gradient boosting?"


def test_models_are_listed(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["bowerbird"]


def test_a_refusal_is_an_error_of_the_client(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "What?"}])
    assert refused.value.code == "not-found"
    assert "there is one, 'bowerbird'" in refused.value.message


async def called(data: Path, environment: dict[str, str], tool: str, **given: object) -> str:
    """What a tool of `bowerbird mcp` returns over standard input and output, to the SDK's own client."""
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "bowerbird", "mcp", "--data", str(data)], env=environment
    )
    async with Client(command) as client:
        assert {one.name for one in (await client.list_tools()).tools} == {"search", "ask", "read_page"}
        result = await client.call_tool(tool, dict(given))
    assert not result.is_error, result.content
    (content,) = result.content
    assert content.type == "text"
    return content.text


async def test_an_assistant_searches_asks_and_reads_on(server: Server, data: Path, environment: dict[str, str]) -> None:
    """Beside the server that has the same folder; what pages say stands between marks."""
    found = await called(data, environment, "search", query="supervised learning", limit=3)
    boundary = re.findall(r"\[\[([0-9a-f]{32}):result 1\]\]", found)[0]
    assert found.count(f"[[{boundary}:end result") == 3

    told = await called(data, environment, "ask", question=DEMO_QUESTION)
    inside = re.findall(r"\[\[[0-9a-f]{32}:answer\]\]\n(.*)\n\[\[[0-9a-f]{32}:end answer\]\]$", told, re.DOTALL)[0]
    assert "supervised" in inside
    sources = re.findall(
        r"^\[(\d+)\] version (\d+), characters (\d+) to (\d+): “(.*?)”$", inside, re.MULTILINE | re.DOTALL
    )
    assert sources
    for _, version, start, end, quote in sources:
        assert server.api(f"/v1/versions/{version}")["text"][int(start) : int(end)] == quote
    kept = re.findall(r"Kept as answer (\w+)\.", told)[0]
    assert server.api(f"/v1/agents/runs/{kept}")["run"] == kept

    _, version, start, _, quote = sources[0]
    assert quote in await called(data, environment, "read_page", version=int(version), start=int(start))


def test_once_there_is_an_account_only_keys_come_in(server: Server, data: Path, environment: dict[str, str]) -> None:
    """Last of this file: it closes the server that the others use."""
    bowerbird(
        data, environment, "users", "add", "ana@example.org", "--role", "admin", "--password-stdin",
        given="correct horse battery\n",
    )  # fmt: skip
    secret = re.findall(r'"secret": "([^"]+)"', bowerbird(data, environment, "keys", "add", "a program", "--json"))[0]
    with OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as stranger:
        with pytest.raises(openai.AuthenticationError) as refused:
            stranger.models.list()
        assert refused.value.code == "not-signed-in"
    with OpenAI(base_url=f"{server.url}/v1", api_key=secret, max_retries=0) as known:
        completion = known.chat.completions.create(
            model="bowerbird", messages=[{"role": "user", "content": DEMO_QUESTION}]
        )
        assert "supervised" in (completion.choices[0].message.content or "")
