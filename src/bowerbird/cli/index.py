"""`bowerbird index`: the search index is derived, so it can be looked at, built anew and rolled back."""

from typing import Annotated

import typer

from bowerbird.answer.exam import ExamGate, exam_report
from bowerbird.cli.exam import exam_in_words
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for
from bowerbird.cli.runner import no_show
from bowerbird.kernel.clock import SystemClock
from bowerbird.knowledge import index_status, rebuild_index, roll_back_index
from bowerbird.models import MiniLM
from bowerbird.wiring import opened_records

__all__ = ["app"]

app = typer.Typer(help="Look at the search index, build it anew from the records, or go back to the one before.")


@app.command()
def status(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Show which generation is in use, what it holds, what it has yet to take in, and how its last exam went.

    Example: `bowerbird index status --json`
    """
    settings = settings_for(data)
    embedder = MiniLM(threads=1)
    with opened_records(settings) as records:
        found = index_status(settings.index_dir, records, embedder)
        report = records.read(lambda conn: exam_report(conn, found["generation"]))
    embedder.close()
    if as_json:
        print_json({**found, **report})
        return
    for name, value in found.items():
        typer.echo(f"{name.replace('_', ' ')}: {value}")
    for name, value in report.items():
        typer.echo(f"{name.replace('_', ' ')}: {exam_in_words(value)}")


@app.command()
def rebuild(
    *,
    force: Annotated[bool, typer.Option("--force", help="Use it also when it does worse in the exam.")] = False,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Build a new generation from the records and switch to it; whoever searches or crawls goes on meanwhile.

    Both sit an exam made from your own pages first. A new one that does significantly worse is thrown away, the reason
    is told, and the exit code is 1.

    Example: `bowerbird index rebuild`
    """
    settings = settings_for(data)
    embedder, clock = MiniLM(threads=2), SystemClock()
    with opened_records(settings) as records:
        show = no_show if as_json else _show
        gate = ExamGate(settings.index_dir, records, embedder, clock, force=force, show=show)
        rebuilt = rebuild_index(settings.index_dir, records, embedder, clock, show=show, gate=gate)
    embedder.close()
    if as_json:
        print_json({"generation": rebuilt.generation, "refused": rebuilt.refused or None})
    else:
        typer.echo(f"generation {rebuilt.generation} is in use")
        if rebuilt.refused:
            typer.echo(
                f"the new one was refused: {rebuilt.refused}. `bowerbird index rebuild --force` uses it all the same.",
                err=True,
            )
    if rebuilt.refused:
        raise typer.Exit(1)


@app.command()
def rollback(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Go back to the generation before the one in use; a running worker brings it up with the records.

    Example: `bowerbird index rollback`
    """
    _tell(roll_back_index(settings_for(data).index_dir), as_json=as_json)


def _show(words: str) -> None:
    typer.echo(words, err=True)


def _tell(generation: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"generation": generation})
    else:
        typer.echo(f"generation {generation} is in use")
