"""Answers that are kept, as somebody may read them now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bowerbird.answer.history import QuestionRow, cited_versions, find_answer, find_conversation
from bowerbird.answer.seen import as_seen, versions_in
from bowerbird.answer.thumbs import Thumb, list_thumbs
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import persons

__all__ = ["Kept", "name_of_person", "read_answer", "read_conversation"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A question with its answer; `answer` is None when it was never given."""

    row: QuestionRow
    answer: dict[str, Any] | None
    is_own: bool
    thumb: Thumb | None


def read_answer(conn: sa.Connection, scope: Scope, question: str) -> Kept:
    """An answer of the person's, or one that was shared with their workspace; raises NotFound."""
    return _kept(conn, scope, [find_answer(conn, scope, question)])[0]


def read_conversation(conn: sa.Connection, scope: Scope, conversation: str) -> list[Kept]:
    """A conversation of the person's, oldest question first; raises NotFound."""
    return _kept(conn, scope, find_conversation(conn, scope, conversation))


def name_of_person(conn: sa.Connection, person: str) -> str:
    """What a person is called; for who may read something of theirs."""
    return str(conn.execute(sa.select(persons.c.name).where(persons.c.id == person)).scalar() or "somebody")


def _kept(conn: sa.Connection, scope: Scope, rows: Sequence[QuestionRow]) -> list[Kept]:
    versions = {version for row in rows if row.answer is not None for version in versions_in(row.answer)}
    visible = cited_versions(conn, scope, versions).keys()
    thumbs = list_thumbs(conn, scope, [row.id for row in rows])
    kept: list[Kept] = []
    for row in rows:
        is_own = row.person == scope.person
        answer = None if row.answer is None else as_seen(row.answer, visible, is_own=is_own)
        kept.append(Kept(row, answer, is_own, thumbs.get(row.id)))
    return kept
