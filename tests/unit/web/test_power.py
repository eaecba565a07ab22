"""What is said beside the form of a plan: the curve's numbers, in words that fit them."""

from dataclasses import replace
from typing import Any

from bowerbird.experiments import Baseline, Metric, Point, Sizing, read
from bowerbird.web.power import days_words, percent, power_view

BASELINE = Baseline(5_000, 7.0, 0.1, 0.09, (1,) * 9)
SIZING = Sizing(
    8_000,
    12.0,
    8_000,
    tuple(Point(people, 200 / people, people / 500) for people in (100, 400, 1_600, 6_400, 25_600)),
    ((7, 3_500), (14, 7_000), (28, 90_000)),
)


def metric(**fields: Any) -> Metric:
    """Of who saved, unless it says otherwise."""
    return read(Metric, {"name": "m", "kinds": ["saved"]} | fields)


def sentences(sizing: Sizing | None = SIZING, baseline: Baseline = BASELINE, **fields: Any) -> tuple[str, ...]:
    """What is said of a plan to find 5 % with 80 %."""
    return power_view(metric(**fields), baseline, sizing, 0.05, 0.8).sentences


def test_it_says_how_many_people_and_how_long() -> None:
    """What is needed, what is now, and who comes."""
    assert sentences() == (
        "To find a change of 5 % with a chance of 80 %: 8,000 people, about 12 days.",
        "Now: 10 % of 5,000 people did it within 7 days.",
        "At this traffic about so many would be in: 3,500 within 7 days, 7,000 within 14 days, 90,000 within 28 days.",
    )


def test_what_is_now_is_said_as_the_metric_counts() -> None:
    """A person's mean, a ratio, a percentile."""
    at_most = replace(BASELINE, mean=42.5)
    assert sentences(of="count", baseline=at_most)[1] == "Now: 42.5 a person, of 5,000 people within 7 days."
    ratio = sentences(of="count", per=["shown"], baseline=at_most)[1]
    assert ratio == "Now: 42.5 each time, of 5,000 people within 7 days."
    assert sentences(of="sum", quantile=0.9, baseline=at_most)[1] == (
        "Now: 90 % of 5,000 people have at most 42.5 within 7 days."
    )


def test_what_cannot_be_said_is_said_to_be_so() -> None:
    """Nobody here, nobody who differs, no number of people, more than come."""
    assert "Nobody did anything here lately" in sentences(baseline=replace(BASELINE, people=0))[0]
    assert "all did the same of this" in sentences(None)[0]
    assert (
        sentences(replace(SIZING, needed=None))[0] == "No number of people finds a change of 5 %: plan for another one."
    )
    assert "more people are needed than come here" in sentences(replace(SIZING, days=None))[0]


def test_the_plot_has_the_target_and_the_days_on_its_axis() -> None:
    """And the table the same points; days that lie beyond the curve, or bring nobody more, have no rule."""
    nobody_more = power_view(metric(), BASELINE, replace(SIZING, within=((7, 3_500), (14, 3_500))), 0.05, 0.8).plot
    assert nobody_more is not None
    assert [one.words for one in nobody_more.rules] == ["5 %: what matters", "7 days"]
    view = power_view(metric(), BASELINE, SIZING, 0.05, 0.8)
    assert view.plot is not None
    assert [(one.name, one.words) for one in view.plot.rules] == [
        ("target", "5 %: what matters"), ("faint", "7 days"), ("faint", "14 days")
    ]  # fmt: skip
    assert [(one.people, one.effect, one.days) for one in view.rows][:2] == [
        ("100", "200 %", "1 day"), ("400", "50 %", "1 day")
    ]  # fmt: skip
    assert view.plot.strokes[0].d.startswith("M0 ")
    assert "25,600 people find 0.78 %" in view.plot.words
    assert power_view(metric(), BASELINE, replace(SIZING, curve=SIZING.curve[:1]), 0.05, 0.8).plot is None


def test_numbers_are_said_with_the_digits_that_count() -> None:
    """Percent to two of them, days as days, and too many as more than people wait for."""
    assert [percent(share) for share in (0.05, 0.123456, 12, 0.00031)] == ["5 %", "12 %", "1,200 %", "0.031 %"]
    assert [days_words(days) for days in (0.2, 1, 13.6, 800, None)] == [
        "1 day", "1 day", "14 days", "more than two years", "more people than come"
    ]  # fmt: skip
