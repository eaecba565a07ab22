"""Laws of goal tables: a cell is what the text says there, merging twice changes nothing, no CSV runs."""

import csv
import io

from hypothesis import example, given
from hypothesis import strategies as st

from bowerbird.kernel.csvs import csv_line
from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.tables import Page, read_goal, rows_of
from bowerbird.knowledge.tables.merge import Evidence, Table

PIECES = st.sampled_from([
    "# Photographers", "## Aroha", "Name | City | Price", "Aroha | Nelson | $9", "Bea |  | $8", " | ", "City: Nelson",
    "- Price from: $900", "name: Aroha\ncity: Nelson\nprice: $9", "port (integer)", "alpha : float, default=1.0",
    "The default is 10.", "5432 by default.", "Aroha is a photographer based in Nelson.", "```", "a@b.org", "\n",
    "\n\n", "price", "is", "“x”", "é", "𝔘", ": ", "|", "(the default)",
])  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=25).map("\n".join)
GOALS = st.sampled_from([
    "photographers: name, city, price from, styles, email, born",
    "settings: name, type, default, description",
    "photographers",
])  # fmt: skip


@given(TEXTS, GOALS, st.text(max_size=20))
@example("# Photographers\nAroha is a photographer based in Nelson.\n | ", "photographers: name, city", "")
@example("# \nAroha is a photographer based in Nelson.", "photographers: name, city", "")
def test_every_cell_is_a_place_in_the_text(text: str, goal: str, title: str) -> None:
    asked = read_goal(goal)
    for row in rows_of(Page(text, title), asked):
        assert asked.fields[0].name in row.cells
        assert len(row.cells) >= 2
        for cell in row.cells.values():
            quote = text[cell.at.start : cell.at.end]
            assert 0 <= cell.at.start < cell.at.end <= len(text)
            assert quote.strip() == quote
        assert row.name == row.cells[asked.fields[0].name].at.of(text)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Aroha", "aroha", "AROHA MOANA", "b", "B", "Bea", "Beas"]),
        st.dictionaries(st.sampled_from(["city", "price"]), st.sampled_from(["x", "X", "y"]), min_size=1),
        st.integers(1, 3),
    ),
    max_size=20,
)


def taken(table: Table, rows: "list[tuple[str, dict[str, str], int]]") -> None:
    """Let the table take the rows."""
    for name, cells, page in rows:
        said = {"name": name, **cells}
        places = {
            field: Evidence(page, page, "s", Span(number, number + 1), "table", value)
            for number, (field, value) in enumerate(said.items())
        }
        table.add(name, "name", places)


@given(ROWS)
def test_merging_the_same_rows_again_changes_nothing(rows: "list[tuple[str, dict[str, str], int]]") -> None:
    once, twice = Table(), Table()
    taken(once, rows)
    taken(twice, rows)
    taken(twice, rows)
    assert [row.key for row in once.rows()] == [row.key for row in twice.rows()]
    assert len({row.key for row in once.rows()}) == len(once.rows())


@given(
    st.lists(st.one_of(st.text(max_size=12), st.sampled_from(["=1+1", " =x", "@SUM(1)", "-1", "+a", "\t=x", "-5%"])))
)
def test_no_cell_of_a_csv_is_run(cells: list[str]) -> None:
    """What is read again is the value, or the value behind an apostrophe; a number stays one."""
    line = csv_line(cells)
    (read,) = list(csv.reader(io.StringIO(line, newline=""))) if cells else ([],)
    for cell, again in zip(cells, read, strict=True):
        assert again in (cell, f"'{cell}")
        if again.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "＝"):
            assert again.strip("+-%").replace(".", "").replace(",", "").isdecimal()
