"""What agents said to each other, kept with what came of it."""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from bowerbird.agents.message import Message
from bowerbird.kernel.clock import Clock
from bowerbird.records.tables import messages

__all__ = ["KEPT_S", "forget_old", "read_run", "record_run"]

KEPT_S: Final = 30 * 86_400.0
_AT_ONCE: Final = 500


def record_run(conn: sa.Connection, workspace: str, said: Sequence[Message]) -> None:
    """Keep the messages of a run that has ended."""
    if not said:
        return
    rows = [
        {
            "workspace": workspace,
            "run": message.run,
            "seq": message.seq,
            "sender": message.sender,
            "recipient": message.recipient,
            "kind": message.kind,
            "body": message.body,
            "at": message.at,
            "took_ms": message.took_ms,
            "score": message.score,
            "state": "done",
        }
        for message in said
    ]
    conn.execute(sa.insert(messages), rows)


def read_run(conn: sa.Connection, workspace: str, run: str) -> list[Message]:
    """The recorded messages of a run in their order; empty when there are none any more."""
    # The table holds letters too, which are the bus's (`records_bus.py`).
    found = messages.c.workspace == workspace, messages.c.run == run, messages.c.kind != "post"
    rows = conn.execute(sa.select(messages).where(*found).order_by(messages.c.seq))
    return [
        Message(row.run, row.seq, row.sender, row.recipient, row.kind, row.body, row.at, row.took_ms, row.score)
        for row in rows
    ]


def forget_old(conn: sa.Connection, *, clock: Clock) -> int:
    """Forget some of what was said more than a month ago; how many messages went, 0 when there are no more."""
    old = (
        sa.select(messages.c.id)
        .where(messages.c.at < clock.now_s() - KEPT_S, messages.c.state == "done")
        .order_by(messages.c.at)
        .limit(_AT_ONCE)
    )
    return conn.execute(sa.delete(messages).where(messages.c.id.in_(old))).rowcount
