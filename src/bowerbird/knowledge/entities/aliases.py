"""
Other names of entities, and which source says them: an entity is shared by all that mention it, but who may see one
source must not learn what only another calls it.
"""

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope
from bowerbird.records import visible
from bowerbird.records.tables import entity_aliases

__all__ = ["keep_aliases", "seen_aliases"]

_CHUNK = 500  # databases bound the number of values in one statement


def keep_aliases(conn: sa.Connection, said: Iterable[tuple[int, str, str]]) -> None:
    """Remember who says what: entities with the source and the alias; what is known already, once."""
    wanted = sorted(set(said))
    for first in range(0, len(wanted), _CHUNK):
        some = wanted[first : first + _CHUNK]
        ids = {entity for entity, _, _ in some}
        known = {
            (row.entity, row.source, row.alias)
            for row in conn.execute(sa.select(entity_aliases).where(entity_aliases.c.entity.in_(ids)))
        }
        fresh = [
            {"entity": entity, "source": source, "alias": alias}
            for entity, source, alias in some
            if (entity, source, alias) not in known
        ]
        if fresh:
            conn.execute(sa.insert(entity_aliases), fresh)


def seen_aliases(conn: sa.Connection, scope: Scope, aliases: Mapping[int, Sequence[str]]) -> dict[int, tuple[str, ...]]:
    """Of the `aliases` of each entity those that a source says which `scope` may see, in their order."""
    having = sorted(entity for entity, names in aliases.items() if names)
    said: dict[int, set[str]] = {}
    for first in range(0, len(having), _CHUNK):
        rows = conn.execute(
            sa.select(entity_aliases.c.entity, entity_aliases.c.alias).where(
                entity_aliases.c.entity.in_(having[first : first + _CHUNK]),
                entity_aliases.c.source.in_(visible(scope)),
            )
        )
        for row in rows:
            said.setdefault(row.entity, set()).add(row.alias)
    return {entity: tuple(name for name in names if name in said.get(entity, ())) for entity, names in aliases.items()}
