"""
What speaks for two names being one thing, and what against: a row of numbers, most of them from 0 to 1.

The names come first, each spelling of one against each of the other; then what the pages say: whether one is stated to
be short for the other, of which type they are, what stands around them, and whether they stand side by side, which
two names for one thing seldom do.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bowerbird.knowledge.entities.candidate import key_of
from bowerbird.knowledge.resolve.blocks import initials, letters
from bowerbird.knowledge.words import STOPWORDS

__all__ = ["FEATURES", "NAME_FEATURES", "Described", "Weigh", "features", "name_features", "words_of"]

Weigh = Callable[[str], float]  # how much a word tells: the more, the fewer names have it

NAME_FEATURES: Final = (
    "alike",  # of the letters
    "overlap",  # of the words, weighted: cosine
    "within",  # of the lighter name's words, how much is in the heavier
    "jaccard",
    "same_numbers",
    "other_numbers",
    "lone_word",  # the most telling word that only one has
    "shared_word",  # the most telling word of both
    "overlap_within",
    "overlap_squared",
)
FEATURES: Final = (
    *NAME_FEATURES,
    "same_letters",
    "prefix",  # one begins the other, of at least five letters
    "same_head",
    "initials",  # one is the first letters of the other
    "ambiguous",  # … and of how many others
    "person",  # the same surname, and first names that may be the same
    "surname",  # one is the other's last name alone
    "stated",  # a page says that one is another name of the other
    "alias_in_common",
    "identifier",  # one is an element of an interface, the other is not
    "types_clash",
    "context",  # how alike what stands around them is
    "side_by_side",
    "stated_alike",
    "initials_context",
    "within_context",
)

_WORD: Final = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)*")
_SOLID: Final = frozenset({"person", "organisation", "place", "product"})


@dataclass(frozen=True, slots=True)
class Described:
    """An entity as it is compared; `context` is the mean of the words around it, of unit length, or zeros."""

    id: int
    key: str
    name: str
    type: str
    aliases: tuple[str, ...]
    context: NDArray[np.float32]
    sentences: frozenset[tuple[int, int]]  # version and place of those that name it

    @property
    def names(self) -> tuple[str, ...]:
        """All it is called."""
        return (self.name, *self.aliases)


def words_of(name: str) -> list[str]:
    """Its words and numbers in lower case."""
    return _WORD.findall(name.casefold())


def name_features(one: str, other: str, weigh: Weigh) -> list[float]:
    """What the two names alone say."""
    mine, theirs = words_of(one), words_of(other)
    has, have = set(mine), set(theirs)
    both = has & have
    weights = {word: weigh(word) for word in has | have}
    shared = sum(weights[word] ** 2 for word in both)
    lengths = math.sqrt(sum(weights[word] ** 2 for word in has) * sum(weights[word] ** 2 for word in have))
    overlap = shared / lengths if lengths else 0.0
    lighter = min(sum(weights[word] for word in has), sum(weights[word] for word in have))
    within = sum(weights[word] for word in both) / lighter if lighter else 0.0
    numbers, others = {word for word in has if word[0].isdigit()}, {word for word in have if word[0].isdigit()}
    alike = SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio()
    return [
        alike,
        overlap,
        within,
        len(both) / max(1, len(has | have)),
        float(bool(numbers & others)),
        float(numbers != others),
        max((weights[word] for word in has ^ have), default=0.0) / 8,
        max((weights[word] for word in both), default=0.0) / 8,
        overlap * within,
        overlap**2,
    ]


def features(one: Described, other: Described, weigh: Weigh, *, short_for: Mapping[str, int]) -> list[float]:
    """The row of `FEATURES`; `short_for` says how many things some initials may be short for."""
    mine, theirs = one.key, other.key
    together, apart = letters(mine), letters(theirs)
    words, others = mine.split(" "), theirs.split(" ")
    short = together if together in _initials(others) else apart if apart in _initials(words) else ""
    keys, other_keys = {key_of(name) for name in one.aliases}, {key_of(name) for name in other.aliases}
    stated = float(mine in other_keys or theirs in keys)
    named = name_features(mine, theirs, weigh)
    context = float(one.context @ other.context)
    shorter, longer = sorted((together, apart), key=len)
    ambiguous = 1 - 1 / max(1, short_for.get(short, 1)) if short else 0.0
    return [
        *named,
        float(together == apart),
        len(shorter) / max(1, len(longer)) if len(shorter) >= 5 and longer.startswith(shorter) else 0.0,
        float(words[-1] == others[-1]),
        float(bool(short)),
        ambiguous,
        float(_may_be_one_person(one.name, other.name)),
        float(_is_surname(one, other)),
        stated,
        float(bool(keys & other_keys)),
        float((one.type == "identifier") != (other.type == "identifier")),
        float(one.type != other.type and {one.type, other.type} <= _SOLID),
        context,
        float(bool(one.sentences & other.sentences)),
        stated * named[0],
        bool(short) * context,
        named[2] * context,
    ]


def _initials(words: Sequence[str]) -> set[str]:
    return initials([word for word in words if word[:1].isalnum()])


def _may_be_one_person(one: str, other: str) -> bool:
    """Whether they have the surname in common, and the first names begin alike: L. Breiman, Leo Breiman."""
    mine, theirs = words_of(one), words_of(other)
    if len(mine) < 2 or len(theirs) < 2 or mine[-1] != theirs[-1] or mine == theirs:
        return False
    firsts = list(zip(mine[:-1], theirs[:-1], strict=False))
    return all(a.startswith(b) or b.startswith(a) for a, b in firsts) and any(len(a) == 1 or len(b) == 1 for a, b in firsts)


def _is_surname(one: Described, other: Described) -> bool:
    shorter, longer = sorted((words_of(one.name), words_of(other.name)), key=len)
    is_person = "person" in (one.type, other.type)
    return is_person and len(shorter) == 1 < len(longer) <= 3 and shorter[0] == longer[-1] and shorter[0] not in STOPWORDS
