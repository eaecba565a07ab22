"""
What a stored text says in a form: rows of tables, definitions, `label: value` lines, and the sections they stand in.

    | heads | …  |            # heading                 term (type)             name: …
    | name  | …  | a row      label: value  a section   what it means: a        label: …    a statement
                                                        definition

Nothing here knows what is looked for; all places are code points into the text. A text is read once, line by line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal

from bowerbird.kernel.nouns import Span

__all__ = ["Definition", "Pair", "Reading", "Row", "Section", "Sheet", "Statement", "read"]

How = Literal["table", "definition", "label", "statement"]

MAX_ROWS: Final = 5_000  # of a page
MAX_COLUMNS: Final = 60
MAX_LABEL: Final = 60
MAX_VALUE: Final = 400
MAX_TERM: Final = 160
MAX_NAMES: Final = 4  # of a term, before what it means

_BLOCK = re.compile(r"[^\n]+(?:\n[^\n]+)*")
_HEADING = re.compile(r"(#{1,6}) ")
_FENCE = re.compile(r"`{3,}")
_BAR = re.compile(r"(?<!\S)\|(?!\S)")
_LABEL = re.compile(r"[ \t]*(?:[-*+•] )?(?P<label>[^\W_][^:|\n.!?]{0,58}?): (?P<value>\S[^\n]*)")
_ENDS = (".", "!", "?", ";", ",", ":", "。")
_CLASSIFIER = re.compile(r"^(?P<name>[\w.*, -]{1,100}?) : (?P<type>\S.{0,140})$")
_IN_PARENS = re.compile(
    r"^(?P<name>[^\s()]+(?: [^\s()]+){0,3}) \((?P<type>(?:integer|int|string|str|text|boolean|bool|enum|float"
    r"|floating point|real|double|number|numeric|decimal|date|time|timestamp|bytes?|list|array|object|dict|map|tuple"
    r"|set|url|path|json|uuid|char|duration|file|function|callable)(?: (?:of )?\w+){0,2})\)$"
)
_SENTENCE = re.compile(r"\w+ \w+ .*[.!?:。]['\")\]]*$|^.{60}")
_STATED = re.compile(r"(?P<label>default) ?[=:] ?(?P<value>[^\s,]+)")


@dataclass(frozen=True, slots=True)
class Pair:
    """What a page gives under a label."""

    label: str
    value: Span
    how: How


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a line of a table; None where there is nothing."""

    cells: tuple[Span | None, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its first line, the others, and the headings above it."""

    heads: Row
    rows: tuple[Row, ...]
    under: tuple[str, ...]


@dataclass(slots=True)
class Definition:
    """A term and what is said of it, until the next term or heading."""

    term: Span
    start: int
    end: int
    under: tuple[str, ...]
    pairs: list[Pair] = field(default_factory=list[Pair])


@dataclass(frozen=True, slots=True)
class Statement:
    """Lines of one thing that begin with its name."""

    name: Span
    pairs: tuple[Pair, ...]
    under: tuple[str, ...]


@dataclass(slots=True)
class Section:
    """A heading and what stands under it, its subsections included."""

    name: Span
    level: int
    start: int
    end: int
    under: tuple[str, ...]
    pairs: list[Pair] = field(default_factory=list[Pair])


@dataclass(slots=True)
class Reading:
    """All that one text says in a form; `pairs` are those of the page as a whole."""

    sheets: list[Sheet] = field(default_factory=list[Sheet])
    definitions: list[Definition] = field(default_factory=list[Definition])
    statements: list[Statement] = field(default_factory=list[Statement])
    sections: list[Section] = field(default_factory=list[Section])
    pairs: list[Pair] = field(default_factory=list[Pair])


def read(text: str) -> Reading:
    """What `text` says in a form."""
    return _Reader(text).run()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._said = Reading()
        self._open: list[Section] = []  # the sections around here, the outermost first
        self._rows = 0

    def run(self) -> Reading:
        for block in _BLOCK.finditer(self._text):
            if not _FENCE.match(block[0]):  # code holds no empty line: it ends with its block
                self._block(block.start(), block.end())
        for section in self._open:
            section.end = len(self._text)
        self._end_definition(len(self._text))
        return self._said

    def _block(self, start: int, end: int) -> None:
        while heading := _HEADING.match(self._text, start, end):
            below = self._text.find("\n", start, end)
            if name := _trimmed(self._text, heading.end(), end if below < 0 else below):
                self._heading(name, len(heading[1]), start)
            if below < 0:
                return
            start = below + 1
        lines = list(_lines(self._text, start, end))
        rows = [line for line in lines if _BAR.search(self._text, line.start, line.end)]
        if len(rows) == len(lines) or (len(rows) >= 2 and len(rows) * 10 >= len(lines) * 7):
            self._sheet(rows)
            return
        pairs = [pair for line in lines if (pair := self._pair(line))]
        if len(pairs) >= 2 and len(pairs) == len(lines) and pairs[0].label.casefold() in ("name", "title"):
            self._end_definition(start)
            self._said.statements.append(Statement(pairs[0].value, tuple(pairs[1:]), self._under()))
            return
        for number, line in enumerate(lines[:-1]):
            # Only a term that states its type is one in the middle of a block; another may be any short line.
            if definition := self._definition(line, lines[number + 1 :], is_first=number == 0):
                self._end_definition(line.start)
                self._said.definitions.append(definition)
        self._keep(pairs)

    def _heading(self, name: Span, level: int, start: int) -> None:
        self._end_definition(start)
        while self._open and self._open[-1].level >= level:
            self._open.pop().end = start
        section = Section(name, level, name.end, name.end, self._under())
        self._open.append(section)
        self._said.sections.append(section)

    def _under(self) -> tuple[str, ...]:
        return tuple(section.name.of(self._text)[:200] for section in self._open[-3:])

    def _end_definition(self, at: int) -> None:
        if self._said.definitions and self._said.definitions[-1].end < 0:
            self._said.definitions[-1].end = at

    def _keep(self, pairs: list[Pair]) -> None:
        """What is said here is said of every section around it, and of the page."""
        self._said.pairs.extend(pairs)
        for section in self._open:
            section.pairs.extend(pairs)

    def _pair(self, line: Span) -> Pair | None:
        found = _LABEL.fullmatch(self._text, line.start, line.end)
        if found is None or len(found["value"]) > MAX_VALUE:
            return None
        return Pair(found["label"].strip("*_` "), Span(*found.span("value")), "label")

    def _sheet(self, lines: list[Span]) -> None:
        rows: list[Row] = []
        for line in lines:
            if self._rows >= MAX_ROWS:
                break
            self._rows += 1
            rows.append(Row(tuple(self._cells(line))))
        if not rows:
            return
        self._said.sheets.append(Sheet(rows[0], tuple(rows[1:]), self._under()))
        pairs = [
            Pair(row.cells[0].of(self._text).rstrip(" :")[:MAX_LABEL], row.cells[1], "table")
            for row in rows
            if len(row.cells) == 2 and row.cells[0] and row.cells[1] and len(row.cells[0].of(self._text)) <= MAX_LABEL
        ]
        self._keep(pairs)

    def _cells(self, line: Span) -> Iterator[Span | None]:
        begun = line.start
        for bar in islice(_BAR.finditer(self._text, line.start, line.end), MAX_COLUMNS):
            yield _trimmed(self._text, begun, bar.start())
            begun = bar.end()
        yield _trimmed(self._text, begun, line.end)

    def _definition(self, term: Span, below: Sequence[Span], *, is_first: bool) -> Definition | None:
        """The term is a short line that ends no sentence; below it, perhaps after other names for it, is a sentence."""
        words = term.of(self._text)
        if len(words) > MAX_TERM or words.endswith(_ENDS) or words[:2] in ("- ", "* ") or _LABEL.fullmatch(words):
            return None
        kind = _CLASSIFIER.match(words) or _IN_PARENS.match(words)
        if kind is None and not is_first:
            return None
        meaning = next((line for line in below[:MAX_NAMES] if _SENTENCE.search(line.of(self._text))), None)
        if meaning is None and kind is None:
            return None
        meaning = meaning or below[0]
        definition = Definition(term, meaning.start, -1, self._under())
        if kind is not None:
            definition.term = Span(term.start, term.start + kind.end("name"))
            first = term.start + kind.start("type")
            stated = _STATED.search(kind["type"])
            of_type = kind["type"][: stated.start()].rstrip(" ,") if stated else kind["type"]
            if of_type:
                definition.pairs.append(Pair("type", Span(first, first + len(of_type)), "definition"))
            if stated is not None:
                value = Span(first + stated.start("value"), first + stated.end("value"))
                definition.pairs.append(Pair("default", value, "definition"))
        return definition


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if span := _trimmed(text, start, stop):
            yield span
        start = stop + 1


def _trimmed(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if end > start else None
