"""
What speaks for one name on two sources meaning one thing, and what against: a row of numbers, most of them 0 to 1.

Names of people, places and products mean the same most everywhere; an ordinary word, a parameter or a heading seldom
does, unless the same words stand around it. So the numbers are of how the name is written on either side, of whether
it stands in code, and of what the two sides have in common around it.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bowerbird.knowledge.entities.lexicon import COMMON
from bowerbird.knowledge.resolve.scorer import Scorer
from bowerbird.knowledge.resolve.sides import Place, Side
from bowerbird.knowledge.words import STOPWORDS
from bowerbird.models.words import common_words

__all__ = ["FEATURES", "WEIGHTS", "Judge", "Verdict", "features", "shipped"]

FEATURES: Final = (
    "one_word",
    "three_words",
    "ordinary_word",  # one word, and everybody's
    "place",  # it is told to be one
    "odd_letters",  # digits and marks are in it
    "mixed_letters",  # both write it LikeThis
    "written_alike",  # how much of both is in capitals, begins with one, is small
    "initials",  # in capitals on both sides
    "proper",  # with a capital within a sentence, on both sides
    "small",  # in small letters on both sides
    "small_word",  # … on one side, of one word
    "small_words",  # … on both sides, of several words
    "code",  # beside a bracket, a dot, a colon: on one side at least
    "code_word",  # … of one word
    "words_around",  # how many telling words stand around it on both sides
    "things_around",  # how many things the sentences of both sides name
    "share_around",  # … of all that the poorer side names
    "before",  # some word right before it is the same
    "after",
)
WEIGHTS: Final = Path(__file__).with_name("homonyms.json")
_FREQUENT: Final = 1_500  # words that stand around everything
_CODE_AFTER: Final = re.compile(r"\(|=|_|\s?: [a-z{]|\.\w")
_CODE_BEFORE: Final = re.compile(r"(?:[\w)\]]\.(?:__)?|[_=\-/$<])$")
_RUNNING: Final = re.compile(r"[a-z,;)] $")  # what a word within a sentence stands after
_NEXT: Final = re.compile(r"[\s\-]?([A-Za-z]+)")
_LAST: Final = re.compile(r"([A-Za-z]+)[\s\-/]?$")
# What a feature means where it pulls two sides apart.
_WORDS: Final = {
    "one_word": "it is a single word",
    "ordinary_word": "it is an everyday word",
    "written_alike": "they write it differently",
    "proper": "it is no proper name",
    "small": "it is no proper name",
    "small_word": "it is no proper name",
    "small_words": "it is no proper name",
    "code": "it stands in code",
    "code_word": "it stands in code",
    "words_around": "little around it is the same",
    "things_around": "nothing named beside it is the same",
    "share_around": "nothing named beside it is the same",
    "before": "other words stand before it",
    "after": "other words stand after it",
}


def features(key: str, kind: str, one: Side, other: Side) -> list[float]:
    """The row of `FEATURES` of a name, told to be of a kind, on two sources."""
    words = key.split(" ")
    is_word = len(words) == 1
    mine, theirs = one.places, other.places

    def least(is_so: Callable[[Place], bool]) -> float:
        return min(_share(map(is_so, mine)), _share(map(is_so, theirs)))

    def most(is_so: Callable[[Place], bool]) -> float:
        return max(_share(map(is_so, mine)), _share(map(is_so, theirs)))

    telling = (one.words & other.words) - common_words(_FREQUENT)
    things = one.beside & other.beside
    forms, other_forms = Counter(map(_form, mine)), Counter(map(_form, theirs))
    return [
        float(is_word),
        float(len(words) > 2),
        float(is_word and key in common_words(COMMON)),
        float(kind == "place"),
        float(any(not (letter.isalpha() or letter == " ") for letter in key)),
        least(lambda place: re.search(r"[a-z][A-Z]", place.quote) is not None),
        sum(min(forms[form] / len(mine), other_forms[form] / len(theirs)) for form in forms),
        least(lambda place: _form(place) == "initials"),
        least(lambda place: place.quote[:1].isupper() and _RUNNING.search(place.before) is not None),
        least(lambda place: place.quote.islower()),
        most(lambda place: place.quote.islower()) * is_word,
        least(lambda place: place.quote.islower()) * (not is_word),
        most(_is_code),
        most(_is_code) * is_word,
        math.log1p(len(telling)),
        math.log1p(len(things)),
        len(things) / max(1, min(len(one.beside), len(other.beside))),
        float(bool(_beside(_LAST.search, (place.before for place in (mine)), (place.before for place in theirs)))),
        float(bool(_beside(_NEXT.match, (place.after for place in mine), (place.after for place in theirs)))),
    ]


def _share(which: Iterable[bool]) -> float:
    those = list(which)
    return sum(those) / max(1, len(those))


def _form(place: Place) -> str:
    letters = [letter for letter in place.quote.rstrip("s") if letter.isalpha()]
    if len(letters) > 1 and all(letter.isupper() for letter in letters):
        return "initials"
    return "capital" if place.quote[:1].isupper() else "small"


def _is_code(place: Place) -> bool:
    return _CODE_AFTER.match(place.after) is not None or _CODE_BEFORE.search(place.before) is not None


def _beside(
    find: Callable[[str], "re.Match[str] | None"], mine: Iterable[str], theirs: Iterable[str]
) -> frozenset[str]:
    """The telling words that both have right there."""
    both = [{found[1].lower() for text in texts if (found := find(text))} for texts in (mine, theirs)]
    return frozenset(both[0] & both[1]) - STOPWORDS


@dataclass(frozen=True, slots=True)
class Verdict:
    """The chance that two sources mean one thing by a name, and what speaks most against it, in words."""

    chance: float
    why: str


@dataclass(frozen=True, slots=True)
class Judge:
    """
    The scorer of homonyms; `usual` (D,) are the features of a usual name.

    A source parts below `apart`, and comes back above `together`: in between it stays as it is.
    """

    scorer: Scorer
    usual: NDArray[np.float64]
    apart: float
    together: float

    def verdict(self, key: str, kind: str, one: Side, other: Side) -> Verdict:
        """Of a name on two sources."""
        row = features(key, kind, one, other)
        against = (np.asarray(row) - self.usual) * self.scorer.weights[:-1]
        worst = [FEATURES[n] for n in np.argsort(against) if against[n] < 0 and FEATURES[n] in _WORDS]
        reasons = list(dict.fromkeys(_WORDS[name] for name in worst))[:2]
        return Verdict(float(self.scorer.chances([row])[0]), ", ".join(reasons))


@lru_cache(maxsize=1)
def shipped() -> Judge:
    """The judge that ships, read once."""
    stored: dict[str, Any] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    weights = np.asarray([*(stored["weights"][name] for name in FEATURES), stored["bias"]], np.float64)
    usual = np.asarray([stored["usual"][name] for name in FEATURES], np.float64)
    return Judge(Scorer(weights, stored["together"]), usual, stored["apart"], stored["together"])
