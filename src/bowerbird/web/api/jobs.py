"""`/v1/jobs`: start, list, watch, cancel and try again."""

from typing import Annotated, Literal

import sqlalchemy as sa
from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from bowerbird.acquire import Coverage, CrawlRequest, UrlRow, check_request, coverage, request_crawl
from bowerbird.records import jobs as job_records
from bowerbird.settings import RenderMode
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep, ViewerDep
from bowerbird.web.job_events import Watchers, watch
from bowerbird.web.queries.jobs import JobRow, JobStatus, find_job, list_jobs
from bowerbird.web.sse import After, LastEventId, events_of, position, stream

__all__ = ["Job", "JobList", "NewJob", "Outcome", "Outcomes", "Pages", "job_json", "routes"]

routes = Routes(prefix="/v1/jobs", tags=["jobs"])


class NewJob(BaseModel):
    """What to gather."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(description="Where to start.", max_length=2048, examples=["https://docs.example.org/"])
    goal: str = Field(
        description="What is wanted from the site, in a sentence.",
        max_length=500,
        examples=["learn how to install and configure it"],
    )
    max_pages: int | None = Field(default=None, ge=1, le=9_999_999, description="URLs to ask for, at most.")
    max_depth: int | None = Field(default=None, ge=0, le=9_999_999, description="Links from the start, at most.")
    private: bool = Field(default=False, description="Only you see the source and what it gives.")
    max_minutes: float | None = Field(default=None, gt=0, le=525_600, description="Minutes to gather, at most.")
    max_megabytes: float | None = Field(default=None, gt=0, le=1_000_000, description="MB to receive, at most.")
    render: RenderMode | None = Field(
        default=None,
        description="Pages rendered with Chromium: `auto` those that show nothing without JavaScript, `never` none,"
        " `always` every one; null: as the server's setting says.",
    )
    everything: bool = Field(default=False, alias="all", description="Go on to the end, however little it adds.")


class Pages(BaseModel):
    """What became of every URL seen: `seen` = kept + unchanged + deleted + skipped + queued."""

    seen: int
    fetched: int = Field(description="Responses that came; outside the sum.")
    kept: int
    unchanged: int
    deleted: int
    skipped: dict[str, int] = Field(description="How many were skipped, by reason.")
    queued: int


class Job(BaseModel):
    """One crawl of a source."""

    job: str
    source: str
    url: str
    goal: str
    status: JobStatus
    step: str = Field(description="What a running job does: gather, arrange or embed.")
    cancel_requested: bool
    pages: Pages
    bytes: int = Field(description="Bytes received.")
    result: dict[str, int] | None = Field(
        description="What the source holds after the job: passages, entities; embedded: texts read by the model."
    )
    error: str | None
    created_at: float = Field(description="Seconds since 1970, UTC.")
    started_at: float | None
    finished_at: float | None


class Outcome(BaseModel):
    """What became of one URL, file or row."""

    url: str = Field(description="Its address; `import:NAME/ID` for what was imported.")
    where: str = Field(description="Where it stood: the file and line of an import, or the URL.")
    state: Literal["kept", "unchanged", "deleted", "skipped"]
    reason: str | None = Field(description="Why it was skipped, as a word.")
    detail: str | None = Field(description="The same in a sentence: what was seen, what was expected, what to do.")
    page: int | None
    bytes: int


class Outcomes(BaseModel):
    """A part of the report, in the order in which it was decided."""

    urls: list[Outcome]
    next: int | None = Field(description="Ask again with `after` this for what follows; null: that was all.")


class JobList(BaseModel):
    """Jobs, newest first."""

    jobs: list[Job]


@routes.post("", status_code=201, operation_id="start_job", summary="Start gathering a source")
async def create(app: AppDep, scope: ScopeDep, wanted: NewJob, response: Response) -> Job:
    """Start a job; when the same source is already being gathered, that job."""
    crawl = app.settings.crawl
    request = CrawlRequest(
        url=wanted.url,
        goal=wanted.goal,
        max_pages=wanted.max_pages or crawl.max_pages,
        max_depth=crawl.max_depth if wanted.max_depth is None else wanted.max_depth,
        all=wanted.everything,
        allow_private=False,
        max_minutes=wanted.max_minutes or crawl.max_minutes,
        max_megabytes=wanted.max_megabytes or crawl.max_megabytes,
        render=wanted.render,
    )
    checked = await run_in_threadpool(check_request, request, app.policy)

    def begin(conn: sa.Connection) -> Job:
        _, job = request_crawl(conn, checked, scope, app.clock, private=wanted.private)
        return job_json(find_job(conn, scope, job), coverage.report(conn, job))

    made = await app.records.awrite(begin)
    response.headers["Location"] = f"/v1/jobs/{made.job}"
    return made


@routes.get("", operation_id="list_jobs", summary="List jobs")
async def index(
    app: AppDep,
    scope: ScopeDep,
    status: Annotated[list[str], Query(description="Only jobs of these states.")] = [],  # noqa: B006  FastAPI copies it
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JobList:
    """The newest jobs first."""

    def read(conn: sa.Connection) -> JobList:
        rows = list_jobs(conn, scope, statuses=status, limit=limit)
        return JobList(jobs=[job_json(row, coverage.report(conn, row.id)) for row in rows])

    return await app.records.aread(read)


@routes.get("/{job}", operation_id="read_job", summary="Read a job")
async def show(app: AppDep, scope: ScopeDep, job: str) -> Job:
    """The job as it is now."""
    return await app.records.aread(lambda conn: job_json(find_job(conn, scope, job), coverage.report(conn, job)))


@routes.post("/{job}/cancel", status_code=202, operation_id="cancel_job", summary="Cancel a job")
async def cancel(app: AppDep, scope: ScopeDep, job: str) -> Job:
    """Ask the job to stop; what was kept stays."""

    def ask(conn: sa.Connection) -> Job:
        find_job(conn, scope, job)
        job_records.request_cancel(conn, job, clock=app.clock)
        return job_json(find_job(conn, scope, job), coverage.report(conn, job))

    return await app.records.awrite(ask)


@routes.post("/{job}/retry", status_code=201, operation_id="retry_job", summary="Do it again")
async def retry(app: AppDep, scope: ScopeDep, job: str, response: Response) -> Job:
    """A new job that does the same as one that has ended."""

    def again(conn: sa.Connection) -> Job:
        find_job(conn, scope, job)
        new = job_records.retry(conn, job, person=scope.person, clock=app.clock)
        return job_json(find_job(conn, scope, new), coverage.report(conn, new))

    made = await app.records.awrite(again)
    response.headers["Location"] = f"/v1/jobs/{made.job}"
    return made


@routes.get("/{job}/urls", operation_id="list_outcomes", summary="What became of every URL, file and row")
async def urls(
    app: AppDep,
    scope: ScopeDep,
    job: str,
    *,
    state: Annotated[list[str], Query(description="Only these states.")] = [],  # noqa: B006  FastAPI copies it
    reason: Annotated[str | None, Query(description="Only what was skipped for this reason.")] = None,
    after: Annotated[int, Query(ge=0, le=2**53, description="Where the part before ended.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Outcomes:
    """The report of the job, a part at a time."""

    def read(conn: sa.Connection) -> list[UrlRow]:
        find_job(conn, scope, job)
        return coverage.listed(conn, job, states=state, reason=reason, after=after, limit=limit + 1)

    rows = await app.records.aread(read)
    shown = rows[:limit]
    return Outcomes(
        urls=[Outcome.model_validate(row, from_attributes=True) for row in shown],
        next=shown[-1].id if len(rows) > limit else None,
    )


@routes.get(
    "/{job}/events",
    operation_id="watch_job",
    summary="Watch a job",
    response_class=StreamingResponse,
    responses={200: events_of('id: 7\nevent: end\ndata: {"status": "completed"}\n\n')},
)
async def events(
    request: Request,
    app: AppDep,
    viewer: ViewerDep,
    job: str,
    *,
    after: After = None,
    last_event_id: LastEventId = "",
) -> StreamingResponse:
    """
    Server-sent events until the job has ended: `progress` (numbers and words), `pages` (what became of URLs), `end`.

    A comment every 15 seconds keeps the connection open; a broken one goes on after `Last-Event-ID`.
    """
    await app.records.aread(lambda conn: find_job(conn, viewer.scope, job))
    begin = position(last_event_id, after) or 0
    watchers: Watchers = request.app.state.watchers
    watchers.refuse_more()
    return stream(watch(app, viewer, watchers, job, after=begin))


def job_json(row: JobRow, seen: Coverage) -> Job:
    """The job as programs read it."""
    return Job(
        job=row.id,
        source=row.source,
        url=row.url,
        goal=row.goal,
        status=row.status,
        step=row.step,
        cancel_requested=row.cancel_requested,
        pages=Pages(
            seen=seen.seen,
            fetched=seen.fetched,
            kept=seen.kept,
            unchanged=seen.unchanged,
            deleted=seen.deleted,
            skipped=dict(seen.skipped),
            queued=seen.queued,
        ),
        bytes=seen.bytes,
        result=dict(row.result) if row.result is not None else None,
        error=row.error,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
