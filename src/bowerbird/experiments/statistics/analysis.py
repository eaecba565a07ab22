"""
The analysis of one metric: each variant against the control, both ways of measuring and both ways of looking.

What cannot be told is None and has a reason; what is told but rests on little has a note. A lift is never relative to a
baseline that cannot be told from 0: then no interval of finite length would be right (Fieller 1954).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite, isnan
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from scipy import special

from bowerbird.experiments.statistics.checks import Srm, srm
from bowerbird.experiments.statistics.effects import Effect, absolute, relative
from bowerbird.experiments.statistics.intervals import N_STAR, Interval, Side, fixed, sequential
from bowerbird.experiments.statistics.metrics import Arm, Kind, adjustment, arm
from bowerbird.experiments.statistics.moments import Moments
from bowerbird.experiments.statistics.multiplicity import Correction, adjusted, level_beside

__all__ = ["Analysis", "Figure", "Found", "Looking", "Measured", "NonInferiority", "Options", "compare"]

Looking: TypeAlias = Literal["fixed", "sequential"]
Measured: TypeAlias = Moments | Arm  # an arm only for quantiles

FEW_UNITS: Final = 100  # the sequences are asymptotic
FEW_EVENTS: Final = 5


@dataclass(frozen=True, slots=True)
class Options:
    """How it is analysed."""

    alpha: float = 0.05
    analysis: Looking = "sequential"
    n_star: float = N_STAR
    is_relative: bool = True
    side: Side = "two-sided"
    correction: Correction = "holm"
    margin: float | None = None  # how much worse is still as good; above 0
    better: Literal["higher", "lower"] = "higher"
    looks: int = 1  # planned checks of the sample ratio


@dataclass(frozen=True, slots=True)
class Figure:
    """A lift with what is known of it; an end of None is without bound, the others None without a figure."""

    lift: float | None
    se: float | None
    ci: tuple[float | None, float | None] | None
    p: float | None
    alpha: float

    @property
    def significant(self) -> bool:
        """The interval excludes no effect."""
        return self.p is not None and self.p < self.alpha

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        ci = None if self.ci is None else list(self.ci)
        return {"lift": self.lift, "se": self.se, "ci": ci, "p": self.p, "significant": self.significant}


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """Whether it is surely not worse than the control by the margin or more, one-sided."""

    margin: float
    better: str
    bound: float | None
    p: float | None
    ok: bool

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {"margin": self.margin, "better": self.better, "bound": self.bound, "p": self.p, "ok": self.ok}


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of one variant."""

    n: float
    estimate: float | None
    headline: Figure
    absolute: Figure
    relative: Figure
    fixed: Figure  # of what the headline measures
    sequential: Figure
    non_inferiority: NonInferiority | None
    reason: str | None  # why the headline has no figure
    notes: tuple[str, ...]
    p_adjusted: float | None = None
    ci_adjusted: tuple[float | None, float | None] | None = None

    def to_json(self) -> dict[str, Any]:
        """The headline's figures, and the others by name."""
        adjusted = (
            {}
            if self.p_adjusted is None
            else {
                "p_adjusted": self.p_adjusted,
                "significant_adjusted": self.p_adjusted < self.headline.alpha,
                "ci_adjusted": None if self.ci_adjusted is None else list(self.ci_adjusted),
            }
        )
        guard = {} if self.non_inferiority is None else {"non_inferiority": self.non_inferiority.to_json()}
        return {
            **self.headline.to_json(),
            "n": _count(self.n),
            "estimate": self.estimate,
            **adjusted,
            **guard,
            "absolute": self.absolute.to_json(),
            "relative": self.relative.to_json(),
            "fixed": self.fixed.to_json(),
            "sequential": self.sequential.to_json(),
            "reason": self.reason,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Analysis:
    """The check of the shares, and the variants but the control."""

    srm: Srm
    control: str
    n: float  # of the control
    baseline: float | None
    results: Mapping[str, Found]
    options: Options
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """As `bowerbird experiments analyse --json` prints it."""
        return {
            "srm": {
                "p": self.srm.p,
                "ok": self.srm.ok,
                "p_any_time": self.srm.p_any_time,
                "threshold": self.srm.threshold,
                "expected": dict(self.srm.expected),
            },
            "analysis": self.options.analysis,
            "measure": "relative" if self.options.is_relative else "absolute",
            "alpha": self.options.alpha,
            "n_star": self.options.n_star,
            "control": {"variant": self.control, "n": _count(self.n), "estimate": self.baseline},
            "results": {name: found.to_json() for name, found in self.results.items()},
            "notes": list(self.notes),
        }


def compare(
    kind: Kind,
    variants: Mapping[str, Measured],
    *,
    control: str,
    weights: Mapping[str, float],
    options: Options,
    notes: tuple[str, ...] = (),
    checked: Srm | None = None,
) -> Analysis:
    """
    Every variant against `control`.

    Figures are told also when the shares are wrong; then `srm.ok` is False, and none of them is to be believed. Who has
    checked the shares already, counting their looks, gives what they found (`checked`).
    """
    arms = {name: _arm(kind, measured) for name, measured in variants.items()}
    base = arms[control]
    checked = checked or srm({name: float(one.n) for name, one in arms.items()}, weights, looks=options.looks)
    if not checked.ok:
        notes = (*notes, f"sample ratio mismatch (p {checked.p:.2g}): believe no figure before you know its reason")
    results: dict[str, Found] = {}
    effects: dict[str, Effect] = {}
    for name in variants:
        if name != control:
            theta = _theta(kind, variants[control], variants[name])
            both = {
                "absolute": absolute(base, arms[name], theta),
                "relative": relative(base, arms[name], theta, at_adjusted=kind == "ratio"),
            }
            results[name] = _found(kind, base, arms[name], both, options, control=control, name=name)
            effects[name] = both["relative" if options.is_relative else "absolute"]
    return Analysis(
        checked, control, float(base.n), _told(base.mean), _corrected(results, effects, options), options, notes
    )


def _arm(kind: Kind, measured: Measured) -> Arm:
    return measured if isinstance(measured, Arm) else arm(kind, measured)


def _theta(kind: Kind, control: Measured, treatment: Measured) -> Any:
    if isinstance(control, Arm) or isinstance(treatment, Arm):
        return 0.0
    return adjustment(kind, control, treatment)


def _found(
    kind: Kind, base: Arm, other: Arm, both: Mapping[str, Effect], options: Options, *, control: str, name: str
) -> Found:
    reason = _why_nothing(kind, base, other, both["absolute"], control=control, name=name)
    unsure = reason or _why_not_relative(base, both["relative"], options.alpha, control=control, name=name)
    known = {"absolute": both["absolute"] if reason is None else None}
    known["relative"] = both["relative"] if unsure is None else None
    measure = "relative" if options.is_relative else "absolute"
    figures = {
        (which, looking): _figure(effect, looking, options, rough=both[which])
        for which, effect in known.items()
        for looking in ("fixed", "sequential")
    }
    return Found(
        n=float(other.n),
        estimate=_told(other.mean),
        headline=figures[measure, options.analysis],
        absolute=figures["absolute", options.analysis],
        relative=figures["relative", options.analysis],
        fixed=figures[measure, "fixed"],
        sequential=figures[measure, "sequential"],
        non_inferiority=None if options.margin is None else _not_worse(known[measure], options.margin, options),
        reason=unsure if options.is_relative else reason,
        notes=_notes(kind, base, other, options, control=control, name=name),
    )


def _figure(effect: Effect | None, looking: str, options: Options, *, rough: Effect) -> Figure:
    """Without an interval the point estimate alone, where there is one."""
    if effect is None:
        return Figure(_told(rough.lift), None, None, None, options.alpha)
    found = _interval(effect, looking, options)
    return Figure(_told(effect.lift), _told(effect.se), _ends(found), _told(found.p), options.alpha)


def _interval(effect: Effect, looking: str, options: Options, *, level: float | None = None) -> Interval:
    if looking == "fixed":
        return fixed(effect, alpha=level or options.alpha, side=options.side)
    return sequential(effect, alpha=options.alpha, n_star=options.n_star, side=options.side, level=level)


def _not_worse(effect: Effect | None, margin: float, options: Options) -> NonInferiority:
    if effect is None:
        return NonInferiority(margin, options.better, None, None, ok=False)
    side: Side = "greater" if options.better == "higher" else "less"
    null = -margin if side == "greater" else margin
    if options.analysis == "fixed":
        found = fixed(effect, alpha=options.alpha, side=side, null=null)
    else:
        found = sequential(effect, alpha=options.alpha, n_star=options.n_star, side=side, null=null)
    p = float(found.p)
    return NonInferiority(
        margin, options.better, _told(found.low if side == "greater" else found.high), p, ok=p < options.alpha
    )


def _corrected(results: dict[str, Found], effects: Mapping[str, Effect], options: Options) -> dict[str, Found]:
    """With several variants, what is left when it is counted that each was asked about."""
    asked = {name: found.headline.p for name, found in results.items() if found.headline.p is not None}
    if len(results) < 2 or not asked or options.correction == "none":
        return results
    p = adjusted(list(asked.values()), options.correction)
    level = level_beside(p, options.correction, options.alpha)
    for name, each in zip(asked, p.tolist(), strict=True):
        ends = _ends(_interval(effects[name], options.analysis, options, level=level))
        results[name] = replace(results[name], p_adjusted=each, ci_adjusted=ends)
    return results


def _why_nothing(kind: Kind, base: Arm, other: Arm, effect: Effect, *, control: str, name: str) -> str | None:
    """Why neither kind of lift can be told."""
    for which, one in ((control, base), (name, other)):
        if float(one.n) < 2:
            return f"variant {which!r} has {float(one.n):g} units; how much they vary is known from 2 on"
        if kind == "ratio" and not abs(float(one.base)) > _z(0.05) * float(np.sqrt(one.base_variance / one.n)):
            return f"the denominator of variant {which!r} has the mean {float(one.base):g} and cannot be told from 0"
        if kind == "quantile" and not float(one.variance) > 0:
            return f"the quantile of variant {which!r} has no interval: too few values, or too many that are the same"
    if isnan(float(effect.lift)) or isnan(float(effect.se)):
        if float(base.variance) == 0 and float(other.variance) == 0:
            return f"the metric is constant in {control!r} and in {name!r}: nothing tells how much chance does"
        if float(base.pre_variance) > 0:
            return "what units did before foretells all that they did: nothing is left to tell how much chance does"
        return "the numbers are too large or too small to compute with; use other units"
    return None


def _why_not_relative(base: Arm, effect: Effect, alpha: float, *, control: str, name: str) -> str | None:
    mean, se = float(base.mean), float(np.sqrt(base.variance / base.n))
    if mean == 0:
        return f"the baseline, the mean of {control!r}, is 0: no lift is relative to it; read the absolute one"
    if abs(mean) <= _z(alpha) * se:
        return (
            f"the baseline, {mean:.4g} with standard error {se:.2g} in {control!r}, cannot be told from 0, so no"
            " interval relative to it would be right; read the absolute one"
        )
    if isnan(float(effect.se)):
        return f"no unit of {name!r} did anything: how sure a fall by all is cannot be told; read the absolute lift"
    return None


def _notes(kind: Kind, base: Arm, other: Arm, options: Options, *, control: str, name: str) -> tuple[str, ...]:
    notes: list[str] = []
    fewest = min(float(base.n), float(other.n))
    if 0 < fewest < FEW_UNITS:
        notes.append(f"only {fewest:g} units in one of the variants: intervals are right for many, from some 100 on")
    if kind == "proportion":
        for which, one in ((control, base), (name, other)):
            events = float(one.n) * min(float(one.mean), 1 - float(one.mean))
            if events < FEW_EVENTS:
                notes.append(f"only {events:g} units of {which!r} differ from the others: its interval is rough")
    se = float(np.sqrt(base.variance / base.n)) if float(base.n) > 1 else 0.0
    if options.is_relative and _z(options.alpha) * se < abs(float(base.mean)) < 2 * _z(options.alpha) * se:
        notes.append("the baseline is not far from 0 for its standard error: the relative lift's interval is rough")
    return tuple(notes)


def _z(alpha: float) -> float:
    return float(-special.ndtri(alpha / 2))


def _told(value: Any) -> float | None:
    return float(value) if isfinite(float(value)) else None


def _ends(found: Interval) -> tuple[float | None, float | None]:
    return _told(found.low), _told(found.high)


def _count(n: float) -> int | float:
    return int(n) if n == int(n) else n
