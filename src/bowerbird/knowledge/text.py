"""
Where the blocks and the sentences of a stored text are.

A stored text has blocks between blank lines: prose, `# headings`, `- list items`, `rows | of | tables`, code between
fences. A heading, an item, a row and a line of code are sentences of their own; prose is cut at full stops, where
abbreviations, initials and numbers are no ends; what is one depends on the language (`stops.py`). All offsets are code
points into the text that was given.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.stops import Stops, stops_of

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
_STOPS = ".!?…。！？:।؟։۔"
_UNSPACED_STOPS = "。！？"  # need no space after them
# Possessive, and what follows is looked at apart: a megabyte of dots is read once, not once from each dot.
_END = re.compile(r"[.!?…。！？]++[\"'”’»)\]*_」』）]*+(?:\[\d++\])*+")
# The stops of other scripts, too.
_END_ANY = re.compile(r"[.!?…。！？।॥؟։۔]++[\"'”’»)\]*_」』）]*+(?:\[\d++\])*+")
# Where a quotation begins „ or », it ends “ or «; French has a space before what closes one.
_END_LOW = re.compile(r"[.!?…।॥؟։۔]++[\"'”’»)\]*_“‘«]*+(?:\[\d++\])*+")
_END_SPACED = re.compile(r"[.!?…]++(?:[ \u00a0\u202f]?+»)?[\"'”’»)\]*_]*+(?:\[\d++\])*+")
_ENDS = {"": _END_ANY, "low": _END_LOW, "spaced": _END_SPACED}
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
# "「はい。」と言った": what was said, in the middle of who said it.
_QUOTED_ON = re.compile("[」』）][とっ]")


_WORD_BEFORE = re.compile(r"[^\s(\[\"'“‘]*$")
_WORD_AFTER = re.compile(r"[\"'“‘«(\[]{0,4}(?P<word>\w{0,24})")
_WORD_AFTER_ANY = re.compile(r"[\"'“‘«‹„‚(\[¿¡\u00a0\u202f]{0,4}(?P<word>\w{0,24})")


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


def sentences(text: str, language: str = "en") -> list[Span]:
    """The sentences of `text` in order, which cover all of it but white space and are at most MAX_SENTENCE long."""
    return [span for block in blocks(text) for span in sentences_of(text, block, language)]


def sentences_of(text: str, block: Block, language: str = "en") -> Iterator[Span]:
    """The sentences of one block of `text`, which is in this language, in order."""
    if block.kind in ("prose", "item"):
        start = block.start
        for end in _ends(text, block.start, block.end, stops_of(language)):
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


def _ends(text: str, start: int, end: int, stops: Stops) -> Iterator[int]:
    """Where sentences end inside a block; its own end not counted."""
    sentence = start
    pattern = _END if stops.is_english else _ENDS[stops.quotes]
    for stop in pattern.finditer(text, start, end):
        if stop.end() < end and _is_end(text, sentence, stop, end, stops):
            sentence = stop.end()
            yield sentence


def _is_end(text: str, sentence: int, stop: re.Match[str], end: int, stops: Stops) -> bool:
    """Whether `stop` ends the sentence that began at `sentence`, inside a block that goes on until `end`."""
    mark = stop[0]
    if mark[0] in _UNSPACED_STOPS:
        goes_on = text[stop.end()] in _UNSPACED_STOPS or _QUOTED_ON.match(text, stop.end() - 1) is not None
        return not (stops.unspaced and goes_on)
    if not text[stop.end()].isspace():
        return stops.unspaced and mark[0] in "!?" and _UNSPACED.match(text, stop.end()) is not None
    opener = _word_after(text, stop.end(), end, _WORD_AFTER if stops.is_english else _WORD_AFTER_ANY)
    before = text[max(sentence, stop.start() - 24) : stop.start()]
    if not stops.is_english and mark[0] in "!?…":
        before = before.rstrip()  # French has a space before these
    if not before or before[-1].isspace():
        return bool(before.strip())  # tokenised text, "the end . then": but never a stop on its own
    if opener[:1].islower():
        return False
    if mark != ".":
        return True
    return _ends_with_word(before, opener, stops, at_start=stop.start() - sentence <= 4)


def _ends_with_word(before: str, opener: str, stops: Stops, *, at_start: bool) -> bool:
    """Whether a single full stop after `before` ends a sentence when `opener` comes next."""
    found = _WORD_BEFORE.search(before)
    word = found[0] if found is not None else ""
    lower = word.lower()
    if lower in stops.never_end:
        return False
    if not stops.is_english and before.strip().replace(".", "").isdecimal():
        return False  # "8.6. Warum": the number of a section
    if at_start and word.isalnum() and (word.isdecimal() or len(word) == 1):
        return False  # "1. First", "A. First": the number of a list
    initial = len(word) == 1 and word.isupper()
    dotted = "." in word and all(len(part) == 1 for part in word.split("."))
    ordinal = stops.has_ordinals and word.isdecimal() and len(word) <= 2
    if lower in stops.may_end or initial or dotted or ordinal:
        return opener.lower() in stops.openers and not (stops.is_english and opener in ("A", "I") and initial)
    return True


def _word_after(text: str, position: int, end: int, opening: re.Pattern[str]) -> str:
    """The next word, without the quotes and brackets that open before it; empty when a sign comes next."""
    visible = _VISIBLE.search(text, position, end)
    word = None if visible is None else opening.match(text, visible.start(), end)
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
