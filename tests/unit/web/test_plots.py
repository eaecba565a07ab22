"""Plots: what is drawn is where its numbers are."""

from hypothesis import given
from hypothesis import strategies as st

from bowerbird.web.plots import Axis, band, line

NUMBERS = st.floats(1e-6, 1e9)


def test_a_value_is_at_its_share_of_the_way() -> None:
    """On an even axis, on a logarithmic one; beyond the ends at the ends, and in the middle of no length."""
    assert [Axis(10, 20).at(value) for value in (10, 12.5, 20, 5, 99)] == [0, 25, 100, 0, 100]
    assert [Axis(1, 100, is_log=True).at(value) for value in (1, 10, 100, 0, -3)] == [0, 50, 100, 0, 0]
    assert Axis(3, 3).at(3) == 50
    assert [Axis(1, 2).holds(value) for value in (0.9, 1, 2, 2.1)] == [False, True, True, False]


@given(NUMBERS, NUMBERS, st.booleans())
def test_ticks_are_few_and_on_the_axis(one: float, other: float, is_log: bool) -> None:
    """Round numbers in their order."""
    axis = Axis(min(one, other), max(one, other) * 1.001, is_log=is_log)
    values = axis.values()
    assert len(values) <= 8
    assert values == sorted(set(values))
    assert all(axis.low * (1 - 1e-9) - 1e-9 <= value <= axis.high * (1 + 1e-9) for value in values)


def test_ticks_are_round() -> None:
    """As people count."""
    assert Axis(0, 100).values() == [0, 20, 40, 60, 80, 100]
    assert Axis(-0.05, 0.04).values() == [-0.04, -0.02, 0, 0.02, 0.04]
    assert Axis(40, 1_000, is_log=True).values() == [50, 100, 200, 500, 1_000]
    assert Axis(1, 1e9, is_log=True).values() == [1, 100, 1e4, 1e6, 1e8]
    assert Axis(7, 7).values() == [7]


def test_an_axis_that_goes_up_counts_from_below() -> None:
    """Its largest is at the top, which is 0 %."""
    assert [(one.percent, one.words) for one in Axis(0, 10).ticks("{:g}".format, is_up=True)] == [
        (100 - 10 * value, f"{value:g}") for value in (0, 2, 4, 6, 8, 10)
    ]


def test_lines_and_bands_go_through_their_points() -> None:
    """From the lower left; a band goes there along its upper ends and back along the lower ones, and is closed."""
    x, y = Axis(0, 10), Axis(0, 1)
    assert line("curve", [(0, 0), (5, 0.5), (10, 1)], x, y).d == "M0 100L50 50L100 0"
    assert band("interval", [(0, 0.2, 0.8), (10, 0.4, 0.6)], x, y).d == "M0 20L100 40L100 60L0 80Z"
    assert line("curve", [(0, 0)], x, y).name == "curve"
