"""Tables in the records: filled, refreshed with marks, seen by who may see the pages."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import InputWrong, NotFound, Refused
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.tables import (
    Field,
    GoalTable,
    RowText,
    build,
    change_table,
    count_rows,
    csv_lines,
    fill_table,
    fill_tables,
    find_table,
    list_tables,
    make_table,
    read_rows,
    refresh_table,
    remove_table,
    rows_of,
    share_table,
    store,
)
from bowerbird.records import open_records
from bowerbird.records.tables import goal_cells, goal_rows, pages, versions
from bowerbird.testing.builders import Library

GOAL = "photographers: name, city, price"
HEAD = "# Photographers\n\nName | City | Price\n"
URL = "https://photo.example.org/"


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    records = open_records(records_url)
    yield Library(records, ManualClock())
    records.close()


def made(library: Library, goal: str = GOAL, *, shared: bool = False, scope: Scope | None = None) -> GoalTable:
    """A table that was filled."""
    library.clock.advance(1)
    whose = scope or library.scope
    table = library.records.write(lambda conn: make_table(conn, whose, goal, clock=library.clock, shared=shared))
    fill_table(library.records, table, clock=library.clock)
    return again(library, table, scope)


def again(library: Library, table: GoalTable, scope: Scope | None = None) -> GoalTable:
    return library.records.read(lambda conn: find_table(conn, scope or library.scope, table.id))


def refilled(library: Library, table: GoalTable) -> GoalTable:
    library.clock.advance(60)
    fill_table(library.records, again(library, table), clock=library.clock)
    return again(library, table)


def rows(library: Library, table: GoalTable, scope: Scope | None = None) -> list[RowText]:
    found = again(library, table, scope)
    return library.records.read(lambda conn: read_rows(conn, scope or library.scope, found))


def words(library: Library, table: GoalTable, scope: Scope | None = None) -> list[tuple[str, dict[str, str]]]:
    """Marks and values."""
    return [
        (row.mark, {name: f"{cell.quote} {cell.mark} {cell.was}".strip() for name, cell in row.cells.items()})
        for row in rows(library, table, scope)
    ]


def test_a_row_a_thing_with_a_place_behind_every_cell(library: Library) -> None:
    source = library.source()
    stored = library.page(source, URL, f"{HEAD}Aroha | Nelson | $900\nBea | | $800")
    table = made(library)
    assert words(library, table) == [
        ("", {"name": "Aroha", "city": "Nelson", "price": "$900"}),
        ("", {"name": "Bea", "price": "$800"}),
    ]
    text = library.records.read(
        lambda conn: conn.execute(sa.select(versions.c.text).where(versions.c.id == stored.version)).scalar_one()
    )
    for row in rows(library, table):
        for cell in row.cells.values():
            assert cell.quote == text[cell.start : cell.end]
            assert (cell.version, cell.page, cell.url) == (stored.version, stored.page, URL)


def test_the_same_thing_on_two_pages_is_one_row_and_what_they_say_otherwise_is_told(library: Library) -> None:
    source = library.source()
    library.page(source, f"{URL}a", f"{HEAD}Aroha | Nelson | $900")
    library.page(source, f"{URL}b", f"{HEAD}aroha | nelson | $950\nBea | Picton | $1")
    first, second = rows(library, made(library))
    assert first.cells["price"].quote == "$900"
    assert first.cells["price"].others == ("$950",)
    assert first.cells["city"].others == ()
    assert second.cells["name"].quote == "Bea"


def test_a_refresh_marks_what_came_changed_and_went(library: Library) -> None:
    source = library.source()
    library.page(source, URL, f"{HEAD}Aroha | Nelson | $900\nBea | Picton | $800")
    table = made(library)
    library.page(source, URL, f"Moved down.\n\n{HEAD}Aroha | Nelson | $950\nCid | Motueka | $700")
    table = refilled(library, table)
    marked = [
        ("", {"name": "Aroha", "city": "Nelson", "price": "$950 changed $900"}),
        ("new", {"name": "Cid", "city": "Motueka", "price": "$700"}),
        ("gone", {"name": "Bea", "city": "Picton", "price": "$800"}),
    ]
    assert words(library, table) == marked
    assert table.marked_at is not None
    assert library.records.read(lambda conn: count_rows(conn, library.scope, table)) == 2
    # Nothing new: the marks stay, though the words moved on the page.
    stored = library.page(source, URL, f"Moved again.\n\n{HEAD}Aroha | Nelson | $950\nCid | Motueka | $700")
    table = refilled(library, table)
    assert words(library, table) == marked
    assert rows(library, table)[0].cells["price"].version == stored.version
    # Something new: they are of this refresh.
    library.page(source, URL, f"{HEAD}Aroha | Nelson | $950\nCid | Motueka | $750")
    assert words(library, refilled(library, table)) == [
        ("", {"name": "Aroha", "city": "Nelson", "price": "$950"}),
        ("", {"name": "Cid", "city": "Motueka", "price": "$750 changed $700"}),
    ]


def test_other_fields_are_another_table_without_marks(library: Library) -> None:
    library.page(library.source(), URL, f"{HEAD}Aroha | Nelson | $900\nBea | Picton | $800")
    table = made(library)
    library.clock.advance(1)
    table = library.records.write(
        lambda conn: change_table(
            conn, library.scope, table.id, [Field("name"), Field("price", "amount")], clock=library.clock
        )
    )
    assert table.is_waiting
    assert words(library, refilled(library, table)) == [
        ("", {"name": "Aroha", "price": "$900"}),
        ("", {"name": "Bea", "price": "$800"}),
    ]


def test_fields_that_the_goal_does_not_name_are_proposed(library: Library) -> None:
    library.page(library.source(), URL, f"{HEAD}Aroha | Nelson | $900\nBea | Picton | $800", title="Photographers")
    table = made(library, "everything about photographers")
    assert [field.name for field in table.fields] == ["name", "city", "price"]
    assert len(rows(library, table)) == 2


def test_of_a_shared_table_everyone_sees_what_stands_on_pages_that_they_see(library: Library) -> None:
    """A cell, a row, and what is said beside it: each by its own page."""
    private = library.source("https://private.example.org/", person=library.scope.person)
    library.page(private, "https://private.example.org/p", f"{HEAD}Aroha | Nelson | $5\nSecret | Cave | $1")
    library.page(library.source(), URL, f"{HEAD}Aroha | Nelson | $900\nBea | Picton | $800")
    table = made(library, shared=True)
    ben = replace(library.scope, person=library.person("ben"))
    assert [row.cells["name"].quote for row in rows(library, table)] == ["Aroha", "Secret", "Bea"]
    seen = rows(library, table, ben)
    assert [row.cells["name"].quote for row in seen] == ["Aroha", "Bea"]
    assert seen[0].cells["price"].quote == "$900"
    assert seen[0].cells["price"].others == ()
    assert library.records.read(lambda conn: count_rows(conn, ben, table)) == 2
    assert "Secret" not in "".join(csv_lines(table, seen))
    nobody = replace(library.scope, sources=())
    assert rows(library, table, nobody) == []


def test_a_table_is_filled_from_what_its_maker_sees(library: Library) -> None:
    library.page(library.source(person=library.scope.person), URL, f"{HEAD}Aroha | Nelson | $9\nBea | Picton | $8")
    ben = replace(library.scope, person=library.person("ben"))
    table = made(library, scope=ben)
    assert rows(library, table, ben) == []


def test_a_table_of_ones_own_is_nobody_elses_until_it_is_shared(library: Library) -> None:
    table = made(library)
    ben = replace(library.scope, person=library.person("ben"))
    with pytest.raises(NotFound):
        again(library, table, ben)
    library.records.write(lambda conn: share_table(conn, library.scope, table.id, shared=True, clock=library.clock))
    assert again(library, table, ben).id == table.id
    for act in (
        lambda conn: refresh_table(conn, ben, table.id, clock=library.clock),
        lambda conn: change_table(conn, ben, table.id, [Field("x")], clock=library.clock),
        lambda conn: share_table(conn, ben, table.id, shared=False, clock=library.clock),
        lambda conn: remove_table(conn, ben, table.id),
    ):
        with pytest.raises(Refused, match="somebody else's"):
            library.records.write(act)
    library.records.write(lambda conn: share_table(conn, library.scope, table.id, shared=False, clock=library.clock))
    assert library.records.read(lambda conn: list_tables(conn, ben)) == []
    with pytest.raises(Refused, match="confined"):
        library.records.write(lambda conn: make_table(conn, replace(ben, sources=("s",)), GOAL, clock=library.clock))


def test_a_removed_table_leaves_nothing(library: Library) -> None:
    library.page(library.source(), URL, f"{HEAD}Aroha | Nelson | $900\nBea | Picton | $800")
    table = made(library)
    library.records.write(lambda conn: remove_table(conn, library.scope, table.id))
    count = sa.select(sa.func.count())
    for rest in (goal_rows, goal_cells):
        assert library.records.read(lambda conn, rest=rest: conn.execute(count.select_from(rest)).scalar_one()) == 0  # type: ignore[misc]  # a lambda's default has no type
    with pytest.raises(NotFound):
        again(library, table)


def test_there_are_only_so_many_tables_of_a_person(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_TABLES", 1)
    made(library)
    with pytest.raises(InputWrong, match="at most 1"):
        made(library)


def test_a_table_is_due_when_asked_for_and_after_a_job_that_brought_or_lost_pages(library: Library) -> None:
    clock, records = library.clock, library.records
    source = library.source()
    library.page(source, URL, f"{HEAD}Aroha | Nelson | $900\nBea | Picton | $800")
    table = records.write(lambda conn: make_table(conn, library.scope, GOAL, clock=clock))
    assert fill_tables(records, clock=clock) == 1
    assert fill_tables(records, clock=clock) == 0
    clock.advance(10)
    quiet = library.job(source, "running")
    library.url(quiet, URL, "unchanged")
    library.end_job(quiet)
    assert fill_tables(records, clock=clock) == 0
    moved = library.job(source, "running")
    library.url(moved, URL, "kept")
    library.end_job(moved)
    clock.advance(1)
    assert fill_tables(records, clock=clock) == 1
    clock.advance(1)
    records.write(lambda conn: refresh_table(conn, library.scope, table.id, clock=clock))
    clock.advance(1)
    assert (fill_tables(records, clock=clock), fill_tables(records, clock=clock)) == (1, 0)


def test_one_that_cannot_be_filled_does_not_hold_up_the_others(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, records = library.clock, library.records
    library.page(library.source(), URL, f"{HEAD}Aroha | Nelson | $900\nBea | Picton | $800")
    bad = records.write(lambda conn: make_table(conn, library.scope, "bad: name, city", clock=clock))
    good = records.write(lambda conn: make_table(conn, library.scope, GOAL, clock=clock))
    monkeypatch.setattr(build, "rows_of", lambda page, goal: 1 / 0 if goal.thing == "bad" else rows_of(page, goal))
    assert (fill_tables(records, clock=clock), fill_tables(records, clock=clock)) == (2, 0)
    assert len(rows(library, good)) == 2
    assert rows(library, bad) == []


def test_what_was_changed_while_the_pages_were_read_is_left_alone(library: Library) -> None:
    library.page(library.source(), URL, f"{HEAD}Aroha | Nelson | $900\nBea | Picton | $800")
    table = made(library)
    library.clock.advance(1)
    fields = [Field("name"), Field("city", "place")]
    library.records.write(lambda conn: change_table(conn, library.scope, table.id, fields, clock=library.clock))
    library.clock.advance(1)
    fill_table(library.records, table, clock=library.clock)  # as it was read before the change
    assert again(library, table).is_waiting
    fill_table(library.records, again(library, table), clock=library.clock, should_stop=lambda: True)
    assert again(library, table).is_waiting


def test_only_live_pages_give_rows(library: Library) -> None:
    stored = library.page(library.source(), URL, f"{HEAD}Aroha | Nelson | $900\nBea | Picton | $800")
    table = made(library)
    gone = sa.update(pages).where(pages.c.id == stored.page).values(state="gone")
    library.records.write(lambda conn: conn.execute(gone))
    assert [mark for mark, _ in words(library, refilled(library, table))] == ["gone", "gone"]
    assert words(library, refilled(library, table)) != []


def test_formulas_of_a_page_are_not_run_by_a_spreadsheet(library: Library) -> None:
    library.page(library.source(), URL, f'{HEAD}=HYPERLINK("x") | @SUM(1) | -5\nBea | Picton | $8')
    table = made(library)
    _, line, _ = csv_lines(table, rows(library, table))
    assert line.startswith('"\'=HYPERLINK(""x"")",\'@SUM(1),-5,')


def test_what_says_to_be_something_else_is_no_row_once_others_are_what_is_looked_for(library: Library) -> None:
    """A florist is no photographer beside one; where no page uses the goal's word, the word may mean them all."""
    source = library.source()
    for name, trade in (("Aroha", "photographer"), ("Fern", "florist"), ("Heron", "celebrant")):
        stated = f"name: {name}\ntype: LocalBusiness\ncity: Nelson\nprice: $9"
        text = f"# {name}\n\n{name} is a wild {trade} in Nelson.\n\n{stated}"
        library.page(source, f"{URL}{name}", text, title=name)

    assert [row.cells["name"].quote for row in rows(library, made(library))] == ["Aroha"]
    assert len(rows(library, made(library, "vendors: name, city, price"))) == 3
