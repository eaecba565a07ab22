"""The index follows the records: in batches, from where it was, and no text is read by the model twice."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge import Indexer, indexer
from bowerbird.knowledge.index import Filter
from bowerbird.knowledge.indexer import model_text
from bowerbird.records import Records, open_records
from bowerbird.records.tables import embeddings, index_log, passages
from bowerbird.testing.builders import Library
from bowerbird.testing.embedders import HashEmbedder
from bowerbird.testing.model_index import ModelIndex


class CountingEmbedder(HashEmbedder):
    """Keeps what it was given to read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors, after noting the texts."""
        self.read += texts
        return super().embed(texts)


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    """Empty records."""
    opened = open_records(records_url)
    yield opened
    opened.close()


@pytest.fixture
def library(records: Records) -> Library:
    """Records to fill."""
    return Library(records, ManualClock())


class Bench:
    """An indexer with all it works with."""

    def __init__(self, library: Library) -> None:
        self.index = ModelIndex()
        self.embedder = CountingEmbedder()
        self.indexer = Indexer(library.records, self.index, self.embedder, library.clock)

    def found(self, query: str, within: Filter | None = None) -> set[int]:
        """The passages with a word of the query."""
        return {hit.passage for hit in self.index.search_lexical(query, 99, within or Filter())}

    def follow(self) -> None:
        """Everything there is to do."""
        while self.indexer.catch_up():
            pass
        while self.indexer.embed_some(2):
            pass


def remove(library: Library, passage: int) -> None:
    """The passage goes, as when its page is gone."""

    def write(conn: sa.Connection) -> None:
        conn.execute(sa.update(passages).where(passages.c.id == passage).values(live=False))
        conn.execute(sa.insert(index_log).values(op="remove", passage=passage))

    library.records.write(write)


def test_passage_is_found_by_words_before_the_model_has_read_it(library: Library) -> None:
    """Lexically at once; densely when embedded."""
    library.page(library.source(), "http://a/", "# Owls\n\nOwls hunt at night.", title="Birds")
    library.arrange()
    bench = Bench(library)
    assert (bench.indexer.catch_up(), bench.found("hunting birds")) == (1, {1})
    assert (bench.embedder.read, bench.indexer.lacks_vectors()) == ([], True)
    assert (bench.indexer.embed_some(9), bench.indexer.embed_some(9), bench.indexer.lacks_vectors()) == (1, 0, False)
    assert bench.embedder.read == ["Birds › Owls\n# Owls\n\nOwls hunt at night."]


def test_log_is_taken_in_by_parts_from_where_the_index_is(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call takes the next part, whatever was taken before by another indexer."""
    monkeypatch.setattr(indexer, "LOG_AT_ONCE", 2)
    source = library.source()
    for n in range(5):
        library.page(source, f"http://a/{n}", f"Owl number{n}.")
    library.arrange()
    bench = Bench(library)
    assert [bench.indexer.catch_up() for _ in range(4)] == [2, 2, 1, 0]
    assert (bench.index.count(), bench.index.high_water()) == (5, 5)
    library.page(source, "http://a/new", "Owl new.")
    library.arrange()
    again = Indexer(library.records, bench.index, bench.embedder, library.clock)
    assert (again.catch_up(), bench.index.count()) == (1, 6)


def test_last_word_of_the_log_holds(library: Library) -> None:
    """Added and removed in one part is not there; removed and added again is."""
    source = library.source()
    for n in range(2):
        library.page(source, f"http://a/{n}", f"Owl number{n}.")
    library.arrange()
    remove(library, 1)
    remove(library, 2)
    library.records.write(lambda conn: conn.execute(sa.insert(index_log).values(op="add", passage=2)))
    bench = Bench(library)
    bench.follow()
    assert (bench.found("owl"), bench.index.high_water()) == ({2}, 5)


def test_text_is_read_by_the_model_once(library: Library) -> None:
    """The same text on another page, or in an index made anew, has its vector from the records."""
    source = library.source()
    library.page(source, "http://a/1", "Owls hunt at night.")
    library.arrange()
    first = Bench(library)
    first.follow()
    library.page(source, "http://a/2", "Owls hunt at night.")
    library.arrange()
    again = Bench(library)
    again.follow()
    assert (len(first.embedder.read), again.embedder.read) == (1, [])
    query = again.embedder.embed(["A page Owls hunt at night."])[0]
    assert [round(hit.score, 2) for hit in again.index.search_dense(query, 9)] == [1.0, 1.0]


def test_same_text_twice_in_one_part_is_read_once(library: Library) -> None:
    """Menus and footers repeat within a part too."""
    source = library.source()
    for n in range(2):
        library.page(source, f"http://a/{n}", "Owls hunt at night.")
    library.arrange()
    bench = Bench(library)
    bench.follow()
    stored = library.records.read(
        lambda conn: conn.execute(sa.select(sa.func.count()).select_from(embeddings)).scalar()
    )
    assert (len(bench.embedder.read), stored, bench.index.missing_vectors(9)) == (1, 1, [])


def test_index_knows_what_can_be_filtered_by(library: Library) -> None:
    """Source, workspace and date come from the records."""
    one, two = library.source("http://a/"), library.source("http://b/")
    library.page(one, "http://a/", "Owl.")
    middle = library.clock.now_s() + 0.5
    library.page(two, "http://b/", "Owl.")
    library.arrange()
    bench = Bench(library)
    bench.follow()
    filters = [
        Filter(sources=(one,)),
        Filter(workspaces=(library.scope.workspace,)),
        Filter(since_s=middle),
        Filter(kinds=("pdf",)),
    ]
    assert [bench.found("owl", within) for within in filters] == [{1}, {1, 2}, {2}, set()]


def test_passage_of_other_records_leaves_the_index(library: Library) -> None:
    """After a restore the index may know passages that the records do not; they go, and are not asked for forever."""
    library.page(library.source(), "http://a/", "Owl.")
    library.arrange()
    bench = Bench(library)
    bench.indexer.catch_up()
    library.records.write(lambda conn: conn.execute(sa.delete(passages)))
    assert (bench.indexer.embed_some(9), bench.indexer.embed_some(9), bench.index.count()) == (1, 0, 0)


@pytest.mark.parametrize(
    ("title", "heading", "expected"),
    [
        ("", "", "text"),
        ("Title", "", "Title\ntext"),
        ("", "A › B", "A › B\ntext"),
        ("Title", "Title › B", "Title › B\ntext"),
        ("x" * 500, "", "x" * 120 + "\ntext"),
    ],
)
def test_model_reads_where_a_passage_stands_first(title: str, heading: str, expected: str) -> None:
    """Title and headings on one line, nothing said twice, and room left for the passage."""
    assert model_text(title, heading, "text") == expected
