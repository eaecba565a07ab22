"""Entities in the records: stored once, weighed, found, and shown only to who may see them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities import Mentioned, entity, extract, find, list_entities, refresh_scores, store
from bowerbird.records import open_records
from bowerbird.records.tables import entities, mentions, pages
from bowerbird.testing.builders import Library

TREES = "A decision tree is a predictive model. A predictive model is useful. The decision tree asks questions.\n"
FORESTS = (
    "A random forest holds many decision trees. Every random forest votes. A random forest is a predictive model.\n"
)


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Empty records."""
    records = open_records(records_url)
    yield Library(records, ManualClock())
    records.close()


def _names(library: Library, query: str = "", scope: Scope | None = None) -> list[str]:
    return [c.name for c in library.records.read(lambda conn: list_entities(conn, scope or library.scope, query))]


def test_query_names_entities_then_their_neighbours(library: Library) -> None:
    """What is called so comes first; what shares its sentences follows; a stranger does not come."""
    source = library.source()
    library.page(source, "https://docs.example.org/a", TREES)
    library.page(source, "https://docs.example.org/b", "# Sour dough\n\nA sour dough is a bread.")
    library.arrange()
    names = _names(library, "decision tree")
    assert (names[0], "predictive model" in names, any("dough" in name for name in names)) == (
        "decision tree",
        True,
        False,
    )


def test_card_tells_counts_definition_and_kind(library: Library) -> None:
    """The card's first mention defines it, its quote is its span, and what it is is a relation with the sentence."""
    source = library.source()
    stored = library.page(source, "https://docs.example.org/a", TREES)
    library.arrange()
    card = library.records.read(lambda conn: list_entities(conn, library.scope, "decision tree"))[0]
    assert (card.mentions_count, card.pages_count, card.spark) == (2, 1, (2,))
    first = card.to_json()["mentions"][0]
    assert (first["version"], TREES[first["start"] : first["end"]]) == (stored.version, first["quote"])
    relation = card.to_json()["relations"][0]
    evidence = relation["evidence"][0]
    assert (relation["type"], relation["name"]) == ("is_a", "predictive model")
    assert TREES[evidence["start"] : evidence["end"]] == evidence["quote"] == "A decision tree is a predictive model."


def test_storing_twice_changes_nothing(library: Library) -> None:
    """A repeated step leaves the same rows."""
    source = library.source()
    page = library.page(source, "https://docs.example.org/a", TREES)
    library.arrange()

    def rows(conn: sa.Connection) -> list[tuple[object, ...]]:
        columns = (mentions.c.entity, mentions.c.version, mentions.c.start)
        return [tuple(row) for row in conn.execute(sa.select(*columns).order_by(*columns))]

    before = library.records.read(rows)
    found = extract(TREES, "A page")
    workspace = library.scope.workspace
    library.records.write(
        lambda conn: store(conn, workspace, [Mentioned(source, page.page, page.version, found)], clock=library.clock)
    )
    assert library.records.read(rows) == before != []


def test_entity_without_live_mentions_vanishes(library: Library) -> None:
    """A page that is gone, or that says something else now, takes its entities along."""
    source = library.source()
    library.page(source, "https://docs.example.org/a", TREES)
    library.page(source, "https://docs.example.org/b", FORESTS)
    library.arrange()
    library.page(source, "https://docs.example.org/a", "# Bread\n\nNothing of that sort.")
    library.arrange()
    assert "decision tree asks" not in " ".join(_names(library))
    library.records.write(lambda conn: conn.execute(sa.update(pages).values(state="gone")))
    assert _names(library) == []


def test_private_source_is_seen_by_its_creator_only(library: Library) -> None:
    """Neither list nor page nor neighbours tell another person of it."""
    other = library.records.write(lambda conn: _person(conn, library))
    source = library.source(person=other)
    library.page(source, "https://docs.example.org/a", TREES)
    library.arrange()
    theirs = Scope(workspace=library.scope.workspace, person=other)
    assert (_names(library), _names(library, "decision tree")) == ([], [])
    assert _names(library, "decision tree", theirs)[0] == "decision tree"
    card = library.records.read(lambda conn: list_entities(conn, theirs, "decision tree"))[0]
    with pytest.raises(NotFound):
        library.records.read(lambda conn: entity(conn, library.scope, card.id))


def test_entity_page_shows_mentions_and_neighbours(library: Library) -> None:
    """All mentions, and what the same sentences speak of."""
    source = library.source()
    library.page(source, "https://docs.example.org/a", TREES)
    library.arrange()
    card = library.records.read(lambda conn: list_entities(conn, library.scope, "decision tree"))[0]
    page = library.records.read(lambda conn: entity(conn, library.scope, card.id))
    assert [mention.quote for mention in page.mentions] == ["decision tree", "decision tree"]
    assert [(near.name, near.together) for near in page.neighbours] == [("predictive model", 1)]


def test_weights_prefer_what_is_said_on_several_pages(library: Library) -> None:
    """Said on two pages of many weighs more than said on one."""
    source = library.source()
    library.page(source, "https://docs.example.org/a", TREES)
    library.page(source, "https://docs.example.org/b", "# Decision tree\n\n" + TREES)
    library.page(source, "https://docs.example.org/c", "# Sour dough\n\nA sour dough is a bread.")
    library.arrange()
    library.records.write(lambda conn: refresh_scores(conn, library.scope.workspace))
    scores = library.records.read(lambda conn: {row.key: row.score for row in conn.execute(sa.select(entities))})
    assert scores["decision tree"] > scores["sour dough"] > 0


def test_a_small_source_is_searched_behind_weightier_names_of_others(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may be seen is found, however many names match that may not."""
    monkeypatch.setattr(find, "_MAX_MATCHING", 2)
    many, small = library.source(), library.source("https://small.example/")
    for n, kind in enumerate(("binary", "syntax", "search", "suffix", "decision")):
        text = f"A {kind} tree is a structure. Every {kind} tree has a root. The {kind} tree is deep.\n"
        library.page(many, f"https://docs.example.org/{n}", text)
        library.page(many, f"https://docs.example.org/{n}/more", text + "More of it.\n")
    library.page(small, "https://small.example/a", "A banana tree is a plant. The banana tree bears fruit.\n")
    library.arrange()
    library.records.write(lambda conn: refresh_scores(conn, library.scope.workspace))
    assert "banana tree" in _names(library, "tree", replace(library.scope, sources=(small,)))


@pytest.mark.parametrize("query", ["%", "_", "'; drop table entities; --", "\\", "a" * 2000, "the of and"])
def test_strange_queries_find_nothing_and_break_nothing(library: Library, query: str) -> None:
    """Signs of SQL and LIKE mean nothing; a query without telling words lists what there is."""
    source = library.source()
    library.page(source, "https://docs.example.org/a", TREES)
    library.arrange()
    assert set(_names(library, query)) <= set(_names(library))


def _person(conn: sa.Connection, library: Library) -> str:
    from bowerbird.records.tables import persons

    conn.execute(
        sa.insert(persons).values(
            id="other", workspace=library.scope.workspace, external_id="other", name="Other", created_at=0.0
        )
    )
    return "other"
