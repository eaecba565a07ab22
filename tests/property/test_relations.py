"""Laws of what pages state: each has its words in the text, is about what the page names, and is told once."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bowerbird.knowledge.relations import read_page
from bowerbird.knowledge.relations.values import amount_of, date_of

_PIECES = st.sampled_from([
    "Ada Byron", "Acme Corporation", "Portland", "France", "random forest", "ensemble method", " was born in ", " on ",
    "23 June 1912", "1987", " was founded in ", " by ", " is a ", " is an ", " company", " is the capital of ", " (",
    ")", " – ", ", ", ". ", "\n", "\n\n", "# ", "- ", " | ", "Founded | ", "name: ", "type: Person\n", "price: 3 AUD\n",
    "$3,000", " costs ", " has a population of ", "3 million", " not ", "“", "”", "?", "é", "\x00", "the director of ",
    "’s CEO ",
])  # fmt: skip


@given(st.lists(_PIECES, max_size=40).map("".join) | st.text(max_size=300))
def test_what_is_stated_is_where_it_says(text: str) -> None:
    """Whatever the page is: the value is the text's, the subject and the sentence are places in it."""
    page = read_page(text, "Ada Byron")
    named = {candidate.key for candidate in page.candidates}
    for one in page.stated:
        assert text[one.value_at.start : one.value_at.end] == one.value != ""
        assert {one.subject, one.target or one.subject} <= named
        for at in (one.subject_at, one.sentence):
            assert 0 <= at.start < at.end <= len(text)
        assert 0 < one.confidence < 1
    same = [(one.kind, one.subject, one.target, one.normal) for one in page.stated]
    assert len(same) == len(set(same))


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_date_is_itself_however_it_is_written(day: date) -> None:
    """Day first, month first, short months, and ISO."""
    month = day.strftime("%B")
    written = [f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}", f"{day.day} {month[:3]} {day.year}"]
    assert {date_of(one) for one in written} | {date_of(day.isoformat())} == {day.isoformat()}


@given(st.integers(0, 10**12))
def test_an_amount_is_itself_however_it_is_written(amount: int) -> None:
    """With commas or without, the currency before or behind."""
    written = [f"{amount} AUD", f"{amount:,} AUD", f"A${amount:,}", f"A$ {amount}"]
    assert {amount_of(one) for one in written} == {f"{amount} AUD"}
