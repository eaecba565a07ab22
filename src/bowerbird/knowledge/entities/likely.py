"""
How likely it is that what was found is one: a name or a term with all of its words and no more.

A sum of what each of its signs is worth. The weights were learnt from names that were read in their sentences, on pages
of several sites (`python -m bench.quality.likely --fit` makes the file); `docs/decisions/0040-what-is-likely-a-name.md`
says how, and what else was tried.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from bowerbird.knowledge.entities.candidate import Candidate
from bowerbird.knowledge.entities.signs import Surroundings, signs_of

__all__ = ["WEIGHTS", "Likelihood", "likelihood"]

WEIGHTS: Final = Path(__file__).with_name("likely.json")


@dataclass(frozen=True, slots=True)
class Likelihood:
    """What signs are worth, and from where on what is found is kept."""

    weights: Mapping[str, float]
    bias: float
    enough: float

    def of(self, signs: Mapping[str, float]) -> float:
        """From 0 to 1; a sign that nobody has weighed counts for nothing."""
        odds = self.bias + sum(self.weights.get(sign, 0.0) * much for sign, much in signs.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))

    def is_enough(self, candidate: Candidate, seen: Mapping[str, float], around: Surroundings) -> bool:
        """
        Whether the candidate is kept.

        Elements of an interface are known by how they are written, what the page defines or lists with its description
        is one of its terms: all of them are. So are the tagger's names where a page is not about code: it was made for
        such pages, and there more right names than wrong ones would be lost.
        """
        if candidate.kind == "identifier" or seen.get("defined") or seen.get("listed"):
            return True
        if candidate.kind != "term" and not around.of_code:
            return True
        return self.of(signs_of(candidate, seen, around)) >= self.enough


@lru_cache(maxsize=1)
def likelihood() -> Likelihood:
    """The weights that ship, read once."""
    told = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Likelihood(told["weights"], told["bias"], told["enough"])
