"""Which entities a search means: by name, by alias, and by the sentences they share with those."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities.aliases import seen_aliases
from bowerbird.knowledge.entities.candidate import key_of, singular
from bowerbird.knowledge.entities.live import is_said
from bowerbird.knowledge.entities.meant import also_called, named_on_visible_pages
from bowerbird.knowledge.entities.together import near
from bowerbird.knowledge.words import STOPWORDS, fold, word_spans
from bowerbird.records.tables import entities, mentions

__all__ = ["Found", "called", "found_by_id", "search"]

MAX_QUERY_WORDS = 8
# Names that are weighed in Python for one search.
_MAX_NAMED = 400
_MAX_MATCHING = 10 * _MAX_NAMED  # looked for at once; of them some may be nobody's, or somebody else's
_MAX_TIMES = 10  # that as many more are looked for, when too few of them may be seen
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Found:
    """An entity that a search found, with the other names that the asker may know it by."""

    id: int
    key: str  # of the name that pages say, whatever a person calls it
    name: str
    type: str
    aliases: tuple[str, ...]  # also the names of what was merged into it
    score: float


def search(conn: sa.Connection, scope: Scope, query: str, *, limit: int) -> list[Found]:
    """Named entities first, best match first, then their neighbours; all have a visible live mention."""
    words = _words(query)
    if not words:
        return _found(conn, scope, conn.execute(_visible_entities(scope).limit(limit)).all())
    named = sorted(_named(conn, scope, words), key=lambda one: _rank(one, words, key_of(query)))
    whole = [one for one in named if _share(one, words) == 1.0]
    seeds = [row.id for row in whole or named][:12]
    beside = near(conn, scope, seeds, limit=limit) if seeds else []
    # Half of the places at most are for names that hold all the words; the rest show what lies around them.
    first = [row.id for row in whole[: (limit + 1) // 2]]
    around = [identifier for identifier, _ in beside]
    rest = [row.id for row in named if row.id not in first]
    mixed = [identifier for pair in zip_longest(around, rest) for identifier in pair if identifier is not None]
    ids = list(dict.fromkeys([*first, *mixed]))[:limit]
    found = {one.id: one for one in _found(conn, scope, conn.execute(_by_id(ids)).all())}
    return [found[identifier] for identifier in ids]


def called(conn: sa.Connection, scope: Scope, query: str, *, limit: int) -> list[Found]:
    """Only the entities whose names have words of the query, those that have most of them first."""
    words = _words(query)
    named = _named(conn, scope, words) if words else []
    return sorted(named, key=lambda one: (*_rank(one, words, key_of(query)), one.id))[:limit]


def found_by_id(conn: sa.Connection, scope: Scope, identifier: int) -> Found | None:
    """The entity with that id, if it is of the workspace."""
    rows = conn.execute(_by_id([identifier]).where(entities.c.workspace == scope.workspace)).all()
    return _found(conn, scope, rows)[0] if rows else None


def _words(query: str) -> list[str]:
    found = [fold(span.of(query)) for span in word_spans(query[:500])]
    return [singular(word) for word in found if word not in STOPWORDS][:MAX_QUERY_WORDS]


def _visible_entities(scope: Scope) -> sa.Select[Any]:
    mentioned = is_said(scope, entities.c.id, by=mentions.c.entity)
    return (
        sa.select(entities)
        .where(entities.c.workspace == scope.workspace, entities.c.hidden.is_(False), mentioned)
        .order_by(entities.c.score.desc(), entities.c.id)
    )


def _named(conn: sa.Connection, scope: Scope, words: Sequence[str]) -> list[Found]:
    """
    The entities of whose names, as `scope` may see them, one has a word that begins like one of `words`.

    The names of what was merged into an entity are its names, too.
    """
    rows: dict[int, Any] = {}
    for matching in _matches(conn, scope, words):
        merged = {row.id: row.merged_into for row in matching if row.merged_into is not None}
        said = [name for some in _parts(list(merged)) for name in conn.execute(_said(scope, some)).scalars()]
        own = _seen(conn, scope, [row.id for row in matching if row.merged_into is None])
        through = _seen(conn, scope, list(dict.fromkeys(merged[name] for name in said)))
        rows.update((row.id, row) for row in (*own, *through))
        if len(rows) >= _MAX_NAMED:
            break
    return [one for one in _found(conn, scope, list(rows.values())) if _share(one, words)]


def _matches(conn: sa.Connection, scope: Scope, words: Sequence[str]) -> Iterator[Sequence[Any]]:
    """What matches, some at a time: who sees little may see none of the weightiest."""
    wanted = _matching(scope, words)
    for _ in range(_MAX_TIMES):
        found = conn.execute(wanted).all()
        yield found
        if len(found) < _MAX_MATCHING:
            return
        score, last = found[-1].score, found[-1].id
        is_later = sa.or_(entities.c.score < score, sa.and_(entities.c.score == score, entities.c.id > last))
        wanted = _matching(scope, words).where(is_later)


def _matching(scope: Scope, words: Sequence[str]) -> sa.Select[Any, Any, Any]:
    """
    The entities whose own name or alias has a word that begins like one of `words`, the weightiest first.

    Who may see them is asked afterwards, of so many at once as are shown: in one statement PostgreSQL supposes that it
    is asked of all there are, compiles for so much work, or asks it of each pair that it joins.
    """
    return (
        sa.select(entities.c.id, entities.c.merged_into, entities.c.score)
        .where(entities.c.workspace == scope.workspace, sa.or_(*_begins(entities, words)))
        .order_by(entities.c.score.desc(), entities.c.id)
        .limit(_MAX_MATCHING)
    )


def _seen(conn: sa.Connection, scope: Scope, ids: Sequence[int]) -> list[Any]:
    """Those of the entities that `scope` may see, in the same order, up to _MAX_NAMED."""
    rows: list[Any] = []
    for some in _parts(ids):
        rows += conn.execute(_visible_entities(scope).where(entities.c.id.in_(some))).all()
        if len(rows) >= _MAX_NAMED:
            break
    return rows[:_MAX_NAMED]


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    yield from (ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE))


def _said(scope: Scope, ids: Sequence[int]) -> sa.Select[tuple[int]]:
    """Those of the entities whose own names `scope` may read on a page now."""
    return sa.select(entities.c.id).where(entities.c.id.in_(ids), named_on_visible_pages(scope, entities))


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


def _by_id(ids: Sequence[int]) -> sa.Select[Any]:
    return sa.select(entities).where(entities.c.id.in_(ids))


def _spellings(one: Found) -> list[str]:
    return [one.key, *(key_of(name) for name in (one.name, *one.aliases))]


def _share(one: Found, words: Sequence[str]) -> float:
    """The part of the words that the name has, as whole words or, half as good, as beginnings."""
    best = 0.0
    for spelling in _spellings(one):
        parts = [singular(part) for part in spelling.split(" ")]
        hits = sum(1.0 if word in parts else 0.5 if any(p.startswith(word) for p in parts) else 0.0 for word in words)
        best = max(best, hits / len(words))
    return best


def _rank(one: Found, words: Sequence[str], whole: str) -> tuple[bool, float, float]:
    """Smaller is better: the very name, then the share of the words, then the weight."""
    return (whole not in _spellings(one), -round(_share(one, words), 3), -one.score)


def _found(conn: sa.Connection, scope: Scope, rows: Sequence[Any]) -> list[Found]:
    aliases = seen_aliases(conn, scope, {row.id: row.aliases for row in rows})
    called = also_called(conn, scope, list(aliases))
    return [
        Found(row.id, row.key, row.name, row.type, (*called.get(row.id, ()), *aliases[row.id]), row.score)
        for row in rows
    ]
