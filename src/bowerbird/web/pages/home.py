"""`/`: ask, what is new in the feed, what is being gathered, which answers went stale, what was gathered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import HTMLResponse

from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import list_entities
from bowerbird.web.access import Routes
from bowerbird.web.cards import Card
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.listings import Link
from bowerbird.web.live import read_progress
from bowerbird.web.pages.activity import Happening, read_stale
from bowerbird.web.pages.feed import CARDS, cards_of
from bowerbird.web.queries.jobs import list_jobs
from bowerbird.web.queries.sources import SourceRow, list_sources
from bowerbird.web.render import render
from bowerbird.web.suggest import example_questions
from bowerbird.web.words import Moment, host_and_path, moment, plural

__all__ = ["Home", "RunningJob", "SourceCard", "home", "routes"]

_SOURCES: Final = 6
_RUNNING: Final = 4
_STALE: Final = 3
_CARDS: Final = 6

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class RunningJob:
    """A job under way, in one line."""

    href: str
    events_href: str
    where: str
    goal: str
    words: str
    share: float | None


@dataclass(frozen=True, slots=True)
class SourceCard:
    """What a source has given."""

    href: str
    where: str
    goal: str
    words: str
    checked: Moment | None


@dataclass(frozen=True, slots=True)
class Home:
    """The start page."""

    feed: tuple[Card, ...]  # the first of it
    examples: tuple[Link, ...]
    running: tuple[RunningJob, ...]
    stale: tuple[Happening, ...]
    sources: tuple[SourceCard, ...]  # those that have given pages


@routes.get("/")
async def show(request: Request, app: AppDep, scope: ScopeDep) -> HTMLResponse:
    """The start page."""
    served = await app.feeds.slate(scope, length=CARDS, user_agent=request.headers.get("user-agent", ""))
    cards = [one for one in await cards_of(app, scope, served) if one.said.opinion != "hidden"]
    context = await app.records.aread(lambda conn: home(conn, scope, cards, now_s=app.clock.now_s()))
    return render(request, "home.html", context, here="home")


def home(conn: sa.Connection, scope: Scope, cards: Sequence[Card], *, now_s: float) -> Home:
    """What the start page tells at this moment."""
    running = list_jobs(conn, scope, statuses=("queued", "running"), limit=_RUNNING)
    sources = list_sources(conn, scope, limit=_SOURCES + _RUNNING)
    seen = [(job, read_progress(conn, job, now_s=now_s)) for job in running]
    return Home(
        feed=tuple(cards[:_CARDS]),
        examples=example_questions(list_entities(conn, scope, "", limit=3)),
        running=tuple(
            RunningJob(
                href=f"/scraping/jobs/{job.id}",
                events_href=f"/v1/jobs/{job.id}/events",
                where=host_and_path(job.url),
                goal=job.goal,
                words=progress.sentence,
                share=progress.share,
            )
            for job, progress in seen
        ),
        stale=tuple(read_stale(conn, scope, now_s=now_s)[:_STALE]),
        sources=tuple(_card(source, now_s) for source in sources if source.pages)[:_SOURCES],
    )


def _card(source: SourceRow, now_s: float) -> SourceCard:
    return SourceCard(
        href=f"/knowledge/explorer?source={source.id}",
        where=host_and_path(source.url),
        goal=source.goal,
        words=plural(source.pages, "page"),
        checked=moment(source.checked_at, now_s) if source.checked_at is not None else None,
    )
