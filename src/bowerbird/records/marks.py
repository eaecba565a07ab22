"""
What a transaction changes that processes keep in memory: it says so by a key, which is marked once it is committed.

    mark_on_commit(conn, "items")         # anywhere within the transaction
    ...                                   # committed, then marked, and only then `write` returns

So whoever was told that it is done can count on nobody giving out what was before (`ops/stamps.py`). Keys are marked in
the order in which they were named, also when the transaction was undone, which does no harm.
"""

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa

__all__ = ["IDENTITY", "choices_of", "mark_on_commit", "new_marks"]

IDENTITY: Final = "identity"  # who somebody is, and what they may do

_MARKS: Final = "bowerbird_marks"


def choices_of(person: str) -> str:
    """What a person chose for their feed, and follows; that they asked for it afresh, and their being forgotten."""
    return f"choices:{person}"


def mark_on_commit(conn: sa.Connection, *keys: str) -> None:
    """Have these keys marked when what is being written is committed."""
    conn.info.setdefault(_MARKS, {}).update(dict.fromkeys(keys))


def new_marks(conn: sa.Connection) -> Mapping[str, None]:
    """What the keys of the transaction that begins will be in, in their order."""
    marks: dict[str, None] = {}
    conn.info[_MARKS] = marks
    return marks
