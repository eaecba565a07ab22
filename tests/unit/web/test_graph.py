"""The graph around a thing: names never meet, fit a phone, and the same is drawn the same way each time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowerbird.web.graph import NODES, Around, Graph, lay_out, wrapped

PHONE_PX = 358
LETTER_PX = 7.4  # of the 13-pixel sans at its widest, on average


def around(*names: str, kind: str = "") -> list[Around]:
    return [Around(n, f"/{n}", name, "words", kind, 1 + n % 3) for n, name in enumerate(names, start=1)]


def boxes(graph: Graph, width: int) -> list[tuple[float, float, float, float]]:
    """Where each name is: left, top, right, bottom."""
    found: list[tuple[float, float, float, float]] = []
    for node in graph.nodes:
        long = max(map(len, (*node.lines, node.kind))) * LETTER_PX
        near = width * node.x_percent / 100 + node.text_dx
        left, right = (near, near + long) if node.anchor == "start" else (near - long, near)
        top = node.y_px + node.first_line_px - 11
        found.append((left, top, right, top + 15 * (len(node.lines) + bool(node.kind))))
    return found


@given(
    st.lists(st.text("abcdefg ", min_size=1, max_size=60), min_size=1, max_size=20),
    st.sampled_from(["", "founded by"]),
    st.sampled_from([PHONE_PX, 700]),
)
def test_names_fit_and_do_not_meet(names: list[str], kind: str, width: int) -> None:
    """However many there are and however long they are, on a phone too."""
    graph = lay_out(around(*names, kind=kind))
    found = boxes(graph, width)
    assert len(found) == min(len(names), NODES)
    for n, (left, top, right, bottom) in enumerate(found):
        assert left >= 0
        assert right <= width
        assert top >= 0
        assert bottom <= graph.height_px
        for left2, top2, right2, bottom2 in found[:n]:
            assert right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top


def test_what_goes_together_stands_together() -> None:
    """Neighbours in the row are those most often together, and a line joins them."""
    names = around("a", "b", "c", "d", "e", "f")
    graph = lay_out(names, [(1, 5, 9), (5, 3, 4), (2, 99, 3)])
    by_name = {node.lines[0]: node for node in graph.nodes}
    assert [by_name[name].anchor for name in "aec"] == ["start"] * 3
    assert [edge.name for edge in graph.edges].count("among") == 2
    assert lay_out(names, [(1, 5, 9), (5, 3, 4), (2, 99, 3)]) == graph


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("oak", ("oak",)),
        ("gradient boosting", ("gradient", "boosting")),
        ("cross-validation", ("cross-", "validation")),
        ("a very long name that has no end", ("a very long", "name that has…")),
        ("supercalifragilistic", ("supercalifrag…",)),
        ("機械学習における勾配", ("機械学習にお…",)),
    ],
)
def test_a_name_has_two_lines_at_most(name: str, lines: tuple[str, ...]) -> None:
    assert wrapped(name, 14) == lines
