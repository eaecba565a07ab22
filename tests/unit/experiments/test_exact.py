"""Sums that are kept lose nothing, whatever comes and goes."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from bowerbird.experiments.exact import add, rounded

NUMBERS = st.lists(st.floats(allow_nan=False, min_value=-1e150, max_value=1e150), max_size=30)


@given(NUMBERS, st.integers(0, 30))
def test_parts_add_up_to_exactly_the_terms(terms: list[float], cut: int) -> None:
    """Also when they came in two turns; the first part is the sum, rounded once."""
    parts = add([*add(terms[:cut]), *terms[cut:]])

    assert sum(map(Fraction, parts), Fraction(0)) == sum(map(Fraction, terms), Fraction(0))
    assert rounded(parts) == float(sum(map(Fraction, terms), Fraction(0)))
    assert parts == add(terms)


@given(NUMBERS, NUMBERS)
def test_what_is_taken_away_again_leaves_nothing(stay: list[float], go: list[float]) -> None:
    """However large it was beside what stays."""
    assert add([*add([*stay, *go]), *(-one for one in go)]) == add(stay)


def test_nothing_is_no_parts() -> None:
    """And 0 as a number."""
    assert (add([]), add([1.5, -1.5]), rounded(())) == ((), (), 0.0)
