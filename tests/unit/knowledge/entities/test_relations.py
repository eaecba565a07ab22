"""What sentences state outright."""

import pytest

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities.relations import is_definition, kind_of


def _span(sentence: str, words: str) -> Span:
    start = sentence.index(words)
    return Span(start, start + len(words))


@pytest.mark.parametrize(
    ("sentence", "name", "other", "expected"),
    [
        ("A random forest is an ensemble method that grows trees.", "random forest", "ensemble method", True),
        ("Random forests are ensemble methods.", "Random forests", "ensemble methods", True),
        ("K-means is a type of clustering algorithm.", "K-means", "clustering algorithm", True),
        ("A random forest is a collection of decision trees.", "random forest", "decision trees", False),
        ("We saw that a random forest is an ensemble method.", "random forest", "ensemble method", False),
        ("A random forest is slow, unlike a decision tree.", "random forest", "decision tree", False),
    ],
)
def test_kind_is_the_head_of_what_a_defining_sentence_says(
    sentence: str, name: str, other: str, expected: bool
) -> None:
    """Only a sentence that opens with the name, and only the noun that ends the phrase after "is a"."""
    found = kind_of(sentence, _span(sentence, name), [_span(sentence, other)])
    assert (found == _span(sentence, other)) is expected


def test_definition_opens_with_the_name() -> None:
    """A name in the middle is being used, not defined."""
    sentences = ["A tree is a model.", "Here a tree is a model."]
    assert [is_definition(sentence, _span(sentence, "tree")) for sentence in sentences] == [True, False]
