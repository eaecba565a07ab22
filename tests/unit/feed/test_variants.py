"""Variants and slates: which they change, and that nobody is ever given one that was made by others."""

import json
import random
from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pytest

from bowerbird.experiments import Places, Plan, Rules, Trials, create, decide, read, start, stop
from bowerbird.feed import Around, Feeds, Only, Packed, Replayed, Shelf, Ticket, key_of, local_feeds
from bowerbird.feed.agents import FeedAgent, default_agents
from bowerbird.feed.places import FIRST_FOUR, half_life_of, left_out_by, places_of
from bowerbird.feed.profile import Act, Profile
from bowerbird.feed.profiles import Profiles
from bowerbird.feed.variants import FEED_PLACES, USUAL, Variants
from bowerbird.feed.view import taste_of
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.nouns import Scope
from bowerbird.testing.builders import Library

from .shelves import TOPIC, kept_inputs, loaded, put, unit_vectors

DAY_S = 86_400.0
PLAN = read(Plan, {"hypothesis": "h", "metric": "m", "metrics": [{"name": "m", "kinds": ["opened"]}]})


class Told:
    """A maker whose slates say by which variants and for whom they were made."""

    is_cut_off = False

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.made = 0

    async def slate(
        self, scope: Scope, *, length: int, only: Only, variants: Variants = USUAL, can_wait: bool = False
    ) -> Packed:
        self.made += 1
        told = json.dumps([scope.person, list(astuple(variants))]).encode()
        return Packed(f"s{self.made}", "agents", self.clock.now_s(), (), told, b"[]")

    async def shelf(self, scope: Scope, *, most: int) -> Shelf:
        raise NotImplementedError

    async def around(self, scope: Scope, item: int, *, most: int) -> Around:
        raise NotImplementedError

    async def replay(self, scope: Scope, slate: str, *, without: Sequence[str] = ()) -> Replayed:
        raise NotImplementedError

    async def resting(self) -> tuple[str, ...]:
        return ()

    async def warm(self) -> None:
        """Nothing."""

    async def close(self) -> None:
        """Nothing."""


class Process:
    """Feeds and trials of one process, and the tickets that it remembers."""

    def __init__(self, library: Library, places: Places) -> None:
        self.trials = Trials(library.records, places, library.clock)
        profiles = Profiles(library.records, library.clock)
        self.feeds = Feeds(library.records, Told(library.clock), profiles, library.clock, trials=self.trials)
        self.tickets: dict[str, Ticket] = {}
        self.from_memory = 0

    async def ask(self, scope: Scope, *, fresh: bool) -> Any:
        """As `web/hot.py` does: by the ticket while it holds, else in full."""
        ticket = self.tickets.get(scope.person)
        if not fresh and ticket is not None and (found := self.feeds.peek(ticket)) is not None:
            self.from_memory += 1
            return json.loads(found.value.told)
        served = await self.feeds.slate(scope, length=3, fresh=fresh)
        if (ticket := self.feeds.ticket(scope, 3)) is not None:
            self.tickets[scope.person] = ticket
        return json.loads(served.packed.told)

    async def close(self) -> None:
        await self.feeds.close()
        await self.trials.close()


@pytest.mark.parametrize("seed", range(12))
async def test_nobody_is_given_a_slate_of_another_variant(library: Library, seed: int) -> None:
    """Whatever begins, ends, is shipped and taken back, in two processes, in any order: as without any memory."""
    rng = random.Random(seed)
    places = Places(places_of(default_agents()))
    processes = [Process(library, places) for _ in range(2)]
    people = [Scope(library.scope.workspace, library.person(f"p{number}")) for number in range(4)]
    states: dict[str, str] = {}

    def act() -> None:
        number = len(states)
        clock, who = library.clock, library.scope
        running = [name for name, state in states.items() if state == "running"]
        shipped = [name for name, state in states.items() if state == "shipped"]
        what = rng.choice(["start", "start", "stop", "ship", "undo"])
        if what == "start" and len(running) < 3:
            place = rng.choice([one for one in places if one.name in FEED_PLACES])
            names = rng.sample([one.name for one in place.variants], 2)
            given = {"variants": [{"name": name} for name in names], "place": place.name, "layer": place.name}
            rules = read(Rules, given | {"layer_share": 0.3})
            name = f"e{number}"
            library.records.write(lambda conn: create(conn, who, name, PLAN, rules, clock=clock, places=places))
            library.records.write(lambda conn: start(conn, who, name, clock=clock, places=places))
            states[name] = "running"
        elif what == "stop" and running:
            name = rng.choice(running)
            library.records.write(lambda conn: stop(conn, who, name, clock=clock))
            states[name] = "stopped"
        elif what == "ship" and running:
            name = rng.choice(running)
            variant = rng.choice(_variants(library, name))
            library.records.write(lambda conn: decide(conn, who, name, "ship", "Yes.", clock=clock, variant=variant))
            states[name] = "shipped"
        elif what == "undo" and shipped:
            name = rng.choice(shipped)
            library.records.write(lambda conn: decide(conn, who, name, "roll back", "No.", clock=clock))
            states[name] = "back"

    for _ in range(150):
        if rng.random() < 0.15:
            act()
        if rng.random() < 0.05:
            library.clock.advance(rng.choice([1.0, 100.0, 400.0]))
        scope, process = rng.choice(people), rng.choice(processes)
        fresh = Trials(library.records, places, library.clock)
        expected = Variants.of(await fresh.look(scope, FEED_PLACES))
        await fresh.close()
        assert await process.ask(scope, fresh=rng.random() < 0.1) == [scope.person, list(astuple(expected))]
    assert sum(process.from_memory for process in processes) > 10
    for process in processes:
        await process.close()


def _variants(library: Library, name: str) -> list[str]:
    from bowerbird.experiments import find

    found = library.records.read(lambda conn: find(conn, library.scope.workspace, name))
    return [one for one, _ in found.rules.weights]


def test_no_two_variants_share_a_key_or_a_stamp() -> None:
    """Of all that there are; usual ones are as if there were none."""
    places = {place.name: [one.name for one in place.variants] for place in places_of(default_agents())}
    every = [Variants(a, t, e) for a in places["feed.agents"] for t in places["feed.thompson"]
             for e in places["feed.embedding"]]  # fmt: skip
    scope = Scope("w", "p")
    assert len({key_of(scope, 5, variants=one) for one in every}) == len(every)
    assert len({one.stamp for one in every}) == len(every)
    assert USUAL.stamp == ()
    assert (USUAL.text, USUAL.unusual) == ("", {})
    assert every[0] == USUAL


class Named:
    """A plug-in."""

    duty, prior = "Is there.", 0.1

    def __init__(self, name: str) -> None:
        self.name = name

    def score(self, view: Any) -> Any:
        return np.full(len(view), 0.5)


def test_every_agent_can_be_left_out_plugged_in_ones_too() -> None:
    """One whose name is no name of a variant can only be left out with others; of one agent there is no choice."""
    agents: list[FeedAgent] = [*default_agents(), Named("Lucky"), Named("Ünlucky")]
    names = [agent.name for agent in agents]
    place = next(one for one in places_of(agents) if one.name == "feed.agents")
    for variant in place.variants[1:-1]:
        (left_out,) = left_out_by(variant.name, names)
        assert left_out in variant.does
    assert left_out_by("without-lucky", names) == ("Lucky",)
    assert not place.has("without-ünlucky")
    assert set(names) - set(left_out_by("first-four", names)) == set(FIRST_FOUR)
    assert left_out_by("without-gone", names) == left_out_by("all", names) == ()
    assert not any(one.name == "feed.agents" for one in places_of(agents[:1]))


def test_the_embedding_follows_its_half_life(library: Library) -> None:
    """What was liked long ago counts less with a week, and as much as all else without decay."""
    put(library, library.source(), unit_vectors(2))
    catalogue = loaded(library)
    old, new = catalogue.unit(np.array([0, 1]))
    now_s = library.clock.now_s()
    acts = [Act(int(catalogue.ids[at]), "liked", now_s - ago_s, 1.0) for at, ago_s in ((1, 0.0), (0, 30 * DAY_S))]
    profile = replace(Profile(library.scope, now_s), acts=tuple(acts))

    def ratio(variant: str) -> float:
        vector = taste_of(profile, catalogue, [], half_life_s=half_life_of(variant)).vector
        weights, *_ = np.linalg.lstsq(np.array([old, new]).T, vector, rcond=None)
        return float(weights[0] / weights[1])

    assert ratio("half-life-30-days") == pytest.approx(0.5, abs=0.01)
    assert ratio("half-life-7-days") == pytest.approx(0.5 ** (30 / 7), abs=0.01)
    assert ratio("no-decay") == pytest.approx(1.0, abs=0.01)
    assert half_life_of("gone") == half_life_of(USUAL.embedding)


async def test_a_slate_that_is_kept_holds_for_its_variants_only(library: Library) -> None:
    """A process that has just started gives out what another made a moment ago, to whom it was made for."""
    put(library, library.source(), unit_vectors(12))
    fewer = Variants(agents="without-quality")
    first, later = (local_feeds(library.records, lambda _: TOPIC, library.clock) for _ in range(2))
    made = await first.slate(library.scope, length=4, variants=fewer)
    assert "quality" not in kept_inputs(library, made.packed.id).names
    usual = await later.slate(library.scope, length=4)
    assert usual.packed.id != made.packed.id
    third = local_feeds(library.records, lambda _: TOPIC, library.clock)
    library.clock.advance(1)
    made = await first.slate(library.scope, length=5, variants=fewer)
    assert (await third.slate(library.scope, length=5, variants=fewer)).packed.id == made.packed.id
    for one in (first, later, third):
        await one.close()
