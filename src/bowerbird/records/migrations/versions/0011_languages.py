"""In which language a page, a version and a passage are written. What is here already is looked at by the worker."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.add_column("pages", sa.Column("language", sa.String(length=8), server_default="", nullable=False))
    op.add_column("passages", sa.Column("language", sa.String(length=8), server_default="", nullable=False))
    op.add_column("versions", sa.Column("language", sa.String(length=8), nullable=True))
    op.create_index("ix_pages_language", "pages", ["source", "state", "language"])
    op.create_index("ix_versions_language", "versions", ["language", "id"])
    # An entry's mention stands where its name does now: pages are read for what they name once more.
    op.execute(sa.text("UPDATE versions SET entities_read = false WHERE gone_at IS NULL"))


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_versions_language", table_name="versions")
    op.drop_index("ix_pages_language", table_name="pages")
    op.drop_column("versions", "language")
    op.drop_column("passages", "language")
    op.drop_column("pages", "language")
