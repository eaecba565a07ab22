"""
A thing and what lies around it, laid out for SVG: half of the neighbours in a column on either side, along an ellipse.

Across everything is in percent and down in pixels, as in all charts here: the picture fits any width, and its letters
are as large on a phone as anywhere. Names run outwards from their dots, one in a row on a side, so that no two meet.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from unicodedata import east_asian_width

__all__ = ["NODES", "Around", "Edge", "Graph", "Node", "lay_out", "wrapped"]

NODES: Final = 14  # around the middle
_ROW_PX: Final = 46
_MARGIN_PX: Final = 10
_LINE_PX: Final = 15
_REACH: Final = 15.0  # percent of the width from the middle to the widest dots
_LEAST: Final = 0.45  # of that for the highest and the lowest
_WORD: Final = re.compile(r"\s*(?:[^\s-]+-*|-+)")
_LABEL: Final = 14  # letters of a line of a name; two lines at most


@dataclass(frozen=True, slots=True)
class Around:
    """Something that lies around the middle."""

    id: int
    href: str
    name: str
    words: str  # what joins it with the middle, as one sentence
    kind: str = ""  # what it is to the middle, where that is known
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Node:
    """A dot with its name beside it; `lines` are centred on `y_px`."""

    href: str
    name: str
    words: str
    lines: tuple[str, ...]
    kind: str
    anchor: Literal["start", "end"]
    x_percent: float
    y_px: int
    text_dx: int
    first_line_px: int  # down to the base of the first line
    kind_px: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two dots, or from the middle to one."""

    x1_percent: float
    y1_px: int
    x2_percent: float
    y2_px: int
    name: Literal["stated", "beside", "among"]
    width_px: float


@dataclass(frozen=True, slots=True)
class Graph:
    """All of the picture."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    middle_px: int
    height_px: int
    line_px: int = _LINE_PX


def lay_out(around: Sequence[Around], pairs: Sequence[tuple[int, int, int]] = ()) -> Graph:
    """The first of `around` around the middle; `pairs` are two of them and how often they are together."""
    shown = _in_a_row(around[:NODES], pairs)
    right = shown[: (len(shown) + 1) // 2]
    left = shown[len(right) :][::-1]  # down the right side and up the left, so that what goes together stays close
    height = max(2, len(right)) * _ROW_PX + 2 * _MARGIN_PX
    nodes: dict[int, Node] = {}
    for side, column in ((1, right), (-1, left)):
        for number, one in enumerate(column):
            y = _MARGIN_PX + round((height - 2 * _MARGIN_PX) * (number + 0.5) / len(column))
            away = 2 * y / height - 1
            nodes[one.id] = _node(one, 50 + side * _REACH * max(_LEAST, math.sqrt(1 - away * away)), y, side)
    strongest = max((one.weight for one in shown), default=1)
    edges = [
        Edge(50, height // 2, nodes[one.id].x_percent, nodes[one.id].y_px, "stated" if one.kind else "beside",
             round(1 + 2 * one.weight / strongest, 1))
        for one in shown
    ]  # fmt: skip
    among = [
        Edge(nodes[a].x_percent, nodes[a].y_px, nodes[b].x_percent, nodes[b].y_px, "among", 1)
        for a, b, _ in pairs
        if a in nodes and b in nodes
    ]
    return Graph(
        nodes=tuple(nodes[one.id] for one in shown),
        edges=(*among[:NODES], *edges),
        middle_px=height // 2,
        height_px=height,
    )


def _in_a_row(around: Sequence[Around], pairs: Sequence[tuple[int, int, int]]) -> list[Around]:
    """The strongest first, then each time the one that is most together with the last."""
    together: Mapping[frozenset[int], int] = {frozenset((a, b)): count for a, b, count in pairs}
    left = list(around)
    row: list[Around] = left[:1]
    del left[:1]
    while left:
        last = row[-1].id
        # `max` keeps the first of equals, so that the same graph is drawn the same way each time.
        following = max(left, key=lambda one: together.get(frozenset((last, one.id)), 0))
        left.remove(following)
        row.append(following)
    return row


def _node(one: Around, x: float, y: int, side: int) -> Node:
    lines = wrapped(one.name, _LABEL)
    rows = len(lines) + bool(one.kind)
    top = round(-(rows - 1) * _LINE_PX / 2 + 4)  # letters stand on their base line
    return Node(
        href=one.href,
        name=one.name,
        words=one.words,
        lines=lines,
        kind=one.kind,
        anchor="start" if side > 0 else "end",
        x_percent=round(x, 2),
        y_px=y,
        text_dx=side * 10,
        first_line_px=top,
        kind_px=top + len(lines) * _LINE_PX,
    )


def wrapped(name: str, width: int) -> tuple[str, ...]:
    """The name in two lines of so many letters at most; what has no room is cut, and says so."""
    lines = [""]
    for word in _WORD.findall(name) or [name]:
        if lines[-1] and _width(lines[-1] + word) > width:
            lines.append(word.lstrip())
        else:
            lines[-1] = (lines[-1] + word).lstrip()
    if len(lines) > 2:
        lines = [lines[0], f"{lines[1]} …" if _width(lines[1]) <= width - 2 else f"{lines[1]}…"]
    return tuple(_cut(line, width) for line in lines)


def _cut(line: str, width: int) -> str:
    if _width(line) <= width:
        return line
    kept = ""
    for letter in line:
        if _width(kept + letter) > width - 1:
            break
        kept += letter
    return f"{kept}…"


def _width(text: str) -> int:
    """In letters of the Latin alphabet: those of others may be twice as wide."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
