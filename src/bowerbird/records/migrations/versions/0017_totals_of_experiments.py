"""Sums over an experiment's people, kept up to date; those of what was counted until now are made here."""

import json
from itertools import combinations_with_replacement
from math import fsum

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SUMS = ("sum", "den_sum", "pre_sum", "pre_den_sum")
PRODUCTS = (
    "sum_sq", "sum_den", "sum_pre", "sum_pre_den", "den_sum_sq", "den_pre", "den_pre_den", "pre_sum_sq", "pre_pre_den",
    "pre_den_sum_sq",
)  # fmt: skip
MOST = 1e75  # of what is larger the square is no number


def upgrade() -> None:
    """Add it."""
    totals = op.create_table(
        "experiment_totals",
        sa.Column("experiment", sa.String(length=26), nullable=False),
        sa.Column("phase", sa.Integer(), nullable=False),
        sa.Column("metric", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(length=64), nullable=False),
        sa.Column("sums", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment"], ["experiments.id"], name=op.f("fk_experiment_totals_experiment_experiments")
        ),
        sa.PrimaryKeyConstraint("experiment", "phase", "metric", "variant", name=op.f("pk_experiment_totals")),
    )
    conn = op.get_bind()
    # What is summed is what is stored: otherwise taking somebody out of the sums takes out more than went in.
    units = sa.table("experiment_units", *map(sa.column, ("value", "per", "value_before", "per_before")))
    for figure in units.c:
        conn.execute(sa.update(units).where(figure > MOST).values({figure: MOST}))
        conn.execute(sa.update(units).where(figure < -MOST).values({figure: -MOST}))
    groups = conn.execute(sa.text("SELECT DISTINCT experiment, phase, metric, variant FROM experiment_units")).all()
    for group in groups:
        key: dict[str, str | int] = dict(zip(("experiment", "phase", "metric", "variant"), group, strict=True))
        rows = conn.execute(
            sa.text(
                "SELECT value, per, value_before, per_before FROM experiment_units"
                " WHERE experiment = :experiment AND phase = :phase AND metric = :metric AND variant = :variant"
            ),
            key,
        ).all()
        figures = [tuple(row) for row in rows]
        conn.execute(sa.insert(totals).values(**key, sums=json.dumps(_sums(figures))))


def downgrade() -> None:
    """Take it away."""
    op.drop_table("experiment_totals")


def _sums(rows: "list[tuple[float, ...]]") -> dict[str, list[float]]:
    terms = {"units": [float(len(rows))], "negative": [float(sum(row[0] < 0 for row in rows))]}
    terms |= {name: [row[column] for row in rows] for column, name in enumerate(SUMS)}
    pairs = combinations_with_replacement(range(4), 2)
    terms |= {name: [row[one] * row[other] for row in rows] for name, (one, other) in zip(PRODUCTS, pairs, strict=True)}
    return {name: parts for name, some in terms.items() if (parts := _exactly(some))}


def _exactly(terms: list[float]) -> list[float]:
    rest, parts = list(terms), list[float]()
    while part := fsum(rest):
        parts.append(part)
        rest.append(-part)
    return parts
