"""Boards: what a person saved is on one or on none, under names of their own that nobody else sees."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bowerbird.feed import NewEvent, export, forget, keep_events
from bowerbird.feed.boards import (
    MAX_BOARDS,
    Board,
    boards_of_items,
    bring_back_board,
    find_board,
    list_boards,
    make_board,
    put_on_board,
    remove_board,
    rename_board,
    take_off_board,
)
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records import open_records
from bowerbird.records.saved import saved_items
from bowerbird.records.tables import board_items, boards, sources
from bowerbird.testing.builders import Library
from tests.feeding import furnish


class Desk:
    """Somebody with three items, `page-1` to `page-3`, who makes boards."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.scope = library.scope
        self.rows = furnish(library)

    def make(self, name: str) -> str:
        """The id of a new board."""
        return self.library.records.write(lambda conn: make_board(conn, self.scope, name, clock=self.library.clock)).id

    def put(self, item: str, board: str) -> Board:
        """Put an item on a board."""
        clock = self.library.clock
        clock.advance(1)
        return self.library.records.write(lambda conn: put_on_board(conn, self.scope, item, board, clock=clock))

    def remove(self, board: str) -> None:
        """Remove a board."""
        self.library.records.write(lambda conn: remove_board(conn, self.scope, board, clock=self.library.clock))

    def tell(self, kind: str, item: str) -> None:
        """Save an item, or let it go."""
        clock = self.library.clock
        clock.advance(1)
        event = NewEvent(item, kind, sender=self.scope)
        self.library.records.write(lambda conn: keep_events(conn, self.scope.workspace, [event], clock=clock))

    def counted(self, scope: Scope | None = None) -> dict[str, int]:
        """How many items are on each board, by its name."""
        found = self.library.records.read(lambda conn: list_boards(conn, scope or self.scope))
        return {one.name: one.items for one in found}

    def saved(self) -> set[int]:
        """The rows that are saved."""
        return set(self.library.records.read(lambda conn: saved_items(conn, self.scope)))


@pytest.fixture
def desk(records_url: str) -> Iterator[Desk]:
    """Fresh records."""
    records = open_records(records_url)
    yield Desk(Library(records, ManualClock()))
    records.close()


def test_an_item_is_on_the_board_that_it_was_put_on_last(desk: Desk) -> None:
    """It is saved thereby, once; to put it on another is to move it."""
    film, weddings = desk.make("Film"), desk.make("Weddings")
    desk.put("page-1", film)
    desk.put("page-2", film)
    assert desk.counted() == {"Film": 2, "Weddings": 0}
    desk.put("page-1", weddings)
    assert desk.counted() == {"Film": 1, "Weddings": 1}
    assert desk.saved() == {desk.rows["page-1"], desk.rows["page-2"]}
    placed = desk.library.records.read(lambda conn: boards_of_items(conn, desk.scope, list(desk.rows.values())))
    assert placed == {desk.rows["page-1"]: weddings, desk.rows["page-2"]: film}


def test_what_is_taken_off_stays_saved(desk: Desk) -> None:
    """Off a board that it is not on, nothing happens."""
    film, weddings = desk.make("Film"), desk.make("Weddings")
    desk.put("page-1", film)
    records = desk.library.records
    records.write(lambda conn: take_off_board(conn, desk.scope, "page-1", only=weddings))
    assert desk.counted() == {"Film": 1, "Weddings": 0}
    records.write(lambda conn: take_off_board(conn, desk.scope, "page-1"))
    assert desk.counted() == {"Film": 0, "Weddings": 0}
    assert desk.saved() == {desk.rows["page-1"]}


def test_what_is_let_go_and_saved_anew_is_on_its_board_again(desk: Desk) -> None:
    """So that the undo of a save that was let go is whole."""
    desk.put("page-1", desk.make("Film"))
    desk.tell("unsaved", "page-1")
    assert desk.counted() == {"Film": 0}
    desk.tell("saved", "page-1")
    assert desk.counted() == {"Film": 1}


def test_a_board_that_is_removed_comes_back_as_it_was(desk: Desk) -> None:
    """But for what was put on another one meanwhile; what is on it stays saved."""
    film, weddings = desk.make("Film"), desk.make("Weddings")
    for item in ("page-1", "page-2"):
        desk.put(item, film)
    desk.remove(film)
    assert desk.counted() == {"Weddings": 0}
    assert len(desk.saved()) == 2
    desk.put("page-1", weddings)
    back = desk.library.records.write(lambda conn: bring_back_board(conn, desk.scope, film))
    assert (back.name, back.items) == ("Film", 1)
    again = desk.library.records.write(lambda conn: bring_back_board(conn, desk.scope, film))
    assert again == back


def test_no_two_boards_of_a_person_have_one_name(desk: Desk) -> None:
    """Whatever its capitals and blanks; one that was removed does not come back beside its namesake."""
    film, records = desk.make("  Film   photographers "), desk.library.records
    assert desk.counted() == {"Film photographers": 0}
    with pytest.raises(InputWrong, match="already"):
        desk.make("film PHOTOGRAPHERS")
    other = desk.make("Weddings")
    with pytest.raises(InputWrong, match="already"):
        records.write(lambda conn: rename_board(conn, desk.scope, other, "Film photographers"))
    capitals = records.write(lambda conn: rename_board(conn, desk.scope, film, "FILM photographers"))
    assert capitals.name == "FILM photographers"
    desk.remove(film)
    records.write(lambda conn: rename_board(conn, desk.scope, "weddings", "film photographers"))
    with pytest.raises(InputWrong, match="already"):
        records.write(lambda conn: bring_back_board(conn, desk.scope, film))


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\x00b", "a\u202eb"])
def test_a_name_that_is_none_is_refused(desk: Desk, name: str) -> None:
    """With what was expected."""
    with pytest.raises(InputWrong, match="expected 1 to 60 printable"):
        desk.make(name)


def test_there_are_only_so_many_boards(desk: Desk) -> None:
    """A hundred; a removed one makes room."""
    made = [desk.make(f"Board {number}") for number in range(MAX_BOARDS)]
    with pytest.raises(InputWrong, match="at most 100"):
        desk.make("One more")
    desk.remove(made[0])
    desk.make("One more")


def test_nobody_has_anything_to_do_with_the_boards_of_others(desk: Desk) -> None:
    """They neither see nor change them, by id or by name, and their own may be called the same."""
    film, records, clock = desk.make("Film"), desk.library.records, desk.library.clock
    ben = replace(desk.scope, person=desk.library.person("ben"))
    for act in (
        lambda conn: find_board(conn, ben, film),
        lambda conn: find_board(conn, ben, "Film"),
        lambda conn: rename_board(conn, ben, film, "Mine"),
        lambda conn: remove_board(conn, ben, film, clock=clock),
        lambda conn: put_on_board(conn, ben, "page-1", film, clock=clock),
    ):
        with pytest.raises(NotFound):
            records.write(act)
    desk.remove(film)
    with pytest.raises(NotFound):
        records.write(lambda conn: bring_back_board(conn, ben, film))
    records.write(lambda conn: make_board(conn, ben, "Film", clock=clock))
    assert desk.counted(ben) == {"Film": 0}
    assert desk.counted() == {}


def test_what_one_may_not_see_is_on_no_board(desk: Desk) -> None:
    """It is neither counted nor exported, and cannot be put anywhere; nor what there is not."""
    film, records = desk.make("Film"), desk.library.records
    desk.put("page-1", film)
    with pytest.raises(NotFound):
        desk.put("page-99", film)
    stranger = desk.library.person("ben")
    records.write(lambda conn: conn.execute(sa.update(sources).values(private_to=stranger)))
    assert desk.counted() == {"Film": 0}
    assert records.read(lambda conn: export(conn, desk.scope))["boards"][0]["items"] == []
    with pytest.raises(NotFound):
        desk.put("page-2", film)


def test_boards_are_taken_along_and_forgotten(desk: Desk) -> None:
    """With what is on them; when the person is forgotten, none is left, also of those that they removed."""
    film, records = desk.make("Film"), desk.library.records
    desk.put("page-2", film)
    desk.put("page-1", film)
    desk.remove(desk.make("Gone"))
    (board,) = records.read(lambda conn: export(conn, desk.scope))["boards"]
    assert (board["board"], board["name"]) == (film, "Film")
    assert board["items"] == [{"item": "page-1", "title": "Note 0"}, {"item": "page-2", "title": "Note 1"}]
    records.write(lambda conn: forget(conn, desk.scope))
    for table in (boards, board_items):
        assert records.read(lambda conn, table=table: conn.execute(sa.select(table)).all()) == []  # type: ignore[misc]
