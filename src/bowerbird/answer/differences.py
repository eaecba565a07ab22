"""Where a claim says something else than the sentences it is laid beside, in words that a person can check."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bowerbird.answer.align import Aligned
from bowerbird.answer.opposites import is_opposite
from bowerbird.answer.parts import Part, is_year

__all__ = ["SAME_SENTENCE", "Difference", "DifferenceKind", "differences"]

DifferenceKind = Literal["number", "date", "unit", "name", "denial", "opposite", "place", "word"]

# From this share of the claim on, the window is the same sentence in nearly the same words, and a word that stands in
# another's place is a change of meaning until shown otherwise. Chosen on the half that is not reported.
SAME_SENTENCE = 0.6
# From this share on the window speaks of the same thing, so that another value there speaks against the claim.
SAME_THING = 0.45
NEARLY_ALL = 0.8  # from this share on, both deny as often
SCOPE = 3  # parts that a denial reaches


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `contradicts` when the evidence has another value in that place, not just none."""

    kind: DifferenceKind
    words: str
    contradicts: bool
    claimed: Part | None = None  # what the claim says there
    instead: Part | None = None  # what the evidence says in that place


def differences(aligned: Aligned) -> list[Difference]:
    """All differences between the claim and its window."""
    replaced = dict(aligned.replaced())
    found: list[Difference] = []
    for n in sorted({*aligned.missing, *aligned.echoes}):
        if n not in aligned.echoes or n in replaced or _opposite(aligned, aligned.claim[n]):
            found += _of_missing(aligned, aligned.claim[n], replaced.get(n))
    if aligned.cover >= SAME_THING:
        found += _denials(aligned)
    if aligned.cover >= SAME_SENTENCE:
        found += _displaced(aligned)
    return found


def _of_missing(aligned: Aligned, part: Part, instead: Part | None) -> Iterator[Difference]:
    match part.kind:
        case "number" | "date":
            yield from _value(aligned, part, instead)
        case "unit":
            other = instead if instead is not None and instead.kind == "unit" else _free_of_kind(aligned, "unit")
            if other is not None:
                yield Difference(
                    "unit", f"the claim measures in {part.text}, the evidence in {other.text}", True, part, other
                )
            else:
                yield Difference("unit", f"no {part.text!r} in the evidence", False)
        case _:
            against = _opposite(aligned, part)
            if against is not None:
                told = f"the claim says {part.text!r}, the evidence {against.text!r}"
                yield Difference("opposite", told, aligned.cover >= SAME_THING, part, against)
            elif part.kind == "name":
                yield from _name(aligned, part, instead)
            elif instead is not None and aligned.cover >= SAME_SENTENCE:
                told = f"the claim says {part.text!r}, the evidence {instead.text!r}"
                yield Difference("word", told, False, part, instead)


def _value(aligned: Aligned, part: Part, instead: Part | None) -> Iterator[Difference]:
    kind: DifferenceKind = "date" if part.kind == "date" or is_year(part) else "number"
    other = instead if instead is not None and instead.kind == part.kind else _rival(aligned, part)
    if other is not None and aligned.cover >= SAME_THING:
        yield Difference(kind, f"the claim says {_told(part)}, the evidence {_told(other)}", True, part, other)
    elif part.norm not in aligned.everywhere:
        yield Difference(kind, f"no {_told(part)} in the evidence", False)
    elif aligned.cover >= SAME_SENTENCE:
        yield Difference(kind, f"the evidence has {_told(part)}, but not where the rest of the claim is", False)


def _rival(aligned: Aligned, part: Part) -> Part | None:
    """A number or date in the window that could stand where the claim has this one."""
    for at in sorted(aligned.free):
        other = aligned.window[at]
        if other.kind != part.kind:
            continue
        if part.kind == "date" or (is_year(part) and is_year(other)):
            return other
        if part.unit is not None and other.unit is not None and part.unit.dimension == other.unit.dimension:
            return other
    return None


def _name(aligned: Aligned, part: Part, instead: Part | None) -> Iterator[Difference]:
    if instead is not None and instead.kind == "name" and aligned.cover >= SAME_THING:
        told = f"the claim names {part.text!r}, the evidence {instead.text!r}"
        yield Difference("name", told, True, part, instead)
    elif part.norm not in aligned.everywhere:
        yield Difference("name", f"no {part.text!r} in the evidence", False)
    elif aligned.cover >= SAME_SENTENCE:
        yield Difference("name", f"the evidence has {part.text!r}, but not where the rest of the claim is", False)


def _opposite(aligned: Aligned, part: Part) -> Part | None:
    """What the window says that the claim does not, and that is the opposite of the claim's part."""
    others = (aligned.window[at] for at in sorted(aligned.free))
    return next((other for other in others if is_opposite(part.norm, other.norm)), None)


def _free_of_kind(aligned: Aligned, kind: str) -> Part | None:
    return next((aligned.window[at] for at in sorted(aligned.free) if aligned.window[at].kind == kind), None)


def _told(part: Part) -> str:
    return f"{part.text} {part.unit.name}" if part.unit is not None else part.text


def _denials(aligned: Aligned) -> Iterator[Difference]:
    """What one of the two denies and the other says."""
    if aligned.cover >= NEARLY_ALL:
        mine = sum(part.kind == "denial" and not _is_alone(aligned.claim, d) for d, part in enumerate(aligned.claim))
        theirs = sum(part.kind == "denial" and _is_told(aligned, d) for d, part in enumerate(aligned.window))
        if mine != theirs:
            yield Difference("denial", "one of the two denies what the other says", True)
        return
    at_of = {at: n for n, at in enumerate(aligned.places) if at is not None}
    for d, part in enumerate(aligned.claim):
        if part.kind == "denial":
            heads = [n for n in _reach(aligned.claim, d) if aligned.places[n] is not None]
            if heads and not any(_is_denied(aligned.window, aligned.places[n] or 0) for n in heads[:2]):
                yield Difference("denial", f"the claim denies {aligned.claim[heads[0]].text!r}, the evidence not", True)
    for d, part in enumerate(aligned.window):
        if part.kind == "denial":
            reach = _reach(aligned.window, d)
            heads = [at for at in reach[:2] if at in at_of]
            if heads and not any(_is_denied(aligned.claim, at_of[at]) for at in heads):
                yield Difference("denial", f"the evidence denies {aligned.window[heads[0]].text!r}", True)


def _is_told(aligned: Aligned, d: int) -> bool:
    """Whether the claim has what stands on both sides of the window's denial, so that it should have that, too."""
    beside = [at for at in (d - 1, d + 1) if 0 <= at < len(aligned.window)]
    return not _is_alone(aligned.window, d) and all(at not in aligned.free for at in beside)


def _is_alone(parts: Sequence[Part], d: int) -> bool:
    """Whether nothing else stands in the denial's clause: "(or not)" denies nothing that is said."""
    return len(parts) > 1 and all(parts[n].clause != parts[d].clause for n in (d - 1, d + 1) if 0 <= n < len(parts))


def _reach(parts: Sequence[Part], d: int) -> list[int]:
    """The parts that the denial at `d` is about: those after it in its clause, or else the one before."""
    after = [
        n
        for n in range(d + 1, min(len(parts), d + 1 + SCOPE))
        if parts[n].kind != "denial" and parts[n].clause == parts[d].clause
    ]
    return after or ([d - 1] if d and parts[d - 1].kind != "denial" else [])


def _is_denied(parts: Sequence[Part], n: int) -> bool:
    return any(part.kind == "denial" for part in parts[max(0, n - SCOPE - 1) : n + 2])


def _displaced(aligned: Aligned) -> Iterator[Difference]:
    """Values and names that stand among other words than in the window, or in the place of another."""
    for n, other in aligned.usurped():
        told = f"where the claim has {aligned.claim[n].text!r}, the evidence has {other.text!r}"
        yield Difference("place", told, False, aligned.claim[n], other)
    for n, part in enumerate(aligned.claim):
        at = aligned.places[n]
        inside = 0 < n < len(aligned.claim) - 1 and at is not None and 0 < at < len(aligned.window) - 1
        if at is None or not inside or part.kind not in ("number", "name", "date"):
            continue
        mine = {p.norm for p in (*aligned.claim[max(0, n - 2) : n], *aligned.claim[n + 1 : n + 3])} - {part.norm}
        theirs = {p.norm for p in (*aligned.window[max(0, at - 3) : at], *aligned.window[at + 1 : at + 4])}
        held = {p.norm for p in aligned.window}
        if len(mine) >= 2 and not mine & theirs and len(mine & held) >= 2:
            yield Difference("place", f"{part.text!r} stands elsewhere in the evidence", False)
