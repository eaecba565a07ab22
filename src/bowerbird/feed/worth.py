"""
What an item is made of that no page states as such: its key sentence, and how good it is.

    key sentence   the first full sentence of the prose that says something (40 to 300 characters, no question),
                   else the first stretch that is no heading, else the first heading
    quality        what the item states, brought into 0 to 1, else the sum of
                     0.35  for its length: none at 0 characters, all at 4,000
                     0.15  for its headings: all at 4
                     0.15  for a date of its own
                     0.15  for what it states for machines (author, image, category, tags): 0.05 each, 3 at most
                     0.20  for a key sentence that is one

A page that is too short to be worth anyone's time is no item: below `MIN_PAGE_CHARS`, unless somebody imported it as
one.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.text import Block, blocks, sentences_of

__all__ = ["HEAD_CHARS", "MIN_PAGE_CHARS", "KeySentence", "key_sentence", "quality"]

MIN_PAGE_CHARS: Final = 200
HEAD_CHARS: Final = 8_000  # of a text that are looked at: what matters stands at its beginning
LEAST_CHARS: Final = 40
MOST_CHARS: Final = 300
LEAST_DENSE_CHARS: Final = 14  # of scripts whose signs say as much as several letters
LONG_CHARS: Final = 4_000
MANY_HEADINGS: Final = 4

_ENDS: Final = ".!…。！।॥؟۔"
_CLOSING: Final = "\"'”’»)]*_」』）"
_OPENING: Final = "\"'“‘«(„‚¿¡「『"


@dataclass(frozen=True, slots=True)
class KeySentence:
    """Where it stands in the text; `is_statement` unless it is only the first stretch that was found."""

    span: Span
    is_statement: bool


def key_sentence(head: str, language: str = "") -> KeySentence:
    """The key sentence of a text that begins with `head`; `KeySentence(Span(0, 0), False)` of an empty one."""
    found = blocks(head)
    for span in _prose(head, found, language):
        if _is_statement(span.of(head), is_cut=span.end >= HEAD_CHARS):
            return KeySentence(span, is_statement=True)
    for kinds in (("prose", "item", "row"), ("code", "heading")):
        for block in found:
            if block.kind in kinds:
                first = next(sentences_of(head, block, language), Span(block.start, block.end))
                return KeySentence(_bounded(head, first), is_statement=False)
    return KeySentence(Span(0, 0), is_statement=False)


def quality(fields: Mapping[str, Any], head: str, *, chars: int, is_dated: bool, key: KeySentence) -> float:
    """How good an item is, from 0 to 1, by the rule above; `chars` is the length of its whole text."""
    stated = fields.get("quality")
    if isinstance(stated, int | float) and not isinstance(stated, bool) and math.isfinite(stated):
        return min(max(float(stated), 0.0), 1.0)
    headings = sum(1 for line in head.splitlines() if line.startswith("#"))
    known = sum(1 for name in ("author", "image", "category", "tags") if fields.get(name))
    return round(
        0.35 * min(chars / LONG_CHARS, 1.0)
        + 0.15 * min(headings / MANY_HEADINGS, 1.0)
        + 0.15 * is_dated
        + 0.05 * min(known, 3)
        + 0.20 * key.is_statement,
        4,
    )


def _prose(head: str, found: list[Block], language: str) -> Iterator[Span]:
    for block in found:
        if block.kind == "prose":
            yield from sentences_of(head, block, language)


def _is_statement(sentence: str, *, is_cut: bool) -> bool:
    bare = sentence.rstrip(_CLOSING)
    is_dense = sum(1 for char in sentence if "\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af") * 2
    least = LEAST_DENSE_CHARS if is_dense > len(sentence) else LEAST_CHARS
    if is_cut or not least <= len(sentence) <= MOST_CHARS or not bare.endswith(tuple(_ENDS)):
        return False
    # "…, and so on." that begins in lower case goes on from something that is not quoted with it.
    return not sentence.lstrip(_OPENING)[:1].islower()


def _bounded(head: str, span: Span) -> Span:
    """The span, or as many whole words of it as fit."""
    if span.end - span.start <= MOST_CHARS:
        return span
    space = head.rfind(" ", span.start + 1, span.start + MOST_CHARS + 1)
    end = span.start + MOST_CHARS if space < 0 else space
    return Span(span.start, span.start + len(head[span.start : end].rstrip()))
