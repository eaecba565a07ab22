"""`/experiments`: what is put to the test, how far each is, and whether its figures can be trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from bowerbird.experiments import Experiment, list_experiments, people_in
from bowerbird.experiments.statistics import srm
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
    people: int
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

    def look(conn: sa.Connection) -> ExperimentsPage:
        known = list_experiments(conn, scope.workspace)
        came = people_in(conn, [one for one in known if one.phase])
        return ExperimentsPage(_lines(known, came, app.clock.now_s()))

    return render(request, "experiments.html", await app.records.aread(look), here="experiments")


def experiment_state(one: Experiment) -> State:
    """How its state is shown."""
    if one.state == "decided":
        if one.decision == "ship":
            return State("decided", f"Shipped: {one.given}", "good", "circle-check")
        return State("decided", "Rolled back", "warn", "circle-x")
    return _STATES[one.state]


def health_of(one: Experiment, came: Mapping[str, int]) -> Health:
    """Whether the shares are those that were planned, as far as chance lets one tell."""
    if not one.phase:
        return Health("not started")
    if not sum(came.values()):
        return Health("nobody came yet")
    weights = dict(one.rules.weights)
    checked = srm({name: came.get(name, 0) for name in weights}, weights)
    return Health("shares as planned", "good") if checked.ok else Health("shares are off", "bad")


def _lines(
    known: Sequence[Experiment], came: Mapping[str, Mapping[str, int]], now_s: float
) -> tuple[ExperimentLine, ...]:
    return tuple(_line(one, came.get(one.name, {}), now_s) for one in known)


def _line(one: Experiment, came: Mapping[str, int], now_s: float) -> ExperimentLine:
    people = sum(came.values())
    return ExperimentLine(
        href=f"/experiments/{one.name}",
        name=one.name,
        state=experiment_state(one),
        hypothesis=one.plan.hypothesis,
        people=people,
        people_words=plural(people, "person", "people"),
        health=health_of(one, came),
        since=moment(one.decided_at or one.stopped_at or one.started_at or one.created_at, now_s),
    )
