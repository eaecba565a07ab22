"""
The records on a PostgreSQL server, reached directly or through a pooler (PgBouncer, Supavisor) in transaction mode.

So nothing outlives a transaction: no prepared statements, no session's settings or locks. Writers take turns by a lock
of the transaction, as they do on SQLite; decision 0008 says why. Reads are repeatable and read-only.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg_pool import ConnectionPool, PoolTimeout
from sqlalchemy.exc import DatabaseError, InterfaceError, InternalError, OperationalError

from bowerbird.kernel.errors import InputWrong, StoreUnavailable
from bowerbird.ops.stamps import Stamps
from bowerbird.records.migrations.run import head, is_current, migrate
from bowerbird.records.nul import keep_out_nul
from bowerbird.records.threads import ThreadedRecords

__all__ = ["PostgresRecords"]

LEAST, MOST = 2, 10  # connections of one process
IDLE_S = 30.0  # after which a connection above the least is given back
BUSY_S = 10.0  # how long a caller waits for a connection
CONNECT_S = 5  # how long the server may take to answer a new connection
TURN_S = 30  # how long a writer waits for another's transaction
PAUSED_S = 20  # a transaction that does nothing for so long (its process was stopped) is ended by the server
assert PAUSED_S < TURN_S, "who waits for a stopped process gets the turn that it loses"
TURN = int.from_bytes(b"bowrbird")  # the lock that writers take turns by; each database has its own

# One round trip. The settings hold for the transaction only, so a pooler may hand the connection on behind it.
_TAKE_TURN = (
    f"SET LOCAL lock_timeout = '{TURN_S}s'; SET LOCAL idle_in_transaction_session_timeout = '{PAUSED_S}s';"
    f" SELECT pg_advisory_xact_lock({TURN})"
)

_ENCODING = "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()"


class _Connection(psycopg.Connection[Any]):
    """A connection that SQLAlchemy may take up again and again: it adds its listener each time, and is heard once."""

    def add_notice_handler(self, callback: Callable[[psycopg.errors.Diagnostic], None]) -> None:
        with suppress(ValueError):
            self.remove_notice_handler(callback)
        super().add_notice_handler(callback)


class PostgresRecords(ThreadedRecords):
    """Records in one database of a PostgreSQL server."""

    def __init__(self, url: sa.URL, stamps: Stamps | None = None, *, survives_power_cut: bool = True) -> None:
        url = _with_its_password(url)
        self.url = url.set(drivername="postgresql")
        self._take_turn = _TAKE_TURN if survives_power_cut else f"SET LOCAL synchronous_commit = off; {_TAKE_TURN}"
        self._engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg"), poolclass=sa.NullPool, creator=self._connection
        )
        self._arguments = _arguments(self._engine)
        _visit(self._arguments, self.url)
        keep_out_nul(self._engine)
        self._for_reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # Whatever the server's default is: the turn must be taken before the first row is looked at.
        self._for_writing = self._engine.execution_options(isolation_level="READ COMMITTED")
        self._pool = ConnectionPool(
            kwargs=self._arguments,
            connection_class=_Connection,
            min_size=LEAST,
            max_size=MOST,
            max_idle=IDLE_S,
            timeout=BUSY_S,
            check=ConnectionPool.check_connection,  # the server may have been started anew
            close_returns=True,  # what SQLAlchemy closes goes back to the pool
            num_workers=1,
            name="records",
            open=True,
        )
        try:
            self._bring_up_to_date()
        except BaseException:
            self._let_go()
            raise
        super().__init__(stamps)

    def examine(self) -> str:
        """The server and the schema."""

        def look(conn: sa.Connection) -> str:
            return str(conn.execute(sa.text("SHOW server_version")).scalar_one())

        return f"PostgreSQL {self.read(look)}, schema {head()}, {self.url}"

    def _bring_up_to_date(self) -> None:
        try:
            # Asked first, so that a process can open its records while another one writes.
            with self._snapshot() as conn:
                if is_current(conn):
                    return
            with self._transaction() as conn:
                migrate(conn)
                _compare_by_code_points(conn)
        except DatabaseError as exc:
            raise StoreUnavailable(
                f"the records at {self.url} cannot be made ready: {exc.orig}; expected a database whose schema 'public'"
                f" this user may create tables in. `ALTER DATABASE {self.url.database} OWNER TO {self.url.username}`"
                " gives it that right"
            ) from exc

    @property
    def unqueued(self) -> sa.Engine:
        """For single statements that may come between the writers: what they read may be old at the next statement."""
        return self._for_writing

    @contextmanager
    def _snapshot(self) -> Generator[sa.Connection]:
        with _translated(), self._for_reading.connect() as conn, conn.begin():
            yield conn

    @contextmanager
    def _transaction(self) -> Generator[sa.Connection]:
        with _translated(), self._for_writing.connect() as conn, conn.begin():
            conn.exec_driver_sql(self._take_turn, execution_options={"no_parameters": True})
            yield conn

    def _let_go(self) -> None:
        self._pool.close()
        self._engine.dispose()

    def _connection(self) -> Any:
        """A connection for SQLAlchemy to use."""
        try:
            return self._pool.getconn()
        except PoolTimeout:
            # The pool does not say whether all are in use or none could be made; the server does.
            _visit(self._arguments, self.url)
            raise StoreUnavailable(
                f"all {MOST} connections of this process to the records were busy for {BUSY_S:.0f} s; try again"
            ) from None


def _with_its_password(url: sa.URL) -> sa.URL:
    """The address with a password given as `?password=` in its place, where it is not shown."""
    given = url.query.get("password")
    if not given:
        return url
    return url.set(password=given if isinstance(given, str) else given[-1]).difference_update_query(["password"])


def _arguments(engine: sa.Engine) -> dict[str, Any]:
    """What a connection is opened with."""
    _, given = engine.dialect.create_connect_args(engine.url)
    fixed: dict[str, Any] = {"prepare_threshold": None, "client_encoding": "utf8"}
    # A peer that vanished is noticed, also while an answer is awaited.
    ours: dict[str, Any] = {
        "connect_timeout": CONNECT_S,
        "application_name": "bowerbird",
        "keepalives_idle": 30,
        "tcp_user_timeout": 60_000,
    }
    return ours | dict(given) | fixed


def _visit(arguments: dict[str, Any], url: sa.URL) -> None:
    """Connect once, so that a refusal is told in the server's words; raises StoreUnavailable."""
    try:
        with psycopg.connect(**arguments) as conn:
            row = conn.execute(_ENCODING).fetchone()
    except psycopg.ProgrammingError as exc:  # libpq does not know what the address asks for
        raise InputWrong(f"database_url: {url} cannot be used: {exc}") from None
    except psycopg.Error as exc:
        raise StoreUnavailable(
            f"the records at {url} did not answer: {exc}; check that the server runs, and the host, port, user,"
            " password and database of BOWERBIRD_DATABASE_URL"
        ) from None
    if row is None or row[0] != "UTF8":
        raise StoreUnavailable(
            f"the database at {url} has the encoding {row and row[0]!r}; expected UTF8. Create another:"
            " `CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'`"
        )


@contextmanager
def _translated() -> Generator[None]:
    """Turn the driver's "cannot now" into StoreUnavailable; other database errors are our own mistakes."""
    try:
        yield
    # InternalError: a transaction that the server ended, or a server that became a read-only replica.
    except (OperationalError, InterfaceError, InternalError) as exc:
        raise StoreUnavailable(f"the records did not answer: {exc.orig}") from exc


def _compare_by_code_points(conn: sa.Connection) -> None:
    """Let all texts be ordered and compared as SQLite does it, whatever language the database was created for."""
    inspector = sa.inspect(conn)
    quoted = conn.dialect.identifier_preparer.quote
    for table in inspector.get_table_names():
        changes: list[str] = []
        for column in inspector.get_columns(table):
            kind = column["type"]
            if isinstance(kind, sa.String) and kind.collation != "C":
                by_code_points = type(kind)(kind.length, collation="C").compile(dialect=conn.dialect)
                changes.append(f"ALTER COLUMN {quoted(column['name'])} TYPE {by_code_points}")
        if changes:
            conn.exec_driver_sql(f"ALTER TABLE {quoted(table)} {', '.join(changes)}")
