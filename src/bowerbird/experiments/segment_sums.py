"""
Sums over an experiment's people, by what was known of them when they were exposed.

The database adds up those of whom all the same is known; segments are put together from these kinds of people, so each
dimension cuts everybody another way and one question to the database answers all.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa

from bowerbird.experiments.plan import Metric
from bowerbird.experiments.shares import PhaseKept
from bowerbird.records.tables import experiment_units, exposures, persons

__all__ = ["Cut", "Kind", "Sums", "Those", "cuts", "kinds_of_people"]

VALUES_SHOWN: Final = 10
MOST_KINDS: Final = 20_000  # of people, by all that is known of them together
UNKNOWN: Final = "(not known)"
OTHERS: Final = "(others)"

Kind: TypeAlias = Literal["attribute", "met", "before"]
Sums: TypeAlias = dict[str, dict[str, float]]  # by variant: n, and what `analyse` takes of a metric


@dataclass(frozen=True, slots=True)
class Cut:
    """A segment of a dimension, and everybody else."""

    dimension: str
    kind: Kind
    value: str
    inside: Sums
    outside: Sums


@dataclass(frozen=True, slots=True)
class Those:
    """People of one variant of whom the same was known."""

    known: Mapping[str, object]
    is_new: bool
    did_before: bool
    variant: str
    sums: Mapping[str, float]


def kinds_of_people(conn: sa.Connection, phase: PhaseKept, metric: Metric, cap: float | None) -> list[Those]:
    """The most frequent kinds of people in a phase, with their sums of a metric; values above `cap` count as that."""
    value: sa.ColumnElement[float] = sa.func.coalesce(experiment_units.c.value, 0.0)
    if cap is not None:
        value = sa.case((value > cap, sa.literal(cap, sa.Double)), else_=value)
    theirs = sa.and_(
        experiment_units.c.experiment == phase.experiment,
        experiment_units.c.phase == phase.number,
        experiment_units.c.metric == metric.name,
        experiment_units.c.person == exposures.c.person,
    )
    each = (
        sa.select(
            exposures.c.attributes,
            sa.case((persons.c.created_at >= phase.began_at, 1), else_=0).label("is_new"),
            sa.case((experiment_units.c.value_before != 0, 1), else_=0).label("did_before"),
            exposures.c.variant,
            value.label("x"),
            sa.func.coalesce(experiment_units.c.per, 0.0).label("den"),
            sa.func.coalesce(experiment_units.c.value_before, 0.0).label("pre"),
            sa.func.coalesce(experiment_units.c.per_before, 0.0).label("pre_den"),
        )
        .select_from(
            exposures.join(persons, persons.c.id == exposures.c.person).outerjoin(experiment_units, theirs),
        )
        .where(
            exposures.c.experiment == phase.experiment,
            exposures.c.phase == phase.number,
            exposures.c.is_bot.is_(False),
        )
        .subquery()
    )
    people = sa.func.count().label("n")
    groups = each.c.attributes, each.c.is_new, each.c.did_before, each.c.variant
    products = {name: sa.func.sum(each.c[one] * each.c[other]).label(name) for name, (one, other) in _PRODUCTS.items()}
    totals = {name: sa.func.sum(each.c[column]).label(name) for name, column in _TOTALS.items()}
    rows = conn.execute(
        sa.select(*groups, people, *totals.values(), *products.values())
        .group_by(*groups)
        .order_by(people.desc(), *groups)
        .limit(MOST_KINDS)
    ).mappings()
    return [
        Those(
            json.loads(row["attributes"]),
            bool(row["is_new"]),
            bool(row["did_before"]),
            row["variant"],
            {name: float(row[name]) for name in ("n", *_TOTALS, *_PRODUCTS)},
        )
        for row in rows
    ]


# Under the names that `analyse` knows.
_TOTALS: Final = {"sum": "x", "den_sum": "den", "pre_sum": "pre", "pre_den_sum": "pre_den"}
_PRODUCTS: Final = {
    "sum_sq": ("x", "x"),
    "den_sum_sq": ("den", "den"),
    "pre_sum_sq": ("pre", "pre"),
    "pre_den_sum_sq": ("pre_den", "pre_den"),
    "sum_den": ("x", "den"),
    "sum_pre": ("x", "pre"),
    "sum_pre_den": ("x", "pre_den"),
    "den_pre": ("den", "pre"),
    "den_pre_den": ("den", "pre_den"),
    "pre_pre_den": ("pre", "pre_den"),
}


def cuts(people: Sequence[Those], variants: Iterable[str]) -> list[Cut]:
    """All segments of the dimensions that have at least two, the largest first in each."""
    names = sorted({name for one in people for name in one.known})
    attributes: list[tuple[str, Kind]] = [(name, "attribute") for name in names]
    others: list[tuple[str, Kind]] = [("new here", "met"), ("did it before", "before")]
    found: list[Cut] = []
    for name, kind in (*attributes, *others):
        of_value: dict[str, list[Those]] = {}
        for one in people:
            of_value.setdefault(_value(one, name, kind), []).append(one)
        values = {value: _added(those, variants) for value, those in _fewer(of_value).items()}
        if len(values) > 1:
            found += [
                Cut(name, kind, value, sums, _joined([other for its, other in values.items() if its != value]))
                for value, sums in values.items()
            ]
    return found


def _value(one: Those, name: str, kind: Kind) -> str:
    if kind == "met":
        return "new since the phase began" if one.is_new else "known before"
    if kind == "before":
        return "yes" if one.did_before else "no"
    value = one.known.get(name)
    if value is None:
        return UNKNOWN
    return value if isinstance(value, str) else json.dumps(value)


def _fewer(values: Mapping[str, list[Those]]) -> dict[str, list[Those]]:
    """The values with the most people; the others are one."""
    ordered = sorted(values, key=lambda value: (-sum(one.sums["n"] for one in values[value]), value))
    rest = [one for value in ordered[VALUES_SHOWN:] for one in values[value]]
    return {value: values[value] for value in ordered[:VALUES_SHOWN]} | ({OTHERS: rest} if rest else {})


def _added(those: Iterable[Those], variants: Iterable[str]) -> Sums:
    sums = {variant: dict.fromkeys(("n", *_TOTALS, *_PRODUCTS), 0.0) for variant in variants}
    for one in those:
        for name, value in one.sums.items():
            sums[one.variant][name] += value
    return sums


def _joined(parts: Sequence[Sums]) -> Sums:
    return {
        variant: {name: sum(one[variant][name] for one in parts) for name in sums} for variant, sums in parts[0].items()
    }
