"""Which entities a search means: by name, by alias, and by the sentences they share with those."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities.candidate import key_of, singular
from bowerbird.knowledge.entities.meant import named_on_visible_pages
from bowerbird.knowledge.entities.store import live
from bowerbird.knowledge.words import STOPWORDS, fold, word_spans
from bowerbird.records import visible
from bowerbird.records.tables import entities, mentions, pages

__all__ = ["Found", "neighbours", "search"]

MAX_QUERY_WORDS = 8
# Names that are weighed in Python for one search.
_MAX_NAMED = 400


@dataclass(frozen=True, slots=True)
class Found:
    """An entity that a search found."""

    id: int
    name: str
    type: str
    aliases: tuple[str, ...]


def search(conn: sa.Connection, scope: Scope, query: str, *, limit: int) -> list[Found]:
    """Named entities first, best match first, then their neighbours; all have a visible live mention."""
    words = _words(query)
    if not words:
        return [_found(row) for row in conn.execute(_visible_entities(scope).limit(limit))]
    named = sorted(_named(conn, scope, words), key=lambda row: _rank(row, words, key_of(query)))
    whole = [row for row in named if _share(row, words) == 1.0]
    seeds = [row.id for row in whole or named][:12]
    near = neighbours(conn, scope, seeds, limit=limit) if seeds else []
    # Half of the places at most are for names that hold all the words; the rest show what lies around them.
    first = [row.id for row in whole[: (limit + 1) // 2]]
    around = [identifier for identifier, _ in near]
    rest = [row.id for row in named if row.id not in first]
    mixed = [identifier for pair in zip_longest(around, rest) for identifier in pair if identifier is not None]
    ids = list(dict.fromkeys([*first, *mixed]))[:limit]
    rows = {row.id: row for row in conn.execute(sa.select(entities).where(entities.c.id.in_(ids)))}
    return [_found(rows[identifier]) for identifier in ids]


def neighbours(conn: sa.Connection, scope: Scope, ids: Sequence[int], *, limit: int) -> list[tuple[int, int]]:
    """The entities that share sentences with `ids`, with the number of shared sentences; the most telling first."""
    mine, theirs = mentions.alias("mine"), mentions.alias("theirs")
    shared = (
        sa.select(theirs.c.entity, theirs.c.version, theirs.c.sentence_start)
        .select_from(mine)
        .join(theirs, sa.and_(theirs.c.version == mine.c.version, theirs.c.sentence_start == mine.c.sentence_start))
        .join(pages, sa.and_(pages.c.id == mine.c.page, pages.c.version == mine.c.version, pages.c.state == "live"))
        .where(mine.c.entity.in_(ids), theirs.c.entity.not_in(ids), mine.c.source.in_(visible(scope)))
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


def _words(query: str) -> list[str]:
    found = [fold(span.of(query)) for span in word_spans(query[:500])]
    return [singular(word) for word in found if word not in STOPWORDS][:MAX_QUERY_WORDS]


def _visible_entities(scope: Scope) -> sa.Select[Any]:
    mentioned = (
        sa.exists()
        .where(mentions.c.entity == entities.c.id, mentions.c.source.in_(visible(scope)))
        .where(pages.c.id == mentions.c.page, live())
    )
    return (
        sa.select(entities)
        .where(entities.c.workspace == scope.workspace, entities.c.hidden.is_(False), mentioned)
        .order_by(entities.c.score.desc(), entities.c.id)
    )


@dataclass(frozen=True, slots=True)
class _Named:
    """An entity that a search may mean, and the keys of its names."""

    id: int
    score: float
    spellings: tuple[str, ...]


def _named(conn: sa.Connection, scope: Scope, words: Sequence[str]) -> list[_Named]:
    """The entities with a name or alias, theirs or of what was merged into them, that begins like one of `words`."""
    merged = entities.alias("merged")
    own = conn.execute(_visible_entities(scope).where(sa.or_(*_begins(entities, words))).limit(_MAX_NAMED)).all()
    through = conn.execute(
        _visible_entities(scope)
        .join(merged, merged.c.merged_into == entities.c.id)
        .where(sa.or_(*_begins(merged, words)), named_on_visible_pages(scope, merged))
        .with_only_columns(
            entities.c.id, entities.c.score, merged.c.key, merged.c.read_name.label("name"), merged.c.aliases
        )
        .limit(_MAX_NAMED)
    ).all()
    return [
        _Named(row.id, row.score, (row.key, key_of(row.name), *(key_of(alias) for alias in row.aliases)))
        for row in (*own, *through)
    ]


def _begins(of: sa.FromClause, words: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    aliases = sa.func.lower(sa.cast(of.c.aliases, sa.Text))
    given = sa.func.lower(of.c.name)
    return [
        condition
        for word in words
        for condition in (
            of.c.key.startswith(word, autoescape=True),
            of.c.key.contains(f" {word}", autoescape=True),
            aliases.contains(word, autoescape=True),
            sa.and_(of.c.name != of.c.read_name, given.contains(word, autoescape=True)),
        )
    ]


def _share(named: _Named, words: Sequence[str]) -> float:
    """The part of the words that the name has, as whole words or, half as good, as beginnings."""
    best = 0.0
    for spelling in named.spellings:
        parts = [singular(part) for part in spelling.split(" ")]
        hits = sum(1.0 if word in parts else 0.5 if any(p.startswith(word) for p in parts) else 0.0 for word in words)
        best = max(best, hits / len(words))
    return best


def _rank(named: _Named, words: Sequence[str], whole: str) -> tuple[bool, float, float]:
    """Smaller is better: the very name, then the share of the words, then the weight."""
    return (whole not in named.spellings, -round(_share(named, words), 3), -named.score)


def _found(row: Any) -> Found:
    return Found(id=row.id, name=row.name, type=row.type, aliases=tuple(row.aliases))
