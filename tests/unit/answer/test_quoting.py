"""Quotes looked up in their passages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowerbird.answer.quoting import elided, find_quote, nearest_sentence, opened

TEXT = "Trees are cut.\n\nThe **tower** is 324 metres tall — it was “finished” in 1889.  Nobody lives\nin it today."


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Trees are cut.", "Trees are cut."),
        ("Nobody lives in it today.", "Nobody lives\nin it today."),
        ('tall - it was "finished" in 1889', "tall — it was “finished” in 1889"),
        ('"Trees are cut."', "Trees are cut."),
        ("  Trees\n are   cut", "Trees are cut"),
    ],
)
def test_white_space_quotation_marks_and_dashes_make_no_difference(quote: str, found: str) -> None:
    """The span is that of the text, in its own characters."""
    span = find_quote(TEXT, quote)
    assert span is not None
    assert span.of(TEXT) == found


@pytest.mark.parametrize("quote", ["Trees are not cut.", "trees are cut", "", "  ", "The tower is 325 metres tall"])
def test_other_words_are_not_found(quote: str) -> None:
    """Nor nothing."""
    assert find_quote(TEXT, quote) is None


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("The tower is 324 metres tall, it was finished in 1889.", "The **tower** is 324 metres"),
        ("nobody lives in it today", "Nobody lives"),
        ("Nobody at all has ever lived in that tower", None),
        ("The tower is 330 metres tall, it was finished in 1899.", None),
        ("…", None),
    ],
)
def test_the_sentence_that_was_meant_has_nine_tenths_of_the_words(quote: str, found: str | None) -> None:
    """Two of eleven words that differ are too many."""
    span = nearest_sentence(TEXT, quote)
    assert (span is None) == (found is None)
    if span is not None and found is not None:
        assert span.of(TEXT).startswith(found)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ('The **tower** is … "finished" in 1889.', "The **tower** is 324 metres tall — it was “finished” in 1889."),
        ("is 324 metres [...] was 'finished' in", None),  # other marks of quotation
        ('is 324 metres ... was "finished" in', "is 324 metres tall — it was “finished” in"),
        ("The **tower** is … in it today.", None),  # another sentence's end
        ("it was “finished” … 324 metres tall", None),  # the wrong way round
        ("The … 1889.", None),  # it could be any sentence
        ("The **tower** is … 330 metres tall", None),
        ("Trees are cut.", None),
        ("…", None),
    ],
)
def test_a_quote_with_its_middle_left_out_is_found_in_one_sentence(quote: str, found: str | None) -> None:
    """By both ends, of three words at least."""
    span = elided(TEXT, quote)
    assert (None if span is None else span.of(TEXT)) == found


@pytest.mark.parametrize(
    ("quote", "claim", "found"),
    [
        ("Trees are cut …", "", "- Trees are cut."),
        ("The tower is 324 metres …", "", "The tower is 324 metres tall — it was “finished” in 1889."),
        ("Nobody lives in it …", "", "Nobody lives\nin it today."),
        ("it was finished in …", "", None),
        ("The tower is 32 …", "", None),
        ("Nobody lives …", "", None),
        ("Nobody lives in it", "", None),
        ("It is said to …", "It is said to be old.", "It is said to be old."),
        ("It is said to …", "It is said to be beautiful.", "It is said to be beautiful."),
    ],
    ids=[
        "list mark",
        "beginning",
        "white space",
        "no beginning",
        "half a word",
        "two words",
        "nothing left out",
        "the first",
        "the second",
    ],
)
def test_a_quote_of_which_the_end_is_left_out_is_the_sentence_that_begins_so(
    quote: str, claim: str, found: str | None
) -> None:
    """By three words at least; of sentences that begin alike it is the one that says what is claimed."""
    text = f"- {TEXT.replace('**', '')}\n\nIt is said to be old. It is said to be beautiful."
    span = opened(text, quote, claim)
    assert (None if span is None else span.of(text)) == found


@given(st.text("ab .’\n\u00a0", max_size=80), st.integers(0, 80), st.integers(0, 80))
def test_whatever_stands_in_a_text_is_found_in_it_word_for_word(text: str, one: int, other: int) -> None:
    """By any stretch of it, however its white space was changed."""
    stretch = text[min(one, other) : max(one, other)]
    words = stretch.replace("\u00a0", " ").split()
    span = find_quote(text, "  ".join(words))
    if not words:
        assert span is None
    else:
        assert span is not None
        assert span.of(text).replace("\u00a0", " ").split() == words
