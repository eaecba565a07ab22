"""A claim laid beside the sentences that come nearest to it: which of its parts are there, and in whose place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bowerbird.answer.parts import Part, parts_of

__all__ = ["Aligned", "align", "same", "sentences"]

_END = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+(?=[\"“‘(\[*_]*[^\W_a-z])|\n+")
# Windows of two sentences are for claims that join what two say; one sentence that says as much is nearer.
PAIR_COSTS = 0.06
NEIGHBOURS = 3  # parts on each side that a value is known by


@dataclass(frozen=True)
class Aligned:
    """The claim's parts and the window's; `places[n]` is where in the window the claim's part n is, or None."""

    claim: tuple[Part, ...]
    window: tuple[Part, ...]
    places: tuple[int | None, ...]
    everywhere: frozenset[str]  # what all the evidence holds

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
        """The window's parts that the claim has not."""
        taken = {at for at in self.places if at is not None}
        norms = {part.norm for part in self.claim}
        return frozenset(
            n for n, part in enumerate(self.window) if n not in taken and part.norm not in norms and part.weight
        )

    def replaced(self) -> Iterator[tuple[Part, Part]]:
        """A part of the claim with the other one that stands in its place, between the same neighbours."""
        for n in self.missing:
            before, after = self._beside(n, -1), self._beside(n, 1)
            between: range | None = None
            if before is not None and after is not None:
                between = range(before + 1, after) if 1 < after - before <= 3 else None
            elif before is not None and n == len(self.claim) - 1:
                between = range(before + 1, min(before + 2, len(self.window)))
            elif after is not None and n == 0:
                between = range(max(0, after - 1), after)
            for at in between or ():
                if at in self.free:
                    yield self.claim[n], self.window[at]
                    break

    def _beside(self, n: int, step: int) -> int | None:
        """Where the neighbour of the claim's part `n` is in the window."""
        at = n + step
        while 0 <= at < len(self.claim) and self.claim[at].kind == "denial":
            at += step
        return self.places[at] if 0 <= at < len(self.claim) else None


def align(claim: str, evidence: Sequence[str]) -> list[Aligned]:
    """`claim` beside its nearest windows, best first: at most three, of one sentence or two that follow each other."""
    said = parts_of(claim)
    weighty = {part.norm: part.weight for part in said}
    whole = sum(weighty.values()) or 1.0
    texts = [[parts_of(sentence) for sentence in sentences(text)] for text in evidence]
    everywhere = frozenset(norm for text in texts for sentence in text for part in sentence for norm in _norms(part))
    scored: list[tuple[float, tuple[Part, ...]]] = []
    for text in texts:
        held = [{norm for part in sentence for norm in _norms(part)} & weighty.keys() for sentence in text]
        for n, sentence in enumerate(text):
            score = sum(weighty[norm] for norm in held[n]) / whole
            scored.append((score - 0.0005 * len(sentence), sentence))
            if n and held[n] - held[n - 1] and held[n - 1] - held[n]:
                both = sum(weighty[norm] for norm in held[n] | held[n - 1]) / whole
                scored.append((both - PAIR_COSTS - 0.0005 * len(sentence), text[n - 1] + sentence))
    scored.sort(key=lambda one: -one[0])
    return [Aligned(said, window, _places(said, window), everywhere) for _, window in scored[:3]]


@lru_cache(maxsize=1024)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, roughly: cut where one surely ends."""
    return tuple(part for part in _END.split(text) if part.strip())


def _norms(part: Part) -> tuple[str, ...]:
    """What the part is found by: a day of a month is in that month, too."""
    if part.kind == "date" and " day " in part.norm:
        return part.norm, part.norm.split(" day ")[0]
    return (part.norm,)


def same(claim: Part, other: Part) -> bool:
    """Whether the claim's part is what the other says, however it is written."""
    if claim.norm in _norms(other):
        return True
    if claim.value is None or other.value is None or claim.kind != "number":
        return False
    if claim.unit and other.unit and claim.unit.dimension == other.unit.dimension and claim.unit != other.unit:
        mine, theirs = claim.value * claim.unit.size, other.value * other.unit.size
        return abs(mine - theirs) <= 0.005 * abs(theirs)
    return False


def _places(claim: Sequence[Part], window: Sequence[Part]) -> tuple[int | None, ...]:
    """For each part of the claim the place in the window where it stands among most of the same neighbours."""
    found: list[int | None] = []
    converted: set[str] = set()
    for n, part in enumerate(claim):
        if part.kind == "denial":
            found.append(None)
            continue
        places = [at for at, other in enumerate(window) if same(part, other)]
        if part.kind == "unit" and not places and part.norm in converted:
            # Its number was found in another unit of the same dimension.
            places = [at for at, other in enumerate(window) if other.kind == "unit"]
        if not places:
            found.append(None)
            continue
        if part.unit is not None and not any(part.norm in _norms(window[at]) for at in places):
            converted.add(f"unit {part.unit.name}")
        around = {near.norm for near in claim[max(0, n - NEIGHBOURS) : n + NEIGHBOURS + 1]} - {part.norm}
        last = next((at for at in reversed(found) if at is not None), -1)

        def fit(at: int, around: set[str] = around, last: int = last) -> tuple[int, bool, int]:
            near = {other.norm for other in window[max(0, at - NEIGHBOURS) : at + NEIGHBOURS + 1]}
            return len(near & around), at == last + 1, -abs(at - last)

        found.append(max(places, key=fit))
    return tuple(found)
