"""`bowerbird ask`."""

from datetime import datetime
from typing import Annotated

import typer

from bowerbird.answer import Answer, end_of_day
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.wiring import App

__all__ = ["ask", "show_answer"]


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know, in your own words.")],
    *,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Answer from what was stored at the end of that day (UTC)."),
    ] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Answer from what was gathered: each sentence with its citation, or an honest "not found".

    Example: `bowerbird ask "What are the main types of machine learning?"`
    """

    async def work(app: App) -> Answer:
        at = end_of_day(as_of, now_s=app.clock.now_s()) if as_of else None
        return await app.asker.ask(question, app.scope, as_of=at)

    answer = with_app(settings_for(data), work)
    if as_json:
        print_json(answer.to_json())
    else:
        show_answer(answer)


def show_answer(answer: Answer) -> None:
    """Print an answer for a person: the sentences with their numbers, then what they rest on."""
    shape = answer.to_json()
    typer.echo(f"\n{shape['answer']}\n")
    if answer.notice:
        typer.echo(f"  {answer.notice}\n")
    shown: set[int] = set()
    for claim in shape["claims"]:
        for citation in claim["citations"]:
            if citation["n"] not in shown:
                shown.add(citation["n"])
                page = f" · page {number}" if (number := citation["page_number"]) else ""
                typer.echo(f"  [{citation['n']}] {citation['title']} · {citation['url']}{page}")
                typer.echo(f"      “{citation['quote']}”")
    for suggestion in shape["suggestions"]:
        if words := suggestion.get("text") or suggestion.get("quote"):
            typer.echo(f"  → {words}")
    typer.echo("")
