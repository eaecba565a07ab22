"""What happens when the records cannot be what was asked for."""

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bowerbird.kernel.errors import InputWrong, NotSupported, StoreUnavailable
from bowerbird.records import open_records
from bowerbird.records.migrations import run
from bowerbird.records.tables import metadata


@pytest.mark.parametrize(
    ("url", "error", "says"),
    [
        ("nonsense", InputWrong, "sqlite:///path"),
        ("mysql://u:p@h/d", NotSupported, "no backend for 'mysql'"),
        ("sqlite://", NotSupported, "need a file"),
        ("sqlite:///:memory:", NotSupported, "need a file"),
    ],
)
def test_a_url_without_a_backend_is_refused_with_what_to_use(url: str, error: type[Exception], says: str) -> None:
    """The message names what was seen and what would work."""
    with pytest.raises(error, match=says):
        open_records(url)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Somebody's other file is not overwritten."""
    path = tmp_path / "bowerbird.db"
    path.write_text("not a database, but somebody's notes " * 100)
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        open_records(f"sqlite:///{path}")

    assert path.read_text().startswith("not a database")


def test_records_of_a_newer_bowerbird_are_refused(tmp_path: Path) -> None:
    """A schema this code does not know is named, not guessed at."""
    url = f"sqlite:///{tmp_path / 'bowerbird.db'}"
    open_records(url).close()
    with sqlite3.connect(tmp_path / "bowerbird.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    with pytest.raises(StoreUnavailable, match="'9999'.*newer"):
        open_records(url)


def test_the_migrations_lead_to_the_tables_of_the_code(tmp_path: Path) -> None:
    """No table or column is in one and not in the other."""
    records = open_records(f"sqlite:///{tmp_path / 'bowerbird.db'}")
    difference = records.read(
        lambda conn: compare_metadata(MigrationContext.configure(conn, opts={"compare_type": False}), metadata)
    )
    records.close()

    assert difference == []


def test_the_schema_of_this_code_is_the_one_that_the_migrations_lead_to() -> None:
    """It is read from the files' names, so that opening the records does not load Alembic."""
    config = Config()
    config.set_main_option("script_location", str(Path(run.__file__).parent))

    assert run.head() == ScriptDirectory.from_config(config).get_current_head()


def _open(url: str, start: "multiprocessing.synchronize.Barrier") -> None:
    start.wait()
    open_records(url).close()


def test_two_processes_that_open_a_new_database_at_once_both_succeed(tmp_path: Path) -> None:
    """Migrations take turns."""
    url = f"sqlite:///{tmp_path / 'bowerbird.db'}"
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    openers = [context.Process(target=_open, args=(url, start)) for _ in range(3)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()

    assert [opener.exitcode for opener in openers] == [0, 0, 0]


def test_a_migration_killed_half_way_leaves_nothing(tmp_path: Path) -> None:
    """After kill −9 inside the migration the database is empty, and the next opener starts anew."""
    url = f"sqlite:///{tmp_path / 'bowerbird.db'}"
    code = f"from bowerbird.records import open_records; open_records({url!r})"
    environment = os.environ | {"BOWERBIRD_CRASH": "migrate.before_commit"}
    victim = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    with sqlite3.connect(tmp_path / "bowerbird.db") as connection:
        left = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    connection.close()

    assert (victim.returncode, left) == (-signal.SIGKILL, (0,))
    open_records(url).close()
