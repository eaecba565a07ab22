"""`bowerbird feed`."""

from typing import Annotated

import typer

from bowerbird.accounts import people
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.feed import MOST, Served
from bowerbird.kernel.nouns import Scope
from bowerbird.wiring import App

__all__ = ["feed"]


def feed(
    user: Annotated[str, typer.Argument(help="Whose: the id by which events name them; `local` is you.")],
    *,
    n: Annotated[int, typer.Option("-n", "--number", min=1, max=MOST, help="Places, at most.")] = 20,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Show somebody's feed, made now.

    Example: `bowerbird feed anna -n 10`
    """

    async def work(app: App) -> Served:
        person = await app.records.awrite(
            lambda conn: people.person_of(conn, app.scope.workspace, user, clock=app.clock)
        )
        return await app.feeds.slate(Scope(app.scope.workspace, person), length=n, fresh=True)

    served = with_app(settings_for(data), work)
    if as_json:
        print_json(served.to_json())
        return
    for place, entry in enumerate(served.slate.entries, 1):
        shares = ", ".join(
            f"{agent} {share:.2f}" for agent, share in sorted(entry.why.items(), key=lambda one: -one[1])
        )
        typer.echo(f"{place:3}. {entry.title or entry.key}")
        typer.echo(f"     {entry.score:.2f} = {shares}{' · to find out' if entry.explored else ''}")
    if not served.slate.entries:
        typer.echo("Nothing to show. `bowerbird crawl URL --goal …` or `bowerbird items import FILE` brings something.")
