"""
The vector of an item: the mean of its passages' vectors, of length 1; NULL until all of them are there.

What an item brought with it stays as it is (`items.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.feed.item_changes import mark_changed, next_seqs, parts
from bowerbird.knowledge.indexer import model_text, text_hash
from bowerbird.records import Records, quoted
from bowerbird.records.tables import embeddings, items, passages, versions

__all__ = ["fill_vectors", "lacking_vectors"]

PASSAGES_AT_MOST: Final = 256  # of an item, for its vector: more of a book say nothing new about it


def lacking_vectors(conn: sa.Connection) -> list[int]:
    """The items that are shown and have no vector, the oldest first."""
    found = sa.select(items.c.id).where(items.c.vector.is_(None), items.c.gone_at.is_(None)).order_by(items.c.id)
    return list(conn.execute(found).scalars())


def fill_vectors(records: Records, wanted: Sequence[int], *, model: str) -> set[int]:
    """Give vectors to those of the items whose passages have all been embedded by `model`; which no longer wait."""
    found = records.read(partial(_vectors, wanted=wanted, model=model))
    if found.vectors:
        records.write(partial(_keep_vectors, found=found))
    return {*found.vectors, *found.without}


@dataclass(frozen=True, slots=True)
class _Found:
    """The vectors of items, of the version that they were made from; `without` will never have one."""

    vectors: Mapping[int, bytes]
    versions: Mapping[int, int]
    without: frozenset[int]


def _vectors(conn: sa.Connection, wanted: Sequence[int], model: str) -> _Found:
    of_item: dict[int, list[str]] = {}
    shown: dict[int, int] = {}
    without: set[int] = set(wanted)
    for some in parts(wanted):
        rows = conn.execute(
            sa.select(items.c.id, items.c.version, versions.c.arranged)
            .join(versions, versions.c.id == items.c.version)
            .where(items.c.id.in_(some), items.c.vector.is_(None), items.c.gone_at.is_(None))
        ).all()
        shown |= {row.id: row.version for row in rows if row.arranged}
        without -= {row.id for row in rows}
    for item, words in _texts(conn, shown):
        of_item.setdefault(item, []).append(text_hash(words))
    without |= shown.keys() - of_item.keys()  # it has no passages
    known = _embedded(conn, sorted({text for texts in of_item.values() for text in texts}), model)
    means = {
        item: _mean([known[text] for text in texts])
        for item, texts in of_item.items()
        if all(text in known for text in texts)
    }
    return _Found(means, shown, frozenset(without))


def _texts(conn: sa.Connection, shown: Mapping[int, int]) -> Iterator[tuple[int, str]]:
    """What the model read of the items' passages."""
    item_of = {version: item for item, version in shown.items()}
    for some in parts(sorted(item_of)):
        place = sa.func.row_number().over(partition_by=passages.c.version, order_by=passages.c.start).label("place")
        first = (
            sa.select(passages.c.version, passages.c.start, passages.c.end, passages.c.heading, place)
            .where(passages.c.version.in_(some))
            .subquery()
        )
        rows = conn.execute(
            sa.select(
                first.c.version, first.c.heading, versions.c.title, quoted(first.c.start, first.c.end).label("text")
            )
            .join(versions, versions.c.id == first.c.version)
            .where(first.c.place <= PASSAGES_AT_MOST)
        )
        for row in rows:
            yield item_of[row.version], model_text(row.title, row.heading, row.text)


def _embedded(conn: sa.Connection, texts: Sequence[str], model: str) -> dict[str, NDArray[np.float32]]:
    return {
        row.text_hash: np.frombuffer(row.vector, np.float16).astype(np.float32)
        for some in parts(texts)
        for row in conn.execute(
            sa.select(embeddings.c.text_hash, embeddings.c.vector).where(
                embeddings.c.model == model, embeddings.c.text_hash.in_(some)
            )
        )
    }


def _mean(vectors: Sequence[NDArray[np.float32]]) -> bytes:
    mean = np.mean(np.stack(vectors), axis=0)
    length = float(np.linalg.norm(mean))
    return bytes((mean / length if length > 0 else mean).astype(np.float16).tobytes())


def _keep_vectors(conn: sa.Connection, found: _Found) -> None:
    """Write the vectors of items that are still made from that version."""
    seqs = next_seqs(conn)
    conn.execute(
        sa.update(items)
        .where(items.c.id == sa.bindparam("row"), items.c.version == sa.bindparam("made_from"))
        .values(vector=sa.bindparam("new_vector"), seq=sa.bindparam("new_seq")),
        [
            {"row": item, "made_from": found.versions[item], "new_vector": vector, "new_seq": next(seqs)}
            for item, vector in found.vectors.items()
        ],
    )
    mark_changed(conn, list(found.vectors))
