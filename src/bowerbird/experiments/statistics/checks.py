"""
Whether the data can be trusted, before anybody asks what they say.

*Sample ratio mismatch*: more units in a variant than its weight lets expect means that some were lost or added, and not
at random; no figure is right then (Fabijan and others, KDD 2019). Pearson's χ² judges one look, or as many as are
planned. Whoever looks at any time reads the second p-value: 1/e of a mixture over how far off the shares may be
(Lindon and Malek, arXiv 2011.03567, who take one distance; several find small and large samples equally).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from bowerbird.experiments.statistics.effects import absolute
from bowerbird.experiments.statistics.intervals import fixed
from bowerbird.experiments.statistics.metrics import arm
from bowerbird.experiments.statistics.moments import Moments

__all__ = ["Exposed", "Imbalance", "Srm", "log_mismatch", "pre_period_imbalance", "srm"]

# Below these, something is wrong with the experiment; as GrowthBook and Microsoft have it.
SRM_LEVEL: Final = 0.001
IMBALANCE_LEVEL: Final = 0.001
MULTIPLE_SHARE: Final = 0.01
MULTIPLE_UNITS: Final = 10

CONCENTRATIONS: Final = (1.0, 100.0, 10_000.0)  # shares off by some 30, 5 and half a percent


@dataclass(frozen=True, slots=True)
class Srm:
    """Whether the units came in the expected shares; `p` is of this look, `p_any_time` of any number of looks."""

    p: float
    p_any_time: float
    threshold: float
    expected: Mapping[str, float]

    @property
    def ok(self) -> bool:
        """Neither of the two says mismatch."""
        return self.p >= self.threshold and self.p_any_time >= SRM_LEVEL


def srm(counts: Mapping[str, float], weights: Mapping[str, float], *, looks: int = 1) -> Srm:
    """
    The check of these units by variant.

    Variants with weight 0 are left out of the total and of the degrees of freedom, whatever came to them. `looks` is
    how many looks at `p` are planned; its threshold is divided by them.
    """
    threshold = SRM_LEVEL / looks
    names = [name for name, weight in weights.items() if weight > 0]
    seen = np.array([counts[name] for name in names], np.float64)
    share = np.array([weights[name] for name in names], np.float64)
    expected = share / share.sum() * seen.sum() if names else seen
    told = dict(zip(names, expected.tolist(), strict=True))
    if len(names) < 2 or not seen.sum():
        return Srm(1.0, 1.0, threshold, told)
    p = float(special.chdtrc(len(names) - 1, float(np.sum((seen - expected) ** 2 / expected))))
    log_e = special.logsumexp([log_mismatch(counts, weights, each) for each in CONCENTRATIONS])
    return Srm(p, float(np.exp(min(np.log(len(CONCENTRATIONS)) - log_e, 0.0))), threshold, told)


def log_mismatch(counts: Mapping[str, float], weights: Mapping[str, float], concentration: float) -> float:
    """The logarithm of how much likelier these units are when their shares are Dirichlet(weights x concentration)."""
    names = [name for name, weight in weights.items() if weight > 0]
    seen = np.array([counts[name] for name in names], np.float64)
    share = np.array([weights[name] for name in names], np.float64)
    share = share / share.sum()
    prior = concentration * share
    drawn = special.gammaln(concentration) - special.gammaln(concentration + seen.sum())
    drawn += float(np.sum(special.gammaln(prior + seen) - special.gammaln(prior)))
    return float(drawn - np.sum(seen * np.log(share)))


@dataclass(frozen=True, slots=True)
class Exposed:
    """How many units met more than one variant."""

    units: int
    multiple: int

    @property
    def share(self) -> float:
        """Of all units that met any."""
        return self.multiple / self.units if self.units else 0.0

    @property
    def ok(self) -> bool:
        """They are few, or a small share."""
        return self.multiple < MULTIPLE_UNITS or self.share <= MULTIPLE_SHARE


@dataclass(frozen=True, slots=True)
class Imbalance:
    """Which pre-period metric and variant differ most from the control, and how surely, corrected for all of them."""

    covariate: str | None
    variant: str | None
    p: float

    @property
    def ok(self) -> bool:
        """None differs more than chance explains."""
        return self.p >= IMBALANCE_LEVEL


def pre_period_imbalance(covariates: Mapping[str, Mapping[str, Moments]], control: str) -> Imbalance:
    """
    Whether variants differed before the experiment began.

    Of each covariate, the moments by variant (of one number a unit). The p-value is Bonferroni's over all comparisons.
    """
    found: list[tuple[float, str, str]] = []
    for covariate, by_variant in covariates.items():
        base = arm("mean", by_variant[control])
        for variant, moments in by_variant.items():
            if variant != control:
                p = float(fixed(absolute(base, arm("mean", moments)), alpha=IMBALANCE_LEVEL).p)
                found.append((1.0 if np.isnan(p) else p, covariate, variant))
    if not found:
        return Imbalance(None, None, 1.0)
    p, covariate, variant = min(found)
    return Imbalance(covariate, variant, min(1.0, p * len(found)))
