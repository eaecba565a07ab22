"""What every search index must keep. Inherit `IndexContract`, give it an `index` fixture, and run it."""

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from bowerbird.knowledge.index import Entry, Filter, Index, IndexBatch, Scored

__all__ = ["DIMENSIONS", "IndexContract", "batch", "entry", "unit"]

DIMENSIONS = 4


def entry(passage: int, text: str = "word", **fields: object) -> Entry:
    """A passage with plain values where none are given; its page has the same number."""
    values: dict[str, object] = {
        "page": passage,
        "workspace": "w",
        "source": "s",
        "kind": "html",
        "at_s": 0.0,
        "title": "",
        "heading": "",
        "text": text,
    }
    return Entry(passage=passage, **{**values, **fields})  # type: ignore[arg-type]  # the tests say which


def batch(*adds: Entry, removes: Iterable[int] = (), up_to: int = 1) -> IndexBatch:
    """A batch of the index log."""
    return IndexBatch(removes=list(removes), adds=adds, up_to_seq=up_to)


def unit(*numbers: float) -> NDArray[np.float32]:
    """The vector of length 1 in this direction, with zeros behind."""
    vector = np.zeros(DIMENSIONS, np.float32)
    vector[: len(numbers)] = numbers
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def ids(hits: list[Scored]) -> list[int]:
    """The passages that were found, in order."""
    return [hit.passage for hit in hits]


FACETS = [
    entry(1, "owl", workspace="a", source="x", kind="html", at_s=10.0, tags=("red", "big")),
    entry(2, "owl", workspace="a", source="y", kind="pdf", at_s=20.0, tags=("red",)),
    entry(3, "owl", workspace="b", source="z", kind="html", at_s=30.0, tags=('a"b\nc', "red,big")),
    entry(4, "owl", workspace="b", source="z", kind="html", at_s=40.0, page=3),
]
FILTERS = [
    (Filter(), [1, 2, 3, 4]),
    (Filter(workspaces=("a",)), [1, 2]),
    (Filter(sources=("x", "z", "unknown")), [1, 3, 4]),
    (Filter(kinds=("pdf",)), [2]),
    (Filter(tags=("red",)), [1, 2]),
    (Filter(tags=("big", 'a"b\nc')), [1, 3]),
    (Filter(pages=(3,)), [3, 4]),
    (Filter(passages=(1, 4, 9), sources=("x", "y")), [1]),
    (Filter(since_s=20.0), [2, 3, 4]),
    (Filter(until_s=20.0), [1]),
    (Filter(since_s=20.0, until_s=40.0), [2, 3]),
    (Filter(workspaces=("b",), tags=("red",)), []),
    (Filter(sources=()), []),
    (Filter(workspaces=()), []),
    (Filter(pages=()), []),
    (Filter(tags=()), []),
    (Filter(kinds=("x",)), []),
]


class IndexContract:
    """The promises of `Index`, each as a test; the fixture gives an empty index for vectors of 4 numbers."""

    def test_new_index_is_empty(self, index: Index) -> None:
        """Nothing is found, nothing is counted, and it can be searched."""
        index.ping()
        assert (index.count(), index.high_water(), index.missing_vectors(9)) == (0, 0, [])
        assert (index.search_lexical("word", 9), index.search_dense(unit(1), 9)) == ([], [])

    def test_passage_is_found_by_words_at_once(self, index: Index) -> None:
        """By a word of its text, title or heading, in another form, case or accent, before it has a vector."""
        index.apply(batch(entry(1, "Running café owls", title="Birdwatching", heading="At night"), entry(2, "ants")))
        queries = ["owl", "RUNS", "Café", "birdwatching?", "night", "ants owl"]
        assert [set(ids(index.search_lexical(query, 9))) for query in queries] == [{1}] * 5 + [{1, 2}]
        assert index.search_dense(unit(1), 9) == []

    def test_passage_is_found_by_the_words_of_its_language(self, index: Index) -> None:
        """In another form of each language's words, of a script without spaces by its signs."""
        index.apply(
            batch(
                entry(1, "Die Häuser der Städte", language="de"),
                entry(2, "Les maisons étaient fermées", language="fr"),
                entry(3, "機械学習とは何か", language="ja"),
                entry(4, "Старые книги", language="ru"),
                entry(5, "The owls", language="en"),
            )
        )
        queries = ["Haus", "Stadt", "maison", "fermé", "学習", "機", "книга", "owl"]
        assert [ids(index.search_lexical(query, 9)) for query in queries] == [[1], [1], [2], [2], [3], [3], [4], [5]]

    def test_a_name_is_one_word_in_all_languages(self, index: Index) -> None:
        """Who asks for it finds it on any page; and what is counted is each page once."""
        index.apply(batch(entry(1, "Debian ist frei", language="de"), entry(2, "Debian is free")))
        assert set(ids(index.search_lexical("debian", 9))) == {1, 2}
        assert index.word_counts(["Debian", "frei"]) == [2, 1]

    def test_another_language_takes_nothing_from_english(self, index: Index) -> None:
        """An English word is found as it was, though a query is read in each language that there is."""
        index.apply(batch(entry(1, "running owls"), entry(2, "Die Eule fliegt", language="de")))
        assert ids(index.search_lexical("run", 9)) == [1]
        assert ids(index.search_lexical("runs owl", 9)) == [1]

    def test_better_matches_come_first(self, index: Index) -> None:
        """More and rarer words of the query count more, and scores fall."""
        texts = ["owl bird", "bird tree", "bird sky", "owl nest bird", "stone"]
        index.apply(batch(*(entry(n, text) for n, text in enumerate(texts))))
        hits = index.search_lexical("owl nest", 9)
        assert ids(hits) == [3, 0]
        assert hits[0].score > hits[1].score > 0
        assert ids(index.search_lexical("owl nest", 1)) == [3]

    def test_words_are_counted_as_they_are_looked_up(self, index: Index) -> None:
        """A word's count is of passages, in any form and field; an unknown word, and what is no word, counts 0."""
        index.apply(batch(entry(1, "owl owls"), entry(2, "ant", title="The Owl"), entry(3, "stone")))
        assert index.word_counts(["owls", "stones", "zebra", "?!"]) == [2, 1, 0, 0]

    def test_equal_passages_come_in_the_order_of_their_numbers(self, index: Index) -> None:
        """Ties are broken by passage, so that a search repeated gives the same."""
        index.apply(batch(*(entry(n, "same words") for n in (5, 3, 9))))
        index.add_vectors([9, 3, 5], np.stack([unit(1)] * 3))
        assert ids(index.search_lexical("words", 9)) == [3, 5, 9]
        assert ids(index.search_dense(unit(1), 9)) == [3, 5, 9]

    def test_nearest_vectors_come_first_with_their_cosines(self, index: Index) -> None:
        """The score is the cosine, and the k nearest are returned."""
        index.apply(batch(*(entry(n) for n in (1, 2, 3))))
        index.add_vectors([1, 2, 3], np.stack([unit(1, 1), unit(-1), unit(1, 0)]))
        hits = index.search_dense(unit(1), 2)
        assert ids(hits) == [3, 1]
        assert np.allclose([hit.score for hit in hits], [1, 0.5**0.5], atol=1e-3)

    def test_vectors_that_come_bit_by_bit_stay_with_their_passages(self, index: Index) -> None:
        """Each passage keeps its own vector, in whatever portions they come."""
        directions = [unit(1), unit(0, 1), unit(0, 0, 1), unit(0, 0, 0, 1), unit(-1)]
        index.apply(batch(*(entry(n) for n in range(5))))
        for passages in ([0, 1], [2], [3, 4]):
            index.add_vectors(passages, np.stack([directions[n] for n in passages]))
        assert [ids(index.search_dense(direction, 1)) for direction in directions] == [[0], [1], [2], [3], [4]]

    def test_vectors_that_come_in_turns_are_each_their_own_passage_s(self, index: Index) -> None:
        """However many calls brought them, every passage is found by its own vector."""
        index.apply(batch(*(entry(n) for n in (1, 2, 3))))
        for number, direction in ((1, unit(1)), (2, unit(0, 1)), (3, unit(0, 0, 1))):
            index.add_vectors([number], np.stack([direction]))
        found = [index.search_dense(direction, 1)[0].passage for direction in (unit(1), unit(0, 1), unit(0, 0, 1))]
        assert found == [1, 2, 3]

    def test_batch_repeated_changes_nothing(self, index: Index) -> None:
        """What a killed indexer takes in again is there once."""
        for _ in range(2):
            index.apply(batch(entry(1, "owl"), entry(2, "owl"), removes=[7], up_to=5))
        assert (index.count(), index.high_water(), ids(index.search_lexical("owl", 9))) == (2, 5, [1, 2])

    def test_removed_passage_is_gone(self, index: Index) -> None:
        """From both halves and the count; the others stay."""
        index.apply(batch(entry(1, "owl"), entry(2, "owl")))
        index.add_vectors([1, 2], np.stack([unit(1), unit(1)]))
        index.apply(batch(removes=[1, 99], up_to=2))
        assert (index.count(), index.high_water()) == (1, 2)
        assert (ids(index.search_lexical("owl", 9)), ids(index.search_dense(unit(1), 9))) == ([2], [2])

    def test_added_again_replaces_words_and_vector(self, index: Index) -> None:
        """The old words no longer find it, and it waits for a new vector."""
        index.apply(batch(entry(1, "owl")))
        index.add_vectors([1], unit(1)[None])
        index.apply(batch(entry(1, "ant"), removes=[1], up_to=2))
        assert (ids(index.search_lexical("owl", 9)), ids(index.search_lexical("ant", 9))) == ([], [1])
        assert (index.search_dense(unit(1), 9), index.missing_vectors(9), index.count()) == ([], [1], 1)
        index.add_vectors([1], unit(0, 1)[None])
        assert ids(index.search_dense(unit(0, 1), 9)) == [1]

    def test_missing_vectors_are_named_in_order_of_adding(self, index: Index) -> None:
        """Those without one, oldest first, up to the limit."""
        index.apply(batch(*(entry(n) for n in (4, 2, 8, 6))))
        index.add_vectors([2], unit(1)[None])
        assert (index.missing_vectors(2), index.missing_vectors(9)) == ([4, 8], [4, 8, 6])

    def test_vectors_of_strangers_and_second_vectors_are_left(self, index: Index) -> None:
        """A passage removed in the meantime stays away; the first vector stands."""
        index.apply(batch(entry(1)))
        index.add_vectors([1, 77, 1], np.stack([unit(1), unit(1), unit(0, 1)]))
        index.add_vectors([1], unit(0, 0, 1)[None])
        hits = index.search_dense(unit(1), 9)
        assert [(hit.passage, round(hit.score, 3)) for hit in hits] == [(1, 1.0)]

    @pytest.mark.parametrize(("filter", "expected"), FILTERS)
    def test_filter_confines_both_halves(self, index: Index, filter: Filter, expected: list[int]) -> None:  # noqa: A002
        """Only what matches is found, and an empty list of sources is not the same as no list."""
        index.apply(batch(*FACETS))
        index.add_vectors([1, 2, 3, 4], np.stack([unit(1)] * 4))
        assert ids(index.search_lexical("owl", 9, filter)) == expected
        assert ids(index.search_dense(unit(1), 9, filter)) == expected

    def test_filter_never_costs_results(self, index: Index) -> None:
        """The k rows that match are found, however many better ones do not match."""
        index.apply(
            batch(*(entry(n, "owl " * (1 + n % 7), source="rare" if n % 100 == 0 else "s") for n in range(400)))
        )
        index.add_vectors(range(400), np.stack([unit(1, n % 100 == 0) for n in range(400)]))
        rare = Filter(sources=("rare",))
        assert set(ids(index.search_lexical("owl", 4, rare))) == {0, 100, 200, 300}
        assert ids(index.search_dense(unit(1), 4, rare)) == [0, 100, 200, 300]

    @pytest.mark.parametrize(
        "query",
        [
            "",
            " \n",
            "!!!",
            'title:owl AND ("a b"~3 OR NOT [x TO y]^2) *',
            "\x00\ud800",
            "owl " * 5_000,
            " ".join(f"w{n}" for n in range(9_000)),
            "/.*/",
            "日本語",
            "😀",
        ],
        ids=lambda query: ascii(query[:12]),
    )
    def test_hostile_query_is_only_words(self, index: Index, query: str) -> None:
        """No sign in a query means anything; what is not a word finds nothing."""
        index.apply(batch(entry(1, "owl"), entry(2, "\x00 \ud800 and <script>")))
        found = ids(index.search_lexical(query, 9))
        assert found == ([1] if query.startswith("owl") else [1, 2] if query.startswith("title") else [])

    @pytest.mark.parametrize("k", [0, -1])
    def test_nothing_asked_for_gives_nothing(self, index: Index, k: int) -> None:
        """No rows are a possible number of rows."""
        index.apply(batch(entry(1)))
        index.add_vectors([1], unit(1)[None])
        assert (index.search_lexical("word", k), index.search_dense(unit(1), k)) == ([], [])

    def test_closing_twice_is_fine(self, index: Index) -> None:
        """Whoever closes last need not know."""
        index.close()
        index.close()
