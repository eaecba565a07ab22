"""
Sums without rounding: what was added and taken away again leaves nothing behind.

Sums that are kept for months take what people did and give it back (somebody turns out to be a bot, an event is taken
back, a square is replaced by a larger one). In ordinary floating point each step rounds, and a bot's 1e18 that comes
and goes takes the others' digits with it. So a sum is kept as a few numbers that add up to it exactly.
"""

from collections.abc import Iterable
from math import fsum
from typing import TypeAlias

__all__ = ["Exact", "add", "rounded"]

Exact: TypeAlias = tuple[float, ...]  # the first is the sum, rounded once; each other what is still missing


def add(terms: Iterable[float]) -> Exact:
    """The exact sum of finite terms; to go on with an earlier one, its parts are terms too. Of nothing: nothing."""
    rest = list(terms)
    parts: list[float] = []
    while part := fsum(rest):  # rounded correctly, and 0 only when nothing is left
        parts.append(part)
        rest.append(-part)
    return tuple(parts)


def rounded(parts: Exact) -> float:
    """The number that is nearest to the sum."""
    return parts[0] if parts else 0.0
