"""What a person keeps: the items that they saved and have not let go since."""

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import events

__all__ = ["saved_items"]


def saved_items(conn: sa.Connection, scope: Scope) -> dict[int, float]:
    """The items, whether or not they may still see them, and since when they keep each."""
    rows = conn.execute(
        sa.select(events.c.item, events.c.kind, events.c.at)
        .where(
            events.c.workspace == scope.workspace,
            events.c.person == scope.person,
            events.c.kind.in_(("saved", "unsaved")),
        )
        .order_by(events.c.at, events.c.id)
    )
    newest = {row.item: (row.kind, row.at) for row in rows}
    return {item: at for item, (kind, at) in newest.items() if kind == "saved"}
