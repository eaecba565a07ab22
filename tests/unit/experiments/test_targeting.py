"""Whom an experiment is for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bowerbird.experiments import Condition
from bowerbird.experiments.targeting import lets_in, lets_in_all_of

VALUES = st.one_of(st.booleans(), st.integers(-3, 3), st.sampled_from(["a", "b", "1", ""]), st.just(0.5))
NUMBERS = st.one_of(st.integers(-3, 3), st.floats(-3, 3))
CONDITIONS = st.one_of(
    st.builds(
        Condition,
        attribute=st.sampled_from(["x", "y"]),
        test=st.sampled_from(["one_of", "none_of"]),
        values=st.lists(VALUES, min_size=1, max_size=4).map(tuple),
    ),
    st.builds(
        Condition,
        attribute=st.sampled_from(["x", "y"]),
        test=st.sampled_from(["at_least", "at_most"]),
        values=NUMBERS.map(lambda one: (one,)),
    ),
    st.builds(Condition, attribute=st.sampled_from(["x", "y"]), test=st.sampled_from(["given", "missing"])),
)
ATTRIBUTES = st.dictionaries(st.sampled_from(["x", "y"]), st.one_of(VALUES, NUMBERS, st.none()))


@pytest.mark.parametrize(
    ("test", "values", "known", "holds"),
    [
        ("one_of", ("NZ", "AU"), "NZ", True),
        ("one_of", ("NZ", "AU"), "nz", False),
        ("one_of", (1,), True, False),
        ("one_of", (1,), 1.0, True),
        ("one_of", ("1",), 1, False),
        ("one_of", (True,), 1, False),
        ("none_of", ("NZ",), "AU", True),
        ("none_of", ("NZ",), None, False),
        ("at_least", (18,), 18, True),
        ("at_least", (18,), 17.9, False),
        ("at_least", (18,), "19", False),
        ("at_least", (0,), True, False),
        ("at_least", (0,), float("nan"), False),
        ("at_most", (18,), 18.0, True),
        ("at_most", (10**400,), 18.0, True),
        ("at_most", (18,), None, False),
        ("given", (), "", True),
        ("given", (), None, False),
        ("missing", (), None, True),
        ("missing", (), 0, False),
    ],
)
def test_a_condition_holds_for_what_is_known_and_of_that_type(
    test: Any, values: tuple[Any, ...], known: object, holds: bool
) -> None:
    """True is not 1, text is no number, and what is not known fulfils nothing but `missing`."""
    assert Condition(attribute="x", test=test, values=values).holds({"x": known}) is holds
    if known is None:
        assert Condition(attribute="x", test=test, values=values).holds({}) is holds


@given(st.lists(CONDITIONS, max_size=3), st.lists(CONDITIONS, max_size=3), ATTRIBUTES)
def test_what_is_said_to_let_in_all_of_them_does(
    new: list[Condition], old: list[Condition], attributes: dict[str, object]
) -> None:
    """Whoever the old conditions let in, the wider ones do; no condition lets in everybody."""
    if lets_in_all_of(new, old) and lets_in(old, attributes):
        assert lets_in(new, attributes)
    assert lets_in_all_of([], old)
    assert lets_in_all_of(old, old)


@pytest.mark.parametrize(
    ("given_to", "says"),
    [
        ({"attribute": "x", "test": "one_of"}, "one_of has 0 values; expected 1 to 200"),
        ({"attribute": "x", "test": "given", "values": [1]}, "given has 1 values; expected none"),
        ({"attribute": "x", "test": "at_least", "values": ["1"]}, "expected a finite number"),
        ({"attribute": "x", "test": "at_most", "values": [True]}, "expected a finite number"),
        ({"attribute": "x", "test": "one_of", "values": [float("inf")]}, "infinite"),
        ({"attribute": "", "test": "given"}, "at least 1 character"),
        ({"attribute": "x", "test": "like", "values": ["a"]}, "Input should be"),
        ({"attribute": "x", "test": "one_of", "values": [["a"]]}, "valid string"),
    ],
)
def test_a_condition_that_says_nothing_is_refused(given_to: dict[str, Any], says: str) -> None:
    """With what was expected."""
    with pytest.raises(ValidationError, match=says):
        Condition.model_validate(given_to)
