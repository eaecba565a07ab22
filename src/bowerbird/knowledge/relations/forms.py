"""
What the forms of a page state: data for machines, infoboxes, tables, and lists of definitions.

Labels say of which kind a value is (`words.LABELS`); what no label names states nothing. The forms themselves are read
as goal tables read them (`knowledge/tables/things.py`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities.candidate import Kind as EntityKind
from bowerbird.knowledge.entities.candidate import key_of
from bowerbird.knowledge.relations.stated import How, Kind
from bowerbird.knowledge.relations.values import MEASURE, NUMBER, amount_of, date_of, measure_of, number_of, plain
from bowerbird.knowledge.relations.words import LABELS
from bowerbird.knowledge.tables.things import Definition, Pair, Reading, Row, Sheet, Statement
from bowerbird.knowledge.tables.values import is_empty, values_in
from bowerbird.knowledge.text import MAX_SENTENCE
from bowerbird.knowledge.words import fold

__all__ = ["InForm", "found_in_forms", "key_of_statement"]

MAX_VALUE: Final = 120  # characters of a value that is a name
_BEFORE_DATE: Final = 24  # characters: a place, a day of the week
_RANGE = re.compile(r"\s?(?:[–—-]|to\b|s\b)")
MAX_NAMES: Final = 6  # in one value
MAX_OF_THING: Final = 24  # relations of one row, or of the labels of one thing
MAX_OF_TABLE: Final = 200  # what else the page states has room beside its largest table
_DATED: Final[frozenset[Kind]] = frozenset({"born_on", "died_on", "founded_on", "released_on"})
_SIZES: Final[dict[Kind, str]] = {
    "height": "length", "length": "length", "width": "length", "depth": "length", "area": "area", "weight": "mass",
}  # fmt: skip
# The subject of these is what the value names.
_REVERSED: Final[frozenset[Kind]] = frozenset({"author_of"})
_NAMES: Final[dict[Kind, frozenset[EntityKind]]] = {
    "born_in": frozenset({"place"}),
    "founded_by": frozenset({"person", "organisation"}),
    "located_in": frozenset({"place"}),
    "made_by": frozenset({"person", "organisation", "name", "acronym"}),
    "author_of": frozenset({"person", "organisation", "name"}),
    "works_for": frozenset({"organisation", "name", "acronym"}),
    "part_of": frozenset({"organisation", "place", "name", "product", "acronym"}),
}
_BETWEEN = re.compile(r" ?(?:,|;| and | & | / |\n) ?")
_VERSION = re.compile(r"v?(\d+(?:\.\d+){1,3}(?:[a-z]\w{0,4})?)(?![\w.]\w)")
_TYPE = re.compile(r"[A-Z][a-z]\w{1,40}")  # of schema.org
_TITLE_ENDS = re.compile(r" +[|–—:·-] +")
_MARKS = re.compile(r"[¶#*_`]+$")
# "An object that …", "Models which …": what a definition begins with.
_GENUS = re.compile(
    r"An? (?P<phrase>[^,.;:()\n]{2,60}?)"
    r"(?= (?:that|which|who|whose|where|for|of|in|on|to|used|with|by|from|supporting|having|using|containing|taking"
    r"|providing|implementing|returning|consisting|describing|representing|indicating|specifying|controlling|allowing|defining|storing|whereby|designed|inside|within|into|at)\b|[.;:](?:\s|$)"
    r"|, (?:which|that|who)\b)"
)


_SAYS = re.compile(r" (?:is|are|was|or|and) ")


@dataclass(frozen=True, slots=True)
class InForm:
    """A relation that a form states, before it is known how sure that is."""

    rule: str
    how: How
    kind: Kind
    subject: str
    subject_at: Span
    value_at: Span
    line: Span  # what shows it: the row, the line of the label, as far as that is no longer than a sentence may be
    target: str | None = None
    normal: str = ""


def found_in_forms(text: str, title: str, said: Reading, names: Mapping[str, EntityKind]) -> Iterator[InForm]:
    """What the forms of the text state of and with `names`, the kinds of its entities by their keys."""
    reader = _Forms(text, names)
    for statement in said.statements:
        yield from reader.statement(statement)
    about = reader.about(said, title)
    if about is not None and len(said.statements) <= 1:
        yield from reader.pairs(about, [pair for pair in said.pairs if pair.how == "table"], "infobox")
    for sheet in said.sheets:
        yield from reader.sheet(sheet)
    for definition in said.definitions:
        yield from reader.definition(definition)


def key_of_statement(text: str, statement: Statement) -> str:
    """By which key the thing goes that a page describes for machines."""
    return key_of(" ".join(statement.name.of(text).split()))


class _Forms:
    def __init__(self, text: str, names: Mapping[str, EntityKind]) -> None:
        self._text = text
        self._names = names

    def about(self, said: Reading, title: str) -> Span | None:
        """Where the page names what it is about: its first heading, as far as that is a name it speaks of."""
        first = next((section.name for section in said.sections if section.level == 1), None)
        if first is None:
            head = _TITLE_ENDS.split(title.strip(), maxsplit=1)[0]
            at = self._text.find(head) if head else -1
            first = Span(at, at + len(head)) if at >= 0 else None
        if first is None:
            return None
        words = first.of(self._text)
        end = _MARKS.search(words)
        name = words[: end.start() if end else len(words)].rstrip()
        return Span(first.start, first.start + len(name)) if key_of(name) in self._names else None

    def statement(self, statement: Statement) -> Iterator[InForm]:
        """A block of lines for machines; what its first line names is the subject."""
        if key_of_statement(self._text, statement) in self._names:
            yield from self.pairs(statement.name, statement.pairs, "data")

    def pairs(self, about: Span, pairs: Sequence[Pair], how: How) -> Iterator[InForm]:
        """What labels say of the thing named at `about`; a label that says two things says nothing."""
        yield from islice(self._pairs(about, pairs, how), MAX_OF_THING)

    def _pairs(self, about: Span, pairs: Sequence[Pair], how: How) -> Iterator[InForm]:
        by_kind: dict[Kind, list[InForm]] = {}
        labels: dict[Kind, set[str]] = {}
        for pair in pairs:
            label = fold(pair.label).strip(" :*_")
            kind = LABELS.get(label)
            if kind is not None and not (kind == "is_a" and how != "data"):
                found = list(self._value(kind, about, pair.value, self._line(pair.value), how))
                if found:
                    by_kind.setdefault(kind, []).extend(found)
                    labels.setdefault(kind, set()).add(f"{label} {pair.value.start}")
        for kind, found in by_kind.items():
            # Of several places the first is the nearest; of anything else, two labels are about two things.
            if len(labels[kind]) == 1 or kind in ("located_in", "made_by"):
                yield from found

    def sheet(self, sheet: Sheet) -> Iterator[InForm]:
        """A table of things, one a row, that its first column names."""
        yield from islice(self._rows(sheet), MAX_OF_TABLE)

    def _rows(self, sheet: Sheet) -> Iterator[InForm]:
        heads = [cell.of(self._text) if cell else "" for cell in sheet.heads.cells]
        columns: dict[int, Kind] = {
            column: kind
            for column, head in enumerate(heads)
            if column > 0 and (kind := LABELS.get(fold(head).strip(" :*_"))) is not None and kind != "is_a"
        }
        if not columns or len(heads) < 2:
            return
        for row in sheet.rows:
            name = row.cells[0] if row.cells else None
            if name is None or len(row.cells) != len(heads) or key_of(name.of(self._text)) not in self._names:
                continue
            yield from islice(self._row(name, row, columns), MAX_OF_THING)

    def _row(self, name: Span, row: Row, columns: Mapping[int, Kind]) -> Iterator[InForm]:
        line = self._line(name)
        for column, kind in columns.items():
            if (cell := row.cells[column]) is not None:
                yield from self._value(kind, name, cell, line, "table")

    def definition(self, definition: Definition) -> Iterator[InForm]:
        """`term`, below it `A thing that …`."""
        key = key_of(" ".join(definition.term.of(self._text).split()))
        if key not in self._names:
            return
        found = _GENUS.match(self._text, definition.start, min(definition.end, definition.start + 200))
        if found is None:
            return
        start, end = found.span("phrase")
        if _SAYS.search(found["phrase"]):
            return
        words = self._text[start:end].split(" ")
        line = Span(definition.start, min(definition.end, self._line_end(definition.start)))
        # The longest name at the end of the phrase, whatever stands before it.
        for first in range(len(words)):
            target = key_of(" ".join(words[first:]))
            if target in self._names and target != key:
                at = Span(end - len(" ".join(words[first:])), end)
                yield InForm(
                    "defined", "definition", "is_a", key, definition.term, at, _around(self._text, at, line), target
                )
                return

    def _value(self, kind: Kind, about: Span, value: Span, line: Span, how: How) -> Iterator[InForm]:
        words = value.of(self._text)
        key = key_of(" ".join(about.of(self._text).split()))
        if is_empty(words) or words.endswith("?"):
            return
        rule = f"{how} {'name' if kind in _NAMES else 'value'}"
        if kind in _NAMES:
            for at, target in self._named(value, _NAMES[kind]):
                if target == key:
                    continue
                shown = _around(self._text, at, line)
                if kind in _REVERSED:
                    yield InForm(rule, how, kind, target, at, about, shown, key)
                else:
                    yield InForm(rule, how, kind, key, about, at, shown, target)
            return
        if (told := self._told(kind, value)) is not None:
            yield InForm(rule, how, kind, key, about, told[0], _around(self._text, told[0], line), normal=told[1])

    def _told(self, kind: Kind, value: Span) -> tuple[Span, str] | None:
        """Where the value says what its kind is told in, and the form in which any page would."""
        words = value.of(self._text)
        if kind in _DATED:
            dates = list(values_in("date", self._text, value.start, value.end))
            if not dates or dates[0].start - value.start > _BEFORE_DATE:
                return None
            is_range = _RANGE.match(self._text, dates[0].end, value.end) is not None
            normal = None if is_range else date_of(dates[0].of(self._text))
            return None if normal is None else (dates[0], normal)
        if kind == "price":
            normal = amount_of(words)
            return None if normal is None else (value, normal)
        if kind == "population":
            number = NUMBER.match(words)
            told = None if number is None else number_of(number["figure"], number["scale"])
            return None if number is None or told is None else (self._within(value, number), plain(told))
        if kind in _SIZES:
            size = MEASURE.match(words)
            normal = None if size is None else measure_of(size, _SIZES[kind])
            return None if size is None or normal is None else (self._within(value, size), normal)
        if kind == "version":
            version = _VERSION.match(words)
            return None if version is None else (self._within(value, version), version[1])
        if kind in ("is_a", "role") and len(words) <= MAX_VALUE:
            is_thing = kind == "role" or _TYPE.fullmatch(words) is not None
            return (value, key_of(words)) if is_thing else None
        return None

    def _within(self, value: Span, found: "re.Match[str]") -> Span:
        return Span(value.start + found.start(), value.start + found.end())

    def _named(self, value: Span, kinds: "frozenset[EntityKind]") -> Iterator[tuple[Span, str]]:
        """The names that the value lists."""
        if value.end - value.start > MAX_VALUE:
            return
        start = value.start
        words = value.of(self._text)
        for number, part in enumerate(_BETWEEN.split(words)):
            at = self._text.find(part, start, value.end)
            start = at + len(part)
            key = key_of(part.strip("*_` "))
            if part and number < MAX_NAMES and self._names.get(key) in kinds:
                yield Span(at, start), key

    def _line(self, at: Span) -> Span:
        return Span(self._text.rfind("\n", 0, at.start) + 1, self._line_end(at.end))

    def _line_end(self, start: int) -> int:
        end = self._text.find("\n", start)
        return len(self._text) if end < 0 else end


def _around(text: str, value: Span, line: Span) -> Span:
    """
    What of the line shows the value: all of it, or as many whole words around the value as a sentence may be long.

    Each relation is stored and shown with it, and a line of a table is as long as whoever wrote it likes.
    """
    if line.end - line.start <= MAX_SENTENCE:
        return line
    spare = max(MAX_SENTENCE - (value.end - value.start), 0)
    start = max(line.start, min(value.start - spare // 2, line.end - MAX_SENTENCE))
    end = min(line.end, start + MAX_SENTENCE)
    if start > line.start:
        space = text.find(" ", start - 1, value.start)
        start = value.start if space < 0 else space + 1
    if end < line.end:
        space = text.rfind(" ", value.end, end + 1)
        end = value.end if space < 0 else space
    return Span(start, end)
