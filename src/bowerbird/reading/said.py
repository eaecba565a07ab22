"""
Whether a text still says what another said at some place: the question behind every stale flag.

Places move, lines are wrapped anew, emphasis comes and goes: that changes nothing. What does change something though
the quoted words stand there still (decision 0013):

- the rest of its sentence brings another number, or a "not";
- the other cells of its row, or the heads of its table, are no longer what they were;
- it stands under a heading with another number ("Prices 2025");
- it stood in several sections, and no longer stands in its own;
- it is so short that it stands there by chance: then the heading and a neighbour must be the same.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

__all__ = ["Text"]

TELLING_WORDS: Final = 5  # a quote of fewer words may stand anywhere by chance

_HEADING = re.compile(r"(#{1,6})\s")
_MARK = re.compile(r"(?:#{1,6}|[-*+•·–]|\(?\d{1,3}[.)])\s+")
_ITEM = re.compile(r"(?:[-*+•·–]|\(?\d{1,3}[.)])\s")
_CELLS = re.compile(r"\s*\|\s*")
# Marks of emphasis and code stand at the border of a word; within one they are part of it.
_EMPHASIS = re.compile(r"(?<!\w)[*_`~]+|[*_`~]+(?!\w)")
_ALIKE = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-", "‑": "-", "\xad": ""})
_SENTENCE_END = re.compile(r"[.!?…:]['\")\]]*\s|[。！？]")
_ENDED = re.compile(r"[.!?…:。！？]['\")\]]*$")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_SECTION = re.compile(r"\d{1,2}(?:\.\d{1,2})*[.)]?\s+")  # of a heading: sections are numbered anew when one comes
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|neither|without|cannot|unless|except|formerly|deprecated|obsolete|\w+n't)\b"
)

Kind = Literal["heading", "item", "row", "prose"]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A paragraph, item, row or heading: where it is in the text, and its words without their form."""

    start: int
    end: int
    kind: Kind
    words: str
    at: int  # where `words` begin among the words of the whole text
    heading: str  # the one above it
    lead: str  # what introduces it: of an item the paragraph above the list, of a row the heads of its table
    before: str  # the unit before it in its section

    @property
    def stop(self) -> int:
        """Where its words end."""
        return self.at + len(self.words)


@dataclass(frozen=True, slots=True)
class _Standing:
    """The words at a place, and what surrounds them."""

    kind: Kind
    heading: str
    lead: str
    before: str  # the sentence before, in its section
    after: str  # the sentence after
    rest: str  # of the sentence that the words stand in
    unit: str


class Text:
    """A stored text, to be asked what it says."""

    def __init__(self, text: str) -> None:
        self._stored = text

    @cached_property
    def _units(self) -> list[_Unit]:
        return list(_units(self._stored))

    @cached_property
    def _words(self) -> str:
        return " ".join(unit.words for unit in self._units)

    def says(self, other: "Text", start: int, end: int) -> bool:
        """Whether this text says what `other` says from `start` to `end`; a quote without words is not said."""
        words = other.words_at(start, end)
        if not words:
            return False
        was = other.at_place(start, end)
        if was is not None and was.kind == "row":
            return self._has_row(was)
        now = list(self.standings(words))
        if was is None or not now:
            return bool(now)
        then = list(other.standings(words))
        if len({each.heading for each in then}) > 1 and any(unit.heading == was.heading for unit in self._units):
            now = [each for each in now if each.heading == was.heading]
        return any(_is_same(was, each, is_telling=_is_telling(words)) for each in now)

    def words_at(self, start: int, end: int) -> str:
        """The words at a place of the text as it is stored."""
        return _plain(self._stored[start:end], has_mark=True)

    def _has_row(self, was: _Standing) -> bool:
        """Whether a row has all the cells of that one, under heads that have all of its heads."""
        cells, heads = _cells(was.unit), _cells(was.lead)
        rows = (unit for unit in self._units if unit.kind == "row")
        return any(cells <= _cells(row.words) and heads <= _cells(row.lead) for row in rows)

    def at_place(self, start: int, end: int) -> _Standing | None:
        """What stands at a place of the text as it is stored."""
        touched = [unit for unit in self._units if unit.start < end and unit.end > start]
        if not touched:
            return None
        first, last = touched[0], touched[-1]
        before = _plain(self._stored[first.start : max(start, first.start)], has_mark=True)
        after = _plain(self._stored[min(end, last.end) : last.end])
        return _standing(first, before, _plain(self._stored[start:end]), after, self._behind(last))

    def _behind(self, unit: _Unit) -> str:
        """The unit behind it in its section."""
        number = self._number[unit.at] + 1
        following = self._units[number] if number < len(self._units) else None
        return following.words if following is not None and following.kind != "heading" else ""

    @cached_property
    def _number(self) -> dict[int, int]:
        return {unit.at: number for number, unit in enumerate(self._units)}

    def standings(self, words: str) -> Iterator[_Standing]:
        """Every place where `words` stand, as whole words."""
        position = self._words.find(words)
        number = 0
        while position >= 0:
            end = position + len(words)
            if _is_whole(self._words, position, end):
                while self._units[number].stop <= position:
                    number += 1
                first = self._units[number]
                last = next(unit for unit in self._units[number:] if unit.stop >= end)
                before, after = self._words[first.at : position].strip(), self._words[end : last.stop].strip()
                yield _standing(first, before, words, after, self._behind(last))
            position = self._words.find(words, position + 1)


def _standing(unit: _Unit, before: str, words: str, after: str, following: str) -> _Standing:
    """What surrounds `words` that begin in `unit`, between what stands before and after them."""
    behind = _sentences(after)
    said, begun = _sentences(before), ""
    if said and not _ENDED.search(before):
        begun = said.pop()
    going_on = behind.pop(0) if behind and not _ENDED.search(words) else ""
    previous = said or _sentences(unit.before)
    next_ones = behind or _sentences(following)
    return _Standing(
        kind=unit.kind,
        heading=unit.heading,
        lead=unit.lead,
        before=previous[-1] if previous else "",
        after=next_ones[0] if next_ones else "",
        rest=f"{begun} {going_on}".strip(),
        unit=unit.words,
    )


def _is_telling(words: str) -> bool:
    """Whether words are so many that they hardly stand anywhere by chance; some scripts put no blanks between them."""
    return len(words.split()) >= TELLING_WORDS or len(_UNSPACED.findall(words)) >= 2 * TELLING_WORDS


def _is_same(was: _Standing, now: _Standing, *, is_telling: bool) -> bool:
    """Whether the same words mean the same at two places, by what surrounds them."""
    if _numbers(was.rest) != _numbers(now.rest) or _negations(was.rest) != _negations(now.rest):
        return False
    if was.kind == now.kind == "item" and _negations(was.lead) != _negations(now.lead):
        return False
    if is_telling:
        return _numbers(was.heading) == _numbers(now.heading)
    neighbour = was.before == now.before or (bool(was.after) and was.after == now.after)
    return was.heading == now.heading and neighbour


def _units(text: str) -> Iterator[_Unit]:
    """The units of a text, in order."""
    at = 0
    headings: list[tuple[int, str]] = []
    lead = before = heads = ""
    for start, end, kind in _stretches(text):
        words = _plain(text[start:end], has_mark=kind in ("heading", "item"))
        if not words:
            continue
        if kind == "heading":
            level = _level(text, start)
            headings = [each for each in headings if each[0] < level]
        heads = (heads or words) if kind == "row" else ""
        led = {"item": lead, "row": heads if not _NUMBER.search(heads) else ""}.get(kind, "")
        yield _Unit(start, end, kind, words, at, headings[-1][1] if headings else "", led, before)
        at += len(words) + 1
        before = words
        if kind == "heading":
            headings.append((_level(text, start), _SECTION.sub("", words, count=1) if _SECTION.match(words) else words))
            lead = before = ""
        elif kind == "prose":
            lead = words if words.endswith(":") else ""


def _stretches(text: str) -> Iterator[tuple[int, int, Kind]]:
    """Where units begin and end: lines of one paragraph belong together."""
    begun: tuple[int, int, Kind] | None = None
    position = 0
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        bare = line.strip()
        if not bare:
            if begun is not None:
                yield begun
            begun = None
            continue
        kind = _kind(bare)
        if begun is not None and (kind != "prose" or begun[2] in ("heading", "row")):
            yield begun
            begun = None
        begun = (start, position, kind) if begun is None else (begun[0], position, begun[2])
    if begun is not None:
        yield begun


def _kind(line: str) -> Kind:
    if _HEADING.match(line):
        return "heading"
    if " | " in line:
        return "row"
    return "item" if _ITEM.match(line) else "prose"


def _level(text: str, start: int) -> int:
    mark = _HEADING.match(text[start : start + 200].lstrip())
    return len(mark[1]) if mark else 1


def _plain(text: str, *, has_mark: bool = False) -> str:
    """The words without their form: white space, emphasis, the shape of quotes and dashes, capitals."""
    bare = text.strip()
    if has_mark and (mark := _MARK.match(bare)):
        bare = bare[mark.end() :]
    plain = unicodedata.normalize("NFKC", bare).translate(_ALIKE)
    return " ".join(_EMPHASIS.sub("", plain).casefold().split())


def _is_whole(words: str, start: int, end: int) -> bool:
    """Whether a place begins and ends with whole words, and no number goes on behind it."""
    if start and words[start].isalnum() and (words[start - 1].isalnum() or re.search(r"\d[.,]$", words[:start][-2:])):
        return False
    behind = words[end : end + 2]
    return not (behind and words[end - 1].isalnum() and (behind[0].isalnum() or re.match(r"[.,]\d", behind)))


def _sentences(words: str) -> list[str]:
    found: list[str] = []
    begun = 0
    for end in _SENTENCE_END.finditer(f"{words} "):
        found.append(words[begun : end.end()].strip())
        begun = end.end()
    found.append(words[begun:].strip())
    return [each for each in found if each]


def _cells(row: str) -> "Counter[str]":
    return Counter(cell for cell in _CELLS.split(row) if cell)


def _numbers(words: str) -> "Counter[str]":
    return Counter(_NUMBER.findall(words))


def _negations(words: str) -> "Counter[str]":
    return Counter(_NEGATION.findall(words))
