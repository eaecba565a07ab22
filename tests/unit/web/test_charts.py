from hypothesis import given
from hypothesis import strategies as st

from bowerbird.web.charts import Cell, Icicle, Outcome, Point, Share, Tree, icicle, shares, spark


def _over(children: list[Tree]) -> Tree:
    counts: dict[Outcome, int] = {}
    for child in children:
        for name, number in child.counts.items():
            counts[name] = counts.get(name, 0) + number
    return Tree("folder", "/folder", counts, children)


COUNTS = st.dictionaries(
    st.sampled_from(["kept", "unchanged", "deleted", "skipped", "queued"]), st.integers(0, 10_000), max_size=5
)
TREES = st.recursive(
    st.builds(Tree, name=st.text(max_size=40), path=st.text(max_size=5), counts=COUNTS),
    lambda children: st.lists(children, max_size=5).map(_over),
    max_leaves=25,
)


def test_shares_follow_each_other_in_one_order() -> None:
    """Outcomes that did not occur take no room."""
    assert shares({"skipped": 1, "queued": 0, "kept": 3}) == (
        Share("kept", "kept", "3", 0.0, 75.0),
        Share("skipped", "skipped", "1", 75.0, 25.0),
    )


def test_shares_of_nothing_are_nothing() -> None:
    """No division by an empty whole."""
    assert shares({"kept": 0}) == ()


def test_spark_bars_stand_on_the_ground() -> None:
    """The highest fills the chart, the lowest can still be seen."""
    assert spark([4, 2, 0]) == (
        Point(0.0, 6.667, 0, 100),
        Point(8.333, 6.667, 50, 50),
        Point(16.667, 6.667, 96, 4),
    )
    assert spark([3, 3]) == ()


def test_folders_lie_under_their_parent_by_size() -> None:
    """Larger folders come first; those too small to read are drawn as one when that one is large enough."""
    small = [Tree(f"s{n}", f"/s{n}", {"skipped": 1}) for n in range(5)]
    tree = Tree("site", "/", {"kept": 90, "skipped": 5}, [*small, Tree("big", "/big", {"kept": 90})])
    told = [(cell.label, cell.depth, cell.x_percent, cell.width_percent, cell.words) for cell in icicle(tree).cells]
    assert told == [
        ("site", 0, 0.0, 100.0, "/: 90 kept, 5 skipped"),
        ("big", 1, 0.0, 94.737, "/big: 90 kept"),
        ("5 more", 1, 94.737, 5.263, "5 more: 5 skipped"),
    ]


@given(TREES)
def test_cells_stay_inside_and_apart(tree: Tree) -> None:
    """However odd the site, cells of one depth do not overlap and none leaves the chart."""
    drawn: Icicle = icicle(tree)
    by_depth: dict[int, list[Cell]] = {}
    for cell in drawn.cells:
        by_depth.setdefault(cell.depth, []).append(cell)
        assert cell.y_px + cell.height_px <= drawn.height_px
    for row in by_depth.values():
        row.sort(key=lambda cell: cell.x_percent)
        ends = [cell.x_percent + cell.width_percent for cell in row]
        starts = [cell.x_percent for cell in row[1:]] + [100.0]
        assert all(end <= start + 0.01 for end, start in zip(ends, starts, strict=True))
