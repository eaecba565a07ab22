"""What can be done with an answer that is kept: say whether it helped, share it, take it along."""

from dataclasses import dataclass, replace
from typing import Final

from bowerbird.answer import REASONS, QuestionRow, Thumb
from bowerbird.web.answers import AnswerView
from bowerbird.web.listings import Link
from bowerbird.web.words import Moment, moment

__all__ = ["ActsView", "ThumbView", "with_acts"]

_REASONS: Final = tuple(REASONS.items())


@dataclass(frozen=True, slots=True)
class ThumbView:
    """What the person said of it; `asks_why` while a reason can still be given."""

    is_up: bool
    words: str
    asks_why: bool


@dataclass(frozen=True, slots=True)
class ActsView:
    """The controls below an answer."""

    answer: str
    is_own: bool
    back: str  # where its forms lead back to: chat, or answer
    thumb: ThumbView | None
    shared: Moment | None
    href: str  # where who it is shared with reads it
    exports: tuple[Link, ...]
    reasons: tuple[tuple[str, str], ...] = _REASONS


def with_acts(
    view: AnswerView, row: QuestionRow, thumb: Thumb | None, *, now_s: float, is_own: bool = True, back: str = "chat"
) -> AnswerView:
    """The answer with what can be done with it."""
    acts = ActsView(
        answer=row.id,
        is_own=is_own,
        back=back,
        thumb=None if thumb is None else _thumb(thumb),
        shared=None if row.shared_at is None else moment(row.shared_at, now_s),
        href=f"/answers/{row.id}",
        exports=(Link(f"/v1/answers/{row.id}.md", "Markdown"), Link(f"/v1/answers/{row.id}", "JSON")),
    )
    return replace(view, acts=acts)


def _thumb(thumb: Thumb) -> ThumbView:
    if thumb.direction == "up":
        return ThumbView(is_up=True, words="You said that this helped.", asks_why=False)
    why = [*([REASONS[thumb.reason]] if thumb.reason else []), *filter(None, [thumb.text])]
    told = ". ".join(one.rstrip(".") for one in why)
    words = f"You said that this did not help: {told}." if why else "You said that this did not help."
    return ThumbView(is_up=False, words=words, asks_why=not why)
