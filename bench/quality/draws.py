"""
Whether the probabilities that a slate logs are those of its draws, and beliefs do not depend on the order of events.

All of it of the usual way to draw an agent, by a Beta distribution for each; other ways (`feed.thompson`) are not
looked at here.

    sum      of the propensities of all items of a place, over 2,000 places of candidates, agents and beliefs by chance:
             the greatest distance from 1
    draws    the first place of a slate drawn 100,000 times: how often each item came against its propensity, the
             greatest distance, and χ² (a p below .001 comes by chance once in a thousand worlds; three worlds)
    order    the same 400 events (some of them twice) of 20 people told in 30 orders, in parts of any size: how many
             orders lead to other tallies of agents, or other beliefs about them

`python -m bench.quality.draws`
"""

import random
import tempfile
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from scipy import stats

from bench.quality.feed_product import Done, Goods
from bench.quality.feed_records import Written, write_world
from bench.report import write
from bowerbird.feed.agents import default_agents
from bowerbird.feed.compose import LEVELS, Inputs, Likeness, Weights, compose, propensities
from bowerbird.feed.events import NewEvent, keep_events
from bowerbird.feed.profile import read_profile
from bowerbird.kernel.clock import ManualClock
from bowerbird.learn import beliefs
from bowerbird.records import Records, open_records
from bowerbird.records.tables import agent_tallies, items, persons, slates

SEED: Final = 29
DRAWS: Final = 100_000
WORLDS: Final = 3
PLACES_TRIED: Final = 2_000
ORDERS: Final = 30
PEOPLE, EVENTS = 20, 400
NAMES: Final = tuple(agent.name for agent in default_agents())
NOW_S: Final = 1_780_000_000.0


def a_world(seed: int, *, n: int, length: int) -> tuple[Inputs, Likeness]:
    """Candidates of four sources and three categories, and what six agents say and are believed to be worth."""
    rng = np.random.default_rng(seed)
    k = len(NAMES)
    tried = rng.integers(0, 200, (2, k)).astype(np.float64)
    given = Inputs(
        seed=seed,
        length=length,
        names=NAMES,
        beliefs=beliefs(tried[0], tried[1], np.full(k, 0.1), 20.0),
        items=np.arange(1, n + 1),
        steps=rng.integers(0, LEVELS + 1, (k, n)).astype(np.uint16),
        sources=rng.integers(0, 4, n).astype(np.int32),
        categories=rng.integers(-1, 3, n).astype(np.int32),
        wanted=rng.dirichlet(np.ones(3)),
        weights=Weights(),
    )
    return given, Likeness(rng.integers(-40, 41, (n, 16)).astype(np.int8))


def greatest_miss() -> float:
    """Of the sums of propensities from 1."""
    misses: list[float] = []
    for seed in range(PLACES_TRIED // 5):
        given, alike = a_world(seed, n=20, length=5)
        taken: list[int] = []
        for one in compose(given, alike):
            misses.append(abs(sum(propensities(given, alike, taken).values()) - 1.0))
            taken.append(one.at)
    return max(misses)


def drawn(seed: int) -> tuple[float, float]:
    """The greatest distance of a frequency from its propensity, and χ²'s p."""
    given, alike = a_world(seed, n=12, length=1)
    chances = propensities(given, alike, [])
    seen = Counter(compose(replace(given, seed=draw), alike)[0].at for draw in range(DRAWS))
    assert seen.keys() <= chances.keys()
    at = sorted(chances)
    frequencies, expected = np.array([seen[one] for one in at]), np.array([chances[one] for one in at])
    p = stats.chisquare(frequencies, DRAWS * expected / expected.sum()).pvalue if len(at) > 1 else 1.0
    return float(np.abs(frequencies / DRAWS - expected).max()), float(p)


def furnish(records: Records, clock: ManualClock) -> tuple[Written, list[str]]:
    """Thirty items, people, and a slate of each person's; with the items' keys."""
    vectors = np.random.default_rng(SEED).normal(size=(30, 384)).astype(np.float32)
    goods = Goods(vectors, np.arange(30) % 4, np.full(30, NOW_S - 9e6), people=PEOPLE)
    nothing = np.empty(0, np.int64)
    written = write_world(records, clock, goods, Done(nothing, nothing, np.empty(0), np.empty(0, np.bool_)))

    def keep(conn: sa.Connection) -> list[str]:
        rng = random.Random(SEED)
        keys = conn.execute(sa.select(items.c.key).order_by(items.c.id)).scalars().all()
        for number, scope in enumerate(written.scopes):
            places = [[row, 0.2, rng.sample(NAMES, 2)] for row in rng.sample(range(1, 31), 10)]
            values: dict[str, Any] = {"id": f"s{number}", "workspace": scope.workspace, "person": scope.person}
            values |= {"made_at": NOW_S - 3600.0, "level": "agents", "length": 10, "entries": [], "stamps": []}
            conn.execute(sa.insert(slates).values(values | {"inputs": b"", "places": places}))
        return list(keys)

    return written, records.write(keep)


def made_up(people: dict[str, str], keys: list[str]) -> list[NewEvent]:
    """What they did, with some of it told twice."""
    rng = random.Random(SEED)
    kinds = ("shown", "shown", "opened", "saved", "liked", "hidden", "dwelt", "unsaved")
    made = [
        NewEvent(
            rng.choice(keys),
            rng.choice(kinds),
            NOW_S - rng.randrange(3_000),
            person=(who := rng.choice(list(people))),
            slate=people[who],
            value=rng.choice([2.0, 20.0]),
        )
        for _ in range(EVENTS)
    ]
    return made + rng.sample(made, EVENTS // 10)


def believed(order: int) -> tuple[list[tuple[str, int, int, int]], object]:
    """Tallies and beliefs after the events in that order."""
    clock = ManualClock(NOW_S)
    with tempfile.TemporaryDirectory() as folder:
        records = open_records(f"sqlite:///{Path(folder) / 'bowerbird.db'}")
        written, keys = furnish(records, clock)
        ids = [scope.person for scope in written.scopes]
        people = records.read(lambda conn: conn.execute(sa.select(persons).where(persons.c.id.in_(ids))).all())
        named = {str(row.external_id): str(row.id) for row in people}
        told = made_up({name: f"s{ids.index(person)}" for name, person in sorted(named.items())}, keys)
        rng = random.Random(order)
        rng.shuffle(told)
        while told:
            some = rng.randint(1, 60)
            part, told = told[:some], told[some:]
            records.write(partial(keep_events, workspace=written.scope.workspace, events=part, clock=clock))
        tallies = records.read(
            lambda conn: conn.execute(
                sa.select(agent_tallies).order_by(agent_tallies.c.agent, agent_tallies.c.day)
            ).all()
        )
        tried = [
            sorted(records.read(partial(read_profile, scope=scope, clock=clock)).tried.items())
            for scope in written.scopes
        ]
        records.close()
    counts = [(row.agent, row.day, row.shown, row.rewarded) for row in tallies]
    beliefs_of = [[(name, round(one.rewarded, 9), round(one.unrewarded, 9)) for name, one in each] for each in tried]
    return counts, beliefs_of


def main() -> None:
    """All three."""
    worlds = [drawn(seed) for seed in range(WORLDS)]
    first, *others = [believed(order) for order in range(ORDERS)]
    figures = {
        "propensities of a place, agents drawn by Beta: greatest distance of their sum from 1": float(
            f"{greatest_miss():.1e}"
        ),
        f"{DRAWS} draws of such a place: greatest distance of a frequency from its propensity": round(
            max(miss for miss, _ in worlds), 5
        ),
        "… χ², smallest p of three worlds": round(min(p for _, p in worlds), 3),
        f"orders of {EVENTS} events that lead to other beliefs, of {ORDERS}": sum(other != first for other in others),
    }
    counted = sum(shown for *_, shown, _ in first[0])
    write("draws", figures, notes=f"Seed {SEED}; {counted} places shown in each order. bench/quality/draws.py.")


if __name__ == "__main__":
    main()
