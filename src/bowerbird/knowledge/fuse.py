"""
Joins what was found by words with what was found by meaning: the words fill the room that the meaning leaves.

    score = cosine + (1 - best cosine) · bm25 / (best bm25 + DAMPING)

Where some passage means what the query means, the words only order its like; where none does, they decide. Dividing by
the query's best BM25 score makes long and short queries alike, and DAMPING lets words say less where even the best
match is weak. Every passage gets both scores, also from the half that did not list it. Chosen on one half of the
queries of eight sets, after a fixed share had failed on both halves of one of them; ranks (RRF) fell below the better
half on some: bench/quality/retrieval.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Fused", "fuse"]

DAMPING = 30.0


@dataclass(frozen=True, slots=True)
class Fused:
    """A passage with its joined score, and what each half gave it: None for no shared word, None for no vector yet."""

    passage: int
    score: float
    bm25: float | None
    dense: float | None


def fuse(bm25: Mapping[int, float], cosine: Mapping[int, float]) -> list[Fused]:
    """All passages of both halves, best first, ties by passage."""
    best_words = max(bm25.values(), default=0.0)
    best_meaning = max(cosine.values(), default=0.0)
    room = (1 - min(max(best_meaning, 0.0), 1.0)) / (best_words + DAMPING)
    # A passage that waits for its vector is taken to mean as much as its words match. With half of the vectors hidden
    # the mean cosine in its place fell up to a fifth below BM25 alone.
    guess = best_meaning / best_words if best_words else 0.0
    joined: list[Fused] = []
    for passage in {*bm25, *cosine}:
        words = bm25.get(passage, 0.0)
        meaning = cosine.get(passage, guess * words)
        joined.append(Fused(passage, meaning + room * words, bm25.get(passage), cosine.get(passage)))
    return sorted(joined, key=lambda each: (-each.score, each.passage))
