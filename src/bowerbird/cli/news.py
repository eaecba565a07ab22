"""`bowerbird news`."""

from typing import Annotated

import typer

from bowerbird.accounts import people
from bowerbird.answer.news import NewsItem, Place, read_news
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.kernel.nouns import Scope
from bowerbird.wiring import App

__all__ = ["news"]

_WORDS = {
    "change": "changed",
    "conflict": "pages differ",
    "answer": "an answer changed",
    "gap": "answered now",
}


def news(
    user: Annotated[str, typer.Argument(help="Whose: the id by which events name them; `local` is you.")] = "local",
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Show what became of what somebody relies on: pages that changed, pages that differ, answers.

    Example: `bowerbird news`
    """

    async def work(app: App) -> list[NewsItem]:
        person = await app.records.awrite(
            lambda conn: people.person_of(conn, app.scope.workspace, user, clock=app.clock)
        )
        scope = Scope(app.scope.workspace, person)
        return await app.records.aread(lambda conn: read_news(conn, scope, now_s=app.clock.now_s()))

    found = with_app(settings_for(data), work)
    if as_json:
        print_json({"news": [one.to_json() for one in found]})
        return
    for one in found:
        _show(one)
    if not found:
        typer.echo("No news: nothing that they cited, saved or follow has changed within two weeks.")


def _show(one: NewsItem) -> None:
    typer.echo(f"{'gone' if one.is_gone else _WORDS[one.kind]}: {one.title or one.key}")
    for was, now in one.pairs:
        _line("-", was)
        _line("+", now)
    for side in one.sides:
        _line("·", side)


def _line(sign: str, place: Place | None) -> None:
    if place is not None:
        typer.echo(f"  {sign} {place.text}  ({place.url})")
