"""`bowerbird eval`."""

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bowerbird.answer import Case, Evaluated, Evaluator, mean_of
from bowerbird.cli.lines import Line, read_lines
from bowerbird.cli.options import AsJson, DataDir, settings_for, with_app
from bowerbird.kernel.errors import InputWrong
from bowerbird.wiring import App

__all__ = ["evaluate"]

FIELDS = ("question", "answer", "gold", "evidence")
SHAPE = '{"question": …, "answer"?: …, "gold"?: …, "evidence"?: [TEXT, …]}'


def evaluate(
    file: Annotated[str, typer.Argument(help=f'Lines of {SHAPE}; "-" reads them as they come.')],
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Score answers: how true, how relevant, how well cited; where a line has no answer, the system is asked.

    What is true comes from the line's evidence or gold answer, else from your own pages, else from the model that is
    set, else there is no score, and the reason is told. With --json one line for each, then one with the means.
    A line that cannot be used is named on standard error, and the others go on; the exit code is then 2.

    Example: `bowerbird eval answers.jsonl --json`
    """
    settings = settings_for(data)

    async def work(app: App) -> tuple[list[Evaluated], int]:
        evaluator = Evaluator(app.asker, app.searcher, app.scope, app.clock, model=app.model)
        done: list[Evaluated] = []
        refused = 0
        with read_lines(file) as (lines, total), _progress(total) as step:
            for line in lines:
                try:
                    case = _read(line)
                    one = await evaluator.evaluate(case)
                except InputWrong as exc:
                    refused += 1
                    _refuse(line.number, str(exc), as_json=as_json)
                else:
                    done.append(one)
                    _tell(line.number, one, as_json=as_json)
                step()
        return done, refused

    done, refused = with_app(settings, work)
    _tell_mean(done, refused, as_json=as_json)
    if refused:
        raise typer.Exit(2)


def _read(line: Line) -> Case:
    """The case of a line; raises InputWrong with what is wrong with it."""
    row = line.value()
    if not isinstance(row, dict):
        raise InputWrong(f"it is {type(row).__name__}, expected an object: {SHAPE}")
    fields = cast(dict[str, Any], row)
    question = fields.get("question")
    if not isinstance(question, str) or not question.strip():
        raise InputWrong(f'"question" is {_seen(question)}, expected a text; expected fields are {", ".join(FIELDS)}')
    for name in ("answer", "gold"):
        if fields.get(name) is not None and not isinstance(fields[name], str):
            raise InputWrong(f'"{name}" is {_seen(fields[name])}, expected a text; leave it out when there is none')
    given: Any = fields.get("evidence") or []
    evidence: list[Any] | None = [given] if isinstance(given, str) else given if isinstance(given, list) else None
    if evidence is None or not all(isinstance(text, str) for text in evidence):
        raise InputWrong(f'"evidence" is {_seen(given)}, expected a list of texts')
    return Case(question, fields.get("answer"), (fields.get("gold") or "").strip() or None, tuple(evidence))


def _seen(value: object) -> str:
    return "missing" if value is None else repr(value)[:60]


def _refuse(number: int, why: str, *, as_json: bool) -> None:
    told = json.dumps({"line": number, "error": why}, ensure_ascii=False) if as_json else f"line {number}: {why}"
    typer.echo(told, err=True)


def _tell(number: int, one: Evaluated, *, as_json: bool) -> None:
    shape = one.to_json()
    if as_json:
        typer.echo(json.dumps({"line": number, **shape}, ensure_ascii=False))
    else:
        head = "abstained" if one.abstained else f"true {_figure(shape['factual_accuracy'])}"
        typer.echo(f"{head:<10} relevant {_figure(shape['relevance'])}  {one.question}")
        typer.echo(f"{'':10} {' '.join(one.answer.split())[:160]}\n{'':10} by {shape['judged_by']}: {shape['reason']}")
    sys.stdout.flush()  # whoever reads along sees each at once


def _tell_mean(done: list[Evaluated], refused: int, *, as_json: bool) -> None:
    means = mean_of(done) | {"refused": refused}
    if as_json:
        typer.echo(json.dumps({"mean": means}, ensure_ascii=False))
        return
    typer.echo("\nmean of the lines that have the figure")
    for name, value in means.items():
        typer.echo(f"  {name.replace('_', ' '):<20} {value if isinstance(value, int) else _figure(value)}")


def _figure(value: float | None) -> str:
    return " – " if value is None else f"{value:.2f}"


@contextmanager
def _progress(total: int | None) -> Generator[Callable[[], None]]:
    """How far it has come, on standard error where somebody looks."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("evaluating"),
        BarColumn(pulse_style="blue"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("evaluating", total=total)
        yield lambda: progress.advance(task)
