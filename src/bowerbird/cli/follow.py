"""`bowerbird follow`: what is asked again when what was gathered changes, and what of it is new in the feed."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from bowerbird.answer import Follow
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.feed import FollowedThing
from bowerbird.followed import Followed, begin_to_follow, list_followed, stop_followed
from bowerbird.wiring import App

__all__ = ["app"]

app = typer.Typer(
    help="Be told when an answer changes, or there is one; have what is new of a thing in the feed.",
    no_args_is_help=True,
)


@app.command("add")
def add(
    what: Annotated[
        str,
        typer.Argument(
            help="The id of an answer of yours (`bowerbird ask --json` prints it); an entity's number, a source's id or"
            " address, or a topic in your words."
        ),
    ],
    *,
    kind: Annotated[
        str, typer.Option(help="Of an answer: standing, change or gap. Else: entity, source or topic.")
    ] = "change",
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Follow an answer, a thing that pages speak of, a source, or a topic.

    Examples: `bowerbird follow add 01jxt21tx018kv3y2c3aggy176 --kind standing`,
    `bowerbird follow add "glass frogs" --kind topic`
    """

    async def work(opened: App) -> Followed:
        return await opened.records.awrite(
            lambda conn: begin_to_follow(conn, opened.scope, kind, what, clock=opened.clock)
        )

    _show([with_app(settings_for(data), work)], as_json=as_json)


@app.command("list")
def show(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    List what is followed, and which of it went stale.

    Example: `bowerbird follow list`
    """

    async def work(opened: App) -> list[Followed]:
        return await opened.records.aread(lambda conn: list_followed(conn, opened.scope))

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

    async def work(opened: App) -> Followed:
        return await opened.records.awrite(
            lambda conn: stop_followed(conn, opened.scope, identifier, clock=opened.clock)
        )

    _show([with_app(settings_for(data), work)], as_json=as_json)


def _show(found: Sequence[Followed], *, as_json: bool) -> None:
    if as_json:
        print_json({"follows": [_json(one) for one in found]})
        return
    for one in found:
        is_stale = isinstance(one, Follow) and one.stale_at is not None
        state = "ended" if one.ended_at is not None else "stale" if is_stale else "followed"
        text = one.text if isinstance(one, Follow) else one.name
        typer.echo(f"{one.id}  {one.kind:<8}  {state:<8}  {text}")


def _json(one: Followed) -> dict[str, Any]:
    if isinstance(one, FollowedThing):
        return {
            "follow": one.id,
            "kind": one.kind,
            one.kind: int(one.of) if one.kind == "entity" and one.of else one.of,
            "text": one.name,
            "ended_at": one.ended_at,
        }
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
