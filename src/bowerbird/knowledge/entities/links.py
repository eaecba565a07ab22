"""
What links two entities: the shortest ways from one to the other, each step with the words that say it.

A step leads to what the same sentence speaks of; failing that, to what the same page speaks of, which is told only of
the two that are asked about: on one page stands much that has nothing to do with each other. A way has three steps at
most. From either end so many entities are reached as `REACH` says, by so many mentions as `LOOKED_AT` says, so that
what everybody speaks of takes no longer than the rest; what lies beyond is not found.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope, Span
from bowerbird.knowledge.entities.meant import canonical
from bowerbird.knowledge.entities.store import live
from bowerbird.knowledge.entities.together import LOOKED_AT, first_mentions, near, pairs
from bowerbird.records import visible, visible_sources
from bowerbird.records.tables import entities, mentions, pages, versions

__all__ = ["Links", "Named", "Said", "Step", "links_between"]

REACH: Final = 120  # entities beside either end
MIDDLE: Final = 40  # of them, those between which a third step is looked for
EVIDENCE: Final = 3  # sentences for a step
_READABLE: Final = (40, 320)  # characters: no headings, no tables


@dataclass(frozen=True, slots=True)
class Named:
    """An entity on a way."""

    id: int
    name: str
    type: str

    def to_json(self) -> dict[str, Any]:
        """The entity as the outside contract has it."""
        return {"id": self.id, "name": self.name, "type": self.type}


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


@dataclass(frozen=True, slots=True)
class Step:
    """Two entities that the same sentence speaks of, or the same page, with what says so."""

    one: Named
    other: Named
    by: str  # sentence | page
    evidence: tuple[Said, ...]  # of a page: a sentence that names the one, then one that names the other

    def to_json(self) -> dict[str, Any]:
        """The step as the outside contract has it."""
        return {
            "one": self.one.to_json(),
            "other": self.other.to_json(),
            "by": self.by,
            "evidence": [said.to_json() for said in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Links:
    """The ways from one entity to another, the shortest first; none between a thing and itself."""

    one: Named
    other: Named
    paths: tuple[tuple[Step, ...], ...]

    @property
    def is_same(self) -> bool:
        """Whether both are one thing."""
        return self.one.id == self.other.id

    def to_json(self) -> dict[str, Any]:
        """The ways as the outside contract has them."""
        return {
            "one": self.one.to_json(),
            "other": self.other.to_json(),
            "same": self.is_same,
            "paths": [[step.to_json() for step in path] for path in self.paths],
        }


# From whose mentions a step was found, and to what: its words are read the same way.
_Found = tuple[int, int]


def links_between(conn: sa.Connection, scope: Scope, one: int, other: int, *, limit: int = 5) -> Links:
    """
    Up to `limit` ways from `one` to `other`; raises NotFound when no page that `scope` may see speaks of one of them.

    Ways of two steps are looked for also when a sentence names both; ways of three only when there is nothing shorter.
    Nothing leads to or over an entity that is hidden.
    """
    (start, start_hidden), (end, end_hidden) = (_end(conn, scope, identifier) for identifier in (one, other))
    if start.id == end.id or start_hidden or end_hidden:
        return Links(start, end, ())
    direct = _direct(conn, scope, start.id, end.id)
    on_page = [] if direct else _on_one_page(conn, scope, start, end)
    ways = [*direct, *_onward(conn, scope, start.id, end.id, is_near=bool(direct or on_page))]
    paths = [*on_page, *_told(conn, scope, ways[:limit], start, end)]
    return Links(start, end, tuple(paths[:limit]))


def _end(conn: sa.Connection, scope: Scope, identifier: int) -> tuple[Named, bool]:
    """What is asked about, and whether it is hidden."""
    thing = canonical(conn, scope.workspace, identifier)
    seen = sa.exists().where(
        mentions.c.entity == entities.c.id,
        mentions.c.source.in_(visible(scope)),
        pages.c.id == mentions.c.page,
        live(),
    )
    row = conn.execute(sa.select(entities).where(entities.c.id == thing, seen)).one_or_none()
    if row is None:
        raise NotFound(f"no entity {identifier}; `bowerbird entities` lists those there are")
    return Named(row.id, row.name, row.type), row.hidden


def _direct(conn: sa.Connection, scope: Scope, one: int, other: int) -> list[list[_Found]]:
    """The way of one step, if a sentence names both; looked for from either."""
    for found in ((one, other), (other, one)):
        if pairs(conn, scope, found[:1], found[1:], limit=1):
            return [[found]]
    return []


def _onward(conn: sa.Connection, scope: Scope, one: int, other: int, *, is_near: bool) -> list[list[_Found]]:
    """The ways of two steps, those most often said first; or, unless the two are near anyway, those of three."""
    from_one = dict(near(conn, scope, [one], limit=REACH))
    from_other = dict(near(conn, scope, [other], limit=REACH))
    middles = [(-min(from_one[each], from_other[each]), each) for each in from_one if each in from_other]
    if middles or is_near:
        return [[(one, each), (other, each)] for _, each in sorted(middles)]
    ends = {one, other}
    firsts = [each for each in from_one if each not in ends][:MIDDLE]
    lasts = [each for each in from_other if each not in ends][:MIDDLE]
    return [
        [(one, first), (first, last), (other, last)]
        for first, last, _ in pairs(conn, scope, firsts, lasts, limit=REACH)
    ]


def _told(
    conn: sa.Connection, scope: Scope, ways: Sequence[Sequence[_Found]], start: Named, end: Named
) -> list[tuple[Step, ...]]:
    """The ways with names and words, read from `start` to `end`."""
    wanted: dict[int, set[int]] = {}
    for driver, other in (found for way in ways for found in way):
        wanted.setdefault(driver, set()).add(other)
    said = {
        (driver, other): told
        for driver, others in wanted.items()
        for other, told in _sentences(conn, scope, driver, others).items()
    }
    ids = {each for way in ways for found in way for each in found}
    names = {row.id: Named(row.id, row.name, row.type) for row in conn.execute(_by_id(ids))} if ids else {}
    told: list[tuple[Step, ...]] = []
    for way in ways:
        at, steps = start, list[Step]()
        for found in way:
            to = names[found[0] if found[1] == at.id else found[1]]
            steps.append(Step(at, to, "sentence", said[found]))
            at = to
        assert at.id == end.id
        told.append(tuple(steps))
    return told


def _by_id(ids: Collection[int]) -> sa.Select[Any]:
    return sa.select(entities.c.id, entities.c.name, entities.c.type).where(entities.c.id.in_(ids))


def _sentences(conn: sa.Connection, scope: Scope, driver: int, others: Collection[int]) -> dict[int, tuple[Said, ...]]:
    """For each of `others` the sentences that name it and `driver`, those that read well first."""
    mine = first_mentions(visible_sources(conn, scope), [driver], each=LOOKED_AT)
    theirs = mentions.alias("theirs")
    sentence = (theirs.c.entity, mine.c.version, mine.c.sentence_start)
    reads_well = sa.case(((mine.c.sentence_end - mine.c.sentence_start).between(*_READABLE), 0), else_=1)
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


def _on_one_page(conn: sa.Connection, scope: Scope, one: Named, other: Named) -> list[tuple[Step, ...]]:
    """Steps over pages that speak of both, each with a sentence that names the one, and one that names the other."""
    mine = first_mentions(visible_sources(conn, scope), [one.id], each=LOOKED_AT)
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
        .join(theirs, sa.and_(theirs.c.entity == other.id, there))
        .subquery()
    )  # fmt: skip
    first = sa.select(both).where(both.c.n == 1).order_by(both.c.page).limit(EVIDENCE).subquery()
    second = _slice(first.c.their_first, first.c.their_last).label("their_sentence")
    return [
        (Step(one, other, "page", (_said(row, [Span(row.start, row.end)]), _said_of_other(row))),)
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
            _slice(places.c.sentence_start, places.c.sentence_end).label("sentence"),
        )
        .join(pages, pages.c.id == places.c.page)
        .join(versions, versions.c.id == places.c.version)
    )


def _slice(start: sa.ColumnElement[int], end: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    # SQL counts characters from 1; both databases count code points.
    return sa.func.substr(versions.c.text, start + 1, end - start)


def _said(row: Any, spans: Sequence[Span]) -> Said:
    return Said(
        version=row.version,
        page=row.page,
        url=row.url,
        title=row.title,
        start=row.sentence_start,
        end=row.sentence_end,
        sentence=row.sentence,
        names=tuple(_apart(Span(span.start - row.sentence_start, span.end - row.sentence_start) for span in spans)),
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
