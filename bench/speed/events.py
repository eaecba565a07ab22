"""
How many events a second come to disk: in batches, one to a request, and over again.

    batches    lists of 500 in a transaction each, as `bowerbird events import` writes them; half of them name a slate
    again      the same once more: all known
    singly     requests of one event each, many at a time, that a group commit puts together

On a disk that is waited for (SQLite with `synchronous=FULL`); 10,000 people, 5,000 items, slates of 20.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.report import write
from bowerbird.feed.event import KINDS
from bowerbird.feed.events import EventKeeper, NewEvent, keep_events
from bowerbird.feed.renewal import renew_items
from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.records import Records, open_records
from bowerbird.records.tables import events, items, pages, slates, versions
from bowerbird.testing.builders import Library

SEED = 11
PEOPLE, ITEMS, SLATE, SLATES = 10_000, 5_000, 20, 2_000
BATCH = 500
AT_A_TIME = 500  # single requests under way
AGENTS = ("discovery", "quality", "archivist", "serendipity")
TEXT = "# A note\n\n" + "The bowerbird gathers blue things and arranges them before its bower. " * 5
CLOCK = SystemClock()


def furnish(records: Records) -> tuple[Library, dict[str, tuple[str, list[str]]]]:
    """Items and slates; of each slate whose it is, and the keys of what it holds."""
    library = Library(records, ManualClock())
    source = library.source()
    rng = random.Random(SEED)

    def keep_pages(conn: sa.Connection) -> None:
        for number in range(ITEMS):
            page: dict[str, Any] = {
                "source": source,
                "url": f"https://docs.example.org/{number}",
                "title": f"Note {number}",
            }
            page |= {"state": "live", "fields": {}, "links": [], "fetched_at": 1.0, "checked_at": 1.0}
            made = conn.execute(sa.insert(pages).values(page)).inserted_primary_key
            assert made is not None
            version = {"page": made[0], "text_hash": str(number), "title": "A note", "text": TEXT, "fetched_at": 1.0}
            text = conn.execute(sa.insert(versions).values(version)).inserted_primary_key
            assert text is not None
            conn.execute(sa.update(pages).where(pages.c.id == made[0]).values(version=text[0]))

    records.write(keep_pages)
    while renew_items(records, limit=500, clock=CLOCK):
        pass
    keys = records.read(lambda conn: [(row.id, row.key) for row in conn.execute(sa.select(items.c.id, items.c.key))])
    people = [library.person(f"user-{number}") for number in range(SLATES)]
    held: dict[str, tuple[str, list[str]]] = {}

    def keep_slates(conn: sa.Connection) -> None:
        for number, person in enumerate(people):
            chosen = rng.sample(keys, SLATE)
            places = [[row, 1 / SLATE, rng.sample(AGENTS, 2)] for row, _ in chosen]
            row: dict[str, Any] = {"id": f"slate-{number:020}", "workspace": library.scope.workspace, "person": person}
            row |= {"made_at": 1.0, "level": "agents", "places": places, "inputs": b""}
            conn.execute(sa.insert(slates).values(row))
            held[str(row["id"])] = (f"user-{number}", [key for _, key in chosen])

    records.write(keep_slates)
    return library, held


def made_up(held: dict[str, tuple[str, list[str]]], number: int) -> list[NewEvent]:
    """Events of a month; every second one of a slate."""
    rng = random.Random(SEED)
    names = sorted(held)
    now_s = CLOCK.now_s()
    made: list[NewEvent] = []
    for each in range(number):
        kind = rng.choice(KINDS)
        at_s = now_s - rng.random() * 30 * 86_400
        value = rng.random() * 60 if kind == "dwelt" else None
        if each % 2:
            slate = rng.choice(names)
            person, keys = held[slate]
            made.append(NewEvent(rng.choice(keys), kind, at_s, person, f"event-{each}", value, slate))
        else:
            person = f"user-{rng.randrange(PEOPLE)}"
            made.append(NewEvent(f"page-{rng.randrange(ITEMS) + 1}", kind, at_s, person, f"event-{each}", value))
    return made


def in_batches(records: Records, workspace: str, made: Sequence[NewEvent]) -> tuple[float, float, int]:
    """Events a second altogether, and in the last tenth; how many were kept."""
    kept, times = 0, []
    for first in range(0, len(made), BATCH):
        some = made[first : first + BATCH]
        began = time.perf_counter()
        outcomes = records.write(partial(keep_events, workspace=workspace, events=some, clock=CLOCK))
        times.append(time.perf_counter() - began)
        kept += sum(outcome.state == "kept" for outcome in outcomes)
    last = times[-max(len(times) // 10, 1) :]
    return len(made) / sum(times), BATCH / statistics.mean(last), kept


async def singly(records: Records, workspace: str, made: Sequence[NewEvent]) -> tuple[float, float]:
    """Events a second, and the 99th percentile of milliseconds that a caller waits."""
    keeper = EventKeeper(records, CLOCK)
    waiting, took = iter(made), list[float]()

    async def caller() -> None:
        for event in waiting:
            began = time.perf_counter()
            outcome = await keeper.keep(workspace, [event])
            took.append(time.perf_counter() - began)
            assert outcome[0].state == "kept", outcome

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(AT_A_TIME)))
    all_s = time.perf_counter() - began
    await keeper.close()
    return len(made) / all_s, statistics.quantiles(took, n=100)[98] * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=100_000)
    number = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        records = open_records(f"sqlite:///{Path(folder) / 'bowerbird.db'}")
        library, held = furnish(records)
        made = made_up(held, number + number // 5)
        workspace = library.scope.workspace
        rate, last_rate, kept = in_batches(records, workspace, made[:number])
        again, _, kept_again = in_batches(records, workspace, made[:number])
        single, p99_ms = asyncio.run(singly(records, workspace, made[number:]))
        stored = records.read(lambda conn: conn.execute(sa.select(sa.func.count()).select_from(events)).scalar_one())
        records.close()
    assert (kept, kept_again, stored) == (number, 0, len(made)), (kept, kept_again, stored)
    figures: dict[str, Any] = {
        "events": number,
        "events/s in batches of 500 (≥ 5000)": round(rate),
        "events/s in the last tenth": round(last_rate),
        "events/s sent again": round(again),
        "events/s one to a request": round(single),
        "ms a single event waits, p99": round(p99_ms, 1),
    }
    write("events", figures, notes=f"{PEOPLE:,} people, {ITEMS:,} items, {SLATES:,} slates of {SLATE}; seed {SEED}")


if __name__ == "__main__":
    main()
