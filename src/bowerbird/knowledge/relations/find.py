"""What the visible pages state of an entity: dates, amounts, and what it is to others."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope, Span
from bowerbird.knowledge.entities.meant import canonical
from bowerbird.knowledge.relations.stated import Kind
from bowerbird.knowledge.relations.values import exclude
from bowerbird.records import quoted, visible
from bowerbird.records.tables import entities, pages, relations, versions

__all__ = ["Evidence", "Relation", "Thing", "kinds_of", "relations_of"]

MAX_EVIDENCE: Final = 8  # pages of one statement that are told; the others are counted
MAX_KINDS: Final = 3  # on a card
# Rows that are put together at once, the surest first: what all of a library is a part of has thousands.
_READ: Final = 2_000


_SUREST: Final = (relations.c.confidence.desc(), relations.c.id)


@dataclass(frozen=True, slots=True)
class Thing:
    """An entity at one end of a relation, or on a way, as it is shown now."""

    id: int
    name: str
    type: str

    def to_json(self) -> dict[str, Any]:
        """The entity as the outside contract has it."""
        return {"id": self.id, "name": self.name, "type": self.type}


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    A place that states it; all spans are code points of the version's text.

    `sentence` is the text at `sentence_at`. The subject may stand outside it: in the title above a table.
    """

    version: int
    page: int
    url: str
    title: str
    gathered_at: float
    sentence: str
    sentence_at: Span
    subject_at: Span
    value_at: Span
    how: str  # sentence | definition | table | infobox | data
    confidence: float
    is_of_several: bool = False  # its page gives the subject other values of the kind, too: it lists what there is

    def to_json(self) -> dict[str, Any]:
        """The evidence as the outside contract has it: the quote is the whole sentence."""
        return {
            "version": self.version,
            "start": self.sentence_at.start,
            "end": self.sentence_at.end,
            "quote": self.sentence,
            "url": self.url,
            "title": self.title,
            "gathered_at": self.gathered_at,
            "subject_start": self.subject_at.start,
            "subject_end": self.subject_at.end,
            "value_start": self.value_at.start,
            "value_end": self.value_at.end,
            "how": self.how,
            "confidence": self.confidence,
        }


@dataclass(frozen=True, slots=True)
class Relation:
    """
    A statement, once however many pages make it; `evidence` holds the surest of each page, the surest page first.

    The object is an entity, or None where it is a value: `value` as the surest page writes it, and `normalised` as any
    page would (1950-05-04, 3000 AUD). `confidence` is the share of what is found in such a place that is right.
    """

    subject: Thing
    kind: Kind
    object: Thing | None
    value: str
    normalised: str
    confidence: float
    evidence: tuple[Evidence, ...]
    pages_count: int

    @property
    def type(self) -> str:
        """The kind in words: is a, born on."""
        return self.kind.replace("_", " ")

    @property
    def entity(self) -> int | None:
        """The object's id; None for a value."""
        return None if self.object is None else self.object.id

    @property
    def name(self) -> str:
        """The object as it is shown, or the value."""
        return self.value if self.object is None else self.object.name

    def other(self, entity: int) -> Thing | None:
        """The entity at the other end, seen from one of them; None when that is a value."""
        return self.object if self.subject.id == entity else self.subject

    def to_json(self) -> dict[str, Any]:
        """The relation as the outside contract has it."""
        return {
            "type": self.kind,
            "subject": self.subject.id,
            "subject_name": self.subject.name,
            "entity": self.entity,
            "name": self.name,
            "value": self.value,
            "normalised": self.normalised,
            "confidence": self.confidence,
            "pages_count": self.pages_count,
            "evidence": [each.to_json() for each in self.evidence],
        }


def relations_of(conn: sa.Connection, scope: Scope, entity: int, *, limit: int) -> list[Relation]:
    """
    Up to `limit` statements that have the entity as subject or object, the surest and most often made first.

    By the id of something merged into another it is asked of what that has become. Statements of hidden entities, and
    of pages that `scope` may not see, are left out.
    """
    thing = canonical(conn, scope.workspace, entity)
    if thing is None:
        return []
    of_it = sa.or_(relations.c.subject == thing, relations.c.object == thing)
    rows = conn.execute(_seen(scope, [thing], of_it).order_by(*_SUREST).limit(_READ)).all()
    return _relations(conn, _statements(rows)[:limit], _listing(rows))


def kinds_of(conn: sa.Connection, scope: Scope, things: Collection[int]) -> dict[int, list[Relation]]:
    """What each of the things is said to be, where that is an entity, too: a few of the surest, the surest first."""
    is_kind = sa.and_(relations.c.subject.in_(things), relations.c.kind == "is_a", relations.c.object.is_not(None))
    found: dict[int, list[Relation]] = {thing: [] for thing in things}
    # Each has its share of the rows: what is said to be sixty things leaves the others theirs.
    place = sa.func.row_number().over(partition_by=relations.c.subject, order_by=_SUREST).label("place")
    ranked = _seen(scope, things, is_kind).add_columns(place).subquery()
    few = sa.select(ranked).where(ranked.c.place <= _READ // max(len(found), 1))
    of_thing: defaultdict[int, list[Any]] = defaultdict(list)
    for row in conn.execute(few.order_by(ranked.c.subject, ranked.c.place)):
        of_thing[row.subject].append(row)
    chosen = [one for rows in of_thing.values() for one in _statements(rows)[:MAX_KINDS]]
    for one in _relations(conn, chosen, frozenset()):
        found[one.subject.id].append(one)
    return found


def _seen(scope: Scope, things: Collection[int], wanted: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The rows that `scope` may see of those that are wanted."""
    subject, target = entities.alias("of"), entities.alias("to")
    return (
        sa.select(
            relations,
            subject.c.name.label("subject_name"),
            subject.c.type.label("subject_type"),
            target.c.name.label("object_name"),
            target.c.type.label("object_type"),
        )
        .join(pages, pages.c.id == relations.c.page)
        .join(subject, subject.c.id == relations.c.subject)
        .outerjoin(target, target.c.id == relations.c.object)
        .where(
            wanted,
            relations.c.source.in_(visible(scope)),
            pages.c.state == "live",
            pages.c.version == relations.c.version,
            # Who looks at a hidden entity sees what is said of it; nobody else's relation leads there.
            sa.or_(subject.c.hidden.is_(False), subject.c.id.in_(things)),
            sa.or_(target.c.id.is_(None), target.c.hidden.is_(False), target.c.id.in_(things)),
            # What was merged states nothing of itself.
            sa.or_(relations.c.object.is_(None), relations.c.object != relations.c.subject),
        )
    )


def _statements(rows: Iterable[Any]) -> list[list[Any]]:
    """What the rows state, by the surest row of each page; of what is as sure first what more pages state."""
    same: dict[tuple[Any, ...], dict[int, Any]] = {}
    for row in rows:
        same.setdefault((row.subject, row.kind, row.object is None, _told(row)), {}).setdefault(row.page, row)
    statements = [list(each.values()) for each in same.values()]
    statements.sort(key=lambda each: (-each[0].confidence, -len(each), each[0].id))
    return statements


def _told(row: Any) -> str:
    return str(row.normal if row.object is None else row.object)


def _listing(rows: Iterable[Any]) -> frozenset[tuple[int, str, int]]:
    """By subject, kind and page: where a page gives it several values of the kind that are not the same."""
    on_page: defaultdict[tuple[int, Kind, int], set[str]] = defaultdict(set)
    for row in rows:
        on_page[row.subject, row.kind, row.page].add(_told(row))
    return frozenset(place for place, told in on_page.items() if exclude(place[1], told))


def _relations(
    conn: sa.Connection, statements: Sequence[Sequence[Any]], listing: Collection[tuple[int, str, int]]
) -> list[Relation]:
    """The statements with the words that make them."""
    places = _places(conn, [row.id for each in statements for row in each[:MAX_EVIDENCE]])
    return [_relation(each, places, listing) for each in statements]


def _places(conn: sa.Connection, ids: Sequence[int]) -> dict[int, Any]:
    """The pages and the sentences of relations."""
    sentence = quoted(relations.c.sentence_start, relations.c.sentence_end)
    rows = conn.execute(
        sa.select(relations.c.id, pages.c.url, versions.c.title, versions.c.fetched_at, sentence.label("sentence"))
        .join(pages, pages.c.id == relations.c.page)
        .join(versions, versions.c.id == relations.c.version)
        .where(relations.c.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _relation(rows: Sequence[Any], places: dict[int, Any], listing: Collection[tuple[int, str, int]]) -> Relation:
    first = rows[0]
    return Relation(
        subject=Thing(first.subject, first.subject_name, first.subject_type),
        kind=first.kind,
        object=None if first.object is None else Thing(first.object, first.object_name, first.object_type),
        value=first.value,
        normalised=first.normal,
        confidence=first.confidence,
        evidence=tuple(_evidence(row, places[row.id], listing) for row in rows[:MAX_EVIDENCE]),
        pages_count=len(rows),
    )


def _evidence(row: Any, place: Any, listing: Collection[tuple[int, str, int]]) -> Evidence:
    return Evidence(
        version=row.version,
        page=row.page,
        url=place.url,
        title=place.title,
        gathered_at=place.fetched_at,
        sentence=place.sentence,
        sentence_at=Span(row.sentence_start, row.sentence_end),
        subject_at=Span(row.subject_start, row.subject_end),
        value_at=Span(row.value_start, row.value_end),
        how=row.how,
        confidence=row.confidence,
        is_of_several=(row.subject, row.kind, row.page) in listing,
    )
