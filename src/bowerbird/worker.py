"""
The worker process: crawls, arranges, indexes and embeds, so that the web process only ever answers.

    jobs     claim ─► gather (Scrapy in a child) ─► arranged? ─► embedded? ─► completed
    derive   versions ─► passages, entities ─► index (words at once, meaning when there is time); pages ─► items
    schedule sources that are due ─► jobs
    letters  what the ends of jobs set going (`_told` below; docs/agents.md)
    follow   questions that people follow ─► asked again when jobs have ended
    tables   goal tables that are asked for, or older than a job ─► rows
    count    what people do while they are in experiments ─► sums ─► looks; a guardrail that fails rolls back

One worker to a data folder (a file lock), because one process writes the embedded index. `bowerbird serve` starts it;
`bowerbird crawl` is its own worker when none runs.
"""

import asyncio
import fcntl
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from bowerbird.acquire import CrawlOutcome, remove_upload, run_crawl, run_due, run_import, sweep_uploads
from bowerbird.agents import Handler, Letter, NewLetter, Serving, forget_old
from bowerbird.answer.exam import renew_questions
from bowerbird.experiments import Lookout, catch_up, waits
from bowerbird.feed import forget_slates
from bowerbird.feed.renewal import ItemRenewal
from bowerbird.kernel.errors import Fenced, Unavailable
from bowerbird.knowledge import arrange_some, detect_languages, read_entities, weigh_entities
from bowerbird.knowledge.entities.live import live
from bowerbird.knowledge.resolve import resolve_some
from bowerbird.knowledge.tables import fill_tables
from bowerbird.ops import logs
from bowerbird.ops.parent import when_parent_dies
from bowerbird.records import jobs
from bowerbird.records.jobs import Lease
from bowerbird.records.tables import embeddings, entities, mentions, pages, passages, versions
from bowerbird.records.tables import jobs as job_rows
from bowerbird.settings import load_settings
from bowerbird.wiring import WorkerParts, open_worker

__all__ = ["EXIT_TAKEN", "Worker", "only_worker"]

LEASE_S = 15.0  # a worker that has not been heard of for this long has lost its jobs
BEAT_S = 3.0
SLOTS = 2  # jobs at a time; what strangers wrote is read in processes of their own
IDLE_S = 0.25
EXIT_TAKEN = 75  # EX_TEMPFAIL: try again later
SCHEDULE_S = 5.0
FOLLOW_S = 2.0  # between two looks at what people follow
COUNT_S = 2.0  # between two looks whether people in experiments did something
TABLES_S = 1.0  # between two looks for tables that wait: somebody looks at an empty one
ARRANGE_AT_ONCE = 256  # versions in one transaction, if they are short
READ_AT_ONCE = 16  # versions read for what they name between two looks at what is more urgent
RESOLVE_AT_ONCE = 128  # entities compared with what they may be one with, likewise
EMBED_AT_ONCE = 64  # passages between two looks at what is more urgent
ITEMS_AT_ONCE = 256  # items made of pages, likewise

log = logs.logger("worker")


@contextmanager
def only_worker(data_dir: Path) -> Generator[bool]:
    """True while this process is the data folder's one worker; False when another already is."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "worker.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield True


class Worker:
    """Runs jobs and derives the index from the records until told to stop."""

    def __init__(self, parts: WorkerParts) -> None:
        self._parts = parts
        self._records = parts.records
        self._clock = parts.clock
        self._owner = f"{socket.gethostname()[:48]}:{os.getpid()}"
        self._stop = threading.Event()
        # Who is told of each job's end, under the name by which letters reach them.
        self._told: Mapping[str, Handler] = {"uploads": self._tidy}
        self._unscored = True  # entities may have come since they were last weighed, also under the worker before
        self._joined = False  # entities may have become one since then
        self._languages_lack = True  # of what was arranged before a page's language was asked for
        self._lookout = Lookout(parts.records, parts.clock)
        self._items = ItemRenewal(parts.records, model=parts.indexer.model, clock=parts.clock)

    def stop(self) -> None:
        """Ask `run` to return soon; running jobs go back to the queue and are resumed by the next worker."""
        self._stop.set()

    def run(self) -> None:
        """Work until `stop` is called."""
        log.info("worker.started", owner=self._owner)
        derive = threading.Thread(target=self._forever, args=(self._derive_once,), name="derive")
        schedule = threading.Thread(target=self._forever, args=(self._schedule_once,), name="schedule")
        letters = threading.Thread(target=Serving(self._parts.bus, self._told).run, args=(self._stop,), name="letters")
        follow = threading.Thread(target=self._forever, args=(self._follow_once,), name="follow")
        tables = threading.Thread(target=self._forever, args=(self._tables_once,), name="tables")
        count = threading.Thread(target=self._forever, args=(self._count_once,), name="count")
        derive.start()
        tables.start()
        count.start()
        letters.start()
        schedule.start()
        follow.start()
        with ThreadPoolExecutor(SLOTS, thread_name_prefix="job") as pool:
            running: set[Future[None]] = set()
            while not self._stop.is_set():
                running = {future for future in running if not future.done()}
                lease = self._claim() if len(running) < SLOTS else None
                if lease is None:
                    self._stop.wait(IDLE_S)
                else:
                    running.add(pool.submit(self._run_job, lease))
        derive.join()
        schedule.join()
        letters.join()
        follow.join()
        tables.join()
        count.join()
        log.info("worker.stopped", owner=self._owner)

    def _claim(self) -> Lease | None:
        try:
            return self._records.write(
                lambda conn: jobs.claim(
                    conn, owner=self._owner, lease_s=LEASE_S, clock=self._clock, kinds=("crawl", "import")
                )
            )
        except Unavailable as exc:
            log.warning("worker.records_unavailable", error=str(exc))
            return None

    def _forever(self, once: Callable[[], float]) -> None:
        """Call `once` again and again, waiting as long as it says; an error is logged and tried again later."""
        while not self._stop.is_set():
            try:
                wait_s = once()
            except Exception:
                log.exception("worker.round_failed", loop=threading.current_thread().name)
                wait_s = SCHEDULE_S
            if wait_s:
                self._stop.wait(wait_s)

    # -- deriving the index ---------------------------------------------------------------------------------

    def _derive_once(self) -> float:
        """
        What can be found by words comes first; names, meaning, then which names are one, when nothing else waits.

        Some items are made in between, once a second: a feed shows the first pages while others are still gathered.
        """
        self._items.some(ITEMS_AT_ONCE)
        arranged = arrange_some(self._records, limit=ARRANGE_AT_ONCE)
        if self._languages_lack:
            detected = detect_languages(self._records, limit=ARRANGE_AT_ONCE)
            self._languages_lack = detected > 0  # what is arranged from now on has one: it is not looked for again
            arranged += detected
        indexed = self._parts.indexer.catch_up()
        if arranged or indexed:
            return 0.0
        if read_entities(self._records, limit=READ_AT_ONCE, clock=self._clock):
            self._unscored = True
            return 0.0
        if self._unscored:
            weigh_entities(self._records)
            self._unscored = False
            renew_questions(self._records, clock=self._clock)
        if self._parts.indexer.embed_some(EMBED_AT_ONCE) or self._items.some(ITEMS_AT_ONCE, is_idle=True):
            return 0.0
        if resolve_some(self._records, limit=RESOLVE_AT_ONCE, clock=self._clock):
            self._joined = True
            return 0.0
        if self._joined:
            weigh_entities(self._records)
            self._joined = False
        return IDLE_S

    def _schedule_once(self) -> float:
        for job in self._records.write(lambda conn: run_due(conn, clock=self._clock)):
            log.info("source.due", job=job)
        sweep_uploads(self._records, self._parts.settings.uploads_dir, now_s=self._clock.now_s())
        # Some at a time, so that other writers get their turn.
        forgotten = self._records.write(lambda conn: forget_old(conn, clock=self._clock))
        forgotten += self._records.write(lambda conn: forget_slates(conn, clock=self._clock))
        return 0.0 if forgotten else SCHEDULE_S

    def _follow_once(self) -> float:
        asked = asyncio.run(self._parts.follower.ask_again(should_stop=self._stop.is_set))
        return 0.0 if asked else FOLLOW_S

    def _tables_once(self) -> float:
        filled = fill_tables(self._records, clock=self._clock, should_stop=self._stop.is_set)
        return 0.0 if filled else TABLES_S

    def _count_once(self) -> float:
        self._lookout.look()  # also while there is always more to count
        if not self._records.read(waits):
            return COUNT_S
        return 0.0 if self._records.write(lambda conn: catch_up(conn, clock=self._clock)) else COUNT_S

    # -- one job ---------------------------------------------------------------------------------------------

    def _run_job(self, lease: Lease) -> None:
        try:
            self._gather(lease)
        except Fenced as exc:
            log.warning("job.fenced", job=lease.job, epoch=lease.epoch, error=str(exc))
        except Unavailable as exc:
            # Not the job's fault, and nothing is lost: its lease runs out and the next claim resumes it.
            log.warning("job.left", job=lease.job, epoch=lease.epoch, error=str(exc))
        except Exception as exc:
            log.exception("job.failed", job=lease.job)
            self._finish(lease, "failed", error=f"an error in Bowerbird itself: {type(exc).__name__}: {exc}")

    def _gather(self, lease: Lease) -> None:
        log.info("job.started", job=lease.job, epoch=lease.epoch, kind=lease.kind, step=lease.step or "gather")
        if lease.step in ("", "gather"):
            outcome = self._crawl(lease) if lease.kind == "crawl" else self._import(lease)
            if not self._goes_on(lease, outcome):
                return
            self._records.write(lambda conn: jobs.save_step(conn, lease.job, lease.epoch, "arrange", clock=self._clock))
        if self._wait(lease, self._is_arranged):
            self._records.write(lambda conn: jobs.save_step(conn, lease.job, lease.epoch, "embed", clock=self._clock))
            if self._wait(lease, self._is_understood):
                self._finish(lease, "completed")

    def _crawl(self, lease: Lease) -> CrawlOutcome:
        return run_crawl(
            lease,
            self._records,
            self._parts.settings,
            lease_s=LEASE_S,
            clock=self._clock,
            should_stop=self._stop.is_set,
        )

    def _import(self, lease: Lease) -> CrawlOutcome:
        return run_import(
            lease,
            self._records,
            self._parts.settings.imports,
            lease_s=LEASE_S,
            clock=self._clock,
            should_stop=self._stop.is_set,
        )

    def _goes_on(self, lease: Lease, outcome: CrawlOutcome) -> bool:
        match outcome.status:
            case "completed":
                return True
            case "stopped":
                self._records.write(lambda conn: jobs.release(conn, lease.job, lease.epoch, clock=self._clock))
            case "fenced":
                log.warning("job.fenced", job=lease.job, epoch=lease.epoch)
            case "cancelled":
                self._finish(lease, "cancelled")
            case "failed":
                self._finish(lease, "failed", error=outcome.error)
        return False

    def _wait(self, lease: Lease, is_done: Callable[[Lease], bool]) -> bool:
        """Keep the lease until `is_done`; False when the job was cancelled or given back meanwhile."""
        beaten_at = 0.0
        while True:
            now = self._clock.monotonic_s()
            if now - beaten_at >= BEAT_S:
                beaten_at = now
                if self._records.write(
                    lambda conn: jobs.beat(conn, lease.job, lease.epoch, lease_s=LEASE_S, clock=self._clock)
                ):
                    self._finish(lease, "cancelled")
                    return False
            if is_done(lease):
                return True
            if self._stop.is_set():
                self._records.write(lambda conn: jobs.release(conn, lease.job, lease.epoch, clock=self._clock))
                return False
            self._stop.wait(IDLE_S)

    def _is_arranged(self, lease: Lease) -> bool:
        """Whether everything that the job gathered can be found by its words."""
        return not self._waits(lease, versions.c.arranged) and self._parts.indexer.is_caught_up()

    def _is_understood(self, lease: Lease) -> bool:
        """Whether it was read for what it names, can be found by its meaning, and is what a feed can show."""
        return (
            not self._waits(lease, versions.c.entities_read)
            and not self._parts.indexer.lacks_vectors()
            and not (lease.source and self._items.owes(lease.source))
        )

    def _waits(self, lease: Lease, is_done: "sa.Column[bool]") -> bool:
        waiting = sa.exists().where(versions.c.page == pages.c.id, pages.c.source == lease.source, is_done.is_(False))
        return self._records.read(lambda conn: bool(conn.execute(sa.select(waiting)).scalar()))

    def _finish(self, lease: Lease, status: jobs.Status, *, error: str | None = None) -> None:
        def end(conn: sa.Connection) -> None:
            jobs.finish(
                conn, lease.job, lease.epoch, status=status, result=_result(conn, lease), error=error, clock=self._clock
            )

            self._tell(conn, lease, status)

        self._records.write(end)
        log.info("job.ended", job=lease.job, status=status)

    def _tell(self, conn: sa.Connection, lease: Lease, status: jobs.Status) -> None:
        """Post "gathered" to everyone in the transaction that ends the job: told exactly of what has ended."""
        body = {
            "about": "gathered",
            "job": lease.job,
            "kind": lease.kind,
            "source": lease.source,
            "status": status,
            "upload": lease.args.get("upload"),
        }
        for recipient in self._told:
            self._parts.bus.post_within(conn, NewLetter(lease.workspace, "worker", recipient, body))

    def _tidy(self, letter: Letter) -> None:
        """Remove the files of an import that has ended; removing them again does no harm."""
        if upload := letter.body["upload"]:
            remove_upload(self._parts.settings.uploads_dir, str(upload))


def _result(conn: sa.Connection, lease: Lease) -> dict[str, int]:
    """What the source holds after this job; `embedded` counts the texts that the model had to read since it began."""
    of_pages = sa.select(pages.c.id).where(pages.c.source == lease.source, pages.c.state == "live")
    started_at = sa.select(job_rows.c.started_at).where(job_rows.c.id == lease.job).scalar_subquery()

    def count(statement: sa.Select[int]) -> int:
        return conn.execute(statement).scalar_one()

    return {
        "passages": count(
            sa.select(sa.func.count()).select_from(passages).where(passages.c.live, passages.c.page.in_(of_pages))
        ),
        "embedded": count(
            sa.select(sa.func.count()).select_from(embeddings).where(embeddings.c.created_at >= started_at)
        ),
        "entities": count(
            sa.select(sa.func.count(sa.distinct(entities.c.id)))
            .join(mentions, mentions.c.entity == entities.c.id)
            .join(pages, pages.c.id == mentions.c.page)
            .where(mentions.c.source == lease.source, live())
        ),
    }


def main() -> None:
    """The entry of the worker process: its settings are in the environment, SIGTERM stops it in good order."""
    settings = load_settings()
    logs.configure(level=settings.log_level, form=settings.log_form)
    with only_worker(settings.data_dir) as is_ours:
        if not is_ours:
            # `bowerbird crawl` is at work in this folder; take over when it is done.
            log.info("worker.waits", reason="another worker holds this data folder")
            raise SystemExit(EXIT_TAKEN)
        with open_worker(settings) as parts:
            worker = Worker(parts)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda _number, _frame: worker.stop())
            when_parent_dies(worker.stop)
            worker.run()


if __name__ == "__main__":
    main()
