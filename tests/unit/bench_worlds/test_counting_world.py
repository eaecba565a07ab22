"""The large crowd of `bench.speed.counting`: what is loaded is what counting makes of the same events."""

from pathlib import Path

import sqlalchemy as sa

from bench.speed.counting_world import PLAN, World, chunks
from bowerbird.experiments import catch_up
from bowerbird.experiments.totals import totals_of
from bowerbird.records import open_records
from bowerbird.records.tables import experiment_counts, experiment_units


def stored(world: World) -> tuple[set[tuple[object, ...]], object]:
    """Everybody's figures, without the experiment's id, and their totals."""
    one = world.experiment
    units = sa.select(*(column for column in experiment_units.c if column.name != "experiment"))
    rows = world.records.read(lambda conn: {tuple(row) for row in conn.execute(units)})
    return rows, world.records.read(lambda conn: totals_of(conn, one.id, 1))


def test_what_is_loaded_is_what_counting_leaves(tmp_path: Path) -> None:
    """Of 4,000 events of 60 people: the same rows and totals, and the log behind it counts on from there."""
    counted = World(open_records(f"sqlite:///{tmp_path}/counted.db"), people=60, events=4_000)
    loaded = World(open_records(f"sqlite:///{tmp_path}/loaded.db"), people=60, events=4_000)
    for world in (counted, loaded):
        world.furnish()
    for day in range(counted.days):
        counted.arrive(day)
        while counted.records.write(lambda conn: catch_up(conn, clock=counted.clock)):
            pass
    loaded.load()
    rows, totals = stored(counted)
    assert len(rows) > 60 * len(PLAN["metrics"]) / 2
    assert (rows, totals) == stored(loaded)

    loaded.log_of_first()
    for world in (counted, loaded):
        world.arrive_more(500)
        while world.records.write(lambda conn, world=world: catch_up(conn, clock=world.clock)):  # type: ignore[misc]
            pass
    assert stored(counted) == stored(loaded)
    assert stored(counted)[0] != rows
    assert loaded.records.read(lambda conn: conn.execute(sa.select(experiment_counts.c.exposure)).scalar_one()) == 60
    for world in (counted, loaded):
        world.records.close()


def test_chunks_add_up() -> None:
    """And none is empty."""
    assert list(chunks(25, 10)) == [10, 10, 5]
    assert list(chunks(0, 10)) == []
