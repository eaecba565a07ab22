"""`bowerbird import` and its kin `bowerbird items import`."""

from pathlib import Path
from typing import Annotated, cast

import typer

from bowerbird.acquire import ImportFile, ImportRequest, check_import, coverage, request_import
from bowerbird.acquire.imports.request import FileKind
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for
from bowerbird.cli.runner import JobEnd, run_to_end
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import InputWrong
from bowerbird.records import Records, local_scope
from bowerbird.wiring import opened_records

__all__ = ["bring", "items"]

SHOWN = 20  # refused rows that a person is shown; `--json` and the job's page have all of them

items = typer.Typer(help="Items: what can be shown, searched and asked about, a line each.", no_args_is_help=True)

Name = Annotated[
    str | None,
    typer.Option(help="What to call it; the same name again brings it up to date.", show_default=False),
]
Replace = Annotated[bool, typer.Option(help="What this import does not hold leaves the source.")]


def bring(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files and folders.", show_default=False)],
    *,
    name: Name = None,
    kind: Annotated[
        str, typer.Option(help="How files are read: auto (by their names), jsonl, csv, feed, or file (a page each).")
    ] = "auto",
    replace: Replace = False,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Bring in files, folders, and rows of items, and wait until they can be found.

    Example: `bowerbird import handbook.pdf notes/ prices.csv --name office`
    """
    settings = settings_for(data)
    clock = SystemClock()
    files = [_file(path) for path in paths]
    wanted = ImportRequest(name=name or files[0].name, files=files, kind=cast("FileKind", kind), replace=replace)
    request = check_import(wanted)
    with opened_records(settings) as records:
        _source, job = records.write(lambda conn: request_import(conn, request, local_scope(conn, clock), clock))
        end = run_to_end(settings, records, job, quiet=as_json)
        refused = _refused(records, job)
    _tell(end, refused, as_json=as_json)
    if end.status != "completed":
        raise typer.Exit(1)


@items.command("import")
def import_items(
    file: Annotated[Path, typer.Argument(help="JSON Lines, CSV, RSS or Atom.", show_default=False)],
    *,
    name: Name = None,
    replace: Replace = False,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Bring in items, one a line: `{"id", "title", "text", "kind"}` and what else is known of each.

    Example: `bowerbird items import photographers.jsonl`
    """
    is_known = file.suffix.lower() in (".csv", ".tsv", ".rss", ".atom", ".xml")
    bring([file], name=name, kind="auto" if is_known else "jsonl", replace=replace, data=data, as_json=as_json)


def _file(path: Path) -> ImportFile:
    if str(path).startswith(("http:/", "https:/")):
        raise InputWrong(f"{str(path)!r} is an address: gather it with `bowerbird crawl`", field="files")
    try:
        there = path.resolve(strict=True)
    except (OSError, RuntimeError) as exc:
        seen = str(path) if len(str(path)) <= 120 else f"{str(path)[:120]}…"
        why = exc.strerror if isinstance(exc, OSError) else "a loop of links"
        raise InputWrong(f"{seen!r} cannot be read: {why}; expected a file or a folder", field="files") from None
    return ImportFile(there, there.name or "files")


def _refused(records: Records, job: str) -> list[coverage.UrlRow]:
    return records.read(lambda conn: coverage.listed(conn, job, states=("skipped",), after=0, limit=SHOWN))


def _tell(end: JobEnd, refused: list[coverage.UrlRow], *, as_json: bool) -> None:
    if as_json:
        shown = [{"where": row.where, "reason": row.reason, "detail": row.detail} for row in refused]
        print_json({**end.to_json(), "refused": shown})
        return
    pages = end.counts["pages"]
    skipped = sum(pages["skipped"].values())
    typer.echo(
        f"{end.status} in {end.counts['took_s']} s: {pages['seen']} seen, {pages['kept']} kept,"
        f" {pages['unchanged']} unchanged, {pages['deleted']} taken out, {skipped} refused;"
        f" {end.counts['passages']} passages"
    )
    for row in refused:
        typer.echo(f"  {row.where}: {row.reason}: {row.detail or ''}", err=True)
    if skipped > len(refused):
        typer.echo(f"  … and {skipped - len(refused)} more, at /v1/jobs/{end.job}/urls?state=skipped", err=True)
    if end.error:
        typer.echo(end.error, err=True)
