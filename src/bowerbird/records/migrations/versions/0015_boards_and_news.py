"""Boards of what somebody saved, and the news that they put aside."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "boards",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("gone_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_boards_person_persons")),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_boards_workspace_workspaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boards")),
    )
    with op.batch_alter_table("boards", schema=None) as batch_op:
        batch_op.create_index("ix_boards_person", ["person", "created_at"], unique=False)
    op.create_table(
        "board_items",
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("item", _ROW, nullable=False),
        sa.Column("board", sa.String(length=26), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["board"], ["boards.id"], name=op.f("fk_board_items_board_boards")),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name=op.f("fk_board_items_item_items")),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_board_items_person_persons")),
        sa.PrimaryKeyConstraint("person", "item", name=op.f("pk_board_items")),
    )
    with op.batch_alter_table("board_items", schema=None) as batch_op:
        batch_op.create_index("ix_board_items_board", ["board"], unique=False)
    op.create_table(
        "news_put_aside",
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("news", sa.String(length=100), nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_news_put_aside_person_persons")),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_news_put_aside_workspace_workspaces")),
        sa.PrimaryKeyConstraint("person", "news", name=op.f("pk_news_put_aside")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("news_put_aside")
    op.drop_table("board_items")
    op.drop_table("boards")
