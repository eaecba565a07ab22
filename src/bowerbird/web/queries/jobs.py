"""Jobs as the pages and the API show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa

from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records import visible
from bowerbird.records.tables import jobs, sources

__all__ = ["ENDED", "JobRow", "JobStatus", "find_job", "latest_job_by_source", "list_jobs"]

JobStatus = Literal["queued", "running", "completed", "failed", "cancelled"]

KINDS: Final = ("crawl", "import")  # of jobs that fill a source
ENDED: Final = ("completed", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job with the source that it gathers."""

    id: str
    source: str
    url: str
    goal: str
    status: JobStatus
    step: str
    cancel_requested: bool
    args: Mapping[str, Any]
    progress: Mapping[str, Any]
    result: Mapping[str, Any] | None
    error: str | None
    created_at: float
    started_at: float | None
    finished_at: float | None

    @property
    def has_ended(self) -> bool:
        """True when nothing of it will change any more."""
        return self.status in ENDED


def find_job(conn: sa.Connection, scope: Scope, job: str) -> JobRow:
    """The job; raises NotFound when there is none that `scope` may see."""
    row = conn.execute(_jobs(scope).where(jobs.c.id == job)).one_or_none()
    if row is None:
        raise NotFound(f"no job {job!r}; /scraping/dashboard lists the jobs there are")
    return _job(row)


def list_jobs(
    conn: sa.Connection, scope: Scope, *, statuses: Sequence[str] = (), source: str | None = None, limit: int
) -> list[JobRow]:
    """The newest jobs first."""
    wanted = _jobs(scope).order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit)
    if statuses:
        wanted = wanted.where(jobs.c.status.in_(statuses))
    if source is not None:
        wanted = wanted.where(jobs.c.source == source)
    return [_job(row) for row in conn.execute(wanted)]


def latest_job_by_source(conn: sa.Connection, scope: Scope) -> dict[str, JobRow]:
    """The newest job of each source."""
    newest = (
        sa.select(jobs.c.source, sa.func.max(jobs.c.created_at).label("at"))
        .where(jobs.c.kind.in_(KINDS))
        .group_by(jobs.c.source)
        .subquery()
    )
    wanted = (
        _jobs(scope)
        .join(newest, sa.and_(newest.c.source == jobs.c.source, newest.c.at == jobs.c.created_at))
        .order_by(jobs.c.id)
    )
    return {row.source: _job(row) for row in conn.execute(wanted)}


def _jobs(scope: Scope) -> sa.Select[Any]:
    return (
        sa.select(jobs, sources.c.url, sources.c.goal)
        .join(sources, sources.c.id == jobs.c.source)
        .where(jobs.c.kind.in_(KINDS), jobs.c.source.in_(visible(scope)))
    )


def _job(row: "sa.Row[Any]") -> JobRow:
    return JobRow(
        id=row.id,
        source=row.source,
        url=row.url,
        goal=row.goal,
        status=row.status,
        step=row.step,
        cancel_requested=row.cancel_requested,
        args=row.args,
        progress=row.progress,
        result=row.result,
        error=row.error,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
