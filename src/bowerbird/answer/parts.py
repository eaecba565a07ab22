"""
A sentence as the parts that must be right: numbers, dates, units, names, words, and what denies.

The same thing written otherwise is the same part: "12,400" and "12400", "1.2 million" and "1200000", "5 May 2020" and
"2020-05-05", "kilometres" and "km", "isn't" and "is not", "increases" and "increased".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bowerbird.answer.opposites import DIRECTED, is_negation
from bowerbird.kernel.units import SCALES, Unit, unit_of
from bowerbird.knowledge.words import STOPWORDS, fold, stem, word_set

__all__ = ["Part", "PartKind", "is_year", "parts_of"]

PartKind = Literal["number", "date", "unit", "name", "word", "denial"]

_TOKEN = re.compile(
    r"(?P<iso>\b\d{4}-\d{2}-\d{2}\b)"
    r"|(?P<money>US\$|[$£€¥])"
    r"|(?P<number>(?:(?:(?<=\s)|^)[-−+](?=\d))?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?))(?P<nth>st|nd|rd|th)?(?![^\W\d_]{12})"
    r"|(?P<sign>[%‰]|°[CF]?)"
    r"|(?P<word>[^\W\d_][^\W_]*(?:['’][^\W\d_]+)?)"
    r"|(?P<stop>[.;:!?,()—–])"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|January|February|March|April|May|June|July|August|September"
    r"|October|November|December)"
)
_SPELT = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
# Words that say how sure or how nearly: nothing is claimed by them.
_HEDGES = frozenset(
    stem(word)
    for word in word_set(
        """
        approximately about around roughly nearly almost circa also however indeed currently actually usually generally
        respectively therefore thus etc
        """
    )
)
_MONEY_SCALES = {"m": 1e6, "mn": 1e6, "k": 1e3, "b": 1e9, "bn": 1e9, "tn": 1e12}
# Before a number: "over 40" is "more than 40".
_BOUNDS = {"over": "more", "above": "more", "exceeding": "more", "under": "less", "below": "less", "fewer": "less"}
_ENDS = ".!?"


@dataclass(frozen=True, slots=True)
class Part:
    """One part: `norm` is what it is compared by, `clause` counts the clauses before it."""

    norm: str
    kind: PartKind
    text: str
    clause: int
    value: float | None = None
    unit: Unit | None = None  # of a number

    @property
    def weight(self) -> float:
        """How much of a claim it is: numbers and names most, long words more than short ones."""
        match self.kind:
            case "number" | "date":
                return 1.5
            case "name":
                return 1.3
            case "unit":
                return 0.7
            case "denial":
                return 0.0
            case "word":
                return 0.4 + min(len(self.norm), 10) / 14


_TEMPERATURE = re.compile(r"C|F|[Cc]elsius|[Ff]ahrenheit|[Cc]entigrade")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int
    opens: bool  # it is the first of a sentence


def is_year(part: Part) -> bool:
    """Whether a number reads as a year."""
    return part.kind == "number" and part.unit is None and bool(re.fullmatch(r"1[1-9]\d\d|20\d\d", part.text))


@lru_cache(maxsize=4096)
def parts_of(text: str) -> tuple[Part, ...]:
    """The parts of `text` in their order; words that carry nothing are left out."""
    return tuple(_parts(list(_tokens(text))))


def _tokens(text: str) -> Iterator[_Token]:
    opens = True
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if found.group("number"):
            kind = "number"
        yield _Token(kind, found.group("number") or found.group(), found.start(), found.end(), opens)
        opens = kind == "stop" and found.group() in _ENDS


def _parts(tokens: Sequence[_Token]) -> Iterator[Part]:
    clause, at = 0, 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind == "stop":
            clause += 1
            at += 1
            continue
        found, used = _dated(tokens, at, clause) or _measured(tokens, at, clause) or ([_worded(tokens, at, clause)], 1)
        yield from (part for part in found if part is not None)
        at += used


def _dated(tokens: Sequence[_Token], at: int, clause: int) -> tuple[list[Part | None], int] | None:
    """A date that begins here, and how many tokens it has."""
    token = tokens[at]
    if token.kind == "iso":
        iso_year, iso_month, iso_day = token.text.split("-")
        return [
            _day(int(iso_month), int(iso_day), token.text, clause),
            _number(float(iso_year), iso_year, clause, None),
        ], 1
    if token.kind == "number" and _is_day(token):
        month_at = at + 2 if _text(tokens, at + 1) == "of" else at + 1
        if month := _month(tokens, month_at):
            text = f"{token.text} {tokens[month_at].text}"
            return [_day(month, int(token.text), text, clause)], month_at - at + 1
    if month := _month(tokens, at):
        following = tokens[at + 1] if at + 1 < len(tokens) else None
        if following is not None and following.kind == "number" and _is_day(following):
            return [_day(month, int(following.text), f"{token.text} {following.text}", clause)], 2
        return [Part(f"month {month}", "date", token.text, clause)], 1
    return None


def _day(month: int, day: int, text: str, clause: int) -> Part:
    return Part(f"month {month} day {day}", "date", text, clause)


def _is_day(token: _Token) -> bool:
    return token.text.isdecimal() and len(token.text) <= 2 and 1 <= int(token.text) <= 31


def _month(tokens: Sequence[_Token], at: int) -> int:
    """The number of the month at this place; 0 when there is none."""
    text = _text(tokens, at)
    if not _MONTH.fullmatch(text):
        return 0
    if text in ("May", "March", "Mar", "Jan", "Dec") and not (
        any(_kind(tokens, near) == "number" for near in (at - 1, at + 1, at + 2))
        or _text(tokens, at - 1).lower() in ("in", "of", "since", "until", "by", "early", "late", "last", "on", "from")
    ):
        return 0  # a verb or a name
    return _MONTHS.index(text[:3].lower()) + 1


def _measured(tokens: Sequence[_Token], at: int, clause: int) -> tuple[list[Part | None], int] | None:
    """A number that begins here with its scale and unit, and how many tokens they have."""
    token = tokens[at]
    if token.kind == "money":
        return ([], 1) if _kind(tokens, at + 1) == "number" else ([_unit_part(token, clause)], 1)
    spelt = _SPELT.get(fold(token.text)) if token.kind == "word" else None
    if token.kind != "number" and spelt is None:
        return None
    value = float(spelt) if spelt is not None else float(token.text.replace(",", "").replace("−", "-"))
    used, text = 1, token.text
    if spelt is not None and spelt >= 20 and 1 <= (ones := _SPELT.get(_text(tokens, at + 1).lower(), 0)) <= 9:
        value, used, text = value + ones, 2, f"{text}-{tokens[at + 1].text}"
    money = unit_of(tokens[at - 1].text) if at and tokens[at - 1].kind == "money" else None
    if scale := _scale(tokens, at + used, is_money=money is not None):
        value, text, used = value * scale, f"{text} {tokens[at + used].text}", used + 1
    unit, marks = money, 0
    if unit is None and at + used < len(tokens):
        unit, marks = _unit_after(tokens, at + used)
    number = _number(value, text, clause, unit)
    if spelt == 1 and unit is None and used == 1:
        number = Part(number.norm, "word", text, clause, value)  # mostly a pronoun
    found: list[Part | None] = [number]
    if unit is not None:
        written = (
            tokens[at - 1].text if money else " ".join(each.text for each in tokens[at + used : at + used + marks])
        )
        found.append(Part(f"unit {unit.name}", "unit", written, clause, None, unit))
    return found, used + marks


def _scale(tokens: Sequence[_Token], at: int, *, is_money: bool) -> float:
    word = _text(tokens, at)
    if is_money and tokens[at - 1].end == (tokens[at].start if at < len(tokens) else -1) and word in _MONEY_SCALES:
        return _MONEY_SCALES[word]
    return SCALES.get(word.lower(), 0.0)


def _unit_after(tokens: Sequence[_Token], at: int) -> tuple[Unit | None, int]:
    """The unit at this place, and how many tokens it has: "degrees Celsius" is °C."""
    token = tokens[at]
    if token.kind not in ("word", "sign") or fold(token.text) in STOPWORDS:
        return None, 0
    unit = unit_of(token.text)
    if unit is not None and unit.dimension == "degrees":
        scale = unit_of(f"°{_text(tokens, at + 1)[:1]}") if _TEMPERATURE.fullmatch(_text(tokens, at + 1)) else None
        return (scale, 2) if scale is not None else (unit, 1)
    return unit, 1 if unit else 0


def _number(value: float, text: str, clause: int, unit: Unit | None) -> Part:
    return Part(f"#{value:.10g}", "number", text, clause, value, unit)


def _unit_part(token: _Token, clause: int) -> Part | None:
    unit = unit_of(token.text)
    return Part(f"unit {unit.name}", "unit", token.text, clause, None, unit) if unit else None


def _worded(tokens: Sequence[_Token], at: int, clause: int) -> Part | None:
    token = tokens[at]
    if token.kind == "sign":
        return _unit_part(token, clause)
    plain = fold(token.text)
    if plain in _BOUNDS and (_kind(tokens, at + 1) in ("number", "money") or _text(tokens, at + 1).lower() in _SPELT):
        return Part(_BOUNDS[plain], "word", token.text, clause)
    if is_negation(token.text):
        return Part("not", "denial", token.text, clause)
    if _is_acronym(tokens, at):
        return Part(stem(token.text), "name", token.text, clause)
    if plain in STOPWORDS and plain not in DIRECTED:
        return None
    norm = stem(token.text)
    if norm in _HEDGES or (len(plain) == 1 and plain.isalpha() and token.text.islower()):
        return None
    return Part(norm, "name" if _is_name(token) else "word", token.text, clause)


def _is_acronym(tokens: Sequence[_Token], at: int) -> bool:
    """Whether capitals stand among small letters: "US" is not "us"."""
    text = tokens[at].text
    return len(text) > 1 and text.isupper() and not any(_text(tokens, near).isupper() for near in (at - 1, at + 1))


def _is_name(token: _Token) -> bool:
    text = token.text
    if fold(text) in STOPWORDS or not text[0].isupper():
        return any(mark.isdecimal() for mark in text)
    return not token.opens or (len(text) > 1 and text.isupper()) or any(mark.isdecimal() for mark in text)


def _text(tokens: Sequence[_Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""


def _kind(tokens: Sequence[_Token], at: int) -> str:
    return tokens[at].kind if 0 <= at < len(tokens) else ""
