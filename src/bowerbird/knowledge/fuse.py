"""
Joins what was found by words with what was found by meaning: the words fill the room that the meaning leaves.

    score = cosine + (1 - best cosine) · WORDS · n / (n + MANY) · bm25 / (best bm25 + DAMPING)

Where some passage means what the query means, the words only order its like; where none does, they decide. What they
say counts for more the more of them there are (n different ones, without stop-words): three words stand together in
many a passage, fifteen hardly by chance. Dividing by the query's best BM25 score makes small and large collections
alike, and DAMPING lets words say less where even the best match is next to nothing. Every passage gets both scores,
also from the half that did not list it. Chosen on one half of the queries of eight sets (bench/quality/retrieval.py,
the topics of mathematics and nature, and bench/quality/windows.py): docs/decisions/0006-fusion.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Fused", "fuse"]

WORDS = 2.0
MANY = 20
DAMPING = 1.0


@dataclass(frozen=True, slots=True)
class Fused:
    """A passage with its joined score, and what each half gave it: None for no shared word, None for no vector yet."""

    passage: int
    score: float
    bm25: float | None
    dense: float | None


def fuse(bm25: Mapping[int, float], cosine: Mapping[int, float], *, words: int) -> list[Fused]:
    """All passages of both halves, best first, ties by passage; `words` is how many different ones the query says."""
    best_words = max(bm25.values(), default=0.0)
    best_meaning = max(cosine.values(), default=0.0)
    said_much = WORDS * max(words, 1) / (max(words, 1) + MANY)
    room = (1 - min(max(best_meaning, 0.0), 1.0)) * said_much / (best_words + DAMPING)
    # A passage that waits for its vector is taken to mean as much as its words match. With half of the vectors hidden
    # the mean cosine in its place fell up to a fifth below BM25 alone.
    guess = best_meaning / best_words if best_words else 0.0
    joined: list[Fused] = []
    for passage in {*bm25, *cosine}:
        said = bm25.get(passage, 0.0)
        meaning = cosine.get(passage, guess * said)
        joined.append(Fused(passage, meaning + room * said, bm25.get(passage), cosine.get(passage)))
    return sorted(joined, key=lambda each: (-each.score, each.passage))
