"""Brings a database to the schema of this code, in the caller's one transaction."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.ops import crash

__all__ = ["current", "head", "migrate"]


def _config(conn: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = conn
    return config


def head() -> str | None:
    """The schema this code was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current(conn: sa.Connection) -> str | None:
    """The schema the database has; None for an empty one."""
    return MigrationContext.configure(conn).get_current_revision()


def migrate(conn: sa.Connection) -> None:
    """
    Run what is missing. The caller holds a write transaction, so two processes take turns and a kill leaves nothing.

    Raises StoreUnavailable for a database that a newer Bowerbird wrote, or that something else did.
    """
    seen = current(conn)
    if seen == head():
        return
    try:
        command.upgrade(_config(conn), "head")
    except CommandError as exc:
        raise StoreUnavailable(
            f"the records have the schema {seen!r}, this Bowerbird knows up to {head()!r}: they were written by a newer"
            " one. Install that version, or restore a backup"
        ) from exc
    crash.point("migrate.before_commit")
