"""A stored text as a person reads it: headings, paragraphs, lists, tables, code, with the cited span marked in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge import Block, blocks
from bowerbird.knowledge.language import IN_ENGLISH, Written
from bowerbird.knowledge.words import is_english

__all__ = ["Group", "Line", "Piece", "Window", "mark_terms", "read", "window"]

# What one page view carries: some 30 screens. Longer texts come in parts.
PART_CHARACTERS: Final = 60_000
_MARK: Final = re.compile(r"\s*(?:#{1,6}[ \t]+|[-*+•·–][ \t]+)")
_FENCE: Final = re.compile(r"[ \t]*(?:```|~~~)[^\n]*\n?")
# Between cells; a bar inside a word is part of what a cell says.
_BAR: Final = re.compile(r"(?<!\S)\|(?!\S)")
_WORD: Final = re.compile(r"\w+")
_NUMBER: Final = re.compile(r"\W*\d[\d.,:%\s]*\w{0,3}\W*")

Kind = Literal["heading", "prose", "item", "row", "code"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is marked or not; the first marked one of a page is where a link lands."""

    text: str
    marked: bool = False
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, a heading, an item, or a row with its cells, some of them empty; all but rows have one cell."""

    cells: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbours of one kind: the items of a list, the rows of a table."""

    kind: Kind
    lines: tuple[Line, ...]
    language: str = ""  # where it is not in English

    @property
    def has_head(self) -> bool:
        """True for rows whose first names the columns: more rows follow it, and it holds no number of its own."""
        if self.kind != "row" or len(self.lines) < 2:
            return False
        first = ("".join(piece.text for piece in cell) for cell in self.lines[0].cells)
        return not any(_NUMBER.fullmatch(cell) for cell in first)


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a text that is shown, and where the parts around it begin (None at the ends)."""

    span: Span
    before: int | None
    after: int | None


def window(text: str, focus: Span | None, *, start: int = 0, size: int = PART_CHARACTERS) -> Window:
    """The part of `text` that holds `focus`, or begins at `start`; it ends between lines where it can."""
    first = _line_start(text, max(0, focus.start - size // 3)) if focus else min(start, len(text))
    last = min(len(text), max(first + size, focus.end if focus else 0))
    if last < len(text):
        border = _line_start(text, last)
        last = border if border > max(first, focus.end if focus else 0) else last
    return Window(
        span=Span(first, last),
        before=None if first == 0 else _line_start(text, max(0, first - size)),
        after=None if last >= len(text) else last,
    )


def read(text: str, shown: Span, cited: Span | None, written: Written = IN_ENGLISH) -> tuple[Group, ...]:
    """The shown part in groups, each in one language; the cited span is marked, however many lines it crosses."""
    marker = _Marker(text, cited)

    def kind_of(block: Block) -> tuple[Kind, str]:
        language = written.at(block.start)
        return block.kind, "" if block.kind == "code" or is_english(language) else language

    found = (_moved(block, shown.start) for block in blocks(shown.of(text)))
    return tuple(
        Group(kind, tuple(marker.line(block) for block in together), language)
        for (kind, language), together in groupby(found, key=kind_of)
    )


def mark_terms(text: str, query: str) -> tuple[Piece, ...]:
    """The text with the query's words marked; a word counts when it begins like one of them, in place of stems."""
    stems = tuple({word.lower()[: max(4, len(word) - 2)] for word in _WORD.findall(query) if len(word) > 2})
    pieces: list[Piece] = []
    position = 0
    for match in _WORD.finditer(text):
        if stems and match[0].lower().startswith(stems):
            if match.start() > position:
                pieces.append(Piece(text[position : match.start()]))
            pieces.append(Piece(match[0], marked=True))
            position = match.end()
    if position < len(text):
        pieces.append(Piece(text[position:]))
    return tuple(pieces)


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _moved(block: Block, by: int) -> Block:
    return Block(block.start + by, block.end + by, block.kind)


class _Marker:
    """Cuts stretches of one text into pieces, and knows which marked piece came first."""

    def __init__(self, text: str, cited: Span | None) -> None:
        self._text = text
        self._cited = cited
        self._has_marked = False

    def line(self, block: Block) -> Line:
        """The block without the signs that made it a heading or an item."""
        return Line(tuple(self._pieces(stretch) for stretch in _stretches(self._text, block)))

    def _pieces(self, stretch: Span) -> tuple[Piece, ...]:
        if stretch.start == stretch.end:
            return ()
        cited = self._cited
        if cited is None or cited.end <= stretch.start or cited.start >= stretch.end:
            return (Piece(stretch.of(self._text)),)
        start, end = max(stretch.start, cited.start), min(stretch.end, cited.end)
        is_first, self._has_marked = not self._has_marked, True
        pieces = (
            Piece(self._text[stretch.start : start]),
            Piece(self._text[start:end], marked=True, is_first=is_first),
            Piece(self._text[end : stretch.end]),
        )
        return tuple(piece for piece in pieces if piece.text)


def _stretches(text: str, block: Block) -> Iterator[Span]:
    start = block.start
    match block.kind:
        case "row":
            yield from _cells(text, block)
            return
        case "heading" | "item":
            sign = _MARK.match(text, start, block.end)
            start = sign.end() if sign else start
        case "code":
            fence = _FENCE.match(text, start, block.end)
            # A block begins at its first visible character; code is read with its indentation.
            start = fence.end() if fence else _line_start(text, start)
        case "prose":
            pass
    if start < block.end:
        yield Span(start, block.end)


def _cells(text: str, block: Block) -> Iterator[Span]:
    """
    The cells of a row in their columns. An empty one is there as an empty span, so that what follows stays below its
    head: a row that begins with a bar begins with an empty cell, unless a bar closes it too (a drawn frame).
    """
    bars = [(bar.start(), bar.end()) for bar in _BAR.finditer(text, block.start, block.end)]
    if len(bars) > 1 and bars[0][0] == block.start and bars[-1][1] == block.end:
        starts, ends = [end for _, end in bars[:-1]], [start for start, _ in bars[1:]]
    else:
        starts = [block.start, *(end for _, end in bars)]
        ends = [*(start for start, _ in bars), block.end]
    for start, end in zip(starts, ends, strict=True):
        words = text[start:end].strip()
        first = text.index(words, start)
        yield Span(first, first + len(words))
