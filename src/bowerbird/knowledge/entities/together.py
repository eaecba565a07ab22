"""
Which entities the same sentences speak of.

A frequent entity has tens of thousands of mentions, and what it is named beside shows in two thousand: only so many are
looked at, those of the newest pages of each source. They are read in the order of their index, source by source,
because a database that has to sort them first reads all.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope
from bowerbird.records import visible_sources
from bowerbird.records.tables import entities, mentions, pages

__all__ = ["LOOKED_AT", "first_mentions", "near", "pairs", "pairs_on"]

LOOKED_AT: Final = 2_000  # mentions, of all entities that are asked about together
_APART: Final = 16  # sources that are read one after the other; of more all mentions are sorted


def first_mentions(sources: Sequence[str], entity: int | None = None, *, each: int = LOOKED_AT) -> sa.Subquery:
    """
    Up to `each` mentions of the entity on live pages of `sources`, the newest pages first.

    Without one it is given as parameter `entity` when the statement is run: for statements that are run for many.
    """
    given = {name: value for name, value in _given(sources, entity, each).items() if value is not None}
    return _first(len(sources)).params(given).subquery()


def near(conn: sa.Connection, scope: Scope, ids: Sequence[int], *, limit: int) -> list[tuple[int, int]]:
    """
    The entities that share sentences with `ids`, with the number of those; the most telling first.

    A sentence that several of `ids` share counts for each of them.
    """
    sources = visible_sources(conn, scope)
    statement = _near(len(sources))
    together: Counter[int] = Counter()
    scores: dict[int, float] = {}
    for entity in ids:
        given = _given(sources, entity, max(1, LOOKED_AT // len(ids)))
        for row in conn.execute(statement, given | {"limit": limit + len(ids)}):
            together[row.entity] += row.together
            scores[row.entity] = row.score
    found = [(entity, count) for entity, count in together.items() if entity not in ids]
    return sorted(found, key=lambda one: (-one[1] * scores[one[0]], one[0]))[:limit]


def pairs(
    conn: sa.Connection, scope: Scope, ones: Sequence[int], others: Sequence[int], *, limit: int
) -> list[tuple[int, int, int]]:
    """Pairs of one of `ones` and one of `others` that share sentences, with how many; those of most first."""
    sources = visible_sources(conn, scope)
    statement = _pairs(len(sources))
    found: list[tuple[int, int, int]] = []
    for one in ones:
        given = _given(sources, one, max(1, LOOKED_AT // len(ones)))
        rows = conn.execute(statement, given | {"others": list(others)})
        found += [(one, row.entity, row.together) for row in rows if row.entity != one]
    return sorted(found, key=lambda pair: (-pair[2], pair))[:limit]


def pairs_on(conn: sa.Connection, shown: Collection[int], ids: Collection[int]) -> list[tuple[int, int, int]]:
    """Which of the entities the same sentences of these page versions speak of, two and two; those of most first."""
    rows = conn.execute(
        sa.select(mentions.c.version, mentions.c.sentence_start, mentions.c.entity)
        .where(mentions.c.version.in_(shown), mentions.c.entity.in_(ids))
        .distinct()
    )
    of_sentence: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        of_sentence.setdefault((row.version, row.sentence_start), []).append(row.entity)
    counted = Counter(pair for named in of_sentence.values() for pair in combinations(sorted(named), 2))
    return [(*pair, together) for pair, together in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]


def _given(sources: Sequence[str], entity: int | None, each: int) -> dict[str, Any]:
    if len(sources) > _APART:
        return {"entity": entity, "each": each, "sources": list(sources)}
    return {"entity": entity, "each": each} | {f"source_{n}": source for n, source in enumerate(sources)}


# Building a statement takes longer than running it, and each is run for many entities.
@lru_cache
def _first(sources: int) -> sa.Select[Any]:
    newest = (mentions.c.page.desc(), mentions.c.version.desc(), mentions.c.id.desc())
    # Asked of each mention by itself, so that the index is read only until there are enough of live pages; as a join, a
    # database that expects few of them reads all.
    now = sa.select(pages.c.version).where(pages.c.id == mentions.c.page, pages.c.state == "live").scalar_subquery()
    plain = (
        sa.select(mentions)
        .where(mentions.c.entity == sa.bindparam("entity"), mentions.c.version == now)
        .order_by(*newest)
        .limit(sa.bindparam("each", type_=sa.Integer))
    )
    if sources > _APART or not sources:
        every = plain.where(mentions.c.source.in_(sa.bindparam("sources", [], expanding=True))).subquery()
    else:
        apart = [
            plain.where(mentions.c.source == sa.bindparam(f"source_{n}")).subquery().select() for n in range(sources)
        ]
        every = sa.union_all(*apart).subquery()
    return (
        sa.select(every)
        .order_by(every.c.page.desc(), every.c.version.desc(), every.c.id.desc())
        .limit(sa.bindparam("each", type_=sa.Integer))
    )


def _together(sources: int) -> tuple[sa.FromClause, sa.ColumnElement[int]]:
    """The entities that share sentences with the given one, and how many, before they are grouped."""
    first = _first(sources).subquery()
    mine = sa.select(first.c.version, first.c.sentence_start).distinct().subquery()
    theirs = mentions.alias("theirs")
    here = sa.and_(theirs.c.version == mine.c.version, theirs.c.sentence_start == mine.c.sentence_start)
    shared = (
        sa.select(theirs.c.entity, theirs.c.version, theirs.c.sentence_start)
        .select_from(mine)
        .join(theirs, here)
        .where(theirs.c.entity != sa.bindparam("entity"))
        .distinct()
        .subquery()
    )
    return shared, sa.func.count().label("together")


@lru_cache
def _near(sources: int) -> sa.Executable:
    shared, together = _together(sources)
    return (
        sa.select(shared.c.entity, together, entities.c.score)
        .join(entities, entities.c.id == shared.c.entity)
        .where(entities.c.hidden.is_(False))
        .group_by(shared.c.entity, entities.c.score)
        .order_by((together * entities.c.score).desc(), shared.c.entity)
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


@lru_cache
def _pairs(sources: int) -> sa.Executable:
    shared, together = _together(sources)
    return (
        sa.select(shared.c.entity, together)
        .where(shared.c.entity.in_(sa.bindparam("others", expanding=True)))
        .group_by(shared.c.entity)
    )
