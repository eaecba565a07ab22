"""
Lines and bands over axes as numbers for SVG: what a plan can find, how an interval narrows.

As in `charts.py`, everything is in percent, so that a plot fits any width; lines are drawn in a square of 100 by 100
that is stretched, with strokes that are not.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

__all__ = ["Axis", "Plot", "Rule", "Stroke", "Tick", "band", "line"]

_STEPS: Final = (1, 2, 5)
_MOST_TICKS: Final = 7


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, and what is said there."""

    percent: float
    words: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line or an area; its name says what it looks like."""

    name: str
    d: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line through all of the plot."""

    name: str
    words: str
    percent: float
    is_upright: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn; `words` say the same to who cannot see it."""

    words: str
    strokes: tuple[Stroke, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    rules: tuple[Rule, ...] = ()
    x_title: str = ""
    y_title: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """From the least value to the greatest; on a logarithmic one both are above 0."""

    low: float
    high: float
    is_log: bool = False

    def at(self, value: float) -> float:
        """Where the value is, in percent of the way; what lies beyond is at the end."""
        low, high, here = (log10(max(one, 1e-300)) if self.is_log else one for one in (self.low, self.high, value))
        share = (here - low) / (high - low) if high > low else 0.5
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def holds(self, value: float) -> bool:
        """Whether it is on the axis."""
        return self.low <= value <= self.high

    def values(self) -> list[float]:
        """Round numbers on the axis, few enough to be read."""
        return self._log_values() if self.is_log else self._even_values()

    def ticks(self, words: Callable[[float], str], *, is_up: bool = False) -> tuple[Tick, ...]:
        """A tick at each of them; `is_up` for an axis that goes up from below."""
        return tuple(Tick(100 - self.at(value) if is_up else self.at(value), words(value)) for value in self.values())

    def _even_values(self) -> list[float]:
        rough = (self.high - self.low) / (_MOST_TICKS - 2)
        if rough <= 0:
            return [self.low]
        power = 10.0 ** floor(log10(rough))
        step = next(power * each for each in (*_STEPS, 10) if power * each >= rough * 0.999)
        return [round(number * step, 12) for number in range(ceil(self.low / step), floor(self.high / step) + 1)]

    def _log_values(self) -> list[float]:
        powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        for steps in (_STEPS, (1, 3), (1,)):
            found = [each * 10.0**power for power in powers for each in steps if self.holds(each * 10.0**power)]
            if len(found) <= _MOST_TICKS:
                return found
        return found[:: ceil(len(found) / _MOST_TICKS)]


def line(name: str, points: Iterable[tuple[float, float]], x: Axis, y: Axis) -> Stroke:
    """Through these points."""
    return Stroke(name, _path(points, x, y))


def band(name: str, points: Sequence[tuple[float, float, float]], x: Axis, y: Axis) -> Stroke:
    """Between two lines: at each place a lower and an upper end."""
    there = [(at, high) for at, _, high in points]
    back = [(at, low) for at, low, _ in reversed(points)]
    return Stroke(name, f"{_path([*there, *back], x, y)}Z")


def _path(points: Iterable[tuple[float, float]], x: Axis, y: Axis) -> str:
    return "M" + "L".join(f"{x.at(at):g} {100 - y.at(value):g}" for at, value in points)
