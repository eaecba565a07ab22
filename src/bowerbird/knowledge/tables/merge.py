"""
The same thing on several pages as one row, with every place that says each value.

Two rows are of one thing when they are called the same and nothing speaks against it: they share no field, or agree in
one at least. Called the same and agreeing in nothing, they are two things.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities.candidate import key_of
from bowerbird.knowledge.words import fold, word_spans

__all__ = ["MAX_PLACES", "MAX_ROWS", "Evidence", "Merged", "Table", "alike"]

MAX_ROWS: Final = 2_000
_SHORT: Final = 3
MAX_PLACES: Final = 3  # of one value and field that are kept


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place that says a value."""

    version: int
    page: int
    source: str
    at: Span
    how: str
    quote: str


@dataclass(slots=True)
class Merged:
    """A thing with all that is said of it by field; the places that were read first come first."""

    key: str
    cells: dict[str, list[Evidence]] = field(default_factory=dict[str, list[Evidence]])
    is_other: bool = True  # wherever it was found, it was said to be something else


class Table:
    """Rows as they are found, merged; more than `MAX_ROWS` things are not taken."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[Merged]] = {}
        self._rows: list[Merged] = []
        self._has_one = False  # said to be of the things that are looked for

    def rows(self) -> Sequence[Merged]:
        """The rows in the order in which they were first found."""
        return [row for row in self._rows if not row.is_other] if self._has_one else self._rows

    def add(self, name: str, key_field: str, cells: Mapping[str, Evidence], *, is_one: bool | None = None) -> None:
        """Take a row, which is one of the things, something else, or not said to be either; again changes nothing."""
        self._has_one |= is_one is True
        plain = _plain(name)
        called_so = self._by_name.setdefault(plain, [])
        row = next((one for one in called_so if _is_same(one, cells, key_field)), None)
        if row is None:
            if len(self._rows) >= MAX_ROWS:
                return
            row = Merged(plain if not called_so else f"{plain} ({len(called_so) + 1})")
            called_so.append(row)
            self._rows.append(row)
        row.is_other &= is_one is False
        for name_of_field, evidence in cells.items():
            places = row.cells.setdefault(name_of_field, [])
            if evidence not in places and len(places) < MAX_PLACES:
                places.append(evidence)


def alike(value: str) -> str:
    """A value as two are compared: words and numbers, without capitals, accents and signs; signs alone as they are."""
    return " ".join(fold(value[span.start : span.end]) for span in word_spans(value)) or value.strip()


def _plain(name: str) -> str:
    """What things are called by; of a few letters the capitals count, for `b` and `B`, `-v` and `-V` are two things."""
    bare = name.strip("'\"`‘’“” ")
    return bare if len(bare) <= _SHORT else (key_of(name) or bare)[:200]


def _is_same(row: Merged, cells: Mapping[str, Evidence], key_field: str) -> bool:
    shared = [name for name in cells if name != key_field and name in row.cells]
    return not shared or any(_agree(row.cells[name], cells[name]) for name in shared)


def _agree(places: Iterable[Evidence], other: Evidence) -> bool:
    return any(alike(place.quote) == alike(other.quote) for place in places)
