"""`/v1/boards`: where somebody puts what they saved."""

from collections.abc import Sequence

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from bowerbird.feed.boards import (
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
from bowerbird.feed.listed import ItemRow
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.queries.items import list_saved

__all__ = ["BoardList", "BoardName", "BoardOut", "OnBoard", "WholeBoard", "routes"]

routes = Routes(prefix="/v1/boards", tags=["feed"])


class BoardName(BaseModel):
    """What a board is called."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="60 characters at most; no two boards of a person have the same.")


class BoardOut(BaseModel):
    """A board."""

    board: str = Field(description="Its id.")
    name: str
    items: int = Field(description="How many saved items are on it.")
    created_at: float = Field(description="In seconds since 1970 (UTC).")


class BoardList(BaseModel):
    """Somebody's boards, by their names."""

    boards: list[BoardOut]


class OnBoard(BaseModel):
    """A saved item on a board."""

    id: str
    title: str
    kind: str
    url: str
    saved_at: float = Field(description="In seconds since 1970 (UTC).")


class WholeBoard(BoardOut):
    """A board with what is on it, saved last first."""

    on_it: list[OnBoard]


@routes.get("", operation_id="list_boards", summary="List somebody's boards")
async def index(app: AppDep, scope: ScopeDep) -> BoardList:
    """Those that they made and did not remove."""
    found = await app.records.aread(lambda conn: list_boards(conn, scope))
    return BoardList(boards=[_board(one) for one in found])


@routes.post("", status_code=201, operation_id="make_board", summary="Make a board")
async def create(app: AppDep, scope: ScopeDep, wanted: BoardName) -> BoardOut:
    """An empty one."""
    return _board(await app.records.awrite(lambda conn: make_board(conn, scope, wanted.name, clock=app.clock)))


@routes.get("/{board}", operation_id="get_board", summary="See what is on a board")
async def show(app: AppDep, scope: ScopeDep, board: str) -> WholeBoard:
    """What they saved and put there, as far as they may see it."""

    def read(conn: sa.Connection) -> tuple[Board, Sequence[tuple[ItemRow, float]]]:
        saved = list_saved(conn, scope)
        one = find_board(conn, scope, board)
        placed = boards_of_items(conn, scope, [row.id for row, _ in saved])
        return one, [(row, at) for row, at in saved if placed.get(row.id) == one.id]

    one, found = await app.records.aread(read)
    on_it = [OnBoard(id=row.key, title=row.title, kind=row.kind, url=row.url, saved_at=at) for row, at in found]
    return WholeBoard(**_board(one).model_dump(), on_it=on_it)


@routes.patch("/{board}", operation_id="rename_board", summary="Call a board otherwise")
async def rename(app: AppDep, scope: ScopeDep, board: str, wanted: BoardName) -> BoardOut:
    """What is on it stays there."""
    return _board(await app.records.awrite(lambda conn: rename_board(conn, scope, board, wanted.name)))


@routes.delete("/{board}", status_code=204, operation_id="remove_board", summary="Remove a board")
async def remove(app: AppDep, scope: ScopeDep, board: str) -> None:
    """What is on it stays saved."""
    await app.records.awrite(lambda conn: remove_board(conn, scope, board, clock=app.clock))


@routes.post("/{board}/restore", operation_id="restore_board", summary="Bring a board back")
async def restore(app: AppDep, scope: ScopeDep, board: str) -> BoardOut:
    """With what is on it."""
    return _board(await app.records.awrite(lambda conn: bring_back_board(conn, scope, board)))


@routes.put("/{board}/items/{key:path}", status_code=204, operation_id="put_on_board", summary="Put an item on a board")
async def put(app: AppDep, scope: ScopeDep, board: str, key: str) -> None:
    """It is saved, if it was not, and is on no other board any more."""
    await app.records.awrite(lambda conn: put_on_board(conn, scope, key, board, clock=app.clock))


@routes.delete(
    "/{board}/items/{key:path}", status_code=204, operation_id="take_off_board", summary="Take an item off a board"
)
async def take_off(app: AppDep, scope: ScopeDep, board: str, key: str) -> None:
    """It stays saved; one that is on another board stays there."""

    def change(conn: sa.Connection) -> None:
        one = find_board(conn, scope, board)
        take_off_board(conn, scope, key, only=one.id)

    await app.records.awrite(change)


def _board(one: Board) -> BoardOut:
    return BoardOut(board=one.id, name=one.name, items=one.items, created_at=one.created_at)
