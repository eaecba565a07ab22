"""OpenAI's protocol over the application with a scripted asker; the real client is in `tests/integration`."""

import json
from typing import Any

import pytest

from bowerbird.accounts import Role
from bowerbird.kernel.errors import StoreUnavailable

from .conftest import Site
from .members import join
from .test_chat import PLANNED, TEXT, answer, cited
from .test_problems import assert_problem

PATH = "/v1/chat/completions"


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def said(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"model": "bowerbird", "messages": list(messages)} | fields


def chunks_of(body: str) -> list[Any]:
    """What each event of the stream holds; what keeps it alive is left out."""
    lines = [line.removeprefix("data: ") for line in body.splitlines() if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


async def test_the_last_message_of_the_user_is_answered_in_openais_shape(site: Site) -> None:
    site.asker.says = [PLANNED, answer("What types?", cited(site))]
    response = await site.client.post(PATH, json=said(user("What  types?"), temperature=0.2, tools=[]))
    body = response.json()
    assert site.asker.asked == ["What types?"]
    assert (body["object"], body["model"]) == ("chat.completion", "bowerbird")
    (choice,) = body["choices"]
    content = choice["message"]["content"]
    assert content.startswith(f"{TEXT} [1]\n\n[1]: <https://docs.example.org/types>")
    (note,) = choice["message"]["annotations"]
    assert content[note["url_citation"]["start_index"] : note["url_citation"]["end_index"]] == "[1]"
    assert (note["type"], note["url_citation"]["url"]) == ("url_citation", "https://docs.example.org/types")
    assert body["citations"] == body["bowerbird"]["claims"][0]["citations"]
    assert body["id"] == f"chatcmpl-{body['bowerbird']['id']}"
    assert body["bowerbird"]["abstained"] is False
    assert "usage" not in body


async def test_streamed_it_is_the_same_in_pieces(site: Site) -> None:
    site.asker.says = [PLANNED, answer("What types?", cited(site))]
    whole = (await site.client.post(PATH, json=said(user("What types?")))).json()
    response = await site.client.post(PATH, json=said(user("What types?"), stream=True))
    *chunks, last, done = chunks_of(response.text)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert done == "[DONE]"
    deltas = [one["choices"][0]["delta"] for one in chunks]
    assert deltas[0]["role"] == "assistant"
    assert "".join(one["content"] for one in deltas) == whole["choices"][0]["message"]["content"]
    assert last["choices"][0]["delta"] == {"annotations": whole["choices"][0]["message"]["annotations"]}
    assert [one["choices"][0]["finish_reason"] for one in (*chunks, last)] == [None] * len(chunks) + ["stop"]
    assert last["citations"] == whole["citations"]
    assert last["bowerbird"]["claims"] == whole["bowerbird"]["claims"]
    assert response.text.startswith(": ")  # something at once, so that nobody gives up


async def test_who_abstains_says_so(site: Site) -> None:
    site.asker.says = [answer("What does it cost?")]
    body = (await site.client.post(PATH, json=said(user("What does it cost?")))).json()
    assert body["choices"][0]["message"]["content"] == "Nothing that was gathered answers this."
    assert body["choices"][0]["message"]["annotations"] == []
    assert body["bowerbird"]["abstained"] is True


async def test_what_was_said_before_is_what_a_question_leans_on(site: Site) -> None:
    """Our own numbers and addresses in it mean nothing; the question that is kept stands alone."""
    site.asker.says = [answer("…", cited(site))]
    before = [
        {"role": "system", "content": "You are a pirate."},
        user("Who founded Apple?"),
        {"role": "assistant", "content": 'Steve Jobs founded Apple. [1]\n\n[1]: <https://e.org/Wozniak> "Wozniak"'},
    ]
    await site.client.post(PATH, json=said(*before, user([{"type": "text", "text": "When was he born?"}])))
    assert site.asker.asked == ["When was Steve Jobs born?"]


async def test_a_conversation_that_is_kept_here_goes_on(site: Site) -> None:
    site.asker.says = [answer("What types?", cited(site))]
    first = (await site.client.post(PATH, json=said(user("What types?")))).json()["bowerbird"]
    wanted = {"conversation": first["conversation"], "as_of": 5.0}
    second = await site.client.post(PATH, json=said(user("Why?"), bowerbird=wanted))
    assert second.json()["bowerbird"]["conversation"] == first["conversation"]
    assert site.asker.asked[-1] == "Why?"
    gone = said(user("Why?"), bowerbird={"conversation": "none"})
    for stream in (False, True):
        assert_problem(await site.client.post(PATH, json=gone | {"stream": stream}), 404, "not-found")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (said(user("What?"), model="gpt-5"), 404, "no model 'gpt-5'; there is one, 'bowerbird'"),
        (said({"role": "system", "content": "Hi."}), 422, "messages hold none of the role user"),
        (said(user("  ")), 422, "messages[0]: the question is ''"),
        (said(user("why " * 600)), 422, "messages[0]: the question has 2,400 characters"),
        (said(user([{"type": "image_url", "image_url": {"url": "x"}}])), 422, "a part of type 'image_url'"),
        (said(user("What?"), n=2), 422, "n: input should be 1, got 2"),
        (said(), 422, "messages: list should have at least 1 item"),
    ],
)
async def test_what_cannot_be_asked_is_refused_in_both_shapes(
    site: Site, body: dict[str, Any], status: int, words: str
) -> None:
    response = await site.client.post(PATH, json=body)
    problem = response.json()
    assert response.status_code == status
    assert words in problem["detail"]
    assert problem["error"] == {
        "message": problem["detail"],
        "type": "invalid_request_error",
        "code": problem["code"],
    } | ({"param": problem["field"]} if "field" in problem else {})
    assert site.asker.asked == []


async def test_what_goes_wrong_on_the_way_is_told_in_the_stream(site: Site) -> None:
    site.asker.says = [PLANNED, StoreUnavailable("the index did not answer")]
    response = await site.client.post(PATH, json=said(user("What?"), stream=True))
    (problem,) = chunks_of(response.text)
    assert problem["error"]["message"] == "the index did not answer. Try again in a moment"
    assert problem["error"]["type"] == "server_error"


async def test_there_is_one_model(site: Site) -> None:
    (model,) = (await site.client.get("/v1/models")).json()["data"]
    assert (model["id"], model["object"]) == ("bowerbird", "model")
    assert (await site.client.get("/v1/models/bowerbird")).json() == model
    assert (await site.client.get("/v1/models/gpt-5")).json()["error"]["message"].startswith("no model 'gpt-5'")


async def test_only_where_openais_protocol_is_spoken_errors_are_said_twice(site: Site) -> None:
    response = await site.client.post("/v1/ask", json={})
    assert_problem(response, 422, "input-wrong")
    assert "error" not in response.json()


async def test_an_open_server_takes_the_key_that_clients_cannot_do_without(site: Site) -> None:
    """Any but one of ours that does not work; and none once there is an account."""
    for key, status in (("none", 200), ("sk-1234", 200), ("bwb_1234", 401)):
        response = await site.client.get("/v1/models", headers={"authorization": f"Bearer {key}"})
        assert response.status_code == status, key
    join(site, "ana@example.org", Role.ADMIN)
    response = await site.client.get("/v1/models", headers={"authorization": "Bearer none"})
    assert_problem(response, 401, "not-signed-in")
    assert response.json()["error"]["code"] == "not-signed-in"


async def test_a_long_conversation_is_read(site: Site) -> None:
    """Clients send all of it; what is longer than any conversation is refused unread."""
    site.asker.says = [answer("What types?", cited(site))]
    long = [user("What types?"), {"role": "assistant", "content": "x " * 100_000}]
    assert (await site.client.post(PATH, json=said(*long, user("What types?")))).status_code == 200
    assert (await site.client.post(PATH, json=said(*long * 6, user("What types?")))).status_code == 413
