"""What is sent to a model over real HTTP, and what becomes of each way in which one can fail."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import pytest

from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import DeadlinePassed, ModelUnavailable, NotSupported
from bowerbird.models.chat import ChatModel, Message, Reply, Request, complete
from bowerbird.models.open import open_model
from bowerbird.models.wrappers import Guarded
from bowerbird.ops.breaker import Breaker
from bowerbird.ops.deadline import within
from bowerbird.settings import ModelSettings
from bowerbird.testing.model_server import ModelServer, Told, in_turn

KEY = "sk-very-secret"
CLOCK = SystemClock()
REQUEST = Request(
    (Message("system", "You add."), Message("user", "2 + 2?")),
    "w",
    schema={
        "type": "object",
        "properties": {"sum": {"type": "integer"}},
        "required": ["sum"],
        "additionalProperties": False,
    },
    max_tokens=77,
)


@asynccontextmanager
async def opened(server: ModelServer, llm: str = "", **options: object) -> AsyncIterator[ChatModel]:
    """The model that a server plays, with nothing around it."""
    settings = ModelSettings.model_validate({"api_key": KEY, "timeout_s": 5, **options})
    model = open_model(llm or server.llm, settings)
    assert model is not None
    try:
        yield model
    finally:
        await model.close()


async def test_what_is_sent_is_the_messages_the_schema_the_limit_and_the_key() -> None:
    """And that a stream and its usage are wanted."""
    with ModelServer(in_turn(Told('{"sum": 4}'))) as server:
        async with opened(server) as model:
            reply = await complete(model, REQUEST)
            await model.ping()
    sent = server.asked[0].body

    assert reply.text == '{"sum": 4}'
    assert [(message["role"], message["content"]) for message in sent["messages"]] == [
        ("system", "You add."),
        ("user", "2 + 2?"),
    ]
    assert sent["response_format"]["type"] == "json_schema"
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert sent["response_format"]["json_schema"]["schema"]["required"] == ["sum"]
    assert sent.get("max_tokens", sent.get("max_completion_tokens")) == 77
    assert (sent["stream"], sent["stream_options"]["include_usage"], sent["temperature"]) == (True, True, 0)
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


async def test_the_text_comes_in_pieces_and_then_whole_with_what_it_took() -> None:
    """Tokens as the server counts them; a price that nobody knows is no price."""
    with ModelServer(in_turn(Told("one two three four"))) as server:
        async with opened(server) as model, aclosing(model.stream(REQUEST)) as pieces:
            *said, reply = [piece async for piece in pieces]

    assert isinstance(reply, Reply)
    assert len(said) > 3
    assert "".join(map(str, said)) == reply.text == "one two three four"
    assert (reply.usage.tokens_in, reply.usage.tokens_out) == (5, 5)
    assert reply.usage.cost_usd is None
    assert not reply.is_cut


async def test_the_operators_price_is_the_cost() -> None:
    """Dollars for a million tokens, each way."""
    with ModelServer(in_turn(Told("one two three four"))) as server:
        async with opened(server, usd_per_million_in=1_000_000, usd_per_million_out=10_000_000) as model:
            reply = await complete(model, REQUEST)

    assert reply.usage.cost_usd == 5 + 50


async def test_ollama_speaks_the_same_protocol() -> None:
    """At the address that is set."""
    with ModelServer(in_turn(Told('{"sum": 4}'))) as server:
        async with opened(server, "ollama:tiny", base_url=server.base_url) as model:
            assert (await complete(model, REQUEST)).text == '{"sum": 4}'

    assert server.asked[0].body["model"] == "tiny"


@pytest.mark.parametrize(
    ("told", "error", "says"),
    [
        (Told(status=500), ModelUnavailable, "did not answer"),
        (Told(status=503), ModelUnavailable, "did not answer"),
        (Told(status=401, text="bad key"), NotSupported, "models.api_key"),
        (Told(status=404), NotSupported, "llm"),
        (Told(status=400, text="too long"), NotSupported, "too long"),
        (Told(raw=b"<html>no model here</html>"), ModelUnavailable, "compatible:scripted-1"),
        (Told(raw=b"data: {broken\n\n"), ModelUnavailable, "compatible:scripted-1"),
        (Told("one two three four five", dies_after=3), ModelUnavailable, "compatible:scripted-1"),
        (Told("never", wait_s=60), ModelUnavailable, "models.timeout_s"),
        (Told("one two three four five six seven eight nine ten", tokens_per_s=2), ModelUnavailable, "timeout_s"),
    ],
    ids=["500", "503", "401", "404", "400", "html", "broken", "dies", "hangs", "slow"],
)
async def test_every_failure_is_an_error_that_says_who_must_act(told: Told, error: type[Exception], says: str) -> None:
    """Nothing of a library's own errors comes through, and nobody waits for ever."""
    with ModelServer(in_turn(told)) as server:
        async with opened(server) as bare:
            model = Guarded(bare, Breaker("m", CLOCK), CLOCK, timeout_s=1.0)
            with pytest.raises(error, match=says) as caught:
                await complete(model, REQUEST)

    assert KEY not in str(caught.value)
    assert len(server.asked) == 1  # the client does not try again by itself: retries have a budget


async def test_whoever_is_busy_says_when_to_come_back() -> None:
    """The server's `retry-after` is in the error."""
    with ModelServer(in_turn(Told(status=429, retry_after_s=7))) as server:
        async with opened(server) as model:
            with pytest.raises(ModelUnavailable) as caught:
                await complete(model, REQUEST)

    assert caught.value.retry_after_s == 7


async def test_nobody_there_is_unavailable() -> None:
    """Also to `ping`."""
    with ModelServer(in_turn(Told("x"))) as server:
        pass
    async with opened(server) as model:
        with pytest.raises(ModelUnavailable):
            await complete(model, REQUEST)
        with pytest.raises(ModelUnavailable):
            await model.ping()


async def test_an_answer_after_the_deadline_is_broken_off_at_the_deadline() -> None:
    """DeadlinePassed, and the breaker does not hold it against the model."""
    with ModelServer(in_turn(Told("one two three four five six", tokens_per_s=2))) as server:
        async with opened(server) as bare:
            breaker = Breaker("m", CLOCK, failures=1)
            model = Guarded(bare, breaker, CLOCK, timeout_s=30)
            began = CLOCK.monotonic_s()
            with within(0.6, CLOCK), pytest.raises(DeadlinePassed):
                await complete(model, REQUEST)

    assert CLOCK.monotonic_s() - began < 2.5
    assert breaker.state == "closed"


async def test_a_reader_that_leaves_ends_the_call_at_the_server() -> None:
    """The connection is closed, so the model need not write on for nobody."""
    told = Told("word " * 400, tokens_per_s=200)
    with ModelServer(in_turn(told)) as server:
        async with opened(server) as model:
            async with aclosing(model.stream(REQUEST)) as pieces:
                async for _ in pieces:
                    break
            await _until(lambda: server.at_once == 0)

    assert server.most_at_once == 1


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(1.5):  # the whole text would take two seconds
        while not is_so():  # noqa: ASYNC110  the server is another thread
            await asyncio.sleep(0.01)


async def test_no_key_and_no_page_gets_into_a_log() -> None:
    """With every logger of the process at its most talkative, and in no `repr`."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with ModelServer(in_turn(Told(status=500), Told("four"))) as server:
            async with opened(server) as model:
                with pytest.raises(ModelUnavailable):
                    await complete(model, REQUEST)
                await complete(model, REQUEST)
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    settings = ModelSettings.model_validate({"api_key": KEY})

    assert KEY not in out.getvalue()
    assert KEY not in repr(settings)
    assert "2 + 2?" not in repr(REQUEST)


@pytest.mark.parametrize("llm", ["openai:gpt-5-mini", "anthropic:claude-x", "google:flash"])
def test_a_provider_without_a_key_says_which_setting_is_missing(llm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And does not take one from the environment that was meant for something else."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.setenv(name, "somebody else's")

    with pytest.raises(NotSupported, match="models.api_key"):
        open_model(llm, ModelSettings())
