"""`bowerbird follow`: what is asked again when what was gathered changes, and what of it is new in the feed."""

from collections.abc import Sequence
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from bowerbird.answer import Follow, follow, list_follows, stop_follow
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.feed import THINGS, FollowedThing, follow_thing, list_things, stop_thing
from bowerbird.kernel.errors import NotFound
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

    def begin(conn: sa.Connection, opened: App) -> Follow | FollowedThing:
        if kind in THINGS:
            return follow_thing(conn, opened.scope, kind, what, clock=opened.clock)
        return follow(conn, opened.scope, kind, what, clock=opened.clock)

    async def work(opened: App) -> Follow | FollowedThing:
        return await opened.records.awrite(lambda conn: begin(conn, opened))

    _show([with_app(settings_for(data), work)], as_json=as_json)


@app.command("list")
def show(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    List what is followed, and which of it went stale.

    Example: `bowerbird follow list`
    """

    def read(conn: sa.Connection, opened: App) -> list[Follow | FollowedThing]:
        both: list[Follow | FollowedThing] = [*list_follows(conn, opened.scope), *list_things(conn, opened.scope)]
        return sorted(both, key=lambda one: (one.created_at, one.id), reverse=True)

    async def work(opened: App) -> list[Follow | FollowedThing]:
        return await opened.records.aread(lambda conn: read(conn, opened))

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

    def end(conn: sa.Connection, opened: App) -> Follow | FollowedThing:
        try:
            return stop_thing(conn, opened.scope, identifier, clock=opened.clock)
        except NotFound:
            return stop_follow(conn, opened.scope, identifier, clock=opened.clock)

    async def work(opened: App) -> Follow | FollowedThing:
        return await opened.records.awrite(lambda conn: end(conn, opened))

    _show([with_app(settings_for(data), work)], as_json=as_json)


def _show(found: Sequence[Follow | FollowedThing], *, as_json: bool) -> None:
    if as_json:
        print_json({"follows": [_json(one) for one in found]})
        return
    for one in found:
        is_stale = isinstance(one, Follow) and one.stale_at is not None
        state = "ended" if one.ended_at is not None else "stale" if is_stale else "followed"
        text = one.text if isinstance(one, Follow) else one.name
        typer.echo(f"{one.id}  {one.kind:<8}  {state:<8}  {text}")


def _json(one: Follow | FollowedThing) -> dict[str, Any]:
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
