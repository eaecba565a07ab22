"""
Where the blocks and the sentences of a stored text are.

A stored text has blocks between blank lines: prose, `# headings`, `- list items`, `rows | of | tables`, code between
fences. A heading, an item, a row and a line of code are sentences of their own; prose is cut at full stops, where
abbreviations, initials and numbers are no ends. All offsets are code points into the text that was given.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bowerbird.kernel.nouns import Span

__all__ = ["MAX_SENTENCE", "Block", "Kind", "blocks", "sentences", "sentences_of"]

# A sentence longer than this (no stop in sight: a hostile or broken text) is cut at a space.
MAX_SENTENCE = 1000
# A line of prose at least this long that ends without a stop was wrapped, and goes on in the next line.
_WRAPPED = 45

Kind = Literal["heading", "prose", "item", "row", "code"]


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of one kind; `end` is exclusive; neither end is white space."""

    start: int
    end: int
    kind: Kind


_VISIBLE = re.compile(r"\S")
_LINE = re.compile(r"[^\n]+")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_MARK = re.compile(r"\s*(?:(?P<heading>#{1,6}[ \t])|(?P<item>[-*+•·–][ \t]|\(?\d{1,3}[.)][ \t]))")
_STOPS = ".!?…。！？:"
# Possessive, and what follows is looked at apart: a megabyte of dots is read once, not once from each dot.
_END = re.compile(r"[.!?…。！？]++[\"'”’»)\]*_」』）]*+(?:\[\d++\])*+")


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


# After these a name, a number or the rest of the sentence follows, always.
_NEVER_END = _words(
    """
    mr mrs mx dr prof sts rev hon lt sgt capt cmdr adm gov sen rep messrs mme mlle e.g i.e eg ie cf vs viz approx fig
    figs eq eqs chap vols nos pp eds al resp incl z.b d.h bzw u.a vgl nr str
    """
)
# These may end a sentence; they do when a word that opens sentences follows.
_MAY_END = _words(
    """
    etc inc ltd co corp llc plc bros jr sr esq dept univ assn est no p st ms gen col pres ca sec secs ch vol ed ph.d m.d
    b.a m.a b.sc m.sc d.c a.m p.m a.d b.c jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun
    u.s u.k u.n e.u u.s.a
    """
)
_OPENERS = _words(
    """
    the this that these those a an it its he she they we i you his her their our my there here in on at for from by with
    as if when while where what who why how but and or so yet however although though because since after before during
    until unless once also then thus hence moreover furthermore meanwhile instead many most some several all both each
    every another other no not now today later
    """
)
_WORD_BEFORE = re.compile(r"[^\s(\[\"'“‘]*$")
_WORD_AFTER = re.compile(r"[\"'“‘«(\[]{0,4}(?P<word>\w{0,24})")


def blocks(text: str) -> list[Block]:
    """The blocks of `text` in order, which cover all of it but white space."""
    found: list[Block] = []
    in_code = wrapped = False
    previous_end = 0
    for line in _LINE.finditer(text):
        bounds = _trimmed(text, line.start(), line.end())
        if bounds is None:
            continue
        start, end = bounds
        fence = _FENCE.match(text, start, end) is not None
        kind: Kind = "code" if in_code or fence else _kind(text, start, end)
        # Two newlines between the lines are a border, whatever the lines are.
        apart = text.count("\n", previous_end, start) != 1
        if found and kind == "prose" and wrapped and not apart:
            found[-1] = Block(found[-1].start, end, found[-1].kind)
        else:
            found.append(Block(start, end, kind))
        in_code ^= fence
        wrapped = kind in ("prose", "item") and end - start >= _WRAPPED and text[end - 1] not in _STOPS
        previous_end = end
    return found


def sentences(text: str) -> list[Span]:
    """The sentences of `text` in order, which cover all of it but white space and are at most MAX_SENTENCE long."""
    return [span for block in blocks(text) for span in sentences_of(text, block)]


def sentences_of(text: str, block: Block) -> Iterator[Span]:
    """The sentences of one block of `text` in order."""
    if block.kind in ("prose", "item"):
        start = block.start
        for end in _ends(text, block.start, block.end):
            yield from _bounded(text, start, end)
            start = end
        yield from _bounded(text, start, block.end)
    else:
        yield from _bounded(text, block.start, block.end)


def _kind(text: str, start: int, end: int) -> Kind:
    mark = _MARK.match(text, start, end)
    if mark is not None:
        return "heading" if mark["heading"] else "item"
    return "row" if " | " in text[start:end] else "prose"


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The bounds without the white space at either side, or None when nothing is left."""
    first = _VISIBLE.search(text, start, end)
    if first is None:
        return None
    while text[end - 1].isspace():
        end -= 1
    return first.start(), end


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    """Where sentences end inside a block; its own end not counted."""
    sentence = start
    for stop in _END.finditer(text, start, end):
        if stop.end() < end and _is_end(text, sentence, stop, end):
            sentence = stop.end()
            yield sentence


def _is_end(text: str, sentence: int, stop: re.Match[str], end: int) -> bool:
    """Whether `stop` ends the sentence that began at `sentence`, inside a block that goes on until `end`."""
    mark = stop[0]
    if mark[0] in "。！？":
        return True  # needs no space after it
    if not text[stop.end()].isspace():
        return False
    opener = _word_after(text, stop.end(), end)
    before = text[max(sentence, stop.start() - 24) : stop.start()]
    if not before or before[-1].isspace():
        return bool(before.strip())  # tokenised text, "the end . then": but never a stop on its own
    if opener[:1].islower():
        return False
    if mark != ".":
        return True
    return _ends_with_word(before, opener, at_start=stop.start() - sentence <= 4)


def _ends_with_word(before: str, opener: str, *, at_start: bool) -> bool:
    """Whether a single full stop after `before` ends a sentence when `opener` comes next."""
    found = _WORD_BEFORE.search(before)
    word = found[0] if found is not None else ""
    lower = word.lower()
    if lower in _NEVER_END:
        return False
    if at_start and word.isalnum() and (word.isdecimal() or len(word) == 1):
        return False  # "1. First", "A. First": the number of a list
    initial = len(word) == 1 and word.isupper()
    dotted = "." in word and all(len(part) == 1 for part in word.split("."))
    if lower in _MAY_END or initial or dotted:
        return opener.lower() in _OPENERS and not (opener in ("A", "I") and initial)
    return True


def _word_after(text: str, position: int, end: int) -> str:
    """The next word, without the quotes and brackets that open before it; empty when a sign comes next."""
    visible = _VISIBLE.search(text, position, end)
    word = None if visible is None else _WORD_AFTER.match(text, visible.start(), end)
    return "" if word is None else word["word"]


def _bounded(text: str, start: int, end: int) -> Iterator[Span]:
    """The trimmed stretch, cut at spaces where it is longer than MAX_SENTENCE."""
    bounds = _trimmed(text, start, end)
    while bounds is not None:
        start, end = bounds
        if end - start <= MAX_SENTENCE:
            yield Span(start, end)
            return
        middle, limit = start + MAX_SENTENCE // 2, start + MAX_SENTENCE
        cut = max(text.rfind(" ", middle, limit), text.rfind("\n", middle, limit))
        cut = limit if cut < 0 else cut
        yield Span(start, start + len(text[start:cut].rstrip()))
        bounds = _trimmed(text, cut, end)
