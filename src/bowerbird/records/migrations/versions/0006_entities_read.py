"""Versions are read for what they name in a step of its own: read again once, by what reads them now."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.add_column("versions", sa.Column("entities_read", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_versions_entities_read", "versions", ["entities_read", "id"])
    # What a page no longer shows names nothing.
    op.execute(sa.text("UPDATE versions SET entities_read = true WHERE gone_at IS NOT NULL"))


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_versions_entities_read", table_name="versions")
    op.drop_column("versions", "entities_read")
