"""
Twenty kills −9 at each named point of the crawling child, spread over the crawl: no URL lost, none kept twice (A9).

Each kill is a fresh crawl of a local site of 60 linked pages whose child dies when it reaches the point for the n-th
time; a second child resumes it. `--kills N` for another number.
"""

import argparse
import os
import signal
import tempfile
from collections import Counter
from pathlib import Path

import sqlalchemy as sa

from bench.report import write
from bowerbird.acquire.supervise import Child, plan_of
from bowerbird.records.tables import versions
from tests.crawling import adds_up, gatherer, html
from tests.sites import Web

PAGES = 60
POINTS = {
    "crawl.opened": 1,
    "crawl.after_fetch": PAGES,
    "crawl.before_commit": 12,
    "crawl.after_commit": 12,
    "crawl.before_finish": 1,
    "crawl.after_finish": 1,
}


def kill_once(point: str, nth: int) -> dict[str, int]:
    """One killed and resumed crawl: what was lost, what came twice, how many requests were made again."""
    with tempfile.TemporaryDirectory() as folder, gatherer(Path(folder)) as birds, Web() as web:
        for number in range(PAGES):
            links = tuple(f"/{each}" for each in range(3 * number + 1, 3 * number + 4) if each < PAGES)
            web.page(f"/{number}", html(f"Bird number {number}", links=links))
        lease = birds.lease(f"{web.url}/0")
        os.environ["BOWERBIRD_CRASH"] = f"{point}:{nth}"
        with Child(plan_of(lease, birds.records, birds.settings)) as child:
            code = child.wait(120)
        del os.environ["BOWERBIRD_CRASH"]
        ended = birds.ended(lease, birds.run(lease))
        kept = birds.records.read(
            lambda conn: conn.execute(sa.select(versions.c.page, sa.func.count()).group_by(versions.c.page)).all()
        )
        hits = Counter({path: count for path, count in web.hits.items() if path[1:].isdigit()})
    return {
        "killed": int(code == -signal.SIGKILL),
        "lost": PAGES - ended.coverage.kept,
        "twice": sum(count - 1 for _, count in kept),
        "does_not_add_up": int(not adds_up(ended.coverage) or ended.coverage.queued > 0),
        "asked_again": sum(count - 1 for count in hits.values()),
        "most_asked_again": sum(count - 1 for count in hits.values()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    given = parser.parse_args()
    figures: dict[str, dict[str, int]] = {}
    for point, most in POINTS.items():
        total: Counter[str] = Counter()
        largest = 0
        for number in range(given.kills):
            nth = 1 + number * most // given.kills
            seen = kill_once(point, nth)
            largest = max(largest, seen["asked_again"])
            total.update(seen)
        figures[point] = {**total, "most_asked_again": largest}
        print(point, figures[point], flush=True)
    write(
        "kills", figures, notes=f"{given.kills} kills at each point; a crash point that was not reached kills nothing"
    )


if __name__ == "__main__":
    main()
