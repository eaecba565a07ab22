"""How the agents of the feed stand in a workspace: what was shown of theirs, and what is believed of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from scipy import special

from bowerbird.feed.agents import FeedAgent
from bowerbird.feed.ranker import PRIOR_TRIALS, prior_rates
from bowerbird.records.tables import agent_tallies

__all__ = ["Standing", "standings"]


@dataclass(frozen=True, slots=True)
class Standing:
    """One agent's."""

    name: str
    duty: str
    shown: int  # of what it nominated, each place of a slate once
    rewarded: int
    rate: float  # that its nominees are believed to be rewarded at
    between: tuple[float, float]  # where the rate is with 90 of 100


def standings(conn: sa.Connection, workspace: str, agents: Sequence[FeedAgent], *, since_day: int) -> list[Standing]:
    """Of each agent in their order, by what was shown since that day (UTC, since 1970)."""
    rows = conn.execute(
        sa.select(agent_tallies.c.agent, sa.func.sum(agent_tallies.c.shown), sa.func.sum(agent_tallies.c.rewarded))
        .where(agent_tallies.c.workspace == workspace, agent_tallies.c.day >= since_day)
        .group_by(agent_tallies.c.agent)
    ).all()
    tallied = {row[0]: (int(row[1]), int(row[2])) for row in rows}
    return [_standing(agent, *tallied.get(agent.name, (0, 0))) for agent in agents]


def _standing(agent: FeedAgent, shown: int, rewarded: int) -> Standing:
    tried = max(shown, rewarded)  # what was rewarded was seen, also where nobody told so
    won = PRIOR_TRIALS * agent.prior + rewarded
    lost = PRIOR_TRIALS * (1.0 - agent.prior) + tried - rewarded
    (rate,) = prior_rates([agent], {agent.name: shown}, {agent.name: rewarded}).values()
    low, high = (float(special.betaincinv(won, lost, share)) for share in (0.05, 0.95))
    return Standing(agent.name, agent.duty, shown, rewarded, rate, (low, high))
