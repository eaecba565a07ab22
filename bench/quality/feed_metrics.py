"""
What is counted of ranked lists: relevance (nDCG, recall), diversity (ILD), coverage and calibration.

All are pure functions of arrays. A ranking is an array (people, places) of item indices, best first; a place that a
ranker left empty is -1, gains nothing and is nobody's topic.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["calibration", "coverage", "ild", "ndcg", "recall", "top"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
SMOOTHING = 0.01  # Steck's alpha: how much of the wanted distribution is mixed into the shown one


def top(scores: NDArray[np.floating], k: int) -> Ints:
    """The `k` columns of highest score of each row, best first; equal scores in the order of the columns."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :k].astype(np.int64)


def ndcg(gains: Floats, ranking: Ints, *, k: int = 10) -> Floats:
    """
    nDCG@k of each person, 0 to 1: the gains (people, items) of what was ranked over those of the best there is.

    The gain is linear (the relevance itself, not 2 to its power), the discount of place 1, 2, … is 1 / log2(place + 1),
    and the best list is made of all items. NaN for a person to whom nothing is of any gain.
    """
    shown = ranking[:, :k]
    discount = 1 / np.log2(np.arange(k) + 2)
    gained = np.where(shown >= 0, np.take_along_axis(gains, np.maximum(shown, 0), axis=1), 0.0)
    places = min(k, gains.shape[1])
    best = -np.sort(-np.partition(gains, -places, axis=1)[:, -places:], axis=1) @ discount[:places]
    share: Floats = np.divide(
        gained @ discount[: shown.shape[1]], best, out=np.full(len(gains), np.nan), where=best > 0
    )
    return share


def recall(gains: Floats, ranking: Ints, *, k: int = 10) -> Floats:
    """Recall@k of each person: the share of the items with a gain that stand among the first k; NaN without any."""
    shown = ranking[:, :k]
    relevant = gains > 0
    found = (np.take_along_axis(relevant, np.maximum(shown, 0), axis=1) & (shown >= 0)).sum(1)
    count = relevant.sum(1)
    share: Floats = np.divide(found, count, out=np.full(len(gains), np.nan), where=count > 0)
    return share


def ild(vectors: NDArray[np.floating], ranking: Ints, *, k: int = 10) -> Floats:
    """
    Intra-list diversity@k of each person: the mean cosine distance (0 to 2) over the pairs of the first k.

    `vectors` (items, dimensions) need not be of length 1. NaN for a list of fewer than two items.
    """
    shown = ranking[:, :k]
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    there = shown >= 0
    # The sum over all ordered pairs of a list is |Σ v|² less the n pairs of an item with itself.
    total = np.where(there[:, :, None], unit[np.maximum(shown, 0)], 0.0).sum(1)
    own = np.where(there, (unit[np.maximum(shown, 0)] ** 2).sum(2), 0.0).sum(1)
    count = there.sum(1)
    pairs = count * (count - 1)
    similarity: Floats = np.divide((total**2).sum(1) - own, pairs, out=np.full(len(shown), np.nan), where=pairs > 0)
    return 1 - similarity


def coverage(ranking: Ints, *, items: int, k: int = 10) -> float:
    """The share of the catalogue of `items` that stands among the first k of at least one person."""
    shown = ranking[:, :k]
    return len(np.unique(shown[shown >= 0])) / items


def calibration(wanted: Floats, kinds: Floats, ranking: Ints, *, k: int = 10, smoothing: float = SMOOTHING) -> Floats:
    """
    Steck's divergence KL(wanted ‖ shown) of each person, in nats: 0 when a list is made of what the person likes.

    `wanted` (people, kinds) and `kinds` (items, kinds) hold distributions, each row summing to 1: of what the person
    liked, and of what an item is about. The shown distribution is the mean of the first k items, with `smoothing` of
    the wanted one mixed in, so that the divergence is finite: at most -ln(smoothing). NaN for an empty list.
    """
    shown = ranking[:, :k]
    there = shown >= 0
    count = there.sum(1, keepdims=True)
    summed = np.where(there[:, :, None], kinds[np.maximum(shown, 0)], 0.0).sum(1)
    mean = np.divide(summed, count, out=np.full(summed.shape, np.nan), where=count > 0)
    mixed = (1 - smoothing) * mean + smoothing * wanted
    ratio = np.divide(wanted, mixed, out=np.ones_like(mixed), where=wanted > 0)
    divergence: Floats = (wanted * np.log(ratio)).sum(1)
    return divergence
