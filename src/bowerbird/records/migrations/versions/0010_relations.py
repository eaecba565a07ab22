"""What pages state of entities: relations, dates and amounts, each with its place. Pages are read again for them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEXES = {
    "ix_relations_subject": ["subject", "source"],
    "ix_relations_object": ["object", "source"],
    "ix_relations_subject_named": ["subject_named"],
    "ix_relations_object_named": ["object_named"],
    "ix_relations_version": ["version"],
}


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "relations",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=26), nullable=False),
        sa.Column("page", RowId, nullable=False),
        sa.Column("version", RowId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", RowId, nullable=False),
        sa.Column("subject_named", RowId, nullable=False),
        sa.Column("object", RowId, nullable=True),
        sa.Column("object_named", RowId, nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("normal", sa.Text(), nullable=False),
        sa.Column("sentence_start", sa.Integer(), nullable=False),
        sa.Column("sentence_end", sa.Integer(), nullable=False),
        sa.Column("subject_start", sa.Integer(), nullable=False),
        sa.Column("subject_end", sa.Integer(), nullable=False),
        sa.Column("value_start", sa.Integer(), nullable=False),
        sa.Column("value_end", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name=op.f("fk_relations_source_sources")),
        sa.ForeignKeyConstraint(["page"], ["pages.id"], name=op.f("fk_relations_page_pages")),
        sa.ForeignKeyConstraint(["version"], ["versions.id"], name=op.f("fk_relations_version_versions")),
        sa.ForeignKeyConstraint(["subject"], ["entities.id"], name=op.f("fk_relations_subject_entities")),
        sa.ForeignKeyConstraint(["subject_named"], ["entities.id"], name=op.f("fk_relations_subject_named_entities")),
        sa.ForeignKeyConstraint(["object"], ["entities.id"], name=op.f("fk_relations_object_entities")),
        sa.ForeignKeyConstraint(["object_named"], ["entities.id"], name=op.f("fk_relations_object_named_entities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relations")),
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "relations", columns)
    op.execute(sa.text("UPDATE versions SET entities_read = false WHERE gone_at IS NULL"))


def downgrade() -> None:
    """Take them away."""
    op.drop_table("relations")
