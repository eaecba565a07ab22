"""
Finds where one name means two things: each source that says a name is asked once whether it means what others do.

The first source that says it means the entity itself, always. Another means something else only when the judge is
sure, for a wrong parting tears apart what links the sources; then an entity is made for it, which other sources may
come to mean as well. What people decided about a name is left as it is.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.knowledge.resolve.homonyms import Judge, Verdict
from bowerbird.knowledge.resolve.made import make_sense
from bowerbird.knowledge.resolve.settle import chunks, read_decisions, rows_of, settle
from bowerbird.knowledge.resolve.sides import Side, sides
from bowerbird.knowledge.resolve.state import Decision
from bowerbird.records.tables import entities, entity_sources, mentions, sources

__all__ = ["Judged", "judged", "keep_senses", "made_beside", "senses_of", "told"]

MAX_SENSES: Final = 8  # of one name, found unasked
MAX_SOURCES: Final = 40  # of one name, that are looked at; the others mean what the first does
_ASKED: Final = 3  # sources of one meaning that another is compared with
_LONGEST: Final = 48  # characters of what tells a source
_ITSELF: Final = ""  # the meaning of the first source
_BEGAN: Final = Verdict(1.0, "")  # of the first source


@dataclass(frozen=True, slots=True)
class Judged:
    """What a source means by a name: what the source `like` began to mean by it, or the entity itself (`_ITSELF`)."""

    entity: int
    source: str
    like: str
    verdict: Verdict

    @property
    def is_apart(self) -> bool:
        """Whether it means something else."""
        return self.like != _ITSELF


def judged(conn: sa.Connection, workspace: str, ids: Collection[int], judge: Judge) -> list[Judged]:
    """What is to be written of the names `ids`, of what everybody in the workspace sees; nothing of most."""
    rows = _of_several(conn, ids)
    decided = _decided(read_decisions(conn, workspace), rows) if rows else set()
    open_ = {entity: those for entity, those in rows.items() if entity not in decided}
    kinds = {row.id: row for row in rows_of(conn, sa.select(entities), entities.c.id, open_)}
    seen = sides(conn, {(row.entity, row.source) for those in open_.values() for row in those})
    return [
        found
        for entity, those in open_.items()
        for found in _judge(kinds[entity], [row for row in those if (entity, row.source) in seen], seen, judge)
    ]


def _public() -> sa.Select[Any]:
    """What is said by sources that everybody in the workspace sees."""
    wanted = sa.select(entity_sources).join(sources, sources.c.id == entity_sources.c.source)
    return wanted.where(sources.c.private_to == "")


def _of_several(conn: sa.Connection, ids: Collection[int]) -> dict[int, list[Any]]:
    """The public sources of the names that several say; those that were looked at first, first."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows_of(conn, _public(), entity_sources.c.entity, ids):
        found[row.entity].append(row)
    several = {entity: those for entity, those in found.items() if len(those) > 1 or those[0].at is not None}
    said = _first_said(conn, [entity for entity, those in several.items() if any(row.at is None for row in those)])

    def order(row: Any) -> tuple[Any, ...]:
        # Of those that were looked at together the one that began is surest.
        return row.at is None, row.at or 0.0, -(row.chance or 0.0), said.get((row.entity, row.source), 0), row.source

    return {entity: sorted(those, key=order)[:MAX_SOURCES] for entity, those in several.items()}


def _first_said(conn: sa.Connection, ids: Collection[int]) -> dict[tuple[int, str], int]:
    """Which mention is the first of each name on each source."""
    first: Any = sa.select(mentions.c.named, mentions.c.source, sa.func.min(mentions.c.id).label("first"))
    rows = rows_of(conn, first.group_by(mentions.c.named, mentions.c.source), mentions.c.named, ids)
    return {(row.named, row.source): row.first for row in rows}


def _decided(decisions: Sequence[Decision], rows: Mapping[int, Sequence[Any]]) -> set[int]:
    """The names that somebody split, or decided anything on what had been parted from them."""
    undone = {one.undoes for one in decisions}
    split: set[int] = set()
    about: set[int] = set()
    for one in decisions:
        if one.id in undone or one.kind == "undo":
            continue
        about |= one.about
        if one.kind == "split":
            split |= one.about
    return {entity for entity, those in rows.items() if entity in split or any(row.means in about for row in those)}


def _judge(name: Any, rows: Sequence[Any], seen: Mapping[tuple[int, str], Side], judge: Judge) -> list[Judged]:
    """
    Each source by those before it, which mean what they were found to mean.

    What was told apart never begins: when only that is left, nobody says what it could be compared with. Where the
    source that began is gone another stands in for it, and what had been together with that is not parted by this one.
    """
    first = next((row for row in rows if not row.apart), None)
    if first is None:
        return []
    stands_in = first.at is not None and (first.chance, first.why) != (_BEGAN.chance, _BEGAN.why)
    meaning: dict[str, list[str]] = {_ITSELF: [first.source]}  # the sources that mean it, by that which began it
    began: dict[int, str] = {}  # by what was made
    found = [Judged(name.id, first.source, _ITSELF, _BEGAN)] if first.at is None else []
    for row in rows:
        if row is first:
            continue
        mine = seen[name.id, row.source]
        asked = {
            like: max(
                (judge.verdict(name.key, name.read_type, mine, seen[name.id, other]) for other in those[:_ASKED]),
                key=lambda verdict: verdict.chance,
            )
            for like, those in meaning.items()
        }
        home = asked.pop(_ITSELF)
        nearest = max(asked, key=lambda like: asked[like].chance, default=_ITSELF)
        was_together = row.at is not None and not row.apart
        if home.chance >= (judge.together if row.apart else judge.apart) or (stands_in and was_together):
            like = _ITSELF
        elif row.means is not None:
            like = began.setdefault(row.means, row.source)
        elif nearest != _ITSELF and asked[nearest].chance >= judge.apart:
            like = nearest
        else:
            like = row.source if len(meaning) <= MAX_SENSES else _ITSELF
        meaning.setdefault(like, []).append(row.source)
        if row.at is None or row.apart != (like != _ITSELF):
            found.append(Judged(name.id, row.source, like, home))
    return found


def keep_senses(conn: sa.Connection, workspace: str, found: Sequence[Judged], *, clock: Clock) -> None:
    """Write what was found, make what is meant, and let it hold, but where somebody has decided meanwhile."""
    rows = _of_several(conn, {one.entity for one in found})
    decided = _decided(read_decisions(conn, workspace), rows)
    now = {(entity, row.source): row for entity, those in rows.items() for row in those if entity not in decided}
    touched: set[int] = set()
    for one in found:
        here = sa.and_(entity_sources.c.entity == one.entity, entity_sources.c.source == one.source)
        row = now.get((one.entity, one.source))
        if row is None:
            continue
        means = row.means
        if one.is_apart and means is None:
            means = _meaning(conn, one, clock=clock)
        if one.is_apart or row.apart:
            touched |= {one.entity, means}
        conn.execute(
            sa.update(entity_sources)
            .where(here)
            .values(
                means=means,
                apart=one.is_apart,
                chance=one.verdict.chance,
                why=one.verdict.why,
                at=clock.now_s() if row.at is None else row.at,
            )
        )
    if touched:
        settle(conn, workspace, touched)


def _meaning(conn: sa.Connection, one: Judged, *, clock: Clock) -> int:
    """The entity that the source means: that of the source that it is like, or one that is made for it."""
    if one.like != one.source:
        means = conn.execute(
            sa.select(entity_sources.c.means).where(
                entity_sources.c.entity == one.entity, entity_sources.c.source == one.like
            )
        ).scalar()
        if means is not None:
            return int(means)
    name = conn.execute(sa.select(entities).where(entities.c.id == one.entity)).one()
    source = conn.execute(sa.select(sources.c.url, sources.c.title).where(sources.c.id == one.source)).one()
    called = f"{name.read_name} {told(source)}"
    return make_sense(conn, name, called=called, kind=name.read_type, clock=clock)


def told(source: Any) -> str:
    """The source's row in few words and brackets, after a name that means something else there."""
    words = urlsplit(source.url).netloc.rpartition("@")[2] or source.title or source.url
    return f"({words[:_LONGEST]})"


def senses_of(conn: sa.Connection, ids: Collection[int]) -> dict[int, dict[str, int]]:
    """What each of the names means on each source that says it, of those that everybody in the workspace sees."""
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for row in rows_of(conn, _public(), entity_sources.c.entity, ids):
        found[row.entity][row.source] = row.means if row.apart else row.entity
    return found


def made_beside(conn: sa.Connection, ids: Collection[int]) -> dict[int, int]:
    """What was made for sources of the names among `ids`, and what of `ids` was made so: with whose name it is."""
    found: dict[int, int] = {}
    for some in chunks(ids):
        either = sa.or_(entity_sources.c.entity.in_(some), entity_sources.c.means.in_(some))
        rows = sa.select(entity_sources.c.means, entity_sources.c.entity).where(either)
        found.update({row.means: row.entity for row in conn.execute(rows.where(entity_sources.c.means.is_not(None)))})
    return found
