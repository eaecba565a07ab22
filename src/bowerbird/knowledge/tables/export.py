"""A goal table as a file: CSV for spreadsheets, JSON Lines for programs. Every value says where it stands."""

import json
from collections.abc import Iterable, Iterator

from bowerbird.kernel.csvs import csv_line
from bowerbird.knowledge.tables.store import CellText, GoalTable, RowText

__all__ = ["csv_lines", "json_lines"]


def csv_lines(table: GoalTable, rows: Iterable[RowText]) -> Iterator[str]:
    """A head and a line a row: the values, what is new or gone, then where each value stands."""
    names = [field.name for field in table.fields]
    yield csv_line([*names, "mark", *(f"{name}: where" for name in names)])
    for row in rows:
        cells = [row.cells.get(name) for name in names]
        yield csv_line([*(cell.quote if cell else "" for cell in cells), row.mark, *map(_where, cells)])


def json_lines(_table: GoalTable, rows: Iterable[RowText]) -> Iterator[str]:
    """A row a line, in the API's form."""
    for row in rows:
        yield f"{json.dumps(row.to_json(), ensure_ascii=False)}\n"


def _where(cell: CellText | None) -> str:
    return "" if cell is None else f"{cell.url} version={cell.version} start={cell.start} end={cell.end}"
