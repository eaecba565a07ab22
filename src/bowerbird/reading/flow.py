"""
The lines of a PDF as text: headings, paragraphs, lists, code and tables, and where in the text each page begins.

Paragraphs go on across columns and pages. Whoever reads needs them whole; which page a word stands on is told by the
offsets beside the text.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bowerbird.reading.blocks import BlockWriter
from bowerbird.reading.layout import Line
from bowerbird.reading.rows import Table, table_at

__all__ = ["Flow", "flowing"]

# Stands in the text before the first word of a page until the text is written; `glyphs` lets none through.
MARK: Final = "\ue000"
_NEW_PARAGRAPH: Final = 1.3  # times the usual distance between lines
_INDENT: Final = 0.8  # of the letters' size
_SHORT: Final = 0.12  # of the column's width: a line that ends so far from the margin ends a paragraph, if it can
_HEADING: Final = 1.08  # times the size of the text
_SMALL_HEADING: Final = 0.85  # the same, of a bold one
_NOTE: Final = 0.93  # times the size of the text, or smaller
_MAX_HEADING_CHARS: Final = 200
_MAX_BOLD_CHARS: Final = 90  # a longer bold line is a stressed sentence
_LEVELS: Final = 4

_BULLET: Final = re.compile(r"[•‣◦▪●○■·–\uf0b7\uf0a7*-]\s+(?=\S)")
_NUMBERED: Final = re.compile(r"(?:\d{1,3}[.)]|\(?[a-z]\)|\[\w{1,12}\])\s")
_MAX_PARAGRAPH_CHARS: Final = 20_000  # what goes on for longer is no paragraph
_SENTENCE_END: Final = re.compile(r"[.!?:…。！？][\"'”’)\]]*\d*$")
_DIVIDED: Final = re.compile(r"(\w+)[-\xad\u2010]$")
_BROKEN_ADDRESS: Final = re.compile(r"https?://\S*[./_-]$")
_LEADERS: Final = re.compile(r"(?:\s?[.·]){4,}")
_UNSPACED: Final = re.compile("[\u2e80-\ua4cf\uf900-\ufaff\uff00-\uffef]")  # Chinese and Japanese
_WORD: Final = re.compile(r"\w+(?:-\w+)*")
_SIGNS: Final = re.compile(r"(?:#{1,6} | *- |```\n)$")


@dataclass(frozen=True, slots=True)
class Flow:
    """The text, and the offset at which each page begins; a page without text begins where the next one does."""

    text: str
    page_starts: tuple[int, ...]


def flowing(pages: Sequence[Sequence[Line]]) -> Flow:
    """What the pages say."""
    shape = _Shape.of([line for lines in pages for line in lines])
    writing = _Writing(shape)
    for lines in pages:
        writing.page(lines)
    writing.close()
    return _unmarked(writing.writer.text(), len(pages))


def _unmarked(marked: str, pages: int) -> Flow:
    """The text without its marks; the n-th of them stood where page n begins."""
    parts = marked.split(MARK)
    starts: list[int] = []
    offset = 0
    for part in parts[:-1]:
        offset += len(part)
        # The signs of a heading or an item belong to what follows them.
        signs = _SIGNS.search(part)
        is_empty = bool(starts) and not part  # the page before has no text
        starts.append(starts[-1] if is_empty else offset - len(signs[0]) if signs else offset)
    text = "".join(parts)
    starts += [len(text)] * (pages - len(starts))
    return Flow(text, tuple(starts))


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the document is set."""

    body: float  # the size of most letters
    leading: float  # from line to line, in sizes
    headings: tuple[float, ...]  # the sizes of its headings, the largest first
    words: frozenset[str]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "_Shape":
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[round(line.size, 1)] += len(line.text)
        body = sizes.most_common(1)[0][0] if sizes else 10.0
        gaps = [line.gap / line.size for line in lines if line.gap and abs(line.size - body) < 0.5]
        larger = {_rounded(size) for size in sizes if size > _HEADING * body}
        return cls(
            body=body,
            leading=min(median(gaps), 2.5) if gaps else 1.2,
            headings=tuple(sorted(larger, reverse=True)),
            words=frozenset(word for line in lines for word in _WORD.findall(line.text.lower())),
        )

    def is_heading(self, line: Line) -> bool:
        text = line.text
        if line.is_mono or 2 * sum(map(str.isalpha, text)) < len(text):
            return False
        if line.size > _HEADING * self.body:
            return len(text) <= _MAX_HEADING_CHARS
        stands_out = line.is_bold and line.size > _SMALL_HEADING * self.body
        return stands_out and len(text) <= _MAX_BOLD_CHARS and not text.endswith((".", ",", ";", "-"))

    def level(self, line: Line) -> int:
        size = _rounded(line.size)
        rank = self.headings.index(size) if size in self.headings else len(self.headings)
        return min(rank + 1, _LEVELS)

    def joined(self, text: str, more: str) -> str:
        """Two lines as one; a word that was divided between them is whole again."""
        if _BROKEN_ADDRESS.search(text) and more[:1].islower():
            return text + more
        divided = _DIVIDED.search(text)
        start = _WORD.match(more.lstrip(MARK))
        if _UNSPACED.match(text[-1:]) and _UNSPACED.match(more.lstrip(MARK)[:1]):
            return text + more
        if divided is None or start is None or not start[0][0].islower():
            return f"{text} {more}"
        before, after = divided[1].lower(), start[0].lower()
        keeps = f"{before}-{after}" in self.words and before + after not in self.words
        return text + more if keeps else text[:-1] + more


def _rounded(size: float) -> float:
    return round(2 * size) / 2


class _Writing:
    """Takes lines in reading order; a paragraph stays open until a line comes that does not go on with it."""

    def __init__(self, shape: _Shape) -> None:
        self.writer = BlockWriter()
        self._shape = shape
        self._mark = ""  # of pages that have begun and have said nothing yet
        self._text = ""  # of the open paragraph
        self._lines: list[Line] = []  # of it
        self._heading: Line | None = None  # the last line of an open heading

    def page(self, lines: Sequence[Line]) -> None:
        """Write what a page says; its notes before a paragraph that goes on over the page, which they interrupt."""
        self._mark += MARK
        said, notes = self._parted(lines)
        number = 0
        while number < len(said):
            number += self._take(said, number)
        if notes:
            if MARK in self._text.lstrip(MARK) or _SENTENCE_END.search(self._text):
                self.close()  # it began on a page before, or is at its end
            self._write_notes(notes)

    def close(self) -> None:
        """Write what is still open."""
        text, lines, heading = self._text, self._lines, self._heading
        self._text, self._lines, self._heading = "", [], None
        if heading is not None:
            self.writer.heading(text, self._shape.level(heading))
        elif lines:
            bullet = _BULLET.match(text.lstrip(MARK))
            if bullet is None:
                self.writer.paragraph(text)
            else:
                marks = text[: len(text) - len(text.lstrip(MARK))]
                self.writer.item(marks + text.lstrip(MARK)[bullet.end() :], depth=0)

    def _parted(self, lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
        """The lines of a page, and those that stand in small print at the foot of its columns."""
        half = max((line.y for line in lines), default=0.0) / 2
        said: list[Line] = []
        notes: list[Line] = []
        for column in _by_column(lines):
            end = len(column)
            while end and self._is_note(column[end - 1]) and column[end - 1].y < half:
                end -= 1
            said += column[:end]
            notes += column[end:]
        return (said, notes) if said else (list(lines), [])

    def _is_note(self, line: Line) -> bool:
        return line.size <= _NOTE * self._shape.body and not line.is_mono

    def _write_notes(self, notes: Sequence[Line]) -> None:
        inner = _Writing(self._shape)
        inner.writer = self.writer
        bare = self._text.lstrip(MARK)
        inner._mark = self._text[: len(self._text) - len(bare)] + self._mark
        self._text, self._mark = bare, ""
        number = 0
        while number < len(notes):
            number += inner._take(notes, number)
        inner.close()
        self.writer.end_group()

    def _take(self, lines: Sequence[Line], number: int) -> int:
        """Write one line, or what it begins; how many lines that took."""
        line = lines[number]
        if line.is_mono and not self._goes_on(line):
            return self._code(lines, number)
        table = table_at(lines, number, leading=self._shape.leading, joined=self._shape.joined)
        if table is not None:
            return self._table(table)
        text = _LEADERS.sub(" ", line.text).strip()
        if self._shape.is_heading(line):
            self._head(line, text)
        elif self._goes_on(line):
            self._text = self._shape.joined(self._text, self._marked(text))
            self._lines.append(line)
        else:
            self.close()
            self._text, self._lines = self._marked(text), [line]
        return 1

    def _marked(self, text: str) -> str:
        mark, self._mark = self._mark, ""
        return mark + text

    def _head(self, line: Line, text: str) -> None:
        last = self._heading
        is_more = (
            last is not None
            and last.page == line.page
            and last.column == line.column
            and (abs(last.size - line.size) < 0.1 and last.is_bold == line.is_bold)
            and (line.gap or 0) <= 1.5 * line.size
            and len(self._text) + len(text) < _MAX_HEADING_CHARS
            and last.x1 > last.left + 0.5 * (last.right - last.left)
        )
        if is_more:
            self._text, self._heading = self._shape.joined(self._text, self._marked(text)), line
        else:
            self.close()
            self._text, self._heading = self._marked(text), line

    def _code(self, lines: Sequence[Line], number: int) -> int:
        self.close()
        first = lines[number]
        block = [first]
        for line in lines[number + 1 :]:
            if not line.is_mono or (line.page, line.column) != (first.page, first.column):
                break
            block.append(line)
        edge = min(line.x0 for line in block)
        texts = [" " * min(round((line.x0 - edge) / (0.6 * line.size)), 60) + line.text for line in block]
        self.writer.code(self._marked("") + "\n".join(texts))
        return len(block)

    def _table(self, table: Table) -> int:
        self.close()
        self.writer.end_group()
        for row in table.rows:
            cells = [_LEADERS.sub("", cell).strip() for cell in row]
            self.writer.row([self._marked(cells[0]), *cells[1:]])
        self.writer.end_group()
        return table.lines

    def _goes_on(self, line: Line) -> bool:
        """Whether the line goes on with the open paragraph."""
        if not self._lines or self._heading is not None or len(self._text) > _MAX_PARAGRAPH_CHARS:
            return False
        last, text = self._lines[-1], line.text
        if abs(line.size - last.size) > 0.08 * last.size or _BULLET.match(text) or line.is_bold != last.is_bold:
            return False
        ends = _SENTENCE_END.search(self._text) is not None
        if (last.page, last.column) != (line.page, line.column):
            return not ends and (text[:1].islower() or _DIVIDED.search(self._text) is not None or _is_full(last))
        shift = line.x0 - last.x0
        if (line.gap or 0) > _NEW_PARAGRAPH * self._shape.leading * line.size:
            return False
        if _NUMBERED.match(text) and (ends or abs(shift) > _INDENT * line.size):
            return False
        if ends and not _is_full(last):
            return False
        return not self._begins_by_indent(line, shift, ends=ends)

    def _begins_by_indent(self, line: Line, shift: float, *, ends: bool) -> bool:
        step = _INDENT * line.size
        said = self._text.lstrip(MARK)
        hangs = len(self._lines) == 1 and bool(_NUMBERED.match(said) or _BULLET.match(said))
        if shift > step:
            return not hangs and (ends or len(self._lines) > 1 or not _is_full(self._lines[-1]))
        return shift < -step and len(self._lines) > 1


def _is_full(line: Line) -> bool:
    """Whether it reaches the margin, so that the next word had no room on it."""
    return line.x1 >= line.right - _SHORT * (line.right - line.left)


def _by_column(lines: Sequence[Line]) -> Iterator[list[Line]]:
    column: list[Line] = []
    for line in lines:
        if column and column[-1].column != line.column:
            yield column
            column = []
        column.append(line)
    if column:
        yield column
