"""How alike words are, looked up."""

import numpy as np

from bowerbird.models.words import WordVectors, word_vectors


def test_words_that_mean_the_like_are_nearer_than_others() -> None:
    """The shipped table knows the difference."""
    founded, started, river = word_vectors().of(["founded", "established", "river"])
    assert founded @ started > 0.5 > founded @ river


def test_a_word_that_is_no_piece_is_the_mean_of_its_pieces_and_an_unknown_sign_is_nothing() -> None:
    """Longest pieces from the left; a part without a piece makes the word unknown."""
    vectors = WordVectors({"tree": 0, "##house": 1}, np.array([[1.0, 0.0], [0.0, 1.0]], np.float32))
    found = vectors.of(["tree", "treehouse", "treehut", "tree"])
    np.testing.assert_allclose(found, [[1, 0], [0.5**0.5, 0.5**0.5], [0, 0], [1, 0]], atol=1e-6)


def test_more_words_than_there_was_room_for_keep_their_vectors() -> None:
    """Room is made without mixing them up."""
    pieces = {f"w{number}": number for number in range(3000)}
    table = np.random.default_rng(1).normal(size=(3000, 4)).astype(np.float32)
    vectors = WordVectors(pieces, table)
    found = vectors.of(list(pieces))
    np.testing.assert_allclose(found, table / np.linalg.norm(table, axis=1, keepdims=True), rtol=1e-5)
