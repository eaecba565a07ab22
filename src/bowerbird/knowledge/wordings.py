"""Sentences as they were and as they are: which of them took whose place when a page came to say something else."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.text import blocks, sentences_of
from bowerbird.knowledge.words import stems

__all__ = ["Stood", "paired", "stood_in", "successors"]

_TRIED: Final = 20  # new sentences that one which went is compared with
_ALIKE: Final = 0.5  # from this share of common words on, one sentence has taken the place of another


@dataclass(frozen=True, slots=True)
class Stood:
    """A sentence of a version, and where it stood in its text."""

    version: int
    span: Span
    text: str  # in one line


def stood_in(text: str, version: int, language: str = "") -> list[Stood]:
    """The sentences, items and rows of a version's text, in their order; neither headings nor code."""
    return [
        Stood(version, span, " ".join(span.of(text).split()))
        for block in blocks(text)
        if block.kind in ("prose", "item", "row")
        for span in sentences_of(text, block, language)
    ]


def paired(was: Sequence[Stood], now: Sequence[Stood], *, most: int) -> list[tuple[Stood | None, Stood | None]]:
    """Up to `most` sentences that differ: each that went with what took its place, then those that are new."""
    before, after = {one.text for one in was}, {one.text for one in now}
    went = [one for one in was if one.text not in after][:most]
    came = [one for one in now if one.text not in before]
    pairs = successors(went, came)
    took = {id(other) for _, other in pairs}
    new: list[tuple[Stood | None, Stood | None]] = [(None, one) for one in came if id(one) not in took]
    return [*pairs, *new][:most]


def successors(
    went: Sequence[Stood], came: Sequence[Stood], *, tried: int = _TRIED
) -> list[tuple[Stood | None, Stood | None]]:
    """Each sentence that went with the one of those that came which took its place, each once; None: nothing did."""
    left = [(other, Counter(stems(other.text))) for other in came[: tried + len(went)]]
    pairs: list[tuple[Stood | None, Stood | None]] = []
    for one in went:
        words = Counter(stems(one.text))
        alike = [(_likeness(words, theirs), at) for at, (_, theirs) in enumerate(left[:tried])]
        best, at = max(alike, key=lambda each: each[0], default=(0.0, 0))
        pairs.append((one, left.pop(at)[0] if best >= _ALIKE else None))
    return pairs


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Which share of their words both have. Their order is not looked at: that would take the square of the time."""
    return 2 * (one & other).total() / max(1, one.total() + other.total())
