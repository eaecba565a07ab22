"""Pairs of entities of one workspace as rows of features, with what the whole workspace says of their words."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

import sqlalchemy as sa

from bowerbird.knowledge.entities.candidate import key_of
from bowerbird.knowledge.resolve.blocks import SHORT, letters, stated_block
from bowerbird.knowledge.resolve.describe import describe
from bowerbird.knowledge.resolve.features import Described, Weigh, features, words_of
from bowerbird.models.words import WordVectors
from bowerbird.records.tables import entities, entity_blocks

__all__ = ["Pair", "compared", "in_blocks"]

Pair = tuple[int, int]

_CHUNK: Final = 500
MAX_BLOCK: Final = 40  # entities: what more have in common says too little


def compared(
    conn: sa.Connection, workspace: str, pairs: Collection[Pair], vectors: WordVectors
) -> dict[Pair, list[float]]:
    """The features of each pair; pairs of which one is not there are left out."""
    known = describe(conn, {entity for pair in pairs for entity in pair}, vectors)
    stated = in_blocks(conn, workspace, {stated_block(name) for one in known.values() for name in _claimed(one)})
    others = {entity for block in stated.values() for entity in block} - known.keys()
    everybody = known | describe(conn, others, vectors)
    claims = {block[2:]: [everybody[one] for one in those] for block, those in stated.items()}
    short = {f"i:{letters(one.key)}" for one in known.values() if len(letters(one.key)) <= SHORT}
    sharing = {block[2:]: size for some in _chunks(sorted(short)) for block, size in _sizes(conn, workspace, some)}
    weigh = _weigh(conn, workspace, {word for one in known.values() for word in words_of(one.key)})
    return {
        (one, other): features(known[one], known[other], weigh, claims=claims, sharing=sharing)
        for one, other in pairs
        if one in known and other in known
    }


def in_blocks(conn: sa.Connection, workspace: str, blocks: Iterable[str]) -> dict[str, list[int]]:
    """The entities of each of the blocks; of one that holds too many to tell anything, none."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for some in _chunks(sorted(blocks)):
        rows = conn.execute(
            sa.select(entity_blocks.c.block, entity_blocks.c.entity).where(
                entity_blocks.c.block.in_(_telling(conn, workspace, some)), entity_blocks.c.workspace == workspace
            )
        )
        for row in rows:
            found[row.block].append(row.entity)
    return found


def _telling(conn: sa.Connection, workspace: str, blocks: Sequence[str]) -> list[str]:
    return [block for block, size in _sizes(conn, workspace, blocks) if size <= MAX_BLOCK]


def _sizes(conn: sa.Connection, workspace: str, blocks: Sequence[str]) -> list[tuple[str, int]]:
    size = sa.func.count().label("size")
    rows = conn.execute(
        sa.select(entity_blocks.c.block, size)
        .where(entity_blocks.c.workspace == workspace, entity_blocks.c.block.in_(blocks))
        .group_by(entity_blocks.c.block)
    )
    return [(row.block, row.size) for row in rows]


def _claimed(one: Described) -> Iterator[str]:
    """What it may be called by others too: its own name if it is short, and what pages say it is called."""
    if len(letters(one.key)) <= SHORT:
        yield one.key
    yield from (alias for alias in one.aliases if key_of(alias) != one.key)


def _weigh(conn: sa.Connection, workspace: str, words: Collection[str]) -> Weigh:
    """How much each word tells, by how many names begin or end with it."""
    total = conn.execute(
        sa.select(sa.func.count()).select_from(entities).where(entities.c.workspace == workspace)
    ).scalar_one()
    having: dict[str, int] = {}
    for some in _chunks([f"w:{word}" for word in sorted(words)]):
        having.update({block[2:]: size for block, size in _sizes(conn, workspace, some)})
    return lambda word: math.log(1 + total / (having.get(word, 0) + 0.5))


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(names), _CHUNK):
        yield names[first : first + _CHUNK]
