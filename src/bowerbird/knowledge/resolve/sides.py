"""
What each source says of a name: the words around it, how it is written, and what the same sentences name.

A source is read by the places that were read first, so that what follows from them does not change with each page.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.knowledge.entities.live import live
from bowerbird.knowledge.resolve.features import words_of
from bowerbird.knowledge.words import STOPWORDS
from bowerbird.records.tables import mentions, pages, versions

__all__ = ["AROUND", "Place", "Side", "sides"]

MAX_PLACES: Final = 12  # of a name on one source
AROUND: Final = 100  # characters on either side of a mention
_CHUNK: Final = 200

SideKey = tuple[int, str]  # the entity whose name it is, and the source


@dataclass(frozen=True, slots=True)
class Place:
    """A mention with up to `AROUND` characters on either side."""

    before: str
    quote: str
    after: str


@dataclass(frozen=True, slots=True)
class Side:
    """A name on one source."""

    places: tuple[Place, ...]
    words: frozenset[str]  # the telling ones around it
    beside: frozenset[int]  # the entities that the same sentences name


def sides(conn: sa.Connection, wanted: Collection[SideKey]) -> dict[SideKey, Side]:
    """Each of the names on each of the sources, if live pages say it there."""
    found: dict[SideKey, Side] = {}
    ids = sorted({entity for entity, _ in wanted})
    for first in range(0, len(ids), _CHUNK):
        some = set(ids[first : first + _CHUNK])
        rows: defaultdict[SideKey, list[Any]] = defaultdict(list)
        for row in _rows(conn, some, {source for entity, source in wanted if entity in some}):
            if (row.named, row.source) in wanted:
                rows[row.named, row.source].append(row)
        beside = _beside(conn, rows)
        found.update({key: _side(said, beside.get(key, frozenset())) for key, said in rows.items()})
    return found


def _rows(conn: sa.Connection, ids: Collection[int], on: Collection[str]) -> Iterator[Any]:
    """The first mentions of each on each of the sources `on`, of different pages before a second one of the same."""
    again = sa.func.row_number().over(partition_by=(mentions.c.named, mentions.c.page), order_by=mentions.c.id)
    each = (
        sa.select(mentions, again.label("again"))
        .join(pages, pages.c.id == mentions.c.page)
        .where(mentions.c.named.in_(ids), mentions.c.source.in_(on), live())
        .subquery()
    )
    place = sa.func.row_number().over(partition_by=(each.c.named, each.c.source), order_by=(each.c.again, each.c.id))
    some = sa.select(each, place.label("place")).subquery()
    begin = sa.case((some.c.start > AROUND, some.c.start - AROUND), else_=0)
    text = sa.func.substr(versions.c.text, begin + 1, some.c.end - begin + AROUND)
    yield from conn.execute(
        sa.select(
            some.c.id,
            some.c.named,
            some.c.source,
            (some.c.start - begin).label("at"),
            (some.c.end - begin).label("till"),
            text.label("text"),
        )
        .join(versions, versions.c.id == some.c.version)
        .where(some.c.place <= MAX_PLACES)
        .order_by(some.c.named, some.c.source, some.c.place)
    )


def _beside(conn: sa.Connection, rows: dict[SideKey, list[Any]]) -> dict[SideKey, frozenset[int]]:
    """The other entities that the same sentences name."""
    found: defaultdict[SideKey, set[int]] = defaultdict(set)
    mine, other = mentions.alias("mine"), mentions.alias("other")
    same_sentence = sa.and_(other.c.version == mine.c.version, other.c.sentence_start == mine.c.sentence_start)
    pairs = sa.select(mine.c.named, mine.c.source, other.c.named.label("other")).distinct().join(other, same_sentence)
    there = [row.id for said in rows.values() for row in said]
    for first in range(0, len(there), _CHUNK):
        for row in conn.execute(pairs.where(mine.c.id.in_(there[first : first + _CHUNK]))):
            if row.other != row.named:
                found[row.named, row.source].add(row.other)
    return {key: frozenset(others) for key, others in found.items()}


def _side(rows: Sequence[Any], beside: frozenset[int]) -> Side:
    places = tuple(Place(row.text[: row.at], row.text[row.at : row.till], row.text[row.till :]) for row in rows)
    own = {word for place in places for word in words_of(place.quote)}
    said = [word for place in places for text in (place.before, place.after) for word in words_of(text)]
    telling = [word for word in said if word not in own and word not in STOPWORDS and not word[0].isdigit()]
    return Side(places, frozenset(telling), beside)
