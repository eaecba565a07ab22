"""What the agents are and did, as the page and the API show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import sqlalchemy as sa

from bowerbird.agents import Figures, agent_figures
from bowerbird.kernel.nouns import Scope
from bowerbird.wiring import App

__all__ = ["OVER", "AgentRow", "Breaking", "Over", "list_agents"]

Over = Literal["hour", "day", "month"]
Breaking = Literal["none", "closed", "open", "half-open"]
OVER: Final[Mapping[Over, tuple[str, float]]] = {
    "hour": ("Last hour", 3_600.0),
    "day": ("Last day", 86_400.0),
    "month": ("Last 30 days", 30 * 86_400.0),
}


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent, and how it did."""

    name: str
    duty: str
    deadline_s: float
    breaker: Breaking  # "none" for an agent that asks nothing outside
    figures: Figures


def list_agents(conn: sa.Connection, app: App, scope: Scope, over: Over) -> list[AgentRow]:
    """The agents in the order in which they are asked, with what they did for the workspace over that time."""
    since_s = app.clock.now_s() - OVER[over][1]
    figures = agent_figures(conn, scope.workspace, since_s=since_s)
    return [
        AgentRow(
            name=agent.name,
            duty=agent.duty,
            deadline_s=agent.deadline_s,
            breaker=agent.breaker.state if agent.breaker else "none",
            figures=figures.get(agent.name, Figures(calls=0, failures=0)),
        )
        for agent in app.asker.team(scope)
    ]
