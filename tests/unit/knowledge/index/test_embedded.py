"""What is particular to the embedded index: readers beside a writer, the graph, generations, damage."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from bowerbird.kernel.errors import InputWrong, NotSupported, StoreUnavailable
from bowerbird.knowledge.index import EmbeddedIndex, Filter, generations, snapshot, writer
from bowerbird.knowledge.index.lexical import LexicalWriter
from bowerbird.testing.index_contract import DIMENSIONS, batch, entry, ids, unit


@contextmanager
def opened(root: Path, *, write: bool = False, model: str = "m") -> Iterator[EmbeddedIndex]:
    """An index of the folder, closed at the end."""
    index = EmbeddedIndex(root, model=model, dimensions=DIMENSIONS, write=write)
    try:
        yield index
    finally:
        index.close()


def filled(root: Path, text: str, *, up_to: int = 1) -> str:
    """The name of a new generation that holds one passage."""
    name = generations.create(root, model="m", dimensions=DIMENSIONS)
    one = writer.GenerationWriter(root / name)
    one.apply(batch(entry(1, text), up_to=up_to))
    one.close()
    return name


def test_reader_of_a_folder_without_index_sees_an_empty_one_until_it_comes(tmp_path: Path) -> None:
    """The web process may start before the worker."""
    with opened(tmp_path / "index") as reader:
        assert (reader.count(), reader.search_lexical("owl", 9), reader.search_dense(unit(1), 9)) == (0, [], [])
        with opened(tmp_path / "index", write=True) as one:
            one.apply(batch(entry(1, "owl")))
            assert ids(reader.search_lexical("owl", 9)) == [1]


def test_reader_sees_each_commit_at_its_next_search(tmp_path: Path) -> None:
    """Additions, vectors and removals, without opening anything again."""
    with opened(tmp_path, write=True) as one, opened(tmp_path) as reader:
        one.apply(batch(entry(1, "owl"), entry(2, "owl")))
        assert ids(reader.search_lexical("owl", 9)) == [1, 2]
        one.add_vectors([2], unit(1)[None])
        assert ids(reader.search_dense(unit(1), 9)) == [2]
        one.apply(batch(removes=[2], up_to=2))
        assert (ids(reader.search_lexical("owl", 9)), reader.search_dense(unit(1), 9)) == ([1], [])
        assert (reader.count(), reader.high_water(), reader.missing_vectors(9)) == (1, 2, [1])


def test_what_the_words_hold_ahead_of_a_killed_commit_passes_no_filter(tmp_path: Path) -> None:
    """A filter that all committed passages meet is left out of the search, and must hold all the same."""
    with opened(tmp_path, write=True) as one:
        one.apply(batch(entry(1, "owl", source="s")))
    words = LexicalWriter(tmp_path / "g000001" / "lexical")
    words.replace([], [entry(2, "owl", source="t")])
    words.close()

    with opened(tmp_path) as reader:
        assert ids(reader.search_lexical("owl", 9, Filter(sources=("s",)))) == [1]


def test_reader_refuses_to_write(tmp_path: Path) -> None:
    """Only the worker writes, and the message says so."""
    with opened(tmp_path) as reader, pytest.raises(NotSupported, match="opened to read; the worker writes it"):
        reader.apply(batch(entry(1)))


def test_second_writer_is_refused(tmp_path: Path) -> None:
    """Two writers would tear the files; the lock is free again when the first has closed."""
    with opened(tmp_path, write=True), pytest.raises(StoreUnavailable, match="another process writes"):
        EmbeddedIndex(tmp_path, model="m", dimensions=DIMENSIONS, write=True)
    with opened(tmp_path, write=True) as one:
        one.apply(batch(entry(1)))


def test_everything_outlives_the_process(tmp_path: Path) -> None:
    """What was taken in is there after closing and opening, and can be replaced and removed."""
    with opened(tmp_path, write=True) as one:
        one.apply(batch(entry(1, "owl", tags=("a",)), entry(2, "ant"), up_to=7))
        one.add_vectors([1], unit(1)[None])
    with opened(tmp_path, write=True) as one:
        assert (one.count(), one.high_water(), one.missing_vectors(9)) == (2, 7, [2])
        assert ids(one.search_dense(unit(1), 9, Filter(tags=("a",)))) == [1]
        one.apply(batch(entry(1, "bee"), removes=[2], up_to=9))
        assert (one.count(), one.missing_vectors(9), ids(one.search_lexical("bee owl ant", 9))) == (1, [1], [1])


def test_another_model_is_refused(tmp_path: Path) -> None:
    """Vectors of two models are never compared; the message names what to do."""
    with opened(tmp_path, write=True):
        pass
    with pytest.raises(NotSupported, match=r"holds vectors of \('m', 4\).*bowerbird index rebuild"):
        EmbeddedIndex(tmp_path, model="other", dimensions=DIMENSIONS, write=False)


@pytest.mark.parametrize("vectors", [np.zeros((1, 3), np.float32), np.full((1, 4), np.nan, np.float32)])
def test_wrong_vectors_are_refused(tmp_path: Path, vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> None:
    """A vector of another shape, or with what is no number, would poison every search."""
    with opened(tmp_path, write=True) as one:
        one.apply(batch(entry(1)))
        with pytest.raises(ValueError, match="finite"):
            one.add_vectors([1], vectors)
        with pytest.raises(ValueError, match="finite"):
            one.search_dense(vectors[0], 1)
        assert one.missing_vectors(9) == [1]


@pytest.mark.parametrize(
    ("file", "content"),
    [("manifest.json", b"{"), ("manifest.json", b'{"format": 0}'), ("rows.bin", b""), ("vectors.bin", b"x")],
)
def test_damage_is_named_with_what_to_do(tmp_path: Path, file: str, content: bytes) -> None:
    """A broken or short file is told as such, never searched."""
    with opened(tmp_path, write=True) as one:
        one.apply(batch(entry(1)))
        one.add_vectors([1], unit(1)[None])
    (tmp_path / "g000001" / file).write_bytes(content)
    with pytest.raises(StoreUnavailable, match=rf"{file}.*bowerbird index rebuild"):
        EmbeddedIndex(tmp_path, model="m", dimensions=DIMENSIONS, write=False)


def test_closed_index_says_so(tmp_path: Path) -> None:
    """A search after close is an error, not an empty answer."""
    with opened(tmp_path) as reader:
        pass
    with pytest.raises(StoreUnavailable, match="was closed"):
        reader.search_lexical("owl", 1)


class TestGraph:
    """The graph takes in what the tail has gathered; the numbers are made small so that it does so soon."""

    COUNT = 1200

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writer, "TAIL", 400)
        monkeypatch.setattr(snapshot, "EXACT_VECTORS", 50)

    @pytest.fixture
    def vectors(self) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """Directions in four dimensions, the same in each run."""
        drawn = np.random.default_rng(0).standard_normal((self.COUNT, DIMENSIONS))
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)

    def test_finds_what_exact_scores_find(
        self, tmp_path: Path, vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]
    ) -> None:
        """Through graph and tail, with removals and filters, k rows come back with recall of at least .98."""
        with opened(tmp_path, write=True) as one, opened(tmp_path) as reader:
            kinds = ["a" if n % 5 else "b" for n in range(self.COUNT)]
            one.apply(batch(*(entry(n, kind=kind) for n, kind in enumerate(kinds))))
            for first in range(0, self.COUNT, 250):
                numbers = range(first, min(first + 250, self.COUNT))
                one.add_vectors(numbers, vectors[first : first + 250])
                reader.count()
            removed = range(0, self.COUNT, 7)
            one.apply(batch(removes=removed, up_to=2))
            graphs = [path.name for path in (tmp_path / "g000001").glob("graph-*")]
            assert graphs == ["graph-1000.faiss"]
            for kind in (None, "a", "b"):
                confined = Filter() if kind is None else Filter(kinds=(kind,))
                alive = [n for n in range(self.COUNT) if n % 7 and kind in (None, kinds[n])]
                for query in vectors[:20]:
                    expected = sorted(alive, key=lambda n: -float(vectors[n] @ query))[:30]
                    found = ids(reader.search_dense(query, 30, confined))
                    assert len(found) == 30
                    assert len(set(found) & set(expected)) >= 0.98 * 30

    def test_graph_that_shows_too_little_is_passed_over(
        self, tmp_path: Path, vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]
    ) -> None:
        """When a walk comes back with fewer than match, all that match are scored one by one."""
        with opened(tmp_path, write=True) as one:
            one.apply(batch(*(entry(n) for n in range(450))))
            one.add_vectors(range(450), vectors[:450])
            assert len(one.search_dense(vectors[0], 450)) == 450

    def test_damaged_graph_is_named(
        self, tmp_path: Path, vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]
    ) -> None:
        """A graph that cannot be read, or is gone, is told as such."""
        with opened(tmp_path, write=True) as one:
            one.apply(batch(*(entry(n) for n in range(400))))
            one.add_vectors(range(400), vectors[:400])
        path = tmp_path / "g000001" / "graph-400.faiss"
        path.write_bytes(b"no graph")
        with pytest.raises(StoreUnavailable, match=r"graph-400.faiss.*bowerbird index rebuild"):
            EmbeddedIndex(tmp_path, model="m", dimensions=DIMENSIONS, write=False)
        path.unlink()
        with pytest.raises(StoreUnavailable, match="graph of .* is not there: bowerbird index rebuild"):
            EmbeddedIndex(tmp_path, model="m", dimensions=DIMENSIONS, write=False)


class TestGenerations:
    def test_switch_and_roll_back_reach_reader_and_writer(self, tmp_path: Path) -> None:
        """Both follow the pointer; what was in use before is kept and comes back as it was."""
        with opened(tmp_path, write=True) as one, opened(tmp_path) as reader:
            one.apply(batch(entry(1, "old"), up_to=5))
            assert ids(reader.search_lexical("old new", 9)) == [1]
            new = filled(tmp_path, "new", up_to=3)
            assert ids(reader.search_lexical("new", 9)) == []
            generations.switch(tmp_path, new)
            assert (ids(reader.search_lexical("new", 9)), reader.search_lexical("old", 9)) == ([1], [])
            assert one.high_water() == 3
            one.apply(batch(entry(2, "new"), up_to=4))
            assert ids(reader.search_lexical("new", 9)) == [1, 2]
            assert generations.roll_back(tmp_path) == generations.Generations("g000001", "g000002")
            assert (ids(reader.search_lexical("old", 9)), one.high_water(), reader.high_water()) == ([1], 5, 5)

    def test_first_generation_cannot_be_rolled_back(self, tmp_path: Path) -> None:
        """The message says what to do instead."""
        with opened(tmp_path, write=True), pytest.raises(InputWrong, match="no previous generation.*index rebuild"):
            generations.roll_back(tmp_path)

    def test_generation_without_manifest_is_never_switched_to(self, tmp_path: Path) -> None:
        """A switch to what cannot be opened is refused before anyone follows it."""
        with opened(tmp_path, write=True) as one:
            (tmp_path / "g000002").mkdir()
            with pytest.raises(StoreUnavailable, match=r"manifest\.json"):
                generations.switch(tmp_path, "g000002")
            assert one.count() == 0

    def test_prune_keeps_what_is_used_previous_or_being_written(self, tmp_path: Path) -> None:
        """Older ones and what a kill has left go; a new generation never takes a name that is there."""
        with opened(tmp_path, write=True) as one:
            for _ in range(3):
                generations.switch(tmp_path, filled(tmp_path, "owl"))
            left = generations.create(tmp_path, model="m", dimensions=DIMENSIONS)
            written = writer.GenerationWriter(tmp_path / generations.create(tmp_path, model="m", dimensions=DIMENSIONS))
            one.high_water()  # lets go of the first generation
            assert generations.prune(tmp_path) == ["g000001", "g000002", left]
            written.close()
            assert ids(one.search_lexical("owl", 9)) == [1]
            assert generations.create(tmp_path, model="m", dimensions=DIMENSIONS) == "g000007"

    def test_damaged_pointer_is_named(self, tmp_path: Path) -> None:
        """CURRENT that cannot be read is told, with what to do."""
        (tmp_path / "CURRENT").write_text("?")
        with pytest.raises(StoreUnavailable, match=r"CURRENT.*bowerbird index rebuild"):
            generations.read(tmp_path)
