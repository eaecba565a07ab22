"""
Sums over people by metric and variant, kept up to date as each person's figures change: what a look reads.

For each phase, metric and variant: how many people have figures, how many of them a value below 0, Σ, Σ² and Σ of
products. They move in the transaction that moves the people's rows, and are exact (`exact.py`): at any time they are
what adding up all rows gives, rounded once. So a look takes as long for ten million events as for ten.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import sqlalchemy as sa

from bowerbird.experiments.exact import Exact, add, rounded
from bowerbird.records.tables import experiment_totals, experiment_units

__all__ = ["Change", "Figures", "Group", "Totals", "as_numbers", "forget", "moved", "totals_of"]

Figures: TypeAlias = tuple[float, float, float, float]  # value, per, and both of before the exposure
Group: TypeAlias = tuple[str, int, str, str]  # experiment, phase, metric, variant
Totals: TypeAlias = Mapping[str, Exact]  # by the names of sums; what is 0 is left out

# Under the names that `analyse` knows: of which figure, or of which two the product.
SUMS: Final = {"sum": 0, "den_sum": 1, "pre_sum": 2, "pre_den_sum": 3}
PRODUCTS: Final = {
    **{f"{name}_sq": (column, column) for name, column in SUMS.items()},
    "sum_den": (0, 1),
    "sum_pre": (0, 2),
    "sum_pre_den": (0, 3),
    "den_pre": (1, 2),
    "den_pre_den": (1, 3),
    "pre_pre_den": (2, 3),
}


class Change:
    """What comes to the sums, and what goes; collected, then written at once."""

    def __init__(self) -> None:
        self._came: defaultdict[Group, list[Figures]] = defaultdict(list)
        self._went: defaultdict[Group, list[Figures]] = defaultdict(list)

    def comes(self, group: Group, figures: Figures) -> None:
        """A person's figures are these now."""
        self._came[group].append(figures)

    def goes(self, group: Group, figures: Figures) -> None:
        """And were those."""
        self._went[group].append(figures)

    def write(self, conn: sa.Connection) -> None:
        """Into the records; in the transaction that writes the people's rows."""
        groups = sorted({*self._came, *self._went})
        if not groups:
            return
        known = _stored(conn, {(experiment, phase) for experiment, phase, _, _ in groups})
        rows: list[dict[str, Any]] = []
        for group in groups:
            sums = moved(known.get(group, {}), self._came.get(group, ()), self._went.get(group, ()))
            rows.append(_row(group, sums))
        _replace(conn, [group for group in groups if group in known], rows)


def moved(before: Totals, came: Sequence[Figures], went: Sequence[Figures] = ()) -> Totals:
    """The sums once these people's figures came, and those are gone."""
    more, less = _terms(came), _terms(went)
    return {
        name: add([*before.get(name, ()), *more.get(name, ()), *(-term for term in less.get(name, ()))])
        for name in {*before, *more, *less}
    }


def _terms(figures: Sequence[Figures]) -> dict[str, list[float]]:
    """What each sum has of these people; sums that have nothing of them are left out."""
    if not len(figures):
        return {}
    table = np.asarray(figures, np.float64)
    has = [bool(column.any()) for column in table.T]
    terms = {"units": [float(len(table))], "negative": [float(np.sum(table[:, 0] < 0))]}
    terms |= {name: table[:, column].tolist() for name, column in SUMS.items() if has[column]}
    terms |= {
        name: (table[:, one] * table[:, other]).tolist()
        for name, (one, other) in PRODUCTS.items()
        if has[one] and has[other]
    }
    return terms


def totals_of(conn: sa.Connection, experiment: str, phase: int) -> dict[tuple[str, str], Totals]:
    """By metric and variant."""
    return {group[2:]: sums for group, sums in _stored(conn, {(experiment, phase)}).items()}


def as_numbers(totals: Totals) -> dict[str, float]:
    """All sums of a group."""
    return {name: rounded(totals.get(name, ())) for name in (*SUMS, *PRODUCTS)}


def forget(conn: sa.Connection, *where: "sa.ColumnElement[bool]") -> None:
    """Delete these rows of `experiment_units`, and take them out of the sums."""
    units = experiment_units.c
    gone = Change()
    found = sa.select(
        units.experiment, units.phase, units.metric, units.variant,
        units.value, units.per, units.value_before, units.per_before,
    ).where(*where)  # fmt: skip
    for experiment, phase, metric, variant, *figures in conn.execute(found):
        value, per, before, per_before = figures
        gone.goes((experiment, phase, metric, variant), (value, per, before, per_before))
    conn.execute(sa.delete(experiment_units).where(*where))
    gone.write(conn)


# -- rows -----------------------------------------------------------------------------------------------------------


def _stored(conn: sa.Connection, phases: Iterable[tuple[str, int]]) -> dict[Group, Totals]:
    columns = experiment_totals.c
    found: dict[Group, Totals] = {}
    for experiment, phase in sorted(phases):
        rows = conn.execute(
            sa.select(columns.metric, columns.variant, columns.sums).where(
                columns.experiment == experiment, columns.phase == phase
            )
        )
        for row in rows:
            sums = {name: tuple(parts) for name, parts in json.loads(row.sums).items()}
            found[experiment, phase, row.metric, row.variant] = sums
    return found


def _row(group: Group, sums: Totals) -> dict[str, Any]:
    experiment, phase, metric, variant = group
    kept = {name: parts for name, parts in sorted(sums.items()) if parts}
    return {"of_experiment": experiment, "of_phase": phase, "of_metric": metric, "of_variant": variant} | {
        "sums": json.dumps(kept, allow_nan=False)
    }


def _replace(conn: sa.Connection, known: Sequence[Group], rows: Sequence[dict[str, Any]]) -> None:
    there = set(known)
    old = [row for row in rows if _group(row) in there]
    new = [row for row in rows if _group(row) not in there]
    if old:
        conn.execute(_UPDATE, old)
    if new:
        conn.execute(
            sa.insert(experiment_totals),
            [{name.removeprefix("of_"): value for name, value in row.items()} for row in new],
        )


def _group(row: Mapping[str, Any]) -> Group:
    return row["of_experiment"], row["of_phase"], row["of_metric"], row["of_variant"]


_UPDATE: Final = (
    sa.update(experiment_totals)
    .where(
        experiment_totals.c.experiment == sa.bindparam("of_experiment"),
        experiment_totals.c.phase == sa.bindparam("of_phase"),
        experiment_totals.c.metric == sa.bindparam("of_metric"),
        experiment_totals.c.variant == sa.bindparam("of_variant"),
    )
    .values(sums=sa.bindparam("sums"))
)
