"""Where pages differ on a thing: told with both sides and their dates, and only where they exclude each other."""

from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.answer import Dispute, disputes
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.nouns import Span
from bowerbird.knowledge import MentionText
from bowerbird.knowledge.entities import Candidate, Mention, Mentioned, store
from bowerbird.knowledge.relations import Evidence, Kind, Relation, Stated, Thing, relations_of
from bowerbird.knowledge.relations.find import MAX_EVIDENCE
from bowerbird.records import open_records
from bowerbird.records.tables import entities
from bowerbird.testing.builders import Library

ADA = Thing(1, "Ada Byron", "person")


def stated(kind: Kind, *values: tuple[str, int], subject: Thing = ADA) -> list[Relation]:
    """Each value with the page that states it, which was gathered then."""
    return [
        Relation(
            subject, kind, None, value, value, 0.9,
            (evidence(value, page, is_of_several=sum(page == other for _, other in values) > 1),), 1,
        )
        for value, page in values
    ]  # fmt: skip


def evidence(value: str, page: int, *, is_of_several: bool = False) -> Evidence:
    sentence = f"Ada Byron has the value {value}."
    at = Span(0, len(sentence))
    place = Span(sentence.index(value), sentence.index(value) + len(value))
    where = f"https://e.org/{page}", f"Page {page}"
    return Evidence(page, page, *where, float(page), sentence, at, Span(0, 9), place, "sentence", 0.9, is_of_several)


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
        ("price", [("10 EUR", 1), ("20 EUR", 1), ("30 EUR", 2)]),
    ],
)
def test_what_does_not_exclude_each_other_is_none(kind: Kind, values: list[tuple[str, int]]) -> None:
    assert disputes(1, [], stated(kind, *values)) == []


def test_a_page_that_lists_values_is_no_side_and_hides_none() -> None:
    """The others still differ."""
    found = disputes(1, [], stated("price", ("10 EUR", 1), ("20 EUR", 1), ("30 EUR", 2), ("40 EUR", 3)))
    assert sides(found) == [[("40 EUR", 3), ("30 EUR", 2)]]


def test_a_page_is_one_side_by_what_it_tells_most_exactly() -> None:
    """A year, and a day of it, on one page."""
    told = stated("born_on", ("1815", 1)) + stated("born_on", ("1815-12-10", 1), ("1816", 2))
    assert sides(disputes(1, [], told)) == [[("1816", 2), ("1815-12-10", 1)]]


def test_a_list_is_known_however_many_pages_state_its_first_value(records_url: str) -> None:
    """Also where it is none of the pages that are shown for that."""
    records = open_records(records_url)
    library = Library(records, ManualClock())
    source, text = library.source(), "Ada Byron: 1815, or 1816, or 1817."
    pages = [library.page(source, f"https://a.example/{number}", text) for number in range(MAX_EVIDENCE + 2)]
    whole, ada = Span(0, len(text)), Mention(0, 9, 0, len(text))

    def said(number: int, *years: str) -> Mentioned:
        stated = [
            Stated(
                "born_on", "ada byron", None, year, year, Span(0, 9), Span(text.index(year), text.index(year) + 4),
                whole, "sentence", "born", 0.9,
            )
            for year in years
        ]  # fmt: skip
        name = Candidate("ada byron", "Ada Byron", "person", (), (ada,))
        return Mentioned(source, pages[number].page, pages[number].version, [name], stated)

    *most, last = range(len(pages))
    keep = [*(said(number, "1815") for number in most), said(last, "1815", "1816")]
    records.write(lambda conn: store(conn, library.scope.workspace, keep, clock=library.clock))

    def differing(conn: sa.Connection) -> list[Dispute]:
        thing = conn.execute(sa.select(entities.c.id)).scalar_one()
        return disputes(thing, [], relations_of(conn, library.scope, thing, limit=50))

    assert records.read(differing) == []
    records.write(lambda conn: store(conn, library.scope.workspace, [said(last, "1816")], clock=library.clock))
    assert [len(each) for each in sides(records.read(differing))] == [2]
    records.close()


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
