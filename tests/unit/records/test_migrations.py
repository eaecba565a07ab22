"""How a database comes to the schema of the code: in turns, whole or not at all, forwards only."""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.records import open_records
from bowerbird.records.migrations import run
from bowerbird.records.tables import metadata


@pytest.fixture
def behind(no_records_url: str) -> Iterator[sa.Engine]:
    """A way into the database that is not the records'."""
    url = sa.make_url(no_records_url)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    yield engine
    engine.dispose()


def tables(engine: sa.Engine) -> list[str]:
    """What the database holds."""
    return sa.inspect(engine).get_table_names()


def execute(engine: sa.Engine, statement: str) -> None:
    """Do something to the database that Bowerbird would not."""
    with engine.begin() as conn:
        conn.execute(sa.text(statement))


def test_records_of_a_newer_bowerbird_are_refused(no_records_url: str, behind: sa.Engine) -> None:
    """A schema this code does not know is named, not guessed at."""
    open_records(no_records_url).close()
    execute(behind, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreUnavailable, match=f"'9999'.*'{run.head()}'.*newer"):
        open_records(no_records_url)


def test_records_that_lack_a_table_are_refused(no_records_url: str, behind: sa.Engine) -> None:
    """Half of a restored backup is named as such; nothing is made anew in it."""
    open_records(no_records_url).close()
    execute(behind, "DROP TABLE index_log")
    left = tables(behind)

    with pytest.raises(StoreUnavailable, match="not its tables index_log.*Restore a backup"):
        open_records(no_records_url)
    assert tables(behind) == left


def test_tables_of_an_unknown_schema_are_refused(no_records_url: str, behind: sa.Engine) -> None:
    """A database in which something else has a table of ours is left alone."""
    execute(behind, "CREATE TABLE jobs (id INTEGER)")

    with pytest.raises(StoreUnavailable, match="holds the tables jobs.*empty database"):
        open_records(no_records_url)
    assert tables(behind) == ["jobs"]


def test_the_migrations_lead_to_the_tables_of_the_code(records_url: str) -> None:
    """No table or column is in one and not in the other."""
    records = open_records(records_url)
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


def test_two_processes_that_open_a_new_database_at_once_both_succeed(no_records_url: str) -> None:
    """Migrations take turns."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    openers = [context.Process(target=_open, args=(no_records_url, start)) for _ in range(3)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()

    assert [opener.exitcode for opener in openers] == [0, 0, 0]


def test_a_migration_killed_half_way_leaves_nothing(no_records_url: str, behind: sa.Engine) -> None:
    """After kill −9 inside the migration the database is empty, and the next opener starts anew."""
    code = f"from bowerbird.records import open_records; open_records({no_records_url!r})"
    environment = os.environ | {"BOWERBIRD_CRASH": "migrate.before_commit"}
    victim = subprocess.run([sys.executable, "-c", code], env=environment, check=False)

    assert (victim.returncode, tables(behind)) == (-signal.SIGKILL, [])
    open_records(no_records_url).close()
