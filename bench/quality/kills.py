"""
Kills −9, twenty at each named crash point, in the crawling child and in the worker; and paused children that wake.

The child: one crawl a point, killed again and again at its second or third time at that point, then left to end.
The worker: what a crawl left behind is given to twenty workers in turn, each on a copy of its own and each killed, and
then derived to the end. After every one: no URL lost, none twice, the coverage adds up, each version arranged once, the
index holds what the records hold.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bench.report import write
from bowerbird.acquire import coverage
from bowerbird.acquire.supervise import EXIT_FENCED, Child, plan_of
from bowerbird.kernel.clock import SystemClock
from bowerbird.knowledge import EmbeddedIndex, Indexer, arrange_some
from bowerbird.models import MiniLM
from bowerbird.records import Records, open_records
from bowerbird.records.jobs import Lease
from bowerbird.records.tables import jobs as job_rows
from bowerbird.records.tables import mentions, passages, versions
from tests.crawling import Gatherer, adds_up, gatherer, html
from tests.sites import Web

KILLS = 20
PAGES = 80
CHILD_POINTS = (
    "crawl.opened",
    "crawl.after_fetch",
    "crawl.before_commit",
    "crawl.after_commit",
    "crawl.before_finish",
    "crawl.after_finish",
)
WORKER_POINTS = (
    "arrange.before_commit",
    "arrange.after_commit",
    "index.before_apply",
    "index.after_apply",
    "index.lexical_committed",
    "index.rows_written",
    "index.vectors_written",
    "index.committed",
)
# Reached once in a life, however long; the others are killed later with each life, so that something has happened.
ONCE = frozenset({"crawl.opened", "crawl.before_finish", "crawl.after_finish"})


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the kills at one point."""

    killed: int
    held: bool


def build(web: Web) -> None:
    """A binary tree of pages, no two alike."""
    for number in range(PAGES):
        links = tuple(f"/{each}" for each in (2 * number + 1, 2 * number + 2) if each < PAGES)
        web.page(f"/{number}", html(f"Bird number {number}", links=links))


def is_whole(birds: Gatherer, job: str) -> bool:
    """Whether the crawl kept every page once and its coverage adds up."""
    seen = birds.records.read(lambda conn: coverage.report(conn, job))
    each = birds.records.read(
        lambda conn: conn.execute(sa.select(sa.func.count(versions.c.id)).group_by(versions.c.page)).scalars().all()
    )
    return bool(seen.kept == seen.seen == PAGES and adds_up(seen) and seen.queued == 0 and set(each) == {1})


def kill_children(point: str) -> Tally:
    """One crawl whose child is killed at `point` again and again."""
    killed = 0
    with tempfile.TemporaryDirectory() as folder, Web() as web, gatherer(Path(folder)) as birds:
        build(web)
        lease = birds.lease(f"{web.url}/0")
        for turn in range(KILLS):
            nth = 1 if point in ONCE else 1 + turn % 3
            os.environ["BOWERBIRD_CRASH"] = f"{point}:{nth}"
            with Child(plan_of(lease, birds.records, birds.settings)) as child:
                code = child.wait(120)
            killed += code == -signal.SIGKILL
            del os.environ["BOWERBIRD_CRASH"]
        ended = birds.ended(lease, birds.run(lease))
        return Tally(killed, ended.outcome.status == "completed" and is_whole(birds, lease.job))


def paused_children() -> Tally:
    """Children that are stopped, lose their job to another worker, and wake."""
    fenced, held = 0, True
    for _ in range(KILLS):
        with tempfile.TemporaryDirectory() as folder, Web() as web, gatherer(Path(folder)) as birds:
            build(web)
            lease = birds.lease(f"{web.url}/0")
            with Child(plan_of(lease, birds.records, birds.settings)) as child:
                while not web.hits["/0"]:
                    pass
                os.killpg(child.process.pid, signal.SIGSTOP)

                def take_over(conn: sa.Connection, birds: Gatherer = birds, job: str = lease.job) -> Lease:
                    conn.execute(sa.update(job_rows).where(job_rows.c.id == job).values(lease_until=0.0))
                    return birds.claim(conn, job)

                taken = birds.records.write(take_over)
                birds.ended(taken, birds.run(taken))
                before = is_whole(birds, lease.job)
                os.killpg(child.process.pid, signal.SIGCONT)
                fenced += child.wait(60) == EXIT_FENCED
                held = held and before and is_whole(birds, lease.job)
    return Tally(fenced, held)


def gathered(folder: Path) -> None:
    """Records with a crawl whose versions wait to be arranged."""
    with Web() as web, gatherer(folder) as birds:
        build(web)
        lease = birds.lease(f"{web.url}/0")
        birds.ended(lease, birds.run(lease))


def derive(records: Records, index_dir: Path, embedder: MiniLM) -> bool:
    """Arrange, index and embed to the end; whether the index then holds what the records hold, once."""
    index = EmbeddedIndex(index_dir, model=embedder.name, dimensions=embedder.dimensions, write=True)
    indexer = Indexer(records, index, embedder, SystemClock())
    while arrange_some(records, limit=16, clock=SystemClock()) or indexer.catch_up() or indexer.embed_some(64):
        pass
    live = records.read(
        lambda conn: conn.execute(sa.select(sa.func.count()).select_from(passages).where(passages.c.live)).scalar_one()
    )
    doubled = records.read(
        lambda conn: conn.execute(
            sa.select(sa.func.count(passages.c.id))
            .group_by(passages.c.version, passages.c.start)
            .having(sa.func.count() > 1)
        ).all()
    )
    arranged = records.read(
        lambda conn: conn.execute(sa.select(sa.func.count(sa.distinct(passages.c.version)))).scalar_one()
    )
    said = records.read(lambda conn: conn.execute(sa.select(sa.func.count()).select_from(mentions)).scalar_one())
    whole = index.count() == live and not index.missing_vectors(1) and not doubled and arranged == PAGES and said > 0
    index.close()
    return bool(whole)


def kill_workers(point: str, source: Path, embedder: MiniLM) -> Tally:
    """Twenty workers on copies of `source`, each killed at `point`, each followed by one that is left alone."""
    killed, held = 0, True
    for turn in range(KILLS):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "data"
            shutil.copytree(source, data)
            environment = os.environ | {
                "BOWERBIRD_DATA_DIR": str(data),
                "BOWERBIRD_CRASH": f"{point}:{1 + turn % 2}",
                "BOWERBIRD_LOG_LEVEL": "error",
            }
            died = subprocess.run(
                [sys.executable, "-m", "bowerbird.worker"], env=environment, check=False, timeout=120
            ).returncode
            killed += died == -signal.SIGKILL
            records = open_records(f"sqlite:///{data / 'bowerbird.db'}")
            held = derive(records, data / "index", embedder) and held
            records.close()
    return Tally(killed, held)


def main() -> None:
    """All points, one after another."""
    tallies = {point: kill_children(point) for point in CHILD_POINTS}
    tallies["a paused child that wakes"] = paused_children()
    embedder = MiniLM(threads=2)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.mkdir()
        gathered(source)
        tallies |= {point: kill_workers(point, source, embedder) for point in WORKER_POINTS}
    embedder.close()
    write(
        "kills",
        {
            point: {"killed or fenced": tally.killed, "nothing lost, nothing twice": tally.held}
            for point, tally in tallies.items()
        },
        headline={
            "kills −9 and pauses, 20 at each of 15 points": sum(tally.killed for tally in tallies.values()),
            "after each: nothing lost, nothing twice": all(tally.held for tally in tallies.values()),
        },
    )


if __name__ == "__main__":
    main()
