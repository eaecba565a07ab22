"""The sentences behind a step from one entity to another: that name both, that state it, or that stand on one page."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope, Span
from bowerbird.knowledge.entities.mentioned import READABLE
from bowerbird.knowledge.entities.together import first_mentions
from bowerbird.knowledge.relations.find import Relation
from bowerbird.records import quoted, visible_sources
from bowerbird.records.tables import mentions, pages, versions

__all__ = ["Said", "naming_both", "on_one_page", "stating"]

EVIDENCE: Final = 3  # sentences for a step


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that names what a step is between; `sentence == version_text[start:end]`."""

    version: int
    page: int
    url: str
    title: str
    start: int
    end: int
    sentence: str
    names: tuple[Span, ...]  # where in the sentence; in order, none within another
    fetched_at: float

    def to_json(self) -> dict[str, Any]:
        """The sentence as the outside contract has evidence."""
        return {
            "version": self.version,
            "start": self.start,
            "end": self.end,
            "quote": self.sentence,
            "url": self.url,
            "title": self.title,
        }


def naming_both(conn: sa.Connection, scope: Scope, driver: int, others: Collection[int]) -> dict[int, tuple[Said, ...]]:
    """For each of `others` the sentences that name it and `driver`, those that read well first."""
    mine = first_mentions(visible_sources(conn, scope), driver)
    theirs = mentions.alias("theirs")
    sentence = (theirs.c.entity, mine.c.version, mine.c.sentence_start)
    reads_well = sa.case(
        ((mine.c.sentence_end - mine.c.sentence_start).between(READABLE.start, READABLE.stop - 1), 0), else_=1
    )
    both = (
        sa.select(
            theirs.c.entity.label("other"),
            mine.c.page,
            mine.c.version,
            mine.c.sentence_start,
            mine.c.sentence_end,
            mine.c.start,
            mine.c.end,
            theirs.c.start.label("their_start"),
            theirs.c.end.label("their_end"),
            reads_well.label("reads_well"),
            sa.func.row_number()
            .over(partition_by=sentence, order_by=(mine.c.start, theirs.c.start, mine.c.end, theirs.c.end))
            .label("n"),
        )
        .select_from(mine)
        .join(
            theirs,
            sa.and_(theirs.c.version == mine.c.version, theirs.c.sentence_start == mine.c.sentence_start),
        )
        .where(theirs.c.entity.in_(others))
        .subquery()
    )
    place = sa.func.row_number().over(
        partition_by=both.c.other, order_by=(both.c.reads_well, both.c.page, both.c.version, both.c.sentence_start)
    )
    best = sa.select(both, place.label("place")).where(both.c.n == 1).subquery()
    found: dict[int, list[Said]] = {}
    for row in conn.execute(_with_text(best).where(best.c.place <= EVIDENCE).order_by(best.c.other, best.c.place)):
        spans = [Span(row.start, row.end), Span(row.their_start, row.their_end)]
        found.setdefault(row.other, []).append(_said(row, spans))
    return {other: tuple(told) for other, told in found.items()}


def on_one_page(conn: sa.Connection, scope: Scope, one: int, other: int) -> list[tuple[Said, Said]]:
    """Of pages that speak of both: a sentence that names the one, and one that names the other."""
    mine = first_mentions(visible_sources(conn, scope), one)
    theirs = mentions.alias("theirs")
    place = sa.func.row_number().over(
        partition_by=mine.c.page, order_by=(mine.c.start, mine.c.end, theirs.c.start, theirs.c.end)
    )
    there = sa.and_(theirs.c.source == mine.c.source, theirs.c.page == mine.c.page, theirs.c.version == mine.c.version)
    both = (
        sa.select(
            mine.c.page, mine.c.version, mine.c.start, mine.c.end, mine.c.sentence_start, mine.c.sentence_end,
            theirs.c.start.label("their_start"), theirs.c.end.label("their_end"),
            theirs.c.sentence_start.label("their_first"), theirs.c.sentence_end.label("their_last"),
            place.label("n"),
        )
        .join(theirs, sa.and_(theirs.c.entity == other, there))
        .subquery()
    )  # fmt: skip
    first = sa.select(both).where(both.c.n == 1).order_by(both.c.page).limit(EVIDENCE).subquery()
    second = quoted(first.c.their_first, first.c.their_last).label("their_sentence")
    return [
        (_said(row, [Span(row.start, row.end)]), _said_of_other(row))
        for row in conn.execute(_with_text(first).add_columns(second).order_by(first.c.page))
    ]


def _with_text(places: sa.Subquery) -> sa.Select[Any]:
    """The places with the text of their sentences, and the pages that these stand on."""
    return (
        sa.select(
            places,
            pages.c.url,
            versions.c.title,
            versions.c.fetched_at,
            quoted(places.c.sentence_start, places.c.sentence_end).label("sentence"),
        )
        .join(pages, pages.c.id == places.c.page)
        .join(versions, versions.c.id == places.c.version)
    )


def _said(row: Any, spans: Sequence[Span]) -> Said:
    at = Span(row.sentence_start, row.sentence_end)
    return Said(
        version=row.version,
        page=row.page,
        url=row.url,
        title=row.title,
        start=at.start,
        end=at.end,
        sentence=row.sentence,
        names=tuple(_apart(_inside(spans, at))),
        fetched_at=row.fetched_at,
    )


def _said_of_other(row: Any) -> Said:
    """The sentence that names the other of a page."""
    name = Span(row.their_start - row.their_first, row.their_end - row.their_first)
    said = _said(row, [])
    return replace(said, start=row.their_first, end=row.their_last, sentence=row.their_sentence, names=(name,))


def _apart(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans in order, those that overlap as one: "forest" in "random forest"."""
    last: Span | None = None
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if last is not None and span.start < last.end:
            last = Span(last.start, max(last.end, span.end))
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def stating(relation: Relation) -> tuple[Said, ...]:
    """The sentences that state a relation, the surest first."""
    return tuple(
        Said(
            version=each.version,
            page=each.page,
            url=each.url,
            title=each.title,
            start=each.sentence_at.start,
            end=each.sentence_at.end,
            sentence=each.sentence,
            # The subject may be named elsewhere: in the title above a table.
            names=tuple(_apart(_inside((each.subject_at, each.value_at), each.sentence_at))),
            fetched_at=each.gathered_at,
        )
        for each in relation.evidence[:EVIDENCE]
    )


def _inside(spans: Iterable[Span], whole: Span) -> Iterator[Span]:
    """Those of the spans that lie in the whole, counted from its start."""
    for span in spans:
        if whole.start <= span.start < span.end <= whole.end:
            yield Span(span.start - whole.start, span.end - whole.start)
