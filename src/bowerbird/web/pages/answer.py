"""`/answers/{answer}`: one answer, for who asked it and for who it was shared with; and what is done with it."""

from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.answer import (
    Cited,
    Kept,
    cited_versions,
    find_answer,
    give_thumb,
    list_thumbs,
    name_of_person,
    read_answer,
    share_answer,
    stop_sharing,
    take_thumb_back,
    versions_in,
)
from bowerbird.kernel.nouns import Scope
from bowerbird.web.access import Routes
from bowerbird.web.acts import with_acts
from bowerbird.web.answers import AnswerView, answer_view
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.render import render
from bowerbird.web.since import with_since
from bowerbird.web.words import Moment, moment

__all__ = ["SharedAnswer", "answer_page", "routes"]

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class SharedAnswer:
    """One answer on a page of its own."""

    question: str
    asked: Moment
    asked_by: str  # empty: by who reads it
    conversation_href: str  # of one's own
    answer: AnswerView


@routes.get("/answers/{answer}")
async def show(request: Request, app: AppDep, scope: ScopeDep, answer: str) -> Response:
    """The answer, without what rests on pages that the reader may not see."""
    kept, cited, name = await app.records.aread(lambda conn: _read(conn, scope, answer))
    page = answer_page(kept, cited, name, now_s=app.clock.now_s())
    return render(request, "answer.html", page, here="ask")


@routes.post("/answers/{answer}/share")
async def share(app: AppDep, scope: ScopeDep, answer: str, back: Annotated[str, Form()] = "") -> Response:
    """Let the workspace read it."""
    await app.records.awrite(lambda conn: share_answer(conn, scope, answer, clock=app.clock))
    return await _back(app, scope, answer, back)


@routes.post("/answers/{answer}/unshare")
async def unshare(app: AppDep, scope: ScopeDep, answer: str, back: Annotated[str, Form()] = "") -> Response:
    """Keep it to oneself again."""
    await app.records.awrite(lambda conn: stop_sharing(conn, scope, answer))
    return await _back(app, scope, answer, back)


@routes.post("/answers/{answer}/thumb")
async def judge(
    app: AppDep,
    scope: ScopeDep,
    answer: str,
    *,
    thumb: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """Say whether it helped, and why not."""
    await app.records.awrite(
        lambda conn: give_thumb(conn, scope, answer, thumb, clock=app.clock, reason=reason or None, text=text)
    )
    return await _back(app, scope, answer, back)


@routes.post("/answers/{answer}/thumb/undo")
async def take_back(app: AppDep, scope: ScopeDep, answer: str, back: Annotated[str, Form()] = "") -> Response:
    """Take that back."""

    def work(conn: sa.Connection) -> None:
        find_answer(conn, scope, answer)
        for thumb in list_thumbs(conn, scope, [answer]).values():
            take_thumb_back(conn, scope, thumb.id)

    await app.records.awrite(work)
    return await _back(app, scope, answer, back)


def answer_page(kept: Kept, cited: dict[int, Cited], name: str, *, now_s: float) -> SharedAnswer:
    """The page."""
    row = kept.row
    assert kept.answer is not None
    view = answer_view(row.text, kept.answer, cited, now_s=now_s)
    view = with_since(view, row, (), now_s=now_s, is_own=kept.is_own)
    return SharedAnswer(
        question=row.text,
        asked=moment(row.asked_at, now_s),
        asked_by="" if kept.is_own else name,
        conversation_href=f"/chat/{row.conversation}#question-{row.id}" if kept.is_own else "",
        answer=with_acts(view, row, kept.thumb, now_s=now_s, is_own=kept.is_own, back="answer"),
    )


def _read(conn: sa.Connection, scope: Scope, answer: str) -> tuple[Kept, dict[int, Cited], str]:
    kept = read_answer(conn, scope, answer)
    cited = cited_versions(conn, scope, versions_in(kept.answer or {}))
    return kept, cited, name_of_person(conn, kept.row.person)


async def _back(app: AppDep, scope: Scope, answer: str, back: str) -> Response:
    """To where it was asked for: the conversation of who asked, else the answer's own page."""
    row = await app.records.aread(lambda conn: find_answer(conn, scope, answer))
    is_chat = back == "chat" and row.person == scope.person
    href = f"/chat/{row.conversation}#question-{row.id}" if is_chat else f"/answers/{row.id}"
    return RedirectResponse(href, status_code=303)
