"""Goal tables: rows collected from the pages, with a place behind every cell."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "goal_tables",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("workspace", sa.String(26), nullable=False),
        sa.Column("person", sa.String(26), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("shared_at", sa.Double()),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("filled_at", sa.Double()),
        sa.Column("marked_at", sa.Double()),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("pages", sa.Integer(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name="fk_goal_tables_workspace_workspaces"),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name="fk_goal_tables_person_persons"),
        sa.PrimaryKeyConstraint("id", name="pk_goal_tables"),
    )
    op.create_index("ix_goal_tables_workspace", "goal_tables", ["workspace", "created_at"])
    op.create_table(
        "goal_rows",
        sa.Column("id", RowId, nullable=False, autoincrement=True),
        sa.Column("table", sa.String(26), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("mark", sa.String(8), nullable=False),
        sa.ForeignKeyConstraint(["table"], ["goal_tables.id"], name="fk_goal_rows_table_goal_tables"),
        sa.PrimaryKeyConstraint("id", name="pk_goal_rows"),
        sa.UniqueConstraint("table", "place", name="uq_goal_rows_table_place"),
    )
    op.create_table(
        "goal_cells",
        sa.Column("row", RowId, nullable=False),
        sa.Column("field", sa.String(60), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("version", RowId, nullable=False),
        sa.Column("source", sa.String(26), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(12), nullable=False),
        sa.Column("mark", sa.String(8), nullable=False),
        sa.Column("was_version", RowId),
        sa.Column("was_start", sa.Integer()),
        sa.Column("was_end", sa.Integer()),
        sa.ForeignKeyConstraint(["row"], ["goal_rows.id"], name="fk_goal_cells_row_goal_rows"),
        sa.ForeignKeyConstraint(["version"], ["versions.id"], name="fk_goal_cells_version_versions"),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name="fk_goal_cells_source_sources"),
        sa.ForeignKeyConstraint(["was_version"], ["versions.id"], name="fk_goal_cells_was_version_versions"),
        sa.PrimaryKeyConstraint("row", "field", "n", name="pk_goal_cells"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("goal_cells")
    op.drop_table("goal_rows")
    op.drop_index("ix_goal_tables_workspace", table_name="goal_tables")
    op.drop_table("goal_tables")
