"""`/v1/tables`: goal tables, their rows with a place behind every cell, and the same as files."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.tables import Field as TableField
from bowerbird.knowledge.tables import (
    GoalTable,
    Kind,
    RowText,
    change_table,
    csv_lines,
    find_table,
    json_lines,
    kind_of,
    list_tables,
    make_table,
    read_rows,
    refresh_table,
    remove_table,
    share_table,
    table_json,
)
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.tables import download

__all__ = ["NewTable", "TableOut", "Tables", "WholeTable", "routes"]

routes = Routes(prefix="/v1/tables", tags=["knowledge"])

TableId = Annotated[str, Path(max_length=26, description="Its id.")]
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The rows; formulas are disarmed."}
}
_LINES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}, "description": "A row a line."}
}


class FieldIn(BaseModel):
    """A column."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=60)
    kind: Kind | None = Field(default=None, description="Without it, what the name suggests.")


class NewTable(BaseModel):
    """What to collect."""

    model_config = ConfigDict(extra="forbid")

    goal: str = Field(
        min_length=1, max_length=500, examples=["photographers: name, city, price from, styles"],
        description="The things, and after a colon their fields; in free words, fields are proposed by the pages.",
    )  # fmt: skip
    fields: list[FieldIn] = Field(default=[], max_length=20, description="The first is what a thing is called.")
    shared: bool = Field(default=False, description="Everyone in the workspace may read it.")


class TableChange(BaseModel):
    """What of a table is to be otherwise."""

    model_config = ConfigDict(extra="forbid")

    fields: list[FieldIn] | None = Field(default=None, min_length=1, max_length=20)
    shared: bool | None = None


class FieldOut(BaseModel):
    """A column."""

    name: str
    kind: Kind


class TableOut(BaseModel):
    """A table."""

    table: str = Field(description="Its id.")
    goal: str
    fields: list[FieldOut] = Field(description="Empty until they are proposed.")
    status: str = Field(description="`waiting` to be filled (anew), or `filled`.", examples=["filled"])
    shared: bool
    own: bool = Field(description="Whether it is yours to change.")
    rows: int = Field(description="Those that you may see.")
    pages: int = Field(description="That were read for it.")
    created_at: float = Field(description="Seconds since 1970, UTC.")
    filled_at: float | None


class Tables(BaseModel):
    """The tables that you may read, the newest first."""

    tables: list[TableOut]


class CellOut(BaseModel):
    """A value; `quote == version_text[start:end]`, in code points."""

    quote: str
    version: int
    start: int
    end: int
    page: int
    url: str
    title: str
    how: str = Field(description="The form in which the page says it.", examples=["table"])
    mark: str = Field(description="Since the rows before: `new`, `changed`, or empty.")
    was: str = Field(description="Of a changed one: what the page said before.")
    others: list[str] = Field(description="What other pages say instead.")


class RowOut(BaseModel):
    """A thing; a field that no page states is not there."""

    mark: str = Field(description="Since the rows before: `new`, `gone`, or empty.")
    cells: dict[str, CellOut] = Field(description="By the names of the fields.")


class WholeTable(TableOut):
    """A table with some of its rows."""

    found: list[RowOut]


@routes.get("", operation_id="list_tables", summary="List tables")
async def index(app: AppDep, scope: ScopeDep) -> Tables:
    """Your own, and those that others share."""
    found = await app.records.aread(lambda conn: [table_json(conn, scope, one) for one in list_tables(conn, scope)])
    return Tables(tables=[TableOut.model_validate(one) for one in found])


@routes.post("", status_code=201, operation_id="make_table", summary="Collect things into a table")
async def create(app: AppDep, scope: ScopeDep, wanted: NewTable) -> TableOut:
    """The table is filled by the worker, soon, and anew after each job that brings or loses pages."""
    how: dict[str, Any] = {"fields": _fields(wanted.fields), "shared": wanted.shared}
    made = await app.records.awrite(
        lambda conn: table_json(conn, scope, make_table(conn, scope, wanted.goal, clock=app.clock, **how))
    )
    return TableOut.model_validate(made)


@routes.get("/{table}", operation_id="read_table", summary="Read a table")
async def read(
    app: AppDep,
    scope: ScopeDep,
    table: TableId,
    limit: Annotated[int, Query(ge=1, le=2_000, description="Rows, at most.")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1, description="Rows to leave out first.")] = 0,
) -> WholeTable:
    """Its rows, each cell with the place that says it; what stands on pages that you may not see is not there."""

    def look(conn: sa.Connection) -> dict[str, Any]:
        found = find_table(conn, scope, table)
        rows = read_rows(conn, scope, found, limit=limit, offset=offset)
        return table_json(conn, scope, found) | {"found": [row.to_json() for row in rows]}

    return WholeTable.model_validate(await app.records.aread(look))


@routes.patch("/{table}", operation_id="change_table", summary="Change a table")
async def change(app: AppDep, scope: ScopeDep, table: TableId, wanted: TableChange) -> TableOut:
    """Other fields let it be filled anew."""

    def write(conn: sa.Connection) -> dict[str, Any]:
        found = find_table(conn, scope, table)
        if wanted.fields is not None:
            found = change_table(conn, scope, table, _fields(wanted.fields), clock=app.clock)
        if wanted.shared is not None:
            found = share_table(conn, scope, table, shared=wanted.shared, clock=app.clock)
        return table_json(conn, scope, found)

    return TableOut.model_validate(await app.records.awrite(write))


@routes.post("/{table}/refresh", status_code=202, operation_id="refresh_table", summary="Fill a table anew")
async def refresh(app: AppDep, scope: ScopeDep, table: TableId) -> TableOut:
    """What differs from the rows before is marked."""
    told = await app.records.awrite(
        lambda conn: table_json(conn, scope, refresh_table(conn, scope, table, clock=app.clock))
    )
    return TableOut.model_validate(told)


@routes.delete("/{table}", status_code=204, operation_id="remove_table", summary="Remove a table")
async def remove(app: AppDep, scope: ScopeDep, table: TableId) -> None:
    """The pages stay."""
    await app.records.awrite(lambda conn: remove_table(conn, scope, table))


@routes.get(
    "/{table}/rows.csv",
    operation_id="table_as_csv",
    summary="A table as CSV",
    responses=_CSV,
    response_class=Response,
)
async def as_csv(app: AppDep, scope: ScopeDep, table: TableId) -> Response:
    """A column a field, and beside those where each value stands."""
    # Made where it is read: the lines of two thousand rows would hold up the event loop.
    name, text = await app.records.aread(lambda conn: _written(conn, scope, table, csv_lines))
    return Response(text, media_type="text/csv; charset=utf-8", headers=download(f"{name}.csv"))


@routes.get(
    "/{table}/rows.jsonl",
    operation_id="table_as_jsonl",
    summary="A table as JSON Lines",
    responses=_LINES,
    response_class=Response,
)
async def as_json_lines(app: AppDep, scope: ScopeDep, table: TableId) -> Response:
    """A row a line, as `read_table` gives them."""
    name, text = await app.records.aread(lambda conn: _written(conn, scope, table, json_lines))
    return Response(text, media_type="application/jsonl", headers=download(f"{name}.jsonl"))


def _written(
    conn: sa.Connection, scope: Scope, table: str, form: Callable[[GoalTable, list[RowText]], Iterable[str]]
) -> tuple[str, str]:
    """The name of the table's file, and all that is in it."""
    found = find_table(conn, scope, table)
    return f"table-{found.id}", "".join(form(found, read_rows(conn, scope, found)))


def _fields(given: Sequence[FieldIn]) -> list[TableField]:
    return [TableField(one.name, one.kind or kind_of(one.name)) for one in given]
