"""
A world of people and items whose true relevance is known, for a ranker to be measured in; frozen before any ranker was.

Everything is drawn with NumPy from one seed, and `FROZEN` is the SHA-256 of all of it: the world, its history and its
truth. NumPy promises no stream across versions; should one change, the test of the digest says so. Nothing was run on
this world when it was frozen but the references below and, once, the mean embedding of what people opened (nDCG@10 of
.34).

**Topics.** 32 in 8 groups of four, of sizes by Zipf's law with exponent .8 in random order. A topic is a direction in
384 dimensions, half of its length its group's, so that related topics resemble each other (cosine .5).

**Items.** A mixture of topics: one for 60 of 100 items, two for the rest, the second from the same group in half of
the cases. *Quality* (0 to 1) is Beta(4, 3) moved by what its source is worth; what a catalogue *states* of it is off by
.08 (standard deviation) and missing for 10 of 100. 40 of 100 items concern one of five regions, the rest any. Category
is the topic's group for 80 of 100, else any. 40 sources of Zipfian sizes. *Appeal* is what makes people open an item
whether they welcome it or not. 57 of 100 items were there before the history starts, 40 arrive evenly over the 90
days until `NOW`, three on the last of them, as when a batch is imported. The history ends a day before `NOW`, hence
what arrives on the last day is cold. The *embedding* (unit length) is the topics' directions by the mixture, plus
noise of length .8 in all directions, plus length .6 in 16 directions that all items share (how a text is written rather
than what about): two items of one topic have a cosine of about .5, as texts have.

**People.** Two to five *interests*, from popular topics rather than not, in half of the cases of a group that is
already liked; the first weighs 1, each further one less, down to .4. One or two *hidden* interests of weight .5 to .9
from the rarer half of the topics: few items are about them, so that a history made by popularity hardly shows
them, and only exploring finds them. 35 of 100 people *drift*: around a day of their own an interest other than their
first fades within about a week, and another grows in its place. Half of the people say which region they live in. A
*style*, four numbers for each person and item, is what no text says and only what people do can tell.

**Relevance**, P(the person would welcome the item, if they looked at it), is the logistic function of
    -4.5
    + 5.5 x affinity: the item's mixture by the person's weights; a topic of a liked group counts .2
    + 3 x (quality - .57)
    - 2 if the item concerns another region than the person's
    - 1.5 x staleness: 1 - 2^(-age / half-life); the half-life is 5 days in categories 0 and 1, 30 days in 2 and 3,
      in others nothing is ever stale
    + .25 x style (standard normal over all pairs)
    - .8 x fatigue: the item's mixture by how much of each topic the person opened (half-life of 3 days)
    - .3 for each time it was looked at and not opened
    + .35 x a standard normal of this person and this item alone, that nothing foretells
and a tenth of that once it was opened, or nothing at all once it was hidden.

**How the numbers were chosen**, before any ranker was written and looking only at what is named here: so that less
than a tenth of what the policy shows is opened when it is looked at; that 10 to 60 acts are known of most people; that
a seventh of the best ten is about hidden interests while a thirtieth of the openings is; and, for an aim of .85 to ask
for much and yet be possible, that *learnable* lies about there (two drafts, with sparser histories and more noise,
had it at .60 and .74).

**History.** Ten places a page: each by a coin's toss any item there is, or one by how often it was opened in the last
14 days (plus a little appeal), never one that the person opened or hid already. People come on three to eight days in
ten, from some day of the first month on, until they did 25 to 60 things; 10 of 100 come in the last ten days only,
5 of 100 never came. A page is looked at from the top (*cascade*): they look at the first place; after a place that
they did not open they go on with .9, after one that they opened with .6. Of what is looked at, P(opened) is
.9 x relevance + .1 x appeal; one that was opened since it is welcome is saved with .25 and liked with .35, one that was
opened for its appeal hidden with .1, one that was not opened hidden with .015 x (1 - relevance). `shown` is kept of
all ten places, looked at or not, as a server that sends a page would. On every third of their days people also *find*
something by themselves, as by searching: of 300 items drawn from all there are, one by the square of its relevance as
far as they know their interests, hence without the hidden ones. It is opened, and saved or liked if it is welcome, with
no page and no place (both -1). `Pages` is this process: `react` lets a ranker go on where the history ends.

**Figures.** nDCG@10 (see `feed_metrics`) with the relevance at `NOW` as its gain, over all items and all people, the
oracle being 1; apart, for those with at least ten acts (`History.acts`, all but `shown`) and for the others, who are
new. References (`references`):
- *ceiling*: knows each person's and each item's hidden numbers and what happened, hence all that any number of events
  of any people could ever reveal; not the part that is of one person and one item alone. The noise ceiling.
- *public ceiling*: the same knowledge of people's interests and regions, but of an item only what a catalogue has: its
  topics estimated from the embedding, stated quality, region, category, age. No style. What content alone can reach.
- *learnable*: knows each item's hidden numbers, how the world works and which places were looked at, but of the
  interests only what this history tells (the most likely weights by logistic regression on what was looked at or found,
  from the population's means and variances as the prior; drift, and how tired people were at the time, are left out).
  About what is to be had from so sparse a history, not a bound; and of no use where `react` has tired people more.
- *public learnable*: the same of people's interests, and of an item only what a catalogue has, as above.
- *random*, *popularity* (openings so far), *recent popularity* (openings of the last 14 days): none shows what the
  person opened or hid.
"""

import hashlib
from dataclasses import dataclass, fields
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.quality.feed_metrics import Floats, Ints, ndcg, top

__all__ = [
    "FROZEN",
    "KINDS",
    "NOW",
    "SEED",
    "History",
    "Pages",
    "World",
    "digest",
    "history",
    "pages",
    "references",
    "truth",
    "world",
]

Bools: TypeAlias = NDArray[np.bool_]

SEED: Final = 20_261_129
FROZEN: Final = "fece95911a1bc54256e219e04b6c908e41efa8d978ace649e054471298a43fff"
KINDS: Final = ("shown", "opened", "saved", "liked", "hidden")  # `History.kind` counts from here
SHOWN, OPENED, SAVED, LIKED, HIDDEN = range(5)

DAY_S: Final = 86_400.0
START: Final = 1_767_225_600.0  # 2026-01-01
DAYS: Final = 90
NOW: Final = START + DAYS * DAY_S
ANYWHERE: Final = -1

GROUPS: Final = 8
TOPICS: Final = 32
REGIONS: Final = 5
SOURCES: Final = 40
STYLES: Final = 4
DIMENSIONS: Final = 384
PLACES: Final = 10
POPULAR_DAYS: Final = 14
HALF_LIFE_DAYS: Final = np.array([5, 5, 30, 30, np.inf, np.inf, np.inf, np.inf])


@dataclass(frozen=True, slots=True)
class World:
    """Arrays by item and by person. *Hidden* ones are for measuring; a ranker may look at the others."""

    seed: int
    embeddings: NDArray[np.float32]  # (items, 384), unit length
    stated_quality: Floats  # 0 to 1; NaN where nothing is stated
    item_region: Ints  # -1 is anywhere
    category: Ints
    source: Ints
    created_at: Floats  # seconds since 1970
    person_region_told: Ints  # -1 is not told

    topic_directions: Floats  # hidden (topics, 384)
    topic_group: Ints  # hidden
    item_topics: Floats  # hidden (items, topics), rows sum to 1
    quality: Floats  # hidden
    appeal: Floats  # hidden
    item_style: Floats  # hidden (items, styles)
    interests: Floats  # hidden (people, topics), before the drift
    interests_after: Floats  # hidden, after it
    hidden_interests: Bools  # hidden (people, topics): which of them a history hardly shows
    drift_at: Floats  # hidden; NaN for who does not drift
    person_region: Ints  # hidden
    person_style: Floats  # hidden (people, styles)
    first_day: Ints  # hidden; -1 for who never came
    visit_rate: Floats  # hidden, pages a day
    most_acts: Ints  # hidden

    @property
    def items(self) -> int:
        return len(self.embeddings)

    @property
    def people(self) -> int:
        return len(self.interests)


@dataclass(frozen=True, slots=True)
class History:
    """What happened, in order of time, and the state (hidden) in which it leaves people."""

    person: Ints
    item: Ints
    kind: Ints  # index into KINDS
    at: Floats  # seconds since 1970
    slate: Ints  # -1 for what people found by themselves
    position: Ints  # from 0; -1 likewise

    looked_at: Bools  # hidden: for each event, whether the person looked at that place
    fatigue: Floats  # hidden (people, topics)
    passed: NDArray[np.uint8]  # hidden (people, items): how often looked at and not opened
    opened: Bools  # (people, items)
    hidden: Bools  # (people, items)

    @property
    def acts(self) -> Ints:
        """How much each person did, being shown something left out."""
        return np.bincount(self.person[self.kind != SHOWN], minlength=len(self.opened))


def world(seed: int = SEED, *, items: int = 2_000, people: int = 400) -> World:
    """The world of this seed and size; the frozen one is that of the defaults."""
    rng = np.random.default_rng([seed, items, people])
    group = np.arange(TOPICS, dtype=np.int64) // (TOPICS // GROUPS)
    own, shared = _unit(rng.standard_normal((TOPICS, DIMENSIONS))), _unit(rng.standard_normal((GROUPS, DIMENSIONS)))
    directions = _unit(own + shared[group])
    share = _zipf(TOPICS, 0.8)[rng.permutation(TOPICS)]

    first = rng.choice(TOPICS, items, p=share)
    mixtures = _mixtures(first, group, share, rng)
    category = np.where(rng.random(items) < 0.8, group[first], rng.integers(0, GROUPS, items))
    source = rng.choice(SOURCES, items, p=_zipf(SOURCES, 1.0))
    quality = np.clip(rng.beta(4, 3, items) + rng.normal(0, 0.08, SOURCES)[source], 0, 1)
    stated = np.clip(quality + rng.normal(0, 0.08, items), 0, 1)
    stated[rng.random(items) < 0.1] = np.nan
    region = np.where(rng.random(items) < 0.4, rng.choice(REGIONS, items, p=_zipf(REGIONS, 0.8)), ANYWHERE)
    embeddings = _embeddings(mixtures @ directions, rng)

    interests, hidden = _interests(people, group, share, rng)
    after, drift_at = _drift(interests, hidden, share, rng)
    person_region = rng.choice(REGIONS, people, p=_zipf(REGIONS, 0.8))
    coming = rng.random(people)
    late, first_days = rng.integers(80, DAYS - 1, people), rng.integers(0, 30, people)
    return World(
        seed=seed,
        embeddings=embeddings,
        stated_quality=stated,
        item_region=region,
        category=category,
        source=source,
        created_at=_created(items, rng),
        person_region_told=np.where(rng.random(people) < 0.5, person_region, ANYWHERE),
        topic_directions=directions,
        topic_group=group,
        item_topics=mixtures,
        quality=quality,
        appeal=rng.beta(2, 5, items),
        item_style=rng.standard_normal((items, STYLES)),
        interests=interests,
        interests_after=after,
        hidden_interests=hidden,
        drift_at=drift_at,
        person_region=person_region,
        person_style=rng.standard_normal((people, STYLES)) / np.sqrt(STYLES),
        first_day=np.where(coming < 0.05, -1, np.where(coming < 0.15, late, first_days)),
        visit_rate=rng.uniform(0.3, 0.8, people),
        most_acts=rng.integers(25, 61, people),
    )


def _unit(vectors: Floats) -> Floats:
    scaled: Floats = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return scaled


def _zipf(count: int, exponent: float) -> Floats:
    weights = 1 / np.arange(1, count + 1, dtype=np.float64) ** exponent
    shares: Floats = weights / weights.sum()
    return shares


def _mixtures(first: Ints, group: Ints, share: Floats, rng: np.random.Generator) -> Floats:
    """One topic, or two of which the second has at most half of the weight."""
    count = len(first)
    within = rng.random(count) < 0.5
    kin = group[first] * (TOPICS // GROUPS) + rng.integers(0, TOPICS // GROUPS, count)
    second = np.where(within, kin, rng.choice(TOPICS, count, p=share))
    weight = np.where(rng.random(count) < 0.6, 0.0, rng.uniform(0.2, 0.5, count))
    mixtures = np.zeros((count, TOPICS))
    rows = np.arange(count)
    mixtures[rows, first] += 1 - weight
    mixtures[rows, second] += weight
    return mixtures


def _embeddings(about: Floats, rng: np.random.Generator) -> NDArray[np.float32]:
    everywhere = rng.standard_normal(about.shape) / np.sqrt(DIMENSIONS)
    ways = _unit(rng.standard_normal((16, DIMENSIONS)))
    written = rng.standard_normal((len(about), 16)) / 4 @ ways
    return _unit(_unit(about) + 0.8 * everywhere + 0.6 * written).astype(np.float32)


def _created(items: int, rng: np.random.Generator) -> Floats:
    """Three in five within the 300 days before the start, the rest in the 90 since; some on the last day."""
    before, since = START - rng.uniform(0, 300, items) * DAY_S, START + rng.uniform(0, DAYS, items) * DAY_S
    last_day = NOW - rng.uniform(0, 1, items) * DAY_S
    kind = rng.random(items)
    return np.where(kind < 0.03, last_day, np.where(kind < 0.6, before, since))


def _interests(people: int, group: Ints, share: Floats, rng: np.random.Generator) -> tuple[Floats, Bools]:
    """The weights of each person's interests, known and hidden; and which are hidden."""
    interests, hidden = np.zeros((people, TOPICS)), np.zeros((people, TOPICS), np.bool_)
    rare = np.argsort(share, kind="stable")[: TOPICS // 2]
    for person in range(people):
        for weight in np.linspace(1, 0.4, int(rng.integers(2, 6))):
            liked = interests[person] > 0
            kin = np.isin(group, group[liked]) & ~liked
            open_to = kin if kin.any() and rng.random() < 0.5 else ~liked
            odds = share * open_to
            interests[person, rng.choice(TOPICS, p=odds / odds.sum())] = weight
        found = rng.permutation(rare[interests[person, rare] == 0])[: int(rng.integers(1, 3))]
        interests[person, found] = rng.uniform(0.5, 0.9, len(found))
        hidden[person, found] = True
    return interests, hidden


def _drift(interests: Floats, hidden: Bools, share: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The weights after the drift, and when it happens."""
    after = interests.copy()
    drift_at = np.full(len(interests), np.nan)
    for person in np.flatnonzero(rng.random(len(interests)) < 0.35):
        fading = np.flatnonzero((interests[person] > 0) & (interests[person] < 1) & ~hidden[person])
        old = int(rng.choice(fading))
        odds = share * (interests[person] == 0)
        after[person, rng.choice(TOPICS, p=odds / odds.sum())] = interests[person, old]
        after[person, old] = 0
        drift_at[person] = START + rng.uniform(30, 80) * DAY_S
    return after, drift_at


@dataclass(frozen=True, slots=True)
class _Known:
    """What somebody who ranks knows of items: the truth, or what can be estimated of it."""

    topics: Floats
    quality: Floats
    style: Floats  # zeros where it is not known
    alone: bool  # whether what is of one person and one item alone is known


def _all_of(w: World, *, alone: bool = True) -> _Known:
    return _Known(w.item_topics, w.quality, w.item_style, alone)


def _tastes(w: World, people: Ints, at: float) -> Floats:
    """The weights of the topics at that time, with a fifth for the kin of what is liked."""
    since_days = np.nan_to_num((at - w.drift_at[people]) / DAY_S, nan=-1e3)
    moved = (1 / (1 + np.exp(-np.clip(since_days, -60, 60) / 1.5)))[:, None]
    return _with_kin(w, (1 - moved) * w.interests[people] + moved * w.interests_after[people])


def _with_kin(w: World, weights: Floats) -> Floats:
    kin = weights.reshape(len(weights), GROUPS, TOPICS // GROUPS).max(2)[:, w.topic_group]
    spread: Floats = np.maximum(weights, 0.2 * kin)
    return spread


def _logits(w: World, known: _Known, people: Ints, items: Ints, *, at: float, tastes: Floats) -> Floats:
    """
    Relevance without what a person went through, on the logistic scale.

    `items` is either one list for all `people` or a list (people, places) for each.
    """
    affinity = _products(tastes, known.topics[items])
    elsewhere = (w.item_region[items] != ANYWHERE) & (w.item_region[items] != w.person_region[people][:, None])
    age_days = np.maximum(at - w.created_at[items], 0) / DAY_S
    stale = 1 - 2 ** (-age_days / HALF_LIFE_DAYS[w.category[items]])
    style = _products(w.person_style[people], known.style[items])
    logits: Floats = (
        -4.5 + 5.5 * affinity + 3 * (known.quality[items] - 0.57) - 2 * elsewhere - 1.5 * stale + 0.25 * style
    )
    if known.alone:
        logits = logits + 0.35 * _of_one_pair(w.seed, people[:, None], items)
    return logits


def _products(of_people: Floats, of_items: Floats) -> Floats:
    """(people, n) by (items, n) or by (people, places, n): the inner products, (people, items or places)."""
    products: Floats = (of_people[:, None, :] @ np.swapaxes(of_items, -1, -2))[:, 0, :]
    return products


def _of_one_pair(seed: int, people: Ints, items: Ints) -> Floats:
    """A standard normal number for each pair, the same whenever it is asked for (splitmix64, then Box and Muller)."""
    pair = (people.astype(np.uint64) << np.uint64(32)) + items.astype(np.uint64)
    with np.errstate(over="ignore"):
        first = _mixed(pair * np.uint64(2) + np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15))
        second = _mixed(first + np.uint64(0x9E3779B97F4A7C15))
    radius: Floats = np.sqrt(-2 * np.log((first >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54))
    angle: Floats = np.cos(2 * np.pi * (second >> np.uint64(11)).astype(np.float64) * 2.0**-53)
    return radius * angle


def _mixed(number: NDArray[np.uint64]) -> NDArray[np.uint64]:
    number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return number ^ (number >> np.uint64(31))


def _logistic(logits: Floats) -> Floats:
    chances: Floats = 1 / (1 + np.exp(-logits))
    return chances


class Pages:
    """People reading pages, a day at a time, everybody who comes on that day at once."""

    def __init__(self, w: World, rng: np.random.Generator) -> None:
        self.w, self.rng = w, rng
        self.known = _all_of(w)
        self.day = 0
        self.fatigue = np.zeros((w.people, TOPICS))
        self.passed = np.zeros((w.people, w.items), np.uint8)
        self.opened = np.zeros((w.people, w.items), np.bool_)
        self.hidden = np.zeros((w.people, w.items), np.bool_)
        self.acts = np.zeros(w.people, np.int64)
        self.openings = [np.zeros(w.items, np.int64)]  # of each item, for each day; none before the first
        self.slates = 0
        self.events: list[NDArray[np.float64]] = []

    def live(self) -> None:
        """A day of the history: who comes, what the policy shows them, what they do."""
        w = self.w
        there = (w.first_day >= 0) & (w.first_day <= self.day) & (self.acts < w.most_acts)
        people = np.flatnonzero(there & (self.rng.random(w.people) < w.visit_rate))
        self.react(people, self._slates(people))

    def react(self, people: Ints, slates: Ints) -> None:
        """
        The next day: `people` (each at most once) are shown `slates` (people, places), find things, and react.

        A place of -1 is empty. The history ends with day 88; the day after `NOW` is the second after it.
        """
        self.fatigue *= 0.5 ** (1 / 3)
        self.openings.append(np.zeros(self.w.items, np.int64))
        tired = self.fatigue.copy()  # a page is chosen from at once: what is opened tires from the next day on
        at = START + (self.day + self.rng.uniform(7, 23, len(people)) / 24) * DAY_S
        self._find(people, at, tired)
        chances = self._relevance(people, slates, _tastes(self.w, people, self._noon), tired)
        looking = np.ones(len(people), np.bool_)
        for place in range(slates.shape[1]):
            looking = looking & self._look(
                people, slates[:, place], chances[:, place], looking=looking, at=at, place=place
            )
        self.slates += len(people)
        self.day += 1

    @property
    def _noon(self) -> float:
        return START + (self.day + 0.5) * DAY_S

    @property
    def _live(self) -> Ints:
        return np.flatnonzero(self.w.created_at <= START + self.day * DAY_S)

    def _find(self, everybody: Ints, at: Floats, tired: Floats) -> None:
        """One thing in three days that people look for by themselves, among what they know that they like."""
        w, rng = self.w, self.rng
        searching = rng.random(len(everybody)) < 1 / 3
        people, at = everybody[searching], at[searching]
        drawn = rng.choice(self._live, (len(people), 300))
        since = (self._noon - w.drift_at[people] > 0)[:, None]  # NaN compares as not yet
        aware = np.where(since, w.interests_after[people], w.interests[people]) * ~w.hidden_interests[people]
        wanted = self._relevance(people, drawn, _with_kin(w, aware), tired) ** 2
        wanted[(self.opened | self.hidden)[people[:, None], drawn]] = 1e-12
        items = drawn[np.arange(len(people)), np.argmax(np.log(wanted) + rng.gumbel(size=wanted.shape), axis=1)]
        chances = self._relevance(people, items[:, None], _tastes(w, people, self._noon), tired)[:, 0]
        welcomed = rng.random(len(people)) < chances
        opens = np.ones(len(people), np.bool_)
        saves, likes = welcomed & (rng.random(len(people)) < 0.25), welcomed & (rng.random(len(people)) < 0.35)
        for kind, who, after_s in ((OPENED, opens, -300), (SAVED, saves, -270), (LIKED, likes, -260)):
            self._keep(kind, who, people, items, at=at + after_s, place=-1, looks=opens)
        self._count(people, items)

    def _slates(self, people: Ints) -> Ints:
        """Ten different items for each, from twice as many draws; -1 where even those were too few."""
        w, rng, draws = self.w, self.rng, 2 * PLACES
        live = self._live
        recent = np.sum(self.openings[-POPULAR_DAYS:], axis=0)[live]
        odds = np.cumsum(recent + 0.5 * w.appeal[live])
        popular = live[np.searchsorted(odds, rng.random((len(people), draws)) * odds[-1])]
        anything = live[rng.integers(0, len(live), (len(people), draws))]
        drawn = np.where(rng.random((len(people), draws)) < 0.5, popular, anything)
        earlier = np.tril(np.ones((draws, draws), np.bool_), -1)
        again = ((drawn[:, :, None] == drawn[:, None, :]) & earlier).any(2)
        unfit = again | (self.opened | self.hidden)[people[:, None], drawn]
        order = np.argsort(unfit, axis=1, kind="stable")[:, :PLACES]
        chosen = np.take_along_axis(np.where(unfit, -1, drawn), order, axis=1)
        return chosen.astype(np.int64)

    def _relevance(self, people: Ints, slates: Ints, tastes: Floats, tired: Floats) -> Floats:
        items = np.maximum(slates, 0)
        logits = _logits(self.w, self.known, people, items, at=self._noon, tastes=tastes)
        fatigue = _products(tired[people], self.w.item_topics[items])
        return _logistic(logits - 0.8 * fatigue - 0.3 * self.passed[people[:, None], items])

    def _look(self, people: Ints, items: Ints, chances: Floats, *, looking: Bools, at: Floats, place: int) -> Bools:
        """Everybody at the same place of their pages; whether they go on to the next."""
        rng, count = self.rng, len(people)
        there = items >= 0
        looks = looking & there
        welcome, luck = 0.9 * chances, rng.random(count)
        opens = looks & (luck < welcome + 0.1 * self.w.appeal[items])
        welcomed = opens & (luck < welcome)
        saves, likes = welcomed & (rng.random(count) < 0.25), welcomed & (rng.random(count) < 0.35)
        hides = looks & (rng.random(count) < np.where(opens, 0.1 * ~welcomed, 0.015 * (1 - chances)))
        for kind, who, after_s in (
            (SHOWN, there, 0),
            (OPENED, opens, 2),
            (SAVED, saves, 30),
            (LIKED, likes, 40),
            (HIDDEN, hides, 20),
        ):
            self._keep(kind, who, people, items, at=at + 60 * place + after_s, place=place, looks=looks)
        self.passed[people[looks & ~opens], items[looks & ~opens]] += 1
        self.hidden[people[hides], items[hides]] = True
        self._count(people[opens], items[opens])
        return rng.random(count) < np.where(opens, 0.6, 0.9)

    def _count(self, people: Ints, items: Ints) -> None:
        """These openings, at most one a person."""
        self.opened[people, items] = True
        self.fatigue[people] += self.w.item_topics[items]
        np.add.at(self.openings[-1], items, 1)

    def _keep(self, kind: int, who: Bools, people: Ints, items: Ints, *, at: Floats, place: int, looks: Bools) -> None:
        rows = np.flatnonzero(who)
        alike = np.ones(len(rows))
        slates = self.slates + rows if place >= 0 else -alike
        columns = (people[rows], items[rows], kind * alike, at[rows], slates, place * alike, looks[rows])
        self.events.append(np.column_stack(columns))
        self.acts[people[rows]] += kind != SHOWN

    def told(self) -> History:
        """All that happened so far."""
        events = np.concatenate(self.events)
        events = events[np.lexsort((events[:, 2], events[:, 5], events[:, 4], events[:, 3]))]
        whole = events.astype(np.int64)
        return History(
            person=whole[:, 0],
            item=whole[:, 1],
            kind=whole[:, 2],
            at=events[:, 3].copy(),
            slate=whole[:, 4],
            position=whole[:, 5],
            looked_at=events[:, 6] > 0,
            fatigue=self.fatigue * 0.5 ** (1 / 3),  # as it is on the day that comes
            passed=self.passed.copy(),
            opened=self.opened.copy(),
            hidden=self.hidden.copy(),
        )


def pages(w: World) -> Pages:
    """The pages of this world as they stand when its history ends, a day before `NOW`; always the same."""
    read = Pages(w, np.random.default_rng([w.seed, w.items, w.people, 1]))
    for _ in range(DAYS - 1):
        read.live()
    return read


def history(w: World) -> History:
    """What happened in this world until a day before `NOW`; always the same."""
    return pages(w).told()


def truth(w: World, past: History, people: Ints | None = None, *, at: float = NOW) -> Floats:
    """The relevance (people, items) to each of `people` (all, when None): the gains of nDCG, 0 to 1."""
    return _expected(w, past, _all_of(w), np.arange(w.people) if people is None else people, at=at)


def _expected(
    w: World, past: History, known: _Known, people: Ints, tastes: Floats | None = None, *, at: float = NOW
) -> Floats:
    """What somebody with that knowledge would expect the relevance to be."""
    weights = _tastes(w, people, at) if tastes is None else tastes
    logits = _logits(w, known, people, np.arange(w.items), at=at, tastes=weights)
    tired = _products(past.fatigue[people], known.topics)
    relevance = _logistic(logits - 0.8 * tired - 0.3 * past.passed[people])
    there = ~past.hidden[people] & (w.created_at <= at)
    return relevance * np.where(past.opened[people], 0.1, 1.0) * there


def references(w: World, past: History) -> dict[str, Floats]:
    """The nDCG@10 of each person for the ceilings and baselines of the module's docstring."""
    people = np.arange(w.people)
    gains = truth(w, past)
    seen = past.opened | past.hidden
    openings = past.kind == OPENED
    recent = openings & (past.at >= NOW - POPULAR_DAYS * DAY_S)
    count = {name: np.bincount(past.item[which], minlength=w.items) for name, which in _named(openings, recent)}
    interests = _learnable(w, past)
    scores = {
        "ceiling": _expected(w, past, _all_of(w, alone=False), people),
        "public ceiling": _expected(w, past, _public(w), people),
        "learnable": _expected(w, past, _all_of(w, alone=False), people, interests),
        "public learnable": _expected(w, past, _public(w), people, interests),
        **{name: np.where(seen, -1.0, number) for name, number in count.items()},
        "random": np.where(seen, -1.0, np.random.default_rng([w.seed, 2]).random(gains.shape)),
    }
    return {name: ndcg(gains, top(score, PLACES)) for name, score in scores.items()}


def _named(openings: Bools, recent: Bools) -> tuple[tuple[str, Bools], tuple[str, Bools]]:
    return ("popularity", openings), ("recent popularity", recent)


def _public(w: World) -> _Known:
    """
    What a catalogue says of items, best read.

    Topics by ridge regression of the embedding on the topics' directions, of which those below a quarter of the
    largest are left out as noise. Quality is the stated one, drawn to the mean by how far off it is.
    """
    directions = w.topic_directions
    fitted = w.embeddings.astype(np.float64) @ directions.T
    fitted = fitted @ np.linalg.inv(directions @ directions.T + np.eye(TOPICS) * TOPICS / DIMENSIONS)
    topics = np.where(fitted >= 0.25 * fitted.max(1, keepdims=True), fitted, 0.0)
    stated = w.stated_quality
    mean, spread = np.nanmean(stated), np.nanvar(stated)
    quality = np.where(np.isnan(stated), mean, mean + (1 - 0.08**2 / spread) * (stated - mean))
    return _Known(topics / topics.sum(1, keepdims=True), quality, np.zeros_like(w.item_style), alone=False)


def _learnable(w: World, past: History) -> Floats:
    """The most likely weights of topics (people, topics) by what was opened of what was looked at."""
    opened = past.kind == OPENED
    looked = (past.looked_at & (past.kind == SHOWN)) | (opened & (past.slate < 0))
    people, items, slates = past.person[looked], past.item[looked], past.slate[looked]
    of_slates = past.slate[opened] * w.items + past.item[opened]
    outcome = (slates < 0) | np.isin(slates * w.items + items, of_slates)
    flat = np.zeros((w.people, TOPICS))
    days = ((past.at[looked] - START) // DAY_S).astype(np.int64)
    offset = np.zeros(len(people))
    for day in np.unique(days):
        of_day = days == day
        at = START + (day + 0.5) * DAY_S
        pairs = (people[of_day], items[of_day][:, None])
        offset[of_day] = _logits(w, _all_of(w, alone=False), *pairs, at=at, tastes=flat[people[of_day]])[:, 0]
    topics = w.item_topics[items]
    whole = _tastes(w, np.arange(w.people), NOW)
    mean, variance = whole.mean(0), whole.var(0) + 1e-3
    weights = np.tile(mean, (w.people, 1))
    for _ in range(400):
        relevance = _logistic(offset + 5.5 * (weights[people] * topics).sum(1))
        chance = 0.9 * relevance + 0.1 * w.appeal[items]
        # The slope of the Bernoulli likelihood where P(opened) is a mixture of relevance and appeal.
        slope = (outcome - chance) / (chance * (1 - chance)) * 0.9 * relevance * (1 - relevance) * 5.5
        gradient = (mean - weights) / variance
        np.add.at(gradient, people, slope[:, None] * topics)
        weights = np.clip(weights + 0.01 * gradient, 0, 1)
    return weights


def digest(w: World, past: History) -> str:
    """
    The SHA-256 of every array and of the truth, each rounded to four decimals.

    The last bits of a sum differ between processors; four decimals do not.
    """
    sha = hashlib.sha256()
    for part in (w, past):
        for field in fields(part):
            sha.update(field.name.encode() + _stable(np.asarray(getattr(part, field.name))))
    sha.update(_stable(truth(w, past)))
    return sha.hexdigest()


def _stable(array: NDArray[np.generic]) -> bytes:
    if array.dtype.kind == "f":
        array = np.rint(np.nan_to_num(array.astype(np.float64), nan=-1e9) * 1e4)
    return str(array.shape).encode() + array.astype("<i8").tobytes()
