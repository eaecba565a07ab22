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
from bowerbird.knowledge.resolve.settle import read_decisions, settle
from bowerbird.knowledge.resolve.sides import Side, sides
from bowerbird.knowledge.resolve.state import Decision
from bowerbird.models.words import WordVectors
from bowerbird.records.tables import entities, entity_links, entity_sources, sources

__all__ = ["Judged", "judged", "keep_senses", "senses_of"]

MAX_SENSES: Final = 8  # of one name, found unasked
MAX_SOURCES: Final = 40  # of one name, that are looked at; the others mean what the first does
_ASKED: Final = 3  # sources of one meaning that another is compared with
_LONGEST: Final = 48  # characters of what tells a source
_CHUNK: Final = 500
_ITSELF: Final = ""  # the meaning of the first source


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


def judged(
    conn: sa.Connection, workspace: str, ids: Collection[int], judge: Judge, vectors: WordVectors
) -> list[Judged]:
    """What is to be written of the names `ids`, of what everybody in the workspace sees; nothing of most."""
    rows = _of_several(conn, ids)
    decided = _decided(read_decisions(conn, workspace), rows) if rows else set()
    open_ = {entity: those for entity, those in rows.items() if entity not in decided}
    kinds = {row.id: row for row in _rows(conn, sa.select(entities), entities.c.id, open_)}
    seen = sides(conn, {(row.entity, row.source) for those in open_.values() for row in those}, vectors)
    return [
        found
        for entity, those in open_.items()
        for found in _judge(kinds[entity], [row for row in those if (entity, row.source) in seen], seen, judge)
    ]


def _of_several(conn: sa.Connection, ids: Collection[int]) -> dict[int, list[Any]]:
    """The public sources of the names that several say; those that were looked at first, first."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    wanted = sa.select(entity_sources).join(sources, sources.c.id == entity_sources.c.source)
    for row in _rows(conn, wanted.where(sources.c.private_to == ""), entity_sources.c.entity, ids):
        found[row.entity].append(row)
    in_order = {
        entity: sorted(those, key=lambda row: (row.at is None, row.at or 0.0, row.source))[:MAX_SOURCES]
        for entity, those in found.items()
    }
    return {entity: those for entity, those in in_order.items() if len(those) > 1 or those[0].at is not None}


def _decided(decisions: Sequence[Decision], rows: Mapping[int, Sequence[Any]]) -> set[int]:
    """The names that somebody split, or decided on what had been parted from them."""
    undone = {one.undoes for one in decisions}
    split: set[int] = set()
    about: set[int] = set()
    for one in decisions:
        if one.id not in undone and one.kind == "split":
            split |= one.about
        elif one.id not in undone and one.kind in ("merge", "part"):
            about |= one.about
    return {entity for entity, those in rows.items() if entity in split or any(row.means in about for row in those)}


def _judge(name: Any, rows: Sequence[Any], seen: Mapping[tuple[int, str], Side], judge: Judge) -> list[Judged]:
    """Each source by those before it, which mean what they were found to mean."""
    meaning: defaultdict[str, list[str]] = defaultdict(list)  # the sources that mean it, by that which began it
    began: dict[int, str] = {}  # by what was made
    found: list[Judged] = []
    for row in rows:
        if not meaning:
            meaning[_ITSELF].append(row.source)
            if row.at is None:
                found.append(Judged(name.id, row.source, _ITSELF, Verdict(1.0, "")))
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
        if home.chance >= (judge.together if row.apart else judge.apart):
            like = _ITSELF
        elif row.means is not None:
            like = began.setdefault(row.means, row.source)
        elif nearest != _ITSELF and asked[nearest].chance >= judge.apart:
            like = nearest
        else:
            like = row.source if len(meaning) <= MAX_SENSES else _ITSELF
        meaning[like].append(row.source)
        if row.at is None or row.apart != (like != _ITSELF):
            found.append(Judged(name.id, row.source, like, home))
    return found


def keep_senses(conn: sa.Connection, workspace: str, found: Sequence[Judged], *, clock: Clock) -> None:
    """Write what was found, make what is meant, and let it hold."""
    touched: set[int] = set()
    for one in found:
        here = sa.and_(entity_sources.c.entity == one.entity, entity_sources.c.source == one.source)
        row = conn.execute(sa.select(entity_sources).where(here)).first()
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
        _compare_anew(conn, {one.entity for one in found} & touched)
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
    sense = conn.execute(
        sa.select(sa.func.max(entities.c.sense)).where(
            entities.c.workspace == name.workspace, entities.c.key == name.key
        )
    ).scalar_one()
    called = f"{name.read_name} ({_told(source.url, source.title)})"
    made = conn.execute(
        sa.insert(entities)
        .values(
            workspace=name.workspace,
            key=name.key,
            sense=sense + 1,
            name=called,
            type=name.read_type,
            read_name=called,
            read_type=name.read_type,
            aliases=[],
            score=name.score,
            compared=True,
            created_at=clock.now_s(),
        )
        .returning(entities.c.id)
    ).scalar_one()
    return int(made)


def _told(url: str, title: str) -> str:
    """The source in few words."""
    return (urlsplit(url).netloc.rpartition("@")[2] or title or url)[:_LONGEST]


def _compare_anew(conn: sa.Connection, ids: Collection[int]) -> None:
    """What was joined with a name that is parted now is compared anew: it may be one with the other meaning."""
    for some in _chunks(ids):
        either = sa.or_(entity_links.c.entity.in_(some), entity_links.c.into.in_(some))
        joined = conn.execute(sa.select(entity_links.c.entity, entity_links.c.into).where(either)).all()
        conn.execute(sa.delete(entity_links).where(either))
        others = {entity for row in joined for entity in row}
        again = sa.update(entities).where(entities.c.id.in_(others), entities.c.sense == 0)
        conn.execute(again.values(compared=False))


def senses_of(conn: sa.Connection, ids: Collection[int]) -> dict[int, dict[str, int]]:
    """What each of the names means on each source that says it."""
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for row in _rows(conn, sa.select(entity_sources), entity_sources.c.entity, ids):
        found[row.entity][row.source] = row.means if row.apart else row.entity
    return found


def _rows(conn: sa.Connection, wanted: sa.Select[Any], column: "sa.Column[int]", ids: Collection[int]) -> list[Any]:
    return [row for some in _chunks(ids) for row in conn.execute(wanted.where(column.in_(some)))]


def _chunks(ids: Collection[int]) -> list[list[int]]:
    there = sorted(ids)
    return [there[first : first + _CHUNK] for first in range(0, len(there), _CHUNK)]
