"""
A slate for a person, made now: candidates, what the agents say of them, and what is drawn from that.

    agents     all that answered have their say; those that did not are left out
    simple     no agent answered: by how near an item is to the person, and its quality
    trending   nothing is known of the person, because the records did not answer: what was liked most lately

One of them always gives a slate, and says which it was.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bowerbird.feed.agents import FeedAgent
from bowerbird.feed.candidates import Near, gather
from bowerbird.feed.catalogue import Catalogue
from bowerbird.feed.compose import LEVELS, Chosen, Inputs, Likeness, Weights, compose
from bowerbird.feed.followed import News, TopicNews
from bowerbird.feed.forecast import FeedForecast
from bowerbird.feed.network import AgentNetwork
from bowerbird.feed.panel import Panel, Said
from bowerbird.feed.places import ENR, half_life_of, left_out_by
from bowerbird.feed.profile import Profile, Tried
from bowerbird.feed.slate import Entry, Level, Slate, pack
from bowerbird.feed.variants import USUAL, Variants
from bowerbird.feed.view import Scores, Taste, look, of_each, taste_of
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Unavailable
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.index.nearest import Floats, Mask, Numbers
from bowerbird.learn import Beliefs, beliefs
from bowerbird.ops.logs import logger

__all__ = ["MOST", "Ranker", "prior_rates"]

MOST: Final = 100  # places of a slate
PRIOR_TRIALS: Final = 200.0  # an agent's own prior against what its workspace has shown
PERSON_TRIALS: Final = 20.0  # what everybody taught of an agent against what this person shows
ALIKE_ENOUGH: Final = 0.25  # below, an item is not said to be there because of another

_log = logger("agent")

Embed = Callable[[str], Floats]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Candidates with what each agent says of them."""

    rows: Numbers
    taste: Taste
    said: Sequence[Said]


class _Expects:
    """A forecast for one person."""

    def __init__(
        self,
        forecast: FeedForecast,
        profile: Profile,
        topics: Sequence[Floats],
        catalogue: Catalogue,
        *,
        now_s: float,
        vector: Floats,
        near: Near,
    ) -> None:
        self._forecast, self._catalogue, self._now_s = forecast, catalogue, now_s
        self._shown = profile.times_shown
        self._vector, self._near = vector, near  # their embedding, and what finds items by it
        self._taste = forecast.taste(profile.scope.person, profile.tries, topics, catalogue, now_s=now_s)

    def welcomed(self, open_: Mask, k: int) -> Numbers:
        """The most welcome of those rows."""
        chosen_from = self._forecast.rows_near(self._near, open_, self._taste, self._vector)
        return chosen_from[np.lexsort((chosen_from, -self.chance(chosen_from)))[:k]]

    def chance(self, rows: Numbers) -> Scores:
        """That they welcome what is in these rows (n,)."""
        before = of_each(self._catalogue.ids[rows], self._shown, 0.0)
        return self._forecast.chance(self._catalogue, rows, self._taste, before, now_s=self._now_s)


class Ranker:
    """Makes slates. Its calls compute for some milliseconds: make them off the event loop."""

    def __init__(self, panel: Panel, embed: Embed, clock: Clock, *, weights: Weights | None = None) -> None:
        """`embed` gives the vector of a topic that a person picked."""
        self._panel = panel
        self._embed = embed
        self._clock = clock
        self._weights = weights or Weights()
        self._topic_news = TopicNews(embed, clock)

    def make(
        self,
        profile: Profile,
        catalogue: Catalogue,
        visible: Mask,
        rates: Mapping[str, float],
        *,
        length: int,
        without: Sequence[str] = (),
        seed: int | None = None,
        forecast: FeedForecast | None = None,
        near: Near | None = None,
        variants: Variants = USUAL,
        network: AgentNetwork | None = None,
    ) -> Slate:
        """
        A slate of up to `length` places from the rows that `visible` marks.

        `rates` are what each agent's nominees earn in the workspace (`prior_rates`). The seed is drawn unless given.
        `forecast` is what was learnt of the workspace, if it was.
        `near` finds what is near to the person, if not the catalogue. `variants` are the person's.
        `network` is what was learnt of the agents, if it was; who is drawn by one is drawn as usual without.
        """
        began_s = self._clock.monotonic_s()
        seed = secrets.randbits(62) if seed is None else seed
        length = max(0, min(length, MOST))
        topics = self._topics(profile)
        taste = taste_of(profile, catalogue, topics, half_life_s=half_life_of(variants.embedding))
        without = (*without, *left_out_by(variants.agents, [agent.name for agent in self._panel.agents]))
        now_s = self._clock.now_s()
        expects = (
            None
            if forecast is None
            else _Expects(
                forecast, profile, topics, catalogue, now_s=now_s, vector=taste.vector, near=near or catalogue
            )
        )
        welcomed = None if expects is None else expects.welcomed
        news = self._news(profile, catalogue, now_s)
        rows = gather(
            profile, taste, catalogue, visible, seed=seed, wanted=length, near=near, welcomed=welcomed,
            followed=None if news is None else news.among,
        )  # fmt: skip
        chance = None if expects is None else expects.chance(rows)
        followed = None if news is None else news.freshness(rows)
        view = look(profile, taste, catalogue, rows, now_s=now_s, chance=chance, followed=followed)
        weighed = _Weighed(rows, taste, self._panel.ask(view, without=without) if len(rows) else [])
        answered = [said for said in weighed.said if said.scores is not None]
        level: Level = "agents" if answered or not len(rows) else "simple"
        if level == "simple":
            simple = 0.6 * np.clip(view.affinity, 0.0, 1.0) + 0.4 * view.quality
            answered = [Said("simple", 0.0, simple)]
        vectors = catalogue.vectors[rows]
        given = self._inputs(profile, catalogue, weighed, answered, rates, length=length, seed=seed)
        imagined = None
        if network is not None and variants.thompson == ENR and level == "agents" and given.names:
            imagined = network.rates(given.names, profile)
        given = replace(given, variants=variants.unusual, imagined=imagined)
        chosen = compose(given, Likeness(vectors))
        return Slate(
            id=new_id(self._clock),
            scope=profile.scope,
            made_at=now_s,
            level=level,
            entries=_entries(chosen, catalogue, weighed, visible, news),
            length=length,
            variants=variants,
            inputs=pack(given, vectors) if level == "agents" else b"",
            took_ms=1000 * (self._clock.monotonic_s() - began_s),
            agents=tuple((said.name, said.took_ms, _mean(said.scores), said.error) for said in weighed.said),
        )

    def _topics(self, profile: Profile) -> list[Floats]:
        """The vectors of what they picked; without the model, what they did has to do."""
        try:
            return [self._embed(topic) for topic in profile.interests]
        except Unavailable as error:
            _log.warning("feed.interests_not_embedded", error=str(error))
            return []

    def _news(self, profile: Profile, catalogue: Catalogue, now_s: float) -> News | None:
        """What is new of what they follow; without the model, topics bring nothing."""
        followed = profile.followed
        if not followed:
            return None
        topics: list[tuple[Numbers, str]] = []
        try:
            topics += [(self._topic_news.rows(topic, catalogue), follow) for topic, follow in followed.topics]
        except Unavailable as error:
            _log.warning("feed.topics_not_embedded", error=str(error))
        return News(followed, catalogue, topics, now_s=now_s)

    def trending(self, scope: Scope, catalogue: Catalogue, visible: Mask, *, length: int) -> Slate:
        """What was liked most lately, for whoever it is."""
        rows = catalogue.trending[catalogue.trending < len(visible)]
        rows = rows[visible[rows]][: max(0, min(length, MOST))]
        worth = 0.5 ** np.arange(len(rows))
        entries = tuple(
            Entry(
                item=int(catalogue.ids[row]),
                key=catalogue.keys[row],
                title=catalogue.titles[row],
                score=float(score),
                why={"trending": float(score)},
                propensity=1.0,
                nominated_by=("trending",),
                explored=False,
            )
            for row, score in zip(rows.tolist(), worth.tolist(), strict=True)
        )
        return Slate(new_id(self._clock), scope, self._clock.now_s(), "trending", entries, length=length)

    def _inputs(
        self,
        profile: Profile,
        catalogue: Catalogue,
        weighed: _Weighed,
        answered: Sequence[Said],
        rates: Mapping[str, float],
        *,
        length: int,
        seed: int,
    ) -> Inputs:
        rows = weighed.rows
        scores = [said.scores for said in answered if said.scores is not None]
        names = tuple(said.name for said in answered)
        return Inputs(
            seed=seed,
            length=length,
            names=names,
            beliefs=_believed(names, profile, rates),
            items=catalogue.ids[rows],
            steps=np.rint(np.array(scores, np.float64).reshape(len(names), len(rows)) * LEVELS).astype(np.uint16),
            sources=catalogue.sources[rows],
            categories=catalogue.categories[rows],
            wanted=weighed.taste.categories.astype(np.float64),
            weights=_suited(self._weights, profile.surprise),
        )


def prior_rates(
    agents: Sequence[FeedAgent], shown: Mapping[str, float], rewarded: Mapping[str, float]
) -> dict[str, float]:
    """What each agent's nominees earn: what the workspace has seen of it, and the agent's own prior until then."""
    return {
        agent.name: (PRIOR_TRIALS * agent.prior + rewarded.get(agent.name, 0.0))
        / (PRIOR_TRIALS + max(shown.get(agent.name, 0.0), rewarded.get(agent.name, 0.0)))
        for agent in agents
    }


def _believed(names: Sequence[str], profile: Profile, rates: Mapping[str, float]) -> Beliefs:
    tried = [profile.tried.get(name, Tried()) for name in names]
    # What the person chose between familiar and surprising speaks for the agents that stand for it, within bounds.
    leaning = np.array([_leaning(name, profile.surprise) for name in names])
    prior = np.clip(np.array([rates.get(name, 0.05) for name in names]) * leaning, 0.001, 0.95)
    return beliefs(
        np.array([one.rewarded for one in tried]), np.array([one.unrewarded for one in tried]), prior, PERSON_TRIALS
    )


def _leaning(name: str, surprise: float) -> float:
    """How much more than by default (.3) an agent is expected to be rewarded by somebody who chose so."""
    shift = surprise - 0.3
    return {"serendipity": 1.0 + 2.5 * shift, "discovery": 1.0 - 0.7 * shift}.get(name, 1.0)


def _suited(weights: Weights, surprise: float) -> Weights:
    """Whoever wants to be surprised gets a more varied slate."""
    shift = surprise - 0.3
    return replace(
        weights,
        relevance=float(np.clip(weights.relevance - 0.3 * shift, 0.3, 0.95)),
        calibration=float(np.clip(weights.calibration * (1.0 - shift), 0.0, 1.0)),
    )


def _entries(
    chosen: Sequence[Chosen], catalogue: Catalogue, weighed: _Weighed, visible: Mask, news: News | None
) -> tuple[Entry, ...]:
    rows = [int(weighed.rows[one.at]) for one in chosen]
    because = _because(np.array(rows, np.int64), catalogue, weighed.taste, visible)
    rewarded = catalogue.counts(np.array(rows, np.int64)).rewarded.tolist()
    return tuple(
        Entry(
            item=one.item,
            key=catalogue.keys[row],
            title=catalogue.titles[row],
            score=one.score,
            why=one.why,
            propensity=one.propensity,
            nominated_by=one.nominated_by,
            explored=one.explored,
            because=reason,
            rewarded=round(count, 2),
            follow="" if news is None else news.follow_of(row),
        )
        for one, row, reason, count in zip(chosen, rows, because, rewarded, strict=True)
    )


def _because(rows: Numbers, catalogue: Catalogue, taste: Taste, visible: Mask) -> list[str]:
    """
    For each row the key of what the person liked that it is most like; empty when it is like none of it.

    What they liked when they could still see it is not named.
    """
    if not len(rows):
        return []
    liked = catalogue.rows_of(taste.anchor_items, size=len(visible))
    named = np.flatnonzero((liked >= 0) & visible[liked])
    if not len(named):
        return [""] * len(rows)
    liked = liked[named]
    alike = catalogue.unit(rows) @ taste.anchors[named].T
    alike[rows[:, None] == liked[None, :]] = -1.0  # nothing is there because of itself
    best = np.argmax(alike, axis=1)
    is_alike = alike[np.arange(len(rows)), best] >= ALIKE_ENOUGH
    return [catalogue.keys[liked[one]] if is_so else "" for one, is_so in zip(best, is_alike, strict=True)]


def _mean(scores: Scores | None) -> float | None:
    return None if scores is None or not len(scores) else float(scores.mean())
