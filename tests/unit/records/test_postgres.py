"""What only a server can do to the records: refuse, be full, go away, be shared by strangers."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import sql

from bowerbird.cli.doctor import examine
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.records import Records, open_records, postgres
from bowerbird.records.tables import workspaces
from bowerbird.settings import Settings
from tests.servers import PASSWORD, Databases

pytestmark = pytest.mark.on("postgresql")


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    """Fresh records on the server."""
    opened = open_records(records_url)
    yield opened
    opened.close()


def one(conn: sa.Connection) -> int:
    """The least a server can be asked."""
    return int(conn.execute(sa.select(sa.literal(1))).scalar_one())


def number_of(conn: sa.Connection, statement: str) -> int:
    """What a statement counts."""
    return int(conn.execute(sa.text(statement)).scalar_one())


def add(conn: sa.Connection, name: str) -> None:
    """A row."""
    conn.execute(sa.insert(workspaces).values(id=name, name=name, created_at=0.0))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"password": "wr0ng"}, "password authentication failed"),
        ({"port": 1}, "refused"),
        ({"database": "nowhere"}, "does not exist"),
        ({"host": "nowhere.invalid"}, "nowhere.invalid"),
    ],
)
def test_a_server_that_cannot_be_entered_is_told_in_its_own_words(
    records_url: str, caplog: pytest.LogCaptureFixture, change: dict[str, Any], says: str
) -> None:
    """At once, with what to look at, and with the password in neither the message nor the log."""
    caplog.set_level(logging.DEBUG)
    url = sa.make_url(records_url).set(**change)
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match=says) as raised:
        open_records(url.render_as_string(hide_password=False))

    told = f"{raised.value!s} {raised.value!r} {caplog.text}"
    assert "BOWERBIRD_DATABASE_URL" in told
    assert str(url.password) not in told
    assert "wr0ng" not in told
    assert time.monotonic() - began < postgres.BUSY_S


def test_a_server_that_goes_away_is_told_in_its_own_words(
    records: Records, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A caller hears why no connection could be had; once the database is back, so are the records."""
    monkeypatch.setattr(records, "_pool", _impatient(records, monkeypatch))
    name = sql.Identifier(str(records.url.database))
    with databases.server.admin() as conn:
        conn.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (records.url.database,)
        )
        with pytest.raises(StoreUnavailable, match="not currently accepting connections"):
            records.read(one)
        conn.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))

    assert records.read(one) == 1


def _impatient(records: Records, monkeypatch: pytest.MonkeyPatch) -> Any:
    assert isinstance(records, postgres.PostgresRecords)
    monkeypatch.setattr(records._pool, "timeout", 1.0)
    return records._pool


def test_connections_that_were_cut_are_made_anew(records: Records, databases: Databases) -> None:
    """A server that was started anew costs no caller an error."""
    records.write(lambda conn: add(conn, "a"))
    with databases.server.admin() as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (records.url.database,)
        )

    assert (records.read(one), records.write(one)) == (1, 1)


def test_when_all_connections_are_busy_the_next_caller_is_told(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten at most; who waits too long hears that it is this and not the server."""
    _impatient(records, monkeypatch)
    let_go = threading.Event()
    began = threading.Semaphore(0)

    def hold(conn: sa.Connection) -> None:
        one(conn)
        began.release()
        let_go.wait(30)

    holders = [threading.Thread(target=records.read, args=(hold,)) for _ in range(postgres.MOST)]
    for holder in holders:
        holder.start()
    for _ in holders:
        began.acquire()
    try:
        with pytest.raises(StoreUnavailable, match="all 10 connections"):
            records.read(one)
    finally:
        let_go.set()
        for holder in holders:
            holder.join()
    assert records.read(one) == 1


def test_the_pool_is_as_the_design_has_it(records: Records) -> None:
    """Two at rest, ten at most, what is above given back after half a minute."""
    assert isinstance(records, postgres.PostgresRecords)
    pool = records._pool
    assert (pool.min_size, pool.max_size, pool.max_idle) == (2, 10, 30.0)


def test_nothing_of_ours_outlives_a_transaction(records: Records, databases: Databases) -> None:
    """A pooler may give the connection to anybody between two transactions."""
    for _ in range(20):
        records.write(one)
        records.read(one)
    assert isinstance(records, postgres.PostgresRecords)
    with ExitStack() as stack:
        connections = [stack.enter_context(records._pool.connection()) for _ in range(2)]
        left = [
            conn.execute(
                "SELECT (SELECT count(*) FROM pg_prepared_statements),"
                " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),"
                " current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),"
                " current_setting('default_transaction_read_only'), current_setting('default_transaction_isolation')"
            ).fetchone()
            for conn in connections
        ]
        listeners = [len(conn._notice_handlers) for conn in connections]

    assert left == [(0, 0, "0", "0", "off", "read committed")] * 2
    assert max(listeners) <= 1


def test_a_read_cannot_write(records: Records) -> None:
    """The server refuses it, so that what only reads can be sent elsewhere one day."""
    with pytest.raises(StoreUnavailable, match="read-only transaction"):
        records.read(lambda conn: add(conn, "a"))


def test_a_writer_that_was_stopped_does_not_stop_the_others(
    records: Records, records_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is paused inside a transaction loses it, so that others may write, and is told when it wakes."""
    monkeypatch.setattr(postgres, "_TAKE_TURN", postgres._TAKE_TURN.replace(f"'{postgres.PAUSED_S}s'", "'300ms'"))
    began, wake = threading.Event(), threading.Event()
    heard: list[BaseException] = []

    def pause(conn: sa.Connection) -> None:
        add(conn, "paused")
        began.set()
        wake.wait(30)
        add(conn, "woken")

    def sleeper() -> None:
        try:
            records.write(pause)
        except StoreUnavailable as exc:
            heard.append(exc)

    thread = threading.Thread(target=sleeper)
    thread.start()
    began.wait(30)
    other = open_records(records_url)
    other.write(lambda conn: add(conn, "other"))
    wake.set()
    thread.join()
    names = other.read(lambda conn: list(conn.execute(sa.select(workspaces.c.name)).scalars()))
    other.close()

    assert (names, len(heard)) == (["other"], 1)


def test_a_writer_does_not_wait_for_ever(records: Records, records_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits too long for the other writers is told, as on SQLite."""
    monkeypatch.setattr(postgres, "_TAKE_TURN", postgres._TAKE_TURN.replace("'30s'", "'200ms'"))
    other = open_records(records_url)
    try:

        def in_between(conn: sa.Connection) -> None:
            one(conn)
            with pytest.raises(StoreUnavailable, match="lock timeout"):
                other.write(one)

        records.write(in_between)
    finally:
        other.close()


def test_a_database_of_another_encoding_is_refused(databases: Databases) -> None:
    """Not every page could be stored in it."""
    options = "ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'"
    with (
        databases.server.database("latin", template="template0", options=options) as name,
        pytest.raises(StoreUnavailable, match="'LATIN1'; expected UTF8"),
    ):
        open_records(databases.server.url(name))


def test_doctor_says_which_records_are_used(records_url: str, tmp_path: Path) -> None:
    """The server and the address, without the password."""
    settings = Settings(data_dir=tmp_path, database_url=records_url)
    found = next(finding for finding in examine(settings) if finding.name == "records")

    assert found.state == "ok"
    assert found.seen.startswith("PostgreSQL ")
    assert "***@127.0.0.1" in found.seen
    assert PASSWORD not in f"{found} {settings!r} {settings.shown()}"
    assert str(sa.make_url(records_url)) == settings.shown()["BOWERBIRD_DATABASE_URL"]
