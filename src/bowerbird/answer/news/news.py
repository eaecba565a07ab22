"""
What a piece of news is.

    change     a page that an answer of theirs cites, or that they saved, says something else, or is gone
    conflict   pages give different values for something that they follow
    answer     a question that they follow is answered otherwise
    gap        a question that had no answer has one
"""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

__all__ = ["NEW_S", "NewsItem", "NewsKind", "Pair", "Place", "Reason"]

NewsKind = Literal["change", "conflict", "answer", "gap"]
NEW_S: Final = 14 * 86_400.0  # for which something is news


@dataclass(frozen=True, slots=True)
class Place:
    """Words of a stored page, in one line: what stands from `start` to `end`, or what an answer says by it."""

    page: int
    version: int
    start: int
    end: int
    text: str
    url: str
    title: str
    at: float  # when that version was gathered
    value: str = ""  # what it gives for that on which pages differ, if that is known


# As it was and as it is; None: nothing took its place, or it is new.
Pair = tuple[Place | None, Place | None]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it concerns them: a question of theirs, an item that they saved, an entity that they follow."""

    kind: Literal["question", "saved", "entity"]
    id: str
    title: str
    conversation: str = ""  # of a question


@dataclass(frozen=True, slots=True)
class NewsItem:
    """Something that somebody should be told; of nothing that they may not see."""

    key: str  # what it is called outside; another change of the same page has another one
    kind: NewsKind
    at: float
    title: str  # of the page; the question; what pages differ on
    reasons: tuple[Reason, ...]
    pairs: tuple[Pair, ...] = ()
    sides: tuple[Place, ...] = ()  # of a conflict, the newest first
    is_gone: bool = False  # the page is no longer on its site
    subject: str = ""  # of a conflict: a property, or the words before what differs
    is_property: bool = False

    def to_json(self) -> dict[str, Any]:
        """As programs get it; what is not known is left out of places."""
        return {
            "news": self.key,
            "kind": self.kind,
            "at": self.at,
            "title": self.title,
            "is_gone": self.is_gone,
            "subject": self.subject or None,
            "why": [_given(asdict(reason)) for reason in self.reasons],
            "changed": [{"was": _json(was), "now": _json(now)} for was, now in self.pairs],
            "sides": [_json(side) for side in self.sides],
        }


def _json(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return _given(asdict(place))


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value != ""}
