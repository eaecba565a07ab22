"""`bowerbird page`."""

from typing import Annotated

import typer

from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.kernel.clock import utc
from bowerbird.knowledge import PageVersion, read_version
from bowerbird.wiring import App

__all__ = ["page"]


def page(
    version: Annotated[int, typer.Argument(help="The version's number, as citations and search print it.")],
    *,
    text: Annotated[bool, typer.Option("--text", help="Print nothing but the stored text, exactly.")] = False,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Show a stored page version: `text[start:end]` of it is what a citation quotes.

    Example: `bowerbird page 12 --text`
    """

    async def work(app: App) -> PageVersion:
        return await app.records.aread(lambda conn: read_version(conn, app.scope, version))

    found = with_app(settings_for(data), work)
    if text:
        typer.echo(found.text, nl=False)
    elif as_json:
        shown = (
            "page",
            "source",
            "url",
            "title",
            "kind",
            "fetched_at",
            "gone_at",
            "is_current",
            "published_at",
            "text",
        )
        print_json({"version": found.id} | {name: getattr(found, name) for name in shown})
    else:
        typer.echo(f"{found.title}\n{found.url}\nfetched {utc(found.fetched_at):%Y-%m-%d %H:%M} UTC\n\n{found.text}")
