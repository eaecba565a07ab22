"""Each word of a text keeps what the model makes of it where it stands, in few bytes."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowerbird.models import Coalescing, Embedder, MiniLM
from bowerbird.models.embed import readings, tells_words
from bowerbird.models.in_context import DIMENSIONS, is_packed, packed, unpacked, whole_words, word_places
from bowerbird.testing.embedders import HashEmbedder


@pytest.fixture(scope="module")
def minilm() -> Iterator[MiniLM]:
    """One loaded model for all tests here."""
    model = MiniLM(threads=1)
    yield model
    model.close()


@given(st.integers(0, 2**32 - 1), st.integers(0, 30))
def test_what_is_kept_points_where_the_words_did(seed: int, count: int) -> None:
    """Half a byte a number, and the direction is lost by next to nothing."""
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    stored = packed(vectors)
    assert len(stored) == 4 + count * DIMENSIONS // 2  # behind the mark of the table
    assert is_packed(stored)
    again = unpacked(stored)
    assert again.shape == vectors.shape
    assert (np.einsum("wd,wd->w", vectors, again) > 0.96).all()


def test_a_word_is_the_mean_of_its_pieces_and_one_without_any_is_nothing() -> None:
    """Marks around the text and signs between words belong to no word; behind the last piece nothing was read."""
    text = "Owls, 7 hunt mice."
    #        [CLS]   owl     s       ,       hunt     [SEP]
    pieces = [(0, 0), (0, 3), (3, 4), (4, 5), (8, 12), (0, 0)]
    read = np.array([[9, 9], [1, 0], [0, 1], [9, 0], [0, 2], [9, 9]], np.float32)
    words = whole_words(text, pieces, read)
    assert np.allclose(words, [[0.5**0.5, 0.5**0.5], [0, 0], [0, 1]])
    assert whole_words("", pieces[:1], read[:1]).shape == (0, 2)
    assert whole_words("?!", [(0, 1), (1, 2)], read[:2]).shape == (0, 2)


@pytest.mark.parametrize("text", ["", "?!", "\ud800", "A cat's co-operation in 1901.", "word " * 600])
def test_reading_gives_the_vector_and_a_row_for_each_word_that_was_read(minilm: MiniLM, text: str) -> None:
    """The vector is what `embed` gives; of a long text only the first words have rows."""
    [read] = minilm.read([text])
    assert np.allclose(read.vector, minilm.embed([text])[0], atol=1e-6)
    assert read.words is not None
    assert len(read.words) <= len(word_places(text))
    if len(text) < 100:
        assert len(read.words) == len(word_places(text.encode("utf-8", "replace").decode()))
    assert np.allclose(np.linalg.norm(read.words, axis=1), 1, atol=1e-4)


def test_a_word_means_what_its_context_makes_of_it(minilm: MiniLM) -> None:
    """Of two banks that of the river is nearer to a shore."""
    river, money, shore = minilm.read(["the bank of the river", "a bank lends money", "the shore of the lake"])
    assert river.words is not None
    assert money.words is not None
    assert shore.words is not None
    assert river.words[1] @ shore.words[1] > money.words[1] @ shore.words[1]


def test_whoever_asks_together_gets_the_words_too(minilm: MiniLM) -> None:
    """And no words of an embedder that knows none."""
    together: Embedder = Coalescing(minilm)
    [read] = readings(together, ["two owls"])
    assert read.words is not None
    assert (len(read.words), tells_words(together), together.embed([]).shape) == (2, True, (0, 384))
    plain: Embedder = Coalescing(HashEmbedder())
    assert (readings(plain, ["two owls"])[0].words, tells_words(plain), tells_words(HashEmbedder())) == (
        None,
        False,
        False,
    )


def test_what_another_table_turned_is_not_taken_for_ours() -> None:
    """Its directions are others: the numbers would mean anything."""
    stored = packed(np.ones((2, DIMENSIONS), np.float32) / DIMENSIONS**0.5)
    assert not is_packed(bytes(4) + stored[4:])
    assert not is_packed(stored[:-1])
    assert not is_packed(None)
