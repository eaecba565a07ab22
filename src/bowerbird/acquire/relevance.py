"""
What the goal means on this very site: a direction in the space of meanings, learned from the pages as they come.

A goal is a few words ("nature"), too few to tell a page on typhoons from one on games. The pages that are nearest to
the goal among those read tell more, so their mean is what links are compared with (pseudo-relevance feedback;
Rocchio 1971). Measured on link graphs drawn over four topics, this halves the fetches that the goal alone needs.

Letters: D dimensions, N pages. All vectors have length 1.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Topic", "goal_words", "words_of_url"]

Vectors = NDArray[np.float32]

# Cosines of MiniLM between a page and the mean of a topic's pages: of other topics' pages 90 % are below .20, of the
# topic's own 90 % are above .3 and half above .5. From WildGraphBench's topics and scikit-learn's documentation.
UNRELATED = 0.15
RELATED = 0.50
MIN_PAGES = 24  # below which the goal alone speaks: with fewer, chance chooses what is taken for it
CORE_SHARE = 10  # one page in so many is taken for the goal's …
MIN_CORE, MAX_CORE = 3, 20  # … but at least and at most so many
GOAL_WEIGHT = 2.0  # of the goal itself against the pages, when choosing them: less, and a crawl can run away from it
DOUBT = 20.0  # the goal's weight beside the core's mean, by pages read
MAX_PAGES = 1_500  # remembered; later ones no longer change what the goal means

_ASKING = re.compile(
    r"^\W*(?:(?:please|i|we|you|to|want|would|like|need|help|me|us|the|all|any|some|everything|information|facts?|details?"
    r"|pages?|articles?|knowledge|find|out|learn|know|read|understand|gather|collect|get|search|look|tell|show|what|there"
    r"|is|about|on|for|of|regarding|concerning|more)\b\W*)+",
    re.IGNORECASE,
)
_NOT_WORDS = re.compile(r"[^0-9A-Za-zÀ-￿]+")


def goal_words(goal: str) -> str:
    """What a goal is about, without the words that only ask: "learn about nature" is about "nature"."""
    return _ASKING.sub("", goal).strip() or goal


def words_of_url(url: str) -> str:
    """The words in a URL's path and query, for links that have none of their own."""
    path = url.partition("://")[2].partition("/")[2]
    return _NOT_WORDS.sub(" ", re.sub(r"\.\w{2,5}$", "", path.partition("?")[0]) + " " + path.partition("?")[2]).strip()


class Topic:
    """What the goal means, as far as the pages read tell."""

    def __init__(self, goal: Vectors) -> None:
        self._goal = goal  # (D,)
        self._pages: Vectors = np.zeros((0, len(goal)), np.float32)  # (N, D)
        self._count = 0
        self._fitted_at = 0
        self.centre: Vectors = goal  # (D,) what links are compared with

    @property
    def pages(self) -> int:
        """How many pages it has learned from."""
        return self._count

    def learn(self, page: Vectors) -> bool:
        """Take in a page; True if what the goal means has moved, so that links are to be judged again."""
        if self._count >= MAX_PAGES:
            return False
        if self._count == len(self._pages):
            room = np.zeros((max(64, self._count), len(self._goal)), np.float32)
            self._pages = np.concatenate([self._pages, room])
        self._pages[self._count] = page
        self._count += 1
        if self._count < MIN_PAGES or self._count < self._fitted_at * 1.05:
            return False
        self._fit()
        return True

    def relevance(self, texts: Vectors) -> NDArray[np.float32]:
        """How much texts (n, D) serve the goal, 0 to 1."""
        cosines = texts @ self.centre
        related = RELATED if self._fitted_at else RELATED / 2  # a goal of few words is less near to anything
        share: NDArray[np.float32] = np.clip((cosines - UNRELATED) / (related - UNRELATED), 0, 1)
        return share

    def nearness(self, texts: Vectors) -> NDArray[np.float32]:
        """The same without bounds, to order by."""
        cosines: NDArray[np.float32] = texts @ self.centre
        return (cosines - UNRELATED) / np.float32(RELATED - UNRELATED)

    def _fit(self) -> None:
        pages = self._pages[: self._count]
        # What the core stands out from. Not the mean of all pages: the more a crawl finds of its topic, the more that
        # mean is the topic itself. So it is the pages met at first, and, because those may all serve the goal, as much
        # of the pages least near to the goal.
        nearness = pages @ self._goal
        least = pages[nearness <= np.median(nearness)]
        mean = (pages[:MIN_PAGES].mean(axis=0) + least.mean(axis=0)) / 2  # (D,)
        apart = pages - mean  # (N, D)
        size = int(np.clip(self._count // CORE_SHARE, MIN_CORE, MAX_CORE))
        goal = _unit(self._goal - (self._goal @ _unit(mean)) * _unit(mean))
        near_goal = np.argsort(-(apart @ goal))[:size]
        direction = _unit(apart[near_goal].mean(axis=0)) + GOAL_WEIGHT * goal
        core = np.argsort(-(apart @ direction))[:size]
        self.centre = _unit(_unit(pages[core].mean(axis=0)) + DOUBT / self._count * self._goal)
        self._fitted_at = self._count


def _unit(vector: NDArray[np.floating[Any]]) -> Vectors:
    return (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)
