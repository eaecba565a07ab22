"""What fusion does with what each half found."""

import pytest

from bowerbird.knowledge.fuse import DAMPING, MANY, WORDS, Fused, fuse


def order(fused: list[Fused]) -> list[int]:
    """The passages, best first."""
    return [each.passage for each in fused]


def test_words_fill_the_room_that_meaning_leaves() -> None:
    """A quarter of room with a best cosine of .75; each half's own score stays readable."""
    filled = 0.25 * WORDS * 5 / (5 + MANY) / (30 + DAMPING)
    found = fuse({1: 30.0, 2: 15.0}, {1: 0.5, 2: 0.75}, words=5)
    assert order(found) == [2, 1]
    assert [each.score for each in found] == pytest.approx([0.75 + filled * 15, 0.5 + filled * 30])
    assert [(each.bm25, each.dense) for each in found] == [(15.0, 0.75), (30.0, 0.5)]


def test_many_words_say_more_than_few() -> None:
    """A passage with all of fifteen words comes before one that means a little more, one with all of two after it."""
    found, meant = {1: 30.0}, {1: 0.3, 2: 0.6}
    assert order(fuse(found, meant, words=15)) == [1, 2]
    assert order(fuse(found, meant, words=2)) == [2, 1]


def test_words_decide_where_nothing_means_the_same() -> None:
    """The same words count for more when the best cosine is low, and for nothing when it is 1."""
    assert order(fuse({1: 30.0}, {1: 0.1, 2: 0.3}, words=6)) == [1, 2]
    assert order(fuse({1: 30.0}, {1: 0.7, 2: 0.9}, words=6)) == [2, 1]
    assert [each.score for each in fuse({1: 30.0}, {1: 0.9, 2: 1.0}, words=6)] == [1.0, 0.9]


def test_words_alone_keep_their_order() -> None:
    """Before anything is embedded the search is BM25, and ties go by passage; also of a query of stop-words only."""
    found = fuse({4: 2.0, 3: 2.0, 9: 7.0}, {}, words=3)
    assert order(found) == order(fuse({4: 2.0, 3: 2.0, 9: 7.0}, {}, words=0)) == [9, 3, 4]
    assert [each.dense for each in found] == [None, None, None]


def test_meaning_alone_keeps_its_order() -> None:
    """A query whose words stand nowhere is answered by meaning."""
    assert fuse({}, {1: 0.2, 2: 0.9}, words=3) == [Fused(2, 0.9, None, 0.9), Fused(1, 0.2, None, 0.2)]


def test_passage_without_vector_is_taken_to_mean_what_its_words_say() -> None:
    """A new page with the best words comes before all that is embedded, one with half as good words in between."""
    assert order(fuse({7: 20.0, 8: 10.0}, {1: 0.6, 2: 0.2}, words=3)) == [7, 1, 8, 2]


def test_nothing_found_gives_nothing() -> None:
    """Two empty halves are an empty whole."""
    assert fuse({}, {}, words=0) == []
