"""
How many units, for how long, to find an effect of a given size: before an experiment is started.

An effect is found when it is w standard errors from 0: z of one look, the width of a confidence sequence otherwise, of
which the chance told is that of having found it by the last planned look (whoever looks more often finds it no less
often, and mostly sooner). The standard error is estimated by the same data, and grows with the lift; so T = lift/se
varies less than a standard normal, by a factor τ that the delta method tells. Without τ, as others have it, plans for
large relative lifts ask for a tenth more units than they need (docs/decisions/0032).
"""

from dataclasses import dataclass
from math import ceil, inf, log10, sqrt
from typing import Any, Final

from scipy import optimize, special

from bowerbird.experiments.statistics.intervals import width
from bowerbird.kernel.errors import InputWrong

__all__ = ["Plan", "days_needed", "mde", "power", "units_needed"]

MOST_UNITS: Final = 1e12
LARGEST: Final = 1e6  # lift: times the mean, or standard deviations


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of the metric beforehand, and how it will be analysed; `n_star` None is one look at the end."""

    mean: float
    variance: float  # of a unit; the same in each arm, unless it is a proportion
    arms: int = 2  # of equal size, the control included
    alpha: float = 0.05
    relative: bool = True
    n_star: float | None = None
    is_proportion: bool = False

    @classmethod
    def of_share(cls, share: float, **other: Any) -> "Plan":
        """Of a proportion, whose variance follows from the share, also after a lift."""
        return cls(share, share * (1 - share), is_proportion=True, **other)

    def __post_init__(self) -> None:
        if self.is_proportion and not 0 < self.mean < 1:
            raise InputWrong(f"share {self.mean}: expected one above 0 and below 1")
        if not (0 < self.variance < inf and abs(self.mean) < inf):
            raise InputWrong(f"mean {self.mean}, variance {self.variance}: expected numbers, and a variance above 0")
        if self.relative and self.mean == 0:
            raise InputWrong("mean 0: no effect relative to it can be planned for; plan for an absolute one")
        if self.arms < 2 or not 0 < self.alpha < 0.5 or (self.n_star is not None and not 0 < self.n_star < inf):
            raise InputWrong("expected two arms or more, 0 < alpha < 0.5, and n_star above 0")

    def lifted(self, lift: float) -> float:
        """The treatment's mean."""
        there = self.mean + lift * (abs(self.mean) if self.relative else 1.0)
        if self.is_proportion and not -1e-9 <= there <= 1 + 1e-9:
            raise InputWrong(f"a lift of {lift:g} from {self.mean:g} to {there:g}: expected a share, from 0 to 1")
        return there

    def errors(self, control: float, treatment: float, units: float) -> tuple[float, float]:
        """The lift between these means, with so many units in all arms together, and its standard error."""
        of_control, of_treatment = self.spread(control), self.spread(treatment)
        if not self.relative:
            return treatment - control, sqrt((of_control + of_treatment) * self.arms / units)
        variance = of_treatment + of_control * (treatment / control) ** 2
        return (treatment - control) / abs(control), sqrt(variance * self.arms / units) / abs(control)

    def spread(self, mean: float) -> float:
        """The variance of a unit around this mean."""
        return max(mean * (1 - mean), 0.0) if self.is_proportion else self.variance

    def largest(self) -> float:
        """The largest rise that there can be, or that anybody plans for."""
        if self.is_proportion:
            return (1 - self.mean) / (self.mean if self.relative else 1.0)
        return LARGEST if self.relative else LARGEST * sqrt(self.variance)

    def reach(self, units: float) -> float:
        """How many standard errors from 0 an effect is found."""
        if self.n_star is None:
            return float(-special.ndtri(self.alpha / 2))
        return float(width(2 * units / self.arms, alpha=self.alpha, n_star=self.n_star))


def power(plan: Plan, lift: float, units: float) -> float:
    """The chance that an effect of this size is found with so many units in all arms together."""
    there = plan.lifted(lift)
    means = (plan.mean, there)

    def t(control: float, treatment: float) -> float:
        effect, se = plan.errors(control, treatment, units)
        return effect / se

    tau = 0.0
    for arm, mean in enumerate(means):
        error = sqrt(plan.spread(mean) * plan.arms / units)
        step = 1e-4 * error
        up, down = ([m + by * step if at == arm else m for at, m in enumerate(means)] for by in (1, -1))
        tau += ((t(*up) - t(*down)) / 2e-4) ** 2 if error else 0.0
    far, reach, tau = t(*means), plan.reach(units), sqrt(tau)
    return float(special.ndtr((far - reach) / tau) + special.ndtr((-far - reach) / tau))


def mde(plan: Plan, units: float, *, chance: float = 0.8) -> float | None:
    """The smallest rise that is found with this chance; None when so few units find none, however large."""

    def short(lift: float) -> float:
        return chance - power(plan, lift, units)

    most = plan.largest()
    return (
        None if short(most) > 0 else float(optimize.brentq(short, 0.0, most, xtol=1e-18 * most, rtol=1e-9, maxiter=500))
    )


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
