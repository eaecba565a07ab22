"""What a curator decides of an entity, through whichever door: done, and written into the audit log, at once or not."""

from collections.abc import Callable
from typing import TypeAlias

import sqlalchemy as sa

from bowerbird.accounts import audit
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.resolve import Decision, history, undo

__all__ = ["Deciding", "decide", "undo_of"]

Deciding: TypeAlias = Callable[[sa.Connection], Decision]


def decide(conn: sa.Connection, by: audit.Actor, work: Deciding, *, clock: Clock) -> Decision:
    """What `work` decides; its audit row names no entity by more than its number, for not everyone sees its pages."""
    decision = work(conn)
    audit.record(
        conn,
        by,
        f"entity.{decision.kind}",
        str(decision.entity),
        clock=clock,
        decision=decision.id,
        other=decision.other,
        undoes=decision.undoes,
    )
    return decision


def undo_of(scope: Scope, entity: int, decision: int, *, clock: Clock) -> Deciding:
    """The work that undoes a decision about this entity; raises NotFound for one about others."""

    def work(conn: sa.Connection) -> Decision:
        if decision not in {told.id for told in history(conn, scope, entity).decisions}:
            raise NotFound(f"no decision {decision} about the entity {entity}; its history lists those there are")
        return undo(conn, scope, decision, clock=clock)

    return work
