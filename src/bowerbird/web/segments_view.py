"""Whether something changed alike for everybody, for people: a sentence, and a table for each thing known of them."""

from dataclasses import dataclass
from typing import Final

from bowerbird.experiments import BySegment
from bowerbird.experiments.by_segment import Dimension, Segment, SegmentEffect
from bowerbird.web.effects import lift_words, range_words
from bowerbird.web.listings import Tone
from bowerbird.web.words import count, plural

__all__ = ["DimensionTable", "SegmentLine", "SegmentsView", "segments_view"]


NOTHING_KNOWN: Final = (
    "Nothing parts the people in it: of all of them the same was known. Pass attributes with exposures, such as a"
    " region or a device, and see here for whom it differs."
)


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """What a variant changed for the people of a segment."""

    value: str
    variant: str  # empty where there is only one to tell of
    people: str
    change: str
    likely: str
    elsewhere: str
    verdict: str
    tone: Tone
    note: str


@dataclass(frozen=True, slots=True)
class DimensionTable:
    """Everybody, by one thing that was known of them."""

    title: str
    p: str
    lines: tuple[SegmentLine, ...]


@dataclass(frozen=True, slots=True)
class SegmentsView:
    """The panel; without tables the words say why."""

    words: tuple[str, ...]
    tables: tuple[DimensionTable, ...]
    note: str


def segments_view(found: BySegment) -> SegmentsView:
    """What is known of a metric by segment."""
    if found.dimensions is None:
        return SegmentsView((f"Nothing is told while the result is locked: {found.locked_because}.",), (), "")
    if found.reason is not None:
        return SegmentsView((f"Of {found.metric} nothing is told by parts: {found.reason}.",), (), "")
    if not found.dimensions:
        return SegmentsView((NOTHING_KNOWN,), (), "")
    return SegmentsView(_summary(found), tuple(_table(found, one) for one in found.dimensions), _note(found))


def _summary(found: BySegment) -> tuple[str, ...]:
    told = [
        f"{_title(one)}, {segment.value}: {variant} changes it by {_lift(found, effect.lift)}, and for everybody else"
        f" by {_lift(found, effect.elsewhere)}. That is surely {effect.differs}."
        for one in found.dimensions or ()
        for segment in one.segments
        for variant, effect in segment.effects.items()
        if effect.differs is not None
    ]
    if told:
        return tuple(told)
    if not found.asked:
        return ("There are too few people in each part of them to tell whether it is alike for all.",)
    asked = plural(found.asked, "comparison")
    return (f"Nothing says that it differs between people: {asked} of some with everybody else, and none is sure.",)


def _note(found: BySegment) -> str:
    note = (
        f"Everything is corrected for {plural(found.asked, 'comparison')}, and holds however often you look. The ranges"
        " hold all at once, so they are wider than the one of everybody. A difference between segments is a reason for"
        " another experiment, and none to ship to some by itself."
    )
    return (
        f"{note} {plural(found.left_out, 'person', 'people')} of rare kinds are left out." if found.left_out else note
    )


def _table(found: BySegment, one: Dimension) -> DimensionTable:
    lines = tuple(
        _line(found, segment, variant if len(segment.effects) > 1 else "", effect)
        for segment in one.segments
        for variant, effect in segment.effects.items()
    )
    return DimensionTable(_title(one), f"{one.p:.2g}", lines)


def _line(found: BySegment, segment: Segment, variant: str, effect: SegmentEffect) -> SegmentLine:
    verdict, tone = _verdict(effect)
    return SegmentLine(
        value=segment.value,
        variant=variant,
        people=count(sum(segment.people.values())),
        change=_lift(found, effect.lift),
        likely="" if effect.ci is None else _range(found, *effect.ci),
        elsewhere=_lift(found, effect.elsewhere),
        verdict=verdict,
        tone=tone,
        note=effect.reason or "",
    )


def _verdict(effect: SegmentEffect) -> tuple[str, Tone]:
    if effect.differs is not None:
        return f"surely {effect.differs}", "blue"
    return ("cannot be told", "") if effect.p is None else ("not known to differ", "")


def _title(one: Dimension) -> str:
    return {"met": "New here", "before": "Did it before", "attribute": one.name}[one.kind]


def _lift(found: BySegment, lift: float | None) -> str:
    if lift is None or found.measure == "relative":
        return lift_words(lift)
    return f"{lift:+.3g}".replace("-", "−")


def _range(found: BySegment, low: float, high: float) -> str:
    if found.measure == "relative":
        return range_words(low, high)
    return f"between {_lift(found, low)} and {_lift(found, high)}"
