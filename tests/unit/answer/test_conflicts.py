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
    found = disagreements(pool[:1], pool)
    assert [(each.subject, each.one.passage.page, each.other.passage.page) for each in found] == [
        ("Riverbank data set holds", 1, 2)
    ]


@pytest.mark.parametrize(
    ("one", "other", "subject"),
    [
        ("The bridge was opened in March 1932.", "In March 1934 the bridge was opened.", "bridge opened March"),
        ("The tower at Ulm is 161 m high.", "The tower at Ulm is 161 feet high.", "tower Ulm 161"),
        ("The hall was built by Ada Byron in 1901.", "The hall was built by Max Frisch in 1901.", "hall built"),
        ("The old bridge is open to cars.", "The old bridge is not open to cars.", "old bridge open cars"),
        ("Sales rose by 4 percent in 2011.", "In 2011, sales fell by 4%.", "Sales"),
        ("Twelve boats sank near the old harbour.", "14 boats sank near the old harbour.", "boats sank near old"),
        ("The lake (once salt) is 9 km long.", "The lake is 12 km long.", "lake salt"),
    ],
)
def test_one_value_in_the_place_of_another_disagrees(one: str, other: str, subject: str) -> None:
    """Dates, units, names, denials and directions, wherever in the sentence they stand."""
    pool = sentences_of(one, other)
    assert [each.subject for each in disagreements(pool[:1], pool)] == [subject]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The lake is 12 km long.", "The lake is 12,000 metres long."),
        ("On 5 May 2020 the bridge was opened.", "The bridge was opened on 2020-05-05."),
        ("The red boat carries 12 crates of tea.", "The blue boat carries 14 crates of tea."),
        ("Warsaw has 12 theatres in its old town.", "The town of Cracow has 14 theatres in its old town."),
        ("Apollo 11 carried three people to the Moon.", "Apollo 12 carried three people to the Moon."),
        ("In May 1974, 20% of the stations had no fuel.", "In May 1962, 16% of the stations had no fuel."),
        (
            "The property of being prime (or not) is called primality.",
            "The property of being prime is called primality.",
        ),
        ("The data set holds 1,000 images of birds.", "The data set holds 1000 images of birds."),
        ("In 2017 the service had 67 million active users.", "In 2021 the service had 132 million active users."),
        ("The first data set holds 12 images of birds.", "The kitchen holds 14 images of saints."),
        ("The data set holds 12 images of birds.", "The data set holds 24 species of birds."),
        ("Chapter 3 speaks of decision trees and forests.", "Chapter 4 speaks of decision trees and forests."),
    ],
)
def test_no_false_alarm(one: str, other: str) -> None:
    """Other spellings, other years, other things, other units and mere numbers of things are no conflict."""
    pool = sentences_of(one, other)
    assert disagreements(pool, pool) == []


def test_one_page_does_not_disagree_with_itself() -> None:
    """Two values on a page are for its author to explain."""
    text = "The big data set holds 12 images of birds. The big data set holds 14 images of birds."
    pool = sentences_of(text)
    assert disagreements(pool, pool) == []
