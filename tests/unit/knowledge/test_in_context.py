"""What the embedder makes of each word of a passage is kept with its vector, and found again by the passage."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.nouns import PassageText
from bowerbird.knowledge import Indexer, Searcher
from bowerbird.models.embed import Reading
from bowerbird.models.in_context import DIMENSIONS, word_places
from bowerbird.records import Records, open_records
from bowerbird.records.tables import embeddings
from bowerbird.testing.builders import Library
from bowerbird.testing.embedders import HashEmbedder
from bowerbird.testing.model_index import ModelIndex

TEXT = "# Night\n\nOwls hunt mice at night. They sleep by day."


class WordEmbedder(HashEmbedder):
    """Tells of each word one of two opposite directions, by its letters alone; notes what it read."""

    tells_words = True

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """The vector and the words of each text."""
        self.seen += texts
        words = [np.array([_direction(text[a:b]) for a, b in word_places(text)], np.float32) for text in texts]
        return [Reading(vector, each) for vector, each in zip(self.embed(texts), words, strict=True)]


def _direction(word: str) -> NDArray[np.float32]:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")
    signs = np.random.default_rng(seed).choice(np.array([-1.0, 1.0], np.float32), DIMENSIONS)
    return np.asarray(signs / DIMENSIONS**0.5, np.float32)


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """One page with a title and a heading."""
    records: Records = open_records(records_url)
    library = Library(records, ManualClock())
    library.page(library.source(), "http://a/owl", TEXT, title="Owls")
    library.arrange()
    yield library
    records.close()


def _indexed(library: Library, embedder: HashEmbedder) -> Searcher:
    index = ModelIndex()
    indexer = Indexer(library.records, index, embedder, library.clock)
    while indexer.catch_up() or indexer.embed_some(64):
        pass
    return Searcher(library.records, index, embedder)


def _passage(searcher: Searcher, library: Library) -> PassageText:
    [[hit]] = searcher.search_each(["owls at night"], k=1, scope=library.scope)
    return hit.passage


def test_each_word_of_a_passage_has_its_own_row(library: Library) -> None:
    """The words of title and headings, which the model reads before it, are not among them."""
    searcher = _indexed(library, WordEmbedder())
    passage = _passage(searcher, library)
    for _ in range(2):  # from the records, then from memory
        rows = searcher.in_context.of_passages([passage])[passage.id]
        wanted = np.array([_direction(passage.text[a:b]) for a, b in word_places(passage.text)])
        assert rows.shape == wanted.shape
        assert (np.einsum("wd,wd->w", rows, wanted) > 0.95).all()


def test_a_question_that_was_searched_for_is_not_read_again(library: Library) -> None:
    """One that was not is read when its words are asked for."""
    embedder = WordEmbedder()
    searcher = _indexed(library, embedder)
    _passage(searcher, library)
    before = len(embedder.seen)
    words = searcher.in_context.of_question("owls at night")
    assert words is not None
    assert (len(words), len(embedder.seen)) == (3, before)
    assert searcher.in_context.of_question("another question") is not None
    assert embedder.seen[before:] == ["another question"]


def test_an_embedder_that_tells_no_words_leaves_none(library: Library) -> None:
    """Neither of questions nor of passages; the vectors are there."""
    searcher = _indexed(library, HashEmbedder())
    passage = _passage(searcher, library)
    assert searcher.in_context.of_passages([passage]) == {}
    assert searcher.in_context.of_question("owls at night") is None


def test_what_was_read_before_words_were_kept_is_read_once_more(library: Library) -> None:
    """When an index is built anew; the row is the same one, so nothing counts as read twice."""
    _indexed(library, HashEmbedder())  # keeps vectors alone, under the same name
    embedder = WordEmbedder()
    searcher = _indexed(library, embedder)
    passage = _passage(searcher, library)
    assert passage.id in searcher.in_context.of_passages([passage])
    read = [text for text in embedder.seen if text.startswith("Owls")]
    _indexed(library, embedder)
    assert [text for text in embedder.seen if text.startswith("Owls")] == read
    rows = library.records.read(
        lambda conn: conn.execute(sa.select(sa.func.count()).select_from(embeddings)).scalar_one()
    )
    assert rows == 1


def test_words_of_another_table_are_read_once_more(library: Library) -> None:
    """Until then no answer is ranked by them."""
    _indexed(library, WordEmbedder())
    library.records.write(lambda conn: conn.execute(sa.update(embeddings).values(words=bytes(28))))
    index, embedder = ModelIndex(), WordEmbedder()
    passage = _passage(_indexed(library, HashEmbedder()), library)
    assert Searcher(library.records, index, embedder).in_context.of_passages([passage]) == {}
    searcher = _indexed(library, embedder)
    assert passage.id in searcher.in_context.of_passages([passage])
