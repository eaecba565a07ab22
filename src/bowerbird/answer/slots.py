"""The parts of a sentence that must be right: numbers with units, dates, names, negation, comparison."""

import re
from dataclasses import dataclass

from bowerbird.knowledge.words import STOPWORDS, fold, stem

__all__ = ["NUMBER", "Slots", "number", "slots"]

NUMBER = re.compile(r"(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?(?![\d])")
_UNIT = re.compile(r"\s?(%|°[CF]?|[^\W\d_]+)")
_DIGITS = {
    word: str(value)
    for value, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
}
_MONTHS = {
    month: number
    for number, month in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_DAY_MONTH = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th)? (?:of )?([A-Z][a-z]{2,8})\b|\b([A-Z][a-z]{2,8}) (\d{1,2})(?:st|nd|rd|th)?\b"
)
_ISO = re.compile(r"\b\d{4}-(\d{2})-(\d{2})\b")
_NAME = re.compile(r"\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")
_NOT = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|cannot|\w+n['’]t|hardly|fails? to|unable to)\b", re.IGNORECASE
)
_MORE = re.compile(
    r"\b(?:more|greater|higher|larger|longer|faster|better|above|over|exceeds?|increas\w+|rises?|rose|grew|most"
    r"|at least|after|later|maximum)\b",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"\b(?:less|fewer|lower|smaller|shorter|slower|worse|below|under|decreas\w+|falls?|fell|shrank|least|at most|before"
    r"|earlier|minimum)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Slots:
    """What was found; numbers are written alike ("1,000" and "1000", "twelve" and "12")."""

    numbers: frozenset[str]
    units: frozenset[tuple[str, str]]  # a number with the stem of the word after it
    dates: frozenset[tuple[int, int]]  # month, day
    names: frozenset[str]  # folded words of names
    negated: bool
    more: bool
    less: bool


def slots(text: str) -> Slots:
    """The slots of a sentence."""
    numbers = [(number(found.group()), found.end()) for found in NUMBER.finditer(text)]
    words = [(found.start(), found.group()) for found in re.finditer(r"[^\W\d_]+", text)]
    spelt = [(_DIGITS[fold(word)], at + len(word)) for at, word in words if fold(word) in _DIGITS]
    return Slots(
        numbers=frozenset(value for value, _ in [*numbers, *spelt]),
        units=frozenset((value, _unit(text, end)) for value, end in numbers if _unit(text, end)),
        dates=frozenset(_dates(text)),
        names=frozenset(_names(text)),
        negated=bool(_NOT.search(text)),
        more=bool(_MORE.search(text)),
        less=bool(_LESS.search(text)),
    )


def number(written: str) -> str:
    """A written number in one form: no thousands separators, no zeros that say nothing."""
    plain = written.replace(",", "").lstrip("+")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain


def _unit(text: str, end: int) -> str:
    found = _UNIT.match(text, end)
    if found is None:
        return ""
    word = found.group(1)
    if word == "%" or fold(word) in ("percent", "per"):
        return "%"
    return "" if fold(word) in STOPWORDS else stem(word)


def _dates(text: str) -> list[tuple[int, int]]:
    found = [(int(iso.group(1)), int(iso.group(2))) for iso in _ISO.finditer(text)]
    for each in _DAY_MONTH.finditer(text):
        day, month = (each.group(1), each.group(2)) if each.group(1) else (each.group(4), each.group(3))
        if month[:3].lower() in _MONTHS:
            found.append((_MONTHS[month[:3].lower()], int(day)))
    return found


def _names(text: str) -> list[str]:
    """The words of capitalised runs, but the one that opens the sentence."""
    first = len(text) - len(text.lstrip("\"'“‘(*_[ "))
    return [
        fold(word)
        for run in _NAME.finditer(text)
        for at, word in ((run.start() + place.start(), place.group()) for place in re.finditer(r"\S+", run.group()))
        if at != first and fold(word) not in STOPWORDS and fold(word)[:3] not in _MONTHS
    ]
