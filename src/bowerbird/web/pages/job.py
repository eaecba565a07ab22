"""`/scraping/jobs/{id}`: how a job is getting on, why pages were skipped, a map of the site, and what was found."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from bowerbird.acquire import Coverage, Reason, SiteNode, UrlRow, coverage, is_import, name_of
from bowerbird.kernel.csvs import csv_line
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import EntityCard, list_entities
from bowerbird.records import jobs
from bowerbird.web.access import Routes
from bowerbird.web.charts import OUTCOMES, Icicle, Outcome, Share, Tree, icicle, shares
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.frame import Toast, Undo
from bowerbird.web.listings import EntityCardView, Link, State, entity_card_view, state_of
from bowerbird.web.live import Progress, read_progress
from bowerbird.web.queries.jobs import JobRow, find_job
from bowerbird.web.render import render
from bowerbird.web.suggest import example_questions
from bowerbird.web.tables import csv_file, download
from bowerbird.web.words import Moment, bytes_words, count, duration, host_and_path, host_of, moment, plural

__all__ = ["Found", "JobPage", "MapView", "ReasonLine", "RefusedLine", "UrlLine", "job_page", "routes", "url_line"]

_URLS_SHOWN: Final = 40
_ROWS_AT_ONCE: Final = 1_000
_ENTITIES_SHOWN: Final = 6
_REFUSED_SHOWN: Final = 50

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class UrlLine:
    """What became of one URL."""

    outcome: str
    title: str
    href: str
    words: str
    detail: str
    size: str

    def to_json(self) -> dict[str, str]:
        """What the stream of events sends."""
        return {
            "outcome": self.outcome,
            "title": self.title,
            "href": self.href,
            "words": self.words,
            "detail": self.detail,
            "size": self.size,
        }


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason for skipping, with how often it applied."""

    title: str
    why: str
    count: str
    bar: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """What of an import was not kept: where it stood, and what was wrong with it."""

    where: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class MapView:
    """The map of the site with its legend."""

    chart: Icicle
    key: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a job that has ended leaves to be explored."""

    entities: tuple[EntityCardView, ...]
    questions: tuple[Link, ...]
    explore_href: str


@dataclass(frozen=True, slots=True)
class JobPage:
    """A job's page."""

    href: str
    events_href: str
    source: str
    where: str
    goal: str
    state: State
    has_ended: bool
    begun: Moment | None
    took: str
    error: str
    can_cancel: bool
    cancel_asked: bool
    progress: Progress
    found: Found | None
    urls: tuple[UrlLine, ...]
    last_id: int
    skipped_words: str
    reasons: tuple[ReasonLine, ...]
    refused: tuple[RefusedLine, ...]
    note: str
    import_href: str  # where the same is brought in again; empty for a site
    map: MapView | None


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the records hold of a job, read in one snapshot."""

    job: JobRow
    seen: Coverage
    progress: Progress
    urls: Sequence[UrlRow]
    site: SiteNode
    entities: Sequence[EntityCard]
    refused: Sequence[UrlRow]


@routes.get("/scraping/jobs/{job}")
async def show(request: Request, app: AppDep, scope: ScopeDep, job: str, done: str = "") -> Response:
    """The job's page; after it was stopped, with the way back."""
    now_s = app.clock.now_s()
    gathered = await app.records.aread(lambda conn: gather(conn, scope, job, now_s=now_s))
    toast = _stopped(gathered.job) if done == "stopped" else None
    return render(request, "job.html", job_page(gathered, now_s=now_s), here="sources", toast=toast)


@routes.post("/scraping/jobs/{job}/cancel")
async def cancel(app: AppDep, scope: ScopeDep, job: str) -> Response:
    """Ask the job to stop, and show its page."""

    def ask(conn: sa.Connection) -> None:
        find_job(conn, scope, job)
        jobs.request_cancel(conn, job, clock=app.clock)

    await app.records.awrite(ask)
    return RedirectResponse(f"/scraping/jobs/{job}?done=stopped", status_code=303)


@routes.post("/scraping/jobs/{job}/resume")
async def resume(app: AppDep, scope: ScopeDep, job: str) -> Response:
    """Take the request to stop back; where the job has stopped already, start it again."""

    def go_on(conn: sa.Connection) -> str:
        find_job(conn, scope, job)
        if jobs.withdraw_cancel(conn, job, clock=app.clock):
            return job
        return jobs.retry(conn, job, person=scope.person, clock=app.clock)

    current = await app.records.awrite(go_on)
    return RedirectResponse(f"/scraping/jobs/{current}", status_code=303)


@routes.get("/scraping/jobs/{job}/map.csv")
async def download_map(app: AppDep, scope: ScopeDep, job: str) -> Response:
    """The numbers of the map of the site: a line a folder."""

    def read(conn: sa.Connection) -> SiteNode:
        find_job(conn, scope, job)
        return coverage.site_map(conn, job)

    site = await app.records.aread(read)
    return csv_file("map.csv", ("folder", *OUTCOMES), _folders(_tree(site)))


@routes.post("/scraping/jobs/{job}/retry")
async def retry(app: AppDep, scope: ScopeDep, job: str) -> Response:
    """Do the same again as a new job, and show that one's page."""

    def again(conn: sa.Connection) -> str:
        find_job(conn, scope, job)
        return jobs.retry(conn, job, person=scope.person, clock=app.clock)

    new = await app.records.awrite(again)
    return RedirectResponse(f"/scraping/jobs/{new}", status_code=303)


@routes.get("/scraping/jobs/{job}/report.csv")
async def report(app: AppDep, scope: ScopeDep, job: str) -> Response:
    """What became of every URL, file and row, as a table that a spreadsheet opens."""
    await app.records.aread(lambda conn: find_job(conn, scope, job))

    async def parts() -> AsyncIterator[str]:
        yield csv_line(("where", "state", "reason", "detail", "url"))
        after = 0
        while rows := await app.records.aread(partial(coverage.recent, job=job, after_id=after, limit=_ROWS_AT_ONCE)):
            yield "".join(csv_line((row.where, row.state, row.reason or "", row.detail or "", row.url)) for row in rows)
            after = rows[-1].id

    return StreamingResponse(parts(), media_type="text/csv; charset=utf-8", headers=download(f"{job}.csv"))


def gather(conn: sa.Connection, scope: Scope, job: str, *, now_s: float) -> Gathered:
    """All that the page tells; raises NotFound."""
    row = find_job(conn, scope, job)
    of_source = Scope(scope.workspace, scope.person, sources=(row.source,))
    return Gathered(
        job=row,
        seen=coverage.report(conn, job),
        progress=read_progress(conn, row, now_s=now_s),
        urls=coverage.newest(conn, job, limit=_URLS_SHOWN),
        site=coverage.site_map(conn, job),
        refused=coverage.listed(conn, job, states=("skipped",), after=0, limit=_REFUSED_SHOWN)
        if is_import(row.url)
        else (),
        entities=list_entities(conn, of_source, "", limit=_ENTITIES_SHOWN) if row.has_ended else (),
    )


def job_page(gathered: Gathered, *, now_s: float) -> JobPage:
    """The page of a job."""
    job, seen = gathered.job, gathered.seen
    began_s = job.started_at
    return JobPage(
        href=f"/scraping/jobs/{job.id}",
        events_href=f"/v1/jobs/{job.id}/events",
        source=job.source,
        where=host_and_path(job.url),
        goal=job.goal,
        state=state_of(job.status),
        has_ended=job.has_ended,
        begun=moment(began_s, now_s) if began_s is not None else None,
        took=duration(job.finished_at - began_s) if job.finished_at is not None and began_s is not None else "",
        error=job.error or "",
        can_cancel=not job.has_ended and not job.cancel_requested,
        cancel_asked=not job.has_ended and job.cancel_requested,
        progress=gathered.progress,
        found=_found(gathered) if job.has_ended else None,
        urls=tuple(url_line(row, job.url) for row in gathered.urls),
        last_id=max((row.id for row in gathered.urls), default=0),
        skipped_words=f"{count(sum(seen.skipped.values()))} of {plural(seen.seen, 'page')} seen",
        reasons=_reasons(seen),
        refused=tuple(
            RefusedLine(row.where, row.reason or "", row.detail or Reason(row.reason or "error").sentence)
            for row in gathered.refused
        ),
        note=str(job.progress.get("note", "")),
        import_href=f"/scraping/import?{urlencode({'name': name_of(job.url)})}" if is_import(job.url) else "",
        map=_map(gathered.site, host_of(job.url)),
    )


def url_line(row: UrlRow, start_url: str) -> UrlLine:
    """What became of a URL, in one line; those of the job's own site are told by their paths."""
    if is_import(start_url):
        return _import_line(row, start_url)
    parts, start = urlsplit(row.url), urlsplit(start_url)
    path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    return UrlLine(
        outcome=row.state,
        title=row.reason or OUTCOMES[_outcome(row.state)],
        href=row.url,
        words=path if parts.netloc == start.netloc else host_and_path(row.url),
        detail=row.detail or "",
        size=bytes_words(row.bytes) if row.bytes else "",
    )


def _import_line(row: UrlRow, source_url: str) -> UrlLine:
    """What became of a row or file, told by its name, or by where it stood; it leads to what is stored of it."""
    words = row.where if row.state == "skipped" else name_of(row.url).removeprefix(f"{name_of(source_url)}/")
    return UrlLine(
        outcome=row.state,
        title=row.reason or OUTCOMES[_outcome(row.state)],
        href=f"/knowledge/pages/{row.page}" if row.page is not None else "",
        words=words,
        detail=row.detail or "",
        size=bytes_words(row.bytes) if row.bytes else "",
    )


def _outcome(state: str) -> Outcome:
    for name in OUTCOMES:
        if name == state:
            return name
    raise AssertionError(f"a URL has the unknown state {state!r}")


def _reasons(seen: Coverage) -> tuple[ReasonLine, ...]:
    total = sum(seen.skipped.values())
    return tuple(
        ReasonLine(
            title=str(reason),
            why=Reason(reason).sentence,
            count=count(number),
            bar=shares({"skipped": number, "queued": total - number})[:1],
        )
        for reason, number in sorted(seen.skipped.items(), key=lambda item: -item[1])
        if number
    )


def _map(site: SiteNode, host: str) -> MapView | None:
    tree = replace(_tree(site), name=host)
    if tree.total == 0:
        return None
    return MapView(icicle(tree), shares(tree.counts))


def _tree(node: SiteNode) -> Tree:
    counts: dict[Outcome, int] = {_outcome(state): number for state, number in node.counts.items() if number}
    return Tree(node.name, node.path, counts, tuple(_tree(child) for child in node.children))


def _folders(tree: Tree) -> Iterator[tuple[str | float, ...]]:
    yield (tree.path, *(tree.counts.get(outcome, 0) for outcome in OUTCOMES))
    for child in tree.children:
        yield from _folders(child)


def _stopped(job: JobRow) -> Toast:
    undo = Undo("Go on", f"/scraping/jobs/{job.id}/resume")
    words = "has stopped" if job.has_ended else "stops after the pages in flight"
    return Toast(f"{host_and_path(job.url)} {words}; what was kept stays.", undo)


def _found(gathered: Gathered) -> Found:
    return Found(
        entities=tuple(entity_card_view(card) for card in gathered.entities),
        questions=example_questions(gathered.entities),
        explore_href=f"/knowledge/explorer?{urlencode({'source': gathered.job.source})}",
    )
