"""
True claims made false, one part at a time, by code that shares nothing with the verifier.

    number       another value, of the same passage where it has one
    date         another year, month or day
    entity       another name, of the same passage or of another
    unit         another unit or another power of ten
    negation     "not" put in or taken out
    comparative  the other direction: more for fewer, before for after, rose for fell
    relation     two names change places, or a word of relation ("born", "director") is another: reported apart,
                 because a comparison of words cannot see the first
"""

import random
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

__all__ = ["KINDS", "corrupt", "reworded"]

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b")
_YEAR = re.compile(r"(?<![\d.,$£€#/-])(?:1[5-9]\d\d|20[0-2]\d)(?![\d%]|[.,/-]\d)")
_DAY = re.compile(rf"\b\d{{1,2}}(?= (?:{'|'.join(_MONTHS)})\b)|(?<=\b(?:{_MONTHS[0]}) )\d{{1,2}}\b")
_NUMERAL = re.compile(r"(?<![\w.,/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w/]|[.,-]\d)")
_NAME = re.compile(r"(?<=[a-z,;] )(?:[A-Z][a-z]{2,}|[A-Z]{2,})(?:[ -][A-Z][a-z]{2,})*\b")
_NO_NAMES = {*_MONTHS, "The", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

_UNITS = (
    ("kilometres", "miles"), ("kilometers", "miles"), ("km", "mi"), ("metres", "feet"), ("meters", "feet"),
    ("kg", "g"), ("mg", "g"), ("kilograms", "pounds"), ("tons", "pounds"), ("tonnes", "kilograms"),
    ("million", "billion"), ("thousand", "million"), ("trillion", "billion"), ("percent", "per mille"), ("%", "‰"),
    ("years", "months"), ("year", "month"), ("days", "weeks"), ("day", "week"), ("hours", "minutes"),
    ("minutes", "seconds"), ("months", "days"), ("weeks", "hours"), ("acres", "hectares"), ("inches", "centimetres"),
    ("feet", "inches"), ("mph", "km/h"), ("GB", "MB"), ("°C", "°F"), ("°F", "°C"), ("dollars", "euros"),
    ("decades", "centuries"), ("ml", "l"), ("mm", "cm"), ("degrees", "radians"), ("watts", "volts"), ("MHz", "GHz"),
)  # fmt: skip
_MONEY = (("$", "€"), ("£", "$"), ("€", "£"))

_OTHER_WAY = (
    ("more", "fewer"), ("more", "less"), ("higher", "lower"), ("larger", "smaller"), ("greater", "smaller"),
    ("increase", "decrease"), ("increases", "decreases"), ("increased", "decreased"), ("increasing", "decreasing"),
    ("before", "after"), ("above", "below"), ("largest", "smallest"), ("most", "least"), ("best", "worst"),
    ("first", "last"), ("early", "late"), ("earlier", "later"), ("older", "younger"), ("oldest", "youngest"),
    ("longer", "shorter"), ("longest", "shortest"), ("faster", "slower"), ("stronger", "weaker"), ("rose", "fell"),
    ("rising", "falling"), ("gained", "lost"), ("maximum", "minimum"), ("better", "worse"), ("highest", "lowest"),
    ("majority", "minority"), ("wider", "narrower"), ("promotes", "inhibits"), ("promote", "inhibit"),
    ("improved", "worsened"), ("improves", "worsens"), ("raises", "reduces"), ("reduced", "raised"),
    ("enhanced", "impaired"), ("enhances", "impairs"), ("up to", "at least"), ("growth", "decline"),
    ("grew", "shrank"), ("high", "low"), ("long", "short"), ("large", "small"), ("strong", "weak"),
)  # fmt: skip
_WAYS = {a: b for pair in reversed(_OTHER_WAY) for a, b in (pair, pair[::-1])}

_RELATIONS = (
    ("born", "buried"), ("father", "brother"), ("mother", "sister"), ("founded", "joined"), ("director", "producer"),
    ("wrote", "read"), ("written", "sung"), ("won", "entered"), ("son", "nephew"), ("president", "secretary"),
    ("published", "reviewed"), ("built", "bought"), ("designed", "bought"), ("discovered", "described"),
    ("student", "teacher"), ("capital", "port"), ("causes", "accompanies"), ("developed", "sold"),
    ("released", "announced"), ("author", "editor"), ("created", "copied"), ("led", "left"), ("based", "registered"),
)  # fmt: skip
_RELATION = {a: b for pair in _RELATIONS for a, b in (pair, pair[::-1])}

_AUXILIARY = re.compile(r"\b(is|are|was|were|has|have|had|can|could|will|would|may|might|should|must)\b(?! not|n't)")
_DENIED = re.compile(r"\b(?:(is|are|was|were|has|have|had|can|could|will|would|does|do|did) not|cannot)\b|\bnever\b ")
_VERB = re.compile(
    r"\b(increase|decrease|reduce|improve|promote|inhibit|cause|lead|play|contribute|regulate|induce|require|express"
    r"|result|activate|affect|enhance|impair|protect|bind|prevent|mediate|provide|contain|include|remain|become)s\b"
)

Others = Sequence[str]


def corrupt(kind: str, claim: str, passage: str, names: Others, rng: random.Random) -> str | None:
    """`claim` made false in one part; None when it has no such part. `names` are of other passages."""
    found = KINDS[kind](claim, passage, names, rng)
    return found if found != claim else None


def _pick(pattern: re.Pattern[str], text: str, rng: random.Random) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return rng.choice(found) if found else None


def _put(text: str, at: re.Match[str], new: str) -> str:
    return text[: at.start()] + new + text[at.end() :]


def _is_date(text: str, at: re.Match[str]) -> bool:
    around = text[max(0, at.start() - 12) : at.end() + 12]
    return bool(_YEAR.fullmatch(at.group())) or bool(_MONTH.search(around))


def _number(claim: str, passage: str, _names: Others, rng: random.Random) -> str | None:
    places = [at for at in _NUMERAL.finditer(claim) if not _is_date(claim, at)]
    if not places:
        return None
    at = rng.choice(places)
    old = at.group()
    told = {each.group() for each in _NUMERAL.finditer(claim)}
    near = sorted({each.group() for each in _NUMERAL.finditer(passage) if not _is_date(passage, each)} - told)
    if near and rng.random() < 0.5:
        return _put(claim, at, rng.choice(near))
    value = float(old.replace(",", ""))
    ways: list[Callable[[], float]] = [
        lambda: value + rng.randint(1, 9),
        lambda: value * rng.choice((2, 3, 10)),
        lambda: max(0.0, value - rng.randint(1, 5)),
    ]
    new = rng.choice(ways)()
    places_after = len(old.split(".")[1]) if "." in old else 0
    written = f"{new:,.{places_after}f}" if "," in old else f"{new:.{places_after}f}"
    return None if written == old else _put(claim, at, written)


def _date(claim: str, _passage: str, _names: Others, rng: random.Random) -> str | None:
    ways = [pattern for pattern in (_YEAR, _MONTH, _DAY) if pattern.search(claim)]
    if not ways:
        return None
    pattern = rng.choice(ways)
    at = _pick(pattern, claim, rng)
    assert at is not None
    old = at.group()
    if pattern is _MONTH:
        if old in ("May", "March") and not re.search(r"\d", claim[max(0, at.start() - 4) : at.end() + 6]):
            return None  # it may be a verb
        return _put(claim, at, rng.choice([month for month in _MONTHS if month != old]))
    if pattern is _DAY:
        return _put(claim, at, str(rng.choice([day for day in range(1, 29) if day != int(old)])))
    return _put(claim, at, str(int(old) + rng.choice((-20, -10, -3, -1, 1, 2, 5, 10))))


def _entity(claim: str, passage: str, names: Others, rng: random.Random) -> str | None:
    places = [at for at in _NAME.finditer(claim) if at.group() not in _NO_NAMES]
    if not places:
        return None
    at = rng.choice(places)
    near = sorted({name for name in names_in(passage) if name not in claim and at.group() not in name})
    far = [name for name in rng.sample(list(names), min(20, len(names))) if name not in passage]
    pool = near if near and rng.random() < 0.5 else far
    return _put(claim, at, rng.choice(pool)) if pool else None


def names_in(text: str) -> list[str]:
    """The names of a text, but those that open a sentence."""
    return [at.group() for at in _NAME.finditer(text) if at.group() not in _NO_NAMES]


def _unit(claim: str, _passage: str, _names: Others, rng: random.Random) -> str | None:
    ways: list[tuple[re.Match[str], str]] = []
    for old, new in _UNITS:
        pattern = re.compile(rf"(?<=\d)(?:\s|-)?{re.escape(old)}(?!\w)")
        ways += [(at, at.group().replace(old, new)) for at in pattern.finditer(claim)]
    for old, new in _MONEY:
        ways += [(at, new) for at in re.finditer(rf"{re.escape(old)}(?=\d)", claim)]
    if not ways:
        return None
    at, new = rng.choice(ways)
    return _put(claim, at, new)


def _negation(claim: str, _passage: str, _names: Others, rng: random.Random) -> str | None:
    at = _pick(_DENIED, claim, rng)
    if at is not None:
        denied_once = len(_DENIED.findall(claim)) == 1
        return _put(claim, at, at.group(1) or ("can" if at.group() == "cannot" else "")) if denied_once else None
    if re.search(r"\b(?:no|not|none|nothing|nor|neither|without)\b|n['’]t\b", claim, re.IGNORECASE):
        return None  # denied twice, it might be true again
    at = _AUXILIARY.search(claim)
    if at is not None:
        return _put(claim, at, f"{at.group()} not")
    at = _VERB.search(claim)
    return _put(claim, at, f"does not {at.group(1)}") if at is not None else None


def _comparative(claim: str, _passage: str, _names: Others, rng: random.Random) -> str | None:
    at = _pick(re.compile(rf"\b(?:{'|'.join(_WAYS)})\b"), claim, rng)
    return _put(claim, at, _WAYS[at.group()]) if at is not None else None


def _relation(claim: str, _passage: str, _names: Others, rng: random.Random) -> str | None:
    at = _pick(re.compile(rf"\b(?:{'|'.join(_RELATION)})\b"), claim, rng)
    if at is not None and rng.random() < 0.5:
        return _put(claim, at, _RELATION[at.group()])
    places = [at for at in _NAME.finditer(claim) if at.group() not in _NO_NAMES]
    for one, other in pairwise(places):
        between = claim[one.end() : other.start()]
        if one.group() != other.group() and len(between.split()) >= 2 and not re.search(r"\band\b|\bor\b|,", between):
            return claim[: one.start()] + other.group() + between + one.group() + claim[other.end() :]
    return None


KINDS: dict[str, Callable[[str, str, Others, random.Random], str | None]] = {
    "number": _number,
    "date": _date,
    "entity": _entity,
    "unit": _unit,
    "negation": _negation,
    "comparative": _comparative,
    "relation": _relation,
}

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_OPENER = re.compile(r"^((?:In|On|By|During|Since|After|Before|As of|At|For|From) [^,]{3,60}), (\w)")
_ASIDE = re.compile(r" \([^()]{2,60}\)|, (?:which|who|although|though|while) [^,.;]{5,80}(?=[,.;]|$),?")


def reworded(claim: str, rng: random.Random) -> str:
    """`claim` in other words that mean the same: numbers and dates written otherwise, parts moved or left out."""
    text = claim
    for pattern, new in _SAME:
        if rng.random() < 0.8:
            text = pattern.sub(new, text)
    if rng.random() < 0.7:
        text = re.sub(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?!\d|,\d)", lambda at: at.group().replace(",", ""), text)
    if rng.random() < 0.7:
        text = re.sub(
            rf"(?<![-‑\w])({'|'.join(_WORDS[2:])})\b(?= [a-z])", lambda at: str(_WORDS.index(at.group())), text
        )
    moved = _OPENER.match(text)
    if moved is not None and moved.group(2).islower() and re.fullmatch(r"[^.!?]+\.", text):
        opener = moved.group(1)[0].lower() + moved.group(1)[1:]
        text = moved.group(2).upper() + text[moved.end() :].rstrip(".") + f" {opener}."
    aside = _ASIDE.search(text)
    if aside is not None and rng.random() < 0.7:
        text = text[: aside.start()] + text[aside.end() :]
    return text


def _day_first(at: re.Match[str]) -> str:
    return f"{at.group(2)} {at.group(1)} {at.group(3)}"


def _as_iso(at: re.Match[str]) -> str:
    return f"{at.group(3)}-{_MONTHS.index(at.group(2)) + 1:02}-{int(at.group(1)):02}"


_SAME: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"\b({'|'.join(_MONTHS)}) (\d{{1,2}}), (\d{{4}})\b"), _day_first),
    (re.compile(rf"\b(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})\b"), _as_iso),
    (re.compile(r"(?<=\d)%"), " percent"),
    (re.compile(r"(?<=\d) percent\b"), "%"),
    (re.compile(r"(?<=\d) (?:kilometres|kilometers)\b"), " km"),
    (re.compile(r"(?<=\d) (?:metres|meters)\b"), " m"),
    (re.compile(r"(?<=\d) miles\b"), " mi"),
    (re.compile(r"\$(\d[\d.,]*) (million|billion)\b"), r"\1 \2 dollars"),
    (re.compile(r"\b(is|are|was|were|has|have|had|does|do|did|could|would) not\b"), r"\1n't"),
    (re.compile(r"\b(is|are|was|were|has|have|had|does|do|did|could|would)n['’]t\b"), r"\1 not"),
    (re.compile(r"\bmore than (?=\d)"), "over "),
    (re.compile(r"\bapproximately\b"), "about"),
    (re.compile(r"\balso |\bhowever, |\bin fact, "), ""),
)
