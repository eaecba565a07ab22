"""What a person follows may be a thing, a source or a topic, and not only a question."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.add_column(sa.Column("entity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(sa.Column("source", sa.String(length=26), nullable=True))
        batch_op.add_column(sa.Column("topic", sa.Text(), nullable=True))
        batch_op.alter_column("question", existing_type=sa.VARCHAR(length=26), nullable=True)
        batch_op.create_foreign_key(batch_op.f("fk_follows_entity_entities"), "entities", ["entity"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_follows_source_sources"), "sources", ["source"], ["id"])


def downgrade() -> None:
    """Take it away, and what is followed so."""
    op.execute(sa.text("DELETE FROM follows WHERE question IS NULL"))
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_follows_source_sources"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_follows_entity_entities"), type_="foreignkey")
        batch_op.alter_column("question", existing_type=sa.VARCHAR(length=26), nullable=False)
        batch_op.drop_column("topic")
        batch_op.drop_column("source")
        batch_op.drop_column("entity")
