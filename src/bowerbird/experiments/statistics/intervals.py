"""
Intervals and p-values: of one look at a time that was fixed beforehand, and of any number of looks at any time.

The second are asymptotic confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, arXiv 2103.06476v7,
equations 9, 134 and 155): with probability 1 - α they hold the truth at all times at once, so who looks each hour and
stops when they like is not misled. They are narrowest when `n_star` units have come in both arms, and 1.5 to 2 times as
wide as those of one look. Their p-value is 1/e of the normal mixture whose interval this is, with its one parameter ρ
chosen for α before any data.

Asymptotic means: of many units. With few of them Student's t would be wider, then it is what counts. So at each look
the interval of all times holds that of one look.

*p < α exactly when the interval excludes the null*, in each of the forms.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from scipy import special

from bowerbird.experiments.statistics.effects import Effect
from bowerbird.experiments.statistics.moments import Floats

__all__ = ["N_STAR", "Interval", "Side", "fixed", "sequential", "width"]

Side: TypeAlias = Literal["two-sided", "greater", "less"]  # where the truth is thought to be, seen from the null

N_STAR: Final = 5_000.0  # units of both arms together


@dataclass(frozen=True, slots=True)
class Interval:
    """Its ends, one of them infinite when one-sided, and the p-value of the null."""

    low: Floats
    high: Floats
    p: Floats


def fixed(effect: Effect, *, alpha: float, side: Side = "two-sided", null: float = 0.0) -> Interval:
    """Of one look that was planned, by Student's t with Welch's degrees of freedom."""
    t = (effect.lift - null) / effect.se
    p = (
        2 * special.stdtr(effect.dof, -np.abs(t))
        if side == "two-sided"
        else special.stdtr(effect.dof, _against(t, side))
    )
    return _interval(effect, _t_width(effect, alpha, side) * effect.se, p, side)


def sequential(
    effect: Effect,
    *,
    alpha: float,
    n_star: float = N_STAR,
    side: Side = "two-sided",
    null: float = 0.0,
    level: float | None = None,
) -> Interval:
    """Of any look, at any time; the interval's `level` is α unless it is corrected for others beside it."""
    level = alpha if level is None else level
    rho = _rho(alpha, n_star, side)
    half = np.maximum(_sequence_width(effect.n, level, rho, side), _t_width(effect, level, side)) * effect.se
    t = (effect.lift - null) / effect.se
    log_e = _log_e(t, effect.n, rho, side)
    p = np.exp(np.minimum(-log_e, 0.0))
    once = fixed(effect, alpha=alpha, side=side, null=null).p
    return _interval(effect, half, np.maximum(p, once), side)


def width(n: Floats | float, *, alpha: float, n_star: float = N_STAR, side: Side = "two-sided") -> Floats:
    """How many standard errors a confidence sequence reaches to a side after n units in both arms."""
    return _sequence_width(np.asarray(n, np.float64), alpha, _rho(alpha, n_star, side), side)


def _rho(alpha: float, n_star: float, side: Side) -> float:
    """What makes the sequence narrowest at `n_star` (equation 161)."""
    twice = -2.0 * np.log(alpha if side == "two-sided" else 2.0 * alpha)
    return float(np.sqrt((twice + np.log(twice + 1.0)) / n_star))


def _sequence_width(n: Floats, level: float, rho: float, side: Side) -> Floats:
    mixed = n * rho**2 + 1.0
    root = np.sqrt(mixed)
    tail = np.log(root / level) if side == "two-sided" else np.log1p(root / (2.0 * level))
    with np.errstate(divide="ignore"):
        return np.asarray(np.sqrt(2.0 * mixed / (n * rho**2) * tail), np.float64)


def _log_e(t: Floats, n: Floats, rho: float, side: Side) -> Floats:
    """The logarithm of 1/p, where p is the level at which the sequence of this ρ just reaches the null."""
    mixed = n * rho**2 + 1.0
    if side == "two-sided":
        return t**2 * n * rho**2 / (2.0 * mixed) - np.log(mixed) / 2.0
    towards = np.maximum(-_against(t, side), 0.0)
    grown = towards**2 * n * rho**2 / (2.0 * mixed)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(2.0) + grown + np.log(-np.expm1(-grown)) - np.log(mixed) / 2.0, np.float64)


def _t_width(effect: Effect, level: float, side: Side) -> Floats:
    tail = level / 2.0 if side == "two-sided" else level
    return np.asarray(-special.stdtrit(effect.dof, tail), np.float64)


def _against(t: Floats, side: Side) -> Floats:
    """The smaller, the more it speaks for the side."""
    return -t if side == "greater" else t


def _interval(effect: Effect, half: Floats, p: Floats, side: Side) -> Interval:
    infinite = np.full_like(effect.lift, np.inf)
    low = -infinite if side == "less" else effect.lift - half
    high = infinite if side == "greater" else effect.lift + half
    return Interval(low, high, np.asarray(p, np.float64))
