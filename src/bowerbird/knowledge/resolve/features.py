"""
What speaks for two names being one thing, and what against: a row of numbers, most of them from 0 to 1.

The names come first, each spelling of one against each of the other; then what the pages say: whether one is stated to
be short for the other, of which type they are, what stands around them, and whether they stand side by side, which
two names for one thing seldom do.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bowerbird.knowledge.entities.candidate import key_of, singular
from bowerbird.knowledge.entities.lexicon import COMMON
from bowerbird.knowledge.resolve.blocks import initials, letters
from bowerbird.knowledge.words import STOPWORDS, stem, word_set
from bowerbird.models.words import common_words

__all__ = [
    "FEATURES",
    "NAME_FEATURES",
    "Claims",
    "Described",
    "Weigh",
    "features",
    "may_be_one",
    "name_features",
    "words_of",
]


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
    "respelt",  # the same letters, with other gaps and marks between them
    "camel",  # the same letters, one of them as ClassesAreCalled
    "snake",  # the same letters, one of them as functions_are_called, or run together
    "same_stems",  # but for their endings
    "plural",  # … of which none is more than that of a plural
    "nearly",  # of three words and more, all the same but for one, which begins alike
    "led_in",  # the same but for small words before one of them: "How indexes work", "void PyErr_Print"
    "prefix",  # one begins the other, of at least five letters
    "same_head",
    "stated",  # a page says that one is another name of the other
    "stated_of_several",  # … and some page says the same of something else
    "alias_in_common",
    "initials",  # one is the first letters of the other, three or more
    "initials_here",  # … and some page names both
    "initials_alone",  # … and nothing else that is named has these initials
    "initials_short",  # one is the first letters of the other, two of them
    "person",  # the same surname, and first names that may be the same
    "surname",  # one is the other's last name alone, on one page
    "identifiers",  # both are elements of an interface
    "types_clash",
    "context",  # how alike what stands around them is
    "one_page",  # some page names both
    "one_source",
    "respelt_here",
    "camel_here",
    "camel_telling",  # some word of it is not everybody's
    "camel_titled",  # how often its words are written with capitals, as what a class is called after is
    "camel_definite",  # … and follow "the", as the one object does that is at hand: "the request handler"
    "led_in_type",  # what it is led in by is a type of a value: "int ndim"
    "led_in_kind",  # … is a word for a kind of thing: "module datetime"
    "ordinary_person",  # told to be one person, but all of their words are everybody's
)

_WORD: Final = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)*")
_C_TYPES: Final = frozenset(("int", "static", "void"))
# Small words that make another thing of what follows: "One-Class SVM", "Per-Class Scope", "AT TIME ZONE".
_TELLING: Final = word_set(
    """
    above after all at before below between both each every few most no nor not off one only out over own per same such
    through under up
    """
)
_KINDS: Final = word_set("appendix class compute module raise raises see")
_LEADS: Final = (STOPWORDS - _TELLING) | _C_TYPES | _KINDS
_BEGIN: Final = 4  # letters
_BEGINS_ALIKE: Final = 0.7
_OTHER_NUMBERS: Final = NAME_FEATURES.index("other_numbers")
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
    pages: frozenset[int]
    sources: frozenset[str]
    titled: float = 0.0  # of its places, the share that has a capital in each word
    definite: float = 0.0  # … that follows "the"


Weigh: TypeAlias = Callable[[str], float]  # how much a word tells: the more, the fewer names have it
Claims: TypeAlias = Mapping[str, Sequence[Described]]


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


def features(
    one: Described, other: Described, weigh: Weigh, *, claims: Claims, sharing: Mapping[str, int]
) -> list[float]:
    """
    The row of `FEATURES`.

    `claims` are, by the letters of a name, those that some page says are called so too; `sharing` is how many names
    have, or are, the same initials.
    """
    mine, theirs = one.key, other.key
    together, apart = letters(mine), letters(theirs)
    words, others = mine.split(" "), theirs.split(" ")
    is_same = together == apart
    shapes = {_shape(one.name), _shape(other.name)}
    here = bool(one.pages & other.pages)
    keys, other_keys = {key_of(name) for name in one.aliases}, {key_of(name) for name in other.aliases}
    short = together if together in _initials(others) else apart if apart in _initials(words) else ""
    stated = mine in other_keys or theirs in keys
    shorter, longer = sorted((together, apart), key=len)
    is_hyphen = is_same and _differ_by_hyphen(one.name, other.name)
    respelt = is_same and (is_hyphen or not shapes & {"camel", "snake"})
    snake = is_same and not is_hyphen and "snake" in shapes
    camel = is_same and not respelt and not snake
    stems_alike = not is_same and "snake" not in shapes and _have_same_stems(words, others)
    named = name_features(mine, theirs, weigh)
    spaced, in_words = (words, one) if len(words) > len(others) else (others, other)
    led_in, lead = _is_led_in(words, others, _LEADS if "snake" not in shapes else _C_TYPES), spaced[0]
    person, surname = _may_be_one_person(one, other), here and _is_surname(one, other)
    if stated:
        named[_OTHER_NUMBERS] = 0.0  # "W3C" has a number, "World Wide Web Consortium" none
    return [
        *named,
        float(respelt),
        float(camel),
        float(snake),
        float(stems_alike),
        float(stems_alike and [singular(word) for word in words] == [singular(word) for word in others]),
        float(not is_same and not stems_alike and shapes == {"words"} and _are_nearly(words, others)),
        float(led_in),
        len(shorter) / max(1, len(longer)) if len(shorter) >= 5 and longer.startswith(shorter) else 0.0,
        float(words[-1] == others[-1]),
        float(stated),
        float(_is_claimed(one, other, claims) or _is_claimed(other, one, claims)),
        float(bool(keys & other_keys)),
        float(len(short) > 2),
        float(len(short) > 2 and here),
        float(len(short) > 2 and sharing.get(short, 0) <= 2),
        float(len(short) == 2),
        float(person),
        float(surname),
        float(one.type == other.type == "identifier"),
        float(one.type != other.type and {one.type, other.type} <= _SOLID),
        float(one.context @ other.context),
        float(here),
        float(bool(one.sources & other.sources)),
        float(respelt and here),
        float(camel and here),
        float(camel and not common_words(COMMON).issuperset(spaced)),
        camel * in_words.titled,
        camel * in_words.definite,
        float(led_in and lead in _C_TYPES),
        float(led_in and lead in _KINDS),
        float((person or surname) and common_words(COMMON).issuperset(words if len(mine) > len(theirs) else others)),
    ]


def may_be_one(key: str, aliases: Sequence[str], other_key: str, other_aliases: Sequence[str]) -> bool:
    """Whether the names alone leave it open: cheap, for most pairs that have a word in common it is not."""
    words, others = key.split(" "), other_key.split(" ")
    together, apart = letters(key), letters(other_key)
    called = {together, *(letters(key_of(alias)) for alias in aliases)}
    if not called.isdisjoint({apart, *(letters(key_of(alias)) for alias in other_aliases)}):
        return True
    if together in _initials(others) or apart in _initials(words):
        return True
    fewer, more = sorted((len(words), len(others)))
    is_person = words[-1] == others[-1] and fewer < 4 and more < 5 and (fewer == 1 or words[0][:1] == others[0][:1])
    return (
        is_person
        or _is_led_in(words, others, _LEADS)
        or _may_be_nearly(words, others)
        or _have_same_stems(words, others)
    )


def _shape(name: str) -> str:
    """How a name is written: as words, as a class (camel), or as a function or a parameter (snake)."""
    if re.search(r"\s", name):
        return "words"
    if "_" in name or "." in name or (name.islower() and "-" not in name) or (name.isupper() and len(name) > 7):
        return "snake"
    return "camel" if re.search(r"[a-z][A-Z]|[A-Z]{2}[a-z]", name) else "words"


def _is_led_in(words: Sequence[str], others: Sequence[str], leads: Collection[str]) -> bool:
    shorter, longer = sorted((words, others), key=len)
    lead = longer[: len(longer) - len(shorter)]
    ends_alike = bool(lead) and list(longer[len(lead) :]) == list(shorter)
    return ends_alike and all(word in leads for word in lead)


def _is_claimed(short: Described, long: Described, claims: Claims) -> bool:
    """Whether what is called `short` may be something else than `long`: a page says so, of as near a source."""
    near = bool(short.sources & long.sources)
    rivals = (one for one in claims.get(letters(short.key), ()) if one.id not in (short.id, long.id))
    return any(not near or rival.sources & short.sources for rival in rivals if not _are_alike(rival.key, long.key))


def _are_alike(key: str, other: str) -> bool:
    """Whether they are spellings of one name: what both are short for is then one thing."""
    words, others = key.split(" "), other.split(" ")
    return [stem(word) for word in words] == [stem(word) for word in others] or letters(key) == letters(other)


def _initials(words: Sequence[str]) -> set[str]:
    return initials([word for word in words if word[:1].isalnum()])


def _are_nearly(words: Sequence[str], others: Sequence[str]) -> bool:
    """Whether of three words and more all are the same but for one, and that begins alike: Bayes, Bayesian."""
    if len(words) != len(others) or len(words) < 3:
        return False
    differing = [(word, other) for word, other in zip(words, others, strict=True) if word != other]
    return len(differing) == 1 and _begin_alike(*differing[0])


def _begin_alike(word: str, other: str) -> bool:
    return (
        word[:_BEGIN] == other[:_BEGIN] and SequenceMatcher(None, word, other, autojunk=False).ratio() > _BEGINS_ALIKE
    )


def _differ_by_hyphen(one: str, other: str) -> bool:
    """Whether one is the other with a hyphen in it: runtime, run-time."""
    together, hyphened = sorted((one.casefold(), other.casefold()), key=len)
    return "-" in hyphened and "-" not in together and singular(hyphened.replace("-", "")) == singular(together)


def _may_be_nearly(words: Sequence[str], others: Sequence[str]) -> bool:
    fewer, more = sorted((len(words), len(others)))
    return fewer > 2 and more - fewer < 2 and words[-1] == others[-1] and words[0] == others[0]


def _have_same_stems(words: Sequence[str], others: Sequence[str]) -> bool:
    """Of names of several words; one word alone is another thing with another ending: import, importer."""
    if min(len(words), len(others)) < 2 and max(len(words), len(others)) < 3:
        return False
    return "".join(stem(word) for word in words) == "".join(stem(word) for word in others)


def _may_be_one_person(one: Described, other: Described) -> bool:
    """Whether they have the surname in common, and the first names begin alike: L. Breiman, Leo Breiman."""
    mine, theirs = words_of(one.name), words_of(other.name)
    if not (_is_named(one) and _is_named(other)) or len(mine) < 2 or len(theirs) < 2 or mine == theirs:
        return False
    if mine[-1] != theirs[-1] or len(mine[-1]) < 3:
        return False
    firsts = list(zip(mine[:-1], theirs[:-1], strict=False))
    return "person" in (one.type, other.type) and all(a.startswith(b) or b.startswith(a) for a, b in firsts)


def _is_surname(one: Described, other: Described) -> bool:
    mine, theirs = words_of(one.name), words_of(other.name)
    (shorter, of), (longer, _) = sorted(((mine, one), (theirs, other)), key=lambda pair: len(pair[0]))
    if "person" not in (one.type, other.type) or not (_is_named(one) and _is_named(other)):
        return False
    if of.name.isupper() or not 1 == len(shorter) < len(longer) <= 4:
        return False
    return shorter[0] == longer[-1] and len(shorter[0]) > 2


def _is_named(one: Described) -> bool:
    """Whether it is written like a person's name."""
    return one.type in ("person", "name") and all(word[0].isupper() for word in one.name.split())
