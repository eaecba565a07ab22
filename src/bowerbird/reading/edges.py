"""Headers and footers: lines at the edge of many pages, always at the same height, and apart from the text."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from bowerbird.reading.glyphs import Piece
from bowerbird.reading.layout import baselines

__all__ = ["without_running_lines"]

_FEWEST_PAGES: Final = 3  # on fewer than these nothing runs
_SHARE: Final = 0.4  # of the pages that have a line at this height, apart from the text
_APART: Final = 1.35  # times the usual distance of lines
_AT_EDGE: Final = 2  # lines of a header or a footer
_LARGER: Final = 1.15  # times the size of most lines: a heading
_STEP: Final = 4.0  # points that count as the same height
_COUNTED: Final = re.compile(r"(?<![\w.])[0-9]{1,4}(?![\w.])")
_NUMBER: Final = re.compile(r"\d+|\b[ivxlc]+\b")


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line at the head or foot of a page."""

    is_head: bool
    height: int
    shape: str  # its words, numbers aside
    numbers: frozenset[int]  # in it, from the number of the page
    is_outermost: bool
    is_apart: bool
    pieces: tuple[Piece, ...]


def without_running_lines(pages: Sequence[Sequence[Piece]]) -> list[list[Piece]]:
    """The pages without what runs along their heads and feet."""
    if len(pages) < _FEWEST_PAGES or not any(pages):
        return [list(page) for page in pages]
    lines = [baselines(page) for page in pages]
    steps = [above[0].y - below[0].y for page in lines for above, below in pairwise(page)]
    size = median(piece.size for page in pages for piece in page)
    usual = median(steps) if steps else size
    edges = [_edges(page, number, size=size, usual=usual) for number, page in enumerate(lines)]
    counted: Counter[tuple[bool, int]] = Counter()
    places: Counter[tuple[bool, int]] = Counter()
    shapes: Counter[tuple[bool, int, str]] = Counter()
    for each in edges:
        places.update({(edge.is_head, edge.height) for edge in each if edge.is_apart})
        shapes.update({(edge.is_head, edge.height, edge.shape) for edge in each})
        counted.update({(edge.is_head, number) for edge in each for number in edge.numbers})
    often = max(_FEWEST_PAGES, _SHARE * len(pages))

    def runs(edge: _Edge) -> bool:
        near = range(edge.height - 1, edge.height + 2)
        same = sum(shapes[edge.is_head, height, edge.shape] for height in near)
        if same >= _FEWEST_PAGES and (edge.is_apart or same >= often):
            return True
        # Titles of chapters change; where they stand does not, and the number beside them counts the pages.
        there = sum(places[edge.is_head, height] for height in near)
        counts = any(counted[edge.is_head, number] >= often for number in edge.numbers)
        return edge.is_apart and edge.is_outermost and there >= often and (same > 1 or counts)

    found: list[list[Piece]] = []
    for page, each in zip(pages, edges, strict=True):
        # From the edge inwards: what stands inside of a line that does not run is text.
        dropped: set[int] = set()
        for is_head in (True, False):
            for edge in (edge for edge in each if edge.is_head == is_head):
                if not runs(edge):
                    break
                dropped.update(map(id, edge.pieces))
        found.append([piece for piece in page if id(piece) not in dropped])
    return found


def _edges(lines: Sequence[Sequence[Piece]], page: int, *, size: float, usual: float) -> list[_Edge]:
    """The lines at both edges of a page, from the edge inwards; none larger than the text, as headings are."""
    gaps = [above[0].y - below[0].y for above, below in pairwise(lines)]
    largest = _LARGER * size
    count = min(_AT_EDGE, max(len(lines) - 1, 1), len(lines))
    found: list[_Edge] = []
    for is_head, inwards, steps in ((True, lines, gaps), (False, lines[::-1], gaps[::-1])):
        for number, line in enumerate(inwards[:count]):
            if max(piece.size for piece in line) > largest:
                break
            # Of two lines of a header the inner one stands apart from the text, and the outer one with it.
            is_apart = any(step > _APART * usual for step in steps[number:count]) or not steps
            words = " ".join(piece.text.strip() for piece in line)
            shape = _NUMBER.sub("0", words.casefold())
            numbers = frozenset(int(each) - page for each in _COUNTED.findall(words))
            height = round(line[0].y / _STEP)
            found.append(_Edge(is_head, height, shape, numbers, number == 0, is_apart, tuple(line)))
    return found
