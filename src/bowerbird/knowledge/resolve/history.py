"""What was decided and found about a thing, for who looks at it: its members, and the history."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities.live import is_said, live
from bowerbird.knowledge.entities.meant import canonical
from bowerbird.knowledge.resolve.decide import members_of
from bowerbird.knowledge.resolve.settle import read_decisions
from bowerbird.knowledge.resolve.state import Decision, DecisionKind
from bowerbird.records import visible
from bowerbird.records.tables import (
    entities,
    entity_decisions,
    entity_links,
    entity_sources,
    mentions,
    pages,
    persons,
    sources,
)

__all__ = ["History", "Member", "Other", "Told", "history"]

UNSEEN = "something that you may not see"


@dataclass(frozen=True, slots=True)
class Member:
    """An entity that is one with the thing; `score` is the chance that it is, where nobody decided but the scorer."""

    id: int
    name: str
    type: str
    score: float | None

    def to_json(self) -> dict[str, Any]:
        """The member as the outside contract has it."""
        return {"entity": self.id, "name": self.name, "type": self.type, "score": self.score}


@dataclass(frozen=True, slots=True)
class Other:
    """
    The thing `id`, which was told apart unasked though some source calls it the same: `source` means `made` by it.

    `chance` is that the two are one all the same, `why` what speaks most against it.
    """

    id: int
    name: str
    made: int
    source: str
    source_url: str
    chance: float
    why: str

    def to_json(self) -> dict[str, Any]:
        """It as the outside contract has it."""
        return {
            "entity": self.id,
            "name": self.name,
            "made": self.made,
            "source": self.source,
            "url": self.source_url,
            "chance": self.chance,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Told:
    """A decision in words; names that who asks may not see are not in them."""

    id: int
    at: float
    who: str
    kind: DecisionKind
    words: str
    is_undone: bool

    def to_json(self) -> dict[str, Any]:
        """The decision as the outside contract has it."""
        return {
            "decision": self.id,
            "at": self.at,
            "who": self.who,
            "kind": self.kind,
            "words": self.words,
            "undone": self.is_undone,
        }


@dataclass(frozen=True, slots=True)
class History:
    """The members of a thing but itself, what else its names seem to mean, and what was decided, the newest first."""

    entity: int
    is_hidden: bool
    members: tuple[Member, ...]
    others: tuple[Other, ...]
    decisions: tuple[Told, ...]

    def to_json(self) -> dict[str, Any]:
        """The history as the outside contract has it."""
        return {
            "entity": self.entity,
            "hidden": self.is_hidden,
            "members": [member.to_json() for member in self.members],
            "others": [other.to_json() for other in self.others],
            "decisions": [told.to_json() for told in self.decisions],
        }


def history(conn: sa.Connection, scope: Scope, identifier: int) -> History:
    """What the thing is made of and what was decided of it; raises NotFound when `scope` may see nothing of it."""
    thing = canonical(conn, scope.workspace, identifier)
    if thing is None:
        raise NotFound(f"no entity {identifier}; `bowerbird entities` lists those there are")
    ids = members_of(conn, thing)
    if not _seen(conn, scope, ids):
        raise NotFound(f"no entity {identifier}; `bowerbird entities` lists those there are")
    decisions = [one for one in read_decisions(conn, scope.workspace) if one.about & ids]
    about = {entity for one in decisions for entity in one.about} | ids
    rows = {row.id: row for row in conn.execute(sa.select(entities).where(entities.c.id.in_(about)))}
    seen = _seen(conn, scope, about)
    names = {entity: f"“{rows[entity].name}”" if entity in seen else UNSEEN for entity in about}
    found = sa.select(entity_links.c.entity, entity_links.c.score).where(entity_links.c.entity.in_(ids))
    scores = {row.entity: row.score for row in conn.execute(found)}
    merged = {one.entity for one in decisions if one.kind == "merge"}
    return History(
        entity=thing,
        is_hidden=rows[thing].hidden,
        members=tuple(
            Member(one, rows[one].read_name, rows[one].read_type, None if one in merged else scores.get(one))
            for one in sorted((ids & seen) - {thing})
        ),
        others=tuple(_others(conn, scope, ids)),
        decisions=tuple(_told(conn, decisions, names)),
    )


def _others(conn: sa.Connection, scope: Scope, ids: Collection[int]) -> Iterable[Other]:
    """What sources mean by the names of `ids` beside them, if pages that `scope` may see say so now."""
    name, made = entities.alias("name"), entities.alias("made")
    rows = conn.execute(
        sa.select(
            entity_sources.c.entity,
            entity_sources.c.source,
            entity_sources.c.means,
            entity_sources.c.chance,
            entity_sources.c.why,
            sources.c.url,
            sa.func.coalesce(name.c.merged_into, name.c.id).label("name_is"),
            sa.func.coalesce(made.c.merged_into, made.c.id).label("made_is"),
        )
        .join(sources, sources.c.id == entity_sources.c.source)
        .join(name, name.c.id == entity_sources.c.entity)
        .join(made, made.c.id == entity_sources.c.means)
        .where(
            entity_sources.c.apart,
            sources.c.id.in_(visible(scope)),
            _is_named_there(),
            sa.or_(entity_sources.c.entity.in_(ids), entity_sources.c.means.in_(ids)),
        )
        .order_by(entity_sources.c.entity, entity_sources.c.source)
    ).all()
    apart = [row for row in rows if row.name_is != row.made_is]  # somebody said that these are one
    others = [row.made_is if row.entity in ids else row.name_is for row in apart]
    # What was told apart once stays written, also when no page says it any more: then its page is gone.
    wanted = sa.select(entities.c.id, entities.c.name).where(
        entities.c.id.in_(others), is_said(scope, entities.c.id, by=mentions.c.entity)
    )
    names = {row.id: row.name for row in conn.execute(wanted)}
    for row, other in zip(apart, others, strict=True):
        if other in names:
            yield Other(other, names[other], row.made_is, row.source, row.url, row.chance, row.why)


def _is_named_there() -> sa.ColumnElement[bool]:
    """The condition that the source in a row of `entity_sources` says the name now."""
    one = (
        sa.select(mentions.c.id)
        .join(pages, pages.c.id == mentions.c.page)
        .where(mentions.c.named == entity_sources.c.entity, mentions.c.source == entity_sources.c.source, live())
        .correlate(entity_sources)
        .limit(1)
        .scalar_subquery()
    )
    return one.is_not(None)


def outcome(conn: sa.Connection, scope: Scope, decision: Decision) -> dict[str, Any]:
    """A decision that was just made, as the outside contract has it."""
    return {
        "decision": decision.id,
        "kind": decision.kind,
        "entity": canonical(conn, scope.workspace, decision.entity),
        "made": decision.other if decision.kind == "split" else None,
    }


def _told(conn: sa.Connection, decisions: Collection[Decision], names: dict[int, str]) -> Iterable[Told]:
    when = {
        row.id: row
        for row in conn.execute(
            sa.select(entity_decisions.c.id, entity_decisions.c.at, persons.c.name)
            .outerjoin(persons, persons.c.id == entity_decisions.c.person)
            .where(entity_decisions.c.id.in_([one.id for one in decisions]))
        )
    }
    undone = {one.undoes for one in decisions}
    for one in sorted(decisions, key=lambda one: -one.id):
        if one.kind != "undo":
            row = when[one.id]
            who = row.name or "the command line"
            yield Told(one.id, row.at, who, one.kind, _words(one, names), one.id in undone)


def _words(one: Decision, names: dict[int, str]) -> str:
    name = names[one.entity]
    other = "" if one.other is None else names[one.other]
    match one.kind:
        case "merge":
            return f"Merged {name} into {other}"
        case "part":
            return f"Took {name} out of {other}"
        case "split":
            return f"Split {other} off {name}, meant on {len(one.pages)} of its pages"
        case "rename":
            return f"Renamed it to “{one.value}”"
        case "retype":
            return f"Changed the type of {name} to {one.value}"
        case "hide":
            return f"Hid {name}"
        case "undo":
            return "Undid a decision"


def _seen(conn: sa.Connection, scope: Scope, ids: Collection[int]) -> set[int]:
    """Those of the entities that pages which `scope` may see name or mean, or meant until somebody merged them."""
    told_apart = sa.select(entity_sources.c.means).where(
        entity_sources.c.means.in_(ids), entity_sources.c.source.in_(visible(scope))
    )
    found: set[int] = set(conn.execute(told_apart).scalars())
    for column in (mentions.c.named, mentions.c.entity):
        said = sa.select(column).distinct().where(column.in_(ids), mentions.c.source.in_(visible(scope)))
        found |= set(conn.execute(said).scalars())
    return found
