"""
Small charts as numbers for SVG attributes: shares of a whole, sparklines, the map of a site.

Everything across is in percent, so that a chart fits any width without a script and without scaling its text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bowerbird.web.words import count

__all__ = ["OUTCOMES", "Cell", "Icicle", "Outcome", "Point", "Share", "Tree", "histogram", "icicle", "shares", "spark"]

Outcome = Literal["kept", "unchanged", "deleted", "skipped", "queued"]
# In the order of a bar, with the words of its legend.
OUTCOMES: Final[Mapping[Outcome, str]] = {
    "kept": "kept",
    "unchanged": "unchanged",
    "deleted": "gone",
    "skipped": "skipped",
    "queued": "waiting",
}
_ROW_PX: Final = 34
_LEAST_PERCENT: Final = 2.5  # narrower cells can neither be read nor hit
_LEVELS: Final = 5
_SPARK_BARS: Final = 12
_LABEL_CHARACTERS: Final = 28
_CHARACTER_PX: Final = 7  # of the 13-pixel sans, on average


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a whole, and where it lies in the bar."""

    name: str
    title: str
    words: str
    x_percent: float
    width_percent: float


@dataclass(frozen=True, slots=True)
class Point:
    """One bar of a sparkline."""

    x_percent: float
    width_percent: float
    y_percent: float
    height_percent: float


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder of a site: what became of all the URLs under it."""

    name: str
    path: str
    counts: Mapping[Outcome, int]
    children: Sequence["Tree"] = field(default=())

    @property
    def total(self) -> int:
        """How many URLs it holds."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Cell:
    """A folder in the map: its place, its shares, and the same in words."""

    label: str
    label_px: int  # how wide the label's ground is drawn
    words: str
    depth: int
    x_percent: float
    width_percent: float
    y_px: int
    height_px: int
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Icicle:
    """The map of a site; `cells` come in reading order, parents before children."""

    cells: tuple[Cell, ...]
    height_px: int


def shares(counts: Mapping[Outcome, int]) -> tuple[Share, ...]:
    """The outcomes that occur, as parts of their sum."""
    total = sum(counts.values())
    parts: list[Share] = []
    x = 0.0
    for name, title in OUTCOMES.items():
        number = counts.get(name, 0)
        if number:
            width = 100 * number / total
            parts.append(Share(name, title, count(number), round(x, 3), round(width, 3)))
            x += width
    return tuple(parts)


def spark(values: Sequence[float]) -> tuple[Point, ...]:
    """Bars from the bottom, the highest as high as the chart; nothing when there is nothing to compare."""
    values = values[:_SPARK_BARS]
    highest = max(values, default=0)
    if len(values) < 3 or highest <= 0:
        return ()
    step = 100 / _SPARK_BARS
    heights = [max(100 * value / highest, 4) for value in values]
    return tuple(
        Point(round(number * step, 3), round(step * 0.8, 3), round(100 - height, 2), round(height, 2))
        for number, height in enumerate(heights)
    )


def histogram(counts: Sequence[int]) -> tuple[Point, ...]:
    """A bar for each bin from the bottom, the highest as high as the chart; nothing when all bins are empty."""
    highest = max(counts, default=0)
    if highest <= 0:
        return ()
    step = 100 / len(counts)
    heights = [max(100 * number / highest, 4) if number else 0 for number in counts]
    return tuple(
        Point(round(number * step, 3), round(step * 0.85, 3), round(100 - height, 2), round(height, 2))
        for number, height in enumerate(heights)
    )


def icicle(tree: Tree) -> Icicle:
    """The map of a site: each folder under its parent, as wide as its share of the URLs."""
    cells: list[Cell] = []
    _lay(tree, 0.0, 100.0, 0, cells)
    deepest = max(cell.depth for cell in cells)
    return Icicle(tuple(cells), (deepest + 1) * _ROW_PX)


def _lay(tree: Tree, x: float, width: float, depth: int, cells: list[Cell]) -> None:
    cells.append(_cell(tree, x, width, depth))
    if depth + 1 >= _LEVELS or not tree.total:
        return
    small: list[Tree] = []
    for child in sorted(tree.children, key=lambda child: (-child.total, child.path)):
        child_width = width * child.total / tree.total
        if child_width < _LEAST_PERCENT:
            small.append(child)
            continue
        _lay(child, x, child_width, depth + 1, cells)
        x += child_width
    rest = _together(small)
    rest_width = width * rest.total / tree.total
    if rest_width >= _LEAST_PERCENT:
        cells.append(_cell(rest, x, rest_width, depth + 1))


def _together(trees: Sequence[Tree]) -> Tree:
    """Folders too small to be drawn, as one."""
    counts: dict[Outcome, int] = {}
    for tree in trees:
        for name, number in tree.counts.items():
            counts[name] = counts.get(name, 0) + number
    return Tree(f"{len(trees)} more", "", counts)


def _cell(tree: Tree, x: float, width: float, depth: int) -> Cell:
    parts = shares(tree.counts)
    told = ", ".join(f"{part.words} {part.title}" for part in parts) or "nothing yet"
    label = tree.name if len(tree.name) <= _LABEL_CHARACTERS else f"{tree.name[: _LABEL_CHARACTERS - 1]}…"
    return Cell(
        label=label,
        label_px=12 + _CHARACTER_PX * len(label),
        words=f"{tree.path or tree.name}: {told}",
        depth=depth,
        x_percent=round(x, 3),
        width_percent=round(width, 3),
        y_px=depth * _ROW_PX,
        height_px=_ROW_PX,
        shares=parts,
    )
