"""`bowerbird feed`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from bowerbird.accounts import people
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.feed import MOST, Changed, Entry, Replayed, Served
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.nouns import Scope
from bowerbird.wiring import App

__all__ = ["feed"]


def feed(
    user: Annotated[str, typer.Argument(help="Whose: the id by which events name them; `local` is you.")],
    *,
    n: Annotated[int, typer.Option("-n", "--number", min=1, max=MOST, help="Places, at most.")] = 20,
    replay: Annotated[
        str, typer.Option("--replay", metavar="SLATE", help="Instead, make that slate of theirs again.")
    ] = "",
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="AGENT", help="… as if that agent had had no say.")
    ] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Show somebody's feed, made now, or again as it was once made.

    Example: `bowerbird feed anna -n 10`
    """
    if without and not replay:
        raise InputWrong("--without is given and --replay is not: which slate is to be made again?", field="without")

    async def work(app: App) -> tuple[Served | Replayed, bool]:
        person = await app.records.awrite(
            lambda conn: people.person_of(conn, app.scope.workspace, user, clock=app.clock)
        )
        scope = Scope(app.scope.workspace, person)
        if replay:
            try:
                return await app.feeds.replay(scope, replay, without=without or ()), True
            except Changed as changed:
                raise InputWrong(str(changed), field="replay") from changed
        served = await app.feeds.slate(scope, length=n, fresh=True)
        return served, bool(served.packed.items or (await app.feeds.shelf(scope, most=1)).items)

    made, is_something_there = with_app(settings_for(data), work)
    if as_json:
        print_json(made.to_json())
        return
    if isinstance(made, Replayed):
        typer.echo("As it was given out." if made.is_same else "Not as it was given out.")
        for place, variant in made.variants.items():
            typer.echo(f"{place}: {variant}")
        _show(made.entries)
        return
    _show(made.slate.entries)
    if made.slate.entries:
        typer.echo(f"The slate is {made.slate.id}.")
    elif is_something_there:
        typer.echo(
            "Nothing left to show: all that they may see they have hidden. `/feed/data` lists it, to be shown again."
        )
    else:
        typer.echo("Nothing to show. `bowerbird crawl URL --goal …` or `bowerbird items import FILE` brings something.")


def _show(entries: Sequence[Entry]) -> None:
    for place, entry in enumerate(entries, 1):
        shares = ", ".join(
            f"{agent} {share:.2f}" for agent, share in sorted(entry.why.items(), key=lambda one: -one[1])
        )
        typer.echo(f"{place:3}. {entry.title or entry.key}")
        typer.echo(f"     {entry.score:.2f} = {shares}{' · to find out' if entry.explored else ''}")
