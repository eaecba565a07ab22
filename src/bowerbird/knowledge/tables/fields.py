"""
What a goal asks for: the things that are looked for, and the fields of each. The first field is what a thing is called.

    photographers: name, city, price from, styles        said outright
    all settings with their type and default             the same in a sentence
    everything about conferences                          no fields: the pages propose some
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, cast

from bowerbird.kernel.errors import InputWrong
from bowerbird.knowledge.entities.candidate import singular
from bowerbird.knowledge.words import STOPWORDS, fold, word_spans

__all__ = [
    "KINDS", "MAX_FIELDS", "MAX_FIELD_CHARACTERS", "MAX_GOAL_CHARACTERS", "Field", "Goal", "Kind", "as_fields",
    "check_fields", "check_goal", "kind_of", "likeness", "read_fields", "read_goal", "words_of",
]  # fmt: skip

Kind = Literal["text", "date", "amount", "number", "email", "phone", "url", "place", "person"]
KINDS: Final[tuple[Kind, ...]] = ("text", "date", "amount", "number", "email", "phone", "url", "place", "person")
MAX_GOAL_CHARACTERS: Final = 500
MAX_FIELDS: Final = 20
MAX_FIELD_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, and what kind of value it takes."""

    name: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Goal:
    """What is looked for (in the words of the goal), and the fields; none when the goal names none."""

    thing: str
    fields: tuple[Field, ...]


# Words that name the same field; the first of a line stands for all of it.
_ALIKE: Final = """
name title headline called
price cost fee rate tariff charge fare
city town locality place location venue
region state province county
country nation
author writer creator byline
date day
published publication publish
released release launched launch
founded established founding foundation
phone telephone tel mobile
email mail e-mail
website homepage url web site link
description meaning summary explanation purpose definition
type kind
style genre
address street
opening hours
yield serving portion
age old
"""
_STANDS_FOR: Final = {word: line.split()[0] for line in _ALIKE.strip().splitlines() for word in line.split()}

# A line a kind: the words of a field's name that tell it.
_TELLING: Final = """
date date day born died birthday founded published released deadline opened established since until start end launched
date year created updated modified
amount price salary budget revenue income turnover
number number count population rating score employee capacity quantity amount
email email
phone phone fax
url website
place city country region birthplace headquarter
person author director ceo president founder owner editor
"""
_KIND_WORDS: Final[Mapping[Kind, frozenset[str]]] = {
    kind: frozenset(word for line in _TELLING.splitlines() if line.startswith(f"{kind} ") for word in line.split()[1:])
    for kind in KINDS
    if kind != "text"
}
_LISTED = re.compile(r"\s*(?:,|;|\n|\band\b|&|\bund\b)\s*")
_LEAD = re.compile(
    r"^(?:please\s+)?(?:find|list|show|give|get|collect|gather|make|build|create|extract|learn about|a table of"
    r"|table of|a list of|list of|i (?:want|need)|what are)\s+(?:me\s+)?",
    re.IGNORECASE,
)
_EVERY = re.compile(r"^(?:all|every|each|the|of|a|an|any|everything about)\s+", re.IGNORECASE)
_WITH = re.compile(r"\s+(?:with|and|including|by|showing)\s+(?:their|its|the|each one's|his|her)?\s*", re.IGNORECASE)
_OF_EACH = re.compile(
    r"^(?:the\s+)?(?P<fields>.+?)\s+(?:of|for)\s+(?:all|every|each|the)\s+(?P<thing>.+)$", re.IGNORECASE
)
_STATED_KIND = re.compile(r"\s*\((\w+)\)\s*$")


def read_goal(text: str) -> Goal:
    """What a goal asks for; raises InputWrong for one that is empty, too long or not plain text."""
    text = check_goal(text)
    head, colon, listed = text.partition(":")
    if colon and listed.strip() and len(head) <= 100:
        return Goal(_thing(head), read_fields(listed))
    asked = _LEAD.sub("", text.rstrip(".?! "))
    if found := _OF_EACH.match(asked):
        return Goal(_thing(found["thing"]), _with_name(read_fields(found["fields"])))
    parts = _WITH.split(asked, maxsplit=1)
    if len(parts) == 2 and _LISTED.search(parts[1]):
        return Goal(_thing(parts[0]), _with_name(read_fields(parts[1])))
    return Goal(_thing(asked), ())


def check_goal(text: str) -> str:
    """The goal with its blanks tidied; raises InputWrong."""
    if len(text) > MAX_GOAL_CHARACTERS:
        raise InputWrong(
            f"the goal has {len(text):,} characters, expected at most {MAX_GOAL_CHARACTERS}: say it in fewer words",
            field="goal",
        )
    tidy = " ".join(text.split())
    if not tidy:
        raise InputWrong("the goal is empty, expected what to look for, such as: recipes: name, time", field="goal")
    if not tidy.isprintable():
        raise InputWrong("the goal holds control characters, expected plain text: type it anew", field="goal")
    return tidy


def read_fields(text: str) -> tuple[Field, ...]:
    """The fields that a text lists, as in `name, born (date), price from`; raises InputWrong."""
    fields: list[Field] = []
    for part in _LISTED.split(text[: MAX_FIELDS * MAX_FIELD_CHARACTERS * 4]):
        stated = _STATED_KIND.search(part)
        kind = cast(Kind, stated[1].lower()) if stated and stated[1].lower() in KINDS else None
        name = (part[: stated.start()] if stated and kind else part).strip(" .\t")
        if name:
            fields.append(Field(name, kind or kind_of(name)))
    return check_fields(fields)


def check_fields(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The fields, of each name the first; raises InputWrong for too many, or for one that is no name."""
    if len(fields) > MAX_FIELDS:
        raise InputWrong(
            f"there are {len(fields):,} fields, expected at most {MAX_FIELDS}: leave some out", field="fields"
        )
    kept: dict[str, Field] = {}
    for field in fields:
        name = " ".join(field.name.split())
        if not name or len(name) > MAX_FIELD_CHARACTERS or not name.isprintable():
            raise InputWrong(
                f"the field {name[:40]!r} has {len(name):,} characters, expected 1 to {MAX_FIELD_CHARACTERS},"
                " all of them printable",
                field="fields",
            )
        kept.setdefault(name.casefold(), Field(name, field.kind))
    return tuple(kept.values())


def as_fields(stored: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
    """Fields as the records have them."""
    return tuple(Field(str(each["name"]), cast(Kind, each["kind"])) for each in stored)


def stored_fields(fields: Iterable[Field]) -> list[dict[str, str]]:
    """Fields as the records and the API have them."""
    return [{"name": field.name, "kind": field.kind} for field in fields]


def kind_of(name: str) -> Kind:
    """What kind of value a field of this name takes."""
    words = words_of(name)
    for kind, telling in _KIND_WORDS.items():
        if words & telling:
            return kind
    return "text"


def likeness(field: str, label: str) -> float:
    """How surely a label of a page names the field, from 0 to 1."""
    wanted, said = words_of(field), words_of(label)
    if not wanted or not said:
        return 0.0
    if wanted == said:
        return 1.0
    shared = len(wanted & said)
    if not shared:
        return 0.0
    # All of one in the other, and not much more than that: "size" is "minimum size in bytes", not the reverse of it.
    if wanted <= said:
        return 0.9 * shared / len(said) ** 0.5 if len(said) > 3 else 0.8
    return 0.7 if said <= wanted and shared / len(wanted) >= 0.5 else 0.0


@lru_cache(maxsize=20_000)
def words_of(name: str) -> frozenset[str]:
    """The words of a field or label by which they are compared: singular, without accents, one for all alike."""
    name = name[:200].replace("e-mail", "email").replace("E-mail", "email")
    folded = [fold(name[span.start : span.end]) for span in word_spans(name)]
    telling = [word for word in folded if word not in STOPWORDS] or folded
    return frozenset(_STANDS_FOR.get(one, one) for one in (singular(word) for word in telling))


def _thing(text: str) -> str:
    before = ""
    text = text.strip()
    while text != before:
        before, text = text, _EVERY.sub("", _LEAD.sub("", text)).strip()
    return text[:100] or before[:100]


def _with_name(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields, with one before them that says what a thing is called."""
    is_named = any("name" in words_of(field.name) for field in fields)
    return check_fields(fields if is_named else (Field("name"), *fields[: MAX_FIELDS - 1]))
