"""Entities as they are compared: what they are called, and what stands around them, read from the records."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.knowledge.entities.live import live
from bowerbird.knowledge.resolve.features import Described, words_of
from bowerbird.knowledge.words import STOPWORDS
from bowerbird.models.words import WordVectors
from bowerbird.records.tables import entities, entity_aliases, mentions, pages, sources, versions

__all__ = ["describe"]

_CHUNK = 400
MAX_SENTENCES: Final = 12  # of one entity, those that were read first
_LONGEST: Final = 400  # characters of a sentence


def describe(conn: sa.Connection, ids: Collection[int], vectors: WordVectors) -> dict[int, Described]:
    """The entities by their ids; those that nothing mentions have no context."""
    found: dict[int, Described] = {}
    there = sorted(ids)
    for first in range(0, len(there), _CHUNK):
        some = there[first : first + _CHUNK]
        around = _sentences(conn, some)
        places = _places(conn, some)
        stated = _stated_to_all(conn, some)
        for row in conn.execute(sa.select(entities).where(entities.c.id.in_(some))):
            said = around[row.id]
            found[row.id] = Described(
                id=row.id,
                key=row.key,
                name=row.read_name,
                type=row.read_type,
                aliases=tuple(alias for alias in row.aliases if (row.id, alias) in stated),
                context=_context([one.sentence for one in said], {row.key, *words_of(row.read_name)}, vectors),
                pages=frozenset(pages for pages, _ in places[row.id]),
                sources=frozenset(source for _, source in places[row.id]),
                titled=_share(_is_titled(one.sentence[one.at : one.till]) for one in said),
                definite=_share(one.sentence[: one.at].endswith(("the ", "The ")) for one in said),
            )
    return found


def _sentences(conn: sa.Connection, ids: Sequence[int]) -> defaultdict[int, list[Any]]:
    """Some sentences that name each, of different places."""
    place = sa.func.row_number().over(partition_by=mentions.c.named, order_by=mentions.c.id).label("place")
    some = (
        sa.select(mentions, place)
        .join(pages, pages.c.id == mentions.c.page)
        .where(mentions.c.named.in_(ids), live())
        .subquery()
    )
    length = sa.case(
        (some.c.sentence_end - some.c.sentence_start > _LONGEST, _LONGEST),
        else_=some.c.sentence_end - some.c.sentence_start,
    )
    rows = conn.execute(
        sa.select(
            some.c.named,
            (some.c.start - some.c.sentence_start).label("at"),
            (some.c.end - some.c.sentence_start).label("till"),
            sa.func.substr(versions.c.text, some.c.sentence_start + 1, length).label("sentence"),
        )
        .join(versions, versions.c.id == some.c.version)
        .where(some.c.place <= MAX_SENTENCES)
    )
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.named].append(row)
    return found


def _places(conn: sa.Connection, ids: Sequence[int]) -> defaultdict[int, list[tuple[int, str]]]:
    """The pages that name each, with their sources."""
    found: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = (
        sa.select(mentions.c.named, mentions.c.page, mentions.c.source)
        .distinct()
        .join(pages, pages.c.id == mentions.c.page)
        .where(mentions.c.named.in_(ids), live())
    )
    for row in conn.execute(rows):
        found[row.named].append((row.page, row.source))
    return found


def _stated_to_all(conn: sa.Connection, ids: Sequence[int]) -> set[tuple[int, str]]:
    """The other names of each that a source says which everybody sees: what is joined by them shows that it is said."""
    rows = conn.execute(
        sa.select(entity_aliases.c.entity, entity_aliases.c.alias)
        .join(sources, sources.c.id == entity_aliases.c.source)
        .where(entity_aliases.c.entity.in_(ids), sources.c.private_to == "")
    )
    return {(row.entity, row.alias) for row in rows}


def _is_titled(quote: str) -> bool:
    return all(word[0].isupper() for word in quote.split())


def _share(which: Iterable[bool]) -> float:
    those = list(which)
    return sum(those) / max(1, len(those))


def _context(sentences: Sequence[str], own: Collection[str], vectors: WordVectors) -> NDArray[np.float32]:
    """The mean of the words around, but for its own."""
    said = [word for sentence in sentences for word in words_of(sentence)]
    telling = [word for word in said if word not in own and word not in STOPWORDS and not word[0].isdigit()]
    seen = vectors.of(telling or ["entity"])
    mean = seen.mean(axis=0) if telling else np.zeros(seen.shape[1], np.float32)
    unit: NDArray[np.float32] = (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)
    return unit
