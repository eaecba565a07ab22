"""A claim laid beside the sentences that come nearest to it: which of its parts are there, and in whose place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bowerbird.answer.parts import Part, is_year, parts_of

__all__ = ["Aligned", "align", "beside", "same", "sentences"]

_END = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+(?=[\"“‘(\[*_]*[^\W_a-z])|\n+")
# A point after one of these ends no sentence, nor one after a letter that stands for a name.
_SHORTENED = re.compile(
    r"(?:^|[\W_])(?:(?-i:[A-Z])|pp?|vols?|nos?|ed|eds|vs|cf|ca|dr|mrs?|ms|prof|st|fig|figs|sec|ch|art|ibid|al|jr|gen|col|sgt|rev|hon"
    r"|approx|est|inc|ltd|co)\.[\W_]*$",
    re.IGNORECASE,
)
# Windows of two sentences are for claims that join what two say; one sentence that says as much is nearer.
PAIR_COSTS = 0.06
# A sentence that has this much of the claim is the one it is laid beside: a neighbour could lend it a wrong value.
ENOUGH = 0.7
GAP = 6  # parts of the window between two neighbours of the claim, at most, for one to have replaced another
NEIGHBOURS = 3  # parts on each side that a value is known by


@dataclass(frozen=True)
class Aligned:
    """The claim's parts and the window's; `places[n]` is where in the window the claim's part n is, or None."""

    claim: tuple[Part, ...]
    window: tuple[Part, ...]
    places: tuple[int | None, ...]
    echoes: frozenset[int]  # the claim's parts that the window has, but less often than the claim
    everywhere: frozenset[str]  # what all the evidence holds
    text: str = ""  # of the window

    @cached_property
    def cover(self) -> float:
        """The weighted share of the claim's parts that are in the window."""
        whole = sum(part.weight for part in self.claim)
        held = sum(part.weight for part, at in zip(self.claim, self.places, strict=True) if at is not None)
        return held / whole if whole else 0.0

    @cached_property
    def missing(self) -> tuple[int, ...]:
        """The claim's parts that the window has not."""
        return tuple(n for n, at in enumerate(self.places) if at is None and self.claim[n].kind != "denial")

    @cached_property
    def free(self) -> frozenset[int]:
        """The window's parts that no part of the claim stands for."""
        taken = {at for at in self.places if at is not None}
        return frozenset(at for at, part in enumerate(self.window) if at not in taken and part.kind != "denial")

    def replaced(self) -> Iterator[tuple[int, Part]]:
        """A part of the claim, by its number, with the other one that stands in its place, between the same others."""
        absent = {*self.missing, *self.echoes}
        taken: set[int] = set()
        for n in sorted(absent):
            before, after = self._beside(n, -1, absent), self._beside(n, 1, absent)
            between: range | None = None
            if before is not None and after is not None:
                between = range(before + 1, after) if 1 < after - before <= GAP else None
                if after - before > GAP and self.window[before + 1].kind == self.claim[n].kind == "name":
                    between = range(before + 1, before + 2)  # what stands there goes on about it
            elif before is not None and not any(m not in absent for m in range(n + 1, len(self.claim))):
                between = range(before + 1, min(before + 2, len(self.window)))
            elif after is not None and not any(m not in absent for m in range(n)):
                between = range(max(0, after - 1), after)
            free = [at for at in between or () if at in self.free]
            if free:
                # Of several that stand there, each for one: the first that is of its kind.
                best = min(free, key=lambda at: (*_unlike(self.claim[n], self.window[at]), at in taken, at))
                taken.add(best)
                yield n, self.window[best]

    def usurped(self) -> Iterator[tuple[int, Part]]:
        """A name or value of the claim, by its number, that the window has elsewhere, and what it has in its place."""
        for n, at in enumerate(self.places):
            part = self.claim[n]
            if at is None or part.kind not in ("name", "number", "date"):
                continue
            before = self.places[n - 1] if n else None
            after = self.places[n + 1] if n + 1 < len(self.claim) else None
            if n and after is not None and before is not None:
                between = range(before + 1, after) if 1 < after - before <= NEIGHBOURS else range(0)
            elif n == 0 and after is not None:
                between = range(max(0, after - 1), after)
            elif n + 1 == len(self.claim) and before is not None:
                between = range(before + 1, min(before + 2, len(self.window)))
            else:
                continue
            rivals = [place for place in between if place in self.free and _is_other(self.window[place], part)]
            if rivals and at not in between:
                yield n, self.window[rivals[0]]

    def _beside(self, n: int, step: int, absent: set[int]) -> int | None:
        """Where the nearest part beside the claim's part `n` that is in the window stands there."""
        at = n + step
        while 0 <= at < len(self.claim) and (self.claim[at].kind == "denial" or at in absent):
            at += step
        return self.places[at] if 0 <= at < len(self.claim) else None


def align(claim: str, evidence: Sequence[str]) -> list[Aligned]:
    """`claim` beside its nearest windows, best first: at most three, of one sentence or two that follow each other."""
    said = parts_of(claim)
    weighty = {part.norm: part.weight for part in said}
    whole = sum(weighty.values()) or 1.0
    written = [sentences(text) for text in evidence]
    texts = [[parts_of(sentence) for sentence in text] for text in written]
    everywhere = frozenset(norm for text in texts for sentence in text for part in sentence for norm in _norms(part))
    scored: list[tuple[float, tuple[Part, ...], str]] = []
    joined: list[tuple[float, tuple[Part, ...], str]] = []
    own = len(sentences(claim))
    sizes = {2, own} - {1}
    for text, told in zip(texts, written, strict=True):
        held = [{norm for part in sentence for norm in _norms(part)} & weighty.keys() for sentence in text]
        for n, sentence in enumerate(text):
            scored.append((sum(weighty[norm] for norm in held[n]) / whole - 0.0005 * len(sentence), sentence, told[n]))
            for size in sizes:
                run = held[n : n + size]
                if len(run) == size and run[0] - run[-1] and run[-1] - run[0]:
                    both = sum(weighty[norm] for norm in frozenset[str]().union(*run)) / whole
                    window = tuple(part for each in text[n : n + size] for part in each)
                    joined.append((both - PAIR_COSTS - 0.0005 * len(window), window, " ".join(told[n : n + size])))
    scored.sort(key=lambda one: -one[0])
    if scored and (own > 1 or scored[0][0] < ENOUGH):
        scored = sorted([*scored, *joined], key=lambda one: -one[0])
    return [Aligned(said, window, *_places(said, window), everywhere, text) for _, window, text in scored[:3]]


def beside(claim: Sequence[Part], window: Sequence[Part]) -> Aligned:
    """The parts of one sentence beside those of another, which is all the evidence there is."""
    everywhere = frozenset(norm for part in window for norm in _norms(part))
    return Aligned(tuple(claim), tuple(window), *_places(claim, window), everywhere)


@lru_cache(maxsize=1024)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, roughly: cut where one surely ends."""
    begins, found = 0, list[str]()
    for end in _END.finditer(text):
        if "\n" not in end.group() and _SHORTENED.search(text, max(0, end.start() - 8), end.start()):
            continue
        found.append(text[begins : end.start()])
        begins = end.end()
    return tuple(part for part in (*found, text[begins:]) if part.strip())


def _is_other(one: Part, than: Part) -> bool:
    return one.kind == than.kind and one.norm != than.norm


def _unlike(one: Part, other: Part) -> tuple[bool, bool]:
    return one.kind != other.kind, is_year(one) != is_year(other)


def _norms(part: Part) -> tuple[str, ...]:
    """What the part is found by: a day of a month is in that month, too."""
    if part.kind == "date" and " day " in part.norm:
        return part.norm, part.norm.split(" day ")[0]
    return (part.norm,)


def same(claim: Part, other: Part) -> bool:
    """Whether the claim's part is what the other says, however it is written."""
    if claim.norm in _norms(other):
        return not (claim.unit and other.unit and _other_scale(claim.unit.dimension, other.unit.dimension))
    if claim.value is None or other.value is None or claim.kind != "number":
        return False
    if claim.unit and other.unit and claim.unit.dimension == other.unit.dimension and claim.unit != other.unit:
        mine, theirs = claim.value * claim.unit.size, other.value * other.unit.size
        return abs(mine - theirs) <= 0.005 * abs(theirs)
    return False


def _other_scale(one: str, other: str) -> bool:
    """Whether these are two scales of temperature: 100 °C, which is 212 °F, is not 212 °C."""
    return one != other and {one, other} <= {"celsius", "fahrenheit", "kelvin"}


def _places(claim: Sequence[Part], window: Sequence[Part]) -> tuple[tuple[int | None, ...], frozenset[int]]:
    """
    For each part of the claim the place in the window where it stands among most of the same neighbours; and which of
    them have to share a place. A value never shares: "12 of 12" is not in "7 of 12".
    """
    found: list[int | None] = []
    echoes: set[int] = set()
    converted: set[str] = set()
    holder: dict[int, tuple[int, int]] = {}  # of a place: how well it fits, and which part of the claim
    last = -1
    for n, part in enumerate(claim):
        found.append(None)
        places = [at for at, other in enumerate(window) if same(part, other)]
        if part.kind == "unit" and not places and part.norm in converted:
            # Its number was found in another unit of the same dimension.
            places = [at for at, other in enumerate(window) if other.kind == "unit"]
        if part.kind == "denial" or not places:
            continue
        if part.unit is not None and not any(part.norm in _norms(window[at]) for at in places):
            converted.add(f"unit {part.unit.name}")
        around = {near.norm for near in claim[max(0, n - NEIGHBOURS) : n + NEIGHBOURS + 1]} - {part.norm}
        fits = {at: _fit(window, at, around) for at in places}
        free = [at for at in places if at not in holder]
        best = max(free or places, key=lambda at: (fits[at], at == last + 1, -abs(at - last)))
        if free:
            holder[best], found[n], last = (fits[best], n), best, best
            continue
        fit, other = holder[best]
        loser = n
        if fits[best] > fit:
            holder[best], found[n], loser = (fits[best], n), best, other
        if part.kind in ("number", "date", "unit"):
            found[loser] = None
        else:
            found[loser] = best
            echoes.add(loser)
    return tuple(found), frozenset(echoes)


def _fit(window: Sequence[Part], at: int, around: set[str]) -> int:
    """How many of the claim's neighbours stand around the place, the next ones twice."""
    near = {part.norm for part in window[max(0, at - NEIGHBOURS) : at + NEIGHBOURS + 1]}
    next_to = {part.norm for part in window[max(0, at - 1) : at + 2]}
    return len(near & around) + len(next_to & around)
