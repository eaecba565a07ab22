"""A page's text as extraction reads it: sentences of tokens, with code, tables and addresses left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from bowerbird.knowledge.entities.candidate import Mention
from bowerbird.knowledge.entities.lexicon import BORDERS
from bowerbird.knowledge.text import blocks, sentences_of
from bowerbird.knowledge.words import STOPWORDS, fold, word_set

__all__ = ["BLANK", "Line", "Token", "is_code", "is_content", "lines", "readable", "tokens"]

# What is read of one page: a book in one file is known by its first part.
MAX_CHARACTERS = 400_000
BLANK = "\x00"

_CODE = re.compile(r"(?:[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+|[a-z]+[A-Z][A-Za-z0-9]+|_{0,2}[A-Za-z]\w*_\w*)$")
_TOKEN = re.compile(r"\w+(?:[-‐‑'’.&]\w+)*")
# Addresses, targets of links, pictures and formulas hold no names; they are blanked out, so that offsets stay.
# Every part is bounded, or stops at its own beginning, so that a hostile page costs no more than its length.
_MASKED = re.compile(
    r"!\[[^\]\n]{0,300}\]|(?<=\])\([^()\n]{0,2000}\)|https?://\S+|\b[\w.+-]{1,64}@[\w.-]{1,255}"
    r"|\\\(.{1,300}?\\\)|\\\[.{1,500}?\\\]|\$\$.{1,500}?\$\$"
)
_ADVERB_LIKE_NOUNS = word_set("anomaly assembly butterfly family italy july monopoly reply supply july multiply poly")


class Token(NamedTuple):  # made for every word that is read, which a frozen dataclass is three times as slow at
    """One word of a line; `joined` when only a space parts it from the word before."""

    start: int
    end: int
    word: str
    joined: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, heading or list item, in tokens."""

    start: int
    end: int
    heading: bool
    tokens: tuple[Token, ...]

    def mention(self, start: int, end: int) -> Mention:
        """The mention at this stretch of the line."""
        return Mention(start, end, self.start, self.end)


def readable(text: str) -> str:
    """As much of `text` as is read, with BLANK for what holds no words; offsets stay."""
    return _MASKED.sub(lambda found: BLANK * len(found.group()), text[:MAX_CHARACTERS])


def lines(text: str, seen: str) -> Iterator[Line]:
    """The headings, items and sentences of prose of `text` in order; `seen` is as much of it as is readable."""
    for block in blocks(text[:MAX_CHARACTERS]):
        if block.kind in ("code", "row"):
            continue
        for span in sentences_of(text, block):
            yield Line(span.start, span.end, block.kind == "heading", tuple(tokens(seen, span.start, span.end)))


def tokens(text: str, start: int, end: int) -> Iterator[Token]:
    """The words of `text[start:end]` in order."""
    last = -1
    for found in _TOKEN.finditer(text, start, end):
        at = found.start()
        joined = at == last + 1 and text[last] in " \n\xa0"
        last = found.end()
        yield Token(at, last, found.group(), joined)


def is_code(word: str) -> bool:
    """Whether a word is written as elements of an interface are: CamelCase, snake_case."""
    return _CODE.match(word) is not None


@lru_cache(maxsize=100_000)
def is_content(word: str) -> bool:
    """Whether `word` may be part of a term: letters, and neither a small word, a common verb nor an adverb."""
    low = fold(word)
    if len(low) < 2 or "_" in low or "." in low or not low[0].isalpha():
        return False
    if low in BORDERS:
        return False
    if low.endswith("ly") and len(low) > 4 and low not in _ADVERB_LIKE_NOUNS:
        return False
    parts = re.split(r"[-‐‑]", low)
    return len(parts) == 1 or (
        len(parts) <= 3 and not any(part in STOPWORDS for part in parts) and parts[-1] not in BORDERS
    )
