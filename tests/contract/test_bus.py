"""The bus's contract on each backend."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from bowerbird.agents.records_bus import RecordsBus
from bowerbird.kernel.clock import ManualClock
from bowerbird.records import local_scope, open_records
from bowerbird.testing.bus_contract import Box, BusContract, machine_of
from tests.servers import Databases

SOME = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)


@contextmanager
def on_records(url: str) -> Iterator[Box]:
    """A bus on these records, opened twice as two processes would."""
    clock = ManualClock()
    mine, theirs = open_records(url), open_records(url)
    try:
        scope = mine.write(lambda conn: local_scope(conn, clock))
        yield Box(RecordsBus(mine, clock), RecordsBus(theirs, clock), mine, scope.workspace, clock)
    finally:
        theirs.close()
        mine.close()


class OnRecords(BusContract):
    """On whatever records the test has."""

    @pytest.fixture
    def box(self, records_url: str) -> Iterator[Box]:
        with on_records(records_url) as box:
            yield box


@pytest.mark.on("sqlite")
class TestBusOnSqlite(OnRecords):
    """SQLite keeps the promises of the bus."""


@pytest.mark.on("postgresql")
class TestBusOnPostgres(OnRecords):
    """PostgreSQL keeps the promises of the bus."""


@pytest.mark.on("pgbouncer")
class TestBusOnPooled(OnRecords):
    """PostgreSQL behind PgBouncer in transaction mode keeps the promises of the bus."""


@pytest.mark.on("sqlite")
def test_nothing_that_can_be_done_loses_a_letter(databases: Databases, tmp_path: Path) -> None:
    """A state machine beside its model."""
    number = itertools.count()

    @contextmanager
    def opened() -> Iterator[Box]:
        folder = tmp_path / str(next(number))
        folder.mkdir()
        with databases.new(folder) as url, on_records(url) as box:
            yield box

    run_state_machine_as_test(machine_of(opened), settings=SOME)
