"""What a report of an experiment says, for people: who came, what they did, whether it lasts, what is advised."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bowerbird.experiments import Experiment, Report
from bowerbird.experiments.looks import Look
from bowerbird.experiments.statistics import Analysis, Found
from bowerbird.experiments.wearing_off import WearingOff
from bowerbird.kernel.clock import utc
from bowerbird.web.effects import lift_words, range_words
from bowerbird.web.listings import Tone
from bowerbird.web.plots import Axis, Plot, Rule, Stroke, Tick, band, line
from bowerbird.web.words import count, plural

__all__ = ["AdviceView", "CameLine", "EffectLine", "GuardLine", "LookLine", "ReportView", "VariantChart", "report_view"]

DECISIONS: Final = {"ship": "Ship", "roll back": "Roll back", "wait": "Wait", "review": "Look closer"}
TONES: Final[dict[str, Tone]] = {"ship": "good", "roll back": "bad", "wait": "", "review": "warn"}
LOOKS_SHOWN: Final = 12
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class CameLine:
    """Who came to a variant."""

    variant: str
    people: str
    expected: str
    others: str
    bots: str


@dataclass(frozen=True, slots=True)
class EffectLine:
    """What a variant changed of a metric."""

    metric: str
    variant: str
    now: str
    lift: str
    likely: str  # at any time
    at_once: str  # had one looked only now
    verdict: str
    tone: Tone
    note: str


@dataclass(frozen=True, slots=True)
class GuardLine:
    """How something that must not get worse stands."""

    words: str
    state: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class LookLine:
    """An earlier look."""

    when: str
    people: str
    lift: str
    likely: str


@dataclass(frozen=True, slots=True)
class VariantChart:
    """How the effect of a variant became clear, and whether it lasts."""

    variant: str
    plot: Plot | None
    looks: tuple[LookLine, ...]
    lasting: str
    days: Plot | None


@dataclass(frozen=True, slots=True)
class AdviceView:
    """What the plan's own criteria say."""

    decision: str
    title: str
    tone: Tone
    reasons: tuple[str, ...]
    variant: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """The result; while it is locked there are no effects, and `suspects` say where to look."""

    phase: int
    came: tuple[CameLine, ...]
    total: str
    locked: str
    suspects: tuple[str, ...]
    warnings: tuple[str, ...]
    effects: tuple[EffectLine, ...]
    guards: tuple[GuardLine, ...]
    charts: tuple[VariantChart, ...]
    advice: AdviceView
    behind: int


def report_view(report: Report, one: Experiment) -> ReportView:
    """The panel of a result."""
    came = tuple(
        CameLine(name, count(it.people), count(it.expected), count(it.multiple), count(it.bots))
        for name, it in report.variants.items()
    )
    advice = report.advice
    return ReportView(
        phase=report.phase,
        came=came,
        total=plural(sum(it.people for it in report.variants.values()), "person", "people"),
        locked=report.locked_because or "",
        suspects=tuple(suspect.says for suspect in report.mismatch),
        warnings=_warnings(report),
        effects=_effects(report, one),
        guards=tuple(GuardLine(it.says, it.state, _GUARD_TONES[it.state]) for it in report.guardrails or ()),
        charts=_charts(report, one),
        advice=AdviceView(
            advice.decision, DECISIONS[advice.decision], TONES[advice.decision], advice.reasons, advice.variant or ""
        ),
        behind=report.behind,
    )


_GUARD_TONES: Final[dict[str, Tone]] = {"ok": "good", "failing": "bad", "not known yet": ""}


def _warnings(report: Report) -> tuple[str, ...]:
    told: list[str] = []
    if not report.multiple.ok:
        told.append(
            f"{plural(report.multiple.multiple, 'person was', 'people were')} shown more than one variant. They count"
            " in the first, which makes any effect look smaller"
        )
    if not report.imbalance.ok:
        told.append(
            f"{report.imbalance.variant} and {report.control} differed in {report.imbalance.covariate} before anybody"
            " met the experiment, by more than chance explains"
        )
    return tuple(told)


# -- effects ----------------------------------------------------------------------------------------------------------


def _effects(report: Report, one: Experiment) -> tuple[EffectLine, ...]:
    """By which it is decided first."""
    metrics = sorted((report.metrics or {}).items(), key=lambda pair: not pair[1].is_primary)
    better = {report.primary: one.plan.direction} | {it.metric: it.better for it in one.plan.guardrails}
    return tuple(
        _effect(name, variant, found, measured.analysis, better.get(name, "either"))
        for name, measured in metrics
        for variant, found in measured.analysis.results.items()
    )


def _effect(metric: str, variant: str, found: Found, analysis: Analysis, better: str) -> EffectLine:
    low, high = found.sequential.ci or (None, None)
    verdict, tone = _verdict(found, better)
    return EffectLine(
        metric=metric,
        variant=variant,
        now=f"{_value(found.estimate)} instead of {_value(analysis.baseline)}",
        lift=lift_words(found.headline.lift),
        likely="" if found.sequential.ci is None else range_words(low, high),
        at_once="" if found.fixed.ci is None else range_words(*found.fixed.ci),
        verdict=verdict,
        tone=tone,
        note=found.reason or "; ".join(found.notes),
    )


def _verdict(found: Found, better: str) -> tuple[str, Tone]:
    """In which direction it surely goes; with several variants at the level that is left for each."""
    p = found.headline.p if found.p_adjusted is None else found.p_adjusted
    if found.headline.lift is None:
        return "cannot be told", ""
    if p is None or p >= found.headline.alpha:
        return "not clear yet", ""
    is_more = found.headline.lift > 0
    if better == "either":
        return ("surely more" if is_more else "surely less"), "blue"
    return ("surely better", "good") if is_more == (better == "higher") else ("surely worse", "bad")


def _value(number: float | None) -> str:
    return "unknown" if number is None else f"{number:.4g}"


# -- charts -----------------------------------------------------------------------------------------------------------


def _charts(report: Report, one: Experiment) -> tuple[VariantChart, ...]:
    if report.metrics is None or report.looks is None:
        return ()
    analysis = report.metrics[report.primary].analysis
    fading = {it.variant: it for it in report.novelty or ()}
    return tuple(
        _chart(report, one, _now(report, variant, analysis), found=found, fading=fading.get(variant))
        for variant, found in analysis.results.items()
    )


def _now(report: Report, variant: str, analysis: Analysis) -> Look:
    """What is seen at this moment, as the looks before have it."""
    found = analysis.results[variant]
    low, high = found.sequential.ci or (None, None)
    figure = found.sequential
    return Look(report.at, variant, int(analysis.n + found.n), figure.lift, low, high, figure.p)


def _chart(report: Report, one: Experiment, now: Look, *, found: Found, fading: WearingOff | None) -> VariantChart:
    variant = now.variant
    looks = [look for look in report.looks or () if look.variant == variant and look.at < report.at]
    known = [look for look in (*looks, now) if None not in (look.lift, look.low, look.high)]
    return VariantChart(
        variant=variant,
        plot=_plot(known, found, one, report.phase) if known else None,
        looks=tuple(map(_look, known[-LOOKS_SHOWN:])),
        lasting=_lasting(fading, report.novelty_reason or ""),
        days=None if fading is None else _days(fading),
    )


def _look(look: Look) -> LookLine:
    return LookLine(
        f"{utc(look.at):%-d %B %Y, %H:%M}", count(look.n), lift_words(look.lift), range_words(look.low, look.high)
    )


def _plot(looks: Sequence[Look], found: Found, one: Experiment, phase: int) -> Plot:
    """The lift and its likely range over the looks; at the end also the range of one look alone."""
    points = [(look.at, look.lift or 0.0, look.low or 0.0, look.high or 0.0) for look in looks]
    last = points[-1]
    began = (one.started_at if phase == 1 else None) or points[0][0]
    x = Axis(min(began, points[0][0]), max(last[0], began + 3_600.0))
    targets = {"higher": (one.plan.mde,), "lower": (-one.plan.mde,), "either": (one.plan.mde, -one.plan.mde)}
    shown = targets[one.plan.direction]
    # The first looks know next to nothing: what is drawn is what the later ones leave open, and room around it.
    half = points[len(points) // 2 :]
    reach = max(*map(abs, shown), *(abs(end) for *_, low, high in half for end in (low, high))) * 1.15
    y = Axis(-reach, reach)
    strokes: list[Stroke] = [
        band("likely", [(at, low, high) for at, _, low, high in points], x, y),
        line("curve", [(at, lift) for at, lift, *_ in points], x, y),
        line("outer", [(last[0], last[2]), (last[0], last[3])], x, y),
    ]
    ends = found.fixed.ci
    if ends is not None and ends[0] is not None and ends[1] is not None:
        strokes.append(line("inner", [(last[0], ends[0]), (last[0], ends[1])], x, y))
    rules = [Rule("zero", "no effect", 100 - y.at(0.0))]
    rules += [Rule("target", f"{lift_words(at)}: what matters", 100 - y.at(at)) for at in shown]
    return Plot(
        words=f"Effect over time: now {lift_words(last[1])}, likely {range_words(last[2], last[3])}",
        strokes=tuple(strokes),
        x_ticks=_time_ticks(x),
        y_ticks=y.ticks(lift_words, is_up=True),
        rules=tuple(rules),
        y_title="change against the control",
    )


def _time_ticks(x: Axis) -> tuple[Tick, ...]:
    """The two ends and the middle; hours where it is about one day."""
    words = "%-d %b %H:%M" if x.high - x.low < 3 * DAY_S else "%-d %b"
    return tuple(Tick(x.at(at), f"{utc(at):{words}}") for at in (x.low, (x.low + x.high) / 2, x.high))


def _lasting(fading: WearingOff | None, reason: str) -> str:
    if fading is None:
        return f"Whether it lasts is not known yet: {reason}." if reason else ""
    days = plural(2 * fading.half_days, "day")
    halves = f"from {fading.early:.3g} in the first half of {days} to {fading.late:.3g} in the second"
    told = {
        "none": f"It lasts: over {days}, what people did did not change by more than chance explains.",
        "novelty": f"It wears off: {halves}.",
        "primacy": f"It grows: {halves}.",
    }
    return told[fading.word]


def _days(fading: WearingOff) -> Plot | None:
    if len(fading.days) < 2:
        return None
    x = Axis(0, fading.days[-1].day)
    reach = max(max(abs(day.low), abs(day.high)) for day in fading.days) * 1.1 or 1.0
    y = Axis(-reach, reach)
    return Plot(
        words="Effect by days since somebody met it: "
        + ", ".join(f"day {day.day + 1}: {day.lift:.3g}" for day in fading.days),
        strokes=(
            band("likely", [(day.day, day.low, day.high) for day in fading.days], x, y),
            line("curve", [(day.day, day.lift) for day in fading.days], x, y),
        ),
        x_ticks=tuple(Tick(x.at(day.day), f"{day.day + 1}") for day in fading.days),
        y_ticks=y.ticks(lambda value: f"{value:.3g}", is_up=True),
        rules=(Rule("zero", "no effect", 100 - y.at(0.0)),),
        x_title="days since they met it",
        y_title="effect on that day",
    )
