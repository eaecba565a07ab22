"""
A disk without room: what is told, what is kept, and that the same goes on when there is room again.

The limit on a file's size (RLIMIT_FSIZE) is a disk that is full for one process; `PRAGMA max_page_count` one that is
full for SQLite's file. Neither needs a right that tests may lack. A full server is in `test_postgres.py`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from bowerbird.accounts import audit, people
from bowerbird.accounts.roles import Role
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.knowledge.index import EmbeddedIndex
from bowerbird.records import Records, local_scope, open_records
from bowerbird.testing.index_contract import DIMENSIONS, batch, entry, ids, unit
from tests.disk import no_room

pytestmark = pytest.mark.on("sqlite")
CLOCK = SystemClock()


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    opened = open_records(records_url)
    yield opened
    opened.close()


def join(records: Records, name: str) -> people.Member:
    """A new member with a name of some size."""
    return records.write(
        lambda conn: people.add_member(
            conn,
            audit.Actor(local_scope(conn, CLOCK).workspace),
            email=f"{name}@example.org",
            name=name.title() * 20,
            role=Role.READER,
            clock=CLOCK,
        )
    )


def members(records: Records) -> list[str]:
    """Who is there."""
    found = records.read(lambda conn: people.list_members(conn, local_scope(conn, CLOCK).workspace))
    return [member.email.partition("@")[0] for member in found]


def test_accounts_on_a_disk_that_fills_up(records: Records) -> None:
    """Until it is full each call is kept, then each says so; none is half there; with room the same call works."""
    join(records, "m0")
    records.write(lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count={_pages(conn) + 2}"))
    kept = ["m0"]
    with pytest.raises(StoreUnavailable, match="full"):
        kept.extend(join(records, f"m{number}").email.partition("@")[0] for number in range(1, 2000))
    refused = f"m{len(kept)}"
    assert sorted(members(records)) == sorted(kept)

    records.write(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count=1000000"))
    join(records, refused)
    assert sorted(members(records)) == sorted([*kept, refused])
    assert "ok" in records.examine()


def _pages(conn: sa.Connection) -> int:
    return int(conn.exec_driver_sql("PRAGMA page_count").scalar_one())


def test_accounts_when_no_byte_can_be_written(records: Records) -> None:
    """The log of SQLite finds no room: refused in words, read as before, and right again afterwards."""
    join(records, "ada")
    with no_room():
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match="the records did not answer"):
                join(records, "ben")
        assert members(records) == ["ada"]
        records.ping()

    join(records, "ben")
    assert sorted(members(records)) == ["ada", "ben"]
    assert "ok" in records.examine()


def test_the_index_goes_on_when_there_is_room_again(tmp_path: Path) -> None:
    """What it held is found meanwhile; the batch that failed is taken in by the same writer, words and meaning."""
    index = EmbeddedIndex(tmp_path / "index", model="m", dimensions=DIMENSIONS, write=True)
    index.apply(batch(entry(1, "owl"), up_to=1))
    index.add_vectors([1], unit(1)[None])
    with no_room():
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match="index"):
                index.apply(batch(entry(2, "owl"), up_to=2))
            with pytest.raises(StoreUnavailable, match="index"):
                index.add_vectors([1, 2], np.stack([unit(1), unit(2)]))
        assert (ids(index.search_lexical("owl", 9)), index.high_water()) == ([1], 1)

    index.apply(batch(entry(2, "owl"), up_to=2))
    index.add_vectors([2], unit(2)[None])
    found = ids(index.search_lexical("owl", 9)), sorted(ids(index.search_dense(unit(2), 9)))
    index.close()
    assert found == ([1, 2], [1, 2])
