"""What became of an answer since it was given: which of its citations are no longer said, and who follows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bowerbird.answer import Follow, QuestionRow, day
from bowerbird.web.answers import AnswerView, CitationView, ClaimView
from bowerbird.web.words import Moment, moment

__all__ = ["FollowAct", "SinceView", "with_since"]


@dataclass(frozen=True, slots=True)
class FollowAct:
    """A button below an answer that begins or ends following it."""

    title: str
    icon: str
    action: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SinceView:
    """What an answer's question is, since when the answer is stale, and what may be followed of it."""

    question: str
    conversation: str
    stale: Moment | None
    as_of: str  # the day that the answer is of; empty: now
    acts: tuple[FollowAct, ...]


def with_since(
    view: AnswerView, row: QuestionRow, followed: Sequence[Follow], *, now_s: float, is_own: bool = True
) -> AnswerView:
    """The answer with what the records know of it now; who did not ask it begins a conversation of their own."""
    known: dict[str, Follow] = {one.kind: one for one in followed if one.ended_at is None and one.question == row.id}
    since = SinceView(
        question=row.text,
        conversation=row.conversation if is_own else "",
        stale=moment(row.stale_at, now_s) if row.stale_at is not None else None,
        as_of=day(row.as_of) if row.as_of is not None else "",
        acts=() if row.as_of is not None or not is_own else tuple(_acts(row.id, known, abstained=view.abstained)),
    )
    return replace(_marked(view, row.stale_numbers), since=since)


def _acts(question: str, known: Mapping[str, Follow], *, abstained: bool) -> list[FollowAct]:
    offered = (
        [("gap", "Gather this and come back to me", "plus", "You are told when there is an answer: stop")]
        if abstained
        else [
            ("change", "Alert me if this changes", "bell", "You are alerted if this changes: stop"),
            ("standing", "Ask again when there is news", "refresh-cw", "It is asked again when there is news: stop"),
        ]
    )
    return [
        FollowAct(ends, "x", f"/following/{known[kind].id}/stop", {"back": "chat"})
        if kind in known
        else FollowAct(begins, icon, "/following", {"kind": kind, "question": question})
        for kind, begins, icon, ends in offered
    ]


def _marked(view: AnswerView, stale: frozenset[int]) -> AnswerView:
    if not stale:
        return view
    sources = tuple(replace(source, citations=_flagged(source.citations, stale)) for source in view.sources)
    return replace(view, claims=tuple(_claim(claim, stale) for claim in view.claims), sources=sources)


def _claim(claim: ClaimView, stale: frozenset[int]) -> ClaimView:
    return replace(claim, citations=_flagged(claim.citations, stale))


def _flagged(citations: Sequence[CitationView], stale: frozenset[int]) -> tuple[CitationView, ...]:
    return tuple(replace(citation, is_stale=citation.n in stale) for citation in citations)
