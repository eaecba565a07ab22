"""What people say of an answer: that it helped, or that it did not and why. One word each, that can be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

import sqlalchemy as sa

from bowerbird.answer.history import find_answer
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import feedback

__all__ = ["MAX_WORDS", "REASONS", "Direction", "Reason", "Thumb", "give_thumb", "list_thumbs", "take_thumb_back"]

Direction = Literal["up", "down"]
Reason = Literal["wrong", "incomplete", "off_topic", "source", "other"]

# Why an answer did not help, as people choose it.
REASONS: Final[dict[Reason, str]] = {
    "wrong": "It is wrong",
    "incomplete": "Something is missing",
    "off_topic": "It answers something else",
    "source": "Its source is not good enough",
    "other": "Something else",
}
MAX_WORDS: Final = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Thumb:
    """What one person said of one answer."""

    id: str
    question: str
    direction: Direction
    reason: Reason | None
    text: str
    created_at: float


def give_thumb(
    conn: sa.Connection,
    scope: Scope,
    question: str,
    direction: str,
    *,
    clock: Clock,
    reason: str | None = None,
    text: str = "",
) -> Thumb:
    """
    Keep what the person says of an answer that they may read, in the place of what they said before.

    Raises NotFound, and InputWrong for a direction or a reason that there is not.
    """
    if direction not in get_args(Direction):
        raise InputWrong(f"thumb is {direction[:40]!r}, expected up or down", field="thumb")
    if reason is not None and (reason not in REASONS or direction == "up"):
        expected = f"one of {', '.join(REASONS)}" if direction == "down" else "none for a thumb up"
        raise InputWrong(f"reason is {reason[:40]!r}, expected {expected}", field="reason")
    tidy = _tidy(text)
    find_answer(conn, scope, question)
    conn.execute(sa.delete(feedback).where(*_of(scope, [question])))
    category = f"{direction}:{reason}" if reason else direction
    thumb = new_id(clock)
    values = {"id": thumb, "workspace": scope.workspace, "person": scope.person, "category": category}
    values |= {"text": tidy, "about": _about(question)}
    conn.execute(sa.insert(feedback).values(created_at=clock.now_s(), **values))
    return list_thumbs(conn, scope, [question])[question]


def take_thumb_back(conn: sa.Connection, scope: Scope, thumb: str) -> Thumb:
    """Forget what the person said; returns it. Raises NotFound when they said no such thing."""
    mine = feedback.c.workspace == scope.workspace, feedback.c.person == scope.person
    row = conn.execute(sa.select(feedback).where(feedback.c.id == thumb, *mine, _IS_THUMB)).one_or_none()
    if row is None:
        raise NotFound(f"no feedback {thumb!r} of yours")
    conn.execute(sa.delete(feedback).where(feedback.c.id == thumb))
    return _thumb(row)


def list_thumbs(conn: sa.Connection, scope: Scope, questions: Iterable[str]) -> dict[str, Thumb]:
    """What the person said of these answers, by the answer."""
    rows = conn.execute(sa.select(feedback).where(*_of(scope, questions)))
    return {thumb.question: thumb for thumb in map(_thumb, rows)}


_CATEGORIES: Final = (*get_args(Direction), *(f"down:{reason}" for reason in REASONS))
_IS_THUMB: Final = feedback.c.category.in_(_CATEGORIES)
_ABOUT: Final = "/answers/"


def _about(question: str) -> str:
    return f"{_ABOUT}{question}"


def _of(scope: Scope, questions: Iterable[str]) -> "tuple[sa.ColumnElement[bool], ...]":
    return (
        feedback.c.workspace == scope.workspace,
        feedback.c.person == scope.person,
        feedback.c.about.in_([_about(question) for question in questions]),
        _IS_THUMB,
    )


def _thumb(row: "sa.Row[tuple[object, ...]]") -> Thumb:
    direction, _, reason = str(row.category).partition(":")
    known: Direction = "up" if direction == "up" else "down"
    return Thumb(row.id, row.about.removeprefix(_ABOUT), known, _reason(reason), row.text, row.created_at)


def _reason(name: str) -> Reason | None:
    for known in REASONS:
        if known == name:
            return known
    return None


def _tidy(text: str) -> str:
    if len(text) > MAX_WORDS:
        raise InputWrong(f"text has {len(text):,} characters, expected at most {MAX_WORDS:,}", field="text")
    if any(ord(mark) < 32 and mark not in "\t\n\r" for mark in text) or any(
        0xD800 <= ord(one) <= 0xDFFF for one in text
    ):
        raise InputWrong("text holds control characters, expected plain text: take them out", field="text")
    return text.strip()
