"""`bowerbird experiments`: choices put to the test, from the plan to the sums that are analysed."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from pydantic import BaseModel, ConfigDict

from bowerbird.cli.analyse import analyse
from bowerbird.cli.experiment_lines import tell_always_on, tell_report, tell_results, tell_segments
from bowerbird.cli.learnings import recall, remember
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.experiments import (
    BUCKETS,
    DECISIONS,
    AlwaysOn,
    BySegment,
    Decision,
    Experiment,
    Plan,
    Report,
    Results,
    Rules,
    Tried,
    a_a,
    create,
    find,
    list_experiments,
    read,
    start,
)
from bowerbird.experiments import bucket as bucket_of
from bowerbird.experiments.plan import Name
from bowerbird.kernel.clock import utc
from bowerbird.kernel.errors import InputWrong
from bowerbird.wiring import App

__all__ = ["app"]

app = typer.Typer(help="Put a choice to the test: who gets which variant, and what came of it.", no_args_is_help=True)

app.command("analyse")(analyse)
app.command("learn")(remember)
app.command("learnings")(recall)

ExperimentName = Annotated[str, typer.Argument(help="Its name; `bowerbird experiments list` prints it.")]


class _Written(BaseModel):
    """An experiment as a file has it."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    plan: Plan
    rules: Rules


@app.command("bucket")
def bucket(
    *,
    salt: Annotated[str, typer.Option(help="What is asked of the unit.", show_default=False)],
    unit: Annotated[str, typer.Option(help="Whom or what is assigned: a person's id.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """
    Print the bucket of a unit under a salt: a whole number below 2^64, the same from every client.

    Example: `bowerbird experiments bucket --salt ranker --unit customer-42`
    """
    number = bucket_of(salt, unit)
    if as_json:
        print_json({"salt": salt, "unit": unit, "bucket": number, "share": number / BUCKETS})
    else:
        typer.echo(number)


@app.command("list")
def show_all(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    List the experiments, the newest first.

    Example: `bowerbird experiments list`
    """

    async def work(opened: App) -> list[Experiment]:
        return await opened.records.aread(lambda conn: list_experiments(conn, opened.scope.workspace))

    found = with_app(settings_for(data), work)
    if as_json:
        print_json({"experiments": [_json(one) for one in found]})
        return
    for one in found:
        began = "" if one.started_at is None else f"{utc(one.started_at):%Y-%m-%d}"
        typer.echo(f"{one.name:<24}  {one.state:<8}  {began:<10}  {one.given or '':<12}  {one.plan.hypothesis}")


@app.command("create")
def make(
    file: Annotated[str, typer.Argument(help='JSON: {"name", "plan": {…}, "rules": {…}}; "-" reads standard input.')],
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Plan an experiment: nobody is in it until it is started.

    Example: `bowerbird experiments create ranker.json`
    """
    written = read(_Written, _object(file))

    async def work(opened: App) -> Experiment:
        def keep(conn: sa.Connection) -> Experiment:
            return create(
                conn, opened.scope, written.name, written.plan, written.rules, clock=opened.clock,
                places=opened.trials.places,
            )  # fmt: skip

        return await opened.records.awrite(keep)

    _tell(with_app(settings_for(data), work), as_json=as_json)


@app.command("start")
def begin(name: ExperimentName, *, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Let people into it; what was promised is hashed, and stays.

    Example: `bowerbird experiments start feed-ranker`
    """

    async def work(opened: App) -> Experiment:
        places = opened.trials.places
        return await opened.records.awrite(
            lambda conn: start(conn, opened.scope, name, clock=opened.clock, places=places)
        )

    _tell(with_app(settings_for(data), work), as_json=as_json)


@app.command("stop")
def end(name: ExperimentName, *, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Let nobody into it any more: everybody gets the control.

    Example: `bowerbird experiments stop feed-ranker`
    """

    async def work(opened: App) -> Experiment:
        return await opened.experiments.stop(name, opened.scope)

    _tell(with_app(settings_for(data), work), as_json=as_json)


class _Changed(BaseModel):
    """What is to be other, as a file has it; a whole experiment is taken too."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    plan: Plan | None = None
    rules: Rules | None = None


@app.command("change")
def alter(
    name: ExperimentName,
    file: Annotated[
        str | None,
        typer.Argument(help='JSON: {"rules": {…}}, of a draft also {"plan": {…}}; "-" reads standard input.'),
    ] = None,
    *,
    new_phase: Annotated[bool, typer.Option("--new-phase", help="Draw everybody anew, and count from 0.")] = False,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Change who gets what, and the plan of a draft; what would move people needs --new-phase.

    Examples: `bowerbird experiments change feed-ranker ranker.json`,
    `bowerbird experiments change feed-ranker --new-phase`
    """
    given = read(_Changed, {} if file is None else _object(file, expected='{"rules"}, or {"plan", "rules"}'))
    if given.name not in (None, name):
        raise InputWrong(f"{file} is of {given.name}, and {name} is to be changed; names stay for ever", field="name")

    async def work(opened: App) -> Experiment:
        plan = given.plan
        if plan is not None:
            known = await opened.records.aread(lambda conn: find(conn, opened.scope.workspace, name))
            plan = None if plan == known.plan else plan  # a whole file is changed in its rules
        return await opened.experiments.change(
            name, opened.scope, rules=given.rules, plan=plan, new_phase=new_phase, places=opened.trials.places
        )

    _tell(with_app(settings_for(data), work), as_json=as_json)


@app.command("decide")
def settle(
    name: ExperimentName,
    decision: Annotated[str, typer.Argument(help="ship, 'roll back', wait or review.")],
    *,
    reasons: Annotated[str, typer.Option(help="Why.", show_default=False)],
    variant: Annotated[str | None, typer.Option(help="Of `ship`: what everybody gets.", show_default=False)] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Decide: `ship` and `roll back` end it, and everybody gets one variant; `wait` and `review` are written down.

    Example: `bowerbird experiments decide feed-ranker ship --variant forecast --reasons "Saves are up by 6 %."`
    """
    chosen: Decision | None = next((one for one in DECISIONS if one == decision), None)
    if chosen is None:
        raise InputWrong(f"no decision {decision[:64]!r}; expected one of {', '.join(DECISIONS)}", field="decision")

    async def work(opened: App) -> Experiment:
        return await opened.experiments.decide(name, opened.scope, chosen, reasons, variant=variant)

    _tell(with_app(settings_for(data), work), as_json=as_json)


@app.command("show")
def show(
    name: ExperimentName,
    *,
    metric: Annotated[
        str | None, typer.Option(help="Print only the sums of this metric, as `experiments analyse` takes them.")
    ] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Show an experiment and what it amounts to, counted up to now.

    Examples: `bowerbird experiments show feed-ranker`,
    `bowerbird experiments show feed-ranker --metric saved > saved.json`
    """

    async def work(opened: App) -> tuple[Experiment, Results | None]:
        workspace = opened.scope.workspace
        one = await opened.records.aread(lambda conn: find(conn, workspace, name))
        return one, await opened.experiments.results(name, workspace) if one.phase else None

    one, came = with_app(settings_for(data), work)
    if metric is not None:
        print_json(_request(one, came, metric))
    elif as_json:
        print_json(_json(one) | {"results": None if came is None else came.to_json()})
    else:
        _tell(one, as_json=False)
        tell_results(came)


@app.command("places")
def where(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    List where the product itself can be put to the test, with what it can do there.

    Example: `bowerbird experiments places`
    """

    async def work(opened: App) -> list[Tried]:
        return await opened.trials.tried(opened.scope.workspace)

    tried = with_app(settings_for(data), work)
    if as_json:
        print_json({"places": [one.to_json() for one in tried]})
        return
    for one in tried:
        runs = f" Running: {', '.join(one.running)}." if one.running else ""
        typer.echo(f"{one.place.name}: {one.place.tries}{runs}")
        for variant in one.place.variants:
            typer.echo(f"  {'*' if variant.name == one.given else ' '} {variant.name:<24} {variant.does}")
    typer.echo("* what who is in no experiment is given")


@app.command("a-a")
def nothing(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Tell how often experiments without any difference would be called significant here.

    Example: `bowerbird experiments a-a`
    """

    async def work(opened: App) -> AlwaysOn:
        return await opened.records.aread(lambda conn: a_a(conn, opened.scope.workspace, clock=opened.clock))

    seen = with_app(settings_for(data), work)
    if as_json:
        print_json(seen.to_json())
        return
    tell_always_on(seen)


@app.command("report")
def watch(
    name: ExperimentName,
    *,
    phase: Annotated[int | None, typer.Option(min=1, help="Else the last one.", show_default=False)] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Tell whether an experiment can be trusted, what it says, and what to do; look as often as you like.

    Example: `bowerbird experiments report feed-ranker`
    """

    async def work(opened: App) -> Report:
        return await opened.experiments.report(name, opened.scope.workspace, phase=phase)

    seen = with_app(settings_for(data), work)
    if as_json:
        print_json(seen.to_json())
    else:
        tell_report(seen)


@app.command("segments")
def divide(
    name: ExperimentName,
    *,
    metric: Annotated[str | None, typer.Option(help="Else the one by which it is decided.", show_default=False)] = None,
    phase: Annotated[int | None, typer.Option(min=1, help="Else the last one.", show_default=False)] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Tell whether a metric changed alike for everybody, by what was known of people when they met it.

    Example: `bowerbird experiments segments feed-ranker --metric saved`
    """

    async def work(opened: App) -> BySegment:
        return await opened.experiments.by_segment(name, opened.scope.workspace, metric=metric, phase=phase)

    seen = with_app(settings_for(data), work)
    if as_json:
        print_json(seen.to_json())
    else:
        tell_segments(seen)


def _object(file: str, *, expected: str = '{"name", "plan", "rules"}') -> Mapping[str, Any]:
    """The JSON object in a file; raises InputWrong."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text()
    except (OSError, UnicodeDecodeError) as wrong:
        raise InputWrong(f"{file} cannot be read: {wrong}") from None
    try:
        value = json.loads(text)
    except ValueError as wrong:
        raise InputWrong(f"{file} is no JSON: {wrong}") from None
    if not isinstance(value, dict):
        raise InputWrong(f"{file} holds no object, expected {expected}")
    return value


def _request(one: Experiment, came: Results | None, metric: str) -> Mapping[str, Any]:
    if came is None:
        raise InputWrong(f"{one.name} is a draft, so there is nothing to analyse; start it first")
    names = [each.name for each in one.plan.metrics]
    if metric not in names:
        raise InputWrong(f"no metric {metric[:64]!r}; expected one of {', '.join(names)}", field="metric")
    if metric not in came.requests:
        raise InputWrong(f"{came.shares.because}. `bowerbird experiments report {one.name}` shows where it comes from")
    return came.requests[metric]


def _json(one: Experiment) -> dict[str, Any]:
    return {
        "name": one.name,
        "state": one.state,
        "phase": one.phase,
        "plan": one.plan.model_dump(mode="json"),
        "rules": one.rules.model_dump(mode="json"),
        "promised": one.promised,
        "keeps_its_promise": one.keeps_its_promise,
        "decision": one.decision,
        "given": one.given,
        "started_at": one.started_at,
        "stopped_at": one.stopped_at,
        "decided_at": one.decided_at,
    }


def _tell(one: Experiment, *, as_json: bool) -> None:
    if as_json:
        print_json(_json(one))
        return
    phase = f", phase {one.phase}" if one.phase else ""
    typer.echo(f"{one.name}: {one.state}{phase}. {one.plan.hypothesis}")
    if one.keeps_its_promise is False:
        typer.echo("What is stored is not what was promised at its start.", err=True)
