"""On SQLite people's figures lie in the order of their key: a look at a metric reads its rows and no others."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put them in that order."""
    _copied(with_rowid=False)


def downgrade() -> None:
    """In the order in which they came."""
    _copied(with_rowid=True)


def _copied(*, with_rowid: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":
        how = {"sqlite_with_rowid": with_rowid}
        with op.batch_alter_table("experiment_units", recreate="always", table_kwargs=how):
            pass
