"""
How much a variant differs from the control, absolutely or relative to it, with the standard error of that.

With CUPED, θ times what the units did before is taken off both means (Deng, Xu, Kohavi and Walker 2013); without it, θ
is 0. Relative effects are divided by the size of the control's own mean, so that going from -10 to -5 is a rise.
"""

from dataclasses import dataclass

import numpy as np

from bowerbird.experiments.statistics.metrics import Arm
from bowerbird.experiments.statistics.moments import ROUNDING, Floats

__all__ = ["Effect", "absolute", "relative"]


@dataclass(frozen=True, slots=True)
class Effect:
    """A difference and its standard error; not a number where there is none (constant metrics, a baseline of 0)."""

    lift: Floats
    se: Floats
    dof: Floats  # of Student's t (Welch-Satterthwaite)
    n: Floats  # the units of both arms


def absolute(control: Arm, treatment: Arm, theta: Floats | float = 0.0) -> Effect:
    """The difference of the means."""
    of_control, of_treatment = _variance(control, theta), _variance(treatment, theta)
    with np.errstate(invalid="ignore"):  # of ratios whose denominators are all 0
        lift = (treatment.mean - theta * treatment.pre_mean) - (control.mean - theta * control.pre_mean)
    return _effect(control, treatment, lift, of_control + of_treatment, _dof(control, treatment, theta))


def relative(control: Arm, treatment: Arm, theta: Floats | float = 0.0, *, at_adjusted: bool = False) -> Effect:
    """
    The difference of the means as a share of the control's size, by the delta method.

    Its derivative by the control's mean is taken where the treatment's own mean is, or with `at_adjusted` its adjusted
    one: equal in many units, and the reference engines take the first for means and the second for ratios.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.abs(control.mean)
        gap = theta * (treatment.pre_mean - control.pre_mean) if at_adjusted else 0.0
        quotient = (treatment.mean - gap) / control.mean
        of_control = quotient**2 * control.variance - 2 * theta * quotient * control.covariance
        of_control = (of_control + theta**2 * control.pre_variance) / control.n
        variance = (_variance(treatment, theta) + of_control) / size**2
        lift = (treatment.mean - theta * treatment.pre_mean) - (control.mean - theta * control.pre_mean)
        return _effect(control, treatment, lift / size, variance, _dof(control, treatment, theta))


def _effect(control: Arm, treatment: Arm, lift: Floats, variance: Floats, dof: Floats) -> Effect:
    with np.errstate(invalid="ignore"):
        se = np.sqrt(variance)
        known = np.isfinite(lift) & (se > 0) & np.isfinite(se) & (dof > 0)
    return Effect(
        np.where(np.isfinite(lift), lift, np.nan),
        np.where(known, se, np.nan),
        np.where(known, dof, np.nan),
        control.n + treatment.n,
    )


def _variance(arm: Arm, theta: Floats | float) -> Floats:
    """Of the adjusted mean; 0 when θ takes off all but rounding."""
    adjusted = arm.variance + theta**2 * arm.pre_variance - 2 * theta * arm.covariance
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(adjusted) <= ROUNDING * arm.variance, 0.0, adjusted) / arm.n


def _dof(control: Arm, treatment: Arm, theta: Floats | float) -> Floats:
    first, second = _variance(control, theta), _variance(treatment, theta)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (first + second) ** 2 / (first**2 / (control.n - 1) + second**2 / (treatment.n - 1))
