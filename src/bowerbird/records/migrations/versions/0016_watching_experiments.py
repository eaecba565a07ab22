"""Watching experiments: what they looked like before, and what was known of people when they were exposed."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.create_table(
        "experiment_looks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("experiment", sa.String(length=26), nullable=False),
        sa.Column("phase", sa.Integer(), nullable=False),
        sa.Column("metric", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lift", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("p", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["experiment"], ["experiments.id"], name=op.f("fk_experiment_looks_experiment_experiments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment_looks")),
    )
    with op.batch_alter_table("experiment_looks", schema=None) as batch_op:
        batch_op.create_index("ix_experiment_looks_experiment", ["experiment", "phase", "metric", "id"], unique=False)
    op.add_column("exposures", sa.Column("attributes", sa.Text(), server_default="{}", nullable=False))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("exposures", "attributes")
    with op.batch_alter_table("experiment_looks", schema=None) as batch_op:
        batch_op.drop_index("ix_experiment_looks_experiment")
    op.drop_table("experiment_looks")
