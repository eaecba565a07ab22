"""How what is said of an entity changed: first, otherwise, no more; only on pages that the asker may see."""

import gc
import sys
import tracemalloc
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge.entities import Change, changes_of
from bowerbird.records import open_records
from bowerbird.records.tables import mentions, pages, versions
from bowerbird.testing.builders import Library, Stored
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


def calls(library: Library, name: str) -> int:
    """How many functions are called to tell how it changed."""
    counted = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        told(library, name)
    finally:
        sys.setprofile(before)
    return counted


def rewritten(library: Library, name: str, *, kept: int) -> Stored:
    """A page of a hundred sentences, of which the newer version keeps some as they were."""
    source, url = library.source(f"https://{name}.example.org/"), f"https://{name}.example.org/a"
    name_page(library, source, url, [[name, f"x{n} and the elm beside it"] for n in range(100)])
    ours = [[name, f"{'x' if n < kept else 'y'}{n} and the elm beside it"] for n in range(100)]
    return name_page(library, source, url, ours)


def test_a_page_that_was_rewritten_takes_little_longer_than_one_that_was_not(library: Library) -> None:
    """Of the sentences that differ no more are compared than are shown."""
    rewritten(library, "oak", kept=99)
    rewritten(library, "ash", kept=0)
    assert len(told(library, "oak")[0].pairs) == 1  # statements are built and words are stemmed before it is counted
    pairs = words(told(library, "ash")[0])
    assert pairs == [(f"Here are ash and x{n} and the elm beside it.", pairs[n][1]) for n in range(3)]
    assert len({now for _, now in pairs if "y" in now}) == 3
    assert calls(library, "ash") < 1.5 * calls(library, "oak")


def test_texts_are_not_kept_in_memory(library: Library) -> None:
    source = library.source()
    name_page(library, source, URL, [["oak"]])
    told(library)
    for end in ("elm", "ash"):
        name_page(library, source, URL, [["oak", end], *([["fir"]] * 8_000)])
    tracemalloc.start()
    try:
        assert told(library)
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 100_000


def test_a_page_that_is_folded_into_a_like_one_is_not_gone(library: Library) -> None:
    name_page(library, library.source(), URL, [["oak"]])
    library.records.write(lambda conn: conn.execute(sa.update(pages).values(state="folded")))
    assert [change.kind for change in told(library)] == ["first"]


def test_a_name_in_capitals_is_not_the_word(library: Library) -> None:
    """Others are found however they are written, in the plural as well."""
    source = library.source()
    name_page(library, source, URL, [["WHO"], ["those who know"], ["oak"]])
    name_page(library, source, URL, [["WHO"], ["those who knew"], ["OAKS"]])
    assert [change.kind for change in told(library, "WHO")] == ["first"]
    assert [words(change) for change in told(library, "oak")] == [[("Here are oak.", "Here are OAKS.")], []]


def test_a_page_whose_texts_are_not_read_says_it_first(library: Library) -> None:
    """Because one of them is too long, or because many pages have several versions."""
    source = library.source()
    first = name_page(library, source, URL, [["oak"]])
    name_page(library, source, URL, [["oak"], ["x" * 200_000]])
    assert [(change.kind, change.version) for change in told(library)] == [("first", first.version)]
    for number in range(14):
        for end in ("elm", "ash"):
            name_page(library, source, f"{URL}{number}", [["oak", end]])
    kinds = [change.kind for change in told(library, limit=60)]
    assert (kinds.count("first"), kinds.count("changed")) == (15, 12)
