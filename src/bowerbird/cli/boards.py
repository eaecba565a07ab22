"""`bowerbird boards`: where you put what you saved."""

from collections.abc import Callable, Sequence
from typing import Annotated

import sqlalchemy as sa
import typer

from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.feed.boards import (
    Board,
    bring_back_board,
    export_boards,
    find_board,
    list_boards,
    make_board,
    put_on_board,
    remove_board,
    rename_board,
    take_off_board,
)
from bowerbird.wiring import App

__all__ = ["app"]

app = typer.Typer(help="Put what you saved on boards with names of your own.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="BOARD", help="Its id or its name.")]
Name = Annotated[str, typer.Argument(help="60 characters at most.")]


@app.command("list")
def show_all(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    List your boards.

    Example: `bowerbird boards list`
    """

    async def work(opened: App) -> list[Board]:
        return await opened.records.aread(lambda conn: list_boards(conn, opened.scope))

    _show(with_app(settings_for(data), work), as_json=as_json)


@app.command("show")
def show(board: Which, *, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    List the items on a board.

    Example: `bowerbird boards show "Film photographers"`
    """

    async def work(opened: App) -> tuple[Board, Sequence[dict[str, str]]]:
        def read(conn: sa.Connection) -> tuple[Board, Sequence[dict[str, str]]]:
            one = find_board(conn, opened.scope, board)
            every = export_boards(conn, opened.scope)
            return one, next(each["items"] for each in every if each["board"] == one.id)

        return await opened.records.aread(read)

    one, found = with_app(settings_for(data), work)
    if as_json:
        print_json({"board": one.id, "name": one.name, "items": list(found)})
        return
    for item in found:
        typer.echo(f"{item['item']:<20}  {item['title']}")


@app.command("make")
def make(name: Name, *, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Make a board.

    Example: `bowerbird boards make "Film photographers"`
    """
    _do(lambda conn, opened: make_board(conn, opened.scope, name, clock=opened.clock), data, as_json=as_json)


@app.command("rename")
def rename(board: Which, name: Name, *, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Call a board otherwise.

    Example: `bowerbird boards rename "Film photographers" Photographers`
    """
    _do(lambda conn, opened: rename_board(conn, opened.scope, board, name), data, as_json=as_json)


@app.command("remove")
def remove(board: Which, *, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Remove a board; what is on it stays saved.

    Example: `bowerbird boards remove Photographers`
    """
    _do(lambda conn, opened: remove_board(conn, opened.scope, board, clock=opened.clock), data, as_json=as_json)


@app.command("restore")
def restore(
    board: Annotated[str, typer.Argument(metavar="BOARD", help="Its id, which `remove` prints.")],
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Bring a board back that was removed, with what is on it.

    Example: `bowerbird boards restore 01jxt224ngt1k8dkebjw5z7tcg`
    """
    _do(lambda conn, opened: bring_back_board(conn, opened.scope, board), data, as_json=as_json)


@app.command("put")
def put(
    item: Annotated[str, typer.Argument(help="The id of an item; it is saved, if it was not.")],
    board: Annotated[str, typer.Argument(help="The board's id or name; without it the item is on none.")] = "",
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Put an item on a board, away from the one that it is on.

    Example: `bowerbird boards put page-17 "Film photographers"`
    """

    def change(conn: sa.Connection, opened: App) -> Board | None:
        if board:
            return put_on_board(conn, opened.scope, item, board, clock=opened.clock)
        take_off_board(conn, opened.scope, item)
        return None

    _do(change, data, as_json=as_json)


def _do(change: Callable[[sa.Connection, App], Board | None], data: DataDir, *, as_json: bool) -> None:
    async def work(opened: App) -> Board | None:
        return await opened.records.awrite(lambda conn: change(conn, opened))

    changed = with_app(settings_for(data), work)
    _show([] if changed is None else [changed], as_json=as_json)


def _show(found: Sequence[Board], *, as_json: bool) -> None:
    if as_json:
        boards = [
            {"board": one.id, "name": one.name, "items": one.items, "created_at": one.created_at} for one in found
        ]
        print_json({"boards": boards})
        return
    for one in found:
        typer.echo(f"{one.id}  {one.items:>5}  {one.name}")
