"""
Which entities the same sentences speak of.

A frequent entity has tens of thousands of mentions, and what it is named beside shows in the first two thousand: of
each entity only so many are looked at, the same ones each time.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities.store import live
from bowerbird.records import visible_sources
from bowerbird.records.tables import entities, mentions, pages

__all__ = ["LOOKED_AT", "first_mentions", "near", "pairs"]

LOOKED_AT = 2_000  # mentions, of all entities that are asked about together


def first_mentions(sources: Sequence[str], ids: Sequence[int], *, each: int) -> sa.Subquery:
    """Of each of the entities up to `each` mentions on live pages of the sources: in the order of their index."""
    of_each = [
        sa.select(
            mentions.c.entity,
            mentions.c.source,
            mentions.c.page,
            mentions.c.version,
            mentions.c.sentence_start,
            mentions.c.sentence_end,
            mentions.c.start,
            mentions.c.end,
        )
        .join(pages, pages.c.id == mentions.c.page)
        .where(mentions.c.entity == entity, mentions.c.source.in_(sources), live())
        .order_by(mentions.c.source, mentions.c.page, mentions.c.version, mentions.c.id)
        .limit(each)
        .subquery()
        .select()
        for entity in ids
    ]
    return sa.union_all(*of_each).subquery()


def near(conn: sa.Connection, scope: Scope, ids: Sequence[int], *, limit: int) -> list[tuple[int, int]]:
    """The entities that share sentences with `ids`, with the number of shared sentences; the most telling first."""
    theirs = mentions.alias("theirs")
    mine = _sentences(conn, scope, ids)
    shared = (
        sa.select(theirs.c.entity, theirs.c.version, theirs.c.sentence_start)
        .select_from(mine)
        .join(theirs, _same_sentence(mine, theirs))
        .where(theirs.c.entity.not_in(ids))
        .distinct()
        .subquery()
    )
    together = sa.func.count().label("together")
    rows = conn.execute(
        sa.select(shared.c.entity, together)
        .join(entities, entities.c.id == shared.c.entity)
        .where(entities.c.hidden.is_(False))
        .group_by(shared.c.entity, entities.c.score)
        .order_by((together * entities.c.score).desc(), shared.c.entity)
        .limit(limit)
    )
    return [(row.entity, row.together) for row in rows]


def pairs(
    conn: sa.Connection, scope: Scope, ones: Sequence[int], others: Sequence[int], *, limit: int
) -> list[tuple[int, int, int]]:
    """Pairs of one of `ones` and one of `others` that share sentences, with how many; those of most first."""
    if not ones or not others:
        return []
    theirs = mentions.alias("theirs")
    mine = _sentences(conn, scope, ones)
    shared = (
        sa.select(mine.c.entity.label("one"), theirs.c.entity.label("other"), theirs.c.version, theirs.c.sentence_start)
        .select_from(mine)
        .join(theirs, _same_sentence(mine, theirs))
        .where(theirs.c.entity.in_(others), theirs.c.entity != mine.c.entity)
        .distinct()
        .subquery()
    )
    together = sa.func.count().label("together")
    rows = conn.execute(
        sa.select(shared.c.one, shared.c.other, together)
        .group_by(shared.c.one, shared.c.other)
        .order_by(together.desc(), shared.c.one, shared.c.other)
        .limit(limit)
    )
    return [(row.one, row.other, row.together) for row in rows]


def _sentences(conn: sa.Connection, scope: Scope, ids: Sequence[int]) -> sa.Subquery:
    """The sentences of the first mentions of each, each sentence once for an entity."""
    first = first_mentions(visible_sources(conn, scope), ids, each=max(1, LOOKED_AT // len(ids)))
    return sa.select(first.c.entity, first.c.version, first.c.sentence_start).distinct().subquery()


def _same_sentence(mine: sa.Subquery, theirs: sa.FromClause) -> sa.ColumnElement[bool]:
    columns: Any = theirs.c
    return sa.and_(columns.version == mine.c.version, columns.sentence_start == mine.c.sentence_start)
