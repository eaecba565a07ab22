"""Goal tables: from a goal to fields to rows, with a place in a page behind every cell (decision 0020)."""

from bowerbird.knowledge.tables.build import fill_table, fill_tables
from bowerbird.knowledge.tables.export import csv_lines, json_lines
from bowerbird.knowledge.tables.fields import KINDS, Field, Goal, Kind, kind_of, read_fields, read_goal
from bowerbird.knowledge.tables.fill import Cell, Found, Page, rows_of
from bowerbird.knowledge.tables.narrow import narrow
from bowerbird.knowledge.tables.store import (
    CellText,
    GoalTable,
    RowText,
    change_table,
    count_pages,
    count_rows,
    find_table,
    list_tables,
    make_table,
    read_rows,
    refresh_table,
    remove_table,
    share_table,
    table_json,
)

__all__ = [
    "KINDS",
    "Cell",
    "CellText",
    "Field",
    "Found",
    "Goal",
    "GoalTable",
    "Kind",
    "Page",
    "RowText",
    "change_table",
    "count_pages",
    "count_rows",
    "csv_lines",
    "fill_table",
    "fill_tables",
    "find_table",
    "json_lines",
    "kind_of",
    "list_tables",
    "make_table",
    "narrow",
    "read_fields",
    "read_goal",
    "read_rows",
    "refresh_table",
    "remove_table",
    "rows_of",
    "share_table",
    "table_json",
]
