"""`/chat`: ask what was gathered; each answer with its proof. With a script it streams, without one it is a form."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Final, cast

import sqlalchemy as sa
from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.answer import (
    Answer,
    Cited,
    ConversationRow,
    Follow,
    QuestionRow,
    Thumb,
    as_seen,
    check_question,
    cited_versions,
    end_of_day,
    find_conversation,
    list_conversations,
    list_follows,
    list_thumbs,
    versions_in,
)
from bowerbird.kernel.clock import utc
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import defined_beside, list_entities
from bowerbird.ops.logs import logger
from bowerbird.web.access import Routes
from bowerbird.web.acts import with_acts
from bowerbird.web.answers import AnswerView, answer_view, step_view
from bowerbird.web.asking import ask_for, stream_for
from bowerbird.web.deps import AppDep, ScopeDep, ViewerDep
from bowerbird.web.listings import Link
from bowerbird.web.problems import problem_of
from bowerbird.web.render import Views, frame_of, render
from bowerbird.web.since import with_since
from bowerbird.web.sse import event, stream
from bowerbird.web.suggest import example_questions, next_questions
from bowerbird.web.viewer import Viewer
from bowerbird.wiring import App

__all__ = ["Chat", "ConversationLink", "Thread", "Turn", "chat", "read_thread", "routes"]

_CONVERSATIONS: Final = 30
_TITLE_CHARACTERS: Final = 80

routes = Routes(include_in_schema=False)
_log = logger("api")


@dataclass(frozen=True, slots=True)
class ConversationLink:
    """A conversation in the list at the left."""

    href: str
    title: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer; None when it was never answered."""

    id: str
    question: str
    answer: AnswerView | None


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat with one conversation open, or none yet."""

    title: str
    conversation: str
    conversations: tuple[ConversationLink, ...]
    turns: tuple[Turn, ...]
    examples: tuple[Link, ...]
    query: str
    as_of: str  # a day, as the form has it; empty: now
    today: str
    asks_now: bool  # a link brought the question: with a script it is asked at once
    error: str
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """What the records hold for the page, read in one snapshot."""

    questions: Sequence[QuestionRow]
    conversations: Sequence[ConversationRow]
    cited: Mapping[int, Cited]
    followed: Sequence[Follow]
    thumbs: Mapping[str, Thumb]
    next_questions: tuple[str, ...]  # below the last answer
    examples: tuple[Link, ...]


@routes.get("/chat")
async def begin(request: Request, app: AppDep, scope: ScopeDep, query: str = "") -> Response:
    """A new conversation; a link may bring its first question."""
    thread = await app.records.aread(lambda conn: read_thread(conn, scope, None))
    context = chat(thread, None, now_s=app.clock.now_s(), query=query[:2000])
    return render(request, "chat.html", context, here="ask")


@routes.get("/chat/{conversation}")
async def show(request: Request, app: AppDep, scope: ScopeDep, conversation: str) -> Response:
    """A conversation with all its answers."""
    thread = await app.records.aread(lambda conn: read_thread(conn, scope, conversation))
    return render(request, "chat.html", chat(thread, conversation, now_s=app.clock.now_s()), here="ask")


@routes.post("/chat")
async def ask(
    request: Request,
    app: AppDep,
    viewer: ViewerDep,
    *,
    query: Annotated[str, Form()] = "",
    conversation: Annotated[str, Form()] = "",
    as_of: Annotated[str, Form()] = "",
) -> Response:
    """Answer a question: as events for who accepts them, else by going to the conversation's page."""
    wants_events = "text/event-stream" in request.headers.get("accept", "")
    within, now_s = conversation or None, app.clock.now_s()
    try:
        text, at = check_question(query), _day_of(as_of, now_s)
    except InputWrong as wrong:
        if wants_events:
            raise
        thread = await app.records.aread(lambda conn: read_thread(conn, viewer.scope, within))
        context = chat(thread, within, now_s=now_s, query=query[:2000], as_of=as_of[:10], error=str(wrong))
        return render(request, "chat.html", context, here="ask", status=422)
    if wants_events:
        return stream(_answering(request, app, viewer, text, conversation=within, as_of=at))
    answer = await ask_for(app, viewer, text, conversation=within, as_of=at)
    return RedirectResponse(f"/chat/{answer.conversation}#question-{answer.id}", status_code=303)


def _day_of(text: str, now_s: float) -> float | None:
    """The end of the day that the form names; None for none. Raises InputWrong."""
    if not text:
        return None
    try:
        at = end_of_day(date.fromisoformat(text), now_s=now_s)
    except ValueError:
        raise InputWrong(f"the day is {text[:40]!r}, expected one like 2026-03-31", field="as_of") from None
    if not 0 <= at <= now_s:
        raise InputWrong(
            f"the day is {text[:40]}, expected one that has been; leave it empty to ask of now", field="as_of"
        )
    return at


async def _answering(
    request: Request, app: App, viewer: Viewer, question: str, *, conversation: str | None, as_of: float | None
) -> AsyncIterator[bytes]:
    """What the agents do as they do it, then the answer as HTML; or what went wrong."""
    try:
        async for done in stream_for(app, viewer, question, conversation=conversation, as_of=as_of):
            if isinstance(done, Answer):
                yield event("answer", await _answer_event(request, app, viewer.scope, done, as_of))
            else:
                step = step_view(done.to_json())
                yield event("step", {"agent": step.name, "words": step.value})
    except Exception as error:  # noqa: BLE001  the answer has begun, so the stream itself must say what went wrong
        problem = problem_of(error, request.url.path)
        _log.exception("question.failed", reference=problem.reference)
        yield event("problem", problem.model_dump(exclude_none=True))


async def _answer_event(
    request: Request, app: App, scope: Scope, answer: Answer, as_of: float | None
) -> dict[str, str]:
    told = answer.to_json()

    def look(conn: sa.Connection) -> tuple[Mapping[int, Cited], tuple[str, ...]]:
        turns = find_conversation(conn, scope, answer.conversation)
        return cited_versions(conn, scope, versions_in(told)), _next(conn, scope, turns)

    cited, following = await app.records.aread(look)
    views = cast("Views", request.app.state.views)
    row = QuestionRow(answer.id, answer.conversation, answer.question, told, app.clock.now_s(), as_of=as_of)
    now_s = app.clock.now_s()
    view = with_since(answer_view(answer.question, told, cited, now_s=now_s), row, (), now_s=now_s)
    view = replace(with_acts(view, row, None, now_s=now_s), next_questions=following)
    html = views.html("parts/answer.html", page=view, frame=frame_of(request, "ask"))
    return {"conversation": answer.conversation, "title": _title(answer.question), "html": html}


def read_thread(conn: sa.Connection, scope: Scope, conversation: str | None) -> Thread:
    """What the chat shows; raises NotFound for a conversation that is not the person's."""
    questions = find_conversation(conn, scope, conversation) if conversation is not None else []
    versions = {version for row in questions if row.answer is not None for version in versions_in(row.answer)}
    return Thread(
        questions=questions,
        conversations=list_conversations(conn, scope, limit=_CONVERSATIONS),
        cited=cited_versions(conn, scope, versions),
        followed=list_follows(conn, scope) if questions else (),
        thumbs=list_thumbs(conn, scope, [row.id for row in questions]),
        next_questions=_next(conn, scope, questions),
        examples=() if questions else example_questions(list_entities(conn, scope, "", limit=3)),
    )


def _next(conn: sa.Connection, scope: Scope, questions: Sequence[QuestionRow]) -> tuple[str, ...]:
    """What may be asked after the last answer; nothing after one of another day, or none."""
    last = questions[-1] if questions else None
    if last is None or last.answer is None or last.answer["abstained"] or last.as_of is not None:
        return ()
    cited = {int(one["version"]) for claim in last.answer["claims"] for one in claim["citations"]}
    asked = [row.text for row in questions]
    return next_questions(defined_beside(conn, scope, cited), asked, last.answer["answer"])


def chat(
    thread: Thread, conversation: str | None, *, now_s: float, query: str = "", as_of: str = "", error: str = ""
) -> Chat:
    """The chat page."""
    first = thread.questions[0].text if thread.questions else ""
    if not as_of and not error and thread.questions and (day := thread.questions[-1].as_of) is not None:
        as_of = f"{utc(day):%Y-%m-%d}"  # who asks on means the same day
    return Chat(
        title=_title(first) or "Ask",
        conversation=conversation or "",
        conversations=tuple(
            ConversationLink(f"/chat/{row.id}", _title(row.title), row.id == conversation)
            for row in thread.conversations
        ),
        turns=tuple(_turn(row, thread, now_s) for row in thread.questions),
        examples=thread.examples,
        query=query,
        as_of=as_of,
        today=f"{utc(now_s):%Y-%m-%d}",
        asks_now=bool(query) and not error,
        error=error,
        is_empty=not thread.examples and not thread.questions,
    )


def _turn(row: QuestionRow, thread: Thread, now_s: float) -> Turn:
    if row.answer is None:
        return Turn(row.id, row.text, None)
    # A source may have become somebody's own since it was asked.
    answer = as_seen(row.answer, thread.cited.keys(), is_own=True)
    view = answer_view(row.text, answer, thread.cited, now_s=now_s)
    view = with_since(view, row, thread.followed, now_s=now_s)
    view = with_acts(view, row, thread.thumbs.get(row.id), now_s=now_s)
    is_last = row is thread.questions[-1]
    return Turn(row.id, row.text, replace(view, next_questions=thread.next_questions) if is_last else view)


def _title(question: str) -> str:
    return question if len(question) <= _TITLE_CHARACTERS else f"{question[: _TITLE_CHARACTERS - 1]}…"
