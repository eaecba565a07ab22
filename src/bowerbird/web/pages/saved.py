"""`/feed/saved`: what somebody keeps, and the boards on which they put it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.feed.boards import (
    MAX_BOARD_CHARS,
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
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.nouns import Scope
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.frame import Toast, Undo
from bowerbird.web.pages.feed import toast_of
from bowerbird.web.pages.my_feed import Kept, kept_cards
from bowerbird.web.queries.items import Said, list_saved
from bowerbird.web.render import render

__all__ = ["BoardTab", "Saved", "routes"]

_NONE: Final = "none"  # what is on no board, in the address

routes = Routes(include_in_schema=False)

Item = Annotated[str, Form(max_length=2000)]
Which = Annotated[str, Form(max_length=40)]
Name = Annotated[str, Form(max_length=500)]


@dataclass(frozen=True, slots=True)
class BoardTab:
    """A way to look at what is saved: all of it, a board, or what is on none."""

    title: str
    href: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """What somebody keeps, the newest first."""

    items: tuple[Kept, ...]
    boards: tuple[Board, ...]
    on: Mapping[int, str]  # the board of each item that is on one
    board: Board | None  # the one that is looked at
    shown: str  # the same as the address has it, which also knows what is on none
    tabs: tuple[BoardTab, ...]  # none without boards
    is_nothing: bool  # nothing is saved at all
    path: str
    most: int  # characters of a name
    error: str  # what is wrong with the name of a new board
    name: str  # that was wrong


@routes.get("/feed/saved")
async def show(
    request: Request,
    app: AppDep,
    scope: ScopeDep,
    *,
    board: Annotated[str, Query(max_length=40)] = "",
    done: str = "",
    done_item: Annotated[str, Query(alias="done-item", max_length=2000)] = "",
    done_board: Annotated[str, Query(alias="done-board", max_length=40)] = "",
    done_was: Annotated[str, Query(alias="done-was", max_length=40)] = "",
) -> Response:
    """All of it or what is on a board; what has just been done can be taken back."""
    page = await app.records.aread(lambda conn: _read(conn, scope, board, now_s=app.clock.now_s()))
    if done == "moved":
        toast: Toast | None = _moved(page, done_item, done_board, was=done_was, shown=board)
    elif done == "removed":
        undo = Undo("Undo", f"/feed/boards/{done_board}/restore")
        toast = Toast("The board is removed; what was on it stays saved.", undo)
    else:
        toast = await toast_of(app, scope, done, item=done_item, back=page.path)
    return render(request, "saved.html", page, here="feed", toast=toast)


@routes.post("/feed/boards")
async def create(request: Request, app: AppDep, scope: ScopeDep, name: Name = "") -> Response:
    """A new board, which is shown; or what is wrong with its name."""
    try:
        made = await app.records.awrite(lambda conn: make_board(conn, scope, name, clock=app.clock))
    except InputWrong as wrong:
        error, now_s = str(wrong), app.clock.now_s()
        look = partial(_read, scope=scope, chosen="", now_s=now_s, error=error, name=name[:MAX_BOARD_CHARS])
        page = await app.records.aread(look)
        return render(request, "saved.html", page, here="feed", status=422)
    return _back(made.id)


@routes.post("/feed/boards/put")
async def put(
    app: AppDep, scope: ScopeDep, *, item: Item, board: Which = "", shown: Which = "", was: Which = ""
) -> Response:
    """Put an item on a board, or on none; back to what was `shown`. `was` is the board that it was on."""

    def move(conn: sa.Connection) -> None:
        if board:
            put_on_board(conn, scope, item, board, clock=app.clock)
        else:
            take_off_board(conn, scope, item)

    await app.records.awrite(move)
    done = {"done": "moved", "done-item": item, "done-board": board, "done-was": was}
    return _back(shown, **done)


@routes.post("/feed/boards/{board}/rename")
async def rename(app: AppDep, scope: ScopeDep, board: str, name: Name = "") -> Response:
    """Call it otherwise."""
    await app.records.awrite(lambda conn: rename_board(conn, scope, board, name))
    return _back(board)


@routes.post("/feed/boards/{board}/remove")
async def remove(app: AppDep, scope: ScopeDep, board: str) -> Response:
    """What is on it stays saved."""
    await app.records.awrite(lambda conn: remove_board(conn, scope, board, clock=app.clock))
    return _back("", **{"done": "removed", "done-board": board})


@routes.post("/feed/boards/{board}/restore")
async def restore(app: AppDep, scope: ScopeDep, board: str) -> Response:
    """With what is on it."""
    await app.records.awrite(lambda conn: bring_back_board(conn, scope, board))
    return _back(board)


def _read(conn: sa.Connection, scope: Scope, chosen: str, *, now_s: float, error: str = "", name: str = "") -> Saved:
    found, boards = list_saved(conn, scope), list_boards(conn, scope)
    on = boards_of_items(conn, scope, [row.id for row, _ in found])
    board = find_board(conn, scope, chosen) if chosen not in ("", _NONE) else None
    wanted = board.id if board is not None else None
    shown = found if not chosen else [(row, at) for row, at in found if on.get(row.id) == wanted]
    return Saved(
        items=kept_cards(shown, Said(is_saved=True), now_s),
        boards=tuple(boards),
        on=on,
        board=board,
        shown=chosen,
        tabs=_tabs(found, boards, on, chosen) if boards else (),
        is_nothing=not found,
        path=_path(chosen),
        most=MAX_BOARD_CHARS,
        error=error,
        name=name,
    )


def _tabs(
    found: Sequence[tuple[ItemRow, float]], boards: Sequence[Board], on: Mapping[int, str], chosen: str
) -> tuple[BoardTab, ...]:
    counted = [
        ("", "All", len(found)),
        *((one.id, one.name, sum(on.get(row.id) == one.id for row, _ in found)) for one in boards),
        (_NONE, "On no board", sum(row.id not in on for row, _ in found)),
    ]
    return tuple(BoardTab(title, _path(which), count, which == chosen) for which, title, count in counted)


def _moved(page: Saved, item: str, board: str, *, was: str, shown: str) -> Toast:
    """Where an item has been put, and the form that puts it back."""
    names = {one.id: one.name for one in page.boards}
    told = f"It is on “{names[board]}” now." if board in names else "It is on no board now."
    fields = {"item": item, "board": was if was in names else "", "was": board, "shown": shown}
    return Toast(told, Undo("Undo", "/feed/boards/put", fields))


def _path(board: str, **more: str) -> str:
    query = urlencode({name: value for name, value in (("board", board), *more.items()) if value})
    return f"/feed/saved?{query}" if query else "/feed/saved"


def _back(board: str, **more: str) -> RedirectResponse:
    return RedirectResponse(_path(board, **more), status_code=303)
