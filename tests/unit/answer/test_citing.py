"""Citation recall and precision as ALCE counts them, on answers small enough to count by hand."""

from collections.abc import Sequence

import pytest

from bowerbird.answer.citing import CitationScores, Cited, citation_scores, supported_in_full


def supports(sentence: str, texts: Sequence[str]) -> bool:
    """A sentence is a set of letters here, and its texts support it when they have them all."""
    return set(sentence) <= set("".join(texts))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param([Cited("ab", ("ab",))], (1, 1, 1, 1), id="one that supports"),
        pytest.param([Cited("ab", ("ax",))], (0, 1, 0, 1), id="one that does not"),
        pytest.param([Cited("ab", ("a", "b"))], (1, 1, 2, 2), id="two that do it together"),
        pytest.param([Cited("ab", ("ab", "ab"))], (1, 1, 2, 2), id="two that do it each"),
        pytest.param([Cited("ab", ("ab", "c"))], (1, 1, 1, 2), id="one too many"),
        pytest.param([Cited("ab", ("a", "c"))], (0, 1, 0, 2), id="no precision without support"),
        pytest.param([Cited("ab", ()), Cited("a", ("a",))], (1, 2, 1, 1), id="a sentence without a citation"),
        pytest.param([], (0, 0, 0, 0), id="nothing"),
    ],
)
def test_what_is_counted(answer: list[Cited], expected: tuple[int, int, int, int]) -> None:
    """Supported of sentences, to the point of citations."""
    assert citation_scores(answer, supports) == CitationScores(*expected)


def test_shares_of_nothing_are_unknown() -> None:
    """Not 0 and not 1."""
    nothing = citation_scores([], supports)
    assert (nothing.recall, nothing.precision) == (None, None)


def test_a_sentence_that_leans_on_another_is_not_supported_by_its_own_words_alone() -> None:
    """Both quotes have a part in it then, and neither is beside the point."""
    own, before = "It was built of iron in 1901.", "The bridge crosses the river."
    assert not supported_in_full(own, [own])
    assert supported_in_full(own, [own, before])
    assert supported_in_full(own, [f"{before} {own}"])
    assert citation_scores([Cited(own, (own, before))], supported_in_full) == CitationScores(1, 1, 2, 2)


def test_a_sentence_that_names_its_subject_needs_nothing_beside_it() -> None:
    """What else it cites is beside the point."""
    own, before = "The bridge was built of iron in 1901.", "The bridge crosses the river."
    assert citation_scores([Cited(own, (own, before))], supported_in_full) == CitationScores(1, 1, 1, 2)


def test_a_sentence_that_ends_in_a_colon_is_not_supported_without_what_it_announces() -> None:
    """And one that leans on another, too, needs both."""
    own, code, before = "The following opens it:", "open()", "The bridge is closed at night."
    assert not supported_in_full(own, [own])
    assert supported_in_full(own, [own, code])
    leaning = "After this, builders paint the iron so:"
    assert not supported_in_full(leaning, [leaning, code])
    assert citation_scores([Cited(leaning, (leaning, before, code))], supported_in_full) == CitationScores(1, 1, 3, 3)
