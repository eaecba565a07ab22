"""
Keeps the index up with the records: words as soon as passages are written, meaning when there is time.

The index says itself up to where in the index log it has come, so a killed indexer goes on from there, and repeating a
batch changes nothing. A text is given to the model once: its vector is kept by the hash of what the model read, and
beside it its words in their context (`models/in_context.py`), where the model tells them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.kernel.clock import Clock
from bowerbird.knowledge.index import Entry, Index, IndexBatch
from bowerbird.models import Embedder
from bowerbird.models.embed import readings, tells_words
from bowerbird.models.in_context import is_packed, packed
from bowerbird.ops import crash
from bowerbird.records import Records, quoted
from bowerbird.records.tables import embeddings, index_log, pages, passages, sources, versions

__all__ = ["Indexer", "kept_words", "log_length", "model_text", "text_hash"]

LOG_AT_ONCE = 2_000  # entries of the log in one batch
MAX_TITLE = 120  # characters of a title that the model reads: the passage needs the room
IDS_AT_ONCE = 500  # databases bound the number of values in one statement


@dataclass(frozen=True, slots=True)
class _Text:
    """What the model reads of a passage: where it stands, then what it says."""

    passage: int
    words: str
    hash: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the model made of a text: its vector in float16, and its words, if it tells them."""

    vector: bytes
    words: bytes | None


class Indexer:
    """Derives the index from the records. One thread of one process uses it."""

    def __init__(self, records: Records, index: Index, embedder: Embedder, clock: Clock) -> None:
        self._records = records
        self._index = index
        self._embedder = embedder
        self._clock = clock

    @property
    def model(self) -> str:
        """What the vectors are made by."""
        return self._embedder.name

    def catch_up(self) -> int:
        """Take in the next part of the index log; the number of its entries (0: the index is up with the records)."""
        batch, taken = self._records.read(partial(_next_batch, after=self._index.high_water()))
        if taken:
            crash.point("index.before_apply")
            self._index.apply(batch)
            crash.point("index.after_apply")
        return taken

    def embed_some(self, limit: int) -> int:
        """Give vectors to up to `limit` passages that have none; how many were given (0: all have one)."""
        missing = self._index.missing_vectors(limit)
        if not missing:
            return 0
        texts = self._records.read(partial(_texts, ids=missing))
        unknown = sorted(set(missing) - {text.passage for text in texts})
        if unknown:  # of other records than these: a restored backup, perhaps
            self._index.apply(IndexBatch(removes=unknown, adds=[], up_to_seq=self._index.high_water()))
        if texts:
            self._index.add_vectors([text.passage for text in texts], self._vectors(texts))
        return len(missing)

    def is_caught_up(self) -> bool:
        """Whether everything in the index log can be found by its words."""
        return self._records.read(partial(log_length, after=self._index.high_water())) == 0

    def lacks_vectors(self) -> bool:
        """Whether a passage waits for its vector."""
        return bool(self._index.missing_vectors(1))

    def _vectors(self, texts: Sequence[_Text]) -> NDArray[np.float32]:
        """Unit vectors (n, d) in the order of `texts`, from the records where the model has read the text before."""
        kept = self._records.read(partial(_kept, model=self._embedder.name, hashes=[text.hash for text in texts]))
        if tells_words(self._embedder):  # what was read before its words were kept is read once more
            kept = {key: one for key, one in kept.items() if is_packed(one.words)}
        new = {text.hash: text.words for text in texts if text.hash not in kept}
        if new:
            read = readings(self._embedder, list(new.values()))
            found = {
                key: _Kept(each.vector.astype(np.float16).tobytes(), None if each.words is None else packed(each.words))
                for key, each in zip(new, read, strict=True)
            }
            self._records.write(partial(_remember, model=self._embedder.name, found=found, now_s=self._clock.now_s()))
            kept |= found
        return np.stack([np.frombuffer(kept[text.hash].vector, np.float16) for text in texts]).astype(np.float32)


def log_length(conn: sa.Connection, after: int) -> int:
    """How many entries the index log has behind the sequence number `after`."""
    return conn.execute(sa.select(sa.func.count()).where(index_log.c.seq > after)).scalar_one()


def model_text(title: str, heading: str, text: str) -> str:
    """What the model reads of a passage: where it stands on one line, without saying the title twice, then itself."""
    above = [part for part in heading.split(" › ") if part and part != title]
    where = " › ".join([title[:MAX_TITLE], *above] if title else above)
    return f"{where}\n{text}" if where else text


def text_hash(text: str) -> str:
    """What a text that the model read is kept by."""
    return hashlib.sha256(text.encode()).hexdigest()


def _next_batch(conn: sa.Connection, after: int) -> tuple[IndexBatch, int]:
    rows = conn.execute(
        sa.select(index_log).where(index_log.c.seq > after).order_by(index_log.c.seq).limit(LOG_AT_ONCE)
    ).all()
    last = {row.passage: row.op for row in rows}  # what was written last holds
    added = [passage for passage, op in last.items() if op == "add"]
    return (
        IndexBatch(
            removes=[passage for passage, op in last.items() if op == "remove"],
            adds=[_entry(row) for row in _passage_rows(conn, added)],
            up_to_seq=rows[-1].seq if rows else after,
        ),
        len(rows),
    )


def _passage_rows(conn: sa.Connection, ids: Sequence[int]) -> list[Any]:
    rows: list[Any] = []
    for first in range(0, len(ids), IDS_AT_ONCE):
        rows += conn.execute(
            sa.select(
                passages.c.id,
                passages.c.page,
                passages.c.heading,
                passages.c.language,
                quoted(passages.c.start, passages.c.end).label("text"),
                versions.c.title,
                versions.c.fetched_at,
                pages.c.source,
                pages.c.kind,
                pages.c.published_at,
                pages.c.fields,
                sources.c.workspace,
            )
            .join(versions, versions.c.id == passages.c.version)
            .join(pages, pages.c.id == passages.c.page)
            .join(sources, sources.c.id == pages.c.source)
            .where(passages.c.id.in_(ids[first : first + IDS_AT_ONCE]))
            .order_by(passages.c.id)
        ).all()
    return rows


def _entry(row: Any) -> Entry:
    return Entry(
        passage=row.id,
        page=row.page,
        workspace=row.workspace,
        source=row.source,
        kind=row.kind,
        at_s=row.fetched_at if row.published_at is None else row.published_at,
        title=row.title,
        heading=row.heading,
        text=row.text,
        tags=tuple(str(tag) for tag in row.fields.get("tags") or ()),
        language=row.language,
    )


def _texts(conn: sa.Connection, ids: Sequence[int]) -> list[_Text]:
    found: list[_Text] = []
    for row in _passage_rows(conn, ids):
        words = model_text(row.title, row.heading, row.text)
        found.append(_Text(row.id, words, text_hash(words)))
    return found


def kept_words(conn: sa.Connection, model: str, hashes: Sequence[str]) -> dict[str, bytes]:
    """By the hash of a text that `model` has read: its words as `packed` wrote them, if they are kept."""
    rows = conn.execute(sa.select(embeddings.c.text_hash, embeddings.c.words).where(_of(model, hashes)))
    return {row.text_hash: bytes(row.words) for row in rows if is_packed(row.words)}


def _kept(conn: sa.Connection, model: str, hashes: Sequence[str]) -> dict[str, _Kept]:
    rows = conn.execute(sa.select(embeddings).where(_of(model, hashes)))
    return {row.text_hash: _Kept(bytes(row.vector), row.words) for row in rows}


def _of(model: str, hashes: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.and_(embeddings.c.model == model, embeddings.c.text_hash.in_(hashes))


def _remember(conn: sa.Connection, model: str, found: Mapping[str, _Kept], now_s: float) -> None:
    already = _kept(conn, model, list(found))
    rows = [
        {"model": model, "text_hash": key, "vector": one.vector, "words": one.words, "created_at": now_s}
        for key, one in found.items()
        if key not in already
    ]
    if rows:
        conn.execute(sa.insert(embeddings), rows)
    for key, one in found.items():
        if key in already and one.words is not None:
            conn.execute(sa.update(embeddings).where(_of(model, [key])).values(vector=one.vector, words=one.words))
