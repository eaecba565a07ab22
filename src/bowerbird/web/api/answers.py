"""`/v1/answers`, `/v1/conversations`, `/v1/feedback`: answers that are kept, as JSON and Markdown; shared; judged."""

from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from bowerbird.answer import (
    Direction,
    Kept,
    QuestionRow,
    Reason,
    Thumb,
    find_answer,
    give_thumb,
    list_answers,
    read_answer,
    read_conversation,
    share_answer,
    stop_sharing,
    take_thumb_back,
)
from bowerbird.answer.markdown import conversation_markdown, markdown
from bowerbird.answer.thumbs import MAX_WORDS
from bowerbird.web.access import Routes
from bowerbird.web.api.ask import CompleteAnswer
from bowerbird.web.deps import AppDep, ScopeDep

__all__ = ["KeptAnswer", "routes"]

routes = Routes(prefix="/v1", tags=["answers"])
_MARKDOWN: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/markdown": {"schema": {"type": "string"}, "example": "# What is boosting?\n"}}}
}


class AnswerLine(BaseModel):
    """A kept answer in a list."""

    id: str
    conversation: str
    question: str
    abstained: bool
    asked_at: float = Field(description="Seconds since 1970, UTC.")
    as_of: float | None = Field(description="It is from what was stored at that time; null: when it was asked.")
    stale_at: float | None = Field(description="Since when something that it cites is no longer said.")
    shared_at: float | None = Field(description="Since when everyone in the workspace may read it.")


class AnswerList(BaseModel):
    """Your answers, the newest first."""

    answers: list[AnswerLine]


class FeedbackOut(BaseModel):
    """What you said of an answer."""

    feedback: str = Field(description="Its id.")
    answer: str
    thumb: Direction
    reason: Reason | None = Field(description="Why it did not help.")
    text: str
    created_at: float


class KeptAnswer(CompleteAnswer):
    """
    An answer with its proof as it stands now: without what rests on pages that you may not see.

    Of somebody else's, `conversation` and `steps` are empty.
    """

    asked_at: float = Field(description="Seconds since 1970, UTC.")
    as_of: float | None = Field(description="It is from what was stored at that time; null: when it was asked.")
    stale_at: float | None = Field(description="Since when something that it cites is no longer said.")
    stale: list[int] = Field(description="The numbers of the citations that are no longer said.")
    shared_at: float | None = Field(description="Since when everyone in the workspace may read it.")
    is_yours: bool
    feedback: FeedbackOut | None = Field(description="What you said of it.")


class TurnOut(BaseModel):
    """A question of a conversation."""

    question: str
    asked_at: float
    answer: KeptAnswer | None = Field(description="Null when it was never answered.")


class ConversationOut(BaseModel):
    """A conversation, the oldest question first."""

    conversation: str
    turns: list[TurnOut]


class NewFeedback(BaseModel):
    """What you say of an answer."""

    model_config = ConfigDict(extra="forbid")

    answer: str = Field(description="The `id` of an answer that you may read.")
    thumb: Direction = Field(description="Whether it helped.")
    reason: Reason | None = Field(default=None, description="Why it did not; only with `down`.")
    text: str = Field(default="", max_length=MAX_WORDS, description="The same in your own words.")


@routes.get("/answers", operation_id="list_answers", summary="List your answers")
async def index(
    app: AppDep,
    scope: ScopeDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[
        str | None, Query(max_length=26, description="The `id` of the last answer of the page before.")
    ] = None,
) -> AnswerList:
    """What you asked and was answered, by page, API or command."""
    rows = await app.records.aread(lambda conn: list_answers(conn, scope, limit=limit, before=before))
    return AnswerList(answers=[_line(row) for row in rows])


@routes.get(
    "/answers/{answer}.md",
    operation_id="export_answer",
    summary="Export an answer as Markdown",
    response_class=Response,
    responses=_MARKDOWN,
)
async def one_as_markdown(app: AppDep, scope: ScopeDep, answer: str) -> Response:
    """The question, the answer with its numbers, and every span it rests on."""
    kept = await app.records.aread(lambda conn: read_answer(conn, scope, answer))
    assert kept.answer is not None
    return _file(markdown(kept.row, kept.answer), f"answer-{kept.row.id}.md")


@routes.get("/answers/{answer}", operation_id="read_answer", summary="Read an answer", response_model=KeptAnswer)
async def one(app: AppDep, scope: ScopeDep, answer: str) -> Response:
    """An answer of yours, or one that was shared with your workspace, as it stands now."""
    kept = await app.records.aread(lambda conn: read_answer(conn, scope, answer))
    return JSONResponse(_answer(kept))


@routes.post("/answers/{answer}/share", operation_id="share_answer", summary="Share an answer")
async def share(app: AppDep, scope: ScopeDep, answer: str) -> AnswerLine:
    """Everyone in your workspace may read it at `/answers/{id}`, without what rests on pages that they may not see."""

    def work(conn: sa.Connection) -> QuestionRow:
        share_answer(conn, scope, answer, clock=app.clock)
        return find_answer(conn, scope, answer)

    return _line(await app.records.awrite(work))


@routes.delete(
    "/answers/{answer}/share", status_code=204, operation_id="stop_sharing", summary="Stop sharing an answer"
)
async def unshare(app: AppDep, scope: ScopeDep, answer: str) -> None:
    """Only you may read it again."""
    await app.records.awrite(lambda conn: stop_sharing(conn, scope, answer))


@routes.get(
    "/conversations/{conversation}.md",
    operation_id="export_conversation",
    summary="Export a conversation as Markdown",
    response_class=Response,
    responses=_MARKDOWN,
)
async def conversation_as_markdown(app: AppDep, scope: ScopeDep, conversation: str) -> Response:
    """All its questions with their answers, and every span they rest on."""
    kept = await app.records.aread(lambda conn: read_conversation(conn, scope, conversation))
    return _file(conversation_markdown([(one.row, one.answer) for one in kept]), f"conversation-{conversation}.md")


@routes.get(
    "/conversations/{conversation}",
    operation_id="read_conversation",
    summary="Read a conversation",
    response_model=ConversationOut,
)
async def one_conversation(app: AppDep, scope: ScopeDep, conversation: str) -> Response:
    """All its questions with their answers as they stand now."""
    kept = await app.records.aread(lambda conn: read_conversation(conn, scope, conversation))
    turns = [
        {
            "question": one.row.text,
            "asked_at": one.row.asked_at,
            "answer": None if one.answer is None else _answer(one),
        }
        for one in kept
    ]
    return JSONResponse({"conversation": conversation, "turns": turns})


@routes.post("/feedback", status_code=201, operation_id="give_feedback", summary="Say whether an answer helped")
async def judge(app: AppDep, scope: ScopeDep, said: NewFeedback) -> FeedbackOut:
    """In the place of what you said of it before."""
    thumb = await app.records.awrite(
        lambda conn: give_thumb(
            conn, scope, said.answer, said.thumb, clock=app.clock, reason=said.reason, text=said.text
        )
    )
    return _feedback(thumb)


@routes.delete(
    "/feedback/{feedback}", status_code=204, operation_id="take_feedback_back", summary="Take back what you said"
)
async def take_back(app: AppDep, scope: ScopeDep, feedback: str) -> None:
    """It is forgotten."""
    await app.records.awrite(lambda conn: take_thumb_back(conn, scope, feedback))


def _line(row: QuestionRow) -> AnswerLine:
    return AnswerLine(
        id=row.id,
        conversation=row.conversation,
        question=row.text,
        abstained=bool(row.answer and row.answer["abstained"]),
        asked_at=row.asked_at,
        as_of=row.as_of,
        stale_at=row.stale_at,
        shared_at=row.shared_at,
    )


def _answer(kept: Kept) -> dict[str, Any]:
    row = kept.row
    return (kept.answer or {}) | {
        "id": row.id,
        "conversation": row.conversation if kept.is_own else "",
        "asked_at": row.asked_at,
        "as_of": row.as_of,
        "stale_at": row.stale_at,
        "stale": sorted(row.stale_numbers),
        "shared_at": row.shared_at,
        "is_yours": kept.is_own,
        "feedback": None if kept.thumb is None else _feedback(kept.thumb).model_dump(),
    }


def _feedback(thumb: Thumb) -> FeedbackOut:
    return FeedbackOut(
        feedback=thumb.id,
        answer=thumb.question,
        thumb=thumb.direction,
        reason=thumb.reason,
        text=thumb.text,
        created_at=thumb.created_at,
    )


def _file(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    return Response(text, media_type="text/markdown; charset=utf-8", headers=headers)
