"""Where the sentences of a page name things, as patterns ask for it: none within another, the longest counts."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities.candidate import Candidate, Kind, Mention
from bowerbird.knowledge.entities.extract import Read
from bowerbird.knowledge.entities.reading import is_content
from bowerbird.knowledge.words import STOPWORDS, word_set

__all__ = ["NAMED", "WORKS", "Sentence", "Spot", "sentences_with_names"]

NAMED: Final[frozenset[Kind]] = frozenset(
    {"person", "organisation", "place", "product", "name", "acronym", "identifier"}
)
# What somebody makes: no person, no place.
WORKS: Final[frozenset[Kind]] = frozenset({"product", "name", "acronym", "organisation", "identifier"})
_TITLES: Final = word_set("Mr Mrs Ms Dr Prof Professor Sir Lord Lady Dame President Senator Judge Captain General King")


_AND_MORE: Final = re.compile(r" (?:and|&) [A-Z]")  # "the Department of Health | and Care"
_OF_MORE: Final = re.compile(r" of [A-Z]")  # "Rings | of Saturn"
_NEXT_WORD: Final = re.compile(r" ([a-z][\w-]*)")


class Spot(NamedTuple):
    """A name in a sentence."""

    start: int
    end: int
    key: str
    kind: Kind

    @property
    def span(self) -> Span:
        """Where it is in the text."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of prose with the names in it; `said` is the page as patterns read it, with the text's offsets."""

    said: str
    start: int
    end: int
    spots: tuple[Spot, ...]
    at: Mapping[int, Spot]  # by where it begins

    @property
    def span(self) -> Span:
        """Where it is in the text."""
        return Span(self.start, self.end)

    def whole(self, start: int) -> Spot | None:
        """The name that begins there, if no further capitalised word and no owned thing belongs to it."""
        spot = self.at.get(start)
        if spot is None:
            return None
        rest = self.said[spot.end : spot.end + 3]
        if rest[:1] in ("'", "’") and rest[1:2] == "s":
            return None
        if spot.kind != "term" and rest[:1] in (" ", "-") and rest[1:2].isupper():
            return None
        if spot.kind == "organisation" and _AND_MORE.match(self.said, spot.end):
            return None
        if spot.kind not in ("term", "person") and _OF_MORE.match(self.said, spot.end):
            return None
        after = _NEXT_WORD.match(self.said, spot.end)
        if after is not None and self.said.endswith("the ", 0, spot.start) and is_content(after[1]):
            return None  # "the Nekopara | visual novels"
        return spot

    def opens_whole(self, spot: Spot) -> bool:
        """Whether no capitalised word right before it may belong to it, and it is not one of several: "a Ford"."""
        before = self.said[max(self.start, spot.start - 40) : spot.start]
        if not before.endswith((" ", "-")) or before[:-1].endswith((".", ",", ":", ";", "\x00")):
            return True
        word = before[:-1].rpartition(" ")[2].lstrip("(“\"'[*_")
        if word.lower() in ("a", "an"):
            return False
        opens = before.strip(" (“\"'[*_-•") == word
        return not word[:1].isupper() or word in _TITLES or (opens and word.lower() in STOPWORDS)


def sentences_with_names(page: Read) -> Iterator[Sentence]:
    """The sentences of prose that name something, in order."""
    said = page.seen.replace("\n", " ").replace("\xa0", " ")
    by_line: defaultdict[int, list[tuple[Mention, str]]] = defaultdict(list)
    for key, candidate in page.found.items():
        for mention in candidate.mentions:
            by_line[mention.sentence_start].append((mention, key))
    for line in page.lines:
        named = by_line.get(line.start)
        if named is None or line.heading:
            continue
        spots = [Spot(mention.start, mention.end, key, _kind(said, mention, page.found[key])) for mention, key in named]
        # A name counts before a term that overlaps it; of two that begin in one place the longer.
        spots.sort(key=lambda spot: (spot.kind == "term", spot.start, -spot.end))
        kept: list[Spot] = []
        taken = bytearray(line.end - line.start)
        for spot in spots:
            first, last = spot.start - line.start, spot.end - line.start
            if not any(taken[first:last]):
                taken[first:last] = b"\1" * (last - first)
                kept.append(spot)
        kept.sort()
        yield Sentence(said, line.start, line.end, tuple(kept), {spot.start: spot for spot in kept})


def _kind(said: str, mention: Mention, candidate: Candidate) -> Kind:
    """A term that is written as a name, here and wherever the page has it in running text, is one."""
    is_name = candidate.kind == "term" and candidate.name[:1].isupper() and said[mention.start].isupper()
    return "name" if is_name and candidate.name[1:] != candidate.name[1:].upper() else candidate.kind
