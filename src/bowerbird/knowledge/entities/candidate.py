"""What extraction hands over: a name or term of one page, with every place that says it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from bowerbird.knowledge.entities.lexicon import NO_SINGULAR
from bowerbird.knowledge.words import fold

__all__ = ["Candidate", "Evidence", "Kind", "Mention", "key_of", "singular"]

Kind = Literal["term", "name", "person", "organisation", "place", "product", "identifier", "acronym"]

_PARTS = re.compile(r"[\s\-‐‑_]+")


class Mention(NamedTuple):
    """Where a page says it, and the sentence around it."""

    start: int
    end: int
    sentence_start: int
    sentence_end: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name or term as one page has it; `key` is the same for spellings that differ in case, hyphens or number."""

    key: str
    name: str
    kind: Kind
    aliases: tuple[str, ...]
    mentions: tuple[Mention, ...]


class Evidence(NamedTuple):
    """A candidate as one way of looking has found it: what that weighs, and what it has seen beside."""

    weight: int
    candidate: Candidate
    signs: Mapping[str, float]


@lru_cache(maxsize=100_000)
def key_of(name: str) -> str:
    """The name as entities are told apart by: lower case, no accents, spaces for hyphens, the last word in singular."""
    words = [fold(word) for word in _PARTS.split(name) if word]
    if not words:
        return ""
    return " ".join([*words[:-1], singular(words[-1])])


def singular(word: str) -> str:
    """The singular of a folded English noun, by its ending."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")) or word in NO_SINGULAR:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zzes")):
        return word[:-2]
    return word[:-1]
