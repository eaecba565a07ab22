"""
Corrections for asking many questions at once.

Holm (1979) keeps the chance of any false finding at α, Benjamini and Hochberg (1995) the expected share of false ones
among the findings. The intervals beside them are at levels of their own: α/m holds all m truths at once (Bonferroni),
and α·R/m of R findings has the expected share of findings whose interval misses at α (Benjamini and Yekutieli 2005).
"""

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from bowerbird.experiments.statistics.moments import Floats

__all__ = ["Correction", "adjusted", "backed_out", "benjamini_hochberg", "holm", "level_beside"]

Correction: TypeAlias = Literal["none", "holm", "bh"]


def holm(p: ArrayLike) -> Floats:
    """The adjusted p-values, in the order given."""
    raw = np.asarray(p, np.float64)
    order = np.argsort(raw)
    grown = np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1))
    return _placed(np.minimum(grown, 1.0), order)


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """The adjusted p-values, in the order given."""
    raw = np.asarray(p, np.float64)
    order = np.argsort(-raw)
    fallen = np.minimum.accumulate(raw[order] * len(raw) / np.arange(len(raw), 0, -1))
    return _placed(np.minimum(fallen, 1.0), order)


def adjusted(p: ArrayLike, correction: Correction) -> Floats:
    """By the named correction; p-values that are not numbers are no questions and stay so."""
    raw = np.asarray(p, np.float64)
    asked = np.flatnonzero(~np.isnan(raw))
    found = raw.copy()
    if correction != "none":
        found[asked] = (holm if correction == "holm" else benjamini_hochberg)(raw[asked])
    return found


def level_beside(p_adjusted: Floats, correction: Correction, alpha: float) -> float:
    """At which level an interval stands beside the adjusted p-values."""
    asked = int(np.sum(~np.isnan(p_adjusted)))
    if correction == "none" or asked < 2:
        return alpha
    findings = int(np.sum(p_adjusted < alpha)) if correction == "bh" else 1
    return alpha * max(findings, 1) / asked


def backed_out(lift: float, p_adjusted: float, alpha: float) -> tuple[float, float]:
    """The normal interval around `lift` whose p-value would be the adjusted one: what others show beside it."""
    if p_adjusted >= 1.0 or lift == 0.0:
        return -np.inf, np.inf
    half = abs(lift) * float(special.ndtri(alpha / 2) / special.ndtri(p_adjusted / 2))
    return lift - half, lift + half


def _placed(values: Floats, order: NDArray[np.intp]) -> Floats:
    found = np.empty_like(values)
    found[order] = values
    return found
