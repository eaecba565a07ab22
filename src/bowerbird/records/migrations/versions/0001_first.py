"""The first tables."""

from alembic import op

from bowerbird.records.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    """Take it away."""
    metadata.drop_all(op.get_bind())
