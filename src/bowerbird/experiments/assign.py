"""
Who gets which variant: computed from the unit and the phase alone, the same wherever and however often it is asked.

    held out?      bucket(holdout salt, unit) below the share that no experiment of the workspace may touch
    segment        bucket(layer salt, unit) in a segment that the experiment has reserved
    targeting      all conditions hold
    kept           sticky: who had a variant in an earlier phase keeps it, as long as all of the above is so
    inclusion      bucket(inclusion salt, unit) below the traffic
    variant        bucket(variant salt, unit) in the range of one of the arms

The salts differ, so none of these tells anything of another. Ranges begin where they begin: more traffic moves the end
of one range, and nobody from one variant to another. Bounds of ranges are exact whole numbers, so that every client
draws the line at the same bucket.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from bowerbird.experiments.bucket import BUCKETS, bucket
from bowerbird.experiments.layers import Segments, has_segment, segment_of
from bowerbird.experiments.targeting import Attributes, Condition, lets_in

__all__ = ["NOBODY_KNOWN", "Arm", "Assignment", "Phase", "UnitBuckets", "Why", "arms_of", "assign", "below"]

Why = Literal["assigned", "kept", "held out", "another segment", "not targeted", "no traffic"]
NOBODY_KNOWN: Final[Attributes] = {}


@dataclass(frozen=True, slots=True)
class Arm:
    """A variant, and the bucket at which its range ends; it begins where the one before ends."""

    name: str
    end: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """The variant of a unit, or None for who is not in the experiment, and why."""

    variant: str | None
    why: Why


@dataclass(frozen=True, slots=True)
class Phase:
    """All that assignment depends on."""

    inclusion_salt: str
    included_below: int
    variant_salt: str
    arms: tuple[Arm, ...]
    conditions: tuple[Condition, ...] = ()
    layer_salt: str = ""
    segments: Segments | None = None  # of the layer; None: in no layer
    holdout_salt: str = ""
    held_below: int = 0
    is_sticky: bool = False

    def arm(self, bucket: int) -> str:
        """The variant whose range has that bucket."""
        return next(arm.name for arm in self.arms if bucket < arm.end)

    def to_json(self) -> dict[str, Any]:
        """All of it for clients that assign by themselves; buckets are texts, because JSON readers lose digits."""
        return {
            "holdout_salt": self.holdout_salt,
            "held_below": str(self.held_below),
            "layer_salt": self.layer_salt,
            "segments": None if self.segments is None else [list(one) for one in self.segments],
            "conditions": [condition.model_dump(mode="json") for condition in self.conditions],
            "inclusion_salt": self.inclusion_salt,
            "included_below": str(self.included_below),
            "variant_salt": self.variant_salt,
            "arms": [{"name": arm.name, "end": str(arm.end)} for arm in self.arms],
        }


class UnitBuckets:
    """The buckets of a unit, each computed once: hashing takes longer than all else."""

    __slots__ = ("_known", "unit")

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self._known: dict[str, int] = {}

    def of(self, salt: str) -> int:
        """Its bucket under that salt; raises InputWrong as `bucket` does."""
        known = self._known.get(salt)
        if known is None:
            known = self._known[salt] = bucket(salt, self.unit)
        return known


def below(share: Fraction | float) -> int:
    """Where the range ends that begins at 0 and has that share of all buckets."""
    return int(Fraction(share) * BUCKETS)


def arms_of(weights: Sequence[tuple[str, float]]) -> tuple[Arm, ...]:
    """The ranges of variants with these weights, in this order; weights are relative, and above 0."""
    total = sum((Fraction(weight) for _, weight in weights), Fraction())
    so_far = Fraction()
    arms: list[Arm] = []
    for name, weight in weights:
        so_far += Fraction(weight)
        arms.append(Arm(name, below(so_far / total)))
    return tuple(arms)


def assign(
    phase: Phase, buckets: UnitBuckets, attributes: Attributes = NOBODY_KNOWN, *, kept: str | None = None
) -> Assignment:
    """The variant of the unit in that phase; `kept` is what it had in an earlier one."""
    if phase.held_below and buckets.of(phase.holdout_salt) < phase.held_below:
        return Assignment(None, "held out")
    if phase.segments is not None and not has_segment(phase.segments, segment_of(buckets.of(phase.layer_salt))):
        return Assignment(None, "another segment")
    if phase.conditions and not lets_in(phase.conditions, attributes):
        return Assignment(None, "not targeted")
    if phase.is_sticky and kept is not None and any(arm.name == kept for arm in phase.arms):
        return Assignment(kept, "kept")
    if buckets.of(phase.inclusion_salt) >= phase.included_below:
        return Assignment(None, "no traffic")
    return Assignment(phase.arm(buckets.of(phase.variant_salt)), "assigned")
