"""
Ten million events of an experiment: how fast they are counted as they arrive, and how soon a look has its answer.

20 metrics (who did it, counts, sums, ratios, quantiles, one of them winsorised) of 5 variants, 200,000 people, who come
for sessions of ten events over three weeks; they are exposed on the ninth day, so what they did in the week before is
counted too. An event goes into some three metrics.

    quick    (as it is) the sums of ten million events are loaded, made by arrays from the very same events; then
             300,000 more come to the log and are counted by the product, into tables of that size; then the report
    whole    (`--whole`) all ten million come to the log and are counted by the product; takes half an hour

That loading gives what counting gives is tested on a small world (tests/unit/bench_worlds/test_counting_world.py).
`--postgresql` keeps the records on a real PostgreSQL. The log of the first 20,000 people is there in both forms, as the
report reads it (whether the effect lasts). Memory: the largest that this process was; of PostgreSQL, what all of its
processes held after the report (shared memory once).
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from bench.report import write
from bench.speed.counting_world import World, chunks
from bowerbird.experiments import catch_up, find, report
from bowerbird.kernel.clock import ManualClock
from bowerbird.records import Records, open_records
from bowerbird.records.tables import experiment_totals, experiment_units
from tests.servers import postgresql

EVENTS: Final = 10_000_000
MORE: Final = 300_000
PEOPLE: Final = 200_000
LOOKS: Final = 3


def counted(records: Records, clock: ManualClock) -> tuple[int, float, float]:
    """Count all that waits: batches, seconds, and the longest batch's seconds."""
    took: list[float] = []
    while True:
        began = time.perf_counter()
        if not records.write(lambda conn: catch_up(conn, clock=clock)):
            return len(took), sum(took), max(took, default=0.0)
        took.append(time.perf_counter() - began)


def looked(records: Records, world: World, clock: ManualClock) -> tuple[list[float], list[float], int]:
    """Seconds of some reports, of which of a processor for this process, and how many metrics they tell."""
    took: list[float] = []
    worked: list[float] = []
    told = 0
    for _ in range(LOOKS):
        began, work_began = time.perf_counter(), time.process_time()

        def look(conn: sa.Connection) -> int:
            seen = report(conn, find(conn, world.workspace, world.name), clock=clock)
            seen.to_json()
            assert seen.metrics is not None, seen.locked_because
            return len(seen.metrics)

        told = records.read(look)
        took.append(time.perf_counter() - began)
        worked.append(time.process_time() - work_began)
    return took, worked, told


def of_server(pid: int) -> float:
    """Megabytes that a server and its children hold, what they share counted once."""
    theirs = [pid, *(int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    held = 0
    for one in theirs:
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:  # it has ended
            continue
        held += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return held / 1024


def _days(world: World, *, whole: bool) -> Iterator[str]:
    """Bring the events in, and say what was done."""
    if whole:
        for day in range(world.days):
            world.arrive(day)
            yield f"day {day}: in the log"
        return
    world.load()
    yield "loaded"


def measure(url: str, *, whole: bool, events: int, people: int, more: int, server: int | None) -> dict[str, Any]:
    """Fill, count and look."""
    records = open_records(url)
    world = World(records, people=people, events=events)
    world.furnish()
    began = time.perf_counter()
    number, seconds, longest, batches = 0, 0.0, 0.0, 0
    for said in _days(world, whole=whole):
        if whole:
            some, took, slowest = counted(records, world.clock)
            batches, seconds, longest = batches + some, seconds + took, max(longest, slowest)
        print(f"{time.perf_counter() - began:7.1f} s  {said}", flush=True)
    if whole:
        number = events
    else:
        world.log_of_first()
        print(f"{time.perf_counter() - began:7.1f} s  the log of those whom the report reads", flush=True)
        for some in chunks(more, 50_000):
            world.arrive_more(some)
            extra, took, slowest = counted(records, world.clock)
            number, seconds = number + some, seconds + took
            batches, longest = batches + extra, max(longest, slowest)
            print(f"{time.perf_counter() - began:7.1f} s  {some / took:,.0f} events/s", flush=True)
    looks, worked, metrics = looked(records, world, world.clock)
    rows = records.read(lambda conn: [
        conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in (experiment_units, experiment_totals)
    ])  # fmt: skip
    figures: dict[str, Any] = {
        "events": events if whole else events + more,
        "counted by the product": number,
        "people": people,
        "rows of people's figures": rows[0],
        "rows of totals": rows[1],
        "events/s": round(number / seconds),
        "longest batch, s": round(longest, 2),
        "batches": batches,
        "metrics told": metrics,
        "report, s": [round(one, 2) for one in looks],
        "of which this process worked, s": [round(one, 2) for one in worked],
        "peak memory of the process, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    if server is not None:
        figures["memory of PostgreSQL, MB"] = round(of_server(server))
    records.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whole", action="store_true", help="count all of it by the product")
    parser.add_argument("--postgresql", action="store_true", help="keep the records on PostgreSQL")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--more", type=int, default=MORE, help="events that are counted on top, in the quick form")
    asked = parser.parse_args()
    sizes = {"events": asked.events, "people": asked.people, "more": asked.more}
    with ExitStack() as stack:
        if asked.postgresql:
            server = stack.enter_context(postgresql(with_pooler=False))
            name = stack.enter_context(server.database("counting"))
            figures = measure(server.url(name), whole=asked.whole, server=server.pid, **sizes)
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bowerbird-counting-"))
            figures = measure(f"sqlite:///{folder}/bowerbird.db", whole=asked.whole, server=None, **sizes)
    where = "PostgreSQL" if asked.postgresql else "SQLite"
    crowd = f"{figures['people']:,}"
    memory = figures["peak memory of the process, MB"] + figures.get("memory of PostgreSQL, MB", 0)
    write(
        "counting_postgresql" if asked.postgresql else "counting",
        figures,
        headline={
            f"events counted a second, 20 metrics, 5 variants, {crowd} people, {where} (≥ 5,000)": figures["events/s"],
            f"report on {figures['events']:,} events, worst of {LOOKS}, s, {where} (≤ 10)": max(figures["report, s"]),
            f"memory, MB, {where} (≤ 1,024)": memory,
        },
        notes="bench/speed/counting.py.",
    )


if __name__ == "__main__":
    main()
