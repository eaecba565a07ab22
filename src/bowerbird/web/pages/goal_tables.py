"""`/knowledge/tables`: what is collected from the pages, by fields; and one table, each value with where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.tables import (
    CellText,
    Field,
    GoalTable,
    RowText,
    change_table,
    count_pages,
    count_rows,
    find_table,
    kind_of,
    list_tables,
    make_table,
    read_fields,
    read_rows,
    refresh_table,
    remove_table,
    share_table,
)
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.listings import Link, Tone, page_href
from bowerbird.web.queries.sources import list_sources
from bowerbird.web.render import render
from bowerbird.web.words import Moment, host_and_path, moment, plural

__all__ = ["CellView", "RowView", "TableLine", "TableView", "TablesPage", "routes", "table_view"]

_ROWS: Final = 100  # of one page
_HOW: Final = {
    "table": "in a table",
    "definition": "as what a term means",
    "label": "under this label",
    "statement": "stated for machines",
    "sentence": "in a sentence",
    "heading": "as a heading",
    "title": "as its title",
}

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class TableLine:
    """A table in the list."""

    href: str
    goal: str
    words: str
    is_shared: bool
    filled: Moment | None


@dataclass(frozen=True, slots=True)
class TablesPage:
    """The tables there are, and the form for another."""

    tables: tuple[TableLine, ...]
    goal: str
    error: str
    has_pages: bool


@dataclass(frozen=True, slots=True)
class CellView:
    """A value, and what its mark and its evidence are called; without a value nothing is known."""

    field: str
    text: str
    href: str
    where: str
    mark: str
    was: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """A thing."""

    cells: tuple[CellView, ...]
    mark: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class TableView:
    """A table with some of its rows."""

    id: str
    goal: str
    summary: str
    columns: tuple[str, ...]
    rows: tuple[RowView, ...]
    fields: str  # as the form has them
    error: str
    is_waiting: bool
    is_first: bool  # it was never filled
    is_own: bool
    is_shared: bool
    filled: Moment | None
    since: Moment | None  # what the marks compare with
    files: tuple[Link, ...]
    newer: str
    older: str


@routes.get("/knowledge/tables")
async def index(request: Request, app: AppDep, scope: ScopeDep, goal: str = "") -> Response:
    """The list."""
    page = await app.records.aread(lambda conn: _index(conn, scope, app.clock.now_s(), goal=goal[:500]))
    return render(request, "tables.html", page, here="tables")


@routes.post("/knowledge/tables")
async def create(request: Request, app: AppDep, scope: ScopeDep, goal: Annotated[str, Form()] = "") -> Response:
    """Make a table, and go to it."""
    try:
        made = await app.records.awrite(lambda conn: make_table(conn, scope, goal, clock=app.clock))
    except InputWrong as wrong:
        told = str(wrong)
        page = await app.records.aread(
            lambda conn: _index(conn, scope, app.clock.now_s(), goal=goal[:1_000], error=told)
        )
        return render(request, "tables.html", page, here="tables", status=422)
    return _to(made.id)


@routes.get("/knowledge/tables/{table}")
async def show(
    request: Request, app: AppDep, scope: ScopeDep, table: str, offset: Annotated[int, Query(ge=0, le=10_000)] = 0
) -> Response:
    """The table."""
    return await _show(request, app, scope, table, offset=offset)


@routes.post("/knowledge/tables/{table}/fields")
async def fields(
    request: Request, app: AppDep, scope: ScopeDep, table: str, fields: Annotated[str, Form()] = ""
) -> Response:
    """Other fields; the table is filled anew."""

    def change(conn: sa.Connection) -> GoalTable:
        known = {field.name.casefold(): field for field in find_table(conn, scope, table).fields}
        # A kind that was chosen elsewhere stays with its name.
        wanted = [_kept(field, known.get(field.name.casefold())) for field in read_fields(fields)]
        return change_table(conn, scope, table, wanted, clock=app.clock)

    try:
        await app.records.awrite(change)
    except InputWrong as wrong:
        return await _show(request, app, scope, table, error=str(wrong), typed=fields[:2_000])
    return _to(table)


@routes.post("/knowledge/tables/{table}/refresh")
async def refresh(app: AppDep, scope: ScopeDep, table: str) -> Response:
    """Fill it anew."""
    await app.records.awrite(lambda conn: refresh_table(conn, scope, table, clock=app.clock))
    return _to(table)


@routes.post("/knowledge/tables/{table}/share")
async def share(app: AppDep, scope: ScopeDep, table: str) -> Response:
    """Show it to the workspace."""
    await app.records.awrite(lambda conn: share_table(conn, scope, table, shared=True, clock=app.clock))
    return _to(table)


@routes.post("/knowledge/tables/{table}/unshare")
async def unshare(app: AppDep, scope: ScopeDep, table: str) -> Response:
    """Keep it to oneself again."""
    await app.records.awrite(lambda conn: share_table(conn, scope, table, shared=False, clock=app.clock))
    return _to(table)


@routes.post("/knowledge/tables/{table}/remove")
async def remove(app: AppDep, scope: ScopeDep, table: str) -> Response:
    """Forget it."""
    await app.records.awrite(lambda conn: remove_table(conn, scope, table))
    return RedirectResponse("/knowledge/tables", status_code=303)


def table_view(
    table: GoalTable,
    rows: Sequence[RowText],
    *,
    total: int,
    pages: int,
    now_s: float,
    is_own: bool,
    offset: int = 0,
    error: str = "",
    typed: str = "",
) -> TableView:
    """The page of a table; `rows` may hold one more than is shown."""
    names = tuple(field.name for field in table.fields)
    href = f"/knowledge/tables/{table.id}"
    return TableView(
        id=table.id,
        goal=table.goal,
        summary=f"{plural(total, 'row')} from {plural(pages, 'page')} that were read" if table.filled_at else "",
        columns=names,
        rows=tuple(_row(row, names) for row in rows[:_ROWS]),
        fields=typed or ", ".join(_field_words(field) for field in table.fields),
        error=error,
        is_waiting=table.is_waiting,
        is_first=table.filled_at is None,
        is_own=is_own,
        is_shared=table.shared_at is not None,
        filled=None if table.filled_at is None else moment(table.filled_at, now_s),
        since=None if table.marked_at is None else moment(table.marked_at, now_s),
        files=(Link(f"/v1/tables/{table.id}/rows.csv", "CSV"), Link(f"/v1/tables/{table.id}/rows.jsonl", "JSON Lines")),
        newer=_part(href, max(offset - _ROWS, 0)) if offset else "",
        older=_part(href, offset + _ROWS) if len(rows) > _ROWS else "",
    )


async def _show(
    request: Request, app: Any, scope: Scope, table: str, *, offset: int = 0, error: str = "", typed: str = ""
) -> Response:
    def look(conn: sa.Connection) -> TableView:
        found = find_table(conn, scope, table)
        return table_view(
            found,
            read_rows(conn, scope, found, limit=_ROWS + 1, offset=offset),
            total=count_rows(conn, scope, found),
            pages=count_pages(conn, scope, found),
            now_s=app.clock.now_s(),
            is_own=found.person == scope.person,
            offset=offset,
            error=error,
            typed=typed,
        )

    page = await app.records.aread(look)
    return render(request, "table.html", page, here="tables", status=422 if error else 200)


def _index(conn: sa.Connection, scope: Scope, now_s: float, *, goal: str = "", error: str = "") -> TablesPage:
    lines = tuple(_line(one, count_rows(conn, scope, one), now_s) for one in list_tables(conn, scope))
    has_pages = any(source.pages for source in list_sources(conn, scope, limit=50))
    return TablesPage(lines, goal, error, has_pages)


def _line(table: GoalTable, rows: int, now_s: float) -> TableLine:
    return TableLine(
        href=f"/knowledge/tables/{table.id}",
        goal=table.goal,
        words="Waits to be filled" if table.filled_at is None else plural(rows, "row"),
        is_shared=table.shared_at is not None,
        filled=None if table.filled_at is None else moment(table.filled_at, now_s),
    )


def _row(row: RowText, names: Sequence[str]) -> RowView:
    marks: dict[str, tuple[str, Tone]] = {"new": ("new", "good"), "gone": ("gone", "warn")}
    mark, tone = marks.get(row.mark, ("", ""))
    return RowView(tuple(_cell(name, row.cells.get(name)) for name in names), mark, tone)


def _cell(name: str, cell: CellText | None) -> CellView:
    if cell is None:
        return CellView(name, "", "", "", "", "", ())
    where = f"{host_and_path(cell.url)}, {_HOW.get(cell.how, cell.how)}"
    href = page_href(cell.page, cell.version, cell.start, cell.end)
    return CellView(name, cell.quote, href, where, cell.mark, cell.was, cell.others)


def _field_words(field: Field) -> str:
    """A field as the form has it: with its kind, where the name suggests another."""
    return field.name if field.kind == kind_of(field.name) else f"{field.name} ({field.kind})"


def _kept(field: Field, known: Field | None) -> Field:
    return known if known is not None and field.kind == kind_of(field.name) else field


def _part(href: str, offset: int) -> str:
    return f"{href}?offset={offset}" if offset else href


def _to(table: str) -> Response:
    return RedirectResponse(f"/knowledge/tables/{table}", status_code=303)
