"""What fusion does with what each half found."""

from bowerbird.knowledge.fuse import DAMPING, SHARE, Fused, fuse


def order(fused: list[Fused]) -> list[int]:
    """The passages, best first."""
    return [each.passage for each in fused]


def test_both_halves_add_up() -> None:
    """The score is the cosine with the words' share of it, and each half's score stays readable."""
    second, first = fuse({1: 30.0, 2: 15.0}, {1: 0.5, 2: 0.75})
    assert second == Fused(2, 0.75 + SHARE * 15 / (30 + DAMPING), 15.0, 0.75)
    assert first == Fused(1, 0.5 + SHARE * 30 / (30 + DAMPING), 30.0, 0.5)


def test_words_alone_keep_their_order() -> None:
    """Before anything is embedded the search is BM25, and ties go by passage."""
    found = fuse({4: 2.0, 3: 2.0, 9: 7.0}, {})
    assert order(found) == [9, 3, 4]
    assert [each.dense for each in found] == [None, None, None]


def test_meaning_alone_keeps_its_order() -> None:
    """A query whose words stand nowhere is answered by meaning."""
    assert fuse({}, {1: 0.2, 2: 0.9}) == [Fused(2, 0.9, None, 0.9), Fused(1, 0.2, None, 0.2)]


def test_passage_without_vector_is_taken_to_mean_what_its_words_say() -> None:
    """A new page with the best words comes before all that is embedded, one with half as good words in between."""
    assert order(fuse({7: 20.0, 8: 10.0}, {1: 0.6, 2: 0.2})) == [7, 1, 8, 2]


def test_nothing_found_gives_nothing() -> None:
    """Two empty halves are an empty whole."""
    assert fuse({}, {}) == []
