"""Brings a database to the schema of this code, in the caller's one transaction."""

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.ops import crash
from bowerbird.records.tables import metadata

__all__ = ["current", "head", "is_current", "migrate"]

HERE = Path(__file__).parent
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))  # Alembic's own, and its only one


def head() -> str:
    """The schema this code was written for: the number that the newest migration's file begins with."""
    return max(path.name.split("_")[0] for path in (HERE / "versions").glob("[0-9]*.py"))


def current(conn: sa.Connection) -> str | None:
    """The schema the database has; None for an empty one."""
    if not sa.inspect(conn).has_table(_VERSION.name):
        return None
    return conn.execute(sa.select(_VERSION.c.version_num)).scalar()


def is_current(conn: sa.Connection) -> bool:
    """Whether the database has the schema of this code, and all of it; raises StoreUnavailable as `migrate` does."""
    seen = current(conn)
    there = metadata.tables.keys() & set(sa.inspect(conn).get_table_names())
    if seen is None and there:
        raise StoreUnavailable(
            f"the database holds the tables {_listed(there)} and does not say of which schema: something else than"
            " Bowerbird made them, or part of a backup was restored. Use an empty database, or restore a whole backup"
        )
    missing = metadata.tables.keys() - there
    if seen == head() and missing:
        raise StoreUnavailable(
            f"the records say that they have the schema {seen!r}, but not its tables {_listed(missing)}: expected all"
            " of them. Restore a backup"
        )
    return seen == head()


def migrate(conn: sa.Connection) -> None:
    """
    Run what is missing. The caller holds a write transaction, so two processes take turns and a kill leaves nothing.

    Raises StoreUnavailable for a database that a newer Bowerbird wrote, that something else did, or that lacks a part.
    """
    if is_current(conn):
        return
    # Alembic takes a quarter of a second to load, and every command and every crawl opens the records.
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    seen = current(conn)
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, "head")
    except CommandError as exc:
        raise StoreUnavailable(
            f"the records have the schema {seen!r}, this Bowerbird knows up to {head()!r}: they were written by a newer"
            " one. Install that version, or restore a backup"
        ) from exc
    _refuse_dangling(conn)
    crash.point("migrate.before_commit")


def _refuse_dangling(conn: sa.Connection) -> None:
    """On SQLite a migration runs with foreign keys off: see that every row still points to one that is there."""
    if conn.dialect.name != "sqlite":
        return
    row = conn.exec_driver_sql("PRAGMA foreign_key_check").first()
    if row is not None:
        raise StoreUnavailable(
            f"a row of {row[0]} in the records points to nothing in {row[2]}, so they were not migrated and are as they"
            " were. Restore a backup, or report it with this message"
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
