"""
What agents see: one person before n candidates, as arrays.

Everything an agent may judge by is worked out once, here, so that an agent is a few lines that say what it cares for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import repeat
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bowerbird.feed.catalogue import DAY_S, DIMENSIONS, Catalogue
from bowerbird.feed.profile import HALF_LIFE_S, Act, Profile
from bowerbird.knowledge.index.nearest import Floats, Numbers

__all__ = ["Scores", "Taste", "View", "look", "of_each", "taste_of"]

Scores = NDArray[np.floating[Any]]  # of each candidate one number

LONG_HALF_LIFE_S: Final = 365 * DAY_S
KEEPING: Final = frozenset({"saved", "liked", "shared", "enquired"})
MOST_ANCHORS: Final = 48  # of what they liked, the newest, each compared with every candidate
NEAREST: Final = 3
# A rate is believed to be that of all items until so many impressions say otherwise.
TRIALS: Final = 20.0
INTEREST_WORTH: Final = 2.0
AGAIN: Final = 0.1  # the chance that something is welcome again, against the first time
ASKED_FOR: Final = 0.9  # how welcome it is when something new comes of what they follow, whatever was learnt
WELCOME: Final = 0.7  # what an agent minds that its nominee is welcome, against its own duty


@dataclass(frozen=True, slots=True)
class Taste:
    """A person's embedding, and what it was made from."""

    vector: Floats  # (d,) unit length; zeros while nothing is known
    long: Floats  # (d,) of what they keep, over a year
    anchors: Floats  # (a, d) what they liked, the newest first
    anchor_items: tuple[int, ...]
    categories: Floats  # (c,) the share of each category of the catalogue among what they liked; empty: not known

    @property
    def is_known(self) -> bool:
        """Whether there is an embedding."""
        return bool(np.any(self.vector))


@dataclass(frozen=True, slots=True)
class View:
    """A person and n candidates. All scores are from 0 to 1 unless it says otherwise."""

    now_s: float
    surprise: float  # what the person chose, from familiar to surprising
    is_known: bool  # the person has an embedding; without, affinities are all 0
    affinity: Scores  # (n,) cosine with their embedding, below 0 for what they do not want
    nearest: Scores  # (n,) cosine with what is most alike of what they liked, a mean of the three nearest
    kept: Scores  # (n,) cosine with what they keep over the long time
    quality: Scores  # (n,)
    rate: Scores  # (n,) the share of impressions that was rewarded, of all people, shrunk towards that of all items
    popularity: Scores  # (n,) rewards lately, against the most popular candidate
    age_s: Scores  # (n,) since it was published
    known_s: Scores  # (n,) since it came here
    shown: Scores  # (n,) how often they were shown it lately
    saved_s: Scores  # (n,) since they saved it; infinite for what they did not
    familiar: Scores  # (n,) the share of its category among what they liked
    categories: NDArray[np.int32]  # (n,)
    sources: NDArray[np.int32]  # (n,)
    chance: Scores | None = None  # (n,) that they welcome it, as was learnt; None: too little to learn from
    followed: Scores = field(default_factory=lambda: np.empty(0))  # (n,) how new of what they follow; 0: of nothing
    workspace: str = ""
    items: Numbers = field(default_factory=lambda: np.empty(0, np.int64))  # (n,) which they are; 0: nobody says
    versions: Numbers = field(default_factory=lambda: np.empty(0, np.int64))  # (n,) another once an item has changed

    def __post_init__(self) -> None:
        """All agents look at the same arrays: none may write into what the others see."""
        for name, kind in (("followed", np.float32), ("items", np.int64), ("versions", np.int64)):
            if len(getattr(self, name)) != len(self):
                object.__setattr__(self, name, np.zeros(len(self), kind))
        for name in _ARRAYS:
            if (array := getattr(self, name)) is not None:
                array.setflags(write=False)

    def __len__(self) -> int:
        """How many candidates there are."""
        return len(self.quality)

    @property
    def welcome(self) -> Scores:
        """
        The chance that they welcome each (n,), against that of the best one here.

        Until it could be learnt: the odds of its rate, times the odds that its likeness to their taste makes. What is
        new of what they follow they have asked for.
        """
        chance = self.chance
        if chance is None:
            rate = np.clip(self.rate, 1e-4, 1.0 - 1e-4)
            leaning = 4.0 * np.clip(self.nearest, -0.5, 1.0) + 1.5 * self.familiar - 0.5 * self.shown
            odds = rate / (1.0 - rate) * np.exp(leaning)
            chance = odds / (1.0 + odds)
        found: Scores = chance / max(float(chance.max(initial=0.0)), 1e-9)
        asked_for: Scores = np.maximum(found, ASKED_FOR * self.followed)
        return asked_for

    def if_welcome(self, duty: Scores) -> Scores:
        """
        What an agent is for (n,), where it is welcome too; as it is while no chance was learnt.

        A geometric mean: what is surely not welcome is nobody's nominee, however new it is.
        """
        if self.chance is None:
            return duty
        found: Scores = np.clip(duty, 0.0, 1.0) ** (1.0 - WELCOME) * self.welcome**WELCOME
        return found


_ARRAYS: Final = tuple(
    one.name for one in fields(View) if one.name not in ("now_s", "surprise", "is_known", "workspace")
)


def taste_of(
    profile: Profile, catalogue: Catalogue, topics: Sequence[Floats], *, half_life_s: float = HALF_LIFE_S
) -> Taste:
    """
    The taste of a person; `topics` are the vectors of what they picked.

    What they did `half_life_s` ago counts half; with an infinite one, all alike.
    """
    acts = [(act, row) for act in profile.acts if (row := catalogue.row_of(act.item)) is not None]
    acts = [(act, row) for act, row in acts if catalogue.has_vector[row]]
    rows = np.array([row for _, row in acts], np.int64)
    vectors = catalogue.unit(rows)
    recent, long = _weights([act for act, _ in acts], profile.read_at, half_life_s)
    total = recent @ vectors if len(rows) else np.zeros(DIMENSIONS, np.float32)
    for topic in topics:
        total = total + np.float32(INTEREST_WORTH) * topic.astype(np.float32)
    liked = [at for at, (act, _) in enumerate(acts) if act.worth > 0][:MOST_ANCHORS]
    anchors = np.concatenate((vectors[liked], np.array(topics, np.float32).reshape(-1, DIMENSIONS)))
    return Taste(
        vector=_unit(total),
        long=_unit(long @ vectors) if len(rows) else np.zeros(DIMENSIONS, np.float32),
        anchors=anchors,
        anchor_items=tuple(acts[at][0].item for at in liked),
        categories=_shares(rows[liked], recent[liked], catalogue),
    )


def look(
    profile: Profile,
    taste: Taste,
    catalogue: Catalogue,
    rows: Numbers,
    *,
    now_s: float,
    chance: Scores | None = None,
    followed: Scores | None = None,
) -> View:
    """
    What the agents see of the candidates in these rows of the catalogue; `chance` (n,) if it was learnt.

    `followed` (n,) is how new each is of something that they follow.
    """
    vectors = catalogue.unit(rows)
    counts = catalogue.counts(rows)
    everywhere = (float(counts.rewarded.sum()) + 1.0) / (float(counts.shown.sum()) + 10.0)
    items = catalogue.ids[rows]
    categories = catalogue.categories[rows]
    familiar = np.zeros(len(rows), np.float32)
    if len(taste.categories):
        has = (categories >= 0) & (categories < len(taste.categories))
        familiar[has] = taste.categories[categories[has]]
    saved_s = now_s - of_each(items, profile.saved, -np.inf)
    if chance is not None:  # what they keep they have read: to bring it back is for one agent alone
        chance = np.where(np.isfinite(saved_s), AGAIN * chance, chance)
    return View(
        now_s=now_s,
        surprise=profile.surprise,
        is_known=taste.is_known,
        affinity=vectors @ taste.vector,
        nearest=_nearest(vectors, taste.anchors),
        kept=vectors @ taste.long,
        quality=catalogue.quality[rows],
        # Whoever is rewarded without having been shown (imported events) was shown at least that often.
        rate=(counts.rewarded + TRIALS * everywhere) / (np.maximum(counts.shown, counts.rewarded) + TRIALS),
        popularity=np.log1p(counts.rewarded) / np.log1p(max(float(counts.rewarded.max(initial=0.0)), 1.0)),
        age_s=np.maximum(now_s - catalogue.created_at[rows], 0.0),
        known_s=np.maximum(now_s - catalogue.added_at[rows], 0.0),
        shown=of_each(items, profile.times_shown, 0.0).astype(np.float32),
        saved_s=saved_s,
        familiar=familiar,
        categories=categories,
        sources=catalogue.sources[rows],
        chance=chance,
        followed=np.zeros(len(rows), np.float32) if followed is None else followed,
        workspace=catalogue.workspace,
        items=items,
        versions=catalogue.versions[rows],
    )


def of_each(items: Numbers, known: Mapping[int, float], otherwise: float) -> NDArray[np.float64]:
    """What is known of each item (n,), or what holds for those of which nothing is."""
    return np.fromiter(map(known.get, items.tolist(), repeat(otherwise)), np.float64, len(items))


def _weights(acts: Sequence[Act], now_s: float, half_life_s: float) -> tuple[Floats, Floats]:
    """What each act weighs in the embedding, and in the long one."""
    worth = np.array([act.worth for act in acts], np.float64)
    age_s = np.array([max(now_s - act.at, 0.0) for act in acts], np.float64)
    keeps = np.array([act.kind in KEEPING for act in acts], np.float64)
    recent = worth * 0.5 ** (age_s / half_life_s)
    long = np.maximum(worth, 0.0) * (0.25 + keeps) * 0.5 ** (age_s / LONG_HALF_LIFE_S)
    return recent.astype(np.float32), long.astype(np.float32)


def _nearest(vectors: Floats, anchors: Floats) -> Floats:
    if not len(anchors):
        return np.zeros(len(vectors), np.float32)
    alike = vectors @ anchors.T
    count = min(NEAREST, len(anchors))
    found: Floats = np.partition(alike, -count, axis=1)[:, -count:].mean(axis=1)
    return found


def _shares(rows: Numbers, worth: Floats, catalogue: Catalogue) -> Floats:
    codes = catalogue.categories[rows]
    has = codes >= 0
    if not has.any():
        return np.empty(0, np.float32)
    found = np.bincount(codes[has], weights=worth[has], minlength=len(catalogue.category_names))
    total = float(found.sum())
    return (found / total if total > 0 else np.empty(0)).astype(np.float32)


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return (vector / length if length > 1e-9 else np.zeros(DIMENSIONS)).astype(np.float32)
