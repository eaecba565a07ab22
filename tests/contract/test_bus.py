"""The bus's contract on each backend."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from bowerbird.agents.bus import NewLetter
from bowerbird.agents.records_bus import RecordsBus
from bowerbird.agents.redis_bus import RedisBus
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.records import local_scope, open_records
from bowerbird.records.tables import messages
from bowerbird.testing.bus_contract import Box, BusContract, machine_of
from tests.servers import Databases, redis_server

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


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A Redis server for all tests here."""
    with redis_server() as url:
        yield url


@contextmanager
def on_redis(url: str, records_url: str) -> Iterator[Box]:
    """A bus on an empty Redis, opened twice as two processes would."""
    clock = ManualClock()
    records = open_records(records_url)
    scope = records.write(lambda conn: local_scope(conn, clock))
    with redis.Redis.from_url(url) as behind:
        behind.flushall()
    mine, theirs = RedisBus(url, records, clock), RedisBus(url, records, clock)
    try:
        yield Box(mine, theirs, records, scope.workspace, clock)
    finally:
        theirs.close()
        mine.close()
        records.close()


@pytest.mark.redis
class TestBusOnRedis(BusContract):
    """Redis keeps the promises of the bus."""

    @pytest.fixture
    def box(self, redis_url: str, records_url: str) -> Iterator[Box]:
        with on_redis(redis_url, records_url) as box:
            yield box

    def test_a_letter_is_brought_over_once_whoever_dies_between(self, box: Box) -> None:
        """It is in Redis, and the records do not know it yet."""
        box.records.write(lambda conn: box.bus.post_within(conn, NewLetter(box.workspace, "me", "cook", "once")))
        box.bus.ack(box.take())
        forgotten = sa.update(messages).values(state="waiting")
        box.records.write(lambda conn: conn.execute(forgotten))
        assert box.is_empty()

    def test_what_redis_would_forget_is_said(self, box: Box, redis_url: str) -> None:
        """When it does not write to disk."""
        assert "restart" not in box.bus.examine()
        with redis.Redis.from_url(redis_url) as behind:
            behind.config_set("appendonly", "no")
            assert "a restart of Redis may lose letters" in box.bus.examine()
            behind.config_set("appendonly", "yes")


@pytest.mark.redis
def test_a_server_that_is_not_there_is_said(records_url: str) -> None:
    """As any store that does not answer."""
    records = open_records(records_url)
    with pytest.raises(StoreUnavailable, match="the bus on Redis did not answer"):
        RedisBus("redis://127.0.0.1:9/0", records, ManualClock())
    records.close()


@pytest.mark.redis
@pytest.mark.on("sqlite")
def test_nothing_that_can_be_done_on_redis_loses_a_letter(redis_url: str, databases: Databases, tmp_path: Path) -> None:
    """The same machine."""
    number = itertools.count()

    @contextmanager
    def opened() -> Iterator[Box]:
        folder = tmp_path / str(next(number))
        folder.mkdir()
        with databases.new(folder) as url, on_redis(redis_url, url) as box:
            yield box

    run_state_machine_as_test(machine_of(opened), settings=SOME)


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
