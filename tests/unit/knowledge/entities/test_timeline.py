"""How what is said of an entity changed: first, otherwise, no more; only on pages that the asker may see."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge.entities import Change, changes_of
from bowerbird.records import open_records
from bowerbird.records.tables import mentions, pages, versions
from bowerbird.testing.builders import Library
from tests.naming import ids_of, name_page

URL = "https://docs.example.org/a"


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Empty records."""
    records = open_records(records_url)
    yield Library(records, ManualClock())
    records.close()


def told(library: Library, name: str = "oak", *, limit: int = 20) -> list[Change]:
    entity = ids_of(library)[name]
    return library.records.read(lambda conn: changes_of(conn, library.scope, entity, [name], limit=limit))


def words(change: Change) -> list[tuple[str, str]]:
    return [(was.text if was else "", now.text if now else "") for was, now in change.pairs]


def test_a_page_says_it_first_then_otherwise_then_no_more(library: Library) -> None:
    """The newest first, each with the sentences that differ and the version that shows it."""
    source = library.source()
    first = name_page(library, source, URL, [["oak", "elm"], ["ash"]])
    second = name_page(library, source, URL, [["oak", "elms"], ["ash"]])
    name_page(library, source, URL, [["ash"]])
    found = told(library)
    assert [change.kind for change in found] == ["dropped", "changed", "first"]
    assert [change.version for change in found] == [second.version, second.version, first.version]
    assert words(found[1]) == [("Here are oak and elm.", "Here are oak and elms.")]
    assert words(found[0]) == [("Here are oak and elms.", "")]
    assert [change.at for change in found] == sorted((change.at for change in found), reverse=True)
    text = library.records.read(
        lambda conn: conn.execute(sa.select(versions.c.text).where(versions.c.id == second.version)).scalar_one()
    )
    now = found[1].pairs[0][1]
    assert now is not None
    assert now.span.of(text) == now.text


def test_what_changed_elsewhere_on_the_page_is_no_change_of_it(library: Library) -> None:
    source = library.source()
    name_page(library, source, URL, [["oak"], ["ash"]])
    name_page(library, source, URL, [["oak"], ["fir"]])
    assert [change.kind for change in told(library)] == ["first"]


def test_a_page_that_is_gone_says_it_no_more(library: Library) -> None:
    source = library.source()
    name_page(library, source, URL, [["oak"]])
    library.records.write(lambda conn: conn.execute(sa.update(pages).values(state="gone", checked_at=2e9)))
    assert [(change.kind, change.at) for change in told(library)] == [("gone", 2e9), ("first", library.clock.now_s())]


def test_it_may_be_said_again(library: Library) -> None:
    source = library.source()
    for sentences in ([["oak"]], [["ash"]], [["oak"]]):
        name_page(library, source, URL, sentences)
    assert [change.kind for change in told(library)] == ["first", "dropped", "first"]


def test_nothing_of_a_page_that_the_asker_may_not_see(library: Library) -> None:
    theirs = library.source("https://private.example.org/", person=library.person("somebody"))
    name_page(library, library.source(), URL, [["oak"]])
    name_page(library, theirs, "https://private.example.org/b", [["oak", "secret"]])
    name_page(library, theirs, "https://private.example.org/b", [["oak"]])
    assert [(change.kind, change.url) for change in told(library)] == [("first", URL)]


def test_no_more_than_asked_for(library: Library) -> None:
    source = library.source()
    for number in range(5):
        name_page(library, source, f"{URL}{number}", [["oak"]])
    assert [change.url for change in told(library, limit=2)] == [f"{URL}4", f"{URL}3"]


def test_of_what_a_page_names_no_more_one_place_stays(library: Library) -> None:
    """Of the last version that named it, however often the page is read after that; named again, none."""
    source = library.source()
    name_page(library, source, URL, [["oak"], ["oak"]])
    second = name_page(library, source, URL, [["oak"], ["oak", "elm"]])
    name_page(library, source, URL, [["ash"]])
    name_page(library, source, URL, [["fir"]])
    oak = ids_of(library)["oak"]

    def kept(conn: sa.Connection) -> list[int]:
        return list(conn.execute(sa.select(mentions.c.version).where(mentions.c.named == oak)).scalars())

    assert library.records.read(kept) == [second.version]
    last = name_page(library, source, URL, [["oak"]])
    assert library.records.read(kept) == [last.version]
