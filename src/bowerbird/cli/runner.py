"""Sees a job through to its end: by the worker that runs, or by one of our own."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bowerbird.acquire import coverage
from bowerbird.records import Records
from bowerbird.records.tables import jobs
from bowerbird.settings import Settings
from bowerbird.wiring import open_worker
from bowerbird.worker import Worker, only_worker

__all__ = ["JobEnd", "Show", "display", "no_show", "run_to_end"]

Show = Callable[[str], None]  # tells a person how far it is

POLL_S = 0.25
STEPS = {"": "gathering", "gather": "gathering", "arrange": "arranging", "embed": "reading for meaning"}


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job ended, in the outside contract's words."""

    job: str
    status: str
    error: str | None
    counts: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The JSON of `crawl --json`."""
        return {"job": self.job, "status": self.status, **self.counts} | ({"error": self.error} if self.error else {})


def run_to_end(settings: Settings, records: Records, job: str, *, quiet: bool) -> JobEnd:
    """Wait until `job` has ended, showing progress on standard error unless `quiet`; Ctrl-C gives it back."""
    with _a_worker(settings), display(quiet=quiet) as show:
        while True:
            row, seen = records.read(lambda conn: (_row(conn, job), coverage.report(conn, job)))
            if row.status in ("completed", "failed", "cancelled"):
                break
            show(
                f"{STEPS.get(row.step, row.step)} · {seen.kept + seen.unchanged} kept of {seen.fetched} fetched"
                f" · {seen.queued} waiting"
            )
            time.sleep(POLL_S)
    result = row.result or {}
    counts = {
        "pages": {
            "seen": seen.seen,
            "fetched": seen.fetched,
            "kept": seen.kept,
            "unchanged": seen.unchanged,
            "deleted": seen.deleted,
            "skipped": dict(seen.skipped),
        },
        "bytes": seen.bytes,
        "took_s": round((row.finished_at or 0) - (row.started_at or row.created_at), 3),
        "passages": result.get("passages", 0),
        "embedded": result.get("embedded", 0),
        "entities": result.get("entities", 0),
    }
    return JobEnd(job, row.status, row.error, counts)


def no_show(_words: str) -> None:
    """Progress for a program: none."""


def _row(conn: sa.Connection, job: str) -> Any:
    return conn.execute(sa.select(jobs).where(jobs.c.id == job)).one()


@contextmanager
def _a_worker(settings: Settings) -> Generator[None]:
    """A worker runs inside; ours, unless another process of this data folder has one already."""
    with only_worker(settings.data_dir) as is_ours:
        if not is_ours:
            yield
            return
        with open_worker(settings) as parts:
            worker = Worker(parts)
            thread = threading.Thread(target=worker.run, name="worker")
            thread.start()
            try:
                yield
            finally:
                worker.stop()
                thread.join()


@contextmanager
def display(*, quiet: bool) -> Generator[Show]:
    """Progress on standard error while it is open; none for a program."""
    if quiet:
        yield no_show
        return
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(pulse_style="blue"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def show(words: str) -> None:
            progress.update(task, description=words)

        yield show
