"""
Everybody's figures by experiment, phase and metric: read and written by the ten thousand.

The two databases have different ways to take many rows in one statement: PostgreSQL takes them as arrays, SQLite runs
one prepared statement over and over, which costs it nothing as it is in this process.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from bowerbird.experiments.totals import Figures
from bowerbird.records.tables import experiment_units

__all__ = ["PEOPLE_AT_ONCE", "Key", "figures_of", "put", "upsert"]

Key: TypeAlias = tuple[str, int, str, str]  # experiment, phase, metric, person

PEOPLE_AT_ONCE: Final = 5_000  # databases bound the number of values in one statement
_KEY: Final = ("experiment", "phase", "metric", "person")
_FIGURES: Final = ("value", "per", "value_before", "per_before")


def figures_of(conn: sa.Connection, keys: Iterable[Key]) -> dict[Key, Figures]:
    """What is stored of these; those who have nothing are left out."""
    wanted = sorted(keys)
    rows: Iterable[Any] = _by_array(conn, wanted) if conn.dialect.name == "postgresql" else _by_metric(conn, wanted)
    return {
        (experiment, phase, metric, person): (value, per, value_before, per_before)
        for experiment, phase, metric, person, value, per, value_before, per_before in rows
    }


def put(conn: sa.Connection, rows: Mapping[Key, tuple[str, Figures]]) -> None:
    """Store these variants and figures, in place of what there is."""
    names = (*_KEY, "variant", *_FIGURES)
    upsert(
        conn,
        experiment_units,
        [dict(zip(names, (*key, variant, *figures), strict=True)) for key, (variant, figures) in rows.items()],
        lambda new: {name: new[name] for name in _FIGURES},
    )


def upsert(
    conn: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    merged: "Callable[[Any], dict[str, Any]]",
) -> None:
    """
    Insert these rows, all with the same columns; of those whose key is there, set what `merged` says of the new ones.

    A key may be there once.
    """
    if not rows:
        return
    key = [column.name for column in table.primary_key]
    # A dialect takes long to load, and no process needs both.
    if conn.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        names = list(rows[0])
        arrays = [_array(table.c[name], [row[name] for row in rows]) for name in names]
        given = sa.func.unnest(*arrays).table_valued(*names).render_derived()
        into = postgresql.insert(table)
        conn.execute(
            into.from_select(names, sa.select(*given.c)).on_conflict_do_update(
                index_elements=key, set_=merged(into.excluded)
            )
        )
        return
    from sqlalchemy.dialects import sqlite

    one = sqlite.insert(table)
    conn.execute(one.on_conflict_do_update(index_elements=key, set_=merged(one.excluded)), rows)


def _by_array(conn: sa.Connection, keys: Sequence[Key]) -> Iterable[Any]:
    if not keys:
        return ()
    units = experiment_units.c
    arrays = [_array(units[name], list(column)) for name, column in zip(_KEY, zip(*keys, strict=True), strict=True)]
    wanted = sa.func.unnest(*arrays).table_valued(*_KEY).render_derived(name="wanted")
    is_one = sa.and_(*(units[name] == wanted.c[name] for name in _KEY))
    found = sa.select(*(units[name] for name in (*_KEY, *_FIGURES))).select_from(wanted).join(experiment_units, is_one)
    return conn.execute(found)


def _array(column: "sa.Column[Any]", values: Sequence[Any]) -> "sa.BindParameter[Any]":
    return sa.bindparam(None, values, type_=sa.ARRAY(column.type))


def _by_metric(conn: sa.Connection, keys: Sequence[Key]) -> Iterator[Any]:
    people: defaultdict[tuple[str, int, str], list[str]] = defaultdict(list)
    for experiment, phase, metric, person in keys:
        people[experiment, phase, metric].append(person)
    for (experiment, phase, metric), whom in people.items():
        for first in range(0, len(whom), PEOPLE_AT_ONCE):
            some = whom[first : first + PEOPLE_AT_ONCE]
            its = {"of_experiment": experiment, "of_phase": phase, "of_metric": metric, "people": some}
            yield from conn.execute(_OF_PEOPLE, its)


_OF_PEOPLE: Final = sa.select(*(experiment_units.c[name] for name in (*_KEY, *_FIGURES))).where(
    experiment_units.c.experiment == sa.bindparam("of_experiment"),
    experiment_units.c.phase == sa.bindparam("of_phase"),
    experiment_units.c.metric == sa.bindparam("of_metric"),
    experiment_units.c.person.in_(sa.bindparam("people", expanding=True)),
)
