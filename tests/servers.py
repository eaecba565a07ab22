"""
Real PostgreSQL and PgBouncer for the tests, on free loopback ports, with everything in one folder under the temporary
one. They are found where Debian puts them or in PATH, and never assumed to run already.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql

from bowerbird.records import open_records
from bowerbird.records.tables import metadata

USER = "bower bird"
PASSWORD = """p@ss:w/r%d?#'"\\ &ü"""  # all that an address can get wrong
TEMPLATE = "migrated"
START_S = 30.0

# What a killed process has left behind; idle connections are PgBouncer's, and it would be surprised.
END_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = %s AND pid <> pg_backend_pid() AND state <> 'idle'"
)
OURS = ", ".join(f"'{name}'" for name in metadata.tables)
EMPTY = f"""
DO $$
DECLARE each record;
BEGIN
    SET LOCAL session_replication_role = replica;  -- in any order, whatever points to what
    FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        IF each.tablename IN ({OURS}) THEN
            EXECUTE format('DELETE FROM %I', each.tablename);
        ELSE
            EXECUTE format('DROP TABLE %I', each.tablename);
        END IF;
    END LOOP;
    PERFORM setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences;
END $$
"""


@cache
def program(name: str) -> str | None:
    """Where a server's program is; None when it is not installed."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return shutil.which(name) or (str(newest[-1]) if newest else shutil.which(name, path="/usr/sbin:/usr/local/sbin"))


def missing(backend: str) -> list[str]:
    """The programs that a backend of the records, or of the bus, would need here."""
    needs = {
        "sqlite": [],
        "postgresql": ["initdb", "postgres"],
        "pgbouncer": ["initdb", "postgres", "pgbouncer"],
        "redis": ["redis-server"],
    }
    return [name for name in needs[backend] if program(name) is None]


@dataclass(frozen=True)
class Server:
    """A server that hands out databases whose schema is up to date."""

    port: int
    pid: int  # of PostgreSQL
    pooler: int | None = None  # PgBouncer's port

    def url(self, database: str, *, pooled: bool = False) -> str:
        """The address of one database; through PgBouncer when `pooled`."""
        port = self.pooler if pooled else self.port
        address = sa.URL.create("postgresql", USER, PASSWORD, "127.0.0.1", port, database)
        return address.render_as_string(hide_password=False)

    @contextmanager
    def admin(self, database: str = "postgres") -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
        """A connection that sees behind the records."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname=database, autocommit=True
        ) as conn:
            yield conn

    @contextmanager
    def database(self, name: str, *, template: str = TEMPLATE, options: str = "") -> Iterator[str]:
        """A database made from another one, gone at the end."""
        with self.admin() as conn:
            made = f"CREATE DATABASE {{}} TEMPLATE {{}} {options}"
            conn.execute(sql.SQL(made).format(sql.Identifier(name), sql.Identifier(template)))
        yield name
        with self.admin() as conn:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class Databases:
    """Fresh records on the chosen backend; a server is started when the first is asked for."""

    def __init__(self, chosen: str, stack: ExitStack) -> None:
        self.chosen = chosen
        self._stack = stack
        self._number = count(1)
        self._free: list[str] = []

    @cached_property
    def migrated(self) -> Path:
        """An SQLite file whose schema is up to date, to be copied: making one takes far longer than opening it."""
        path = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bowerbird-sqlite-"))) / "migrated.db"
        open_records(f"sqlite:///{path}").close()
        return path

    @cached_property
    def server(self) -> Server:
        """A PostgreSQL server, with PgBouncer before it where that is installed."""
        return self._stack.enter_context(postgresql(with_pooler=not missing("pgbouncer")))

    @contextmanager
    def new(self, folder: Path, backend: str | None = None, *, template: str = TEMPLATE) -> Iterator[str]:
        """The address of records without a row: on SQLite those of the data folder `folder`."""
        backend = backend or self.chosen
        if backend == "sqlite":
            path = folder / "bowerbird.db"
            if template == TEMPLATE:
                shutil.copyfile(self.migrated, path)
            yield f"sqlite:///{path}"
        else:
            with (
                self._emptied()
                if template == TEMPLATE
                else self.server.database(self._name(), template=template) as name
            ):
                yield self.server.url(name, pooled=backend == "pgbouncer")

    @contextmanager
    def _emptied(self) -> Iterator[str]:
        """A database that other tests had before, without what they left: making one takes ten times as long."""
        if not self._free:
            self._free.append(self._stack.enter_context(self.server.database(self._name())))
        name = self._free.pop()
        yield name
        with self.server.admin(name) as conn:
            conn.execute(END_OTHERS, (name,))
            conn.execute(EMPTY)
        self._free.append(name)

    def _name(self) -> str:
        return f"test_{next(self._number)}"

    @contextmanager
    def environment(self, folder: Path) -> Iterator[dict[str, str]]:
        """What a process is told so that the records of the data folder `folder` are on the chosen backend."""
        if self.chosen == "sqlite":
            yield {}  # where they make their own, as on a fresh machine
        else:
            with self.new(folder) as url:
                yield {"BOWERBIRD_DATABASE_URL": url}


@contextmanager
def postgresql(*, with_pooler: bool) -> Generator[Server]:
    """A server of its own, without fsync; ended with all its data."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="bowerbird-pg-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        _own(folder)
        (folder / "password").write_text(PASSWORD)
        _own(folder / "password")
        arguments = [f"--username={USER}", f"--pwfile={folder / 'password'}", "--auth=scram-sha-256", "--no-sync"]
        # Not C: the records must order texts by code points in a database of any language.
        arguments += ["--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8"]
        _run([str(program("initdb")), *arguments, "-D", str(folder / "data")])
        port = _free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": 200,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = stack.enter_context(
            _started([str(program("postgres")), "-D", str(folder / "data"), *options], folder, "postgres")
        )
        found = Server(port, server.pid)
        _until_answered(found, server, folder / "postgres.log")
        if with_pooler:
            found = Server(port, server.pid, stack.enter_context(_pgbouncer(folder, port)))
        with found.admin() as conn:
            conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        open_records(found.url(TEMPLATE)).close()
        yield found


@contextmanager
def _pgbouncer(folder: Path, server: int) -> Generator[int]:
    port = _free_port()
    quoted = PASSWORD.replace('"', '""')
    (folder / "users").write_text(f'"{USER}" "{quoted}"\n')
    (folder / "pgbouncer.ini").write_text(
        "[databases]\n"
        f"* = host=127.0.0.1 port={server}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {folder / 'users'}\n"
        "pool_mode = transaction\ndefault_pool_size = 4\nmax_client_conn = 500\n"
        # So that a dropped database's connections, and what a test might have left in a session, do not last.
        "server_idle_timeout = 5\n"
    )
    for name in ("users", "pgbouncer.ini"):
        _own(folder / name)
    with _started([str(program("pgbouncer")), str(folder / "pgbouncer.ini")], folder, "pgbouncer") as process:
        until = time.monotonic() + START_S
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            _still_runs(process, folder / "pgbouncer.log", until)
        yield port


def _until_answered(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            with server.admin():
                return
        except psycopg.OperationalError:
            _still_runs(process, log, until)


def _still_runs(process: "subprocess.Popen[bytes]", log: Path, until: float) -> None:
    if process.poll() is not None or time.monotonic() > until:
        raise RuntimeError(f"{process.args!r} does not answer: {log.read_text()[-2000:]}")
    time.sleep(0.05)


# These servers refuse to run as root; Debian's packages come with a user for them.
_AS = pwd.getpwnam("postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody")
_IS_ROOT = os.geteuid() == 0


def _own(path: Path) -> None:
    if _IS_ROOT:
        os.chown(path, _AS.pw_uid, _AS.pw_gid)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **_as_user())
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")


@contextmanager
def _started(command: list[str], folder: Path, name: str) -> Generator["subprocess.Popen[bytes]"]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **_as_user())
        try:
            yield process
        finally:
            _end(process, signal.SIGINT)  # both take it as: let go of the clients and end


def _end(process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    """Asks a server to end, and ends it where a busy disk keeps it: its data is thrown away in any case."""
    process.send_signal(how)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _as_user() -> dict[str, Any]:
    return {"user": _AS.pw_uid, "group": _AS.pw_gid, "extra_groups": []} if _IS_ROOT else {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis_server() -> Generator[str]:
    """The address of a Redis server of its own, empty, that writes every letter to disk; ended with all its data."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="bowerbird-redis-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        port = _free_port()
        command = [str(program("redis-server")), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        command += ["--appendonly", "yes", "--save", ""]
        with (folder / "redis.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        stack.callback(_end, process, signal.SIGTERM)
        until = time.monotonic() + START_S
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            _still_runs(process, folder / "redis.log", until)
        yield f"redis://127.0.0.1:{port}/0"
