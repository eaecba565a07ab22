"""Retrieval in rounds: what the first leaves open is looked for by the names that it brings in."""

from collections.abc import Sequence
from dataclasses import replace

from bowerbird.answer.question import plan
from bowerbird.answer.retrieve import next_query, retrieve
from bowerbird.kernel.nouns import Hit, Scope
from tests.unit.answer.builders import a_hit

SCOPE = Scope("w", "p")
NOVEL = a_hit("Emma is a novel written by Jane Austen.", page=1, title="Emma")
AUTHOR = a_hit("Jane Austen was born in 1775 in Steventon.", page=2, title="Jane Austen")
OTHER = a_hit("Novels are read in summer.", page=3, title="Novels")
QUESTION = "In which year was the writer of the novel Emma born?"


class Shelf:
    """Finds by a table of queries' words, and notes what was looked for."""

    def __init__(self) -> None:
        self.queries: list[str] = []

    def search_each(self, queries: Sequence[str], *, k: int, scope: Scope) -> list[list[Hit]]:
        """The author only by name."""
        assert scope == SCOPE
        self.queries += queries
        author: list[Hit] = [replace(AUTHOR, score=0.9)]
        return [(author if "Jane Austen" in query else [NOVEL, OTHER])[:k] for query in queries]


def test_a_second_round_looks_for_what_is_open_by_the_names_found() -> None:
    """The passage that the question does not name is found, and the rounds are told."""
    shelf = Shelf()
    found = retrieve(plan(QUESTION), shelf, SCOPE, k=5)
    assert [hit.passage.title for hit in found.hits] == ["Emma", "Novels", "Jane Austen"]
    assert len(found.rounds) == len(shelf.queries) - 1
    assert "Jane Austen" in found.rounds[0]


def test_one_round_is_enough_where_a_passage_says_it_all() -> None:
    """No second search, no delay."""
    shelf = Shelf()
    found = retrieve(plan("Who is the novel Emma written by?"), shelf, SCOPE, k=5)
    assert (len(shelf.queries), found.rounds) == (1, ())


def test_the_next_query_is_what_is_open_and_the_new_names() -> None:
    """Words that the passage holds are not looked for again, nor names that were asked."""
    query = next_query(plan(QUESTION), NOVEL.passage)
    assert "born" in query
    assert query.endswith("Jane Austen")
    assert "Emma" not in query


def test_k_bounds_what_comes_back() -> None:
    """Also over several rounds."""
    assert len(retrieve(plan(QUESTION), Shelf(), SCOPE, k=2).hits) == 2
