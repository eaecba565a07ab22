"""
The rows that one page gives for a goal: which of its forms speak of the things that are looked for, and what they say.

A form gives rows when its labels name enough of the fields: two, and half of those beside the name; one is enough
where the page or the headings speak of the very things. Nothing is guessed: what no label and no sentence names stays
empty.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.tables.fields import Field, Goal, likeness, words_of
from bowerbird.knowledge.tables.prose import value_of
from bowerbird.knowledge.tables.things import Definition, Pair, Reading, Section, Sheet, Statement, read
from bowerbird.knowledge.tables.values import holds, is_empty
from bowerbird.knowledge.text import sentences

__all__ = ["Cell", "Found", "How", "Page", "rows_of", "speaks_of"]

How = Literal["table", "definition", "label", "statement", "sentence", "heading", "title"]

MAX_NAME: Final = 200
MAX_VALUE: Final = 400
MAX_SECTIONS: Final = 1_000  # of a page that are looked at
MAX_PAIRS: Final = 2_000  # of a section that are looked at
_BEFORE_PLACE = re.compile(r"\s+(?:in|from|of|near|for|at|on|with|by)\s+")
# What follows "of" or "if" says more of another thing: "is a problem if the label is one of a fixed set".
_IS_A = re.compile(
    r"\b(?:is|are|was|were|as) (?:an?|the|one of the) (?:(?:type|kind|sort|form) of (?:an? )?)?"
    r"([^,.;:]{1,120}?)(?=[,.;:]|$| (?:of|in|at|on|by|for|from|to|with|that|which|who|whose|if|when|where)\b)"
)
_ABOUT: Final = 600  # characters at the beginning of a page that say what it is about


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a page says a value, and in which form."""

    at: Span
    how: How


@dataclass(frozen=True, slots=True)
class Found:
    """A thing that a page speaks of: its cells by field, the name's among them."""

    name: str
    cells: Mapping[str, Cell]
    is_one: bool | None = None  # of the things that are looked for, as its own page says; None: it says nothing of it


class Page:
    """A text to be asked; what it says in a form, and its sentences, are read once."""

    def __init__(self, text: str, title: str) -> None:
        self.text = text
        self.title = title

    @cached_property
    def reading(self) -> Reading:
        """What it says in a form."""
        return read(self.text)

    @cached_property
    def _sentences(self) -> list[Span]:
        return sentences(self.text)

    def sentences(self, start: int, end: int) -> Sequence[Span]:
        """The sentences that begin from `start` to `end`."""
        first = bisect_left(self._sentences, start, key=lambda span: span.start)
        last = bisect_left(self._sentences, end, key=lambda span: span.start)
        return self._sentences[first:last]


def rows_of(page: Page, goal: Goal) -> list[Found]:
    """The rows that the page gives for a goal whose fields are known, in its order."""
    return _Asked(page, goal).rows() if goal.fields else []


class _Asked:
    def __init__(self, page: Page, goal: Goal) -> None:
        self._page = page
        self._text = page.text
        self._key, *self._rest = goal.fields
        self._goal = goal

    def rows(self) -> list[Found]:
        reading = self._page.reading
        found = [row for sheet in reading.sheets for row in self._sheet(sheet)]
        found += [row for row in map(self._statement, reading.statements) if row]
        found += self._definitions(reading.definitions)
        if not found:
            found = self._sections(reading.sections)
        if len(found) <= 1:
            found = self._with_page(found)
        return found

    # -- is it about the things? ---------------------------------------------------------------------------

    @cached_property
    def _is_titled(self) -> bool:
        """Whether the page's title speaks of the things: what it lists are such things, or it is one."""
        return self._is_topical((self._page.title,))

    @cached_property
    def _is_one(self) -> bool:
        """Whether the page is of one of the things: by its title, or because it begins with "X is a …" of them."""
        opening = [span.of(self._text) for span in self._page.sentences(0, _ABOUT)]
        return self._is_titled or self._is_topical(said[1] for one in opening if (said := _IS_A.search(one)))

    def _is_topical(self, words: Iterable[str]) -> bool:
        return speaks_of(self._goal, words)

    def _is_enough(self, filled: int, *, is_topical: bool) -> bool:
        """Whether so many fields beside the name make a row."""
        return (filled >= 2 and filled * 2 >= len(self._rest)) or (filled >= 1 and is_topical)

    # -- tables --------------------------------------------------------------------------------------------

    def _sheet(self, sheet: Sheet) -> list[Found]:
        columns = self._columns(sheet)
        key = columns.pop(self._key.name, 0)
        columns = {name: column for name, column in columns.items() if column != key}
        heads = [cell.of(self._text) for cell in sheet.heads.cells if cell]
        is_topical = self._is_topical((*sheet.under, *heads)) or self._is_titled
        # A table says by its heads what it is about: one column of many that sounds alike is another table's.
        if len(columns) * 2 < len(self._rest) or not self._is_enough(len(columns), is_topical=is_topical):
            return []
        width = len(sheet.heads.cells)
        found: list[Found] = []
        for row in sheet.rows:
            # A row of another width was merged, or one of its cells holds a bar: whose cells they are cannot be told.
            name = row.cells[key] if key < len(row.cells) <= width else None
            if name is None:
                continue
            cells = {
                called: Cell(at, "table")
                for called, column in columns.items()
                if column < len(row.cells) and (at := row.cells[column])
            }
            found += self._row(name, "table", cells)
        return found

    def _columns(self, sheet: Sheet) -> dict[str, int]:
        """The column of each field that the heads name, the surest first; of columns called the same the first."""
        heads = [(column, cell.of(self._text)) for column, cell in enumerate(sheet.heads.cells) if cell]
        return _matched(self._goal.fields, heads)

    # -- definitions, statements, sections, pages ------------------------------------------------------------

    def _definitions(self, definitions: Sequence[Definition]) -> list[Found]:
        """Rows of the definitions, if those of their list that can be read give enough."""
        found: list[Found] = []
        for one in definitions:
            cells = self._cells(one.pairs)
            is_topical = self._is_topical(one.under) or self._is_titled
            told = self._told(one.term.of(self._text), cells, one.start, one.end)
            # A label is surer than a sentence: with one of its own, what sentences say of a term counts, too.
            if not ((cells or is_topical) and self._is_enough(len(cells) + len(told), is_topical=is_topical)):
                continue
            found += self._row(one.term, "definition", {**cells, **told})
        return found

    def _told(
        self, name: str, cells: Mapping[str, Cell], start: int, end: int, *, is_wide: bool = False
    ) -> dict[str, Cell]:
        """What sentences say of the fields that no label has given; a wide text speaks of other things, too."""
        spans = self._page.sentences(start, end)
        told: dict[str, Cell] = {}
        for one in self._rest:
            if one.name in cells or not spans:
                continue
            if "description" in words_of(one.name) and not is_wide:
                told[one.name] = Cell(spans[0], "sentence")
            elif value := value_of(self._text, one, spans, name=name, is_wide=is_wide):
                told[one.name] = Cell(value, "sentence")
        return told

    def _statement(self, statement: Statement) -> Found | None:
        cells = self._cells(statement.pairs, how="statement")
        said = [pair.value.of(self._text) for pair in statement.pairs if pair.label == "type"]
        is_topical = self._is_topical((*said, *statement.under)) or self._is_titled
        if not self._is_enough(len(cells), is_topical=is_topical):
            return None
        found = next(iter(self._row(statement.name, "statement", cells)), None)
        if found is None:
            return None
        return replace(found, is_one=True if is_topical else self._says_of(found.name))

    def _says_of(self, name: str) -> bool | None:
        """Whether the page begins with "X is a …" of the things; False: of others, None: it says neither."""
        if not words_of(self._goal.thing):
            return None
        for span in self._page.sentences(0, _ABOUT):
            sentence = span.of(self._text)
            if sentence.startswith(name) and (said := _IS_A.match(sentence, len(name) + 1)):
                return self._is_topical((said[1],))
        return None

    def _sections(self, sections: Sequence[Section]) -> list[Found]:
        """Rows of the sections, if two or more at one depth give enough; else the page itself is the thing."""
        by_level: dict[int, list[Found]] = {}
        for section in sections[:MAX_SECTIONS]:
            name = section.name.of(self._text)
            cells = self._cells(section.pairs)
            if not cells:
                continue
            told = self._told(name, cells, section.start, section.end, is_wide=True)
            is_topical = self._is_topical((*section.under, name)) or self._is_titled
            if self._is_enough(len(cells) + len(told), is_topical=is_topical):
                by_level.setdefault(section.level, []).extend(self._row(section.name, "heading", {**cells, **told}))
        return next((found for _, found in sorted(by_level.items(), reverse=True) if len(found) >= 2), [])

    def _with_page(self, found: list[Found]) -> list[Found]:
        """The page as one thing; what is stated of it for machines is filled up by what its labels say."""
        cells = self._cells(self._page.reading.pairs)
        if found:
            stated = found[0]
            if stated.cells[self._key.name].how != "statement":
                return found
            return [replace(stated, cells={**cells, **stated.cells})]
        at = self._title()
        if at is None:
            return []
        name = at.of(self._text)
        told = self._told(name, cells, 0, len(self._text), is_wide=True)
        if not (self._is_one or self._is_enough(len(cells), is_topical=False)):
            return []
        return self._row(at, "title", {**cells, **told})

    def _title(self) -> Span | None:
        """Where the page says its own title: its first heading, or the title's words."""
        first = next((one for one in self._page.reading.sections if one.level == 1), None)
        if first is not None:
            return first.name
        title = self._page.title.strip()
        at = self._text.find(title) if title else -1
        return Span(at, at + len(title)) if at >= 0 else None

    # -- cells ---------------------------------------------------------------------------------------------

    def _cells(self, pairs: Sequence[Pair], how: How = "label") -> dict[str, Cell]:
        labels = [(number, pair.label) for number, pair in enumerate(pairs[:MAX_PAIRS]) if pair.how != "table"]
        # Of a table with two columns any first cell would be a label: it must be the field's very name.
        exact = [
            (number, pair.label)
            for number, pair in enumerate(pairs[:MAX_PAIRS])
            if pair.how == "table" and any(likeness(one.name, pair.label) == 1.0 for one in self._rest)
        ]
        matched = _matched(self._rest, labels + exact)
        found: dict[str, Cell] = {}
        for name, number in matched.items():
            pair = pairs[number]
            found[name] = Cell(pair.value, how if pair.how == "label" else pair.how)
        return {
            one.name: found[one.name] for one in self._rest if one.name in found and self._fits(one, found[one.name])
        }

    def _row(self, name: Span, how: How, cells: Mapping[str, Cell]) -> list[Found]:
        """The row of a thing; none when its name is none, or nothing is said of it."""
        words = name.of(self._text)
        kept = {
            one.name: cells[one.name] for one in self._rest if one.name in cells and self._fits(one, cells[one.name])
        }
        if len(words) > MAX_NAME or is_empty(words) or not kept:
            return []
        return [Found(words, {self._key.name: Cell(name, how), **kept})]

    def _fits(self, one: Field, cell: Cell) -> bool:
        value = cell.at.of(self._text)
        return len(value) <= MAX_VALUE and not is_empty(value) and holds(one.kind, value)


def speaks_of(goal: Goal, words: Iterable[str]) -> bool:
    """Whether words speak of the things: all of the goal's words for them, or the last of those, are said."""
    thing = words_of(goal.thing)
    if not thing:
        return False
    said: set[str] = set()
    for each in words:
        said |= _all_words(each)
    return thing <= said or bool(_last_word(goal.thing) & said)


def _matched(fields: Iterable[Field], labels: Sequence[tuple[int, str]]) -> dict[str, int]:
    """The place of each field's label: surest pairs first, each label for one field."""
    scored = [
        (-score, number, one.name)
        for one in fields
        for number, label in labels
        if (score := likeness(one.name, label)) >= 0.5
    ]
    matched: dict[str, int] = {}
    taken: set[int] = set()
    for _, number, name in sorted(scored):
        if name not in matched and number not in taken:
            matched[name] = number
            taken.add(number)
    return matched


def _all_words(text: str) -> frozenset[str]:
    return frozenset().union(*(words_of(part) for part in _parts(text[:4_000])))


def _parts(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[first : first + 12]) for first in range(0, len(words), 12)] or [""]


def _last_word(thing: str) -> frozenset[str]:
    words = _BEFORE_PLACE.split(thing, maxsplit=1)[0].split()
    return words_of(words[-1]) if words else frozenset()
