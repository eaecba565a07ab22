"""`bowerbird follow`: what is asked again when what was gathered changes."""

from typing import Annotated, Any

import typer

from bowerbird.answer import Follow, follow, list_follows, stop_follow
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.wiring import App

__all__ = ["app"]

app = typer.Typer(help="Be told when an answer changes, or when there is one.", no_args_is_help=True)


@app.command("add")
def add(
    question: Annotated[str, typer.Argument(help="The id of an answer of yours; `bowerbird ask --json` prints it.")],
    *,
    kind: Annotated[str, typer.Option(help="standing, change or gap.")] = "change",
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Follow an answer.

    Example: `bowerbird follow add 01jxt21tx018kv3y2c3aggy176 --kind standing`
    """

    async def work(opened: App) -> Follow:
        return await opened.records.awrite(lambda conn: follow(conn, opened.scope, kind, question, clock=opened.clock))

    _show([with_app(settings_for(data), work)], as_json=as_json)


@app.command("list")
def show(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    List what is followed, and which of it went stale.

    Example: `bowerbird follow list`
    """

    async def work(opened: App) -> list[Follow]:
        return await opened.records.aread(lambda conn: list_follows(conn, opened.scope))

    _show(with_app(settings_for(data), work), as_json=as_json)


@app.command("stop")
def stop(
    identifier: Annotated[str, typer.Argument(help="The follow; `bowerbird follow list` prints it.")],
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Follow it no longer.

    Example: `bowerbird follow stop 01jxt224ngt1k8dkebjw5z7tcg`
    """

    async def work(opened: App) -> Follow:
        return await opened.records.awrite(lambda conn: stop_follow(conn, opened.scope, identifier, clock=opened.clock))

    _show([with_app(settings_for(data), work)], as_json=as_json)


def _show(found: list[Follow], *, as_json: bool) -> None:
    if as_json:
        print_json({"follows": [_json(one) for one in found]})
        return
    for one in found:
        state = "ended" if one.ended_at is not None else "stale" if one.stale_at is not None else "followed"
        typer.echo(f"{one.id}  {one.kind:<8}  {state:<8}  {one.text}")


def _json(one: Follow) -> dict[str, Any]:
    return {
        "follow": one.id,
        "kind": one.kind,
        "question": one.question,
        "conversation": one.conversation,
        "text": one.text,
        "stale_at": one.stale_at,
        "checked_at": one.checked_at,
        "ended_at": one.ended_at,
    }
