"""
Values of a kind in running text: dates, amounts, numbers, addresses of mail and web, phones, places, people.

Each pattern is bounded on both sides, so that a megabyte of digits is read once.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.tables.fields import Kind

__all__ = ["holds", "is_empty", "values_in"]

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_CAPITAL = r"[A-Z\u00c0-\u00de][\w'’.-]{1,30}"
_CURRENCY = r"(?:[$€£¥]|(?:NZ|US|A|C)\$|EUR|USD|GBP|NZD|AUD|CAD|CHF|JPY)"
_FIGURE = r"\d{1,15}(?:[.,']\d{1,3}){0,5}"
_PATTERNS: Final[Mapping[Kind, re.Pattern[str]]] = {
    "date": re.compile(
        rf"\b(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? \d{{4}}"
        rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
        rf"|{_MONTH},? \d{{4}}|\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}|(?:1[0-9]|20)\d{{2}})(?!\d|[.,]\d)"
    ),
    "amount": re.compile(
        rf"(?<![\w.]){_CURRENCY} ?{_FIGURE}(?: (?:million|billion|thousand))?"
        rf"|(?<![\w.]){_FIGURE}(?: (?:million|billion|thousand))? ?(?:{_CURRENCY}|dollars|euros?|pounds|Euro)(?!\w)"
    ),
    "number": re.compile(rf"(?<![\w.,-])-?{_FIGURE} ?(?:%|million\b|billion\b|thousand\b)?"),
    "email": re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}"),
    "phone": re.compile(r"(?<![\w+])(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,5}\)[ .-]?)?\d{1,5}(?:[ .-]\d{2,5}){1,5}(?!\w)"),
    "url": re.compile(r"(?:https?://|www\.)[^\s<>\"'|)\]]{3,300}[^\s<>\"'|)\].,;:!?]"),
    "place": re.compile(rf"\b{_CAPITAL}(?:[ ,]{{1,2}}{_CAPITAL}){{0,3}}"),
    "person": re.compile(rf"\b{_CAPITAL}(?: (?:van|von|de|der|da|di|bin|{_CAPITAL})){{0,4}}"),
}
_TELLS: Final[Mapping[Kind, re.Pattern[str]]] = {
    "amount": re.compile(r"\d|\bfree\b|[$€£]", re.IGNORECASE),
    "number": re.compile(r"\d|\b(?:zero|none|one|two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE),
    "date": re.compile(r"\d|\b(?:to)?day\b|daily|weekly|monthly", re.IGNORECASE),
}
_NOTHING = re.compile(r"[-–—…]{1,3}|n\.?/?a\.?|tb[acd]|unknown|not (?:known|stated|given|available)", re.IGNORECASE)


def values_in(kind: Kind, text: str, start: int, end: int) -> Iterator[Span]:
    """Every value of the kind from `start` to `end`; of text there is no telling, so none."""
    pattern = _PATTERNS.get(kind)
    for found in pattern.finditer(text, start, end) if pattern else ():
        yield Span(found.start(), found.start() + len(found[0].rstrip(" .,'")))


def holds(kind: Kind, value: str) -> bool:
    """Whether what a page gives under a label can be a value of the kind."""
    if kind in ("email", "phone", "url"):
        return _PATTERNS[kind].search(value) is not None or (kind == "phone" and sum(map(str.isdigit, value)) >= 5)
    telling = _TELLS.get(kind)
    return telling is None or telling.search(value) is not None


def is_empty(value: str) -> bool:
    """Whether a cell of a page says that there is nothing."""
    return _NOTHING.fullmatch(value) is not None
