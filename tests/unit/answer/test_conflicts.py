"""Pages that differ in a value."""

import pytest

from bowerbird.answer.conflicts import disagreements
from tests.unit.answer.builders import sentences_of


def test_same_words_with_another_number_disagree() -> None:
    """The subject is what stands before the value."""
    pool = sentences_of(
        "The Riverbank data set holds 15,900 images of 24 species of birds, taken by nine cameras.",
        "The Riverbank data set holds 12,400 images of 24 species of birds, taken by six cameras.",
    )
    found = disagreements(pool)
    assert [(each.subject, each.one.passage.page, each.other.passage.page) for each in found] == [
        ("Riverbank data set holds", 1, 2)
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The data set holds 1,000 images of birds.", "The data set holds 1000 images of birds."),
        ("In 2017 the service had 67 million active users.", "In 2021 the service had 132 million active users."),
        ("The first data set holds 12 images of birds.", "The kitchen holds 14 images of saints."),
        ("The data set holds 12 images of birds.", "The data set holds 24 species of birds."),
        ("Chapter 3 speaks of decision trees and forests.", "Chapter 4 speaks of decision trees and forests."),
    ],
)
def test_no_false_alarm(one: str, other: str) -> None:
    """Other spellings, other years, other things, other units and mere numbers of things are no conflict."""
    assert disagreements(sentences_of(one, other)) == []


def test_one_page_does_not_disagree_with_itself() -> None:
    """Two values on a page are for its author to explain."""
    text = "The big data set holds 12 images of birds. The big data set holds 14 images of birds."
    assert disagreements(sentences_of(text)) == []
