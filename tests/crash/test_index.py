"""A writer that is killed anywhere leaves an index that opens, and repeating the log makes it whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bowerbird.knowledge.index import EmbeddedIndex, IndexBatch, writer
from bowerbird.testing.index_contract import DIMENSIONS, batch, entry, ids, unit

pytestmark = pytest.mark.crash

LOG = [
    batch(*(entry(n, f"owl number{n}") for n in range(4)), up_to=1),
    batch(entry(4, "owl number4"), removes=[0], up_to=2),
    batch(entry(1, "ant number1"), entry(5, "owl number5"), up_to=3),
    batch(removes=[4], up_to=4),
]


def vector(passage: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The vector of a passage."""
    return unit(1, passage)


def work(root: Path) -> None:
    """What an indexer does: the log after the high-water mark, then the vectors that are missing."""
    writer.TAIL = 2
    index = EmbeddedIndex(root, model="m", dimensions=DIMENSIONS, write=True)
    for each in after(index.high_water()):
        index.apply(each)
        while missing := index.missing_vectors(2):
            index.add_vectors(missing, np.stack([vector(n) for n in missing]))
    index.close()


def after(seq: int) -> list[IndexBatch]:
    """The part of the log that is yet to be taken in."""
    return [each for each in LOG if each.up_to_seq > seq]


@pytest.mark.parametrize("nth", [1, 2, 4, 7])
@pytest.mark.parametrize(
    "point",
    [
        "index.lexical_committed",
        "index.rows_written",
        "index.vectors_written",
        "index.graph_written",
        "index.committed",
    ],
)
def test_killed_writer_goes_on_where_it_was(tmp_path: Path, point: str, nth: int) -> None:
    """After the kill every reader finds whole passages; after the work is done again, all is as if nothing happened."""
    code = f"from tests.crash.test_index import work; from pathlib import Path; work(Path({str(tmp_path)!r}))"
    environment = {**os.environ, "BOWERBIRD_CRASH": f"{point}:{nth}"}
    killed = subprocess.run([sys.executable, "-c", code], env=environment, check=False, timeout=60)
    assert killed.returncode in (-signal.SIGKILL, 0)  # 0: the point was reached less often than that
    assert nth > 2 or killed.returncode == -signal.SIGKILL

    reader = EmbeddedIndex(tmp_path, model="m", dimensions=DIMENSIONS, write=False)
    # Words may be one batch ahead of the mark; vectors and the count are exactly what the mark says.
    expected = expected_after(reader.high_water())
    assert reader.count() == len(expected)
    assert set(ids(reader.search_dense(unit(1), 99))) <= expected
    assert ids(reader.search_lexical("number9", 9)) == []

    work(tmp_path)
    assert (reader.high_water(), reader.count(), reader.missing_vectors(9)) == (4, 4, [])
    assert set(ids(reader.search_lexical("owl ant", 99))) == {1, 2, 3, 5}
    assert ids(reader.search_lexical("ant", 99)) == [1]
    for passage in (1, 2, 3, 5):
        nearest = reader.search_dense(vector(passage), 1)
        assert [(hit.passage, round(hit.score, 4)) for hit in nearest] == [(passage, 1.0)]
    reader.close()


def expected_after(seq: int) -> set[int]:
    """The passages that are there when the log has been taken in up to `seq`."""
    there: set[int] = set()
    for each in LOG:
        if each.up_to_seq <= seq:
            there = there - set(each.removes) | {added.passage for added in each.adds}
    return there
