"""
The rows of a table that a request asks for: `film photographers in Melbourne under $3,000`.

    under $3,000    a limit on the amounts of a row: under, below, less than, up to, at most; over, above, more than, at
                    least
    film, Melbourne words that a cell of the row holds
    photographers   what the table is of: every row is one

Nothing is guessed: a row that lacks an amount, or a word, is not among them. Amounts are compared as they are written,
whatever their currency: a dollar here may be another than a dollar there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Final

from bowerbird.knowledge.tables.fields import Goal, words_of
from bowerbird.knowledge.tables.store import RowText
from bowerbird.knowledge.tables.values import values_in
from bowerbird.knowledge.words import STOPWORDS, fold, word_spans

__all__ = ["narrow"]

_COMPARED: Final = {
    "under": lt, "below": lt, "less than": lt, "cheaper than": lt,
    "up to": le, "at most": le, "no more than": le,
    "over": gt, "above": gt, "more than": gt,
    "at least": ge,
}  # fmt: skip
_LIMIT: Final = re.compile(
    rf"\b(?P<how>{'|'.join(sorted(_COMPARED, key=len, reverse=True))})\s+"
    r"(?:(?:[A-Z]{0,3}[$€£¥])\s?)?(?P<figure>\d{1,12}(?:,\d{3})*(?:\.\d{1,2})?)(?!\w)"
    r"(?:\s(?:dollars|euros?|pounds|AUD|NZD|USD|EUR|GBP)\b)?",
    re.IGNORECASE,
)
_FIGURE: Final = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks of every row."""

    limits: tuple[tuple[str, float], ...]
    words: frozenset[str]


def narrow(request: str, goal: Goal, rows: Sequence[RowText]) -> list[RowText]:
    """Those of a table's rows that the request asks for, in their order; the goal has the fields that the table has."""
    asked = _read(request, goal)
    amounts = [field.name for field in goal.fields if field.kind in ("amount", "number")]
    return [row for row in rows if _holds(asked, row, amounts)]


def _read(request: str, goal: Goal) -> _Asked:
    limits = tuple(
        (found["how"].lower(), float(found["figure"].replace(",", ""))) for found in _LIMIT.finditer(request)
    )
    known = words_of(goal.thing).union(*(words_of(field.name) for field in goal.fields))
    return _Asked(limits, _words(_LIMIT.sub(" ", request)) - known)


def _holds(asked: _Asked, row: RowText, amounts: Sequence[str]) -> bool:
    stated = [found for name in amounts if name in row.cells and (found := _amount(row.cells[name].quote)) is not None]
    for how, limit in asked.limits:
        if not any(_COMPARED[how](amount, limit) for amount in stated):
            return False
    return asked.words <= frozenset().union(*(_words(cell.quote) for cell in row.cells.values()))


def _amount(text: str) -> float | None:
    found = next(values_in("amount", text, 0, len(text)), None)
    figure = _FIGURE.search(text if found is None else found.of(text))
    return float(figure[0].replace(",", "")) if figure else None


def _words(text: str) -> frozenset[str]:
    folded = (fold(text[span.start : span.end]) for span in word_spans(text))
    return frozenset().union(*(words_of(word) for word in folded if word not in STOPWORDS))
