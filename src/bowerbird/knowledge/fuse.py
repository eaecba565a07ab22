"""Joins what was found by words with what was found by meaning: reciprocal rank fusion (Cormack et al., SIGIR 2009)."""

from collections.abc import Sequence
from dataclasses import dataclass

from bowerbird.knowledge.index import Scored

__all__ = ["Fused", "fuse"]

K = 60  # the paper's constant


@dataclass(frozen=True, slots=True)
class Fused:
    """A passage with its joined score and what each half gave it."""

    passage: int
    score: float
    bm25: float | None
    dense: float | None


def fuse(lexical: Sequence[Scored], dense: Sequence[Scored]) -> list[Fused]:
    """All passages of both lists, best first, ties by passage."""
    bm25 = {each.passage: each.score for each in lexical}
    cosine = {each.passage: each.score for each in dense}
    joined: dict[int, float] = {}
    for ranking in (lexical, dense):
        for rank, each in enumerate(ranking, start=1):
            joined[each.passage] = joined.get(each.passage, 0.0) + 1 / (K + rank)
    ordered = sorted(joined, key=lambda passage: (-joined[passage], passage))
    return [Fused(passage, joined[passage], bm25.get(passage), cosine.get(passage)) for passage in ordered]
