"""
Whether a metric changed alike for everybody: its effect within each value of what was known when people were exposed.

    attributes       as they were told with the exposure
    new here         whether a person was new since the phase began, or known before
    did it before    whether they did what the metric counts in the time before their exposure

Each segment is compared with everybody else, so the question is whether its effect is another one, not whether it is
"significant": among twenty segments one is, when none is. All these questions are corrected together (Holm), by
confidence sequences, so it may be looked at as often as anybody likes; the intervals hold all at once, at any time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import sqlalchemy as sa

from bowerbird.experiments.plan import Metric
from bowerbird.experiments.segment_sums import Cut, Kind, Sums, cuts, kinds_of_people
from bowerbird.experiments.shares import Shares, phase_of
from bowerbird.experiments.statistics import Effect, Figure, analyse, heterogeneity, holm, sequential
from bowerbird.experiments.store import Experiment
from bowerbird.experiments.sums import results
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong

__all__ = ["BySegment", "Dimension", "Segment", "SegmentEffect", "by_segment"]

FEWEST: Final = 100  # people of each variant: with fewer, intervals are not right

Measure: TypeAlias = Literal["relative", "absolute"]


@dataclass(frozen=True, slots=True)
class SegmentEffect:
    """What a variant changed in a segment; without a `lift` there is a reason."""

    lift: float | None
    ci: tuple[float, float] | None  # at a level at which all intervals hold at once, at any time
    elsewhere: float | None  # the lift for everybody else
    p: float | None  # that it is the same there, corrected for all that is asked
    differs: Literal["more", "less"] | None  # surely; None: it is not known to
    reason: str | None

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "lift": self.lift,
            "ci": None if self.ci is None else list(self.ci),
            "elsewhere": self.elsewhere,
            "p": self.p,
            "differs": self.differs,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Segment:
    """The people of one value."""

    value: str
    people: Mapping[str, int]  # by variant
    effects: Mapping[str, SegmentEffect]  # by variant but the control

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        effects = {name: one.to_json() for name, one in self.effects.items()}
        return {"value": self.value, "people": dict(self.people), "effects": effects}


@dataclass(frozen=True, slots=True)
class Dimension:
    """Everybody, by the values of something that was known of them."""

    name: str
    kind: Kind
    p: float  # that the effect is the same in all of them; corrected, at any time
    p_once: float  # the same by Cochran's Q, for who looks once; corrected for the dimensions
    segments: tuple[Segment, ...]  # the largest first

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "dimension": self.name,
            "kind": self.kind,
            "p": self.p,
            "p_once": self.p_once,
            "segments": [one.to_json() for one in self.segments],
        }


@dataclass(frozen=True, slots=True)
class BySegment:
    """All dimensions of a phase; None while the shares are wrong."""

    experiment: str
    phase: int
    metric: str
    measure: Measure
    alpha: float
    asked: int  # how many questions were corrected for
    left_out: int  # people of kinds that are too rare to be kept apart
    locked_because: str | None
    reason: str | None  # why nothing is told of this metric
    dimensions: tuple[Dimension, ...] | None  # what differs most surely first

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "experiment": self.experiment,
            "phase": self.phase,
            "metric": self.metric,
            "measure": self.measure,
            "alpha": self.alpha,
            "asked": self.asked,
            "left_out": self.left_out,
            "locked": self.locked_because is not None,
            "locked_because": self.locked_because,
            "reason": self.reason,
            "dimensions": None if self.dimensions is None else [one.to_json() for one in self.dimensions],
        }


def by_segment(
    conn: sa.Connection, experiment: Experiment, *, metric: str | None = None, phase: int | None = None, clock: Clock
) -> BySegment:
    """
    Of a metric, else that by which it is decided, from what is counted; of a phase, else of the last one.

    Raises InputWrong for a draft and for a metric that the plan has not, NotFound for a phase that there is not.
    """
    if experiment.phase == 0:
        raise InputWrong(f"{experiment.name} is a draft, so nobody is in it yet; start it first", field="name")
    chosen = _metric(experiment, metric or experiment.plan.metric)
    kept = phase_of(conn, experiment, phase)
    sums = results(conn, experiment, phase=kept.number, only=(chosen.name,), clock=clock)
    nothing = BySegment(
        experiment=experiment.name,
        phase=kept.number,
        metric=chosen.name,
        measure="relative",
        alpha=experiment.plan.alpha,
        asked=0,
        left_out=0,
        locked_because=sums.shares.because,
        reason=None,
        dimensions=None,
    )
    if not sums.shares.ok:
        return nothing
    if chosen.form == "quantile":
        return replace(nothing, reason="it is a quantile, and these do not add up from parts", dimensions=())
    asking = _Asking(sums.requests[chosen.name], sums.shares)
    those = kinds_of_people(conn, kept, chosen, sums.caps.get(chosen.name))
    people = sum(one.people for one in sums.exposures.values())
    left_out = people - round(sum(one.sums["n"] for one in those))
    return _told(nothing, asking, cuts(those, asking.variants), left_out)


# -- what is asked of them ---------------------------------------------------------------------------------------------


class _Asking:
    """How effects are computed from sums: as in the experiment's results, of everybody the same way."""

    def __init__(self, request: Mapping[str, Any], shares: Shares) -> None:
        self._request = {name: request[name] for name in ("metric", "control", "weights", "alpha", "n_star")}
        self.shares = shares
        self._fields = tuple(next(iter(request["variants"].values())))
        self.control = str(request["control"])
        self.variants = tuple(request["variants"])
        self.alpha = float(request["alpha"])
        self.n_star = float(request["n_star"])
        whole = analyse(self._with(request["variants"], "relative"), checked=shares.as_checked).results.values()
        # Where nothing is relative to the baseline of all people, it is not to that of some.
        is_relative = any(one.relative.ci is not None for one in whole) or not any(one.absolute.ci for one in whole)
        self.measure: Measure = "relative" if is_relative else "absolute"

    def effects(self, sums: Sums) -> dict[str, Effect | str]:
        """By variant; where there is none, why."""
        few = {name: round(one["n"]) for name, one in sums.items() if one["n"] < FEWEST}
        if self.control in few:
            return dict.fromkeys(self._treated, _too_few(self.control, few[self.control]))
        found = analyse(self._with(sums, self.measure), checked=self.shares.as_checked).results
        return {
            name: _too_few(name, few[name])
            if name in few
            else _effect(found[name].sequential, sums[self.control]["n"], sums[name]["n"])
            or (found[name].reason or "it cannot be told")
            for name in self._treated
        }

    @property
    def _treated(self) -> list[str]:
        return [name for name in self.variants if name != self.control]

    def _with(self, sums: Mapping[str, Mapping[str, float]], measure: Measure) -> dict[str, Any]:
        total = sum(self._request["weights"].values())
        fields = self._fields
        if "pre_den_sum" in fields and not all(one["pre_den_sum"] for one in sums.values()):
            fields = tuple(name for name in fields if "pre" not in name)  # a ratio over nothing is none to adjust by
        return self._request | {
            "weights": {name: weight / total for name, weight in self._request["weights"].items()},
            "relative": measure == "relative",
            "variants": {
                name: {field: one[field] for field in fields} | {"n": round(one["n"])} for name, one in sums.items()
            },
        }


def _too_few(variant: str, people: int) -> str:
    return f"{people} people in {variant}; it takes {FEWEST}"


def _effect(figure: Figure, control: float, treated: float) -> Effect | None:
    if figure.lift is None or figure.se is None or figure.ci is None:
        return None
    # At most as many degrees of freedom as Welch's, so the interval is rather too wide than too narrow.
    dof = min(control, treated) - 1
    return Effect(*(np.asarray(one, np.float64) for one in (figure.lift, figure.se, dof, control + treated)))


def _difference(one: Effect, other: Effect) -> Effect:
    """Of two effects in different people."""
    return Effect(
        one.lift - other.lift, np.sqrt(one.se**2 + other.se**2), np.minimum(one.dof, other.dof), one.n + other.n
    )


# -- what is told ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Question:
    """A segment's effect in a variant, and everybody else's."""

    of: Cut
    variant: str
    inside: Effect | str
    outside: Effect | str

    def p(self, asking: _Asking) -> float:
        """That they are the same, asked alone; not a number when it cannot be asked."""
        if isinstance(self.inside, str) or isinstance(self.outside, str):
            return float("nan")
        found = sequential(_difference(self.inside, self.outside), alpha=asking.alpha, n_star=asking.n_star)
        return float(found.p)


def _told(nothing: BySegment, asking: _Asking, asked: Sequence[Cut], left_out: int) -> BySegment:
    questions = list(_questions(asked, asking))
    p = _corrected(questions, asking)
    intervals = sum(not isinstance(one.inside, str) for one in questions)
    return replace(
        nothing,
        measure=asking.measure,
        asked=_how_many(questions, p),
        left_out=left_out,
        dimensions=_dimensions(asked, questions, p, asking, intervals),
    )


def _questions(asked: Sequence[Cut], asking: _Asking) -> Iterator[_Question]:
    for one in asked:
        outside = asking.effects(one.outside)
        for variant, inside in asking.effects(one.inside).items():
            yield _Question(one, variant, inside, outside[variant])


def _corrected(questions: Sequence[_Question], asking: _Asking) -> list[float]:
    """Holm's p-values of all that can be asked; of two segments the one question is asked once."""
    raw = [one.p(asking) for one in questions]
    first = _firsts(questions)
    known = [at for at in dict.fromkeys(first) if not np.isnan(raw[at])]
    adjusted = dict(zip(known, holm([raw[at] for at in known]).tolist(), strict=True))
    return [adjusted.get(at, float("nan")) for at in first]


def _firsts(questions: Sequence[_Question]) -> list[int]:
    """For each, which question is the same one: itself, or that of the other segment of only two."""
    sizes: dict[tuple[str, str, str], list[int]] = {}
    for at, one in enumerate(questions):
        sizes.setdefault((one.of.kind, one.of.dimension, one.variant), []).append(at)
    same = {at: those[0] if len(those) == 2 else at for those in sizes.values() for at in those}
    return [same[at] for at in range(len(questions))]


def _how_many(questions: Sequence[_Question], p: Sequence[float]) -> int:
    return len({at for at, value in zip(_firsts(questions), p, strict=True) if not np.isnan(value)})


def _dimensions(
    asked: Sequence[Cut], questions: Sequence[_Question], p: Sequence[float], asking: _Asking, intervals: int
) -> tuple[Dimension, ...]:
    names: list[tuple[str, Kind]] = list(dict.fromkeys((one.dimension, one.kind) for one in asked))
    found: list[Dimension] = []
    for name, kind in names:
        mine = [one for one in asked if (one.dimension, one.kind) == (name, kind)]
        answers = [
            (one, value)
            for one, value in zip(questions, p, strict=True)
            if (one.of.dimension, one.of.kind) == (name, kind)
        ]
        known = [value for _, value in answers if not np.isnan(value)]
        segments = tuple(_segment(one, [it for it in answers if it[0].of is one], asking, intervals) for one in mine)
        once = _p_once([it for it, _ in answers], asking, dimensions=len(names))
        found.append(Dimension(name, kind, min(known, default=1.0), once, segments))
    return tuple(sorted(found, key=lambda one: (one.p, one.kind != "attribute", one.name)))


def _segment(one: Cut, answers: Sequence[tuple[_Question, float]], asking: _Asking, intervals: int) -> Segment:
    people = {name: round(sums["n"]) for name, sums in one.inside.items()}
    effects = {it.variant: _segment_effect(it, p, asking, intervals) for it, p in answers}
    return Segment(one.value, people, effects)


def _segment_effect(one: _Question, p: float, asking: _Asking, intervals: int) -> SegmentEffect:
    if isinstance(one.inside, str):
        return SegmentEffect(None, None, None, None, None, one.inside)
    level = asking.alpha / max(intervals, 1)
    found = sequential(one.inside, alpha=asking.alpha, n_star=asking.n_star, level=level)
    lift, ci = float(one.inside.lift), (float(found.low), float(found.high))
    if isinstance(one.outside, str):
        return SegmentEffect(lift, ci, None, None, None, f"of everybody else nothing is known: {one.outside}")
    elsewhere = float(one.outside.lift)
    differs: Literal["more", "less"] | None = None
    if p < asking.alpha:
        differs = "more" if lift > elsewhere else "less"
    return SegmentEffect(lift, ci, elsewhere, p, differs, None)


def _p_once(questions: Sequence[_Question], asking: _Asking, *, dimensions: int) -> float:
    """Of all variants the smallest, corrected for them too."""
    variants = list(dict.fromkeys(one.variant for one in questions))
    each = [
        heterogeneity(
            {one.of.value: one.inside for one in questions if one.variant == name and isinstance(one.inside, Effect)},
            alpha=asking.alpha,
            dimensions=dimensions * len(variants),
        ).p
        for name in variants
    ]
    return min(each, default=1.0)


def _metric(experiment: Experiment, name: str) -> Metric:
    for metric in experiment.plan.metrics:
        if metric.name == name:
            return metric
    names = ", ".join(metric.name for metric in experiment.plan.metrics)
    raise InputWrong(
        f"no metric {name[:64]!r} in the plan of {experiment.name}; expected one of {names}", field="metric"
    )
