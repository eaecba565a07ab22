"""
Where pages differ on a thing: other values for the same property of it, or sentences that say the same but for a value.

Both are told with their places and dates; which of them is right is for the reader to judge.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bowerbird.answer.conflicts import disagreements
from bowerbird.answer.sentences import sentences_in
from bowerbird.kernel.nouns import Hit, PassageText, Span
from bowerbird.knowledge import MentionText
from bowerbird.knowledge.relations import Evidence, Kind, Relation, exclude

__all__ = ["Dispute", "DisputeSide", "disputes"]

# Of these a thing has one at a time; it may well have been made by two, and be a part of three.
SINGLE: Final[frozenset[Kind]] = frozenset(
    {"born_on", "born_in", "died_on", "founded_on", "released_on", "population", "version", "price"}
)


@dataclass(frozen=True, slots=True)
class DisputeSide:
    """What one page says; `text` is the version's from `span.start` to `span.end`, `value` what differs, if known."""

    version: int
    page: int
    url: str
    title: str
    at: float  # when that version was gathered
    span: Span
    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """Two or more pages that differ, the newest first; `subject` are words, or the kind of a relation."""

    subject: str
    is_kind: bool
    sides: tuple[DisputeSide, ...]


def disputes(entity: int, mentions: Sequence[MentionText], relations: Sequence[Relation]) -> list[Dispute]:
    """What the pages that these come from differ on: by what they state of the entity, then by their sentences."""
    stated = _stated(entity, relations)
    told = {(side.version, side.span.start) for dispute in stated for side in dispute.sides}
    return [*stated, *(each for each in _said(mentions) if not all(_place(side) in told for side in each.sides))]


def _place(side: DisputeSide) -> tuple[int, int]:
    return side.version, side.span.start


def _stated(entity: int, relations: Sequence[Relation]) -> list[Dispute]:
    by_kind: dict[Kind, dict[str, DisputeSide]] = {}
    for relation in relations:
        if relation.subject.id == entity and relation.kind in SINGLE:
            # A page with two prices lists what it sells; it contradicts nobody.
            first = next((each for each in relation.evidence if not each.is_of_several), None)
            if first is not None:
                by_kind.setdefault(relation.kind, {})[_told(relation)] = _side_of(first, relation.value)
    found: list[Dispute] = []
    for kind, told in by_kind.items():
        apart = sorted((one for one in told if any(exclude(kind, {one, other}) for other in told)), key=len)
        if apart:
            # Of a year and a day of it, a page means the day.
            sides = {told[one].page: told[one] for one in apart}
            found.append(Dispute(kind, True, _newest_first(sides.values())))
    return found


def _told(relation: Relation) -> str:
    return relation.normalised if relation.object is None else str(relation.object.id)


def _side_of(evidence: Evidence, value: str) -> DisputeSide:
    return DisputeSide(
        version=evidence.version,
        page=evidence.page,
        url=evidence.url,
        title=evidence.title,
        at=evidence.gathered_at,
        span=evidence.sentence_at,
        text=evidence.sentence,
        value=value,
    )


def _said(mentions: Sequence[MentionText]) -> list[Dispute]:
    hits = [Hit(_passage(number, mention), 1.0, None, None) for number, mention in enumerate(mentions)]
    sentences = sentences_in(hits)
    found: list[Dispute] = []
    for each in disagreements(sentences, sentences):
        sides = [
            DisputeSide(
                version=one.passage.version,
                page=one.passage.page,
                url=one.passage.url,
                title=one.passage.title,
                at=mentions[one.passage.id].fetched_at,
                span=Span(one.start, one.end),
                text=one.text,
                value="",
            )
            for one in (each.one, each.other)
        ]
        found.append(Dispute(each.subject, False, _newest_first(sides)))
    return found


def _passage(number: int, mention: MentionText) -> PassageText:
    """The sentence of a mention as a passage of its own."""
    return PassageText(
        id=number,
        version=mention.version,
        page=mention.page,
        source="",
        url=mention.url,
        title=mention.title,
        heading="",
        start=mention.sentence_start,
        end=mention.sentence_end,
        text=mention.sentence,
    )


def _newest_first(sides: Iterable[DisputeSide]) -> tuple[DisputeSide, ...]:
    return tuple(sorted(sides, key=lambda side: (-side.at, side.page)))
