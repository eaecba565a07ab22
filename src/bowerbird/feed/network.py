"""
What a network believes of the agents, for each person: the other way of drawing whose nominee is shown.

The arms are the agents, as in the usual way (`learn/thompson.py`), and a reward is the reward of all who nominated what
was shown. But what one person teaches of an agent holds for people who are like them: the network (`learn/enr.py`)
reads how each agent has done with the person until then, and which agent it is about.

It is learnt from the events of a workspace once somebody is to have it; while these are few there is none, and the
usual way draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.feed.event import is_reward
from bowerbird.feed.profile import TRIED_HALF_LIFE_S, Profile, Tried
from bowerbird.learn import Enr
from bowerbird.learn import enr as networks
from bowerbird.records.tables import events, feed_people

__all__ = ["STEPS", "AgentNetwork", "Nomination", "learn_network", "read_nominations"]

Floats = NDArray[np.float64]

STEPS: Final = 65_535  # rates are kept as whole numbers of this many steps
MOST_EVENTS: Final = 60_000  # the newest
LEAST_SHOWN: Final = 300
LEAST_REWARDED: Final = 30
USUAL_RATE: Final = 0.1  # of reward, of an agent of which a person has seen nothing
USUAL_TRIALS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Nomination:
    """What somebody was shown in a place of a slate, who of the agents had nominated it, and whether it was welcome."""

    at: float
    agents: tuple[str, ...]
    won: bool


@dataclass(frozen=True, slots=True)
class AgentNetwork:
    """What was learnt of a workspace's agents."""

    names: tuple[str, ...]  # that it has seen; of all others it knows that it knows nothing
    enr: Enr

    def rates(self, names: Sequence[str], profile: Profile) -> NDArray[np.uint16]:
        """The rate of reward that each of these agents may have with the person, by each index (k, m), in steps."""
        counts = np.zeros((2, len(self.names)))
        for at, name in enumerate(self.names):
            tried = profile.tried.get(name, Tried())
            counts[:, at] = tried.rewarded, tried.unrewarded
        context = np.repeat(_context(counts)[None], len(names), axis=0)
        found = self.enr.rates(context, np.array([_action(self.names, name) for name in names]))
        return np.rint(STEPS * found).astype(np.uint16)


def read_nominations(conn: sa.Connection, workspace: str) -> list[list[Nomination]]:
    """What was shown to each person lately, in its order; what they took back or begun anew from is left out."""
    columns = events.c
    rows = conn.execute(
        sa.select(columns.person, columns.slate, columns.item, columns.kind, columns.at, columns.value, columns.agents)
        .outerjoin_from(events, feed_people, feed_people.c.person == columns.person)
        .where(
            columns.workspace == workspace,
            columns.slate.is_not(None),
            columns.agents.is_not(None),
            columns.at > sa.func.coalesce(feed_people.c.reset_at, 0.0),
        )
        .order_by(columns.at.desc(), columns.id.desc())
        .limit(MOST_EVENTS)
    ).all()
    found: list[list[Nomination]] = []
    for _, theirs in groupby(sorted(rows, key=lambda row: row.person), key=lambda row: row.person):
        shown: dict[tuple[str, int], tuple[float, Sequence[str]]] = {}
        won: set[tuple[str, int]] = set()
        for row in theirs:
            place = row.slate, row.item
            if row.kind == "shown":
                shown[place] = row.at, row.agents
            elif is_reward(row.kind, row.value):
                won.add(place)
        in_order = sorted((at, place, agents) for place, (at, agents) in shown.items())
        found.append([Nomination(at, tuple(agents), place in won) for at, place, agents in in_order])
    return found


def learn_network(people: Sequence[Sequence[Nomination]]) -> AgentNetwork | None:
    """What these teach; None while they are too few. It takes some seconds: call it off the event loop."""
    shown = [one for theirs in people for one in theirs]
    if len(shown) < LEAST_SHOWN or sum(one.won for one in shown) < LEAST_REWARDED:
        return None
    names = tuple(sorted({name for one in shown for name in one.agents}))
    numbers = {name: at for at, name in enumerate(names)}
    contexts: list[Floats] = []
    actions: list[Floats] = []
    won: list[bool] = []
    for theirs in people:
        counts = np.zeros((2, len(names)))  # rewarded and not, as they were when each was shown
        last_s = theirs[0].at if theirs else 0.0
        for one in theirs:
            counts *= 0.5 ** ((one.at - last_s) / TRIED_HALF_LIFE_S)
            last_s = one.at
            context = _context(counts)
            for name in one.agents:
                contexts.append(context)
                actions.append(_action(names, name))
                won.append(one.won)
                counts[int(not one.won), numbers[name]] += 1.0
    return AgentNetwork(names, networks.fit(networks.Tried(np.array(contexts), np.array(actions), np.array(won))))


def _context(counts: Floats) -> Floats:
    """What is known of a person, from how often each agent's nominees were welcome to them and not (2, k)."""
    tried = counts.sum(axis=0)
    rate = (counts[0] + USUAL_TRIALS * USUAL_RATE) / (tried + USUAL_TRIALS)
    whole = (counts[0].sum() + USUAL_TRIALS * USUAL_RATE) / (tried.sum() + USUAL_TRIALS)
    return np.concatenate(([1.0, 3.0 * whole, np.log1p(tried.sum()) / 3.0], 3.0 * rate, np.log1p(tried) / 3.0))


def _action(names: Sequence[str], name: str) -> Floats:
    """Which agent it is; the last number stands for one that it has not seen."""
    found = np.zeros(len(names) + 1)
    found[names.index(name) if name in names else len(names)] = 1.0
    return found
