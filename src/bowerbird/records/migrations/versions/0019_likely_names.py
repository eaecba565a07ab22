"""Pages are read for what they name once more: what is not likely a name is none any more."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the worker read them again."""
    op.execute(sa.text("UPDATE versions SET entities_read = false WHERE gone_at IS NULL"))


def downgrade() -> None:
    """What was read stays."""
