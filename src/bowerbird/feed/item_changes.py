"""
How a change of items is written, whoever makes it: each row with a number above all others, and marked; and by what an
item that has changed is told from what it was.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.feed.stamps import ITEMS_CHANGED, item_of
from bowerbird.records import mark_on_commit
from bowerbird.records.tables import items

__all__ = ["mark_changed", "next_seqs", "parts", "version_of"]

IDS_AT_ONCE: Final = 400  # databases bound the number of values in one statement


def next_seqs(conn: sa.Connection) -> Iterator[int]:
    """Numbers above all there are. Writers take turns, so that nobody else gives the same."""
    last = conn.execute(sa.select(sa.func.max(items.c.seq))).scalar() or 0
    while True:
        last += 1
        yield last


def version_of(key: str, seq: int) -> int:
    """
    What tells an item as it is from what it was, and from all others: 63 bits.

    A row and a `seq` alone do not: when the records are restored from a copy, they are given out again, to others.
    """
    return int.from_bytes(hashlib.blake2b(f"{seq} {key}".encode(), digest_size=8).digest(), "big") >> 1


def mark_changed(conn: sa.Connection, changed: Sequence[int]) -> None:
    """Have processes told: first that there is something, then what (`ops/cache.py`: guards)."""
    if changed:
        mark_on_commit(conn, ITEMS_CHANGED, *map(item_of, changed))


def parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The values in their order, some hundred at a time."""
    for first in range(0, len(values), IDS_AT_ONCE):
        yield values[first : first + IDS_AT_ONCE]
