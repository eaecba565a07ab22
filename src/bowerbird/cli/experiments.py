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
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.experiments import (
    BUCKETS,
    AlwaysOn,
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
from bowerbird.experiments.statistics import Found
from bowerbird.kernel.clock import utc
from bowerbird.kernel.errors import InputWrong
from bowerbird.wiring import App

__all__ = ["app"]

app = typer.Typer(help="Put a choice to the test: who gets which variant, and what came of it.", no_args_is_help=True)

app.command("analyse")(analyse)

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
        _tell_results(came)


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
    if seen.reason is not None:
        typer.echo(f"Nothing can be told yet: {seen.reason}.")
        return
    typer.echo(f"{seen.draws} draws of {seen.people} people, each looked at {seen.looks} times; called different:")
    for kind, rates in seen.rates.items():
        typer.echo(f"  {kind:<8} {rates.at_any_time:>5.0%}  (by a test for one look: {rates.for_one_look:.0%})")
    typer.echo(f"Up to {seen.alpha:.0%} are called so by chance{'' if seen.ok else ': these are more'}.")


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
        _tell_report(seen)


def _object(file: str) -> Mapping[str, Any]:
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
        raise InputWrong(f'{file} holds no object, expected {{"name", "plan", "rules"}}')
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


def _tell_results(came: Results | None) -> None:
    if came is None:
        return
    for name, each in came.exposures.items():
        also = f", {each.multiple} of them shown another too" if each.multiple else ""
        bots = f"; {each.bots} bots left out" if each.bots else ""
        typer.echo(f"  {name:<16} {each.people:>8} people{also}{bots}")
    if came.shares.because is not None:
        typer.echo(f"  Locked: {came.shares.because}.")
    for metric, request in came.requests.items():
        means = (_mean(request["metric"], name, sums) for name, sums in request["variants"].items())
        typer.echo(f"  {metric}: {', '.join(means)}")


def _mean(kind: str, name: str, sums: Mapping[str, float]) -> str:
    below = sums["den_sum"] if kind == "ratio" else sums["n"]
    return f"{name} {sums['sum'] / below:.4g}" if below else f"{name} –"


def _tell_report(seen: Report) -> None:
    typer.echo(f"{seen.experiment}: {seen.state}, phase {seen.phase}")
    for name, each in seen.variants.items():
        bots = f"; {each.bots} bots left out" if each.bots else ""
        typer.echo(f"  {name:<16} {each.people:>8} people, {each.expected:.0f} expected{bots}")
    if seen.locked:
        typer.echo(f"Locked: {seen.locked_because}.")
        for suspect in seen.mismatch:
            typer.echo(f"  {suspect.says}")
        if not seen.mismatch:
            typer.echo("  It is alike everywhere: look at what assigns people, or loses them afterwards.")
    for metric, measured in (seen.metrics or {}).items():
        mark = ", by which it is decided" if measured.is_primary else ""
        typer.echo(f"{metric}{mark}")
        for variant, found in measured.analysis.results.items():
            typer.echo(f"  {variant:<16} {_lift(found)}")
    for one in seen.guardrails or ():
        typer.echo(f"Guardrail, {one.state}: {one.says}")
    for fading in seen.novelty or ():
        if fading.word != "none":
            typer.echo(
                f"The effect of {fading.variant} goes from {fading.early:.3g} to {fading.late:.3g}: {fading.word}"
            )
    what = f"{seen.advice.decision} {seen.advice.variant or ''}".strip()
    typer.echo(f"Advice: {what}. {'; '.join(seen.advice.reasons)}")


def _lift(found: Found) -> str:
    figure = found.headline
    if figure.lift is None or figure.ci is None or figure.ci[0] is None or figure.ci[1] is None:
        return f"– ({found.reason})"
    sure = "surely" if figure.significant else "not surely"
    return f"{figure.lift:+.2%}, from {figure.ci[0]:+.2%} to {figure.ci[1]:+.2%} at any time; {sure} different"
