"""`bowerbird exam`."""

from datetime import UTC, datetime
from typing import Any

import typer

from bowerbird.answer.exam import exam_report, sit_and_keep
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for
from bowerbird.cli.runner import no_show
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import InputWrong
from bowerbird.knowledge import EmbeddedIndex, index_status
from bowerbird.models import MiniLM
from bowerbird.wiring import opened_records

__all__ = ["exam", "exam_in_words"]


def exam(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Ask the index in use the questions that were made from your own pages, and count what it finds.

    Example: `bowerbird exam`
    """
    settings = settings_for(data)
    embedder = MiniLM(threads=2)
    with opened_records(settings) as records:
        in_use = index_status(settings.index_dir, records, embedder)["generation"]
        if in_use is None:
            raise InputWrong("there is no index yet, expected one: `bowerbird crawl URL --goal …` gathers a site")
        index = EmbeddedIndex(settings.index_dir, model=embedder.name, dimensions=embedder.dimensions, write=False)
        show = no_show if as_json else _show
        sit_and_keep(index, in_use, records, embedder, SystemClock(), show=show)
        index.close()
        report = records.read(lambda conn: exam_report(conn, in_use))["exam"]
    embedder.close()
    if as_json:
        print_json(report)
    else:
        typer.echo(exam_in_words(report))


def exam_in_words(found: dict[str, Any] | None) -> str:
    """An exam for a person."""
    if found is None:
        return "none yet"
    at = datetime.fromtimestamp(found["at"], UTC)
    told = (
        f"generation {found['generation']} on {at:%Y-%m-%d %H:%M} UTC: of {found['asked']} questions from your own"
        f" pages it found the page of {found['found']} ({found['by_words']} by words, {found['by_meaning']} by meaning)"
        f" and cited the sentence of {found['cited']}"
    )
    if found["decision"] == "measured":
        return told
    return f"{told}; {found['decision']}{': ' if found['reason'] else ''}{found['reason']}"


def _show(words: str) -> None:
    typer.echo(words, err=True)
