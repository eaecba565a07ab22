"""
What is counted of events (`agent_tallies`): for every agent that nominated an item of a slate, one `shown` on the day
of its first `shown`, and one `rewarded` on the day of its first reward.

An earlier one that arrives later moves the count to its day, so the order in which events arrive does not matter.
"""

import math
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from bowerbird.feed.event import DAY_S, is_reward
from bowerbird.records.tables import agent_tallies

__all__ = ["Firsts", "add_to_tallies", "move"]


@dataclass(slots=True)
class Firsts:
    """When an item of a slate was first shown, and first rewarded."""

    shown: float = math.inf
    rewarded: float = math.inf

    def see(self, kind: str, value: float | None, at_s: float) -> None:
        """Take in an event of it."""
        if kind == "shown":
            self.shown = min(self.shown, at_s)
        elif is_reward(kind, value):
            self.rewarded = min(self.rewarded, at_s)


def add_to_tallies(
    conn: sa.Connection, workspace: str, shown: "Counter[tuple[str, int]]", rewarded: "Counter[tuple[str, int]]"
) -> None:
    """Add to the tallies by agent and day, or take away."""
    changes = {
        spot: (shown[spot], rewarded[spot]) for spot in sorted({*shown, *rewarded}) if shown[spot] or rewarded[spot]
    }
    if not changes:
        return
    known = {
        (row.agent, row.day)
        for row in conn.execute(
            sa.select(agent_tallies.c.agent, agent_tallies.c.day).where(
                agent_tallies.c.workspace == workspace,
                agent_tallies.c.day.in_(sorted({day for _, day in changes})),
            )
        )
    }
    new = [
        {"workspace": workspace, "agent": agent, "day": day, "shown": more, "rewarded": better}
        for (agent, day), (more, better) in changes.items()
        if (agent, day) not in known
    ]
    if new:
        conn.execute(sa.insert(agent_tallies), new)
    old = [
        {"of": agent, "on": day, "more": more, "better": better}
        for (agent, day), (more, better) in changes.items()
        if (agent, day) in known
    ]
    if old:
        conn.execute(
            sa.update(agent_tallies)
            .where(
                agent_tallies.c.workspace == workspace,
                agent_tallies.c.agent == sa.bindparam("of"),
                agent_tallies.c.day == sa.bindparam("on"),
            )
            .values(
                shown=agent_tallies.c.shown + sa.bindparam("more", type_=sa.BigInteger()),
                rewarded=agent_tallies.c.rewarded + sa.bindparam("better", type_=sa.BigInteger()),
            ),
            old,
        )


def move(counts: "Counter[tuple[str, int]]", agent: str, was_s: float, now_s: float) -> None:
    """Count a first time, or move it to the day that it has now."""
    if now_s == was_s:
        return
    if was_s != math.inf:
        counts[agent, _day(was_s)] -= 1
    counts[agent, _day(now_s)] += 1


def _day(at_s: float) -> int:
    return int(at_s // DAY_S)
