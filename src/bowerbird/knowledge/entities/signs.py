"""What tells a name or a term, with all of its words and no more, from what only looks like one: its signs."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from bowerbird.knowledge.entities.candidate import Candidate, Mention
from bowerbird.knowledge.entities.lexicon import BORDERS, COMMON, HOLLOW
from bowerbird.knowledge.entities.reading import Line
from bowerbird.knowledge.words import STOPWORDS, fold, word_set
from bowerbird.models.words import common_words

__all__ = ["Surroundings", "signs_of"]

LOOKED_AT: Final = 5  # mentions of a name on a page, the first ones
AROUND: Final = 40  # characters to either side of a mention
FAR: Final = 200  # characters: longer names are not looked for around a mention
OF_CODE: Final = 0.02  # of what a page names are elements of interfaces, two at least: it is about code
LONG: Final = 60  # words of a line that is no sentence
_HOW_COMMON: Final = (3_000, 5_000, COMMON)

_BEFORE: Final = re.compile(r"(?P<word>[^\W_][\w'’-]*)(?P<gap>[^\w\n]*)$")
_AFTER: Final = re.compile(r"(?P<gap>[^\w\n]*)(?P<word>[^\W_][\w'’-]*)?")
# The year, the pages, the volume of what is cited.
_REFERENCE: Final = re.compile(
    r"\((?:19|20)\d\d[a-z]?\)|(?:19|20)\d\d[.,:]|\d+\(\d+\)"
    r"|\bpp?\.|\bvol\.|\bet al|\barXiv\b|\bProceedings\b|\bJournal\b|\bdoi\b"
)
_MIXED: Final = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]")
_ARTICLES: Final = frozenset(("a", "an", "the"))
_TELLING: Final = word_set("of the and for in on to with or a by from using at")  # small words, each a sign of its own
_ENDS: Final = ("ing", "ed", "ly", "ion", "ity", "er", "or", "ies", "es", "s", "al", "ive", "ic", "ous", "ble")
_PARTING: Final = frozenset(",:;-(#")
_BODIES: Final = word_set(
    """
    journal proceedings transactions annals university institute press conference society school department college
    association committee foundation ministry agency bureau council laboratory academy museum library letters review
    reviews magazine
    """
)


class _Told(NamedTuple):
    """What is told of a line once, however many names it has."""

    heading: bool
    titled: bool  # most of its words are capitalised
    reference: bool
    sentence: bool  # of some length, and few of its words are capitalised
    words: int


class Surroundings:
    """What stands around the names of one page."""

    def __init__(self, text: str, lines: Sequence[Line], found: Iterable[Candidate]) -> None:
        self.text = text
        self._lines = {line.start: line for line in lines}
        self._told: dict[int, _Told] = {}
        found = list(found)
        of_interfaces = sum(each.kind == "identifier" for each in found)
        self.of_code = of_interfaces >= 2 and of_interfaces > OF_CODE * len(found)
        self._spans = sorted({(each.start, each.end) for candidate in found for each in candidate.mentions})

    def of_line(self, mention: Mention) -> _Told:
        """Of the line that the mention stands in."""
        told = self._told.get(mention.sentence_start)
        if told is None:
            line = self._lines.get(mention.sentence_start)
            words = [] if line is None else [token.word for token in line.tokens]
            long = [word for word in words if len(word) > 3]
            told = self._told[mention.sentence_start] = _Told(
                heading=line is not None and line.heading,
                titled=len(long) >= 2 and sum(word[0].isupper() for word in long) > 0.7 * len(long),
                reference=_REFERENCE.search(
                    self.text, mention.sentence_start, min(mention.sentence_end, mention.sentence_start + 600)
                )
                is not None,
                sentence=len(words) >= 6 and sum(word[0].islower() for word in words) > 0.5 * len(words),
                words=len(words),
            )
        return told

    def others(self, mention: Mention) -> set[str]:
        """How the mention lies to those of other names."""
        start, end = mention.start, mention.end
        found: set[str] = set()
        for place in range(bisect_left(self._spans, (start - FAR, 0)), len(self._spans)):
            first, last = self._spans[place]
            if first >= end:
                break
            if last <= start or (first, last) == (start, end):
                continue
            if first <= start and end <= last:
                found.add("within another")
            elif start <= first and last <= end:
                found.add("begins with another" if first == start else "ends with another" if last == end else "around")
            else:
                found.add("across another")
        return found


def signs_of(candidate: Candidate, seen: Mapping[str, float], around: Surroundings) -> dict[str, float]:
    """All its signs by name, each from 0 to 1; `seen` are those of whoever found it."""
    mentions = candidate.mentions[:LOOKED_AT]
    signs = {**_of_form(candidate.name), **seen, "mentions": min(len(candidate.mentions), 8) / 8}
    for mention in mentions:
        for sign in _of_place(mention, around):
            signs[sign] = signs.get(sign, 0.0) + 1 / len(mentions)
    kind = candidate.kind
    signs[f"kind {kind}"] = 1.0
    if around.of_code:
        signs["on a page of code"] = signs[f"{kind} on a page of code"] = 1.0
    if "in a sentence" in signs:
        signs[f"{kind} in a sentence"] = signs["in a sentence"]
    if kind != "term":
        signs[f"{kind} of {min(len(candidate.name.split()), 3)} words"] = 1.0
        if "has an initial" in signs:
            signs[f"{kind} with an initial"] = 1.0
    return signs


def _of_place(mention: Mention, around: Surroundings) -> Iterator[str]:
    """The line, what stands before and behind."""
    text = around.text
    line = around.of_line(mention)
    before = _BEFORE.search(text, max(mention.sentence_start, mention.start - AROUND), mention.start)
    after = _AFTER.match(text, mention.end, min(mention.sentence_end, mention.end + AROUND))
    if line.heading:
        yield "headed"
    if line.reference:
        yield "in a reference"
    if line.sentence:
        yield "in a sentence"
    if line.titled:
        yield "in a titled line" if line.words < 4 else "in a long titled line"
    if line.words > LONG:
        yield "in a long line"
    yield from around.others(mention)
    yield from ("opens",) if before is None else _between(before["word"], before["gap"], is_before=True)
    if after is None or after["word"] is None:
        yield "closes"
        if before is None:
            yield "whole line"
    else:
        yield from _between(after["word"], after["gap"], is_before=False)
    if text[max(0, mention.start - 1) : mention.start] == "[" and text[mention.end : mention.end + 1] == "]":
        yield "linked"


def _between(word: str, gap: str, *, is_before: bool) -> tuple[str, ...]:
    """Signs of the next word on one side, with what parts it from the name."""
    side = "after" if is_before else "before"
    if is_before and gap == ". " and len(word) == 1:
        return ("after an initial",)
    if not is_before and gap in (", ", " ", ". ") and len(word) == 1 and word.isupper():
        return ("before an initial",)
    if gap == " ":
        return (f"{side} {_sort_of(word)}",)
    if is_before and gap.endswith(('"', "“", "*", "`", "_")):
        return ("quoted",)
    if not is_before and gap.startswith(")"):
        return ("before a bracket closes",)
    mark = gap.strip()[:1]
    parted = f"glued {side}" if not gap or gap in ("-", "/", ".", "'", "’") else f"parted {side}"
    if not is_before and mark == "." and word[0].isupper():
        return parted, "before a full stop and a capital"
    return (parted, f"{side} {mark}") if mark in _PARTING else (parted,)


def _sort_of(word: str) -> str:
    low = word.lower()
    if low in _ARTICLES:
        return "an article"
    if low in STOPWORDS:
        return low if low in _TELLING else "a small word"
    if word[0].isupper():
        return "a capital"
    if low in HOLLOW:
        return "a hollow word"
    return "a border" if low in BORDERS else "a word"


@lru_cache(maxsize=20_000)
def _of_form(name: str) -> dict[str, float]:
    """What its words look like, and how common they are."""
    words = name.split()
    low = [fold(word) for word in words]
    capitals = [word[0].isupper() for word in words]
    signs = {
        f"{min(len(words), 5)} words": True,
        "only the first is capitalised": len(words) > 1 and capitals[0] and sum(capitals) == 1,
        "begins with a capital and ends small": len(words) > 1 and capitals[0] and words[-1][0].islower(),
        "begins small and ends with a capital": len(words) > 1 and words[0][0].islower() and capitals[-1],
        "has a word of bodies": not _BODIES.isdisjoint(low),
        "has a capital inside a word": _MIXED.search(name) is not None,
        "says a word twice": len(set(low)) < len(low),
        "has half of a mark": any(mark in name for mark in '”“"') or name.count("(") != name.count(")"),
        "all common": all(word in common_words(_HOW_COMMON[1]) for word in low),
        "has a digit": any(letter.isdigit() for letter in name),
        "small word inside": not _TELLING.isdisjoint(low[1:-1]),
        "short": len(name) < 4,
        "loud": name.isupper() and len(name) > 1,
        "has an initial": any(len(word.strip(".")) == 1 for word in words),
        **{f"has {mark}": mark in name for mark in "-/.'’&,:()"},
        **dict.fromkeys(_of_word("last", low[-1]), True),
        **(dict.fromkeys(_of_word("first", low[0]), True) if len(words) > 1 else {}),
    }
    return {"capitals": sum(capitals) / len(words), **{sign: 1.0 for sign, has in signs.items() if has}}


def _of_word(place: str, word: str) -> Iterator[str]:
    for bound in _HOW_COMMON:
        if word in common_words(bound):
            yield f"{place} among {bound}"
    ending = next((end for end in _ENDS if word.endswith(end) and len(word) > len(end) + 2), None)
    if ending is not None:
        yield f"{place} ends in {ending}"
    if word in BORDERS:
        yield f"{place} is a border"
    if word in HOLLOW:
        yield f"{place} is hollow"
