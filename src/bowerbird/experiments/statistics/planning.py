"""
How many units, for how long, to find an effect of a given size: before an experiment is started.

An effect is found when its interval excludes 0. With a confidence sequence the chance told is that of having found it
by the last planned look; whoever looks more often finds it no less often, and mostly sooner. It is the test's own
chance, 1 - Φ(w - D/se) for a sequence that is w standard errors wide: to blow up the standard error by w/z instead, as
some do, tells another (docs/decisions/0032).
"""

from dataclasses import dataclass
from math import ceil, inf, log10, sqrt
from typing import Final

from scipy import optimize, special

from bowerbird.experiments.statistics.intervals import width
from bowerbird.kernel.errors import InputWrong

__all__ = ["Plan", "days_needed", "mde", "mde_with", "power", "units_needed"]

MOST_UNITS: Final = 1e12


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of the metric beforehand, and how it will be analysed; `n_star` None is one look at the end."""

    mean: float
    variance: float  # of a unit
    arms: int = 2  # of equal size, the control included
    alpha: float = 0.05
    relative: bool = True
    n_star: float | None = None

    def __post_init__(self) -> None:
        if not (0 < self.variance < inf and abs(self.mean) < inf):
            raise InputWrong(f"mean {self.mean}, variance {self.variance}: expected numbers, and a variance above 0")
        if self.relative and self.mean == 0:
            raise InputWrong("mean 0: no effect relative to it can be planned for; plan for an absolute one")
        if self.arms < 2 or not 0 < self.alpha < 0.5 or (self.n_star is not None and not 0 < self.n_star < inf):
            raise InputWrong("expected two arms or more, 0 < alpha < 0.5, and n_star above 0")

    def se(self, lift: float, units: float) -> float:
        """Of the effect, when it is `lift` and so many units came to all arms together."""
        of_mean = self.variance * self.arms / units
        if not self.relative:
            return sqrt(2 * of_mean)
        return sqrt(of_mean * (1 + (1 + lift) ** 2)) / abs(self.mean)

    def reach(self, units: float) -> float:
        """How many standard errors from 0 an effect is found."""
        if self.n_star is None:
            return float(-special.ndtri(self.alpha / 2))
        return float(width(2 * units / self.arms, alpha=self.alpha, n_star=self.n_star))


def power(plan: Plan, lift: float, units: float) -> float:
    """The chance that an effect of this size is found with so many units in all arms together."""
    far, reach = lift / plan.se(lift, units), plan.reach(units)
    return float(special.ndtr(far - reach) + special.ndtr(-far - reach))


def mde(plan: Plan, units: float, *, chance: float = 0.8) -> float | None:
    """The smallest rise that is found with this chance; None when so few units find none, however large."""
    return mde_with(plan, units, plan.reach(units) + float(special.ndtri(chance)))


def mde_with(plan: Plan, units: float, errors: float) -> float | None:
    """The rise that is so many standard errors of its own from 0."""
    noise = errors**2 * plan.variance * plan.arms / units
    if not plan.relative:
        return sqrt(2 * noise)
    share = noise / plan.mean**2  # D² = share · (1 + (1 + D)²)
    if share >= 1:
        return None
    return (share + sqrt(share * (2 - share))) / (1 - share)


def units_needed(plan: Plan, lift: float, *, chance: float = 0.8) -> int:
    """How many units in all arms together find this effect with this chance; raises InputWrong when no number does."""
    if not lift or not plan.alpha < chance < 1:
        raise InputWrong(f"effect {lift}, power {chance}: expected an effect other than 0, and a power above alpha")

    def short(log_units: float) -> float:
        return chance - power(plan, lift, special.exp10(log_units))

    least, most = log10(2.0 * plan.arms), log10(MOST_UNITS)
    if short(most) > 0:
        raise InputWrong(f"an effect of {lift} is not found by {MOST_UNITS:,.0f} units; plan for a larger one")
    if short(least) <= 0:
        return 2 * plan.arms
    return ceil(special.exp10(optimize.brentq(short, least, most, xtol=1e-12)))


def days_needed(plan: Plan, lift: float, *, units_a_day: float, chance: float = 0.8) -> int:
    """How many whole days until then, when so many new units come each day to all arms together."""
    if not 0 < units_a_day < inf:
        raise InputWrong(f"{units_a_day} units a day: expected a number above 0")
    return ceil(units_needed(plan, lift, chance=chance) / units_a_day)
