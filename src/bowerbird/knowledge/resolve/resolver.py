"""
Finds names that are one thing, some at a time: only what is new, or was read or decided on anew, is compared.

First each is asked whether its sources mean one thing by it (`senses`), then what else is one with what they mean. A
link is made when the scorer is surer than `enough`; it joins two things unless a person said that they are not one
(`state.fold`). What nobody but one person may see is never linked: its name would show through what it is joined with.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.knowledge.entities.live import live
from bowerbird.knowledge.resolve.blocks import blocks
from bowerbird.knowledge.resolve.compare import Pair, compared, in_blocks
from bowerbird.knowledge.resolve.features import may_be_one
from bowerbird.knowledge.resolve.homonyms import shipped as shipped_judge
from bowerbird.knowledge.resolve.scorer import Scorer, shipped
from bowerbird.knowledge.resolve.senses import judged, keep_senses, made_beside, senses_of
from bowerbird.knowledge.resolve.settle import chunks, read_decisions, settle
from bowerbird.models.words import WordVectors, word_vectors
from bowerbird.ops import crash
from bowerbird.records import Records
from bowerbird.records.tables import entities, entity_blocks, entity_decisions, entity_links, mentions, pages, sources

__all__ = ["resolve_some"]

MAX_PARTNERS: Final = 60  # that one entity is compared with: those that share the most blocks with it
MAX_LESSONS: Final = 100  # decisions that are learnt from, the last ones
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of comparing some entities."""

    workspace: str
    links: dict[int, tuple[int, float]]  # entity: what it is, and the chance
    left: set[tuple[int, int]]  # links that lead from or to what is not meant any more


def resolve_some(records: Records, *, limit: int, clock: Clock) -> int:
    """Compare up to `limit` entities that wait with what they may be one with; the number that waited."""
    waiting, before = records.read(lambda conn: _waiting(conn, limit))
    if not waiting:
        return 0
    workspace = waiting[0].workspace
    records.write(lambda conn: _keep_blocks(conn, waiting))
    ids = [row.id for row in waiting]
    senses = records.read(lambda conn: judged(conn, workspace, ids, shipped_judge()))
    if senses:
        records.write(lambda conn: keep_senses(conn, workspace, senses, clock=clock))
    found = records.read(lambda conn: _compare(conn, workspace, ids, word_vectors()))
    crash.point("resolve.before_commit")
    records.write(lambda conn: _keep(conn, found, before, clock=clock))
    return len(waiting)


def _waiting(conn: sa.Connection, limit: int) -> tuple[list[Any], dict[int, tuple[Any, ...]]]:
    """The oldest that wait, of one workspace; and what they are compared by."""
    waits = sa.and_(entities.c.compared.is_(False), entities.c.sense == 0)
    rows = conn.execute(sa.select(entities).where(waits).order_by(entities.c.id).limit(limit)).all()
    those = [row for row in rows if row.workspace == rows[0].workspace]
    return those, _compared_by(conn, those[0].workspace, [row.id for row in those]) if those else {}


def _compared_by(conn: sa.Connection, workspace: str, ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    """How each is called, how often somebody decided of it, and which sources say it that everybody sees."""
    decided = Counter(entity for one in read_decisions(conn, workspace) for entity in one.about)
    said = senses_of(conn, ids)
    called = sa.select(entities.c.id, entities.c.read_name, entities.c.aliases).where(entities.c.id.in_(ids))
    return {
        row.id: (row.read_name, row.aliases, decided[row.id], set(said.get(row.id, ()))) for row in conn.execute(called)
    }


def _keep_blocks(conn: sa.Connection, waiting: Sequence[Any]) -> None:
    conn.execute(sa.delete(entity_blocks).where(entity_blocks.c.entity.in_([row.id for row in waiting])))
    conn.execute(
        sa.insert(entity_blocks),
        [
            {"workspace": row.workspace, "block": block, "entity": row.id}
            for row in waiting
            # One that has no letters at all is in a block of its own.
            for block in sorted(blocks(row.key, (row.read_name, *row.aliases))) or [f"#:{row.id}"]
        ],
    )


def _compare(conn: sa.Connection, workspace: str, waiting: Sequence[int], vectors: WordVectors) -> _Found:
    pairs = _pairs(conn, workspace, waiting)
    scorer = _taught(conn, workspace, vectors)
    rows = compared(conn, workspace, pairs, vectors)
    links: dict[int, tuple[int, float]] = {}
    if rows:
        ids = {entity for pair in rows for entity in pair}
        said, senses = _said(conn, ids), senses_of(conn, ids)
        for pair, chance in zip(rows, scorer.chances(list(rows.values())).tolist(), strict=True):
            # What is said less often is the other; of two that are said as often, the newer.
            lesser, greater = sorted(pair, key=lambda entity: (said.get(entity, 0), -entity))
            meant, other = _meant(senses, lesser, greater, lesser), _meant(senses, greater, lesser, greater)
            if chance >= scorer.enough and chance > links.get(meant, (0, 0.0))[1]:
                links[meant] = other, chance
    left: set[tuple[int, int]] = set()
    for link, meant, other in _moved(conn, waiting):
        left.add((link.entity, link.into))
        if link.score > links.get(meant, (0, 0.0))[1]:
            links[meant] = other, link.score
    return _Found(workspace, links, left)


def _moved(conn: sa.Connection, ids: Collection[int]) -> list[tuple[Any, int, int]]:
    """The links of the names `ids` that lead from or to what is not meant any more; between what they are now."""
    links: dict[int, Any] = {}
    for some in chunks({*ids, *made_beside(conn, ids)}):
        either = sa.or_(entity_links.c.entity.in_(some), entity_links.c.into.in_(some))
        links.update({row.entity: row for row in conn.execute(sa.select(entity_links).where(either))})
    ends = {end for row in links.values() for end in (row.entity, row.into)}
    named = {end: end for end in ends} | made_beside(conn, ends)
    senses = senses_of(conn, set(named.values()))
    found: list[tuple[Any, int, int]] = []
    for row in links.values():
        one, other = named[row.entity], named[row.into]
        meant = _meant(senses, one, other, row.entity), _meant(senses, other, one, row.into)
        if meant != (row.entity, row.into) and one != other:
            found.append((row, *meant))
    return found


def _meant(senses: Mapping[int, Mapping[str, int]], entity: int, other: int, otherwise: int) -> int:
    """What the sources of `other` mean by the name of `entity`, if all of them mean one thing by it."""
    mine = senses.get(entity, {})
    meant = {mine[source] for source in senses.get(other, {}) if source in mine}
    return meant.pop() if len(meant) == 1 else otherwise


def _pairs(conn: sa.Connection, workspace: str, ids: Sequence[int]) -> list[Pair]:
    """Each of `ids` with those that it shares the most blocks with, of what everybody in the workspace may see."""
    wanted = set(ids)
    mine: set[str] = set()
    for first in range(0, len(ids), _CHUNK):
        some = sa.select(entity_blocks.c.block).where(entity_blocks.c.entity.in_(ids[first : first + _CHUNK]))
        mine |= set(conn.execute(some).scalars())
    shared: dict[Pair, int] = {}
    for those in in_blocks(conn, workspace, mine).values():
        for one, other in combinations(sorted(those), 2):
            if one in wanted or other in wanted:
                shared[one, other] = shared.get((one, other), 0) + 1
    left = _open(conn, shared)
    public = _public(conn, {entity for pair in left for entity in pair})
    kept: list[Pair] = []
    partners: dict[int, int] = {}
    for pair in sorted(left, key=lambda pair: (-shared[pair], pair)):
        ours = [entity for entity in pair if entity in wanted]
        if public.issuperset(pair) and any(partners.get(entity, 0) < MAX_PARTNERS for entity in ours):
            kept.append(pair)
            for entity in ours:
                partners[entity] = partners.get(entity, 0) + 1
    return kept


def _open(conn: sa.Connection, pairs: Collection[Pair]) -> set[Pair]:
    """Those whose names leave open that they are one."""
    called: dict[int, tuple[str, list[str]]] = {}
    there = sorted({entity for pair in pairs for entity in pair})
    for first in range(0, len(there), _CHUNK):
        some = entities.c.id.in_(there[first : first + _CHUNK])
        for row in conn.execute(sa.select(entities.c.id, entities.c.key, entities.c.aliases).where(some)):
            called[row.id] = row.key, row.aliases
    return {(one, other) for one, other in pairs if may_be_one(*called[one], *called[other])}


def _public(conn: sa.Connection, ids: Collection[int]) -> set[int]:
    """Those that a page which everybody in the workspace sees names."""
    return _ids_of(
        conn,
        sa.select(mentions.c.named)
        .join(sources, sources.c.id == mentions.c.source)
        .join(pages, pages.c.id == mentions.c.page)
        .where(sources.c.private_to == "", live()),
        ids,
    )


def _ids_of(conn: sa.Connection, wanted: "sa.Select[int]", ids: Collection[int]) -> set[int]:
    found: set[int] = set()
    there = sorted(ids)
    for first in range(0, len(there), _CHUNK):
        some = wanted.where(mentions.c.named.in_(there[first : first + _CHUNK])).distinct()
        found |= set(conn.execute(some).scalars())
    return found


def _said(conn: sa.Connection, ids: Collection[int]) -> dict[int, int]:
    """How often each is named."""
    found: dict[int, int] = {}
    there = sorted(ids)
    for first in range(0, len(there), _CHUNK):
        some = mentions.c.named.in_(there[first : first + _CHUNK])
        rows = conn.execute(
            sa.select(mentions.c.named, sa.func.count().label("said"))
            .join(pages, pages.c.id == mentions.c.page)
            .where(some, live())
            .group_by(mentions.c.named)
        )
        found.update({row.named: row.said for row in rows})
    return found


def _of_two_names(conn: sa.Connection, workspace: str) -> set[int]:
    """The decisions that are about two names: two meanings of one name teach nothing of which names are one thing."""
    one, other = entities.alias("one"), entities.alias("other")
    found = conn.execute(
        sa.select(entity_decisions.c.id)
        .join(one, one.c.id == entity_decisions.c.entity)
        .join(other, other.c.id == entity_decisions.c.other)
        .where(
            entity_decisions.c.workspace == workspace,
            entity_decisions.c.kind.in_(("merge", "part")),
            one.c.key != other.c.key,
        )
    )
    return set(found.scalars())


def _taught(conn: sa.Connection, workspace: str, vectors: WordVectors) -> Scorer:
    """The scorer, by what people decided in the workspace and did not undo."""
    decisions = read_decisions(conn, workspace)
    undone = {one.undoes for one in decisions}
    of_names = _of_two_names(conn, workspace)
    lessons = [one for one in decisions if one.id in of_names and one.id not in undone]
    pairs = {(one.entity, one.other or 0): one.kind == "merge" for one in lessons[-MAX_LESSONS:]}
    if not pairs:
        return shipped()
    rows = compared(conn, workspace, list(pairs), vectors)
    return shipped().taught(list(rows.values()), [pairs[pair] for pair in rows])


def _keep(conn: sa.Connection, found: _Found, before: Mapping[int, tuple[Any, ...]], *, clock: Clock) -> None:
    """Write the links, and what follows; what was read or decided on anew since it was as `before` waits again."""
    now = _compared_by(conn, found.workspace, list(before))
    same = [entity for entity, by in before.items() if now.get(entity) == by]
    conn.execute(sa.update(entities).where(entities.c.id.in_(same)).values(compared=True))
    touched: set[int] = set()
    for entity, into in found.left:
        conn.execute(sa.delete(entity_links).where(entity_links.c.entity == entity, entity_links.c.into == into))
        touched |= {entity, into}
    known = {
        row.entity: (row.into, row.score)
        for row in conn.execute(sa.select(entity_links).where(entity_links.c.entity.in_(found.links)))
    }
    for entity, (into, chance) in found.links.items():
        # A link stays when another is as good: what was shown once goes on being shown.
        if entity in known and (known[entity][0] == into or known[entity][1] >= chance):
            continue
        conn.execute(sa.delete(entity_links).where(entity_links.c.entity == entity))
        row = {"entity": entity, "into": into, "score": chance, "at": clock.now_s()}
        conn.execute(sa.insert(entity_links).values(row))
        touched |= {entity, into, known.get(entity, (into, 0.0))[0]}
    if touched:
        settle(conn, found.workspace, touched)
