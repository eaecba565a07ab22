"""The feed: what can be shown, what people did, the slates made for them, and what they chose."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.create_table(
        "agent_tallies",
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("agent", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=False),
        sa.Column("rewarded", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_agent_tallies_workspace_workspaces")),
        sa.PrimaryKeyConstraint("workspace", "agent", "day", name=op.f("pk_agent_tallies")),
    )
    op.create_table(
        "feed_people",
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("interests", sa.JSON(), nullable=False),
        sa.Column("surprise", sa.Double(), nullable=False),
        sa.Column("muted", sa.JSON(), nullable=False),
        sa.Column("reset_at", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_feed_people_person_persons")),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_feed_people_workspace_workspaces")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_feed_people")),
    )
    op.create_table(
        "slates",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("shown_at", sa.Double(), nullable=True),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("limited_to", sa.Text(), server_default="", nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("stamps", sa.JSON(), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_slates_person_persons")),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_slates_workspace_workspaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slates")),
    )
    with op.batch_alter_table("slates", schema=None) as batch_op:
        batch_op.create_index("ix_slates_made_at", ["made_at"], unique=False)
        batch_op.create_index("ix_slates_person", ["person", "made_at"], unique=False)

    op.create_table(
        "items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("source", sa.String(length=26), nullable=False),
        sa.Column("page", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("quote_start", sa.Integer(), nullable=False),
        sa.Column("quote_end", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("quality", sa.Double(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("added_at", sa.Double(), nullable=False),
        sa.Column("gone_at", sa.Double(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["page"], ["pages.id"], name=op.f("fk_items_page_pages")),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name=op.f("fk_items_source_sources")),
        sa.ForeignKeyConstraint(["version"], ["versions.id"], name=op.f("fk_items_version_versions")),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_items_workspace_workspaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("page", name=op.f("uq_items_page")),
        sa.UniqueConstraint("workspace", "key", name=op.f("uq_items_workspace_key")),
    )
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.create_index("ix_items_seq", ["seq"], unique=False)

    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("item", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("slate", sa.String(length=26), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("propensity", sa.Double(), nullable=True),
        sa.Column("agents", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("details", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name=op.f("fk_events_item_items")),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_events_person_persons")),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_events_workspace_workspaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("workspace", "key", name=op.f("uq_events_workspace_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index("ix_events_at", ["workspace", "at"], unique=False)
        batch_op.create_index("ix_events_item", ["item", "at"], unique=False)
        batch_op.create_index("ix_events_person", ["person", "at"], unique=False)
        batch_op.create_index("ix_events_slate", ["slate", "item"], unique=False)


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("ix_events_slate")
        batch_op.drop_index("ix_events_person")
        batch_op.drop_index("ix_events_item")
        batch_op.drop_index("ix_events_at")

    op.drop_table("events")
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.drop_index("ix_items_seq")

    op.drop_table("items")
    with op.batch_alter_table("slates", schema=None) as batch_op:
        batch_op.drop_index("ix_slates_person")
        batch_op.drop_index("ix_slates_made_at")

    op.drop_table("slates")
    op.drop_table("feed_people")
    op.drop_table("agent_tallies")
