"""
What is told and called by only some: notices know the source that they name, entities who says their other names.
Indexes that hold all that the explorer counts and chooses by.

Who says them is not known of what was read before, so it is read again. The audit log named sources by their address,
also those that somebody keeps to themselves.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WIDER = {
    "ix_mentions_entity": ["entity", "source", "page", "version"],
    "ix_mentions_version": ["version", "sentence_start", "entity"],
}
NARROWER = {"ix_mentions_entity": ["entity", "source"], "ix_mentions_version": ["version"]}


def upgrade() -> None:
    """Add them."""
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "entity_aliases",
        sa.Column("entity", row_id, nullable=False),
        sa.Column("source", sa.String(length=26), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entity"], ["entities.id"], name=op.f("fk_entity_aliases_entity_entities")),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name=op.f("fk_entity_aliases_source_sources")),
        sa.PrimaryKeyConstraint("entity", "source", "alias", name=op.f("pk_entity_aliases")),
    )
    op.add_column("notices", sa.Column("source", sa.String(length=26), nullable=True))
    op.execute(
        sa.text(
            "UPDATE notices SET source ="
            " (SELECT jobs.source FROM jobs WHERE notices.href = '/scraping/jobs/' || jobs.id) WHERE kind LIKE 'job.%'"
        )
    )
    for name, columns in WIDER.items():
        op.drop_index(name, table_name="mentions")
        op.create_index(name, "mentions", columns)
    op.create_index("ix_pages_source", "pages", ["source", "state", "version", "fetched_at", "checked_at"])
    op.execute(sa.text("UPDATE versions SET entities_read = false WHERE gone_at IS NULL"))
    op.execute(
        sa.text(
            "UPDATE audit SET subject = COALESCE((SELECT MIN(sources.id) FROM sources"
            " WHERE sources.workspace = audit.workspace AND sources.url = audit.subject), 'a source')"
            " WHERE action = 'source.visibility'"
        )
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_pages_source", table_name="pages")
    for name, columns in NARROWER.items():
        op.drop_index(name, table_name="mentions")
        op.create_index(name, "mentions", columns)
    op.drop_column("notices", "source")
    op.drop_table("entity_aliases")
