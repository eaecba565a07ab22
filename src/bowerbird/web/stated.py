"""What pages state of a thing, as it is read: by what it is about, and where pages differ on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bowerbird.answer import Dispute
from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.relations import Kind, Relation
from bowerbird.web.listings import Link, flowing, marked_pieces, page_href
from bowerbird.web.reading import Piece
from bowerbird.web.words import Moment, host_and_path, moment, plural

__all__ = ["DisputeView", "SideView", "StatedGroup", "Statement", "dispute_views", "kind_words", "stated_groups"]

# What the subject is to the object, and what the object is to the subject.
_KINDS: Final[Mapping[Kind, tuple[str, str]]] = {
    "is_a": ("is a", "kinds of it"),
    "part_of": ("part of", "parts of it"),
    "located_in": ("located in", "located there"),
    "born_on": ("born on", "born then"),
    "born_in": ("born in", "born there"),
    "died_on": ("died on", "died then"),
    "founded_on": ("founded on", "founded then"),
    "founded_by": ("founded by", "founder of"),
    "works_for": ("works for", "people of it"),
    "role": ("role", "held by"),
    "author_of": ("author of", "written by"),
    "made_by": ("made by", "maker of"),
    "released_on": ("released on", "released then"),
    "version": ("version", "version of"),
    "price": ("price", "price of"),
    "population": ("population", "population of"),
    "height": ("height", "height of"),
    "length": ("length", "length of"),
    "width": ("width", "width of"),
    "depth": ("depth", "depth of"),
    "area": ("area", "area of"),
    "weight": ("weight", "weight of"),
}
_SURE: Final = 0.8  # below this share of what is found so that is right, it is said to be likely


@dataclass(frozen=True, slots=True)
class Statement:
    """A value, or another thing, and where it stands."""

    value: str
    href: str  # of the other thing; empty for a value
    evidence: Link
    stored: Moment
    more: str  # pages that state the same
    quote: tuple[Piece, ...]
    is_sure: bool


@dataclass(frozen=True, slots=True)
class StatedGroup:
    """All statements of one kind."""

    title: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class SideView:
    """What one page says."""

    value: str
    quote: str
    href: str
    title: str
    stored: Moment


@dataclass(frozen=True, slots=True)
class DisputeView:
    """Pages that differ, the newest first."""

    subject: str
    sides: tuple[SideView, ...]


def kind_words(relation: Relation, entity: int) -> str:
    """What it says of the entity, in two or three words: "is a", "parts of it"."""
    # The records may hold what an earlier release read, of a kind that is read no more.
    forth, back = _KINDS.get(relation.kind, (relation.type, relation.type))
    return forth if relation.subject.id == entity else back


def stated_groups(entity: int, relations: Sequence[Relation], *, now_s: float) -> tuple[StatedGroup, ...]:
    """The statements by kind, in the order of the surest of each."""
    groups: dict[str, list[Statement]] = {}
    for relation in relations:
        groups.setdefault(kind_words(relation, entity), []).append(_statement(entity, relation, now_s))
    return tuple(StatedGroup(title, tuple(statements)) for title, statements in groups.items())


def _statement(entity: int, relation: Relation, now_s: float) -> Statement:
    first, other = relation.evidence[0], relation.other(entity)
    others = relation.pages_count - 1
    return Statement(
        value=relation.value if other is None else other.name,
        href="" if other is None else f"/knowledge/entities/{other.id}",
        evidence=Link(
            page_href(first.page, first.version, first.sentence_at.start, first.sentence_at.end),
            first.title or host_and_path(first.url),
        ),
        stored=moment(first.gathered_at, now_s),
        more=f"and {plural(others, 'more page')}" if others else "",
        quote=_quote(first.sentence, first.sentence_at, first.value_at),
        is_sure=relation.confidence >= _SURE,
    )


def _quote(sentence: str, at: Span, value: Span) -> tuple[Piece, ...]:
    inside = at.start <= value.start < value.end <= at.end
    return marked_pieces(sentence, (Span(value.start - at.start, value.end - at.start),) if inside else ())


def dispute_views(disputes: Sequence[Dispute], *, now_s: float) -> tuple[DisputeView, ...]:
    """Where pages differ, as cards."""
    return tuple(
        DisputeView(
            subject=dispute.subject.replace("_", " ") if dispute.is_kind else f"“{dispute.subject} …”",
            sides=tuple(
                SideView(
                    value=side.value,
                    quote=flowing(side.text),
                    href=page_href(side.page, side.version, side.span.start, side.span.end),
                    title=side.title or host_and_path(side.url),
                    stored=moment(side.at, now_s),
                )
                for side in dispute.sides
            ),
        )
        for dispute in disputes
    )
