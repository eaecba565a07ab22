"""Questions that were asked, with their answers, in the conversations they belong to. A person sees only their own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.acquire import check_cited_pages
from bowerbird.answer.follow_up import Turn
from bowerbird.answer.seen import as_seen, versions_in
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records import visible
from bowerbird.records.tables import citations, pages, questions, versions

__all__ = [
    "Cited",
    "ConversationRow",
    "QuestionRow",
    "begin_question",
    "cited_versions",
    "find_answer",
    "find_conversation",
    "find_question",
    "keep_question",
    "list_answers",
    "list_conversations",
    "list_stale",
    "new_question",
    "save_answer",
    "share_answer",
    "stop_sharing",
    "turns_before",
]

_TURNS: Final = 5
_TURN_CHARACTERS: Final = 2_000
_PAGES_OF: Final = sa.select(versions.c.id, versions.c.page).where(
    versions.c.id.in_(sa.bindparam("wanted", expanding=True))
)


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question; `answer` is the outside contract's JSON, None while it is being written or when that failed."""

    id: str
    conversation: str
    text: str
    answer: Mapping[str, Any] | None
    asked_at: float
    as_of: float | None = None  # answered from what was stored at that time
    stale_at: float | None = None  # since when something that the answer cites is no longer said
    stale_numbers: frozenset[int] = frozenset()  # of the citations that are
    person: str = ""  # who asked
    shared_at: float | None = None  # since when everyone in the workspace may read it


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation by its first question."""

    id: str
    title: str
    asked_at: float


@dataclass(frozen=True, slots=True)
class Cited:
    """Where a cited version is now."""

    version: int
    page: int
    fetched_at: float
    is_current: bool
    gone_at: float | None = None  # when another version, or nothing, took its place


def begin_question(
    conn: sa.Connection,
    scope: Scope,
    text: str,
    *,
    conversation: str | None,
    clock: Clock,
    as_of: float | None = None,
) -> QuestionRow:
    """Keep a question before it is answered; without a conversation it begins one. Raises NotFound."""
    if conversation is not None:
        find_conversation(conn, scope, conversation)
    row = new_question(text, conversation=conversation, clock=clock, as_of=as_of)
    keep_question(conn, scope, row)
    return row


def new_question(text: str, *, conversation: str | None, clock: Clock, as_of: float | None = None) -> QuestionRow:
    """A question that is asked now and was not kept yet."""
    return QuestionRow(new_id(clock), conversation or new_id(clock), text, None, clock.now_s(), as_of=as_of)


def keep_question(conn: sa.Connection, scope: Scope, row: QuestionRow) -> None:
    """Keep a new question; its answer is kept by `save_answer`."""
    conn.execute(
        sa.insert(questions).values(
            id=row.id,
            workspace=scope.workspace,
            person=scope.person,
            conversation=row.conversation,
            text=row.text,
            as_of=row.as_of,
            asked_at=row.asked_at,
        )
    )


def save_answer(conn: sa.Connection, question: str, answer: Mapping[str, Any], *, clock: Clock) -> None:
    """Keep what was answered, and the spans that it rests on."""
    conn.execute(
        sa.update(questions).where(questions.c.id == question).values(answer=dict(answer), answered_at=clock.now_s())
    )
    spans = {cited["n"]: cited for claim in answer["claims"] for cited in claim["citations"]}
    of_pages = {
        row.id: row.page
        for row in conn.execute(_PAGES_OF, {"wanted": list({each["version"] for each in spans.values()})})
    }
    rows = [
        {
            "question": question,
            "n": n,
            "version": each["version"],
            "page": of_pages[each["version"]],
            "start": each["start"],
            "end": each["end"],
        }
        for n, each in sorted(spans.items())
        if each["version"] in of_pages  # the source may have been taken away since
    ]
    if rows:
        conn.execute(sa.insert(citations), rows)
        check_cited_pages(conn, question, now_s=clock.now_s())


def find_question(conn: sa.Connection, scope: Scope, question: str) -> QuestionRow:
    """A question that the person asked; raises NotFound."""
    row = conn.execute(sa.select(questions).where(questions.c.id == question, *_own(scope))).one_or_none()
    if row is None:
        raise NotFound(f"no question {question!r} of yours; /chat shows what you asked")
    return _question(row)


def find_answer(conn: sa.Connection, scope: Scope, question: str) -> QuestionRow:
    """A question that was answered: the person's own, or one that was shared with their workspace; raises NotFound."""
    may_read = sa.or_(questions.c.person == scope.person, questions.c.shared_at.is_not(None))
    row = conn.execute(
        sa.select(questions).where(
            questions.c.id == question,
            questions.c.workspace == scope.workspace,
            questions.c.answered_at.is_not(None),
            may_read,
        )
    ).one_or_none()
    if row is None:
        raise NotFound(f"no answer {question!r} that you may read; who asked it can share it")
    numbers = _stale_numbers(conn, [row.id] if row.stale_at is not None else [])
    return replace(_question(row), stale_numbers=numbers.get(row.id, frozenset()))


def list_answers(conn: sa.Connection, scope: Scope, *, limit: int, before: str | None = None) -> list[QuestionRow]:
    """The person's questions that were answered, the newest first; those before the one with the id `before`."""
    earlier = () if before is None else (questions.c.id < before,)
    rows = conn.execute(
        sa.select(questions)
        .where(questions.c.answered_at.is_not(None), *earlier, *_own(scope))
        .order_by(questions.c.id.desc())
        .limit(limit)
    )
    return [_question(row) for row in rows]


def share_answer(conn: sa.Connection, scope: Scope, question: str, *, clock: Clock) -> None:
    """Let everyone in the workspace read an answer of the person's; raises NotFound."""
    row = find_question(conn, scope, question)
    if row.answer is None:
        raise NotFound(f"question {question!r} was not answered; ask it again")
    if row.shared_at is None:
        conn.execute(sa.update(questions).where(questions.c.id == question).values(shared_at=clock.now_s()))


def stop_sharing(conn: sa.Connection, scope: Scope, question: str) -> None:
    """Keep an answer of the person's to themselves again; raises NotFound."""
    find_question(conn, scope, question)
    conn.execute(sa.update(questions).where(questions.c.id == question).values(shared_at=None))


def find_conversation(conn: sa.Connection, scope: Scope, conversation: str) -> list[QuestionRow]:
    """Its questions, oldest first; raises NotFound when the person has no such conversation."""
    rows = conn.execute(
        sa.select(questions)
        .where(questions.c.conversation == conversation, *_own(scope))
        .order_by(questions.c.asked_at, questions.c.id)
    ).all()
    if not rows:
        raise NotFound(f"no conversation {conversation!r}; /chat begins one")
    numbers = _stale_numbers(conn, [row.id for row in rows if row.stale_at is not None])
    return [replace(_question(row), stale_numbers=numbers.get(row.id, frozenset())) for row in rows]


def _stale_numbers(conn: sa.Connection, stale: Sequence[str]) -> dict[str, frozenset[int]]:
    """Which citations of these answers are no longer said."""
    found: dict[str, set[int]] = {}
    if stale:
        flagged = citations.c.question.in_(stale), citations.c.stale_at.is_not(None)
        for row in conn.execute(sa.select(citations.c.question, citations.c.n).where(*flagged)):
            found.setdefault(row.question, set()).add(row.n)
    return {question: frozenset(numbers) for question, numbers in found.items()}


def list_stale(conn: sa.Connection, scope: Scope, *, limit: int) -> list[QuestionRow]:
    """The person's answers that rest on what is no longer said, the last to go stale first."""
    rows = conn.execute(
        sa.select(questions)
        .where(questions.c.stale_at.is_not(None), *_own(scope))
        .order_by(questions.c.stale_at.desc(), questions.c.id.desc())
        .limit(limit)
    )
    return [_question(row) for row in rows]


def list_conversations(conn: sa.Connection, scope: Scope, *, limit: int) -> list[ConversationRow]:
    """The person's conversations, the one asked in last first."""
    span = (
        sa.select(
            questions.c.conversation,
            sa.func.min(questions.c.asked_at).label("first"),
            sa.func.max(questions.c.asked_at).label("last"),
        )
        .where(*_own(scope))
        .group_by(questions.c.conversation)
        .subquery()
    )
    rows = conn.execute(
        sa.select(questions.c.conversation, sa.func.min(questions.c.text).label("text"), span.c.last)
        .join(
            span,
            sa.and_(span.c.conversation == questions.c.conversation, span.c.first == questions.c.asked_at),
        )
        .group_by(questions.c.conversation, span.c.last)
        .order_by(span.c.last.desc(), questions.c.conversation.desc())
        .limit(limit)
    )
    return [ConversationRow(row.conversation, row.text, row.last) for row in rows]


def cited_versions(conn: sa.Connection, scope: Scope, ids: Iterable[int]) -> dict[int, Cited]:
    """The page of each version that `scope` may see; the others are missing."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = conn.execute(
        sa.select(
            versions.c.id,
            versions.c.page,
            versions.c.fetched_at,
            versions.c.gone_at,
            pages.c.version.label("current"),
            pages.c.state,
        )
        .join(pages, pages.c.id == versions.c.page)
        .where(versions.c.id.in_(wanted), pages.c.source.in_(visible(scope)))
    )
    return {
        row.id: Cited(row.id, row.page, row.fetched_at, row.current == row.id and row.state == "live", row.gone_at)
        for row in rows
    }


def turns_before(
    conn: sa.Connection, scope: Scope, question: QuestionRow, *, before_s: float | None = None
) -> list[Turn]:
    """
    The last few questions of the conversation before `question` that were answered, the latest last.

    Of one that is asked again, those before it was asked first: the others are its own answers.
    """
    earlier = () if before_s is None else (questions.c.asked_at < before_s, questions.c.text != question.text)
    rows = conn.execute(
        sa.select(questions.c.text, questions.c.answer)
        .where(
            questions.c.conversation == question.conversation,
            questions.c.id != question.id,
            questions.c.answered_at.is_not(None),
            *earlier,
            *_own(scope),
        )
        .order_by(questions.c.asked_at.desc(), questions.c.id.desc())
        .limit(_TURNS)
    ).all()
    # What was said of pages that have become somebody else's must not come back by a follow-up.
    seen = cited_versions(conn, scope, {version for row in rows for version in versions_in(row.answer)}).keys()
    turns = [(row.text, as_seen(row.answer, seen, is_own=True)) for row in rows[::-1]]
    return [Turn(text, "" if told["abstained"] else told["answer"][:_TURN_CHARACTERS]) for text, told in turns]


def _question(row: "sa.Row[Any]") -> QuestionRow:
    return QuestionRow(
        row.id,
        row.conversation,
        row.text,
        row.answer,
        row.asked_at,
        as_of=row.as_of,
        stale_at=row.stale_at,
        person=row.person,
        shared_at=row.shared_at,
    )


def _own(scope: Scope) -> "tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]":
    return questions.c.workspace == scope.workspace, questions.c.person == scope.person
