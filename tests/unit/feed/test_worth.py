"""Which sentence stands for a page, and how good an item is."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bowerbird.feed.worth import HEAD_CHARS, KeySentence, key_sentence, quality
from bowerbird.kernel.nouns import Span

SAYS = "The tower is 330 metres high and was built in 1889."


def quoted(text: str, language: str = "en") -> str:
    return key_sentence(text, language).span.of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"# The tower\n\n{SAYS} It stands.", SAYS),
        (f"# The tower\n\nHow high is the tower that was built here, then?\n\n{SAYS}", SAYS),
        (f"Home\n\nShort.\n\n{SAYS}", SAYS),
        (f"{'Very long ' * 40}it is.\n\n{SAYS}", SAYS),
        (f"- an item of the list that is long enough to be a sentence.\n\n{SAYS}", SAYS),
    ],
)
def test_it_is_the_first_sentence_that_says_something(text: str, expected: str) -> None:
    """Headings, questions, fragments, items and what has no end are passed over while there is a statement."""
    key = key_sentence(text, "en")
    assert (key.span.of(text), key.is_statement) == (expected, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Prices\n\n- From $9", "- From $9"),
        ("# Prices\n\nShort.", "Short."),
        ("# Prices", "# Prices"),
        ("", ""),
    ],
)
def test_without_a_statement_it_is_the_first_stretch(text: str, expected: str) -> None:
    """A page of a list is shown by its first item, one of headings by the first; nothing is made up."""
    key = key_sentence(text, "en")
    assert (key.span.of(text), key.is_statement) == (expected, False)


def test_a_sentence_that_the_head_cuts_is_no_statement() -> None:
    """What goes on behind the part that is looked at is not shown as whole."""
    text = ("word " * HEAD_CHARS)[: HEAD_CHARS - 60] + ".\n\n" + f"It says {'a' * 60}."
    assert not key_sentence(text[:HEAD_CHARS], "en").is_statement


def test_chinese_sentences_are_shorter() -> None:
    """Signs that say as much as several letters count for more."""
    text = "园丁鸟收集蓝色的东西，把它们排列在凉亭前面。"
    assert key_sentence(text, "zh").is_statement


@given(st.text(max_size=400), st.sampled_from(["", "en", "de", "ja", "fr"]))
@example("# \n\n \n", "en")
def test_it_is_always_a_place_in_the_text(text: str, language: str) -> None:
    """Whatever is written, the quote is a stretch of it that can be cited."""
    span = key_sentence(text, language).span
    assert 0 <= span.start <= span.end <= len(text)
    assert span.of(text).strip() == span.of(text) or not span.of(text).strip()


STATEMENT, NONE = KeySentence(Span(0, 50), is_statement=True), KeySentence(Span(0, 0), is_statement=False)


@pytest.mark.parametrize(("stated", "expected"), [(0.7, 0.7), (0, 0.0), (7.5, 1.0), (-1, 0.0), (1, 1.0)])
def test_a_stated_quality_is_kept_within_its_bounds(stated: float, expected: float) -> None:
    """From 0 to 1 as it is, beyond that the bound."""
    assert quality({"quality": stated}, "", chars=0, is_dated=False, key=NONE) == expected


@pytest.mark.parametrize("stated", [None, "good", True, math.nan, math.inf])
def test_what_is_no_number_is_no_quality(stated: object) -> None:
    """The rule decides then."""
    assert quality({"quality": stated}, "", chars=4_000, is_dated=True, key=NONE) == 0.5


def test_the_rule_adds_up_to_one() -> None:
    """A long, dated, described page with headings and a statement has all of it; an empty one nothing."""
    head = "# a\n\n# b\n\n# c\n\n# d\n\nx"
    everything = {"author": "A", "image": "https://a.example/i.png", "category": "c", "tags": ["t"]}
    assert quality(everything, head, chars=9_999, is_dated=True, key=STATEMENT) == 1.0
    assert quality({}, "", chars=0, is_dated=False, key=NONE) == 0.0
