"""Experiments: who gets which variant, what they did then, and what follows from it."""

from bowerbird.experiments.a_a import AlwaysOn, a_a
from bowerbird.experiments.assign import Arm, Assignment, Phase, UnitBuckets, arms_of, assign, below
from bowerbird.experiments.baseline import Baseline, Baselines, baseline_of
from bowerbird.experiments.bucket import BUCKETS, bucket
from bowerbird.experiments.by_segment import BySegment, by_segment
from bowerbird.experiments.counting import catch_up, recount, waits
from bowerbird.experiments.exposing import Exposed, Meeting, expose, forget_met, met_by
from bowerbird.experiments.learnings import Learning, Prior, find_learnings, learn, prior_of
from bowerbird.experiments.lookout import Lookout
from bowerbird.experiments.places import NOWHERE, Place, Places, Variant
from bowerbird.experiments.plan import Guardrail, Metric, Plan, Rules, VariantRule, read, unsafe_changes
from bowerbird.experiments.service import Experiments
from bowerbird.experiments.sizing import Goal, Point, Sizing, size
from bowerbird.experiments.store import (
    DECISIONS,
    Decision,
    Experiment,
    Happened,
    change,
    create,
    decide,
    find,
    history,
    list_experiments,
    replan,
    running_phase,
    start,
    stop,
)
from bowerbird.experiments.sums import Exposures, Results, results
from bowerbird.experiments.targeting import Condition
from bowerbird.experiments.trials import Given, Trials, Tried
from bowerbird.experiments.watch import Report, effect_seen, report

__all__ = [
    "BUCKETS",
    "DECISIONS",
    "NOWHERE",
    "AlwaysOn",
    "Arm",
    "Assignment",
    "Baseline",
    "Baselines",
    "BySegment",
    "Condition",
    "Decision",
    "Experiment",
    "Experiments",
    "Exposed",
    "Exposures",
    "Given",
    "Goal",
    "Guardrail",
    "Happened",
    "Learning",
    "Lookout",
    "Meeting",
    "Metric",
    "Phase",
    "Place",
    "Places",
    "Plan",
    "Point",
    "Prior",
    "Report",
    "Results",
    "Rules",
    "Sizing",
    "Trials",
    "Tried",
    "UnitBuckets",
    "Variant",
    "VariantRule",
    "a_a",
    "arms_of",
    "assign",
    "baseline_of",
    "below",
    "bucket",
    "by_segment",
    "catch_up",
    "change",
    "create",
    "decide",
    "effect_seen",
    "expose",
    "find",
    "find_learnings",
    "forget_met",
    "history",
    "learn",
    "list_experiments",
    "met_by",
    "prior_of",
    "read",
    "recount",
    "replan",
    "report",
    "results",
    "running_phase",
    "size",
    "start",
    "stop",
    "unsafe_changes",
    "waits",
]
