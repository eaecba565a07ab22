"""
How likely what a page says is one thing with the whole of its name: a logistic function of how the page says it.

A page says many runs of words often, and capitalises more. `terms.py` and `names.py` find what may be a thing; the
weights here (`likely.json`) were learnt from such finds that somebody read, on sites other than those that the figures
are of, by `python -m bench.quality.train_entities`. Two functions, since a term and a name give themselves away by
different signs.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

__all__ = ["NAME_SIGNS", "TERM_SIGNS", "WEIGHTS", "Sort", "describes", "is_likely"]

Sort = Literal["term", "name"]

TERM_SIGNS: Final = (
    "times",  # the page says it, a logarithm
    "once",
    "alone",  # the share that stands with nothing but small words on both sides
    "words",
    "one_word",
    "hollow_head",  # its last word names nothing on its own
    "titled",
    "headed",  # the share that stands in headings
    "defined",
    "stressed",
    "small",  # the share in prose that is written in small letters
    "common",  # the share of its words that are everybody's
    "all_common",
    "common_head",
    "acts",  # begins with an -ing: "preprocessing variables"
    "describes",  # ends like an adjective: "multinomial logistic"
    "heads_line",  # the share that opens a line
    "whole_line",  # … and ends it
    "forms",  # it is written in more than one way
)
NAME_SIGNS: Final = (
    "times",
    "once",
    "sure",  # the tagger of its surest mention, as logits
    "mean_sure",
    "titled",
    "words",
    "one_word",
    "long",  # five words and more
    "person",
    "organisation",
    "place",
    "product",
    "identifier",
    "acronym",
    "headed",
    "heads_line",
    "whole_line",
    "after_capital",  # the share that has a capitalised word right before it
    "before_capital",
    "small_words",  # the share of its words that are small ones
    "common",
    "all_common",
    "describes",
    "acts",
    "initials",  # a letter with a full stop among its words
    "marked",  # numbers, slashes, full stops within
    "et_al",
)
_ADJECTIVES: Final = ("able", "al", "ative", "ed", "ful", "ible", "ic", "ive", "less", "ory", "ous", "variate")
WEIGHTS: Final = Path(__file__).with_name("likely.json")


@dataclass(frozen=True, slots=True)
class _Judge:
    weights: tuple[float, ...]
    bias: float
    enough: float


def describes(word: str) -> bool:
    """Whether a word ends like an adjective: "multinomial", "logistic"."""
    return len(word) > 5 and word.endswith(_ADJECTIVES)


def is_likely(sort: Sort, signs: Sequence[float]) -> bool:
    """Whether a find with these signs (`TERM_SIGNS` or `NAME_SIGNS`) is likely enough to be kept."""
    judge = _judges()[sort]
    total = judge.bias + sum(weight * sign for weight, sign in zip(judge.weights, signs, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total)))) >= judge.enough


@cache
def _judges() -> dict[Sort, _Judge]:
    stored: dict[Sort, dict[str, Any]] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    signs: dict[Sort, tuple[str, ...]] = {"term": TERM_SIGNS, "name": NAME_SIGNS}
    return {
        sort: _Judge(
            tuple(stored[sort]["weights"][sign] for sign in names), stored[sort]["bias"], stored[sort]["enough"]
        )
        for sort, names in signs.items()
    }
