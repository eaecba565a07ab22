"""
Pieces of a page as lines in reading order: columns one after the other, what stands across them between.

    title across both columns            1
    left, first line    right, first     2  4
    left, last line     right, last      3  5
    a table across both                  6

A gutter is a vertical strip of white between two sides that both read as text; recursive XY-cuts (Nagy and Seth 1984)
with one change: what crosses the gutter cuts the sides into bands, instead of hiding the gutter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from bowerbird.reading.glyphs import WIDE_GAP, WORD_GAP, Piece

__all__ = ["Cell", "Line", "baselines", "lines_of"]

_BIN: Final = 2.0  # points
_MIN_GUTTER: Final = 0.75  # of the letters' size; LaTeX sets its columns 10 points apart
_MIN_SIDE_LINES: Final = 5
_MIN_SIDE_CHARS: Final = 18  # a line on average; a column of a table has shorter ones
_MAX_CUTS: Final = 4  # of one page into ever narrower columns
_SAME_LINE: Final = 0.45


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a line that stands apart from the others."""

    x0: float
    x1: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one column of one page."""

    page: int
    column: int
    cells: tuple[Cell, ...]
    y: float
    size: float
    is_bold: bool
    is_mono: bool
    left: float  # of its column
    right: float
    gap: float | None  # from the line above in its column, baseline to baseline; None for the first

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(cell.text for cell in self.cells)

    @property
    def x0(self) -> float:
        """Where it begins."""
        return self.cells[0].x0

    @property
    def x1(self) -> float:
        """Where it ends."""
        return self.cells[-1].x1


def lines_of(pieces: Sequence[Piece], *, page: int) -> list[Line]:
    """The lines of a page in reading order."""
    found: list[Line] = []
    for number, column in enumerate(_columns(list(pieces), _MAX_CUTS)):
        found += _lines(column, page=page, column=number)
    return found


def _columns(pieces: list[Piece], cuts: int) -> list[list[Piece]]:
    """The pieces, column by column."""
    x = _gutter(pieces) if cuts else None
    if x is None:
        return [pieces] if pieces else []
    across = sorted((piece for piece in pieces if piece.x0 < x < piece.x1), key=lambda piece: -piece.y)
    beside = [piece for piece in pieces if not piece.x0 < x < piece.x1]
    found: list[list[Piece]] = []
    top = float("inf")
    group: list[Piece] = []
    for piece in [*across, None]:
        floor = -float("inf") if piece is None else piece.y
        band = [each for each in beside if floor < each.y <= top]
        # What stands on the line of a piece across belongs to that line.
        if piece is not None and group and not band:
            group.append(piece)
            top = floor
            continue
        if group:
            found += _columns(group, cuts - 1)
        sides = ([each for each in band if each.x1 <= x], [each for each in band if each.x0 >= x])
        for side in sides:
            found += _columns(side, cuts - 1)
        group = [] if piece is None else [piece]
        top = floor
    return found


def _gutter(pieces: Sequence[Piece]) -> float | None:
    """Where the widest gutter lies; None when there is none."""
    if len(pieces) < 2 * _MIN_SIDE_LINES:
        return None
    left, right = min(piece.x0 for piece in pieces), max(piece.x1 for piece in pieces)
    bins = int((right - left) / _BIN) + 1
    if not 10 < bins < 5_000:  # a sheet of ten metres is no page of text
        return None
    change = [0] * (bins + 1)
    for piece in pieces:
        change[int((piece.x0 - left) / _BIN)] += 1
        change[min(int((piece.x1 - left) / _BIN) + 1, bins)] -= 1
    over: list[int] = []
    for step in change[:bins]:
        over.append(step + (over[-1] if over else 0))
    first, last = bins * 15 // 100, bins * 85 // 100
    fewest = min(over[first:last])
    size = median(piece.size for piece in pieces)
    best: tuple[int, float] | None = None
    begin = None
    for number in range(first, last + 1):
        if number < last and over[number] == fewest:
            begin = number if begin is None else begin
        elif begin is not None:
            width, middle = number - begin, left + _BIN * (begin + number) / 2
            if width * _BIN >= _MIN_GUTTER * size and (best is None or width > best[0]):
                best = (width, middle)
            begin = None
    return best[1] if best is not None and _is_text_beside(pieces, best[1]) else None


def _is_text_beside(pieces: Sequence[Piece], x: float) -> bool:
    """Whether both sides of `x` read as columns of text, and more than what crosses it."""
    across = len(baselines([piece for piece in pieces if piece.x0 < x < piece.x1]))
    for side in ([piece for piece in pieces if piece.x1 <= x], [piece for piece in pieces if piece.x0 >= x]):
        lines = len(baselines(side))
        if lines < max(_MIN_SIDE_LINES, across):
            return False
        if sum(len(piece.text) for piece in side) / lines < _MIN_SIDE_CHARS:
            return False
    return True


def baselines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces line by line, from the top; each line from the left."""
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -piece.y):
        line = lines[-1] if lines else None
        if line is not None and line[0].y - piece.y <= _SAME_LINE * max(piece.size, line[0].size):
            line.append(piece)
        else:
            lines.append([piece])
    return [sorted(line, key=lambda piece: piece.x0) for line in lines]


def _lines(pieces: list[Piece], *, page: int, column: int) -> list[Line]:
    left, right = min(piece.x0 for piece in pieces), max(piece.x1 for piece in pieces)
    found: list[Line] = []
    for on_line in baselines(pieces):
        # What letters most of the line has, not what a footnote's number or one stressed word has.
        largest = max(on_line, key=lambda piece: (len(piece.text), piece.size))
        chars = sum(len(piece.text) for piece in on_line)
        line = Line(
            page=page,
            column=column,
            cells=_cells(on_line),
            y=largest.y,
            size=largest.size,
            is_bold=sum(len(piece.text) for piece in on_line if piece.is_bold) > 0.9 * chars,
            is_mono=sum(len(piece.text) for piece in on_line if piece.is_mono) > 0.9 * chars,
            left=left,
            right=right,
            gap=None,
        )
        found.append(replace(line, gap=found[-1].y - line.y) if found else line)
    return found


def _cells(on_line: Sequence[Piece]) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for piece in on_line:
        last = cells[-1] if cells else None
        if last is not None and piece.x0 - last.x1 <= WIDE_GAP * piece.size:
            is_apart = piece.x0 - last.x1 > WORD_GAP * piece.size and not last.text.endswith(" ")
            text = last.text + " " * is_apart + piece.text
            cells[-1] = Cell(last.x0, max(last.x1, piece.x1), text)
        else:
            cells.append(Cell(piece.x0, piece.x1, piece.text))
    return tuple(Cell(cell.x0, cell.x1, cell.text.strip()) for cell in cells)
