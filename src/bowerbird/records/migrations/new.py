"""`python -m bowerbird.records.migrations.new "what changed"` writes the next migration from the tables."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from bowerbird.records.migrations.run import migrate

__all__ = ["write_migration"]


def write_migration(message: str) -> None:
    """Compare a database with all migrations so far with the tables of the code, and write what is missing."""
    here = Path(__file__).parent
    number = f"{len(list((here / 'versions').glob('[0-9]*.py'))) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/empty.db")
        with engine.begin() as conn:
            if number != "0001":
                migrate(conn)
            config = Config()
            config.set_main_option("script_location", str(here))
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            config.attributes["connection"] = conn
            command.revision(config, message=message, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    write_migration(" ".join(sys.argv[1:]))
