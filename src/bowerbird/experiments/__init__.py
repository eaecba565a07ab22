"""Experiments: who gets which variant, what they did then, and what follows from it."""

from bowerbird.experiments.assign import Arm, Assignment, Phase, UnitBuckets, arms_of, assign, below
from bowerbird.experiments.bucket import BUCKETS, bucket
from bowerbird.experiments.plan import Guardrail, Metric, Plan, Rules, VariantRule, unsafe_changes
from bowerbird.experiments.targeting import Condition

__all__ = [
    "BUCKETS",
    "Arm",
    "Assignment",
    "Condition",
    "Guardrail",
    "Metric",
    "Phase",
    "Plan",
    "Rules",
    "UnitBuckets",
    "VariantRule",
    "arms_of",
    "assign",
    "below",
    "bucket",
    "unsafe_changes",
]
