"""`bowerbird replay`."""

from typing import Annotated

import typer

from bowerbird.answer import Answer
from bowerbird.cli.ask import show_answer
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.wiring import App

__all__ = ["replay"]


def replay(
    question: Annotated[str, typer.Argument(metavar="ID", help="The `id` that `bowerbird ask --json` printed.")],
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Answer a question again from what the agents said then: without network, index or model, and to the same bytes.

    Fails where an agent that only thinks says something else today.

    Example: `bowerbird replay 01JD2Q… --json`
    """

    async def work(app: App) -> Answer:
        return await app.asker.replay(question, app.scope)

    answer = with_app(settings_for(data), work)
    if as_json:
        print_json(answer.to_json())
    else:
        show_answer(answer)
