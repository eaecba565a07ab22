"""`/experiments/{name}`: what was promised, who came, what it amounts to, and what is done about it."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Final

import sqlalchemy as sa
from fastapi import Form, Path, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.experiments import (
    Experiment,
    Happened,
    Learning,
    Report,
    Rules,
    change,
    effect_seen,
    find,
    find_learnings,
    history,
    learn,
    start,
)
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import persons
from bowerbird.web.access import Routes
from bowerbird.web.api.experiments import NewDecision
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.listings import State
from bowerbird.web.pages.experiments import experiment_state
from bowerbird.web.pages.learnings import LearningLine, learning_line
from bowerbird.web.plan_form import PlanForm, checked, of_rules, typed
from bowerbird.web.plan_shown import of_experiment
from bowerbird.web.plan_words import plan_lines, rule_lines, step_words
from bowerbird.web.render import render
from bowerbird.web.report_view import ReportView, report_view
from bowerbird.web.segments_view import segments_view
from bowerbird.web.words import Moment, moment
from bowerbird.wiring import App

__all__ = ["ChangePage", "ExperimentPage", "StepLine", "routes"]

routes = Routes(include_in_schema=False)

Name = Annotated[str, Path(max_length=64)]
SEGMENTS_UP_TO: Final = 20_000  # people: of more it takes a moment, and a page of its own tells it
CHOICES: Final = {
    "ship": "Ship: everybody gets one variant",
    "roll back": "Roll back: everybody gets the control",
    "wait": "Wait: it goes on",
    "review": "Look closer before anything is decided",
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """Something that was done."""

    words: str
    detail: str
    who: str
    when: Moment


@dataclass(frozen=True, slots=True)
class ExperimentPage:
    """An experiment with its result, and what was typed into the forms below it."""

    name: str
    state: State
    hypothesis: str
    plan: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, str], ...]
    promised: str
    keeps_its_promise: bool | None
    report: ReportView | None
    for_whom: tuple[str, ...]  # whether it is alike for everybody; empty while there is no result
    steps: tuple[StepLine, ...]
    learnings: tuple[LearningLine, ...]
    variants: tuple[str, ...]
    effect: str  # what goes with a learning
    has_form: bool  # its plan fits the form that plans are typed into
    is_shipped: bool  # everybody has a variant, which can be taken back
    typed: Mapping[str, str] = field(default_factory=lambda: defaultdict(str))
    errors: Mapping[str, str] = field(default_factory=lambda: defaultdict(str))
    choices: Mapping[str, str] = field(default_factory=lambda: CHOICES)


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Who gets what, to be changed."""

    name: str
    form: PlanForm
    is_running: bool
    wrong: str
    wants_phase: bool


@routes.get("/experiments/{name}")
async def show(request: Request, app: AppDep, scope: ScopeDep, name: Name) -> Response:
    """The page."""
    return await _show(request, app, scope, name)


@routes.post("/experiments/{name}/start")
async def begin(request: Request, app: AppDep, scope: ScopeDep, name: Name) -> Response:
    """Start it."""
    return await _done(
        request,
        app,
        scope,
        name,
        lambda: app.records.awrite(lambda conn: start(conn, scope, name, clock=app.clock, places=app.trials.places)),
    )


@routes.post("/experiments/{name}/stop")
async def end(request: Request, app: AppDep, scope: ScopeDep, name: Name) -> Response:
    """Stop it."""
    return await _done(request, app, scope, name, lambda: app.experiments.stop(name, scope))


@routes.post("/experiments/{name}/decide")
async def settle(
    request: Request,
    app: AppDep,
    scope: ScopeDep,
    name: Name,
    *,
    decision: Annotated[str, Form()] = "",
    reasons: Annotated[str, Form()] = "",
    variant: Annotated[str, Form()] = "",
) -> Response:
    """Decide it; a variant is only taken with what needs one."""
    said = {"decision": decision, "reasons": reasons, "variant": variant}
    given = said | {"variant": (variant or None) if decision == "ship" else None, "reasons": reasons.strip()}
    wanted, wrong = checked(NewDecision, given)
    if wrong:
        return await _show(request, app, scope, name, said=said, wrong=wrong[0])
    return await _done(
        request,
        app,
        scope,
        name,
        lambda: app.experiments.decide(name, scope, wanted.decision, wanted.reasons, variant=wanted.variant),
        said=said,
    )


@routes.post("/experiments/{name}/learn")
async def remember(
    request: Request, app: AppDep, scope: ScopeDep, name: Name, text: Annotated[str, Form()] = ""
) -> Response:
    """Write down what was learnt, with the effect that was seen."""
    effect = await app.experiments.effect_seen(name, scope.workspace)

    def keep() -> Awaitable[Learning]:
        return app.records.awrite(
            lambda conn: learn(conn, scope, text, clock=app.clock, experiment=name, effect=effect)
        )

    return await _done(request, app, scope, name, keep, said={"text": text})


@routes.get("/experiments/{name}/change")
async def change_form(request: Request, app: AppDep, scope: ScopeDep, name: Name) -> Response:
    """The form of its rules."""
    one = await app.records.aread(lambda conn: find(conn, scope.workspace, name))
    page = ChangePage(name, of_rules(one.rules), one.state == "running", "", wants_phase=False)
    return render(request, "experiment_change.html", page, here="experiments")


@routes.post("/experiments/{name}/change")
async def alter(request: Request, app: AppDep, scope: ScopeDep, name: Name) -> Response:
    """Go on by other rules; what would move people asks once more."""
    fields = await request.form()
    form, anew = typed(fields), bool(fields.get("new-phase"))
    given = form.rules()
    one = await app.records.aread(lambda conn: find(conn, scope.workspace, name))
    # Who is the control is no field of the form.
    control = one.rules.control if one.rules.control in [each["name"] for each in given["variants"]] else None
    rules, wrong = checked(Rules, given | {"control": control}, under="rules.")
    page = ChangePage(name, form.but(wrong), one.state == "running", "", wants_phase=anew)
    if rules is None:
        return render(request, "experiment_change.html", page, here="experiments", status=422)
    try:
        await app.records.awrite(
            lambda conn: change(conn, scope, name, rules, clock=app.clock, new_phase=anew, places=app.trials.places)
        )
    except InputWrong as refused:
        page = replace(page, wrong=str(refused))
        return render(request, "experiment_change.html", page, here="experiments", status=422)
    return _to(name)


async def _done(
    request: Request,
    app: App,
    scope: Scope,
    name: str,
    work: Callable[[], Awaitable[object]],
    *,
    said: Mapping[str, str] | None = None,
) -> Response:
    """Do it and go back to the page, or show there what was wrong."""
    try:
        await work()
    except InputWrong as wrong:
        return await _show(request, app, scope, name, said=said or {}, wrong=wrong)
    return _to(name)


def _to(name: str) -> Response:
    return RedirectResponse(f"/experiments/{name}", status_code=303)


async def _show(
    request: Request,
    app: App,
    scope: Scope,
    name: str,
    *,
    said: Mapping[str, str] | None = None,
    wrong: InputWrong | None = None,
) -> Response:
    one = await app.records.aread(lambda conn: find(conn, scope.workspace, name))
    report = await app.experiments.report(name, scope.workspace) if one.phase else None
    errors: Mapping[str, str] = {} if wrong is None else {_place(wrong, said): str(wrong)}
    page = await app.records.aread(lambda conn: _page(conn, scope, one, report, app.clock.now_s()))
    people = 0 if report is None else sum(came.people for came in report.variants.values())
    if report is not None and not report.locked and people <= SEGMENTS_UP_TO:
        found = await app.experiments.by_segment(name, scope.workspace)
        page = replace(page, for_whom=segments_view(found).words)
    page = replace(page, typed=defaultdict(str, said or _advised(page)), errors=defaultdict(str, errors))
    return render(request, "experiment.html", page, here="experiments", status=422 if wrong else 200)


def _place(wrong: InputWrong, said: Mapping[str, str] | None) -> str:
    """At which field it is shown; above all where it has none."""
    return wrong.field if wrong.field is not None and wrong.field in (said or {}) else "name"


def _advised(page: ExperimentPage) -> dict[str, str]:
    """What the form of a decision begins with."""
    advice = None if page.report is None else page.report.advice
    return {} if advice is None else {"decision": advice.decision, "variant": advice.variant or page.variants[1]}


def _page(conn: sa.Connection, scope: Scope, one: Experiment, report: Report | None, now_s: float) -> ExperimentPage:
    steps = history(conn, one)
    names = _names(conn, steps)
    learnt = [each for each in find_learnings(conn, scope.workspace, one.name) if each.experiment == one.name]
    effect = None if report is None else effect_seen(report, one)
    told = Learning("", None, "", effect, now_s)
    return ExperimentPage(
        name=one.name,
        state=experiment_state(one),
        hypothesis=one.plan.hypothesis,
        plan=plan_lines(one.plan),
        rules=rule_lines(one.rules),
        promised=one.promised or "",
        keeps_its_promise=one.keeps_its_promise,
        report=None if report is None else report_view(report, one),
        for_whom=(),
        steps=tuple(_step(step, names, now_s) for step in reversed(steps)),
        learnings=tuple(learning_line(each, now_s) for each in learnt),
        variants=tuple(name for name, _ in one.rules.weights),
        effect=learning_line(told, now_s).effect,
        has_form=of_experiment(one) is not None,
        is_shipped=one.decision == "ship",
    )


def _names(conn: sa.Connection, steps: list[Happened]) -> dict[str, str]:
    people = {step.person for step in steps if step.person is not None}
    rows = conn.execute(sa.select(persons.c.id, persons.c.name, persons.c.external_id).where(persons.c.id.in_(people)))
    return {row.id: row.name or row.external_id for row in rows}


def _step(step: Happened, names: Mapping[str, str], now_s: float) -> StepLine:
    words, detail = step_words(step.action, step.detail)
    who = "by itself" if step.person is None else names.get(step.person, "somebody who left")
    return StepLine(words, detail, who, moment(step.at, now_s))
