"""The records' contract on each backend."""

from collections.abc import Iterator

import pytest

from bowerbird.records import Records, open_records
from bowerbird.testing.records_contract import JobsContract, RecordsContract


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    """Fresh records of their own."""
    opened = open_records(records_url)
    yield opened
    opened.close()


class Reopened(RecordsContract):
    """Another process opens the same records by their address."""

    def reopen(self, records: Records) -> Records:
        """Open them once more."""
        return open_records(records.url.render_as_string(hide_password=False))


@pytest.mark.on("sqlite")
class TestSqliteRecords(Reopened):
    """SQLite keeps the promises of the records."""


@pytest.mark.on("sqlite")
class TestSqliteJobs(JobsContract):
    """SQLite keeps the promises of the jobs."""


@pytest.mark.on("postgresql")
class TestPostgresRecords(Reopened):
    """PostgreSQL keeps the promises of the records."""


@pytest.mark.on("postgresql")
class TestPostgresJobs(JobsContract):
    """PostgreSQL keeps the promises of the jobs."""


@pytest.mark.on("pgbouncer")
class TestPooledRecords(Reopened):
    """PostgreSQL behind PgBouncer in transaction mode keeps the promises of the records."""


@pytest.mark.on("pgbouncer")
class TestPooledJobs(JobsContract):
    """PostgreSQL behind PgBouncer in transaction mode keeps the promises of the jobs."""
