"""Which sources say the name of each entity: one that is new may mean something else by it."""

from collections.abc import Iterable

import sqlalchemy as sa

from bowerbird.records.tables import entities, entity_sources

__all__ = ["keep_sources"]

_CHUNK = 500  # databases bound the number of values in one statement


def keep_sources(conn: sa.Connection, said: Iterable[tuple[int, str]]) -> None:
    """Remember who says what: entities with the source; what a source says for the first time is compared anew."""
    wanted = sorted(set(said))
    for first in range(0, len(wanted), _CHUNK):
        some = wanted[first : first + _CHUNK]
        rows = sa.select(entity_sources.c.entity, entity_sources.c.source).where(
            entity_sources.c.entity.in_({entity for entity, _ in some}),
            entity_sources.c.source.in_({source for _, source in some}),
        )
        known = {(row.entity, row.source) for row in conn.execute(rows)}
        fresh = [(entity, source) for entity, source in some if (entity, source) not in known]
        if fresh:
            conn.execute(sa.insert(entity_sources), [{"entity": entity, "source": source} for entity, source in fresh])
            ids = {entity for entity, _ in fresh}
            conn.execute(sa.update(entities).where(entities.c.id.in_(ids)).values(compared=False))
