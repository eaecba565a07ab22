"""Experiments: who gets which variant, what they did then, and what was learnt."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.create_table(
        "experiment_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("exposure", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment_counts")),
    )
    op.create_table(
        "experiment_layers",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace"], ["workspaces.id"], name=op.f("fk_experiment_layers_workspace_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment_layers")),
        sa.UniqueConstraint("workspace", "name", name=op.f("uq_experiment_layers_workspace_name")),
    )
    op.create_table(
        "experiment_hours",
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("tally", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_experiment_hours_person_persons")),
        sa.PrimaryKeyConstraint("hour", "person", name=op.f("pk_experiment_hours")),
    )
    op.create_table(
        "experiments",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("promised", sa.String(length=64), nullable=True),
        sa.Column("promised_rules", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("layer", sa.String(length=26), nullable=True),
        sa.Column("segments", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("phase", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("given", sa.String(length=64), nullable=True),
        sa.Column("created_by", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("stopped_at", sa.Double(), nullable=True),
        sa.Column("decided_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_experiments_created_by_persons")),
        sa.ForeignKeyConstraint(
            ["layer"], ["experiment_layers.id"], name=op.f("fk_experiments_layer_experiment_layers")
        ),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_experiments_workspace_workspaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiments")),
        sa.UniqueConstraint("workspace", "name", name=op.f("uq_experiments_workspace_name")),
    )
    op.create_table(
        "experiment_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("experiment", sa.String(length=26), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("person", sa.String(length=26), nullable=True),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment"], ["experiments.id"], name=op.f("fk_experiment_log_experiment_experiments")
        ),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_experiment_log_person_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment_log")),
    )
    with op.batch_alter_table("experiment_log", schema=None) as batch_op:
        batch_op.create_index("ix_experiment_log_experiment", ["experiment", "id"], unique=False)

    op.create_table(
        "experiment_phases",
        sa.Column("experiment", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["experiment"], ["experiments.id"], name=op.f("fk_experiment_phases_experiment_experiments")
        ),
        sa.PrimaryKeyConstraint("experiment", "number", name=op.f("pk_experiment_phases")),
    )
    op.create_table(
        "experiment_units",
        sa.Column("experiment", sa.String(length=26), nullable=False),
        sa.Column("phase", sa.Integer(), nullable=False),
        sa.Column("metric", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("variant", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("per", sa.Double(), nullable=False),
        sa.Column("value_before", sa.Double(), nullable=False),
        sa.Column("per_before", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment"], ["experiments.id"], name=op.f("fk_experiment_units_experiment_experiments")
        ),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_experiment_units_person_persons")),
        sa.PrimaryKeyConstraint("experiment", "phase", "metric", "person", name=op.f("pk_experiment_units")),
    )
    with op.batch_alter_table("experiment_units", schema=None) as batch_op:
        batch_op.create_index("ix_experiment_units_person", ["person"], unique=False)

    op.create_table(
        "exposures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("experiment", sa.String(length=26), nullable=False),
        sa.Column("phase", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("variant", sa.String(length=64), nullable=False),
        sa.Column("others", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.id"], name=op.f("fk_exposures_experiment_experiments")),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_exposures_person_persons")),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_exposures_workspace_workspaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposures")),
        sa.UniqueConstraint("experiment", "phase", "person", name=op.f("uq_exposures_experiment_phase_person")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("exposures", schema=None) as batch_op:
        batch_op.create_index("ix_exposures_person", ["person"], unique=False)

    op.create_table(
        "learnings",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("experiment", sa.String(length=26), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("effect", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_by", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_learnings_created_by_persons")),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.id"], name=op.f("fk_learnings_experiment_experiments")),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_learnings_workspace_workspaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learnings")),
    )
    with op.batch_alter_table("learnings", schema=None) as batch_op:
        batch_op.create_index("ix_learnings_workspace", ["workspace", "created_at"], unique=False)


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("learnings", schema=None) as batch_op:
        batch_op.drop_index("ix_learnings_workspace")

    op.drop_table("learnings")
    with op.batch_alter_table("exposures", schema=None) as batch_op:
        batch_op.drop_index("ix_exposures_person")

    op.drop_table("exposures")
    with op.batch_alter_table("experiment_units", schema=None) as batch_op:
        batch_op.drop_index("ix_experiment_units_person")

    op.drop_table("experiment_units")
    op.drop_table("experiment_phases")
    with op.batch_alter_table("experiment_log", schema=None) as batch_op:
        batch_op.drop_index("ix_experiment_log_experiment")

    op.drop_table("experiment_log")
    op.drop_table("experiments")
    op.drop_table("experiment_hours")
    op.drop_table("experiment_layers")
    op.drop_table("experiment_counts")
