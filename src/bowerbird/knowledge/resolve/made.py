"""Entities for what is meant by a name that is already an entity's: what was split off, or told apart."""

from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.records.tables import entities

__all__ = ["make_sense"]


def make_sense(conn: sa.Connection, name: Any, *, called: str, kind: str, clock: Clock) -> int:
    """The id of an entity that is made with the key of the row `name`, for another sense of it."""
    of_key = sa.and_(entities.c.workspace == name.workspace, entities.c.key == name.key)
    last = conn.execute(sa.select(sa.func.max(entities.c.sense)).where(of_key)).scalar_one()
    made = sa.insert(entities).values(
        workspace=name.workspace,
        key=name.key,
        sense=last + 1,
        name=called,
        type=kind,
        read_name=called,
        read_type=kind,
        aliases=[],
        score=name.score,
        compared=True,
        created_at=clock.now_s(),
    )
    return int(conn.execute(made.returning(entities.c.id)).scalar_one())
