"""
Boards: where a person puts what they saved, under names of their own.

An item is on one board or on none, so that to put it on another is to move it. It stays saved when its board goes, and
is on its board again when it is let go and saved anew. Nobody else sees a person's boards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.feed.events import NewEvent, keep_events
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records import visible
from bowerbird.records.saved import saved_items
from bowerbird.records.tables import board_items, boards, items

__all__ = [
    "MAX_BOARD_CHARS",
    "Board",
    "boards_of_items",
    "bring_back_board",
    "export_boards",
    "find_board",
    "forget_boards",
    "list_boards",
    "make_board",
    "put_on_board",
    "remove_board",
    "rename_board",
    "take_off_board",
]

MAX_BOARDS: Final = 100
MAX_BOARD_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class Board:
    """A board, and how many saved items on it they may see."""

    id: str
    name: str
    created_at: float
    items: int


def list_boards(conn: sa.Connection, scope: Scope) -> list[Board]:
    """The person's boards, by their names."""
    counts: dict[str, int] = {}
    for board in boards_of_items(conn, scope, _seen_and_saved(conn, scope)).values():
        counts[board] = counts.get(board, 0) + 1
    rows = conn.execute(sa.select(boards).where(*_theirs(scope)))
    found = [Board(row.id, row.name, row.created_at, counts.get(row.id, 0)) for row in rows]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


def find_board(conn: sa.Connection, scope: Scope, board: str) -> Board:
    """A board of theirs by its id or its name; raises NotFound."""
    called = board.strip().casefold()
    found = list_boards(conn, scope)
    one = next((one for one in found if one.id == board), None)
    one = one or next((one for one in found if one.name.casefold() == called), None)
    if one is None:
        raise NotFound(f"no board {board[:80]!r} of yours; `bowerbird boards list` and /feed/saved show them")
    return one


def make_board(conn: sa.Connection, scope: Scope, name: str, *, clock: Clock) -> Board:
    """A new board. Raises InputWrong for a name that is none or is taken, and for one board too many."""
    there = list_boards(conn, scope)
    if len(there) >= MAX_BOARDS:
        raise InputWrong(f"you have {len(there)} boards, at most {MAX_BOARDS} are allowed: remove one first")
    called = _fitting(name, there)
    made = Board(new_id(clock), called, clock.now_s(), 0)
    values = {"id": made.id, "name": called, "created_at": made.created_at, "person": scope.person}
    conn.execute(sa.insert(boards).values(workspace=scope.workspace, **values))
    return made


def rename_board(conn: sa.Connection, scope: Scope, board: str, name: str) -> Board:
    """Call it otherwise. Raises NotFound, and InputWrong for a name that is none or is another board's."""
    one = find_board(conn, scope, board)
    called = _fitting(name, [other for other in list_boards(conn, scope) if other.id != one.id])
    conn.execute(sa.update(boards).where(boards.c.id == one.id).values(name=called))
    return find_board(conn, scope, one.id)


def remove_board(conn: sa.Connection, scope: Scope, board: str, *, clock: Clock) -> Board:
    """Remove it, as it was; what is on it stays saved. Raises NotFound."""
    one = find_board(conn, scope, board)
    conn.execute(sa.update(boards).where(boards.c.id == one.id).values(gone_at=clock.now_s()))
    return one


def bring_back_board(conn: sa.Connection, scope: Scope, board: str) -> Board:
    """
    Take `remove_board` back, with what is on it and was put on no other meanwhile.

    Raises NotFound, and InputWrong when another board has its name by now.
    """
    gone = conn.execute(
        sa.select(boards).where(
            boards.c.id == board,
            boards.c.workspace == scope.workspace,
            boards.c.person == scope.person,
            boards.c.gone_at.is_not(None),
        )
    ).one_or_none()
    if gone is not None:
        _fitting(gone.name, list_boards(conn, scope))
        conn.execute(sa.update(boards).where(boards.c.id == board).values(gone_at=None))
    return find_board(conn, scope, board)


def put_on_board(conn: sa.Connection, scope: Scope, item: str, board: str, *, clock: Clock) -> Board:
    """Put an item on a board, away from the one that it is on; it is saved, if it was not. Raises NotFound."""
    one, row = find_board(conn, scope, board), _item(conn, scope, item)
    if row not in saved_items(conn, scope):
        (kept,) = keep_events(conn, scope.workspace, [NewEvent(item, "saved", sender=scope)], clock=clock)
        if kept.state == "refused":
            raise NotFound(kept.reason)
    _take_off(conn, scope, row)
    values = {"person": scope.person, "item": row, "board": one.id, "at": clock.now_s()}
    conn.execute(sa.insert(board_items).values(values))
    return find_board(conn, scope, one.id)


def take_off_board(conn: sa.Connection, scope: Scope, item: str, *, only: str = "") -> None:
    """
    Have an item on no board, or not on the one with the id `only`; it stays saved.

    Raises NotFound for one that they may not see.
    """
    on_it = (board_items.c.board == only,) if only else ()
    _take_off(conn, scope, _item(conn, scope, item), *on_it)


def boards_of_items(conn: sa.Connection, scope: Scope, of: Sequence[int]) -> dict[int, str]:
    """On which of their boards each of these items is; those on none are left out."""
    rows = conn.execute(
        sa.select(board_items.c.item, board_items.c.board)
        .join(boards, boards.c.id == board_items.c.board)
        .where(board_items.c.person == scope.person, *_theirs(scope))
    )
    wanted = set(of)
    return {row.item: row.board for row in rows if row.item in wanted}


def export_boards(conn: sa.Connection, scope: Scope) -> list[dict[str, Any]]:
    """All of their boards with what is saved on them, as far as they may see it."""
    seen = _seen_and_saved(conn, scope)
    placed = boards_of_items(conn, scope, seen)
    theirs = items.c.id.in_(sa.select(board_items.c.item).where(board_items.c.person == scope.person))
    rows = conn.execute(sa.select(items.c.id, items.c.key, items.c.title).where(theirs).order_by(items.c.key)).all()
    return [
        {
            "board": one.id,
            "name": one.name,
            "created_at": one.created_at,
            "items": [{"item": row.key, "title": row.title} for row in rows if placed.get(row.id) == one.id],
        }
        for one in list_boards(conn, scope)
    ]


def forget_boards(conn: sa.Connection, scope: Scope) -> None:
    """Delete all of the person's boards, also those that they removed."""
    conn.execute(sa.delete(board_items).where(board_items.c.person == scope.person))
    conn.execute(sa.delete(boards).where(boards.c.person == scope.person))


def _theirs(scope: Scope) -> "tuple[sa.ColumnElement[bool], ...]":
    return boards.c.workspace == scope.workspace, boards.c.person == scope.person, boards.c.gone_at.is_(None)


def _seen_and_saved(conn: sa.Connection, scope: Scope) -> list[int]:
    saved = saved_items(conn, scope)
    on_boards = sa.select(board_items.c.item).where(board_items.c.person == scope.person)
    seen = sa.select(items.c.id).where(items.c.id.in_(on_boards), items.c.source.in_(visible(scope)))
    return [item for item in conn.execute(seen).scalars() if item in saved]


def _item(conn: sa.Connection, scope: Scope, key: str) -> int:
    found = sa.select(items.c.id).where(
        items.c.key == key.encode("utf-8", "replace").decode(),
        items.c.workspace == scope.workspace,
        items.c.source.in_(visible(scope)),
    )
    row = conn.execute(found).scalar()
    if row is None:
        raise NotFound(f"no item {key[:80]!r}; /feed shows those that there are")
    return int(row)


def _take_off(conn: sa.Connection, scope: Scope, item: int, *only: "sa.ColumnElement[bool]") -> None:
    its = board_items.c.person == scope.person, board_items.c.item == item
    conn.execute(sa.delete(board_items).where(*its, *only))


def _fitting(name: str, there: Sequence[Board]) -> str:
    called = " ".join(name.split())
    if not called or len(called) > MAX_BOARD_CHARS or not called.isprintable():
        raise InputWrong(
            f"the name {called[:40]!r} has {len(called)} characters or unprintable ones; expected 1 to"
            f" {MAX_BOARD_CHARS} printable ones",
            field="name",
        )
    if any(one.name.casefold() == called.casefold() for one in there):
        raise InputWrong(f"you have a board {called!r} already; call this one otherwise", field="name")
    return called
