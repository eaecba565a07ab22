"""What the embedder made of each word of a text that it read, beside the text's vector."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; texts that were read before have none until they are read again."""
    op.add_column("embeddings", sa.Column("words", sa.LargeBinary()))


def downgrade() -> None:
    """Forget them: the vectors stay."""
    op.drop_column("embeddings", "words")
