"""What a plan can find, by how many people: a curve, a table and sentences, from what the workspace's people did."""

from dataclasses import dataclass
from typing import Final

from bowerbird.experiments.baseline import Baseline
from bowerbird.experiments.learnings import Prior
from bowerbird.experiments.plan import Metric
from bowerbird.experiments.sizing import Sizing
from bowerbird.web.effects import lift_words
from bowerbird.web.plots import Axis, Plot, Rule, line
from bowerbird.web.words import count, plural

__all__ = ["PowerRow", "PowerView", "days_words", "nothing_known", "percent", "power_view", "prior_words"]

LONGEST_DAYS: Final = 730.0


@dataclass(frozen=True, slots=True)
class PowerRow:
    """A line of the table."""

    people: str
    effect: str
    days: str


@dataclass(frozen=True, slots=True)
class PowerView:
    """What is shown beside the form; without a plot the sentences say why."""

    sentences: tuple[str, ...]
    plot: Plot | None = None
    rows: tuple[PowerRow, ...] = ()
    prior: str = ""  # how large effects on this metric were before


def prior_words(prior: Prior, mde: float) -> str:
    """What earlier experiments let expect of the smallest change that matters."""
    if prior.learnings == 1:
        told = f"One experiment before changed {prior.metric} by {lift_words(prior.lowest)}."
    else:
        told = (
            f"{prior.learnings} experiments before changed {prior.metric} by {lift_words(prior.lowest)} to"
            f" {lift_words(prior.highest)}, half of them by less than {percent(prior.middle)}."
        )
    if mde > max(abs(prior.lowest), abs(prior.highest)):
        return f"{told} A change of {percent(mde)} was never seen: plan for a smaller one, or expect to find nothing."
    return told


def nothing_known(why: str) -> PowerView:
    """In place of a curve."""
    return PowerView((why,))


def power_view(metric: Metric, baseline: Baseline, sizing: Sizing | None, mde: float, chance: float) -> PowerView:
    """The curve of a plan."""
    if not baseline.people:
        return nothing_known(
            "Nobody did anything here lately, so nothing is known of this metric yet. You can plan all the same."
        )
    if sizing is None or baseline.mean is None:
        return nothing_known(
            f"Of {plural(baseline.people, 'person', 'people')} who were here lately, all did the same of this. So it"
            " cannot be told how many people it takes. You can plan all the same."
        )
    return PowerView(
        (_needs(sizing, mde, chance), _now(metric, baseline), _comes(sizing)), _plot(sizing, mde), _rows(sizing)
    )


def percent(share: float, digits: int = 2) -> str:
    """A share in percent, to so many digits that count."""
    return f"{float(f'{share * 100:.{digits}g}'):,g} %"


def days_words(days: float | None) -> str:
    """A stretch of days, roughly."""
    if days is None:
        return "more people than come"
    if days > LONGEST_DAYS:
        return "more than two years"
    return plural(max(round(days), 1), "day")


def _needs(sizing: Sizing, mde: float, chance: float) -> str:
    if sizing.needed is None:
        return f"No number of people finds a change of {percent(mde)}: plan for another one."
    time = "and more people are needed than come here" if sizing.days is None else f"about {days_words(sizing.days)}"
    return (
        f"To find a change of {percent(mde)} with a chance of {percent(chance)}: {count(sizing.needed)} people, {time}."
    )


def _now(metric: Metric, baseline: Baseline) -> str:
    assert baseline.mean is not None
    whom = plural(baseline.people, "person", "people")
    over = days_words(baseline.days)
    if metric.form == "proportion":
        return f"Now: {percent(baseline.mean)} of {whom} did it within {over}."
    if metric.quantile is not None:
        return f"Now: {percent(metric.quantile)} of {whom} have at most {baseline.mean:.3g} within {over}."
    return f"Now: {baseline.mean:.3g} {'each time' if metric.per else 'a person'}, of {whom} within {over}."


def _comes(sizing: Sizing) -> str:
    told = ", ".join(f"{count(people)} within {days} days" for days, people in sizing.within)
    return f"At this traffic about so many would be in: {told}."


def _plot(sizing: Sizing, mde: float) -> Plot | None:
    if len(sizing.curve) < 2:
        return None
    effects = [mde, *(point.effect for point in sizing.curve)]
    x = Axis(sizing.curve[0].people, sizing.curve[-1].people, is_log=True)
    y = Axis(min(effects) * 0.8, max(effects) * 1.25, is_log=True)
    curve = line("curve", ((point.people, point.effect) for point in sizing.curve), x, y)
    rules = [Rule("target", f"{percent(mde)}: what matters", 100 - y.at(mde))]
    reached: dict[int, int] = {}
    for days, people in sizing.within:
        if people and x.holds(people):
            reached.setdefault(people, days)  # where more days bring no more people, one line says so
    rules += [Rule("faint", plural(days, "day"), x.at(people), is_upright=True) for people, days in reached.items()]
    told = "; ".join(f"{row.people} people find {row.effect}" for row in _rows(sizing))
    return Plot(
        words=f"Smallest change that is found, by people: {told}",
        strokes=(curve,),
        x_ticks=x.ticks(_short),
        y_ticks=y.ticks(percent, is_up=True),
        rules=tuple(rules),
        x_title="people in the experiment",
        y_title="smallest change that is found",
    )


def _rows(sizing: Sizing) -> tuple[PowerRow, ...]:
    step = max(len(sizing.curve) // 6, 1)
    return tuple(
        PowerRow(count(point.people), percent(point.effect), days_words(point.days)) for point in sizing.curve[::step]
    )


def _short(number: float) -> str:
    """A large number as an axis has it: 500, 2k, 1M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"
