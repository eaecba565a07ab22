"""`bowerbird entities`."""

from typing import Annotated

import typer

from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.knowledge import EntityCard, list_entities
from bowerbird.wiring import App

__all__ = ["entities"]


def entities(
    query: Annotated[str, typer.Argument(help="Words in the name; empty: the most important ones.")] = "",
    *,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Entities to show.")] = 20,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    List what the gathered pages are about, each with the sentences it rests on.

    Example: `bowerbird entities forest --json`
    """

    async def work(app: App) -> list[EntityCard]:
        return await app.records.aread(lambda conn: list_entities(conn, app.scope, query, limit=limit))

    found = with_app(settings_for(data), work)
    if as_json:
        print_json({"entities": [card.to_json() for card in found]})
        return
    for card in found:
        typer.echo(f"{card.name}  ({card.type}, {card.mentions_count} mentions on {card.pages_count} pages)")
    if not found:
        typer.echo("No entities. `bowerbird crawl URL --goal …` gathers a site.")
