"""`/experiments`: what is put to the test, how far each is, and whether its figures can be trusted."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from bowerbird.experiments import AlwaysOn, Experiment, list_experiments
from bowerbird.experiments.shares import Shares, phase_of, shares_of
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.listings import State, Tone
from bowerbird.web.power import percent
from bowerbird.web.render import render
from bowerbird.web.words import Moment, moment, plural

__all__ = [
    "AlarmLine",
    "AlarmsView",
    "ExperimentLine",
    "ExperimentsPage",
    "Health",
    "alarms_view",
    "experiment_state",
    "health_of",
    "routes",
]

WAIT_S: Final = 0.3  # for figures that take seconds when they were not computed lately

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
class AlarmLine:
    """Of what people do: the share of draws that were called different at any look."""

    kind: str
    at_any_time: str
    for_one_look: str


@dataclass(frozen=True, slots=True)
class AlarmsView:
    """The A/A test that is always on."""

    words: str
    health: Health | None
    lines: tuple[AlarmLine, ...]


@dataclass(frozen=True, slots=True)
class ExperimentsPage:
    """All of the workspace, the newest first."""

    lines: tuple[ExperimentLine, ...]
    alarms: AlarmsView


@routes.get("/experiments")
async def index(request: Request, app: AppDep, scope: ScopeDep) -> Response:
    """The list."""
    now_s = app.clock.now_s()

    def look(conn: sa.Connection) -> tuple[ExperimentLine, ...]:
        return tuple(_line(conn, one, now_s) for one in list_experiments(conn, scope.workspace))

    lines = await app.records.aread(look)
    alarms = alarms_view(await app.experiments.always_on.soon(scope.workspace, wait_s=WAIT_S))
    return render(request, "experiments.html", ExperimentsPage(lines, alarms), here="experiments")


def alarms_view(found: AlwaysOn | None) -> AlarmsView:
    """How often nothing is called a difference here; None while that is being computed."""
    if found is None:
        return AlarmsView("It is being computed: look again in a moment.", None, ())
    if found.reason is not None:
        return AlarmsView(f"Nothing can be told yet: {found.reason}.", None, ())
    rates = tuple(
        AlarmLine(kind, percent(one.at_any_time), percent(one.for_one_look)) for kind, one in found.rates.items()
    )
    words = (
        f"{plural(found.people, 'person', 'people')} of the last {found.looks} days were drawn into two variants that"
        f" are the same, {found.draws} times, and each draw was looked at every day. By chance, up to"
        f" {percent(found.alpha)} may be called different. Of all draws, {percent(found.wrong_shares)} had shares that"
        " were called wrong."
    )
    if found.ok is None:
        return AlarmsView(words, None, rates)
    health = Health("as it should be", "good") if found.ok else Health("more than chance explains", "bad")
    return AlarmsView(words, health, rates)


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
