"""
What a transaction changes that processes keep in memory: it says so by a key, which is marked once it is committed.

    mark_on_commit(conn, "items")         # anywhere within the transaction
    ...                                   # committed, then marked, and only then `write` returns

So whoever was told that it is done can count on nobody giving out what was before (`ops/stamps.py`). Keys are marked in
the order in which they were named, also when the transaction was undone, which does no harm.
"""

from typing import Final

import sqlalchemy as sa

__all__ = ["IDENTITY", "mark_on_commit", "taken_marks"]

IDENTITY: Final = "identity"  # who somebody is, and what they may do

_MARKS: Final = "bowerbird_marks"


def mark_on_commit(conn: sa.Connection, *keys: str) -> None:
    """Have these keys marked when what is being written is committed."""
    conn.info.setdefault(_MARKS, {}).update(dict.fromkeys(keys))


def taken_marks(conn: sa.Connection) -> list[str]:
    """The keys so far, in their order; from now on there are none."""
    return list(conn.info.pop(_MARKS, ()))
