"""`bowerbird search`."""

import asyncio
from typing import Annotated

import typer

from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.knowledge import SearchResult
from bowerbird.wiring import App

__all__ = ["search"]


def search(
    query: Annotated[str, typer.Argument(help="Words to look for.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Passages to show.")] = 10,
    kind: Annotated[
        str | None, typer.Option(help="Only html, pdf, markdown, text or feed pages.", show_default=False)
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Only pages in this language: en, de …", show_default=False)
    ] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Find passages by their words and by their meaning.

    Example: `bowerbird search "gradient boosting" --limit 3`
    """

    async def work(app: App) -> SearchResult:
        kinds, languages = [kind] if kind else None, [language] if language else None
        return await asyncio.to_thread(
            lambda: app.searcher.search(query, k=limit, scope=app.scope, kinds=kinds, languages=languages)
        )

    result = with_app(settings_for(data), work)
    if as_json:
        print_json(result.to_json())
        return
    for hit in result.hits:
        typer.echo(f"{hit.score:.3f}  {hit.passage.title} · {hit.passage.url}")
        typer.echo(f"       {' '.join(hit.passage.text.split())[:220]}\n")
    if not result.hits:
        typer.echo("Nothing found. `bowerbird crawl URL --goal …` gathers a site.")
