"""
How likely the evidence says what a claim in other words says: a logistic model over numbers that a person could check.

The weights were made by `python -m bench.quality.train_verifier` from the halves of SciFact (CC BY 4.0) and WiCE
(ODC-By) that no bench reports, and from the same claims made false by `bench/quality/corruptions.py`.
"""

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

from bowerbird.answer.align import Aligned
from bowerbird.answer.differences import Difference
from bowerbird.answer.opposites import direction

__all__ = ["FEATURES", "features", "likelihood"]

FEATURES = (
    "cover", "cover_joined", "cover_anywhere", "words_anywhere", "values_missing", "numbers_missing", "dates_missing",
    "names_missing", "names_nowhere", "name_missing", "other_name", "other_unit", "denied", "opposite",
    "maybe_opposite", "replaced", "word_replaced", "other_value", "in_order", "near_forms", "same_direction",
    "other_direction", "length",
    "window",
)  # fmt: skip


def features(windows: Sequence[Aligned], found: Sequence[Difference]) -> tuple[float, ...]:
    """The numbers named in FEATURES; `windows` best first, `found` the differences from the best."""
    best = windows[0]
    claim = best.claim
    whole = sum(part.weight for part in claim) or 1.0
    joined = {n for window in windows for n, at in enumerate(window.places) if at is not None}
    values = [n for n, part in enumerate(claim) if part.kind in ("number", "date")]
    names = [n for n, part in enumerate(claim) if part.kind == "name"]
    words = [part for part in claim if part.kind != "denial"]
    kinds = [each.kind for each in found if each.contradicts]
    softly = [each.kind for each in found if not each.contradicts]
    mine = sum(direction(part.norm) for part in claim)
    theirs = sum(direction(part.norm) for part in best.window)
    return (
        best.cover,
        sum(claim[n].weight for n in joined) / whole,
        sum(part.weight for part in claim if part.norm in best.everywhere) / whole,
        sum(part.norm in best.everywhere for part in words) / max(1, len(words)),
        float(any(best.places[n] is None for n in values)),
        float("number" in softly),
        float("date" in softly),
        _share(names, [n for n in names if best.places[n] is None]),
        _share(names, [n for n in names if claim[n].norm not in best.everywhere]),
        float("name" in softly),
        float("name" in kinds),
        float("unit" in kinds),
        float("denial" in kinds),
        float("opposite" in kinds),
        float("opposite" in softly),
        min(1.0, softly.count("word") / 3),
        float("word" in softly),
        float("number" in kinds or "date" in kinds or "unit" in kinds),
        _in_order(best),
        _near_forms(best),
        float(mine * theirs > 0),
        float(mine * theirs < 0),
        math.log(1 + len(claim)) / 4,
        math.log(1 + len(best.window)) / 4,
    )


def likelihood(windows: Sequence[Aligned], found: Sequence[Difference]) -> float:
    """The likelihood of support, 0 to 1."""
    bias, weights = _weights()
    score = bias + sum(w * x for w, x in zip(weights, features(windows, found), strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


@cache
def _weights() -> tuple[float, tuple[float, ...]]:
    held = json.loads((files("bowerbird.answer") / "entailment.json").read_text(encoding="utf-8"))
    assert tuple(held["features"]) == FEATURES
    return held["bias"], tuple(held["weights"])


def _share(of: Sequence[int], which: Sequence[int]) -> float:
    return len(which) / len(of) if of else 0.0


def _in_order(aligned: Aligned) -> float:
    """The share of neighbouring parts of the claim that follow each other closely in the window."""
    pairs = list(pairwise(aligned.places))
    close = sum(a is not None and b is not None and 0 < b - a <= 3 for a, b in pairs)
    return close / len(pairs) if pairs else 1.0


def _near_forms(aligned: Aligned) -> float:
    """The share of missing words of which the window has one with the same beginning ("effect", "affects")."""
    missing = [aligned.claim[n].norm for n in aligned.missing if aligned.claim[n].kind in ("word", "name")]
    others = [aligned.window[at].norm for at in aligned.free]
    near = sum(any(_is_near(word, other) for other in others) for word in missing)
    return near / len(missing) if missing else 0.0


def _is_near(one: str, other: str) -> bool:
    if min(len(one), len(other)) < 5:
        return False
    shared = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= 5 or one[1:] == other[1:]
