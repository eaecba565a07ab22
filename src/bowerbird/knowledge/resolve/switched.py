"""
What follows for names when a source is kept to oneself, or is shown: what one person alone may see tells nothing of
them.
"""

from typing import Any

import sqlalchemy as sa

from bowerbird.knowledge.resolve.senses import told
from bowerbird.knowledge.resolve.settle import settle
from bowerbird.records.tables import entities, entity_sources, sources

__all__ = ["source_switched"]


def source_switched(conn: sa.Connection, workspace: str, source: str) -> None:
    """Compare anew what the source says, and call nothing by it that others mean as well and may not see it."""
    said = sa.select(entity_sources.c.entity).where(entity_sources.c.source == source)
    again = sa.update(entities).where(entities.c.id.in_(said), entities.c.sense == 0)
    conn.execute(again.values(compared=False))
    switched = conn.execute(sa.select(sources).where(sources.c.id == source)).one()
    if switched.private_to == "":
        return
    name, made = entities.alias("name"), entities.alias("made")
    began = conn.execute(
        sa.select(made.c.id, made.c.read_name, name.c.read_name.label("plain"))
        .select_from(entity_sources)
        .join(made, made.c.id == entity_sources.c.means)
        .join(name, name.c.id == entity_sources.c.entity)
        .where(entity_sources.c.source == source)
    ).all()
    changed: set[int] = set()
    for row in began:
        if row.read_name.endswith(f" {told(switched)}"):
            other = _public_source(conn, row.id)
            called = row.plain if other is None else f"{row.plain} {told(other)}"
            conn.execute(sa.update(entities).where(entities.c.id == row.id).values(read_name=called))
            changed.add(row.id)
    if changed:
        settle(conn, workspace, changed)


def _public_source(conn: sa.Connection, made: int) -> Any:
    """The first source that means it and that everybody in the workspace sees; None if there is none."""
    means_it = sa.and_(entity_sources.c.means == made, entity_sources.c.apart, sources.c.private_to == "")
    wanted = sa.select(sources).join(entity_sources, entity_sources.c.source == sources.c.id).where(means_it)
    return conn.execute(wanted.order_by(entity_sources.c.at, sources.c.id)).first()
