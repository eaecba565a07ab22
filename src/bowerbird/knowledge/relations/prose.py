"""
What the sentences of a page state: a few patterns around names, each precise, none clever.

A sentence that asks, denies, supposes, compares or reports what others say states nothing. Every pattern begins at a
name and reads on from there over a bounded stretch, so that a page costs no more than its names.
"""

import re
from collections.abc import Iterator
from typing import Final

from bowerbird.knowledge.entities.extract import Read
from bowerbird.knowledge.relations.being import being, working
from bowerbird.knowledge.relations.counted import counted
from bowerbird.knowledge.relations.dated import lives, made
from bowerbird.knowledge.relations.found import Found
from bowerbird.knowledge.relations.spots import NAMED, Sentence, Spot, sentences_with_names
from bowerbird.knowledge.relations.words import doubtful

__all__ = ["found_in_prose"]

_PATTERNS: Final = (being, working, lives, made, counted)
# What is said of what stands behind these is said of something else: "the father of X was born".
_LED_IN = re.compile(
    r"(?:\b(?:of|in|at|for|by|with|to|from|on|and|or|than|like|as|about|near|between|versus|including|over|under|into"
    r"|through|after|before|since|during|without|against|except|via|which|whom|whose|where|that)|['’]s|&|/)"
    r" (?:the |an? )?[\[*_`\"“‘(]*$"
)


def found_in_prose(page: Read) -> Iterator[tuple[Sentence, Found]]:
    """The relations that sentences state, in the page's order."""
    for sentence in sentences_with_names(page):
        if sentence.said[sentence.start : sentence.end].rstrip("\"”') ").endswith("?"):
            continue
        for spot in sentence.spots:
            # Nothing is said in the rest of a sentence without a name.
            for found in _found(sentence, spot):
                if _holds(sentence, found):
                    yield sentence, found


def _found(sentence: Sentence, spot: Spot) -> Iterator[Found]:
    if spot.kind in NAMED and not sentence.opens_whole(spot):
        return
    led_in = _LED_IN.search(sentence.said, max(sentence.start, spot.start - 24), spot.start) is not None
    for pattern in _PATTERNS:
        for found in pattern(sentence, spot):
            # Brackets and appositions belong to the name itself, whatever it is a part of.
            if not led_in or found.rule in _OF_THE_NAME:
                yield found


_OF_THE_NAME: Final = frozenset({
    "born in brackets", "life", "released in brackets", "own role", "own role as", "population of", "price of",
    "version of",
})  # fmt: skip


def _holds(sentence: Sentence, found: Found) -> bool:
    end = max(found.value.end, found.subject.end)
    return not doubtful(sentence.said[sentence.start : end], sentence.said[end : sentence.end])
