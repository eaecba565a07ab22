"""
The worker's side of a crawl: starts the child that gathers, watches it, and ends it.

The child is a process of its own because Scrapy wants the main thread and a site's bytes may do anything to it. Each
of its transactions shows the job's epoch, so a child that outlives its worker writes nothing.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from bowerbird.acquire.reasons import Reason
from bowerbird.acquire.store import close_frontier, decided_urls
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Fenced, StoreUnavailable
from bowerbird.ops import logs
from bowerbird.records import Records, jobs
from bowerbird.records.jobs import Lease

if TYPE_CHECKING:
    from bowerbird.settings import Settings

__all__ = ["Child", "CrawlOutcome", "plan_of", "run_crawl"]

BEAT_S = 1.0  # also how soon a wish to cancel is seen
LOOK_S = 0.05
GRACE_S = 2.0  # for a child that was asked to stop
MAX_DEATHS = 5  # of the child in one lease, without a URL decided in between

log = logs.logger("scraping")

# What the child's exit codes mean; any other code, or a signal, is a death.
EXIT_COMPLETED = 0
EXIT_FENCED = 76
EXIT_STOPPED = 77  # it was asked to


@dataclass(frozen=True, slots=True)
class CrawlOutcome:
    """How gathering ended. `stopped`: `should_stop` said so, and the job can be resumed."""

    status: Literal["completed", "cancelled", "failed", "fenced", "stopped"]
    error: str | None = None


_ENDS = {
    EXIT_COMPLETED: CrawlOutcome("completed"),
    EXIT_FENCED: CrawlOutcome("fenced"),
    EXIT_STOPPED: CrawlOutcome("stopped"),
}


def run_crawl(
    lease: Lease,
    records: Records,
    settings: "Settings",
    *,
    lease_s: float,
    clock: Clock,
    should_stop: Callable[[], bool],
) -> CrawlOutcome:
    """
    Gather the job's source to its end, keeping the lease; blocks.

    What was gathered stays however it ends. A child that dies is started again and resumes where it was.
    """
    return _Watch(lease, records, settings, lease_s=lease_s, clock=clock, should_stop=should_stop).run()


class _Watch:
    """One job's child processes, one after another."""

    def __init__(
        self,
        lease: Lease,
        records: Records,
        settings: "Settings",
        *,
        lease_s: float,
        clock: Clock,
        should_stop: Callable[[], bool],
    ) -> None:
        self._lease = lease
        self._records = records
        self._settings = settings
        self._lease_s = lease_s
        self._clock = clock
        self._should_stop = should_stop
        self._beaten_at = clock.monotonic_s()
        self._kept_until = clock.monotonic_s() + lease_s

    def run(self) -> CrawlOutcome:
        deaths, decided = 0, self._decided()
        while True:
            with Child(plan_of(self._lease, self._records, self._settings)) as child:
                ended = self._see_through(child)
            if isinstance(ended, CrawlOutcome):
                return ended
            now_decided = self._decided()
            deaths = 1 if now_decided > decided else deaths + 1
            decided = now_decided
            log.warning("crawl.child_died", job=self._lease.job, why=ended, deaths=deaths)
            if deaths >= MAX_DEATHS:
                return CrawlOutcome("failed", f"the crawling process died {deaths} times in a row: {ended}")

    def _see_through(self, child: "Child") -> CrawlOutcome | str:
        """How the crawl ended, or why the child died before its end."""
        while True:
            code = child.wait(LOOK_S)
            if code is not None:
                return _ENDS.get(code) or f"exit code {code}"
            try:
                if self._is_cancelled():
                    child.end()
                    return self._close_cancelled()
            except Fenced:
                child.kill()
                return CrawlOutcome("fenced")
            if self._should_stop():
                child.end()
                return CrawlOutcome("stopped")
            if child.rss_bytes() > self._settings.crawl.memory_mb * 1_000_000:
                child.kill()
                return f"more than {self._settings.crawl.memory_mb} MB of memory"

    def _is_cancelled(self) -> bool:
        """Keep the lease when it is time; raises Fenced when it is another's, or could not be kept for too long."""
        now = self._clock.monotonic_s()
        if now - self._beaten_at < BEAT_S:
            return False
        job, epoch = self._lease.job, self._lease.epoch
        try:
            asked = self._records.write(
                lambda conn: jobs.beat(conn, job, epoch, lease_s=self._lease_s, clock=self._clock)
            )
        except StoreUnavailable as exc:
            log.warning("crawl.beat_failed", job=job, error=str(exc))
            if now > self._kept_until:
                raise Fenced(f"job {job}: the lease could not be kept, the records do not answer") from exc
            return False
        self._beaten_at, self._kept_until = now, now + self._lease_s
        return asked

    def _close_cancelled(self) -> CrawlOutcome:
        lease = self._lease
        try:
            self._records.write(
                lambda conn: close_frontier(
                    conn,
                    lease.job,
                    lease.epoch,
                    reason=Reason.BUDGET,
                    detail="the job was cancelled",
                    clock=self._clock,
                )
            )
        except Fenced:
            return CrawlOutcome("fenced")
        return CrawlOutcome("cancelled")

    def _decided(self) -> int:
        return self._records.read(lambda conn: decided_urls(conn, self._lease.job))


def plan_of(lease: Lease, records: Records, settings: "Settings") -> dict[str, Any]:
    """What a child is told: all that it needs, so that it reads no settings of its own."""
    return {
        "database_url": records.url.render_as_string(hide_password=False),
        "job": lease.job,
        "epoch": lease.epoch,
        "source": lease.source,
        "limits": dict(lease.args),
        "crawl": settings.crawl.model_dump(mode="json"),
        "allow_hosts": list(settings.allow_hosts),
        "log_level": settings.log_level,
        "log_form": settings.log_form,
    }


class Child:
    """A crawling process; leaving the context ends it and all that it started."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        # Its own process group, so that its readers go with it. The plan comes by a pipe: it may hold a password.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bowerbird.acquire.crawler"], stdin=subprocess.PIPE, start_new_session=True
        )
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # when it is dead already, which `wait` tells
            self.process.stdin.write(json.dumps(plan).encode() + b"\n")
            self.process.stdin.flush()  # and stays open: its end tells the child that its worker is gone

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def wait(self, seconds: float) -> int | None:
        """The exit code, negative for a signal; None if it still runs after so many seconds."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """Let it finish its transaction, and kill it if it takes too long."""
        self.process.terminate()
        self.wait(GRACE_S)
        self.kill()

    def kill(self) -> None:
        """End it now, with all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()

    def rss_bytes(self) -> int:
        """The memory that the child holds now; 0 where the system does not say."""
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE")
