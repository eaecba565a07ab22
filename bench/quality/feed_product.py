"""
What the product shows by a real log: records, catalogue, profile, what the log teaches, candidates, agents, draws.

A liking is an event `liked`, anything else that somebody did is `viewed`: it is not shown again and says little.
Nothing was shown by a feed. All items come from one source and state no quality.
"""

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bench.quality.feed_metrics import Floats, Ints
from bench.quality.feed_records import write_world
from bowerbird.feed.agents import default_agents
from bowerbird.feed.catalogue import Catalogue
from bowerbird.feed.forecast import learn, read_tries
from bowerbird.feed.panel import Panel
from bowerbird.feed.profile import Profile, read_profile
from bowerbird.feed.ranker import Ranker, prior_rates
from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge.index.nearest import Floats as Vector
from bowerbird.records import open_records

__all__ = ["Done", "Goods", "shown_by_product"]

KINDS: Final = ("liked", "viewed")


@dataclass(frozen=True, slots=True)
class Goods:
    """The items of a log: arrays by item."""

    embeddings: NDArray[np.float32]
    category: Ints  # -1: none
    created_at: Floats  # seconds since 1970
    people: int

    @property
    def items(self) -> int:
        """How many."""
        return len(self.embeddings)

    @property
    def stated_quality(self) -> Floats:
        """None states any."""
        return np.full(self.items, np.nan)

    @property
    def item_region(self) -> Ints:
        """None has any."""
        return np.full(self.items, -1)

    @property
    def source(self) -> Ints:
        """All have the same."""
        return np.zeros(self.items, np.int64)


@dataclass(frozen=True, slots=True)
class Done:
    """What people did with them, in order of time."""

    person: Ints
    item: Ints
    at: Floats  # seconds since 1970
    liked: NDArray[np.bool_]

    @property
    def kind(self) -> Ints:
        """Of `KINDS`."""
        return np.where(self.liked, 0, 1)

    @property
    def slate(self) -> Ints:
        """None was shown by a feed."""
        return np.full(len(self.person), -1)

    @property
    def position(self) -> Ints:
        """Nor has any a place."""
        return self.slate


def shown_by_product(goods: Goods, done: Done, asked: Ints, *, now_s: float, places: int) -> Ints:
    """The items (asked, places) of a slate for each of those people at that time; -1: an empty place."""
    clock = ManualClock(now_s)
    with tempfile.TemporaryDirectory() as folder:
        records = open_records(f"sqlite:///{Path(folder) / 'bench.db'}")
        try:
            written = write_world(records, clock, goods, done, kinds=KINDS)
            catalogue = Catalogue(written.scope.workspace, clock)
            records.read(catalogue.catch_up)
            tries = records.read(partial(read_tries, workspace=written.scope.workspace))

            def profiled(conn: sa.Connection) -> list[Profile]:
                return [read_profile(conn, written.scopes[person], clock=clock) for person in asked.tolist()]

            profiles = records.read(profiled)
        finally:
            records.close()
    forecast = learn(tries, catalogue, now_s=now_s)
    agents = default_agents()
    panel = Panel(agents, clock, deadline_s=5.0)  # a busy machine must not silence anybody
    ranker, rates = Ranker(panel, _no_topics, clock), prior_rates(agents, {}, {})
    visible = catalogue.visible(written.sources)
    ranking = np.full((len(asked), places), -1, np.int64)
    for row, profile in enumerate(profiles):
        slate = ranker.make(profile, catalogue, visible, rates, length=places, seed=row, forecast=forecast)
        ranking[row, : len(slate.entries)] = [entry.item - 1 for entry in slate.entries]
    panel.close()
    return ranking


def _no_topics(_: str) -> Vector:
    raise AssertionError("nobody of a log picked a topic")
