"""
Layers: experiments that must not meet share one, and each has some of its segments for itself.

A layer cuts everybody into 10,000 segments by a bucket of its own. An experiment reserves segments when it starts and
gives them back when it ends; a person is in one segment, so in at most one experiment of the layer at a time. What is
not reserved is there for the next, so an experiment can be added while others run.
"""

from collections.abc import Iterable
from typing import Final

from bowerbird.experiments.bucket import BUCKETS
from bowerbird.kernel.errors import InputWrong

__all__ = ["SEGMENTS", "Segments", "free_segments", "has_segment", "reserve", "segment_of", "size_of"]

SEGMENTS: Final = 10_000
Segments = tuple[tuple[int, int], ...]  # from one on, up to another that is not in it; in order, apart from each other


def segment_of(bucket: int) -> int:
    """In which segment of the layer that bucket is."""
    return bucket * SEGMENTS // BUCKETS


def has_segment(segments: Segments, segment: int) -> bool:
    """Whether it is among them."""
    return any(first <= segment < end for first, end in segments)


def size_of(segments: Segments) -> int:
    """How many they are."""
    return sum(end - first for first, end in segments)


def free_segments(taken: Iterable[Segments]) -> Segments:
    """What is left of a layer."""
    free: list[tuple[int, int]] = []
    at = 0
    for first, end in sorted(one for segments in taken for one in segments):
        if first > at:
            free.append((at, first))
        at = max(at, end)
    if at < SEGMENTS:
        free.append((at, SEGMENTS))
    return tuple(free)


def reserve(wanted: int, taken: Iterable[Segments], *, own: Segments = ()) -> Segments:
    """
    Segments that nobody has, with `own` among them, `wanted` altogether.

    Raises InputWrong when not enough are free. Which ones does not matter: each is a sample of everybody.
    """
    more = wanted - size_of(own)
    free = free_segments([*taken, own])
    there = size_of(free) + size_of(own)
    if wanted > there:
        raise InputWrong(
            f"{wanted / SEGMENTS:.2%} of the layer are wanted, {there / SEGMENTS:.2%} are free; ask for less, or stop"
            " an experiment in it",
            field="layer_share",
        )
    got = list(own)
    for first, end in free:
        if more <= 0:
            break
        got.append((first, min(end, first + more)))
        more -= got[-1][1] - first
    return _joined(got)


def _joined(segments: Iterable[tuple[int, int]]) -> Segments:
    joined: list[tuple[int, int]] = []
    for first, end in sorted(segments):
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return tuple(joined)
