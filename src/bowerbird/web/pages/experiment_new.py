"""
`/experiments/new`: what is promised before anything is known, and beside it what so many people can find.

`/experiments/{name}/plan` is the same form of a draft, until it is started.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Path, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.experiments import (
    Baseline,
    Experiment,
    Goal,
    Metric,
    Plan,
    Rules,
    Sizing,
    Tried,
    create,
    find,
    find_learnings,
    prior_of,
    size,
)
from bowerbird.experiments.plan import EVENT_KINDS
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.nouns import Scope
from bowerbird.web.access import Routes
from bowerbird.web.api.experiments import NewExperiment
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.pages.learnings import LearningLine, learning_line
from bowerbird.web.plan_form import BLANK, PlanForm, at_place, checked, typed
from bowerbird.web.plan_shown import of_experiment
from bowerbird.web.power import PowerView, nothing_known, power_view, prior_words
from bowerbird.web.render import render
from bowerbird.wiring import App

__all__ = ["NewPage", "power_of", "routes"]

LEARNINGS = 3
ExperimentName = Annotated[str, Path(max_length=64)]

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class NewPage:
    """The form, what the plan can find, and what was learnt before; of a draft its name."""

    form: PlanForm
    power: PowerView
    learnings: tuple[LearningLine, ...]
    places: tuple[Tried, ...]
    draft: str = ""
    cannot: str = ""  # why the draft is not changed here
    event_kinds: tuple[str, ...] = EVENT_KINDS
    per_choices: Sequence[tuple[str, str]] = (
        ("", "person"),
        *((kind, f"time it was {kind.replace('_', ' ')}") for kind in EVENT_KINDS),
    )

    @property
    def place_choices(self) -> Sequence[tuple[str, str]]:
        """Where it is tried: in the asker's own code, or at a place of the product's."""
        own = ("", "nowhere: my own program asks for the variants")
        return own, *((one.place.name, f"{one.place.name}: {one.place.tries}") for one in self.places)


@routes.get("/experiments/new")
async def show(request: Request, app: AppDep, scope: ScopeDep, place: str = "") -> Response:
    """The form; of a place, with what can be tried there."""
    known = app.trials.places.get(place)
    return await _show(request, app, scope, BLANK if known is None else at_place(known))


@routes.post("/experiments/new")
async def plan(request: Request, app: AppDep, scope: ScopeDep) -> Response:
    """Keep the plan and go to it; or show the form again, with what is wrong or with what it can find."""
    fields = await request.form()
    form = typed(fields)
    if fields.get("do") == "size":
        return await _show(request, app, scope, form)
    given = form.given()
    await _fill_people(app, scope, given)
    wanted, wrong = checked(NewExperiment, given)
    if wrong:
        return await _show(request, app, scope, form.but(wrong))
    try:
        made = await app.records.awrite(
            lambda conn: create(
                conn, scope, wanted.name, wanted.plan, wanted.rules, clock=app.clock, places=app.trials.places
            )
        )
    except InputWrong as refused:
        return await _show(request, app, scope, form.but([refused]))
    return RedirectResponse(f"/experiments/{made.name}", status_code=303)


@routes.get("/experiments/{name}/plan")
async def draft(request: Request, app: AppDep, scope: ScopeDep, name: ExperimentName) -> Response:
    """The form of a draft."""
    one = await app.records.aread(lambda conn: find(conn, scope.workspace, name))
    form = of_experiment(one)
    return await _show(request, app, scope, form or replace(BLANK, texts={**BLANK.texts, "name": name}), draft=one)


@routes.post("/experiments/{name}/plan")
async def plan_anew(request: Request, app: AppDep, scope: ScopeDep, name: ExperimentName) -> Response:
    """Keep the plan in place of the draft's; or show the form again, with what is wrong or with what it can find."""
    one = await app.records.aread(lambda conn: find(conn, scope.workspace, name))
    fields = await request.form()
    form = typed(fields)
    form = replace(form, texts={**form.texts, "name": name})
    if fields.get("do") == "size" or (of_experiment(one) is None and one.state == "draft"):
        return await _show(request, app, scope, form, draft=one)
    given = form.given()
    await _fill_people(app, scope, given)
    # Who is the control is no field of the form.
    if one.rules.control in [each["name"] for each in given["rules"]["variants"]]:
        given["rules"]["control"] = one.rules.control
    wanted, wrong = checked(NewExperiment, given)
    if wrong:
        return await _show(request, app, scope, form.but(wrong), draft=one)
    try:
        await app.experiments.change(name, scope, rules=wanted.rules, plan=wanted.plan, places=app.trials.places)
    except InputWrong as refused:
        if refused.field != "plan":
            return await _show(request, app, scope, form.but([refused]), draft=one)
        return await _show(request, app, scope, form, draft=one, cannot=str(refused))
    return RedirectResponse(f"/experiments/{name}", status_code=303)


@routes.post("/experiments/new/power")
async def power(request: Request, app: AppDep, scope: ScopeDep) -> Response:
    """What the plan can find as it is typed now: that part of the page."""
    form = typed(await request.form())
    return render(request, "parts/power.html", await power_of(app, scope, form.given()), here="experiments")


async def power_of(app: App, scope: Scope, given: dict[str, Any]) -> PowerView:
    """What a request can find; of one that is refused, why it cannot be told."""
    if not given["plan"]["metrics"][0]["kinds"]:
        return nothing_known("Choose what is counted, and see how many people it takes.")
    sized, wrong = await _sized(app, scope, given)
    if sized is None:
        return nothing_known(f"This is drawn once the plan can be read. {wrong[0]}.")
    name = sized.metric.name
    prior = await app.records.aread(lambda conn: prior_of(conn, scope.workspace, name))
    view = power_view(sized.metric, sized.baseline, sized.sizing, sized.goal.mde, sized.goal.power)
    return view if prior is None else replace(view, prior=prior_words(prior, sized.goal.mde))


@dataclass(frozen=True, slots=True)
class _Sized:
    metric: Metric
    baseline: Baseline
    goal: Goal
    sizing: Sizing | None  # None: nothing is known


async def _sized(app: App, scope: Scope, given: dict[str, Any]) -> tuple[_Sized | None, Sequence[InputWrong]]:
    """How many people it takes, from the part of the request that this depends on; or what is wrong with that."""
    plan, metric = given["plan"], given["plan"]["metrics"][0]
    figures = {name: plan[name] for name in ("mde", "alpha", "power", "n_star") if name in plan}
    promise = {"hypothesis": "not asked for here", "metric": metric["name"], "metrics": [metric]}
    read, wrong = checked(Plan, promise | figures, under="plan.")
    rules, wrong_rules = checked(Rules, given["rules"], under="rules.")
    if read is None or rules is None:
        return None, [*wrong, *wrong_rules]
    baseline = await app.experiments.baselines.of(scope.workspace, read.metrics[0])
    goal = Goal(read.mde, read.alpha, read.power, read.n_star if "n_star" in plan else None)
    sizing = await asyncio.to_thread(size, read.metrics[0], rules, baseline, goal)
    return _Sized(read.metrics[0], baseline, goal, sizing), ()


async def _fill_people(app: App, scope: Scope, given: dict[str, Any]) -> None:
    """Where nobody said by how many people it is decided: as many as it takes, as far as that can be told."""
    if "n_star" in given["plan"] or not given["plan"]["metrics"][0]["kinds"]:
        return
    sized, _ = await _sized(app, scope, given)
    if sized is not None and sized.sizing is not None:
        given["plan"]["n_star"] = sized.sizing.n_star


async def _show(
    request: Request, app: App, scope: Scope, form: PlanForm, *, draft: Experiment | None = None, cannot: str = ""
) -> Response:
    found = await app.records.aread(lambda conn: find_learnings(conn, scope.workspace, limit=LEARNINGS))
    page = NewPage(
        form=form,
        power=await power_of(app, scope, form.given()),
        learnings=tuple(learning_line(one, app.clock.now_s()) for one in found),
        places=tuple(await app.trials.tried(scope.workspace)),
        draft="" if draft is None else draft.name,
        cannot=cannot or ("" if draft is None else _why_not_here(draft)),
    )
    status = 422 if form.errors or cannot else 200
    return render(request, "experiment_new.html", page, here="experiments", status=status)


def _why_not_here(draft: Experiment) -> str:
    if draft.state != "draft":
        return f"{draft.name} has begun, and its plan was sealed then. Stop it and plan another experiment"
    if of_experiment(draft) is None:
        return (
            f"The plan of {draft.name} holds more than this form can show, so keeping it here would lose some of it."
            " Change it where it was written, with `bowerbird experiments change` or the API"
        )
    return ""
