"""
The statistics of experiments: arrays and sums in, figures out; nothing here has heard of records or people.

    moments ─► metrics ─► effects ─► intervals ─► analysis ◄─ request (JSON)
                                        ├─► planning, segments, checks, multiplicity

Formulas and sources stand in each file; what was decided, and where it differs from others, in docs/decisions/0032.
"""

from bowerbird.experiments.statistics.analysis import Analysis, Figure, Found, Looking, NonInferiority, Options, compare
from bowerbird.experiments.statistics.checks import (
    Exposed,
    Imbalance,
    Srm,
    pre_period_imbalance,
    srm,
)
from bowerbird.experiments.statistics.effects import Effect, absolute, relative
from bowerbird.experiments.statistics.intervals import N_STAR, Interval, Side, fixed, sequential
from bowerbird.experiments.statistics.metrics import (
    Arm,
    Kind,
    adjustment,
    are_enough,
    arm,
    quantile_arm,
    quantile_of,
    quantile_ranks,
    rank_of,
    winsorise,
)
from bowerbird.experiments.statistics.moments import Moments
from bowerbird.experiments.statistics.multiplicity import Correction, adjusted, benjamini_hochberg, holm
from bowerbird.experiments.statistics.planning import Plan, days_needed, mde, power, units_needed
from bowerbird.experiments.statistics.request import analyse
from bowerbird.experiments.statistics.segments import Heterogeneity, Novelty, heterogeneity, novelty

__all__ = [
    "N_STAR",
    "Analysis",
    "Arm",
    "Correction",
    "Effect",
    "Exposed",
    "Figure",
    "Found",
    "Heterogeneity",
    "Imbalance",
    "Interval",
    "Kind",
    "Looking",
    "Moments",
    "NonInferiority",
    "Novelty",
    "Options",
    "Plan",
    "Side",
    "Srm",
    "absolute",
    "adjusted",
    "adjustment",
    "analyse",
    "are_enough",
    "arm",
    "benjamini_hochberg",
    "compare",
    "days_needed",
    "fixed",
    "heterogeneity",
    "holm",
    "mde",
    "novelty",
    "power",
    "pre_period_imbalance",
    "quantile_arm",
    "quantile_of",
    "quantile_ranks",
    "rank_of",
    "relative",
    "sequential",
    "srm",
    "units_needed",
    "winsorise",
]
