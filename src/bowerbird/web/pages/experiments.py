"""`/experiments`: what is put to the test, how far each is, and whether its figures can be trusted."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from bowerbird.experiments import Experiment, list_experiments
from bowerbird.experiments.shares import Shares, phase_of, shares_of
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.listings import State, Tone
from bowerbird.web.render import render
from bowerbird.web.words import Moment, moment, plural

__all__ = ["ExperimentLine", "ExperimentsPage", "Health", "experiment_state", "health_of", "routes"]

routes = Routes(include_in_schema=False)

_STATES: Final = {
    "draft": State("draft", "Planned", "", "clock"),
    "running": State("running", "Running", "blue", "loader"),
    "stopped": State("stopped", "Stopped", "warn", "circle-slash"),
}


@dataclass(frozen=True, slots=True)
class Health:
    """Whether people came as they should."""

    words: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class ExperimentLine:
    """An experiment in the list."""

    href: str
    name: str
    state: State
    hypothesis: str
    people: int  # to sort by; -1 where nobody is counted
    people_words: str
    health: Health
    since: Moment


@dataclass(frozen=True, slots=True)
class ExperimentsPage:
    """All of the workspace, the newest first."""

    lines: tuple[ExperimentLine, ...]


@routes.get("/experiments")
async def index(request: Request, app: AppDep, scope: ScopeDep) -> Response:
    """The list."""
    now_s = app.clock.now_s()

    def look(conn: sa.Connection) -> ExperimentsPage:
        return ExperimentsPage(
            tuple(_line(conn, one, now_s) for one in list_experiments(conn, scope.workspace)),
        )

    return render(request, "experiments.html", await app.records.aread(look), here="experiments")


def experiment_state(one: Experiment) -> State:
    """How its state is shown."""
    if one.state == "decided":
        if one.decision == "ship":
            return State("decided", f"Shipped: {one.given}", "good", "circle-check")
        return State("decided", "Rolled back", "warn", "circle-x")
    return _STATES[one.state]


def health_of(one: Experiment, shares: Shares | None) -> Health:
    """Whether the shares are those that were planned, as far as chance lets one tell."""
    if one.state == "draft":
        return Health("not started")
    if shares is None:
        return Health("it is over")
    if not sum(shares.seen.values()):
        return Health("nobody came yet")
    return Health("shares as planned", "good") if shares.ok else Health("shares are off", "bad")


def _line(conn: sa.Connection, one: Experiment, now_s: float) -> ExperimentLine:
    goes_on = one.state in ("running", "stopped")
    shares = shares_of(conn, phase_of(conn, one), now_s=now_s) if goes_on else None
    people = None if shares is None else sum(shares.seen.values())
    return ExperimentLine(
        href=f"/experiments/{one.name}",
        name=one.name,
        state=experiment_state(one),
        hypothesis=one.plan.hypothesis,
        people=-1 if people is None else people,
        people_words="–" if people is None else plural(people, "person", "people"),
        health=health_of(one, shares),
        since=moment(one.decided_at or one.stopped_at or one.started_at or one.created_at, now_s),
    )
