"""The records' contract on each backend."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bowerbird.records import Records, SqliteRecords, open_records
from bowerbird.testing.records_contract import JobsContract, RecordsContract


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """Fresh records in a file of their own."""
    opened = open_records(f"sqlite:///{tmp_path / 'bowerbird.db'}")
    yield opened
    opened.close()


class TestSqliteRecords(RecordsContract):
    """SQLite keeps the promises of the records."""

    def reopen(self, records: Records) -> Records:
        """Open the same file."""
        assert isinstance(records, SqliteRecords)
        return open_records(records.url)


class TestSqliteJobs(JobsContract):
    """SQLite keeps the promises of the jobs."""
