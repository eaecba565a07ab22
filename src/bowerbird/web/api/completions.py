"""
`/v1/chat/completions` and `/v1/models`: the same answers for whatever speaks OpenAI's protocol, citations kept.

The last message of the user is the question; those before it say what it leans on. There is one model, `bowerbird`, and
it is not a language model: settings of sampling, tools and system messages have nothing to work on and are passed over.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from bowerbird.answer import MAX_QUESTION_CHARACTERS, Answer, Step, check_question
from bowerbird.answer.follow_up import Turn, resolve
from bowerbird.answer.markdown import Told, address_of, numbered, tell, untold
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.ops.logs import logger
from bowerbird.web.access import Routes
from bowerbird.web.api.ask import Citation, CompleteAnswer
from bowerbird.web.asking import ask_for, stream_for
from bowerbird.web.deps import AppDep, ViewerDep
from bowerbird.web.problems import for_openai, problem_of
from bowerbird.web.sse import HEARTBEAT, data, events_of, stream

__all__ = ["MAX_MESSAGES_BYTES", "ChatCompletion", "Conversation", "routes"]

MODEL: Final = "bowerbird"
MADE_AT: Final = 1_735_689_600  # clients want to know when a model was made: the year of the first release
MAX_MESSAGES_BYTES: Final = 1024 * 1024  # clients send the whole conversation with each question
_TURNS: Final = 5
_ASKED_CHARACTERS: Final = 500
_ANSWERED_CHARACTERS: Final = 2_000
_PATH: Final = "/v1/chat/completions"

routes = Routes(prefix="/v1", tags=["answers"])
_log = logger("api")


class Part(BaseModel):
    """A part of a message."""

    type: str = Field(examples=["text"])
    text: str | None = None


class Message(BaseModel):
    """One of the conversation's messages."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None


class Wanted(BaseModel):
    """What only Bowerbird understands (`extra_body` in OpenAI's client)."""

    conversation: str | None = Field(
        default=None, description="The `conversation` of an earlier answer: what was said before is read from there."
    )
    as_of: float | None = Field(
        default=None, ge=0, description="Answer from what was stored at that time; seconds since 1970, UTC."
    )


class Conversation(BaseModel):
    """What is asked; whatever else OpenAI's protocol has is passed over."""

    model: str = Field(description="`bowerbird`.", examples=[MODEL])
    messages: list[Message] = Field(min_length=1, max_length=1000)
    stream: bool | None = Field(default=None, description="As server-sent events, a sentence at a time.")
    n: Literal[1] | None = Field(default=None, description="There is one answer.")
    bowerbird: Wanted | None = None


class UrlCitation(BaseModel):
    """Where a number in the text leads."""

    url: str
    title: str
    start_index: int = Field(description="Of the number in the content, in code points.")
    end_index: int


class Annotation(BaseModel):
    """A number in the text."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class AnswerMessage(BaseModel):
    """The answer as a message."""

    role: Literal["assistant"] = "assistant"
    content: str = Field(description="Markdown; every sentence with the numbers of its citations.")
    refusal: None = None
    annotations: list[Annotation]


class Choice(BaseModel):
    """The one answer."""

    index: Literal[0] = 0
    message: AnswerMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class ChatCompletion(BaseModel):
    """OpenAI's shape, and beside it the answer with its proof."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(description="Seconds since 1970, UTC.")
    model: Literal["bowerbird"] = MODEL
    choices: list[Choice]
    citations: list[Citation] = Field(description="What the numbers stand for, in their order.")
    bowerbird: CompleteAnswer = Field(description="The answer as `POST /v1/ask` gives it.")


class Model(BaseModel):
    """What can be asked."""

    id: Literal["bowerbird"] = MODEL
    object: Literal["model"] = "model"
    created: int = MADE_AT
    owned_by: Literal["bowerbird"] = MODEL


class ModelList(BaseModel):
    """All that can be asked."""

    object: Literal["list"] = "list"
    data: list[Model]


@routes.get("/models", operation_id="list_models", summary="List models, as OpenAI does")
async def models() -> ModelList:
    """The one there is."""
    return ModelList(data=[Model()])


@routes.get("/models/{model}", operation_id="read_model", summary="Read a model, as OpenAI does")
async def one_model(model: str) -> Model:
    """The one there is."""
    return _checked(model)


@routes.post(
    "/chat/completions",
    operation_id="complete_chat",
    summary="Ask a question, as OpenAI does",
    response_model=ChatCompletion,
    responses={200: events_of('data: {"object": "chat.completion.chunk", "choices": []}\n\ndata: [DONE]\n\n')},
)
async def complete(app: AppDep, viewer: ViewerDep, asked: Conversation) -> Response:
    """
    The answer to the last message of the user, in OpenAI's shape: numbers in the text, `annotations` that say where
    they stand and lead, `citations` with the exact spans, and under `bowerbird` the answer as `POST /v1/ask` gives it.

    With `stream` as chunks, a sentence at a time once it is verified; annotations and citations are in the last one.
    `usage` is not given: no tokens are counted. Errors have OpenAI's `error` beside what every problem here has.
    """
    _checked(asked.model)
    wanted = asked.bowerbird or Wanted()
    is_kept = wanted.conversation is not None
    question = await run_in_threadpool(_question, asked.messages, is_kept=is_kept)
    if not asked.stream:
        answer = await ask_for(app, viewer, question, conversation=wanted.conversation, as_of=wanted.as_of)
        return JSONResponse(_whole(answer, int(app.clock.now_s())))
    steps = stream_for(app, viewer, question, conversation=wanted.conversation, as_of=wanted.as_of)
    first = await anext(steps)  # what cannot be asked is refused before the stream begins
    return stream(_chunks(first, steps, int(app.clock.now_s())))


async def _chunks(first: Step | Answer, others: AsyncIterator[Step | Answer], created: int) -> AsyncIterator[bytes]:
    try:
        done = first
        while not isinstance(done, Answer):
            yield HEARTBEAT
            done = await anext(others)
        told = tell(done.to_json())
        for number, piece in enumerate(told.pieces):
            delta = {"role": "assistant", "content": piece} if number == 0 else {"content": piece}
            yield data(_chunk(done, created, delta))
        last = _chunk(done, created, {"annotations": _annotations(told)}, finish_reason="stop")
        yield data(last | _proof(done, told))
        yield data("[DONE]")
    except Exception as error:  # noqa: BLE001  the answer has begun, so the stream itself must say what went wrong
        problem = for_openai(problem_of(error, _PATH))
        _log.exception("question.failed", reference=problem.reference)
        yield data(problem.model_dump(exclude_none=True))


def _whole(answer: Answer, created: int) -> dict[str, Any]:
    told = tell(answer.to_json())
    message = {"role": "assistant", "content": told.text, "refusal": None, "annotations": _annotations(told)}
    return {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion",
        "created": created,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
    } | _proof(answer, told)


def _chunk(answer: Answer, created: int, delta: dict[str, Any], *, finish_reason: str | None = None) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion.chunk",
        "created": created,
        "model": MODEL,
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}],
    }


def _proof(answer: Answer, told: Told) -> dict[str, Any]:
    names = ("n", "quote", "url", "title", "version", "start", "end", "heading", "before", "page_number", "language")
    cited = [{name: each[name] for name in names} for each in numbered(marker.citation for marker in told.markers)]
    return {"citations": cited, "bowerbird": answer.to_json()}


def _annotations(told: Told) -> list[dict[str, Any]]:
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "url": address_of(marker.citation),
                "title": marker.citation["title"],
                "start_index": marker.start,
                "end_index": marker.end,
            },
        }
        for marker in told.markers
    ]


def _checked(model: str) -> Model:
    if model != MODEL:
        raise NotFound(f"no model {model[:80]!r}; there is one, {MODEL!r}")
    return Model()


def _question(messages: Sequence[Message], *, is_kept: bool) -> str:
    """The last question of the user, made to stand alone by what was said before it, unless that is kept here."""
    said = [(message.role, _text(message, number)) for number, message in enumerate(messages)]
    asked = [number for number, (role, _) in enumerate(said) if role == "user"]
    if not asked:
        raise InputWrong("messages hold none of the role user, expected a question", field="messages")
    try:
        question = check_question(said[asked[-1]][1])
    except InputWrong as wrong:
        raise InputWrong(f"messages[{asked[-1]}]: {wrong}", field="messages") from None
    if is_kept:
        return question
    alone = resolve(question, _turns(said[: asked[-1]]))
    return alone if len(alone) <= MAX_QUESTION_CHARACTERS else question


def _turns(said: Sequence[tuple[str, str]]) -> list[Turn]:
    """The last few questions with what was answered to them; what is no question is passed over."""
    turns: list[Turn] = []
    for role, text in said:
        if role == "user":
            turns.append(Turn(" ".join(text.split())[:_ASKED_CHARACTERS]))
        elif role == "assistant" and turns:
            turns[-1] = Turn(turns[-1].question, untold(text)[:_ANSWERED_CHARACTERS])
    return [turn for turn in turns if any(mark.isalnum() for mark in turn.question)][-_TURNS:]


def _text(message: Message, number: int) -> str:
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    for part in message.content:
        if message.role == "user" and (part.type != "text" or part.text is None):
            raise InputWrong(
                f"messages[{number}] holds a part of type {part.type[:40]!r}, expected text: nothing else can be asked",
                field="messages",
            )
    return "\n".join(part.text for part in message.content if part.text)
