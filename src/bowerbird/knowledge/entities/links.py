"""
What links two entities: the shortest ways from one to the other, each step with the words that say it.

A step leads to what a page states that the thing is to it, to what the same sentence speaks of, or, failing both, to
what the same page speaks of. The last is told only of the two that are asked about: on one page stands much that has
nothing to do with each other. A way has three steps at most. From either end so many entities are reached as `REACH`
says, by so many mentions as `LOOKED_AT` says, so that what everybody speaks of takes no longer than the rest; what
lies beyond is not found.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa

from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities.evidence import Said, naming_both, on_one_page, stating
from bowerbird.knowledge.entities.live import live
from bowerbird.knowledge.entities.meant import canonical
from bowerbird.knowledge.entities.together import near, pairs
from bowerbird.knowledge.relations.find import Relation, Thing, relations_of
from bowerbird.records import visible
from bowerbird.records.tables import entities, mentions, pages

__all__ = ["Links", "Said", "Step", "entity_named", "links_between"]

REACH: Final = 120  # entities beside either end
MIDDLE: Final = 24  # of them, those between which a third step is looked for


By = Literal["relation", "sentence", "page"]


@dataclass(frozen=True, slots=True)
class Step:
    """Two entities, what joins them, and what says so; `relation` and its `subject` where a page states it."""

    one: Thing
    other: Thing
    by: By
    evidence: tuple[Said, ...]  # by a page: a sentence that names the one, then one that names the other
    relation: str = ""  # is_a, founded_by, …
    subject: int = 0  # whose relation it is to the other

    def to_json(self) -> dict[str, Any]:
        """The step as the outside contract has it."""
        return {
            "one": self.one.to_json(),
            "other": self.other.to_json(),
            "by": self.by,
            "relation": self.relation or None,
            "subject": self.subject or None,
            "evidence": [said.to_json() for said in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Links:
    """The ways from one entity to another, the shortest first; none between a thing and itself."""

    one: Thing
    other: Thing
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


# From whose mentions or relations a step was found, and to what: its words are read the same way.
_Found = tuple[int, int]
_Stated = Mapping[_Found, Relation]


def links_between(conn: sa.Connection, scope: Scope, one: int, other: int, *, limit: int = 5) -> Links:
    """
    Up to `limit` ways from `one` to `other`; raises NotFound when no page that `scope` may see speaks of one of them.

    Ways of two steps are looked for also when one step leads there; ways of three only when there is nothing shorter.
    Nothing leads to or over an entity that is hidden.
    """
    (start, start_hidden), (end, end_hidden) = (_end(conn, scope, identifier) for identifier in (one, other))
    if start.id == end.id or start_hidden or end_hidden:
        return Links(start, end, ())
    stated = {
        (driver, beside.id): relation
        for driver in (start.id, end.id)
        for relation in reversed(relations_of(conn, scope, driver, limit=REACH))
        if (beside := relation.other(driver)) is not None
    }
    direct = _direct(conn, scope, start.id, end.id, stated)
    on_page = (
        [] if direct else [(Step(start, end, "page", said),) for said in on_one_page(conn, scope, start.id, end.id)]
    )
    ways = [*direct, *_onward(conn, scope, start.id, end.id, stated, is_near=bool(direct or on_page))]
    paths = [*on_page, *_told(conn, scope, ways[:limit], (start, end), stated)]
    return Links(start, end, tuple(paths[:limit]))


def entity_named(conn: sa.Connection, scope: Scope, identifier: int) -> Thing:
    """What the entity is called, and what it has become; raises NotFound when `scope` may see nothing of it."""
    return _end(conn, scope, identifier)[0]


def _end(conn: sa.Connection, scope: Scope, identifier: int) -> tuple[Thing, bool]:
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
    return Thing(row.id, row.name, row.type), row.hidden


def _direct(conn: sa.Connection, scope: Scope, one: int, other: int, stated: _Stated) -> list[list[_Found]]:
    """The way of one step, if a page states it or a sentence names both; looked for from either."""
    for found in ((one, other), (other, one)):
        if found in stated or pairs(conn, scope, found[:1], found[1:], limit=1):
            return [[found]]
    return []


def _onward(
    conn: sa.Connection, scope: Scope, one: int, other: int, stated: _Stated, *, is_near: bool
) -> list[list[_Found]]:
    """The ways of two steps, those most often said first; or, unless the two are near anyway, those of three."""
    from_one = _beside(conn, scope, one, stated)
    from_other = _beside(conn, scope, other, stated)
    over = from_one.keys() & from_other.keys() - {one, other}
    if over or is_near:
        ranked = sorted((-min(from_one[each], from_other[each]), each) for each in over)
        return [[(one, each), (other, each)] for _, each in ranked]
    firsts, lasts = list(from_one)[:MIDDLE], list(from_other)[:MIDDLE]
    return [
        [(one, first), (first, last), (other, last)]
        for first, last, _ in pairs(conn, scope, firsts, lasts, limit=REACH)
    ]


def _beside(conn: sa.Connection, scope: Scope, one: int, stated: _Stated) -> dict[int, int]:
    """What is one step away, with how many sentences or pages say so; what is stated comes first."""
    by_relation = {other: relation.pages_count for (driver, other), relation in stated.items() if driver == one}
    by_sentence = dict(near(conn, scope, [one], limit=REACH))
    return {each: max(by_sentence.get(each, 0), by_relation.get(each, 0)) for each in (*by_relation, *by_sentence)}


def _told(
    conn: sa.Connection,
    scope: Scope,
    ways: Sequence[Sequence[_Found]],
    ends: tuple[Thing, Thing],
    stated: _Stated,
) -> list[tuple[Step, ...]]:
    """The ways with names and words, read from the first of the ends to the other; none that lacks words of a step."""
    wanted: dict[int, set[int]] = {}
    for driver, other in (found for way in ways for found in way if found not in stated):
        wanted.setdefault(driver, set()).add(other)
    said = {
        (driver, other): told
        for driver, others in wanted.items()
        for other, told in naming_both(conn, scope, driver, others).items()
    }
    ids = {each for way in ways for found in way for each in found}
    names = {row.id: Thing(row.id, row.name, row.type) for row in conn.execute(_by_id(ids))} if ids else {}
    paths: list[tuple[Step, ...]] = []
    for way in ways:
        # More mentions are looked at for the words than for the way, not always those by which it was found.
        if any(found not in stated and found not in said for found in way):
            continue
        at, steps = ends[0], list[Step]()
        for found in way:
            to = names[found[0] if found[1] == at.id else found[1]]
            relation = stated.get(found)
            steps.append(
                Step(at, to, "sentence", said[found])
                if relation is None
                else Step(at, to, "relation", stating(relation), relation.kind, relation.subject.id)
            )
            at = to
        paths.append(tuple(steps))
    return paths


def _by_id(ids: Collection[int]) -> sa.Executable:
    return sa.select(entities.c.id, entities.c.name, entities.c.type).where(entities.c.id.in_(ids))
