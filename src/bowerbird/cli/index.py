"""`bowerbird index`: the search index is derived, so it can be looked at, rebuilt and rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for
from bowerbird.kernel.clock import SystemClock
from bowerbird.knowledge import index_status, rebuild_index, rollback_index
from bowerbird.models import MiniLM
from bowerbird.wiring import opened_records

__all__ = ["app"]

app = typer.Typer(help="Look at the search index, build it anew from the records, or go back to the one before.")


@app.command()
def status(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """Show the generations there are and what the live one holds."""
    settings = settings_for(data)
    with opened_records(settings) as records:
        found = index_status(settings.index_dir, records)
    if as_json:
        print_json(found)
    else:
        for name, value in found.items():
            typer.echo(f"{name}: {value}")


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """No worker writes the index meanwhile."""
    with only_worker(settings.data_dir) as is_ours:
        if not is_ours:
            raise InputWrong("index: a worker is writing it; stop `bowerbird serve` first, or use its page")
        yield


@app.command()
def rebuild(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """Build a new generation beside the live one and switch to it; readers go on meanwhile."""
    settings = settings_for(data)
    with _alone(settings), opened_records(settings) as records:
        embedder = MiniLM(threads=2)
        generation = rebuild_index(settings.index_dir, records, embedder, SystemClock())
        embedder.close()
    print_json({"generation": generation}) if as_json else typer.echo(f"generation {generation} is live")


@app.command()
def rollback(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """Go back to the generation before the live one; it catches up with the records by itself."""
    settings = settings_for(data)
    with _alone(settings):
        generation = rollback_index(settings.index_dir)
    print_json({"generation": generation}) if as_json else typer.echo(f"generation {generation} is live")
