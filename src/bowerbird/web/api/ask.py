"""`/v1/ask`: a question answered with proof, as JSON or as events."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Discriminator, Field
from starlette.responses import JSONResponse, Response

from bowerbird.answer import Answer, check_question
from bowerbird.answer.answer import AgentName, VerdictName
from bowerbird.ops.logs import logger
from bowerbird.web.access import Routes
from bowerbird.web.asking import ask_for, stream_for
from bowerbird.web.deps import AppDep, ViewerDep
from bowerbird.web.problems import problem_of
from bowerbird.web.sse import event, events_of, stream
from bowerbird.web.viewer import Viewer
from bowerbird.wiring import App

__all__ = ["Citation", "Claim", "CompleteAnswer", "Question", "routes"]

routes = Routes(prefix="/v1", tags=["answers"])
_log = logger("api")


class Question(BaseModel):
    """What is asked."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(description="In your own words, at most 2,000 characters.", examples=["What is boosting?"])
    conversation: str | None = Field(
        default=None, description="The `conversation` of an earlier answer, to ask on; without it a new one begins."
    )
    as_of: float | None = Field(
        default=None, ge=0, description="Answer from what was stored at that time; seconds since 1970, UTC."
    )


class Citation(BaseModel):
    """What a claim rests on; `quote == version_text[start:end]`, in code points."""

    n: int = Field(description="Its number; the same span has the same one throughout an answer.")
    quote: str
    url: str
    title: str
    version: int = Field(description="Read it at `/v1/versions/{version}`.")
    start: int
    end: int
    heading: str = Field("", description="The heading above it, if there is one.")
    before: str = Field("", description="What stands right before it, to be read with it: no part of the proof.")
    page_number: int | None = Field(default=None, description="In a document that has pages (a PDF), from 1.")
    language: str = Field("en", description="That it is written in (a primary subtag); empty: not known.")


class Claim(BaseModel):
    """A sentence of the answer."""

    text: str
    verdict: VerdictName
    citations: list[Citation]
    reasons: list[str] = Field(description="Why it has this verdict.")


class Side(Citation):
    """What one page says in a conflict."""

    at: float = Field(description="When it was published or, failing that, gathered; seconds since 1970, UTC.")


class Conflict(BaseModel):
    """Pages that agree in words and differ in a value."""

    subject: str
    values: list[Side] = Field(description="The newest first.")


class NearestEvidence(Citation):
    """What comes nearest to an answer, when there is none."""

    kind: Literal["evidence"]
    text: str


class ProposedCrawl(BaseModel):
    """What to gather, when there is no answer."""

    kind: Literal["crawl"]
    text: str
    goal: str
    url: str | None = Field(description="Where to start; null: yours to choose.")


class StepTaken(BaseModel):
    """What one agent did."""

    agent: AgentName
    words: str
    took_ms: float


class CompleteAnswer(BaseModel):
    """An answer with its proof."""

    question: str
    answer: str
    abstained: bool = Field(description="True when nothing that was gathered supports an answer.")
    claims: list[Claim]
    conflicts: list[Conflict]
    suggestions: list[Annotated[NearestEvidence | ProposedCrawl, Discriminator("kind")]]
    steps: list[StepTaken] = Field(description="What each agent did.")
    took_ms: float
    id: str = Field(description="Under which it is kept.")
    conversation: str
    left_out: list[Claim] = Field(description="What the writer said and its quotes do not hold.")
    notice: str = Field(description="What a reader should know about how it was written; usually empty.")
    written_by: str = Field(description="The language model that wrote it; empty: each sentence is a page's own.")


@routes.post(
    "/ask",
    operation_id="ask",
    summary="Ask a question",
    response_model=CompleteAnswer,
    responses={
        200: events_of('event: step\ndata: {"agent": "planner", "words": "wants a definition", "took_ms": 0.4}\n\n')
    },
)
async def ask(request: Request, app: AppDep, viewer: ViewerDep, asked: Question) -> Response:
    """
    The answer as JSON; with `Accept: text/event-stream` as events: a `step` for what each agent did, then `answer`.

    What goes wrong after the first event is an event too: `problem`.
    """
    text = check_question(asked.question)
    if "text/event-stream" in request.headers.get("accept", ""):
        return stream(_answering(app, viewer, text, asked))
    answer = await ask_for(app, viewer, text, conversation=asked.conversation, as_of=asked.as_of)
    return JSONResponse(answer.to_json())


async def _answering(app: App, viewer: Viewer, question: str, asked: Question) -> AsyncIterator[bytes]:
    try:
        async for done in stream_for(app, viewer, question, conversation=asked.conversation, as_of=asked.as_of):
            yield event("answer" if isinstance(done, Answer) else "step", done.to_json())
    except Exception as error:  # noqa: BLE001  the answer has begun, so the stream itself must say what went wrong
        problem = problem_of(error, "/v1/ask")
        _log.exception("question.failed", reference=problem.reference)
        yield event("problem", problem.model_dump(exclude_none=True))
