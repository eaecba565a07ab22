"""Dates, numbers, prices and measures as pages write them, to the form in which any page would say the same."""

import re
from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Final

from bowerbird.kernel.units import SCALES, unit_of
from bowerbird.knowledge.relations.stated import Kind

__all__ = ["MEASURE", "NUMBER", "amount_of", "date_of", "exclude", "measure_of", "number_of", "year_of"]

_DATES: Final[frozenset[Kind]] = frozenset({"born_on", "died_on", "founded_on", "released_on"})
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_YEAR = re.compile(r"\d{4}")
_NUMERIC = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_DAY_MONTH = re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)? (?P<month>[A-Za-z]{3,9})\.?,? (?P<year>\d{4})")
_MONTH_DAY = re.compile(r"(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})")
_MONTH_ONLY = re.compile(r"(?P<month>[A-Za-z]{3,9})\.?,? (?P<year>\d{4})")

_FIGURE: Final = r"\d{1,3}(?:,\d{3}){1,4}(?!\d)|\d{1,3}(?:\.\d{3}){2,4}(?!\d)|\d{1,15}(?:\.\d{1,6})?"
NUMBER: Final = re.compile(rf"(?P<figure>{_FIGURE})(?: (?P<scale>thousand|million|billion|trillion))?(?![\w%]|[.,]\d)")
_UNIT: Final = r"(?P<square>square |sq\.? )?(?P<unit>[A-Za-zµ]{1,12})(?P<power>²|2)?(?![\w²])"
MEASURE: Final = re.compile(rf"(?P<figure>{_FIGURE})(?: (?P<scale>thousand|million|billion))?[ -]?{_UNIT}")
_CURRENCIES: Final = {
    "$": "dollars", "dollars": "dollars", "us$": "USD", "usd": "USD", "nz$": "NZD", "nzd": "NZD", "a$": "AUD",
    "aud": "AUD", "c$": "CAD", "cad": "CAD", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP",
    "gbp": "GBP", "pounds": "GBP", "¥": "JPY", "jpy": "JPY", "chf": "CHF",
}  # fmt: skip
_MONEY = re.compile(
    rf"(?P<before>[^\d\s]{{1,3}})? ?(?P<figure>{_FIGURE})(?: (?P<scale>thousand|million|billion))? ?"
    r"(?P<after>[^\d\s]{1,7})?"
)
# What sizes of each dimension are told in.
_BASE: Final = {"length": "m", "mass": "g", "area": "m²"}


def date_of(written: str) -> str | None:
    """The date as ISO 8601 writes it, as far as it is told: 1950-05-04, 1950-05, 1950; None for what is no date."""
    if iso := _ISO.fullmatch(written):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    if _YEAR.fullmatch(written):
        return written
    if numeric := _NUMERIC.fullmatch(written):
        one, two, year = (int(part) for part in numeric.groups())
        if one == two or max(one, two) > 12:  # else nobody can tell which is the month
            return _date(year, min(one, two), max(one, two))
        return None
    for pattern in (_DAY_MONTH, _MONTH_DAY, _MONTH_ONLY):
        if found := pattern.fullmatch(written):
            parts = found.groupdict()
            name = parts["month"][:3].lower()
            month = _MONTHS.index(name) + 1 if name in _MONTHS else 0
            return _date(int(parts["year"]), month, int(parts["day"]) if "day" in parts else None)
    return None


def _date(year: int, month: int, day: int | None) -> str | None:
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    return f"{year:04}-{month:02}" if day is None else f"{year:04}-{month:02}-{day:02}"


def year_of(date: str) -> int:
    """The year of a date of `date_of`."""
    return int(date[:4])


def number_of(figure: str, scale: str | None = None) -> Decimal | None:
    """The number that is written; None when it is none."""
    bare = figure.replace(",", "")
    if bare.count(".") > 1:
        bare = bare.replace(".", "")
    try:
        return Decimal(bare) * Decimal(int(SCALES.get(scale or "", 1)))
    except InvalidOperation:
        return None


def plain(number: Decimal) -> str:
    """The number without an exponent and without zeros that say nothing."""
    told = format(number, "f")
    return told.rstrip("0").rstrip(".") if "." in told else told


def amount_of(written: str) -> str | None:
    """A sum of money: 3000 AUD; None without a currency that is known."""
    found = _MONEY.fullmatch(written.strip())
    if found is None:
        return None
    currency = _CURRENCIES.get((found["before"] or found["after"] or "").lower())
    number = number_of(found["figure"], found["scale"])
    return None if currency is None or number is None else f"{plain(number)} {currency}"


def measure_of(found: "re.Match[str]", dimension: str) -> str | None:
    """What a match of MEASURE says in the dimension's own unit: 1500 m; None when its unit is of another dimension."""
    unit, number = unit_of(found["unit"]), number_of(found["figure"], found["scale"])
    if unit is None or number is None:
        return None
    size, measures = Decimal(str(unit.size)), unit.dimension
    if found["square"] or found["power"]:
        size, measures = size * size, "area" if unit.dimension == "length" else ""
    return f"{plain(number * size)} {_BASE[dimension]}" if measures == dimension else None


def exclude(kind: Kind, told: Collection[str]) -> bool:
    """Whether not all that is told of one thing is the same in other words: a year, and a day of it, are."""
    if kind in _DATES:
        exact = max(told, key=len, default="")
        return not all(exact.startswith(each) for each in told)
    return len(set(told)) > 1
