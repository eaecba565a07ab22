"""
Where wrong shares come from: the check of shares within each value of what is known of people.

    attributes    as they were known when people were exposed
    day           on which they were exposed (UTC)
    met           whether a person was new here since the phase began, or known before
    left out      bots, and people who were shown several variants: unequal numbers of them are a cause by themselves

A dimension is a suspect when the variants' shares differ between its values by more than chance does (χ² of
independence, Bonferroni over the dimensions). It points at the value that is furthest off, and tells whether the shares
of all others are right.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import sqlalchemy as sa
from scipy import special

from bowerbird.experiments.shares import DAY_S, PhaseKept, day_of_exposure, who_is_checked
from bowerbird.experiments.statistics.checks import SRM_LEVEL, srm
from bowerbird.kernel.clock import utc
from bowerbird.records.tables import exposures, persons

__all__ = ["Suspect", "Within", "suspects"]

SUSPECT_LEVEL: Final = 0.01
VALUES_SHOWN: Final = 20
MOST_KINDS: Final = 20_000  # of people, by all their attributes together
UNKNOWN: Final = "(not known)"
OTHERS: Final = "(others)"

Kind: TypeAlias = Literal["attribute", "day", "met", "left out"]
_Counts: TypeAlias = Mapping[str, Mapping[str, int]]  # people by value and variant


@dataclass(frozen=True, slots=True)
class Within:
    """The people of one value, and the p-value of their shares alone."""

    value: str
    people: Mapping[str, int]
    p: float

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {"value": self.value, "people": dict(self.people), "p": self.p}


@dataclass(frozen=True, slots=True)
class Suspect:
    """A dimension whose values have different shares; `points_at` is the one that is furthest off."""

    dimension: str
    kind: Kind
    p: float  # that all its values have the same shares, corrected for the dimensions
    points_at: str
    rest_ok: bool  # without that value, the shares are right
    values: tuple[Within, ...]  # the furthest off first
    says: str

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "dimension": self.dimension,
            "kind": self.kind,
            "p": self.p,
            "points_at": self.points_at,
            "rest_ok": self.rest_ok,
            "values": [one.to_json() for one in self.values],
            "says": self.says,
        }


def suspects(conn: sa.Connection, phase: PhaseKept) -> tuple[Suspect, ...]:
    """The dimensions that the mismatch may come from, the likeliest first; none when it is alike everywhere."""
    weights = dict(phase.rules.weights)
    dimensions: dict[tuple[Kind, str], _Counts] = {
        ("attribute", name): c for name, c in _attributes(conn, phase).items()
    }
    dimensions["day", "day of exposure"] = _days(conn, phase)
    dimensions["met", "new here"] = _met(conn, phase)
    dimensions["left out", "left out"] = _left_out(conn, phase)
    found: list[tuple[float, Suspect]] = []
    for (kind, name), counts in dimensions.items():
        statistic, p = _independence(counts, weights)
        if p * len(dimensions) < SUSPECT_LEVEL:
            found.append((-statistic, _suspect(kind, name, counts, weights, p * len(dimensions))))
    return tuple(one for _, one in sorted(found, key=lambda pair: (not pair[1].rest_ok, pair[1].p, pair[0])))


def _suspect(kind: Kind, name: str, counts: _Counts, weights: Mapping[str, float], p: float) -> Suspect:
    within = [Within(value, people, _p(people, weights)) for value, people in counts.items()]
    within.sort(key=lambda one: (one.p, -_chi2(one.people, weights)))
    worst = within[0]
    rest = Counter[str]()
    for one in within[1:]:
        rest.update(one.people)
    rest_ok = _p(rest, weights) >= SRM_LEVEL
    came = ", ".join(f"{worst.people.get(variant, 0)} in {variant}" for variant in weights)
    alone = " Without them the shares are right." if rest_ok else " The others' shares are wrong as well."
    says = f"{name}: {worst.value!r} has {came} (p {worst.p:.2g}).{alone}"
    return Suspect(name, kind, min(p, 1.0), worst.value, rest_ok, tuple(within[:VALUES_SHOWN]), says)


# -- people by value and variant --------------------------------------------------------------------------------------


def _attributes(conn: sa.Connection, phase: PhaseKept) -> dict[str, _Counts]:
    people = sa.func.count().label("people")
    rows = conn.execute(
        sa.select(exposures.c.attributes, exposures.c.variant, people)
        .where(*who_is_checked(phase))
        .group_by(exposures.c.attributes, exposures.c.variant)
        .order_by(people.desc())
        .limit(MOST_KINDS)
    ).all()
    known = [(json.loads(row.attributes), row.variant, int(row.people)) for row in rows]
    names = sorted({name for attributes, _, _ in known for name in attributes})
    found: dict[str, _Counts] = {}
    for name in names:
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for attributes, variant, n in known:
            value = attributes.get(name)
            counts[UNKNOWN if value is None else _written(value)][variant] += n
        found[name] = _fewer(counts)
    return found


def _days(conn: sa.Connection, phase: PhaseKept) -> _Counts:
    day = day_of_exposure().label("day")
    rows = conn.execute(
        sa.select(day, exposures.c.variant, sa.func.count().label("people"))
        .where(*who_is_checked(phase))
        .group_by(day, exposures.c.variant)
    )
    return _fewer(_counted((f"{utc(int(row.day) * DAY_S):%Y-%m-%d}", row.variant, row.people) for row in rows))


def _met(conn: sa.Connection, phase: PhaseKept) -> _Counts:
    is_new = sa.case((persons.c.created_at >= phase.began_at, 1), else_=0).label("is_new")
    rows = conn.execute(
        sa.select(is_new, exposures.c.variant, sa.func.count().label("people"))
        .join(persons, persons.c.id == exposures.c.person)
        .where(*who_is_checked(phase))
        .group_by(is_new, exposures.c.variant)
    )
    return _counted(
        ("new since the phase began" if row.is_new else "known before", row.variant, row.people) for row in rows
    )


def _left_out(conn: sa.Connection, phase: PhaseKept) -> _Counts:
    """Everybody who was exposed, bots among them."""
    what = sa.case((exposures.c.is_bot, 2), (exposures.c.others > 0, 1), else_=0).label("what")
    rows = conn.execute(
        sa.select(what, exposures.c.variant, sa.func.count().label("people"))
        .where(exposures.c.experiment == phase.experiment, exposures.c.phase == phase.number)
        .group_by(what, exposures.c.variant)
    )
    names = {0: "counted", 1: "shown several variants", 2: "bots"}
    return _counted((names[int(row.what)], row.variant, row.people) for row in rows)


def _counted(rows: Any) -> dict[str, Counter[str]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for value, variant, people in rows:
        counts[value][variant] += int(people)
    return counts


def _fewer(counts: Mapping[str, Counter[str]]) -> dict[str, Counter[str]]:
    """The values with the most people; the others are one."""
    ordered = sorted(counts, key=lambda value: (-sum(counts[value].values()), value))
    kept = {value: counts[value] for value in ordered[:VALUES_SHOWN]}
    rest = Counter[str]()
    for value in ordered[VALUES_SHOWN:]:
        rest.update(counts[value])
    return kept | ({OTHERS: rest} if rest else {})


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


# -- tests ------------------------------------------------------------------------------------------------------------


def _p(people: Mapping[str, int], weights: Mapping[str, float]) -> float:
    return srm({name: float(people.get(name, 0)) for name in weights}, weights).p


def _chi2(people: Mapping[str, int], weights: Mapping[str, float]) -> float:
    seen = np.array([people.get(name, 0) for name in weights], np.float64)
    share = np.array(list(weights.values()), np.float64)
    expected = share / share.sum() * seen.sum()
    return float(np.sum((seen - expected) ** 2 / expected)) if seen.sum() else 0.0


def _independence(counts: _Counts, weights: Mapping[str, float]) -> tuple[float, float]:
    """χ² that every value has the same shares, and its p-value."""
    table = np.array([[people.get(name, 0) for name in weights] for people in counts.values()], np.float64)
    if table.size == 0:
        return 0.0, 1.0
    table = table[table.sum(1) > 0][:, table.sum(0) > 0]
    if min(table.shape) < 2:
        return 0.0, 1.0
    expected = table.sum(1, keepdims=True) * table.sum(0, keepdims=True) / table.sum()
    statistic = float(np.sum((table - expected) ** 2 / expected))
    return statistic, float(special.chdtrc((table.shape[0] - 1) * (table.shape[1] - 1), statistic))
