"""`/activity`: what finished, which answers went stale, what became of experiments; the bell shows the same."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from bowerbird.answer import QuestionRow, list_stale
from bowerbird.kernel.nouns import Scope
from bowerbird.records import notices
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.listings import Tone, state_of
from bowerbird.web.queries.jobs import ENDED, JobRow, list_jobs
from bowerbird.web.render import render
from bowerbird.web.words import Moment, host_and_path, moment, plural

__all__ = ["Activity", "Happening", "read_activity", "read_stale", "routes"]

_SHOWN: Final = {True: 8, False: 50}  # in the bell's panel, and on the page
_ANSWERS: Final = 50

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened while one was elsewhere."""

    href: str
    icon: str
    tone: Tone
    title: str
    words: str
    at_s: float
    at: Moment


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened, newest first."""

    happenings: tuple[Happening, ...]


@routes.get("/activity")
async def show(request: Request, app: AppDep, scope: ScopeDep, *, fragment: bool = False) -> Response:
    """The list; with `fragment` the few that the bell shows."""

    def read(conn: sa.Connection) -> Activity:
        return read_activity(conn, scope, now_s=app.clock.now_s(), limit=_SHOWN[fragment])

    context = await app.records.aread(read)
    return render(request, "parts/activity.html" if fragment else "activity.html", context, here="other")


def read_activity(conn: sa.Connection, scope: Scope, *, now_s: float, limit: int) -> Activity:
    """Jobs that ended, answers that went stale and what became of experiments, by when it did."""
    ended = list_jobs(conn, scope, statuses=ENDED, limit=limit)
    alarms = notices.newest(conn, scope, kinds=tuple(_ALARMS), limit=limit)
    told = [*(_job(job, now_s) for job in ended), *read_stale(conn, scope, now_s=now_s)]
    told += [_alarm(one, now_s) for one in alarms]
    return Activity(tuple(sorted(told, key=lambda one: -one.at_s)[:limit]))


def read_stale(conn: sa.Connection, scope: Scope, *, now_s: float) -> list[Happening]:
    """The person's answers that rest on what a page no longer says, the last to go stale first."""
    return [_stale(question, question.stale_at or 0.0, now_s) for question in list_stale(conn, scope, limit=_ANSWERS)]


def _job(job: JobRow, now_s: float) -> Happening:
    state, at_s = state_of(job.status), job.finished_at or job.created_at
    where = host_and_path(job.url)
    title = {"completed": f"{where} is gathered", "cancelled": f"{where} was stopped"}.get(
        job.status, f"{where} could not be gathered"
    )
    found = (job.result or {}).get("passages")
    words = plural(int(found), "passage") if found is not None else job.error or job.goal
    return Happening(f"/scraping/jobs/{job.id}", state.icon, state.tone, title, words, at_s, moment(at_s, now_s))


_ALARMS: Final[dict[str, tuple[str, Tone]]] = {
    "experiment.rolled_back": ("An experiment was rolled back by itself", "bad"),
    "experiment.locked": ("The result of an experiment is locked", "warn"),
}


def _alarm(one: notices.Notice, now_s: float) -> Happening:
    title, tone = _ALARMS[one.kind]
    return Happening(one.href, "flask-conical", tone, title, one.text, one.at, moment(one.at, now_s))


def _stale(question: QuestionRow, at_s: float, now_s: float) -> Happening:
    return Happening(
        href=f"/chat/{question.conversation}#question-{question.id}",
        icon="clock",
        tone="warn",
        title="An answer went stale",
        words=question.text,
        at_s=at_s,
        at=moment(at_s, now_s),
    )
