"""What models replied, so that they need not be asked twice, and what they took, by workspace and day."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.records.engine import Records
from bowerbird.records.tables import model_replies, model_usage

__all__ = ["KeptReplies", "Spent", "SpentByModels"]

DAY_S = 86_400.0
MAX_NAME = 128


class KeptReplies:
    """Replies by the key of their request, for so many days."""

    def __init__(self, records: Records, clock: Clock, *, days: float) -> None:
        self._records = records
        self._clock = clock
        self._keep_s = days * DAY_S

    async def get(self, key: str) -> dict[str, Any] | None:
        """What was kept, if it is not too old. Raises StoreUnavailable."""
        oldest = self._clock.now_s() - self._keep_s
        found: dict[str, Any] | None = await self._records.aread(
            lambda conn: conn.execute(
                sa.select(model_replies.c.reply).where(model_replies.c.key == key, model_replies.c.created_at > oldest)
            ).scalar_one_or_none()
        )
        return found

    async def put(self, key: str, reply: dict[str, Any]) -> None:
        """Keep it in place of what was kept before, and forget what is too old. Raises StoreUnavailable."""
        await self._records.awrite(partial(self._put, key=key, reply=reply))

    def _put(self, conn: sa.Connection, *, key: str, reply: dict[str, Any]) -> None:
        now_s = self._clock.now_s()
        too_old = model_replies.c.created_at <= now_s - self._keep_s
        conn.execute(sa.delete(model_replies).where(sa.or_(model_replies.c.key == key, too_old)))
        conn.execute(sa.insert(model_replies).values(key=key, reply=reply, created_at=now_s))


@dataclass(frozen=True, slots=True)
class Spent:
    """What models took; the cost is of the calls whose price is known."""

    tokens_in: int
    tokens_out: int
    cost_usd: float | None


class SpentByModels:
    """The account of what models took."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def spent(self, workspace: str, day: str) -> Spent:
        """All of a day's usage in a workspace. Raises StoreUnavailable."""
        used = model_usage.c
        sums = sa.select(
            sa.func.coalesce(sa.func.sum(used.tokens_in), 0),
            sa.func.coalesce(sa.func.sum(used.tokens_out), 0),
            sa.func.coalesce(sa.func.sum(used.cost_usd), 0.0),
        ).where(used.workspace == workspace, used.day == day)
        row = await self._records.aread(lambda conn: conn.execute(sums).one())
        return Spent(int(row[0]), int(row[1]), float(row[2]))

    async def add(
        self, workspace: str, day: str, model: str, *, tokens_in: int, tokens_out: int, cost_usd: float | None
    ) -> None:
        """Count one more call. Raises StoreUnavailable."""
        more = {"calls": 1, "tokens_in": tokens_in, "tokens_out": tokens_out, "cost_usd": cost_usd or 0.0}
        row = {"day": day, "workspace": workspace, "model": model[:MAX_NAME]}
        await self._records.awrite(partial(_add, row=row, more=more))


def _add(conn: sa.Connection, *, row: dict[str, str], more: dict[str, float]) -> None:
    mine = sa.and_(*(model_usage.c[name] == value for name, value in row.items()))
    added = {name: model_usage.c[name] + value for name, value in more.items()}
    # Writers take turns, so nothing comes between the two.
    if not conn.execute(sa.update(model_usage).where(mine).values(added)).rowcount:
        conn.execute(sa.insert(model_usage).values(row | more))
