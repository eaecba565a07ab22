"""Hybrid search shows what is there and may be seen, with text, place and both scores."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Indexer, Searcher
from bowerbird.records import Records, open_records
from bowerbird.records.tables import passages
from bowerbird.testing.builders import Library
from bowerbird.testing.embedders import HashEmbedder
from bowerbird.testing.model_index import ModelIndex


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    """Empty records."""
    opened = open_records(records_url)
    yield opened
    opened.close()


class Shelf:
    """A library with an index over it."""

    def __init__(self, records: Records) -> None:
        self.library = Library(records, ManualClock())
        self.index = ModelIndex()
        self.embedder = HashEmbedder()
        self.searcher = Searcher(records, self.index, self.embedder)

    def follow(self, *, embed: bool = True) -> None:
        """Arrange and index what was put in."""
        self.library.arrange()
        indexer = Indexer(self.library.records, self.index, self.embedder, self.library.clock)
        while indexer.catch_up():
            pass
        while embed and indexer.embed_some(64):
            pass

    def urls(
        self, query: str, *, scope: Scope | None = None, k: int = 9, sources: list[str] | None = None
    ) -> list[str]:
        """The addresses found, best first."""
        found = self.searcher.search(query, k=k, scope=scope or self.library.scope, sources=sources)
        return [hit.passage.url for hit in found.hits]


@pytest.fixture
def shelf(records: Records) -> Shelf:
    """Three pages about birds and one about trees."""
    shelf = Shelf(records)
    source = shelf.library.source()
    shelf.library.page(source, "http://a/owl", "# Night\n\nOwls hunt mice at night.", title="Owls")
    shelf.library.page(source, "http://a/hawk", "Hawks hunt mice by day.", title="Hawks")
    shelf.library.page(source, "http://a/tree", "Oaks grow slowly.", title="Oaks")
    shelf.follow()
    return shelf


def test_hit_holds_all_that_a_citation_needs(shelf: Shelf) -> None:
    """The text is the stored text at these offsets; both halves give their score."""
    found = shelf.searcher.search("owls at night", k=1, scope=shelf.library.scope)
    (hit,) = found.hits
    assert (hit.passage.url, hit.passage.title, hit.passage.heading) == ("http://a/owl", "Owls", "Night")
    text = "# Night\n\nOwls hunt mice at night."
    assert (hit.passage.text, text[hit.passage.start : hit.passage.end]) == (text, text)
    assert hit.bm25 is not None
    assert hit.dense is not None
    assert found.to_json()["hits"][0]["scores"] == {"bm25": hit.bm25, "dense": hit.dense}
    assert found.took_ms > 0


def test_best_comes_first_and_no_more_than_asked(shelf: Shelf) -> None:
    """Both halves count, and every passage has a place."""
    assert shelf.urls("hawks hunt by day") == ["http://a/hawk", "http://a/owl", "http://a/tree"]
    assert shelf.urls("hawks hunt by day", k=1) == ["http://a/hawk"]


def test_every_hit_is_judged_by_both_halves(shelf: Shelf) -> None:
    """A passage that shares no word has no BM25 score; one that does has it whichever half found it."""
    found = shelf.searcher.search("mice", k=9, scope=shelf.library.scope)
    assert {hit.passage.url: hit.bm25 is not None for hit in found.hits} == {
        "http://a/owl": True,
        "http://a/hawk": True,
        "http://a/tree": False,
    }


def test_page_is_found_before_it_is_embedded(shelf: Shelf) -> None:
    """By its words, beside pages that have vectors, without a dense score."""
    source = shelf.library.source("http://b/")
    shelf.library.page(source, "http://b/new", "Zebras graze.", title="Zebras")
    shelf.follow(embed=False)
    found = shelf.searcher.search("zebras", k=1, scope=shelf.library.scope)
    assert [(hit.passage.url, hit.dense) for hit in found.hits] == [("http://b/new", None)]


@pytest.mark.parametrize("query", ["", " \n", "?!", "\x00"])
def test_nothing_asked_finds_no_words(shelf: Shelf, query: str) -> None:
    """An empty query finds nothing; signs alone match no word and are no error."""
    found = shelf.searcher.search(query, k=9, scope=shelf.library.scope)
    assert [hit.bm25 for hit in found.hits] == [None] * len(found.hits)
    assert found.hits == [] or query.strip()


def test_private_source_is_found_by_its_owner_only(shelf: Shelf) -> None:
    """Also when the source is asked for by its id."""
    other = shelf.library.person("other")
    private = shelf.library.source("http://p/", person=other)
    shelf.library.page(private, "http://p/", "Secret owls.")
    shelf.follow()
    theirs = Scope(workspace=shelf.library.scope.workspace, person=other)
    assert "http://p/" in shelf.urls("secret owls", scope=theirs)
    assert "http://p/" not in shelf.urls("secret owls")
    assert shelf.urls("secret owls", sources=[private]) == []
    assert shelf.urls("owls", scope=Scope(workspace="another", person=other)) == []


def test_sources_confine(shelf: Shelf) -> None:
    """Only the chosen source's pages are found, all of them."""
    second = shelf.library.source("http://b/")
    shelf.library.page(second, "http://b/", "Owls again.")
    shelf.follow()
    assert shelf.urls("owls", sources=[second]) == ["http://b/"]
    assert shelf.urls("owls", sources=[]) == []


def test_passage_that_is_gone_is_not_shown_by_an_old_index(shelf: Shelf) -> None:
    """What the records no longer hold as current is left out, and the others move up."""
    shelf.library.records.write(
        lambda conn: conn.execute(sa.update(passages).where(passages.c.id == 1).values(live=False))
    )
    assert shelf.urls("owls hunt mice", k=1) == ["http://a/hawk"]


def test_rows_are_found_however_many_better_ones_are_gone(shelf: Shelf) -> None:
    """The best twenty have just gone; the next one is shown."""
    source = shelf.library.source("http://b/")
    for n in range(20):
        shelf.library.page(source, f"http://b/{n}", "Owls at night.", title="Owls")
    shelf.follow()
    gone = sa.update(passages).where(passages.c.id > 3).values(live=False)
    shelf.library.records.write(lambda conn: conn.execute(gone))
    assert shelf.urls("owls at night", k=1) == ["http://a/owl"]


def test_several_queries_at_once_find_what_each_finds_alone(shelf: Shelf) -> None:
    """With texts of their own, also where one finds what another does, and where a passage has just gone."""
    queries, scope = ["owls at night", "mice by day", "slow oaks"], shelf.library.scope
    first = shelf.searcher.search_each(queries, k=2, scope=scope)
    assert first == [shelf.searcher.search(query, k=2, scope=scope).hits for query in queries]
    gone = sa.update(passages).where(passages.c.id == first[0][0].passage.id).values(live=False)
    shelf.library.records.write(lambda conn: conn.execute(gone))
    assert first[0][0] not in shelf.searcher.search_each(queries, k=2, scope=scope)[1]
    assert len(shelf.searcher.search_each(queries, k=2, scope=scope)[0]) == 2
    assert shelf.searcher.search_each([], k=2, scope=scope) == []
    assert shelf.searcher.search_each(queries, k=2, scope=Scope("elsewhere", "nobody")) == [[], [], []]


def test_languages_confine(records: Records) -> None:
    """To the pages of one language, found by its own words; none to nothing."""
    shelf = Shelf(records)
    source = shelf.library.source()
    shelf.library.page(source, "http://a/de", "Die Häuser der Stadt sind alt, und niemand weiß, wer sie gebaut hat.")
    shelf.library.page(source, "http://a/en", "The house of the town is old, and nobody knows who built it.")
    shelf.follow()

    def found(query: str, languages: list[str] | None) -> list[tuple[str, str]]:
        hits = shelf.searcher.search(query, k=9, scope=shelf.library.scope, languages=languages).hits
        return [(hit.passage.url, hit.passage.language) for hit in hits]

    assert found("Haus", ["de"]) == [("http://a/de", "de")]
    assert found("house", ["en"]) == [("http://a/en", "en")]
    assert {url for url, _ in found("Wo ist das Haus?", None)} == {"http://a/de", "http://a/en"}
    assert found("Wo ist das Haus?", None)[0] == ("http://a/de", "de")
    assert found("house", ["fr"]) == []
    assert found("Haus", ["DE-at"]) == [("http://a/de", "de")]
    with pytest.raises(InputWrong, match="language is 'German'; expected a code such as 'de'"):
        found("Haus", ["German"])
