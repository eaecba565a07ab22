"""A slate is made whatever fails, and says what it was made by."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from bowerbird.feed.agents import FeedAgent, default_agents
from bowerbird.feed.catalogue import DIMENSIONS, Catalogue
from bowerbird.feed.panel import Panel
from bowerbird.feed.profile import Act, Profile, Tried
from bowerbird.feed.ranker import MOST, Ranker, prior_rates
from bowerbird.feed.slate import Slate, unpack
from bowerbird.kernel.errors import ModelUnavailable
from bowerbird.learn import win_probabilities
from bowerbird.testing.builders import Library

from .shelves import loaded, put, unit_vectors
from .test_panel import Scripted, raises

TOPIC = unit_vectors(1, seed=42)[0]


class Made:
    """A ranker over a library, and whose slates it makes."""

    def __init__(self, library: Library, agents: tuple[FeedAgent, ...], embed: Any = lambda _: TOPIC) -> None:
        self.panel = Panel(agents, library.clock, deadline_s=5.0)
        self.ranker = Ranker(self.panel, embed, library.clock)
        self.profile = Profile(library.scope, library.clock.now_s())
        self.catalogue: Catalogue = loaded(library)
        self.visible = self.catalogue.visible(self.catalogue.source_ids)

    def slate(self, *, length: int = 10, seed: int = 1, **how: Any) -> Slate:
        rates = prior_rates(self.panel.agents, {}, {})
        return self.ranker.make(self.profile, self.catalogue, self.visible, rates, length=length, seed=seed, **how)


@pytest.fixture
def made(library: Library) -> Iterator[Made]:
    """Ours, over sixty items near to each other in threes and four without a vector."""
    put(library, library.source(), [*unit_vectors(56), *unit_vectors(4, like=TOPIC, noise=0.3), *[None] * 4])
    one = Made(library, default_agents())
    yield one
    one.panel.close()


def test_of_somebody_new_there_is_a_slate_by_all_agents(made: Made) -> None:
    """Also of items that have no vector yet: nothing is lost for want of one."""
    slate = made.slate(length=64)
    assert (slate.level, len(slate.entries)) == ("agents", 64)
    assert {name for entry in slate.entries for name in entry.why} == {agent.name for agent in made.panel.agents}
    assert not any(entry.because for entry in slate.entries)
    assert {name for name, *_ in slate.agents} == {agent.name for agent in made.panel.agents}


def test_without_agents_the_others_make_it(made: Made) -> None:
    slate = made.slate(without=["discovery", "quality"])
    assert slate.level == "agents"
    assert not any({"discovery", "quality"} & entry.why.keys() for entry in slate.entries)


def test_without_any_agent_it_is_made_simply(library: Library, made: Made) -> None:
    """By likeness and quality; it is not kept to be replayed."""
    broken = Made(library, (Scripted(raises(ZeroDivisionError())),))
    broken.profile = replace(broken.profile, acts=(Act(57, "liked", library.clock.now_s(), 3.0),))
    slate = broken.slate(length=3)
    assert (slate.level, slate.inputs) == ("simple", b"")
    assert len(slate.entries) == 3
    assert {*slate.entries[0].why} == {"simple"}
    assert slate.entries[0].item in (58, 59, 60)
    assert [error for *_, error in slate.agents] == ["ZeroDivisionError: "]
    broken.panel.close()
    assert made.slate(without=[agent.name for agent in made.panel.agents]).level == "simple"


def test_trending_is_what_was_liked_most(made: Made) -> None:
    """For whoever it is, of what they may see; each place is certain."""
    made.visible[:30] = False
    slate = made.ranker.trending(made.profile.scope, made.catalogue, made.visible, length=5)
    assert (slate.level, len(slate.entries)) == ("trending", 5)
    assert all(made.visible[made.catalogue.row_of(entry.item)] for entry in slate.entries)
    assert {entry.propensity for entry in slate.entries} == {1.0}
    nothing = made.ranker.trending(made.profile.scope, made.catalogue, made.visible & False, length=5)
    assert nothing.entries == ()


def test_topics_lead_to_what_is_about_them(made: Made) -> None:
    """From the first slate on."""
    made.profile = replace(made.profile, interests=("blue things",))
    assert {57, 58, 59, 60} & {entry.item for entry in made.slate(length=4).entries}


def test_without_the_model_topics_are_left_out(library: Library, made: Made) -> None:
    """A feed does not wait for what only makes it better."""

    def embed(_: str) -> Any:
        raise ModelUnavailable("not loaded")

    one = Made(library, default_agents(), embed)
    one.profile = replace(one.profile, interests=("blue things",))
    assert one.slate().level == "agents"
    one.panel.close()


def test_because_names_what_they_liked_and_may_see(made: Made, library: Library) -> None:
    """Never the item itself, nor one that is closed to them now."""
    now = library.clock.now_s()
    made.profile = replace(made.profile, acts=tuple(Act(item, "liked", now, 3.0) for item in (57, 58)))
    key = {item: made.catalogue.keys[made.catalogue.row_of(item) or 0] for item in (57, 58)}
    by_item = {entry.item: entry.because for entry in made.slate(length=20).entries}
    assert by_item[59] in key.values()
    made.visible[[56, 57]] = False
    for seed in range(5):
        assert not {entry.because for entry in made.slate(seed=seed, length=20).entries} & set(key.values())


def chances(slate: Slate) -> dict[str, float]:
    """How probable it is that each agent fills a place."""
    given, _ = unpack(slate.inputs)
    return dict(zip(given.names, win_probabilities(given.beliefs).tolist(), strict=True))


def test_who_wants_to_be_surprised_is(made: Made) -> None:
    """Serendipity has a greater chance, discovery a smaller one, and unlikeness weighs more."""
    found: list[tuple[float, float, float]] = []
    for surprise in (0.0, 0.3, 1.0):
        made.profile = replace(made.profile, surprise=surprise)
        slate = made.slate()
        of = chances(slate)
        found.append((of["serendipity"], -of["discovery"], -unpack(slate.inputs)[0].weights.relevance))
    assert found == sorted(found)
    assert all(one[at] < two[at] for one, two in pairwise(found) for at in range(3))


def test_whom_the_person_rewards_has_the_greater_say(made: Made) -> None:
    """And whose nominees were passed over has less."""
    plain = chances(made.slate())
    made.profile = replace(made.profile, tried={"freshness": Tried(60.0, 1.0), "quality": Tried(0.0, 60.0)})
    learnt = chances(made.slate())
    assert learnt["freshness"] > 0.95 > plain["freshness"]
    assert learnt["quality"] < plain["quality"]


def test_there_are_never_more_places_than_are_allowed(made: Made) -> None:
    assert len(made.slate(length=10**9).entries) <= MOST
    assert made.slate(length=0).entries == ()
    assert made.slate(length=-3).entries == ()


def test_of_nothing_there_is_an_empty_slate(made: Made) -> None:
    """Everything hidden, or nothing there."""
    made.profile = replace(made.profile, unwanted=frozenset(range(1, 65)), interests=("x",),
                           acts=(Act(57, "hidden", 0.0, -1.0),))  # fmt: skip
    slate = made.slate()
    assert (slate.level, slate.entries, slate.explored) == ("agents", (), 0.0)
    made.visible &= False
    made.profile = replace(made.profile, unwanted=frozenset(), acts=(Act(57, "liked", 0.0, 3.0),))
    assert made.slate().entries == ()
    made.visible = np.zeros(0, bool)
    assert made.slate().entries == ()


def test_an_agents_rate_begins_at_its_prior_and_is_learnt() -> None:
    """And is never more than 1, also when more was rewarded than shown."""
    agent = Scripted(raises(ZeroDivisionError()))
    assert prior_rates([agent], {}, {})["scripted"] == pytest.approx(0.1)
    assert prior_rates([agent], {"scripted": 1e6}, {"scripted": 3e5})["scripted"] == pytest.approx(0.3, abs=0.001)
    assert 0 < prior_rates([agent], {"scripted": 1.0}, {"scripted": 1e6})["scripted"] <= 1.0
    assert len(TOPIC) == DIMENSIONS
