"""Tables in a PDF: lines that follow each other and whose parts stand below each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bowerbird.reading.layout import Cell, Line

__all__ = ["Table", "table_at"]

_MAX_GAP: Final = 2.2  # between rows, times the usual distance of lines
_CELL_GAP: Final = 1.3  # between the lines of a cell, times the same


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each with as many as there are columns, and how many lines they took."""

    rows: tuple[tuple[str, ...], ...]
    lines: int


def table_at(lines: Sequence[Line], number: int, *, leading: float, joined: Callable[[str, str], str]) -> Table | None:
    """The table that begins with a line; None when it begins none. `joined` makes one text of two lines of a cell."""
    first = lines[number]
    if len(first.cells) < 2 or number + 1 == len(lines):
        return None
    rows: list[list[Cell]] = [list(first.cells)]
    whole_rows = 1
    for line in lines[number + 1 :]:
        if (line.page, line.column) != (first.page, first.column):
            break
        gap = (line.gap or 0) / line.size / leading
        is_row = len(line.cells) > 1
        if is_row and gap <= _MAX_GAP and _stands_below(rows[-1], line.cells):
            whole_rows += 1
        elif is_row or gap > _CELL_GAP or not _is_more_of_a_cell(rows, line.cells[0]):
            break
        rows.append(list(line.cells))
    columns = _columns(rows)
    if whole_rows < 2 or len(columns) < 2:
        return None
    return Table(tuple(_told(rows, columns, joined)), len(rows))


def _stands_below(above: Sequence[Cell], cells: Sequence[Cell]) -> bool:
    """Whether two cells or more stand below one each; below the rest of a single cell, whether one does."""
    below = sum(any(_overlap(cell, other) for other in above) for cell in cells)
    return below >= min(2, len(above))


def _is_more_of_a_cell(rows: Sequence[Sequence[Cell]], cell: Cell) -> bool:
    """Whether the cell goes on with one above it, right of the first column and of that alone."""
    columns = _columns(rows)
    over = [number for number, column in enumerate(columns) if _overlap(cell, Cell(*column, ""))]
    return len(over) == 1 and over[0] > 0


def _overlap(one: Cell, other: Cell) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1


def _columns(rows: Sequence[Sequence[Cell]]) -> list[tuple[float, float]]:
    """From where to where each column goes: cells that overlap are of one."""
    columns: list[tuple[float, float]] = []
    for x0, x1 in sorted((cell.x0, cell.x1) for row in rows for cell in row):
        if columns and x0 < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], x1))
        else:
            columns.append((x0, x1))
    return columns


def _told(
    rows: Sequence[Sequence[Cell]], columns: Sequence[tuple[float, float]], joined: Callable[[str, str], str]
) -> list[tuple[str, ...]]:
    """The rows; a line of one cell is joined to the row above it."""
    found: list[list[str]] = []
    for row in rows:
        texts = [""] * len(columns)
        for cell in row:
            at = next(number for number, (_, x1) in enumerate(columns) if cell.x1 <= x1)
            texts[at] = f"{texts[at]} {cell.text}".strip()
        if len(row) == 1 and found:
            found[-1] = [
                joined(one, more) if one and more else one or more for one, more in zip(found[-1], texts, strict=True)
            ]
        else:
            found.append(texts)
    return [tuple(row) for row in found]
