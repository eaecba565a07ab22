"""
What a page states for machines of the thing that it is about, as lines that people read and citations point into.

    name: Rimu Cottage
    type: LodgingBusiness
    telephone: +64 3 555 0100
    locality: Nelson

JSON-LD first, microdata where there is none. Articles are left as they are: what they state is what their text says.
Everything is bounded, because any page may state anything.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from bowerbird.reading.blocks import one_line
from bowerbird.reading.dates import to_iso
from bowerbird.reading.structured import FRAME, Json, json_ld_things, type_of
from bowerbird.reading.trees import Element, words_of

__all__ = ["stated_blocks"]

MAX_THINGS: Final = 50
MAX_LINES: Final = 40
MAX_VALUE_CHARS: Final = 300
MAX_DEPTH: Final = 3

_NO_THING = re.compile(
    r"Article|Posting$|Page|Blog|Review|Report|CreativeWork|^Thing$|List$|Question|Answer|HowTo|Element|Object$|Action$"
    r"|Series|Gallery|Media|Comment|Specification|Nutrition|Category|Monetary|Quantitative|Duration$|Language|Country"
    r"|Breadcrumb|SourceCode|^Person$|^Organization$",
    re.IGNORECASE,
)
# JobPosting ends as articles do.
_ALL_THE_SAME: Final = frozenset({"JobPosting"})
_LEFT_OUT: Final = frozenset({
    "image", "logo", "url", "sameas", "mainentityofpage", "potentialaction", "review", "reviews", "recipeinstructions",
    "step", "video", "thumbnailurl", "ispartof", "haspart", "publisher", "contenturl", "embedurl", "bestrating",
    "worstrating", "inlanguage", "context", "id", "item", "itemreviewed", "position", "breadcrumb", "identifier",
    "alternatename", "serviceurl", "pricecurrency", "geo", "type", "articlebody", "target",
})  # fmt: skip
_SHORTER: Final = {"rating value": "rating", "recipe yield": "yield", "recipe category": "category"}
_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])")
_PREFIX = re.compile(r"^(?:address|recipe) (?=\w)")
_DURATION = re.compile(
    r"P(?:(?P<day>\d+)D)?(?:T(?:(?P<hour>\d+)H)?(?:(?P<minute>\d+)M)?(?:(?P<second>\d+)(?:\.\d+)?S)?)?"
)
_DAY_OF = re.compile(r"date|published|modified|created|valid|until|posted", re.IGNORECASE)


def stated_blocks(tree: Element) -> list[str]:
    """A block of `label: value` lines for each thing that the page is about; none for an article."""
    things = [thing for thing in json_ld_things(tree) if _is_thing(type_of(thing))]
    found = [_lines(type_of(thing), _pairs(thing, "")) for thing in _of_one_type(things)[:MAX_THINGS]]
    blocks = [block for block in found if block] or [block for block in _microdata(tree) if block]
    return list(dict.fromkeys(blocks))


def _is_thing(name: str) -> bool:
    return name[:1].isupper() and (name in _ALL_THE_SAME or (name not in FRAME and not _NO_THING.search(name)))


def _of_one_type(things: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """Those of the type of the first: what is inside or beside it is not what the page is about."""
    return [thing for thing in things if type_of(thing) == type_of(things[0])]


def _lines(kind: str, pairs: Iterator[tuple[str, str]]) -> str:
    """The lines of a thing, its name first; empty for one without a name or without anything else."""
    kept: dict[str, str] = {}
    for label, value in islice(pairs, MAX_LINES * 4):
        kept.setdefault(label, value)
    name = kept.pop("name", "") or kept.pop("title", "")
    if not name or not kept:
        return ""
    lines = [f"name: {name}", f"type: {one_line(kind)[:60]}", *(f"{label}: {value}" for label, value in kept.items())]
    return "\n".join(lines[:MAX_LINES])


def _pairs(thing: dict[str, Json], parent: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """What a thing states, by the words of its labels; what belongs to a part of it goes by the part's own labels."""
    currency = thing.get("priceCurrency")
    if isinstance(currency, str) and (amount := _words(thing.get("price") or thing.get("lowPrice"))):
        yield "price", one_line(f"{amount} {currency}")[:MAX_VALUE_CHARS]
    for name, value in list(thing.items())[:100]:
        plain = name.removeprefix("@").rpartition("/")[2]
        if name.startswith("@") or plain.lower() in _LEFT_OUT or len(plain) > 40:
            continue
        label = _label(plain)
        if isinstance(value, list) and any(isinstance(each, dict) for each in value):
            value = next(each for each in value if isinstance(each, dict))  # noqa: PLW2901  the first stands for all
        if isinstance(value, dict):
            named = value.get("name")
            if isinstance(named, str):
                yield label, _value(label, named)
            elif depth < MAX_DEPTH:
                yield from _pairs(value, label, depth + 1)
        elif words := _value(label, _words(value)):
            yield (parent if label in ("name", "value") and parent else label), words


def _label(name: str) -> str:
    words = one_line(_CAMEL.sub(" ", name)).lower().replace("_", " ").replace(":", " ")
    words = _PREFIX.sub("", words)
    return _SHORTER.get(words, words)


def _words(value: Json) -> str:
    """A value in words; of a list the members that say more than another."""
    if isinstance(value, list):
        parts = list(dict.fromkeys(one_line(_words(each)[: MAX_VALUE_CHARS * 2]) for each in value[:30]))
        told = [part for part in parts if part and not any(part in other and part != other for other in parts)]
        return ", ".join(told)
    if isinstance(value, bool) or value is None or isinstance(value, dict):
        return ""
    return str(value)


def _value(label: str, words: str) -> str:
    """The words as a person would write them; empty when they are too long to be a value, or an address of a schema."""
    words = one_line(words[: MAX_VALUE_CHARS * 4])
    if len(words) > MAX_VALUE_CHARS:
        return ""
    if "schema.org/" in words:
        words = _CAMEL.sub(" ", words.rpartition("/")[2])
    if words.startswith("P") and (length := _DURATION.fullmatch(words)) and any(length.groups()):
        return _length({unit: int(number) for unit, number in length.groupdict().items() if number})
    if _DAY_OF.search(label) and (iso := to_iso(words)):
        day, _, time = iso.partition("T")
        return f"{day} {time[:5]}" if time and label in ("start date", "end date") else day
    return words


def _length(parts: dict[str, int]) -> str:
    """A duration in words: 1 hour 20 minutes."""
    return " ".join(f"{number} {unit}{'' if number == 1 else 's'}" for unit, number in parts.items() if number)


def _microdata(tree: Element) -> Iterator[str]:
    """The same from microdata (https://html.spec.whatwg.org/multipage/microdata.html)."""
    first = ""
    left = MAX_THINGS
    for scope in tree.iter():
        kind = (scope.get("itemtype") or "").strip().rstrip("/").rpartition("/")[2] if scope.get("itemtype") else ""
        if not _is_thing(kind) or (first and kind != first) or not left:
            continue
        first, left = kind, left - 1
        yield _lines(kind, _properties(scope))


def _properties(scope: Element) -> Iterator[tuple[str, str]]:
    for element in scope.iter():
        name = (element.get("itemprop") or "").split(" ")[0]
        if not name or element is scope or len(name) > 40 or name.lower() in _LEFT_OUT or element.get("itemscope"):
            continue
        label = _label(name)
        shown = one_line(words_of(element)[: MAX_VALUE_CHARS * 2])
        yield label, _value(label, shown or element.get("content") or element.get("datetime") or "")
