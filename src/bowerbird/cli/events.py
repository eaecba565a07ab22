"""`bowerbird events import`: what people did elsewhere, a line each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

import sqlalchemy as sa
import typer

from bowerbird.cli.lines import Line, read_lines
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for
from bowerbird.cli.runner import Show, display
from bowerbird.feed.event_rows import read_event
from bowerbird.feed.events import NewEvent, Outcome, keep_events
from bowerbird.kernel.clock import Clock, SystemClock
from bowerbird.kernel.errors import InputWrong
from bowerbird.records import Records, local_scope
from bowerbird.wiring import opened_records

__all__ = ["app"]

AT_ONCE: Final = 500  # lines kept in one transaction
SHOWN: Final = 20  # refused lines that are told

app = typer.Typer(help="Events: what people did with items, a line each.", no_args_is_help=True)


@dataclass(slots=True)
class _Counts:
    """What became of the lines."""

    kept: int = 0
    known: int = 0
    refused: int = 0
    first_refused: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def refuse(self, line: int, reason: str) -> None:
        """Count a refused line, and remember the first ones."""
        self.refused += 1
        if len(self.first_refused) < SHOWN:
            self.first_refused.append((line, reason))


@app.command("import")
def import_events(
    file: Annotated[str, typer.Argument(help="JSON Lines; - reads standard input.", show_default=False)],
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Bring in events, one a line: `{"person", "item", "kind", "at"}` and what else is known of each.

    A line that cannot be kept is refused and told, the others are kept; the same file again changes nothing.

    Example: `bowerbird events import clicks.jsonl`
    """
    clock = SystemClock()
    counts = _Counts()
    with (
        opened_records(settings_for(data)) as records,
        read_lines(file) as (lines, total),
        display(quiet=as_json) as show,
    ):
        workspace = records.write(lambda conn: local_scope(conn, clock).workspace)
        for some in _parts(lines):
            _keep(records, workspace, some, counts, clock)
            _progress(show, counts, total)
    _tell(counts, as_json=as_json)


def _parts(lines: Iterator[Line]) -> Iterator[Sequence[Line]]:
    some: list[Line] = []
    for line in lines:
        some.append(line)
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _keep(records: Records, workspace: str, lines: Sequence[Line], counts: _Counts, clock: Clock) -> None:
    events: list[tuple[int, NewEvent]] = []
    for line in lines:
        try:
            events.append((line.number, read_event(line.value())))
        except InputWrong as wrong:
            counts.refuse(line.number, str(wrong))

    def keep(conn: sa.Connection) -> list[Outcome]:
        return keep_events(conn, workspace, [event for _, event in events], clock=clock)

    for (number, _), outcome in zip(events, records.write(keep), strict=True):
        match outcome.state:
            case "kept":
                counts.kept += 1
            case "known":
                counts.known += 1
            case "refused":
                counts.refuse(number, outcome.reason)


def _progress(show: Show, counts: _Counts, total: int | None) -> None:
    done = counts.kept + counts.known + counts.refused
    of_all = "" if total is None else f" of {total:,}"
    show(f"{done:,}{of_all} events · {counts.kept:,} kept · {counts.known:,} known · {counts.refused:,} refused")


def _tell(counts: _Counts, *, as_json: bool) -> None:
    first = sorted(counts.first_refused)
    if as_json:
        shown = [{"line": line, "reason": reason} for line, reason in first]
        print_json({"kept": counts.kept, "known": counts.known, "refused_count": counts.refused, "refused": shown})
        return
    typer.echo(f"{counts.kept:,} kept, {counts.known:,} known, {counts.refused:,} refused")
    for line, reason in first:
        typer.echo(f"  line {line}: {reason}", err=True)
    if counts.refused > len(first):
        typer.echo(f"  … and {counts.refused - len(first):,} more", err=True)
