"""
`/scraping/dashboard`: all sources, how fresh and how complete they are, when they are gathered again; all jobs.

The table sorts by `?sort=` and `?order=`, and `/scraping/dashboard.csv` is the same as a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.accounts import audit
from bowerbird.acquire import Coverage, coverage, is_import, name_of, recrawl_source, set_private, set_schedule
from bowerbird.feed import followed_now
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.resolve import source_switched
from bowerbird.web.access import Routes
from bowerbird.web.charts import OUTCOMES, Outcome, Share, shares
from bowerbird.web.deps import AppDep, ScopeDep, ViewerDep
from bowerbird.web.frame import Toast, Undo
from bowerbird.web.listings import State, state_of
from bowerbird.web.queries.jobs import JobRow, latest_job_by_source, list_jobs
from bowerbird.web.queries.sources import SourceRow, find_source, list_sources
from bowerbird.web.render import render
from bowerbird.web.tables import Column, columns_of, csv_file, is_descending
from bowerbird.web.words import Moment, bytes_words, count, host_and_path, moment, plural

__all__ = ["Dashboard", "JobLine", "Measures", "ScheduleChoice", "SourceLine", "dashboard", "routes"]

_SOURCES: Final = 200
_JOBS: Final = 20
_HOUR_S: Final = 3600.0
# Titles by what they sort by; "" does not sort.
_COLUMNS: Final = (
    Column("Source", "source"),
    Column("State", "state"),
    Column("Fresh", "checked"),
    Column("Coverage", "coverage"),
    Column("Pages", "pages", is_number=True),
    Column("Text", "characters", is_number=True),
    Column("Next run", "next_run"),
    Column("Actions", is_hidden=True),
)
_SORTS: Final = frozenset(column.sort for column in _COLUMNS if column.sort)
# What can be chosen for a source, by the value of the form.
_EVERY: Final[Mapping[str, tuple[str, float | None]]] = {
    "never": ("when I ask", None),
    "hour": ("every hour", _HOUR_S),
    "day": ("every day", 24 * _HOUR_S),
    "week": ("every week", 7 * 24 * _HOUR_S),
    "month": ("every 30 days", 30 * 24 * _HOUR_S),
}

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ScheduleChoice:
    """One way to keep a source fresh."""

    value: str
    title: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Measures:
    """A source in plain values, as its columns sort and its file has them."""

    source: str
    state: str
    checked: float
    coverage: float
    pages: int
    characters: int
    next_run: float


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source as one row."""

    id: str
    measures: Measures
    url: str
    job_href: str | None
    where: str
    goal: str
    error: str
    state: State | None
    checked: Moment | None
    shares: tuple[Share, ...]
    coverage_words: str
    pages: str
    size: str
    schedule: tuple[ScheduleChoice, ...]
    next_run: Moment | None
    running_job: str | None
    import_href: str  # where it is brought in again; empty for a site
    is_private: bool
    is_own: bool  # who asks made it, and may keep it to themselves
    follow: str = ""  # by which who asks follows it


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job as one line."""

    href: str
    where: str
    state: State
    words: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All sources and the newest jobs."""

    summary: str
    columns: tuple[Column, ...]
    sources: tuple[SourceLine, ...]
    jobs: tuple[JobLine, ...]
    key: tuple[Share, ...]


@routes.get("/scraping/dashboard")
async def show(
    request: Request,
    app: AppDep,
    scope: ScopeDep,
    *,
    sort: str = "",
    order: str = "",
    done: str = "",
    done_was: str = "",
) -> Response:
    """The dashboard, sorted as asked; after a change of a schedule (`done` is its source), with the way back."""
    now_s = app.clock.now_s()
    context, toast = await app.records.aread(
        lambda conn: (
            read_dashboard(conn, scope, now_s=now_s, sort=sort, order=order),
            _told(conn, scope, done, done_was),
        )
    )
    return render(request, "dashboard.html", context, here="sources", toast=toast)


@routes.get("/scraping/dashboard.csv")
async def download(app: AppDep, scope: ScopeDep) -> Response:
    """The sources as a file for a spreadsheet."""
    context = await app.records.aread(lambda conn: read_dashboard(conn, scope, now_s=app.clock.now_s()))
    head = ("url", "goal", "state", "last asked (UTC)", "share read", "pages", "characters", "next run (UTC)", "error")
    rows = [
        (
            line.url,
            line.goal,
            line.measures.state,
            line.checked.iso if line.checked else "",
            line.measures.coverage,
            line.measures.pages,
            line.measures.characters,
            line.next_run.iso if line.next_run else "",
            line.error,
        )
        for line in context.sources
    ]
    return csv_file("sources.csv", head, rows)


@routes.post("/scraping/sources/{source}/gather")
async def gather_again(app: AppDep, scope: ScopeDep, source: str) -> Response:
    """Gather the source again, and show the job's page."""

    def begin(conn: sa.Connection) -> str:
        find_source(conn, scope, source)
        return recrawl_source(conn, source, scope, app.clock)

    job = await app.records.awrite(begin)
    return RedirectResponse(f"/scraping/jobs/{job}", status_code=303)


@routes.post("/scraping/sources/{source}/visibility")
async def show_to(app: AppDep, viewer: ViewerDep, source: str, private: Annotated[str, Form()] = "") -> Response:
    """Keep the source to oneself, or show it to the workspace."""

    def change(conn: sa.Connection) -> None:
        set_private(conn, source, viewer.scope, private=bool(private), clock=app.clock)
        source_switched(conn, viewer.scope.workspace, source)
        # By its id: who reads the audit log may not see the address of what somebody keeps to themselves.
        seen_by = "one" if private else "all"
        audit.record(conn, viewer.actor, "source.visibility", source, clock=app.clock, seen_by=seen_by)

    await app.records.awrite(change)
    return RedirectResponse(f"/scraping/dashboard#source-{source}", status_code=303)


@routes.post("/scraping/sources/{source}/schedule")
async def schedule(app: AppDep, scope: ScopeDep, source: str, every: Annotated[str, Form()]) -> Response:
    """Choose how often the source is gathered again."""
    if every not in _EVERY:
        raise InputWrong(f"every={every[:40]!r} is not one of {', '.join(_EVERY)}", field="every")

    def choose(conn: sa.Connection) -> float | None:
        before = find_source(conn, scope, source).every_s
        set_schedule(conn, source, scope, _EVERY[every][1], app.clock)
        return before

    before = await app.records.awrite(choose)
    was = next((value for value, (_, seconds) in _EVERY.items() if seconds == before), "")
    told = urlencode({"done": source, "done_was": was})
    return RedirectResponse(f"/scraping/dashboard?{told}#source-{source}", status_code=303)


def _told(conn: sa.Connection, scope: Scope, source: str, was: str) -> Toast | None:
    """What the change of a schedule is told as; None when there was none, or the source is gone since."""
    row = next((row for row in list_sources(conn, scope, limit=_SOURCES, measured=True) if row.id == source), None)
    if row is None:
        return None
    often = next((title for title, seconds in _EVERY.values() if seconds == row.every_s), "on its own schedule")
    undo = Undo("Undo", f"/scraping/sources/{row.id}/schedule", {"every": was}) if was in _EVERY else None
    return Toast(f"{host_and_path(row.url)} is gathered again {often}.", undo)


def read_dashboard(conn: sa.Connection, scope: Scope, *, now_s: float, sort: str = "", order: str = "") -> Dashboard:
    """The dashboard at this moment."""
    latest = latest_job_by_source(conn, scope)
    seen = {source: coverage.report(conn, job.id) for source, job in latest.items()}
    sources, jobs = list_sources(conn, scope, limit=_SOURCES, measured=True), list_jobs(conn, scope, limit=_JOBS)
    page = dashboard(sources, latest, seen, jobs, now_s=now_s, sort=sort, order=order)
    followed = followed_now(conn, scope, "source")
    return replace(page, sources=tuple(replace(one, follow=followed.get(one.id, "")) for one in page.sources))


def dashboard(
    sources: Sequence[SourceRow],
    latest: Mapping[str, JobRow],
    seen: Mapping[str, Coverage],
    jobs: Sequence[JobRow],
    *,
    now_s: float,
    sort: str = "",
    order: str = "",
) -> Dashboard:
    """The dashboard of these sources and jobs; sources whose pages were asked for last come first, unless asked."""
    lines = [_line(source, latest.get(source.id), seen.get(source.id), now_s) for source in sources]
    if sort in _SORTS:
        lines.sort(key=lambda line: getattr(line.measures, sort), reverse=is_descending(order))
    pages = sum(source.pages for source in sources)
    return Dashboard(
        summary=f"{plural(pages, 'page')} kept from {plural(len(sources), 'source')}." if sources else "",
        columns=columns_of("/scraping/dashboard", _COLUMNS, sort=sort, order=order),
        sources=tuple(lines),
        jobs=tuple(_job_line(job, now_s) for job in jobs),
        key=tuple(Share(name, title, "", 0, 0) for name, title in OUTCOMES.items()),
    )


def _line(source: SourceRow, job: JobRow | None, seen: Coverage | None, now_s: float) -> SourceLine:
    return SourceLine(
        id=source.id,
        measures=_measures(source, job, seen),
        url=source.url,
        job_href=f"/scraping/jobs/{job.id}" if job else None,
        where=host_and_path(source.url),
        goal=source.goal,
        error=job.error or "" if job else "",
        state=state_of(job.status) if job else None,
        checked=moment(source.checked_at, now_s) if source.checked_at is not None else None,
        shares=shares(_counts(seen)) if seen else (),
        coverage_words=_coverage_words(seen) if seen else "",
        pages=count(source.pages),
        size=bytes_words(source.characters),
        schedule=_choices(source.every_s),
        next_run=moment(source.next_run_at, now_s) if source.next_run_at is not None else None,
        running_job=job.id if job and not job.has_ended else None,
        import_href=f"/scraping/import?{urlencode({'name': name_of(source.url)})}" if is_import(source.url) else "",
        is_private=source.is_private,
        is_own=source.is_own,
    )


def _measures(source: SourceRow, job: JobRow | None, seen: Coverage | None) -> Measures:
    return Measures(
        source=host_and_path(source.url),
        state=job.status if job else "",
        checked=source.checked_at or 0,
        coverage=round((seen.kept + seen.unchanged) / seen.seen, 4) if seen and seen.seen else 0,
        pages=source.pages,
        characters=source.characters,
        next_run=source.next_run_at or 0,
    )


def _counts(seen: Coverage) -> dict[Outcome, int]:
    return {
        "kept": seen.kept,
        "unchanged": seen.unchanged,
        "deleted": seen.deleted,
        "skipped": sum(seen.skipped.values()),
        "queued": seen.queued,
    }


def _coverage_words(seen: Coverage) -> str:
    errors = seen.skipped.get("error", 0)
    told = f"{count(seen.kept + seen.unchanged)} of {plural(seen.seen, 'page')} seen"
    return f"{told}, {plural(errors, 'error')}" if errors else told


def _choices(every_s: float | None) -> tuple[ScheduleChoice, ...]:
    known = {seconds for _, seconds in _EVERY.values()}
    choices = [ScheduleChoice(value, title, seconds == every_s) for value, (title, seconds) in _EVERY.items()]
    if every_s not in known and every_s is not None:
        choices.append(ScheduleChoice("", f"every {every_s / _HOUR_S:g} hours", is_chosen=True))
    return tuple(choices)


def _job_line(job: JobRow, now_s: float) -> JobLine:
    kept = job.result.get("passages") if job.result else None
    return JobLine(
        href=f"/scraping/jobs/{job.id}",
        where=host_and_path(job.url),
        state=state_of(job.status),
        words=f"{plural(int(kept), 'passage')}" if kept is not None else "",
        at=moment(job.finished_at or job.started_at or job.created_at, now_s),
    )
