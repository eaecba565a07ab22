"""
What a person follows for their feed: a thing that pages speak of, a source, or a topic in their own words.

Questions are followed elsewhere (`answer/follows.py`); both are rows of one table. What is new of any of it:
`feed/followed.py`. What changes here is marked when it is committed, so that the next feed goes by it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound, Refused
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities import entity_named
from bowerbird.records import choices_of, mark_on_commit, visible
from bowerbird.records.tables import entities, follows, questions, sources

__all__ = [
    "MAX_TOPIC_CHARS",
    "THINGS",
    "Called",
    "FollowedThing",
    "ThingKind",
    "called_follows",
    "follow_thing",
    "followed_now",
    "list_things",
    "resume_thing",
    "stop_thing",
]

ThingKind = Literal["entity", "source", "topic"]
THINGS: Final[tuple[ThingKind, ...]] = get_args(ThingKind)
MAX_THINGS: Final = 100  # open ones of a person
MAX_TOPIC_CHARS: Final = 80
_LARGEST_ROW: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class FollowedThing:
    """Something that is followed, or was."""

    id: str
    kind: ThingKind
    of: str  # the entity's number, the source's id, or the topic
    name: str  # this and `of` are empty when they may not see it any more
    created_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class Called:
    """What is followed, as it is said in a sentence."""

    kind: str  # also those of questions
    name: str


def follow_thing(conn: sa.Connection, scope: Scope, kind: ThingKind, of: str, *, clock: Clock) -> FollowedThing:
    """
    Follow it; what they follow already, once. `of` is the entity's number, the source's id or address, or the topic.

    Raises NotFound for what they may not see, InputWrong for a topic that is none or one thing too many, and Refused
    for who sees only some sources: the feed is the person's, who sees all of theirs.
    """
    if scope.sources is not None:
        raise Refused("a key that is confined to some sources cannot follow; use one that is not", is_known=True)
    column, value = _found(conn, scope, kind, of)
    open_ones = [one for one in _rows(conn, scope) if one.ended_at is None]
    known = next((one.id for one in open_ones if one.kind == kind and getattr(one, column) == value), None)
    if known is None:
        if len(open_ones) >= MAX_THINGS:
            raise InputWrong(f"you follow {len(open_ones)} things, at most {MAX_THINGS} are allowed: stop one first")
        known, now_s = new_id(clock), clock.now_s()
        conn.execute(
            sa.insert(follows).values(
                id=known,
                workspace=scope.workspace,
                person=scope.person,
                kind=kind,
                created_at=now_s,
                checked_at=now_s,
                **{column: value},
            )
        )
        mark_on_commit(conn, choices_of(scope.person))
    return _thing(conn, scope, known)


def followed_now(conn: sa.Connection, scope: Scope, kind: ThingKind) -> dict[str, str]:
    """What of that kind they follow now, and the ids of these follows; an entity by what it has become."""
    of: sa.ColumnElement[Any] = follows.c[kind]
    if kind == "entity":
        of = sa.func.coalesce(entities.c.merged_into, entities.c.id)
    found = (
        sa.select(of, follows.c.id)
        .outerjoin(entities, entities.c.id == follows.c.entity)
        .where(*_theirs(scope), follows.c.kind == kind, follows.c.ended_at.is_(None))
    )
    return {str(one): identifier for one, identifier in conn.execute(found)}


def stop_thing(conn: sa.Connection, scope: Scope, identifier: str, *, clock: Clock) -> FollowedThing:
    """Follow it no longer; raises NotFound."""
    _end(conn, scope, identifier, clock.now_s())
    return _thing(conn, scope, identifier)


def resume_thing(conn: sa.Connection, scope: Scope, identifier: str) -> FollowedThing:
    """Take `stop_thing` back; raises NotFound."""
    _end(conn, scope, identifier, None)
    return _thing(conn, scope, identifier)


def list_things(conn: sa.Connection, scope: Scope) -> list[FollowedThing]:
    """All that they follow, and followed lately; the newest first."""
    return [_named(conn, scope, row) for row in _rows(conn, scope)]


def called_follows(conn: sa.Connection, scope: Scope, identifiers: Collection[str]) -> dict[str, Called]:
    """What these follows of theirs are of, questions too; what they may not see any more is left out."""
    if not identifiers:
        return {}
    things = [_named(conn, scope, row) for row in _rows(conn, scope) if row.id in identifiers]
    asked = (
        sa.select(follows.c.id, follows.c.kind, questions.c.text)
        .join(questions, questions.c.id == follows.c.question)
        .where(follows.c.workspace == scope.workspace, follows.c.person == scope.person)
        .where(follows.c.id.in_(list(identifiers)))
    )
    return {one.id: Called(one.kind, one.name) for one in things if one.name} | {
        row.id: Called(row.kind, row.text) for row in conn.execute(asked)
    }


def _found(conn: sa.Connection, scope: Scope, kind: ThingKind, of: str) -> tuple[str, object]:
    """The column and the value by which it is known."""
    match kind:
        case "entity":
            return "entity", entity_named(conn, scope, _number(of)).id
        case "source":
            known = sa.select(sources.c.id).where(
                sa.or_(sources.c.id == of, sources.c.url == of), sources.c.id.in_(visible(scope))
            )
            source = conn.execute(known.order_by(sources.c.created_at, sources.c.id).limit(1)).scalar()
            if source is None:
                raise NotFound(f"no source {of[:80]!r}; /scraping/dashboard lists the sources there are")
            return "source", source
        case "topic":
            words = " ".join(of.split())
            if not words or len(words) > MAX_TOPIC_CHARS or not words.isprintable():
                raise InputWrong(
                    f"the topic {words[:40]!r} has {len(words)} characters or unprintable ones; expected 1 to"
                    f" {MAX_TOPIC_CHARS} printable ones",
                    field="topic",
                )
            return "topic", words


def _number(of: str) -> int:
    if not (of.isascii() and of.isdigit() and int(of) <= _LARGEST_ROW):
        raise NotFound(f"no entity {of[:40]!r}; `bowerbird entities` lists those there are")
    return int(of)


def _theirs(scope: Scope) -> tuple["sa.ColumnElement[bool]", ...]:
    return (
        follows.c.workspace == scope.workspace,
        follows.c.person == scope.person,
        follows.c.kind.in_(THINGS),
    )


def _rows(conn: sa.Connection, scope: Scope) -> "list[sa.Row[Any]]":
    newest_first = follows.c.created_at.desc(), follows.c.id.desc()
    return list(conn.execute(sa.select(follows).where(*_theirs(scope)).order_by(*newest_first).limit(500)))


def _thing(conn: sa.Connection, scope: Scope, identifier: str) -> FollowedThing:
    row = conn.execute(sa.select(follows).where(*_theirs(scope), follows.c.id == identifier)).one_or_none()
    if row is None:
        raise NotFound(f"you follow nothing under {identifier[:40]!r}; /following lists what you do")
    return _named(conn, scope, row)


def _end(conn: sa.Connection, scope: Scope, identifier: str, at: float | None) -> None:
    known = _thing(conn, scope, identifier)
    if (known.ended_at is None) != (at is None):
        conn.execute(sa.update(follows).where(follows.c.id == known.id).values(ended_at=at))
        mark_on_commit(conn, choices_of(scope.person))


def _named(conn: sa.Connection, scope: Scope, row: "sa.Row[Any]") -> FollowedThing:
    kind = cast("ThingKind", row.kind)
    of = str(getattr(row, kind))
    name = _name(conn, scope, kind, of)
    return FollowedThing(row.id, kind, of if name else "", name, row.created_at, row.ended_at)


def _name(conn: sa.Connection, scope: Scope, kind: ThingKind, of: str) -> str:
    match kind:
        case "entity":
            try:
                return entity_named(conn, scope, int(of)).name
            except NotFound:
                return ""
        case "source":
            known = sa.select(sources.c.url).where(sources.c.id == of, sources.c.id.in_(visible(scope)))
            return str(conn.execute(known).scalar() or "")
        case "topic":
            return of
