"""Entities that are one, or several: what people decided of them, what was found, and what each mention is of by it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add it; every mention is of what its name says, until somebody decides otherwise."""
    with op.batch_alter_table("entities") as batch_op:
        batch_op.add_column(sa.Column("sense", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("read_name", sa.Text()))
        batch_op.add_column(sa.Column("read_type", sa.String(24)))
        batch_op.add_column(sa.Column("merged_into", RowId))
        batch_op.add_column(sa.Column("hidden", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("compared", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(sa.text("UPDATE entities SET read_name = name, read_type = type"))
    with op.batch_alter_table("entities") as batch_op:
        batch_op.alter_column("read_name", existing_type=sa.Text(), nullable=False)
        batch_op.alter_column("read_type", existing_type=sa.String(24), nullable=False)
        batch_op.create_foreign_key("fk_entities_merged_into_entities", "entities", ["merged_into"], ["id"])
        batch_op.drop_constraint("uq_entities_workspace_key", type_="unique")
        batch_op.create_unique_constraint("uq_entities_workspace_key_sense", ["workspace", "key", "sense"])
        batch_op.create_index("ix_entities_merged_into", ["merged_into"])
        batch_op.create_index("ix_entities_compared", ["compared", "id"])
    with op.batch_alter_table("mentions") as batch_op:
        batch_op.add_column(sa.Column("named", RowId))
    op.execute(sa.text("UPDATE mentions SET named = entity"))
    with op.batch_alter_table("mentions") as batch_op:
        batch_op.alter_column("named", existing_type=RowId, nullable=False)
        batch_op.create_foreign_key("fk_mentions_named_entities", "entities", ["named"], ["id"])
        batch_op.create_index("ix_mentions_named", ["named"])
    _create_tables()


def _create_tables() -> None:
    op.create_table(
        "entity_decisions",
        sa.Column("id", RowId, nullable=False, autoincrement=True),
        sa.Column("workspace", sa.String(26), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("person", sa.String(26)),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("entity", RowId, nullable=False),
        sa.Column("other", RowId),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("undoes", RowId),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name="fk_entity_decisions_workspace_workspaces"),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name="fk_entity_decisions_person_persons"),
        sa.ForeignKeyConstraint(["entity"], ["entities.id"], name="fk_entity_decisions_entity_entities"),
        sa.ForeignKeyConstraint(["other"], ["entities.id"], name="fk_entity_decisions_other_entities"),
        sa.ForeignKeyConstraint(
            ["undoes"], ["entity_decisions.id"], name="fk_entity_decisions_undoes_entity_decisions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_entity_decisions"),
        sa.UniqueConstraint("undoes", name="uq_entity_decisions_undoes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_entity_decisions_workspace", "entity_decisions", ["workspace", "id"])
    op.create_table(
        "entity_links",
        sa.Column("entity", RowId, nullable=False, autoincrement=False),
        sa.Column("into", RowId, nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["entity"], ["entities.id"], name="fk_entity_links_entity_entities"),
        sa.ForeignKeyConstraint(["into"], ["entities.id"], name="fk_entity_links_into_entities"),
        sa.PrimaryKeyConstraint("entity", name="pk_entity_links"),
    )
    op.create_index("ix_entity_links_into", "entity_links", ["into"])
    op.create_table(
        "entity_senses",
        sa.Column("entity", RowId, nullable=False),
        sa.Column("page", RowId, nullable=False),
        sa.Column("means", RowId, nullable=False),
        sa.ForeignKeyConstraint(["entity"], ["entities.id"], name="fk_entity_senses_entity_entities"),
        sa.ForeignKeyConstraint(["page"], ["pages.id"], name="fk_entity_senses_page_pages"),
        sa.ForeignKeyConstraint(["means"], ["entities.id"], name="fk_entity_senses_means_entities"),
        sa.PrimaryKeyConstraint("entity", "page", name="pk_entity_senses"),
    )
    op.create_index("ix_entity_senses_page", "entity_senses", ["page"])
    op.create_table(
        "entity_blocks",
        sa.Column("workspace", sa.String(26), nullable=False),
        sa.Column("block", sa.String(64), nullable=False),
        sa.Column("entity", RowId, nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name="fk_entity_blocks_workspace_workspaces"),
        sa.ForeignKeyConstraint(["entity"], ["entities.id"], name="fk_entity_blocks_entity_entities"),
        sa.PrimaryKeyConstraint("workspace", "block", "entity", name="pk_entity_blocks"),
    )
    op.create_index("ix_entity_blocks_entity", "entity_blocks", ["entity"])


def downgrade() -> None:
    """Take it away; each mention is of what its name says again, and what was split off is gone."""
    for table in ("entity_blocks", "entity_senses", "entity_links", "entity_decisions"):
        op.drop_table(table)
    op.execute(sa.text("UPDATE mentions SET entity = named"))
    with op.batch_alter_table("mentions") as batch_op:
        batch_op.drop_index("ix_mentions_named")
        batch_op.drop_constraint("fk_mentions_named_entities", type_="foreignkey")
        batch_op.drop_column("named")
    op.execute(sa.text("UPDATE entities SET name = read_name, type = read_type, merged_into = NULL"))
    op.execute(sa.text("DELETE FROM entities WHERE sense > 0"))
    with op.batch_alter_table("entities") as batch_op:
        batch_op.drop_index("ix_entities_compared")
        batch_op.drop_index("ix_entities_merged_into")
        batch_op.drop_constraint("uq_entities_workspace_key_sense", type_="unique")
        batch_op.create_unique_constraint("uq_entities_workspace_key", ["workspace", "key"])
        batch_op.drop_constraint("fk_entities_merged_into_entities", type_="foreignkey")
        for column in ("compared", "hidden", "merged_into", "read_type", "read_name", "sense"):
            batch_op.drop_column(column)
