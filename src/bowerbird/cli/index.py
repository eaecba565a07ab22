"""`bowerbird index`: the search index is derived, so it can be looked at, built anew and rolled back."""

import typer

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
    Show which generation is in use, what it holds, and what it has yet to take in.

    Example: `bowerbird index status --json`
    """
    settings = settings_for(data)
    embedder = MiniLM(threads=1)
    with opened_records(settings) as records:
        found = index_status(settings.index_dir, records, embedder)
    embedder.close()
    if as_json:
        print_json(found)
    else:
        for name, value in found.items():
            typer.echo(f"{name.replace('_', ' ')}: {value}")


@app.command()
def rebuild(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Build a new generation from the records and switch to it; whoever searches or crawls goes on meanwhile.

    Example: `bowerbird index rebuild`
    """
    settings = settings_for(data)
    embedder = MiniLM(threads=2)
    with opened_records(settings) as records:
        show = no_show if as_json else _show
        generation = rebuild_index(settings.index_dir, records, embedder, SystemClock(), show=show)
    embedder.close()
    _tell(generation, as_json=as_json)


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
