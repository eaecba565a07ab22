"""
What names that may be one thing have in common, so that each is compared with a few others and not with all.

A block is a short text: the letters of a name without its gaps ("kmeans" for "k-means"), its initials ("svm" for
"support vector machine", and for "SVM"), its first letters, its first and its last word. An entity is in the blocks of
all its names.
"""

import re
from collections.abc import Iterable

from bowerbird.knowledge.entities.candidate import key_of
from bowerbird.knowledge.words import STOPWORDS

__all__ = ["SHORT", "blocks", "initials", "letters", "stated_block"]

MAX_NAMES = 12  # of one entity
_LONGEST = 60
_PREFIX = 5
SHORT = 6  # letters: a name of no more may be initials
_NOT_LETTERS = re.compile(r"[\W_]+")


def blocks(name: str, aliases: Iterable[str]) -> set[str]:
    """The blocks of an entity of this name, and of what pages say it is called besides."""
    others = list(dict.fromkeys(aliases))[:MAX_NAMES]
    found = {stated_block(alias) for alias in others if key_of(alias) != key_of(name)}
    for called in (name, *others):
        key = key_of(called)
        together = letters(key)
        if not together:
            continue
        found.add(f"=:{together[:_LONGEST]}")
        if len(together) >= _PREFIX:
            found.add(f"p:{together[:_PREFIX]}")
        words = [word for word in _NOT_LETTERS.split(key) if word]
        if len(words) == 1 and 2 <= len(together) <= SHORT:
            found.add(f"i:{together}")
        for short in initials(words):
            found.add(f"i:{short}")
        for word in {words[0], words[-1]}:
            if len(word) > 2 and word not in STOPWORDS:
                found.add(f"w:{word[:_LONGEST]}")
    return found


def stated_block(alias: str) -> str:
    """The block of all that some page says is called `alias` too."""
    return f"a:{letters(key_of(alias))[:_LONGEST]}"


def initials(words: list[str]) -> set[str]:
    """The first letters of two to six words, with the small ones among them and without."""
    if not 2 <= len(words) <= 8:
        return set()
    content = [word for word in words if word not in STOPWORDS]
    return {short for some in (words, content) if 2 <= len(short := "".join(word[0] for word in some)) <= 6}


def letters(key: str) -> str:
    """The letters and digits of a key without gaps and marks."""
    return _NOT_LETTERS.sub("", key)
