"""Which sources say a name, and whether they mean another thing by it than the others do."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add it, with what was read so far; names that stand on several sources wait to be looked at."""
    op.create_table(
        "entity_sources",
        sa.Column("entity", RowId, nullable=False),
        sa.Column("source", sa.String(26), nullable=False),
        sa.Column("means", RowId),
        sa.Column("apart", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("chance", sa.Double()),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Double()),
        sa.ForeignKeyConstraint(["entity"], ["entities.id"], name="fk_entity_sources_entity_entities"),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name="fk_entity_sources_source_sources"),
        sa.ForeignKeyConstraint(["means"], ["entities.id"], name="fk_entity_sources_means_entities"),
        sa.PrimaryKeyConstraint("entity", "source", name="pk_entity_sources"),
    )
    op.create_index("ix_entity_sources_means", "entity_sources", ["means"])
    op.execute(sa.text("INSERT INTO entity_sources (entity, source) SELECT DISTINCT named, source FROM mentions"))
    op.execute(
        sa.text(
            "UPDATE entities SET compared = :waits WHERE sense = 0 AND id IN"
            " (SELECT entity FROM entity_sources GROUP BY entity HAVING COUNT(*) > 1)"
        ).bindparams(sa.bindparam("waits", value=False, type_=sa.Boolean()))
    )


def downgrade() -> None:
    """Forget it: every name means one thing again, but for what people decided."""
    named = sa.table("entities", sa.column("id"), sa.column("merged_into"))
    made = sa.table("entity_sources", sa.column("means"))
    for name, column, of_name in (
        ("mentions", "entity", "named"),
        ("relations", "subject", "subject_named"),
        ("relations", "object", "object_named"),
    ):
        table = sa.table(name, sa.column(column), sa.column(of_name))
        thing = sa.select(sa.func.coalesce(named.c.merged_into, named.c.id)).where(named.c.id == table.c[of_name])
        means = table.c[column].in_(sa.select(made.c.means).where(made.c.means.is_not(None)))
        op.execute(sa.update(table).where(means).values({column: thing.scalar_subquery()}))
    op.drop_table("entity_sources")
