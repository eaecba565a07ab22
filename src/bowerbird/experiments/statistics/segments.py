"""
Whether an effect is the same for everybody, and whether it lasts.

*Segments*: each unit in one. Cochran's Q says whether their effects differ more than chance explains; the p-value of
each is corrected for how many were looked at, because among twenty segments one is "significant" when none is.

*Novelty*: what a new thing does at first, it need not do later. Days are counted from each unit's own first exposure,
for the same units early and late, so their difference of differences has a standard error that knows that both are of
the same people (Chen and others, arXiv 2102.12893).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from bowerbird.experiments.statistics.effects import Effect, absolute
from bowerbird.experiments.statistics.intervals import Interval, fixed
from bowerbird.experiments.statistics.metrics import arm
from bowerbird.experiments.statistics.moments import Floats, Moments
from bowerbird.experiments.statistics.multiplicity import Correction, adjusted, level_beside

__all__ = ["Heterogeneity", "Novelty", "heterogeneity", "novelty"]


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """The segments of one dimension; those without a figure are left out."""

    p: float  # that all effects are the same
    pooled: float  # the effect, when they are
    p_adjusted: Mapping[str, float]  # that the segment's effect is 0
    ci: Mapping[str, tuple[float, float]]  # at a level that is corrected as well


def heterogeneity(
    effects: Mapping[str, Effect], *, alpha: float = 0.05, correction: Correction = "holm", dimensions: int = 1
) -> Heterogeneity:
    """
    Of the effects by segment.

    When several dimensions are looked at, `dimensions` says how many: all p-values are then Bonferroni's over these.
    """
    known = {name: effect for name, effect in effects.items() if np.isfinite(float(effect.se))}
    lift = np.array([float(effect.lift) for effect in known.values()])
    weight = np.array([float(effect.se) ** -2 for effect in known.values()])
    pooled = float(weight @ lift / weight.sum()) if known else np.nan
    q = float(weight @ (lift - pooled) ** 2) if known else 0.0
    p = float(special.chdtrc(len(known) - 1, q)) if len(known) > 1 else 1.0
    raw = np.array([float(fixed(effect, alpha=alpha).p) for effect in known.values()])
    each = np.minimum(adjusted(raw, correction) * dimensions, 1.0)
    level = level_beside(each, correction, alpha) / dimensions
    ci = {name: _ends(fixed(effect, alpha=level)) for name, effect in known.items()}
    return Heterogeneity(min(1.0, p * dimensions), pooled, dict(zip(known, each.tolist(), strict=True)), ci)


@dataclass(frozen=True, slots=True)
class Novelty:
    """The effect in both windows, and by how much it changed from the first to the second."""

    early: Effect
    late: Effect
    change: Effect
    p: float  # that it did not change

    @property
    def word(self) -> str:
        """`novelty` wears off, `primacy` grows; `none` when chance explains the change."""
        if not self.p < 0.05:
            return "none"
        return "novelty" if float(self.change.lift) * float(self.early.lift) < 0 else "primacy"


def novelty(control: Moments, treatment: Moments) -> Novelty:
    """Of rows (early, late): what a unit did in the window after its first exposure, and in a later one as long."""
    windows = [np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([-1.0, 1.0])]
    early, late, change = (
        absolute(arm("mean", _along(control, window)), arm("mean", _along(treatment, window))) for window in windows
    )
    return Novelty(early, late, change, float(fixed(change, alpha=0.05).p))


def _along(moments: Moments, weights: Floats) -> Moments:
    """The moments of each row's weighted sum."""
    scatter = np.asarray(weights @ moments.scatter @ weights)
    return Moments(moments.n, np.asarray(moments.mean @ weights)[..., None], scatter[..., None, None])


def _ends(interval: Interval) -> tuple[float, float]:
    return float(interval.low), float(interval.high)
