"""`bowerbird tables`: collect things from the gathered pages into tables, and take them along."""

from enum import StrEnum
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from starlette.concurrency import run_in_threadpool

from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.knowledge.tables import (
    GoalTable,
    RowText,
    change_table,
    csv_lines,
    fill_table,
    find_table,
    json_lines,
    list_tables,
    make_table,
    narrow,
    read_fields,
    read_rows,
    remove_table,
    table_json,
)
from bowerbird.wiring import App

__all__ = ["app"]

app = typer.Typer(help="Collect things into tables: a row for each, a place behind every value.", no_args_is_help=True)

Table = Annotated[str, typer.Argument(help="The table; `bowerbird tables list` prints it.")]
Fields = Annotated[
    str, typer.Option("--fields", help="Names with commas between them; the first is what it is called.")
]


class Form(StrEnum):
    """What a table is written as."""

    CSV = "csv"
    JSONL = "jsonl"


@app.command("make")
def make(
    goal: Annotated[str, typer.Argument(help="What to collect: `things: name, field, field`, or in free words.")],
    *,
    fields: Fields = "",
    shared: Annotated[bool, typer.Option("--shared", help="Everyone in the workspace may read it.")] = False,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Make a table and fill it from the gathered pages.

    Example: `bowerbird tables make "settings: name, type, default" --json`
    """

    async def work(opened: App) -> dict[str, Any]:
        chosen = read_fields(fields)
        made = await opened.records.awrite(
            lambda conn: make_table(conn, opened.scope, goal, clock=opened.clock, fields=chosen, shared=shared)
        )
        return await _filled(opened, made)

    _show(with_app(settings_for(data), work), as_json=as_json)


@app.command("list")
def show_all(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    List the tables there are.

    Example: `bowerbird tables list`
    """

    async def work(opened: App) -> list[dict[str, Any]]:
        return await opened.records.aread(
            lambda conn: [table_json(conn, opened.scope, one) for one in list_tables(conn, opened.scope)]
        )

    found = with_app(settings_for(data), work)
    if as_json:
        print_json({"tables": found})
        return
    for one in found:
        typer.echo(f"{one['table']}  {one['rows']:>5} rows  {one['status']:<8}  {one['goal']}")
    if not found:
        typer.echo('No tables. `bowerbird tables make "things: name, field"` makes one.')


@app.command("show")
def show(
    table: Table,
    *,
    only: Annotated[
        str,
        typer.Option("--only", metavar="WORDS", help="Rows that hold these words, within limits as `under $3,000`."),
    ] = "",
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Print a table as it was filled last.

    Example: `bowerbird tables show 01jxt21tx018kv3y2c3aggy176 --only "film, Melbourne, under $3,000"`
    """

    async def work(opened: App) -> dict[str, Any]:
        return await _told(opened, table, only=only)

    _show(with_app(settings_for(data), work), as_json=as_json)


@app.command("fields")
def change(
    table: Table,
    names: Annotated[str, typer.Argument(help="Names with commas between them; the first is what it is called.")],
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Give a table other fields, and fill it anew.

    Example: `bowerbird tables fields 01jxt21tx018kv3y2c3aggy176 "name, city, born (date)"`
    """

    async def work(opened: App) -> dict[str, Any]:
        chosen = read_fields(names)
        changed = await opened.records.awrite(
            lambda conn: change_table(conn, opened.scope, table, chosen, clock=opened.clock)
        )
        return await _filled(opened, changed)

    _show(with_app(settings_for(data), work), as_json=as_json)


@app.command("refresh")
def refresh(table: Table, *, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Fill a table anew; what differs is marked.

    Example: `bowerbird tables refresh 01jxt21tx018kv3y2c3aggy176`
    """

    async def work(opened: App) -> dict[str, Any]:
        return await _filled(opened, await opened.records.aread(lambda conn: find_table(conn, opened.scope, table)))

    _show(with_app(settings_for(data), work), as_json=as_json)


@app.command("export")
def export(
    table: Table,
    *,
    form: Annotated[Form, typer.Option(help="What it is written as.")] = Form.CSV,
    data: DataDir = None,
) -> None:
    """
    Write all rows of a table to standard output.

    Example: `bowerbird tables export 01jxt21tx018kv3y2c3aggy176 --form jsonl > photographers.jsonl`
    """

    async def work(opened: App) -> tuple[GoalTable, list[RowText]]:
        return await opened.records.aread(lambda conn: _whole(conn, opened, table))

    write = csv_lines if form is Form.CSV else json_lines
    for line in write(*with_app(settings_for(data), work)):
        typer.echo(line, nl=False)


@app.command("remove")
def remove(table: Table, *, data: DataDir = None) -> None:
    """
    Forget a table; the pages stay.

    Example: `bowerbird tables remove 01jxt21tx018kv3y2c3aggy176`
    """

    async def work(opened: App) -> None:
        await opened.records.awrite(lambda conn: remove_table(conn, opened.scope, table))

    with_app(settings_for(data), work)


async def _filled(opened: App, table: GoalTable) -> dict[str, Any]:
    await run_in_threadpool(fill_table, opened.records, table, clock=opened.clock)
    return await _told(opened, table.id)


async def _told(opened: App, table: str, *, only: str = "") -> dict[str, Any]:
    def look(conn: sa.Connection) -> dict[str, Any]:
        found, rows = _whole(conn, opened, table)
        rows = narrow(only, found.asked, rows)
        return table_json(conn, opened.scope, found) | {"found": [row.to_json() for row in rows]}

    return await opened.records.aread(look)


def _whole(conn: sa.Connection, opened: App, table: str) -> tuple[GoalTable, list[RowText]]:
    found = find_table(conn, opened.scope, table)
    return found, read_rows(conn, opened.scope, found)


def _show(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    typer.echo(f"{told['table']}  {told['goal']}  ({told['rows']} rows from {told['pages']} pages)")
    names = [field["name"] for field in told["fields"]]
    typer.echo(" | ".join(names))
    for row in told["found"]:
        cells = [row["cells"].get(name, {}).get("quote", "") for name in names]
        typer.echo(" | ".join(cells) + (f"  [{row['mark']}]" if row["mark"] else ""))
