"""Rows that a request asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowerbird.knowledge.tables import CellText, RowText, narrow, read_goal

GOAL = read_goal("wedding photographers: name, city, style, price from")


def row(**said: str) -> RowText:
    """A row whose cells say this."""
    cells = {
        name.replace("_", " "): CellText(
            quote=words,
            version=1,
            page=1,
            start=0,
            end=len(words),
            url="",
            title="",
            how="table",
            mark="",
            was="",
            others=(),
        )
        for name, words in said.items()
    }
    return RowText(said["name"].casefold(), "", cells)


ROWS = [
    row(name="Aroha", city="Melbourne", style="film, documentary", price_from="$2,400"),
    row(name="Bea", city="Melbourne", style="digital", price_from="$1,950"),
    row(name="Cleo", city="Melbourne", style="film", price_from="from $3,000 a day"),
    row(name="Dot", city="Sydney", style="film", price_from="2600 AUD"),
    row(name="Eve", city="Melbourne", style="film"),
]


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ("film photographers in Melbourne under $3,000", ["Aroha"]),
        ("Film photographer, Melbourne, up to $3,000?", ["Aroha", "Cleo"]),
        ("which wedding photographers are in Melbourne", ["Aroha", "Bea", "Cleo", "Eve"]),
        ("film at least A$2,600", ["Cleo", "Dot"]),
        ("more than $1,000 and less than 2500 dollars", ["Aroha", "Bea"]),
        ("price below $2,000", ["Bea"]),
        ("film photographers in Perth", []),
        ("", ["Aroha", "Bea", "Cleo", "Dot", "Eve"]),
    ],
)
def test_words_and_limits(request_: str, names: list[str]) -> None:
    """A row has every word and keeps every limit; what lacks an amount keeps none, and the goal's words ask nothing."""
    assert [found.cells["name"].quote for found in narrow(request_, GOAL, ROWS)] == names


@given(limit=st.integers(0, 10_000))
def test_a_limit_parts_the_rows_that_have_an_amount(limit: int) -> None:
    """`under` and `at least` the same amount share no row, and leave out none that has one."""
    under, rest = (narrow(f"{how} ${limit:,}", GOAL, ROWS) for how in ("under", "at least"))
    names = [found.cells["name"].quote for found in (*under, *rest)]
    assert sorted(names) == ["Aroha", "Bea", "Cleo", "Dot"]
