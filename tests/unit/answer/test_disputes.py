"""Where pages differ on a thing: told with both sides and their dates, and only where they exclude each other."""

from typing import Any

import pytest

from bowerbird.answer import Dispute, disputes
from bowerbird.kernel.nouns import Span
from bowerbird.knowledge import MentionText
from bowerbird.knowledge.relations import Evidence, Relation, Thing

ADA = Thing(1, "Ada Byron", "person")


def stated(kind: str, *values: tuple[str, int], subject: Thing = ADA) -> list[Relation]:
    """Each value with the page that states it, which was gathered then."""
    return [
        Relation(subject, kind, None, value, value, 0.9, (evidence(value, page),), 1) for value, page in values
    ]  # fmt: skip


def evidence(value: str, page: int) -> Evidence:
    sentence = f"Ada Byron has the value {value}."
    at = Span(0, len(sentence))
    place = Span(sentence.index(value), sentence.index(value) + len(value))
    where = f"https://e.org/{page}", f"Page {page}"
    return Evidence(page, page, *where, float(page), sentence, at, Span(0, 9), place, "sentence", 0.9)


def mention(sentence: str, page: int) -> MentionText:
    """A sentence that names the bridge at its start."""
    values: dict[str, Any] = {"version": page, "page": page, "url": f"https://e.org/{page}", "title": f"Page {page}"}
    return MentionText(
        **values, start=100, end=110, quote=sentence[:10], sentence_start=100, sentence_end=100 + len(sentence),
        sentence=sentence, defines=False, fetched_at=float(page),
    )  # fmt: skip


def sides(found: list[Dispute]) -> list[list[tuple[str, int]]]:
    return [[(side.value, side.page) for side in one.sides] for one in found]


def test_two_values_of_what_one_thing_has_once_are_a_conflict() -> None:
    """The newest side first."""
    found = disputes(1, [], stated("born_on", ("1815", 1), ("1816", 2)))
    assert [(one.subject, one.is_kind) for one in found] == [("born_on", True)]
    assert sides(found) == [[("1816", 2), ("1815", 1)]]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("born_on", [("1815", 1), ("1815-12-10", 2)]),  # a year, and a day of it
        ("author_of", [("Notes", 1), ("Letters", 2)]),  # one may have written both
        ("price", [("10 EUR", 1), ("20 EUR", 1)]),  # a list of what is sold
    ],
)
def test_what_does_not_exclude_each_other_is_none(kind: str, values: list[tuple[str, int]]) -> None:
    assert disputes(1, [], stated(kind, *values)) == []


def test_values_of_another_thing_are_none_of_it() -> None:
    """The entity may be what others were born in."""
    assert disputes(1, [], stated("population", ("1", 1), ("2", 2), subject=Thing(2, "Porlock", "place"))) == []


def test_sentences_that_differ_in_a_value_are_a_conflict() -> None:
    """With their places in the stored texts."""
    one = mention("The bridge over the river was built by the town in 1901.", 1)
    other = mention("The bridge over the river was built by the town in 1911.", 2)
    found = disputes(1, [one, other, mention("The bridge is painted green each spring by volunteers.", 3)], [])
    assert sides(found) == [[("", 2), ("", 1)]]
    side = found[0].sides[0]
    assert (side.text, side.span, side.at) == (other.sentence, Span(100, 100 + len(other.sentence)), 2.0)


def test_one_page_does_not_contradict_itself() -> None:
    one = mention("The bridge over the river was built by the town in 1901.", 1)
    other = mention("The bridge over the river was built by the town in 1911.", 1)
    assert disputes(1, [one, other], []) == []
