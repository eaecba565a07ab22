"""
Durable jobs: lease, epoch and heartbeat on the `jobs` table (decision 0001).

A worker claims a job, which raises its epoch. Whatever it then does for the job, it does in transactions that begin
with `guard(conn, job, epoch)`: a worker that was paused past its lease finds another epoch there, and nothing of its
transaction stays. So a step's effects and its completion are one transaction, and happen once.

    queued ──claim──► running ──finish──► completed | failed | cancelled
                        ▲  └─ lease runs out: claimed again, at most MAX_ATTEMPTS times
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Fenced, InputWrong, NotFound
from bowerbird.kernel.ids import new_id
from bowerbird.records import notices
from bowerbird.records.tables import jobs, sources

__all__ = [
    "MAX_ATTEMPTS",
    "STATUSES",
    "Lease",
    "beat",
    "claim",
    "counts",
    "enqueue",
    "finish",
    "guard",
    "release",
    "request_cancel",
    "retry",
    "save_progress",
    "save_step",
    "withdraw_cancel",
]

MAX_ATTEMPTS = 30  # claims of one job; each is a worker that died or was stopped, so this bounds a crash loop

STATUSES = ("queued", "running", "completed", "failed", "cancelled")

Status = Literal["completed", "failed", "cancelled"]
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lease:
    """A claimed job. `epoch` is the fencing token that every transaction for the job must show."""

    job: str
    epoch: int
    kind: str
    workspace: str
    source: str | None
    args: Json
    step: str
    attempts: int


def enqueue(
    conn: sa.Connection,
    *,
    workspace: str,
    kind: str,
    source: str | None,
    args: Json,
    person: str,
    clock: Clock,
) -> str:
    """The id of a new queued job; of the one that already waits or runs, if the source has one of this kind."""
    if source is not None:
        busy = conn.execute(
            sa.select(jobs.c.id).where(
                jobs.c.source == source, jobs.c.kind == kind, jobs.c.status.in_(("queued", "running"))
            )
        ).scalar()
        if busy is not None:
            return str(busy)
    job, now = new_id(clock), clock.now_s()
    conn.execute(
        sa.insert(jobs).values(
            id=job,
            workspace=workspace,
            kind=kind,
            source=source,
            args=dict(args),
            status="queued",
            progress={},
            created_by=person,
            created_at=now,
            updated_at=now,
        )
    )
    return job


def claim(
    conn: sa.Connection,
    *,
    owner: str,
    lease_s: float,
    clock: Clock,
    kinds: Sequence[str],
    job: str | None = None,
) -> Lease | None:
    """The oldest job of `kinds` that nobody holds, now held by `owner` under a new epoch; None when there is none."""
    now = clock.now_s()
    free = sa.or_(jobs.c.status == "queued", sa.and_(jobs.c.status == "running", jobs.c.lease_until < now))
    wanted = sa.select(jobs).where(free, jobs.c.kind.in_(kinds))
    if job is not None:
        wanted = wanted.where(jobs.c.id == job)
    # Writers take turns, so the row is free; the clause keeps a claim from waiting for whoever else holds it, such as
    # an operator's own transaction. SQLite ignores it.
    wanted = wanted.order_by(jobs.c.created_at, jobs.c.id).limit(1).with_for_update(skip_locked=True)
    row = conn.execute(wanted).one_or_none()
    if row is None:
        return None
    if row.attempts >= MAX_ATTEMPTS:
        _close(
            conn,
            row.id,
            status="failed",
            error=f"given up: its worker died {row.attempts} times",
            clock=clock,
        )
        return claim(conn, owner=owner, lease_s=lease_s, clock=clock, kinds=kinds, job=job)
    conn.execute(
        sa.update(jobs)
        .where(jobs.c.id == row.id)
        .values(
            status="running",
            epoch=row.epoch + 1,
            owner=owner,
            lease_until=now + lease_s,
            attempts=row.attempts + 1,
            started_at=sa.func.coalesce(jobs.c.started_at, now),
            updated_at=now,
        )
    )
    return Lease(
        job=row.id,
        epoch=row.epoch + 1,
        kind=row.kind,
        workspace=row.workspace,
        source=row.source,
        args=row.args,
        step=row.step,
        attempts=row.attempts + 1,
    )


def guard(conn: sa.Connection, job: str, epoch: int) -> None:
    """Return if `epoch` still owns the running job, and hold it for this transaction; raises Fenced."""
    row = conn.execute(sa.select(jobs.c.epoch, jobs.c.status).where(jobs.c.id == job).with_for_update()).one_or_none()
    if row is None or row.epoch != epoch or row.status != "running":
        seen = "no such job" if row is None else f"epoch {row.epoch}, {row.status}"
        raise Fenced(f"job {job}: this worker holds epoch {epoch}, the records say {seen}; it stops here")


def beat(conn: sa.Connection, job: str, epoch: int, *, lease_s: float, clock: Clock) -> bool:
    """Keep the lease for another `lease_s`; True when somebody asked to cancel. Raises Fenced."""
    guard(conn, job, epoch)
    conn.execute(sa.update(jobs).where(jobs.c.id == job).values(lease_until=clock.now_s() + lease_s))
    return bool(conn.execute(sa.select(jobs.c.cancel_requested).where(jobs.c.id == job)).scalar_one())


def save_progress(conn: sa.Connection, job: str, epoch: int, progress: Json, *, clock: Clock) -> None:
    """Keep what people see of a running job. Raises Fenced."""
    guard(conn, job, epoch)
    conn.execute(sa.update(jobs).where(jobs.c.id == job).values(progress=dict(progress), updated_at=clock.now_s()))


def save_step(conn: sa.Connection, job: str, epoch: int, step: str, *, clock: Clock) -> None:
    """Mark that the job has come to `step`; call it in the transaction of what led there. Raises Fenced."""
    guard(conn, job, epoch)
    conn.execute(sa.update(jobs).where(jobs.c.id == job).values(step=step, updated_at=clock.now_s()))


def finish(
    conn: sa.Connection,
    job: str,
    epoch: int,
    *,
    status: Status,
    clock: Clock,
    result: Json | None = None,
    error: str | None = None,
) -> None:
    """End the job. Raises Fenced when another worker holds it."""
    guard(conn, job, epoch)
    _close(conn, job, status=status, clock=clock, result=result, error=error)


def release(conn: sa.Connection, job: str, epoch: int, *, clock: Clock) -> None:
    """Give the job back to the queue because this worker stops; the next one resumes it. Raises Fenced."""
    guard(conn, job, epoch)
    conn.execute(
        sa.update(jobs)
        .where(jobs.c.id == job)
        .values(
            status="queued",
            owner=None,
            lease_until=None,
            attempts=jobs.c.attempts - 1,
            updated_at=clock.now_s(),
        )
    )


def request_cancel(conn: sa.Connection, job: str, *, clock: Clock) -> str:
    """Ask a job to stop and return its status: a queued one is cancelled at once, a running one at its next step."""
    status = conn.execute(sa.select(jobs.c.status).where(jobs.c.id == job).with_for_update()).scalar()
    if status is None:
        raise NotFound(f"no job {job!r}; `/scraping/dashboard` lists the jobs there are")
    if status == "queued":
        _close(conn, job, status="cancelled", clock=clock)
        return "cancelled"
    if status == "running":
        conn.execute(sa.update(jobs).where(jobs.c.id == job).values(cancel_requested=True, updated_at=clock.now_s()))
    return str(status)


def withdraw_cancel(conn: sa.Connection, job: str, *, clock: Clock) -> bool:
    """Take a request to stop back; False when the job has ended, so that only `retry` helps."""
    changed = conn.execute(
        sa.update(jobs)
        .where(jobs.c.id == job, jobs.c.status.in_(("queued", "running")))
        .values(cancel_requested=False, updated_at=clock.now_s())
    )
    return changed.rowcount > 0


def counts(conn: sa.Connection) -> dict[str, int]:
    """How many jobs there are of each status that occurs."""
    rows = conn.execute(sa.select(jobs.c.status, sa.func.count().label("count")).group_by(jobs.c.status))
    return {row[0]: row[1] for row in rows}


def retry(conn: sa.Connection, job: str, *, person: str, clock: Clock) -> str:
    """The id of a new job that does the same as one that has ended."""
    row = conn.execute(sa.select(jobs).where(jobs.c.id == job)).one_or_none()
    if row is None:
        raise NotFound(f"no job {job!r}; `/scraping/dashboard` lists the jobs there are")
    if row.status in ("queued", "running"):
        raise InputWrong(f"job {job!r} is {row.status}; only one that has ended can be tried again")
    if row.args.get("upload"):
        raise InputWrong(f"the files of job {job!r} were removed when it ended; upload them again")
    return enqueue(
        conn,
        workspace=row.workspace,
        kind=row.kind,
        source=row.source,
        args=row.args,
        person=person,
        clock=clock,
    )


def _close(
    conn: sa.Connection,
    job: str,
    *,
    status: Status,
    clock: Clock,
    result: Json | None = None,
    error: str | None = None,
) -> None:
    now = clock.now_s()
    values: dict[str, Any] = {
        "status": status,
        "owner": None,
        "lease_until": None,
        "finished_at": now,
        "updated_at": now,
    }
    if result is not None:
        values["result"] = dict(result)
    if error is not None:
        values["error"] = error
    conn.execute(sa.update(jobs).where(jobs.c.id == job).values(**values))
    _tell(conn, job, status, error, clock)


def _tell(conn: sa.Connection, job: str, status: Status, error: str | None, clock: Clock) -> None:
    """Let who started the job know how it ended, in the transaction in which it ended."""
    row = conn.execute(
        sa.select(jobs.c.workspace, jobs.c.created_by, jobs.c.kind, jobs.c.source, sources.c.url, sources.c.title)
        .outerjoin(sources, sources.c.id == jobs.c.source)
        .where(jobs.c.id == job)
    ).one()
    notices.tell(
        conn,
        workspace=row.workspace,
        person=row.created_by,
        kind=f"job.{status}",
        text=f"{_what(row.kind, row.url, row.title)} {_HOW_ENDED[status]}{f': {error}' if error else ''}",
        href=f"/scraping/jobs/{job}" if row.source else "",
        clock=clock,
        source=row.source,
    )


_HOW_ENDED: Final[Mapping[Status, str]] = {
    "completed": "is done",
    "failed": "did not work",
    "cancelled": "was stopped",
}


def _what(kind: str, url: str | None, title: str | None) -> str:
    match kind:
        case "crawl":
            return f"Gathering {url}"
        case "import":
            return f"Bringing in {title}"
        case _:
            return "Making the index anew"
