"""
Bringing in items: rows a second until they can be found by their words, memory, and what a kill costs (A11).

A worker process imports JSON Lines of made-up items, then the same file is imported again, unchanged. Once more from
the start, the worker is killed −9 when 40 % of the rows are kept, and another goes on. Vectors are not waited for: they
come when there is time.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from bench.report import write
from bowerbird.acquire import (
    Coverage,
    ImportFile,
    ImportRequest,
    check_import,
    coverage,
    request_import,
    run_import,
)
from bowerbird.kernel.clock import SystemClock
from bowerbird.records import Records, local_scope, open_records
from bowerbird.records import jobs as job_records
from bowerbird.records.tables import index_log, job_urls, jobs, pages, versions
from bowerbird.settings import ImportSettings

CLOCK = SystemClock()
SEED = 7
KILL_AT, LOOK_S = 0.4, 0.1
TOPICS = ("bower", "plumage", "nest", "song", "forest", "feather", "courtship", "river", "island", "season")
ACTS = ("builds", "gathers", "arranges", "guards", "paints", "carries", "shows", "hides", "steals", "watches")
THINGS = ("blue shells", "dry twigs", "ripe berries", "bright petals", "smooth stones", "moss", "snail shells", "straw")


def write_items(path: Path, rows: int) -> None:
    rng = random.Random(SEED)
    with path.open("w") as out:
        for number in range(rows):
            sentences = [
                f"The bird of territory {rng.randrange(rows)} {rng.choice(ACTS)} {rng.choice(THINGS)} near the"
                f" {rng.choice(TOPICS)} in week {rng.randrange(52)}."
                for _ in range(4)
            ]
            item = {
                "id": f"item-{number}",
                "title": f"{rng.choice(TOPICS).title()} note {number}",
                "text": " ".join(sentences),
                "kind": "note",
                "category": rng.choice(TOPICS),
                "quality": round(rng.random(), 3),
                "tags": rng.sample(TOPICS, 2),
            }
            out.write(json.dumps(item) + "\n")


def begin(records: Records, file: Path) -> str:
    request = check_import(ImportRequest(name="notes", files=[ImportFile(file, file.name)]))
    return records.write(lambda conn: request_import(conn, request, local_scope(conn, CLOCK), CLOCK))[1]


def start(data: Path) -> "subprocess.Popen[bytes]":
    given = os.environ | {"BOWERBIRD_DATA_DIR": str(data), "BOWERBIRD_LOG_LEVEL": "warning"}
    return subprocess.Popen([sys.executable, "-m", "bowerbird.worker"], env=given, start_new_session=True)


def memory(process: "subprocess.Popen[bytes]") -> int:
    total = 0
    parent = psutil.Process(process.pid)
    for each in [parent, *parent.children(recursive=True)]:
        try:
            total += each.memory_info().rss
        except psutil.Error:
            continue
    return total


def count(records: Records, statement: Any) -> int:
    return int(records.read(lambda conn: conn.execute(statement).scalar_one()))


class Watch:
    """How far a job is, and the most memory its worker and all below it held."""

    def __init__(self, records: Records, job: str, process: "subprocess.Popen[bytes]", rows: int) -> None:
        self.records, self.job, self.process, self.rows = records, job, process, rows
        self.peak = 0
        self.peak_at_tenth = 0
        self.stored_s: float | None = None
        self.began = time.monotonic()

    def until(self, is_so: Callable[[], bool]) -> float:
        while not is_so():
            assert self.process.poll() is None, "the worker died"
            self.peak = max(self.peak, memory(self.process))
            time.sleep(LOOK_S)
        return time.monotonic() - self.began

    def decided(self) -> int:
        progress = self.records.read(
            lambda conn: conn.execute(sa.select(jobs.c.progress).where(jobs.c.id == self.job)).scalar_one()
        )
        done = int(progress.get("rows", 0))
        if done >= self.rows // 10 and not self.peak_at_tenth:
            self.peak_at_tenth = self.peak
        return done

    def is_searchable(self) -> bool:
        """Kept, cut into passages, and taken into the index as far as the job waits for it."""
        self.decided()
        step = self.records.read(
            lambda conn: conn.execute(sa.select(jobs.c.step, jobs.c.status).where(jobs.c.id == self.job)).one()
        )
        if step.step and self.stored_s is None:
            self.stored_s = time.monotonic() - self.began
        return bool(step.step == "embed" or step.status == "completed")


def end(process: "subprocess.Popen[bytes]", records: Records) -> None:
    """Stop the worker, and let the job be: what is left of it is reading for meaning."""
    process.terminate()
    process.wait(60)
    records.write(lambda conn: conn.execute(sa.update(jobs).values(status="completed")))


def kill(process: "subprocess.Popen[bytes]") -> None:
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    for child in children:
        try:
            child.wait(10)
        except psutil.TimeoutExpired:
            child.kill()


def check_whole(records: Records, job: str, rows: int) -> tuple[int, int]:
    """Rows that are lost, and rows that are there twice."""
    kept = count(records, sa.select(sa.func.count(sa.distinct(pages.c.url))).where(pages.c.state == "live"))
    made = count(records, sa.select(sa.func.count(versions.c.id)))
    decided = count(records, sa.select(sa.func.count(job_urls.c.id)).where(job_urls.c.job == job))
    added = count(records, sa.select(sa.func.count(index_log.c.seq) - sa.func.count(sa.distinct(index_log.c.passage))))
    return rows - kept, (made - kept) + (decided - rows) + added


def unchanged(records: Records, file: Path) -> tuple[float, Coverage]:
    """The same file once more, without a worker, which would go on reading for meaning meanwhile."""
    job = begin(records, file)
    lease = records.write(
        lambda conn: job_records.claim(conn, owner="bench", lease_s=600, clock=CLOCK, kinds=("import",), job=job)
    )
    assert lease is not None
    began = time.monotonic()
    outcome = run_import(lease, records, ImportSettings(), lease_s=600, clock=CLOCK, should_stop=lambda: False)
    took_s = time.monotonic() - began
    assert outcome.status == "completed", outcome
    return took_s, records.read(lambda conn: coverage.report(conn, job))


def run(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        file = data / "notes.jsonl"
        write_items(file, rows)
        # Undisturbed: new, then unchanged.
        whole = data / "whole"
        records = open_records(f"sqlite:///{whole / 'bowerbird.db'}")
        job = begin(records, file)
        process = start(whole)
        new = Watch(records, job, process, rows)
        new_s = new.until(new.is_searchable)
        end(process, records)
        lost, twice = check_whole(records, job, rows)
        again_s, seen = unchanged(records, file)
        records.close()
        assert (lost, twice, seen.unchanged) == (0, 0, rows), (lost, twice, seen)
        # Killed at 40 %, and taken up by another worker.
        torn = data / "torn"
        records = open_records(f"sqlite:///{torn / 'bowerbird.db'}")
        job = begin(records, file)
        process = start(torn)
        killed = Watch(records, job, process, rows)
        killed.until(lambda: killed.decided() >= KILL_AT * rows)
        kill(process)
        kept_before = count(records, sa.select(sa.func.count(pages.c.id)))
        records.write(lambda conn: conn.execute(sa.update(jobs).values(lease_until=0.0)))
        process = start(torn)
        resumed = Watch(records, job, process, rows)
        resumed.until(resumed.is_searchable)
        end(process, records)
        torn_lost, torn_twice = check_whole(records, job, rows)
        records.close()
    assert new.stored_s is not None
    return {
        "rows": rows,
        "new: seconds until stored": round(new.stored_s, 1),
        "new: rows/s until stored": round(rows / new.stored_s),
        "new: rows/s until found by words": round(rows / new_s),
        "unchanged: rows/s": round(rows / again_s),
        "peak MB of all processes at 10 %": round(new.peak_at_tenth / 1e6),
        "peak MB of all processes at 100 %": round(new.peak / 1e6),
        "kept when killed": kept_before,
        "lost": torn_lost,
        "twice": torn_twice,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    figures = run(parser.parse_args().rows)
    write(
        "imports",
        figures,
        headline={
            "items imported": figures["rows"],
            "new items/s until found by words (≥ 1000)": figures["new: rows/s until found by words"],
            "unchanged items/s": figures["unchanged: rows/s"],
            "peak memory MB at 10 % / 100 %": (
                f"{figures['peak MB of all processes at 10 %']} / {figures['peak MB of all processes at 100 %']}"
            ),
            "killed −9 at 40 %: lost / twice (0 / 0)": f"{figures['lost']} / {figures['twice']}",
        },
        notes="one worker process with its readers; time from the worker's start, which takes some 2 s; seed 7",
    )
    if figures["lost"] or figures["twice"]:
        sys.exit("rows were lost or kept twice")


if __name__ == "__main__":
    main()
