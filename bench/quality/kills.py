"""
Kills −9, twenty at each named crash point, in the crawling child, in the worker, in what makes the index anew, and in
the first opening of the records; and paused children that wake.

The child: one crawl a point, killed again and again at its second or third time at that point, then left to end.
The worker: what a crawl left behind is given to twenty workers in turn, each on a copy of its own and each killed, and
then derived to the end; the same for rebuilds. After every one: no URL lost, none twice, the coverage adds up, each
version arranged once, the index holds what the records hold.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bench.report import write
from bowerbird.acquire import coverage
from bowerbird.acquire.supervise import EXIT_FENCED, Child, plan_of
from bowerbird.kernel.clock import SystemClock
from bowerbird.knowledge import EmbeddedIndex, Indexer, arrange_some, read_entities, rebuild_index
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
    "entities.before_commit",
    "entities.after_commit",
    "arrange.after_commit",
    "index.before_apply",
    "index.after_apply",
    "index.lexical_committed",
    "index.rows_written",
    "index.vectors_written",
    "index.committed",
)
REBUILD_POINTS = ("index.graph_written", "rebuild.before_switch", "rebuild.after_switch")
# A graph is made from ten thousand vectors on; here from twenty, so that a small site has one.
REBUILD = """
import bowerbird.knowledge.index.writer as writer
writer.TAIL = 20
from bowerbird.cli import main
main()
"""
MIGRATE = "from bowerbird.records import open_records; import sys; open_records(sys.argv[1])"
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
    with (
        tempfile.TemporaryDirectory() as folder,
        Web() as web,
        gatherer(Path(folder), f"sqlite:///{folder}/bowerbird.db") as birds,
    ):
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
        with (
            tempfile.TemporaryDirectory() as folder,
            Web() as web,
            gatherer(Path(folder), f"sqlite:///{folder}/bowerbird.db") as birds,
        ):
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
    with Web() as web, gatherer(folder, f"sqlite:///{folder}/bowerbird.db") as birds:
        build(web)
        lease = birds.lease(f"{web.url}/0")
        birds.ended(lease, birds.run(lease))


def derive(records: Records, index_dir: Path, embedder: MiniLM) -> bool:
    """Arrange, index and embed to the end; whether the index then holds what the records hold, once."""
    index = EmbeddedIndex(index_dir, model=embedder.name, dimensions=embedder.dimensions, write=True)
    indexer = Indexer(records, index, embedder, SystemClock())
    while (
        arrange_some(records, limit=16)
        or indexer.catch_up()
        or read_entities(records, limit=16, clock=SystemClock())
        or indexer.embed_some(64)
    ):
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
            worker = [sys.executable, "-m", "bowerbird.worker"]
            died = died_at(point, worker, nth=1 + turn % 2, BOWERBIRD_DATA_DIR=str(data))
            killed += died == -signal.SIGKILL
            records = open_records(f"sqlite:///{data / 'bowerbird.db'}")
            held = derive(records, data / "index", embedder) and held
            records.close()
    return Tally(killed, held)


def kill_rebuilds(point: str, source: Path, embedder: MiniLM) -> Tally:
    """Twenty rebuilds on copies of `source`, each killed at `point`; the index answers as before and can be made."""
    killed, held = 0, True
    for _ in range(KILLS):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "data"
            shutil.copytree(source, data)
            command = [sys.executable, "-c", REBUILD, "index", "rebuild", "--data", str(data)]
            killed += died_at(point, command) == -signal.SIGKILL
            records = open_records(f"sqlite:///{data / 'bowerbird.db'}")
            held = derive(records, data / "index", embedder) and held
            rebuild_index(data / "index", records, embedder, SystemClock(), show=lambda _: None)
            held = derive(records, data / "index", embedder) and held
            records.close()
    return Tally(killed, held)


def kill_migrations(point: str) -> Tally:
    """Twenty first openings of the records, each killed at `point`; the next opening makes them."""
    killed, held = 0, True
    for _ in range(KILLS):
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/bowerbird.db"
            killed += died_at(point, [sys.executable, "-c", MIGRATE, url]) == -signal.SIGKILL
            with closing(sqlite3.connect(f"{folder}/bowerbird.db")) as left:
                held = not left.execute("SELECT name FROM sqlite_master").fetchall() and held
            with closing(open_records(url)) as records:
                records.ping()
    return Tally(killed, held)


def died_at(point: str, command: Sequence[str], *, nth: int = 1, **environment: str) -> int:
    """The exit code of a process that is to die at `point`."""
    wanted = {"BOWERBIRD_CRASH": f"{point}:{nth}", "BOWERBIRD_LOG_LEVEL": "error", **environment}
    done = subprocess.run(command, env=os.environ | wanted, check=False, timeout=120, stdout=subprocess.DEVNULL)
    return done.returncode


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
        derived = open_records(f"sqlite:///{source / 'bowerbird.db'}")
        derive(derived, source / "index", embedder)
        derived.close()
        tallies |= {point: kill_rebuilds(point, source, embedder) for point in REBUILD_POINTS}
    tallies["migrate.before_commit"] = kill_migrations("migrate.before_commit")
    embedder.close()
    write(
        "kills",
        {
            point: {"killed or fenced": tally.killed, "nothing lost, nothing twice": tally.held}
            for point, tally in tallies.items()
        },
        headline={
            f"kills −9 and pauses, {KILLS} at each of {len(tallies)} points": sum(
                tally.killed for tally in tallies.values()
            ),
            "after each: nothing lost, nothing twice": all(tally.held for tally in tallies.values()),
        },
    )


if __name__ == "__main__":
    main()
