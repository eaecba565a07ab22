"""
How many people a plan needs, and what fewer of them would find: from what is known of the metric beforehand.

People are those of all variants together. Of several treatments the one is looked at that gets the fewest, at the level
that is left for each when all are compared. What was done before the exposure narrows intervals, and is not counted on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log
from typing import Final

from bowerbird.experiments.baseline import Baseline
from bowerbird.experiments.plan import Metric, Rules
from bowerbird.experiments.statistics import planning
from bowerbird.kernel.errors import InputWrong

__all__ = ["Goal", "Point", "Sizing", "size"]

POINTS: Final = 28
FEWEST: Final = 40
LARGEST: Final = 5.0  # effects that anybody wants to read of: six times as much
ROUNDS: Final = 4


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be found; `n_star` None: the intervals are narrowest when as many people as it needs have come."""

    mde: float
    alpha: float
    power: float
    n_star: int | None = None  # of the control and one variant, as a plan has it


@dataclass(frozen=True, slots=True)
class Point:
    """So many people find such an effect with the chance that is asked for, after about so many days."""

    people: int
    effect: float
    days: float | None


@dataclass(frozen=True, slots=True)
class Sizing:
    """What the plan needs; without `needed` no number of people finds an effect that small."""

    needed: int | None
    days: float | None  # None: so many never come
    n_star: int  # of the control and the variant that the fewest get, when so many as are needed have come
    curve: tuple[Point, ...]
    within: tuple[tuple[int, int], ...]  # days, and how many people are in by then


def size(metric: Metric, rules: Rules, baseline: Baseline, goal: Goal) -> Sizing | None:
    """Of that metric; None when nothing is known of it."""
    if baseline.mean is None or baseline.variance is None:
        return None
    taken = _taken(rules)
    within = tuple((days, int(baseline.people_within(days) * taken)) for days in (7, 14, 28))
    known = _Known(metric, baseline.mean, baseline.variance, rules, goal)
    n_star = goal.n_star or known.tuned()
    needed = known.needed(n_star)

    def days(people: float) -> float | None:
        return baseline.days_until(people / taken)

    most = max(4 * (needed or 0), 2 * within[-1][1], 25 * FEWEST)
    curve = tuple(
        Point(people, effect, days(people))
        for people in _spread(FEWEST, most)
        if (effect := known.effect(people, n_star)) is not None and effect <= LARGEST
    )
    return Sizing(needed, None if needed is None else days(needed), n_star, curve, within)


@dataclass(frozen=True, slots=True)
class _Known:
    metric: Metric
    mean: float
    variance: float
    rules: Rules
    goal: Goal

    def tuned(self) -> int:
        """The number of people of the control and one variant which, planned for, is what it needs."""
        found = 5_000
        compared = sum(self._shares)
        for _ in range(ROUNDS):
            people = self.needed(found)
            found = found if people is None else round(people * compared)
        return min(max(found, 10), 10**9)

    def needed(self, n_star: int) -> int | None:
        try:
            units = planning.units_needed(self._plan(n_star), self.goal.mde, chance=self.goal.power)
        except InputWrong:  # no number does, or a share would be above 1
            return None
        return max(round(units / self._worth), 4)

    def effect(self, people: int, n_star: int) -> float | None:
        return planning.mde(self._plan(n_star), people * self._worth, chance=self.goal.power)

    def _plan(self, n_star: int) -> planning.Plan:
        alpha = self.goal.alpha / (len(self.rules.variants) - 1)
        # Who is compared is as far from n_star as these people are worth.
        control, least = self._shares
        n_star = max(round(n_star * self._worth / (control + least)), 1)
        if self.metric.form == "proportion":
            return planning.Plan.of_share(self.mean, alpha=alpha, n_star=n_star)
        return planning.Plan(self.mean, self.variance, alpha=alpha, n_star=n_star)

    @property
    def _worth(self) -> float:
        """How many people of two equal variants one of these people is worth."""
        control, least = self._shares
        return 4 / (1 / control + 1 / least)

    @property
    def _shares(self) -> tuple[float, float]:
        """Of the control, and of the treatment that the fewest get."""
        weights = dict(self.rules.weights)
        total = sum(weights.values())
        control = weights.pop(self.rules.control_name)
        return control / total, min(weights.values()) / total


def _taken(rules: Rules) -> float:
    """What share of who comes is in, as far as that can be told before; conditions are not known of anybody."""
    return rules.traffic * rules.layer_share * (1 - rules.holdout)


def _spread(least: int, most: int) -> Iterator[int]:
    step = log(most / least) / (POINTS - 1)
    return (round(least * exp(step * number)) for number in range(POINTS))
