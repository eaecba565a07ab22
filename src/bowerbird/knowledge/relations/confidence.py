"""
How sure a relation is: the share of those found by the same rule that were right, counted by reading sentences.

`rates.json` holds the counts of what was read, by rule, and the command that made it. A rule of which little was read
is thought to be like its form, and a form like all: each is worth BELIEF readings of what it is one of.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from bowerbird.knowledge.relations.stated import How

__all__ = ["BELIEF", "RATES", "Counts", "confidence_of", "estimated"]

RATES: Final = Path(__file__).with_name("rates.json")
BELIEF: Final = 4.0  # readings


Counts = Mapping[str, Mapping[str, Sequence[int]]]  # by form and rule: how many were right, of how many that were read


@lru_cache(maxsize=1)
def _counts() -> Counts:
    told: Counts = json.loads(RATES.read_text(encoding="utf-8"))["read"]
    return told


@lru_cache(maxsize=256)
def confidence_of(how: How, rule: str) -> float:
    """The chance that what the rule finds is right."""
    return estimated(_counts(), how, rule)


def estimated(counts: Counts, how: How, rule: str) -> float:
    """The same by other counts than those that ship."""
    every = _share([each for rules in counts.values() for each in rules.values()], 0.5, belief=2.0)
    form = _share(list(counts.get(how, {}).values()), every)
    return round(_share([counts.get(how, {}).get(rule, (0, 0))], form), 4)


def _share(counts: Sequence[Sequence[int]], believed: float, *, belief: float = BELIEF) -> float:
    right, read = (sum(each[place] for each in counts) for place in (0, 1))
    return (right + belief * believed) / (read + belief)
