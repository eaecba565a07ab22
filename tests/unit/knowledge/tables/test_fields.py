"""What a goal asks for, and when a label names a field."""

import pytest

from bowerbird.kernel.errors import InputWrong
from bowerbird.knowledge.tables import Field, Goal, read_fields, read_goal
from bowerbird.knowledge.tables.fields import MAX_FIELDS, check_fields, likeness

PHOTOGRAPHERS = (Field("name"), Field("city", "place"), Field("price from", "amount"), Field("styles"))


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("photographers: name, city, price from, styles", Goal("photographers", PHOTOGRAPHERS)),
        ("Find all settings with their type and default", Goal("settings", read_fields("name, type, default"))),
        ("the type and default of every setting", Goal("setting", read_fields("name, type, default"))),
        ("films: title, born (text)", Goal("films", (Field("title"), Field("born", "text")))),
        ("everything about conferences", Goal("conferences", ())),
    ],
)
def test_a_goal_is_read(text: str, goal: Goal) -> None:
    assert read_goal(text) == goal


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 501, "a\x07b", ": \x00, y"])
def test_a_goal_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputWrong):
        read_goal(text)


def test_a_thousand_fields_are_refused() -> None:
    with pytest.raises(InputWrong, match=rf"1,000 fields, expected at most {MAX_FIELDS}"):
        check_fields([Field(f"f{number}") for number in range(1_000)])


def test_a_field_of_ten_kilobytes_is_refused() -> None:
    with pytest.raises(InputWrong, match="expected 1 to 60"):
        check_fields([Field("x" * 10_000)])
    with pytest.raises(InputWrong):
        read_fields("x" * 10_000)


def test_of_fields_called_the_same_the_first_stays() -> None:
    assert read_fields("Name, name, NAME, city") == (Field("Name"), Field("city", "place"))


@pytest.mark.parametrize(
    ("field", "label", "is_alike"),
    [
        ("price from", "Cost", True),
        ("price", "price", True),
        ("minimum size", "Minimum size in bytes", True),
        ("cities", "Town", True),
        ("size", "Standard size", True),
        ("born", "Styles", False),
        ("name", "Description", False),
        ("default", "", False),
    ],
)
def test_labels_name_fields(field: str, label: str, *, is_alike: bool) -> None:
    assert (likeness(field, label) >= 0.5) is is_alike
