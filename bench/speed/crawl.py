"""
Gathering a real site from loopback: pages a second to stored text, memory, and what a second crawl costs (A5).

The site is the HTML of Debian's `python-sklearn-doc` (apt-get install python-sklearn-doc), or the folder given. Only
gathering is timed here: no passages are cut and nothing is embedded. Coverage is checked while it runs.
"""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Self

import psutil
import sqlalchemy as sa

from bench.report import write
from bowerbird.acquire import Coverage, CrawlRequest, Policy, check_request, coverage, request_crawl, run_crawl
from bowerbird.demo import FolderSite
from bowerbird.kernel.clock import SystemClock
from bowerbird.records import Records, jobs, local_scope, open_records
from bowerbird.records.tables import versions
from bowerbird.settings import Settings

FOLDER = Path("/usr/share/doc/python-sklearn-doc/html")
GOAL = "learn about machine learning techniques"
CLOCK = SystemClock()


class Memory:
    """The most memory that this process's children held together, looked at ten times a second."""

    def __enter__(self) -> Self:
        self.peak_bytes = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        me = psutil.Process()
        while not self._stop.wait(0.1):
            total = 0
            for child in me.children(recursive=True):
                try:
                    total += child.memory_info().rss
                except psutil.Error:
                    continue
            self.peak_bytes = max(self.peak_bytes, total)


def crawl(records: Records, url: str, settings: Settings) -> tuple[Coverage, float, int]:
    request = CrawlRequest(url=url, goal=GOAL, max_pages=5000, max_depth=50, all=True, allow_private=True)
    checked = check_request(request, Policy())

    def begin(conn: sa.Connection) -> Any:
        _, job = request_crawl(conn, checked, local_scope(conn, CLOCK), CLOCK)
        return jobs.claim(conn, owner="bench", lease_s=60, clock=CLOCK, kinds=("crawl",), job=job)

    lease = records.write(begin)
    began = time.monotonic()
    with Memory() as memory:
        outcome = run_crawl(lease, records, settings, lease_s=60, clock=CLOCK, should_stop=lambda: False)
    took_s = time.monotonic() - began
    assert outcome.status == "completed", outcome
    records.write(lambda conn: jobs.finish(conn, lease.job, lease.epoch, status="completed", clock=CLOCK))
    seen = records.read(lambda conn: coverage.report(conn, lease.job))
    assert seen.seen == seen.kept + seen.unchanged + seen.deleted + sum(seen.skipped.values())
    return seen, took_s, memory.peak_bytes


def figures_of(seen: Coverage, took_s: float, peak_bytes: int) -> dict[str, Any]:
    return {
        "seen": seen.seen,
        "fetched": seen.fetched,
        "kept": seen.kept,
        "unchanged": seen.unchanged,
        "skipped": dict(seen.skipped),
        "megabytes": round(seen.bytes / 1e6, 2),
        "took_s": round(took_s, 1),
        "pages_per_s": round((seen.kept + seen.unchanged) / took_s, 1),
        "peak_mb_of_all_processes": round(peak_bytes / 1e6),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    given = parser.parse_args()
    if not given.folder.exists():
        print(f"no folder {given.folder}: apt-get install python-sklearn-doc, or name another; nothing was measured")
        sys.exit(0)
    load = psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, FolderSite(given.folder) as site:
        records = open_records(f"sqlite:///{folder}/bowerbird.db")
        first, first_s, first_peak = crawl(records, site.url, Settings())
        texts = records.read(lambda conn: conn.execute(sa.select(sa.func.count(versions.c.id))).scalar_one())
        second, second_s, second_peak = crawl(records, site.url, Settings())
        after = records.read(lambda conn: conn.execute(sa.select(sa.func.count(versions.c.id))).scalar_one())
        records.close()
    assert texts == after == first.kept, "an unchanged site made new versions"
    write(
        "crawl_speed",
        {
            "first": figures_of(first, first_s, first_peak),
            "unchanged": figures_of(second, second_s, second_peak),
            "unchanged_bytes_share": round(second.bytes / first.bytes, 4),
            "load_before": round(load, 1),
        },
        notes="gathering only: fetch, extract, store; served from loopback by a Python server on the same two cores",
    )


if __name__ == "__main__":
    main()
