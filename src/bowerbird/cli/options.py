"""Options that most commands share."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from bowerbird.ops import logs
from bowerbird.settings import Settings, load_settings
from bowerbird.wiring import App, open_app

__all__ = ["AsJson", "DataDir", "print_json", "settings_for", "with_app"]

T = TypeVar("T")

DataDir = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The folder that holds everything.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]


def settings_for(data: Path | None, **given: Any) -> Settings:
    """The settings of a command, with its logs going to standard error from warnings on."""
    settings = load_settings(data_dir=data, **given)
    # A person waits at a terminal: what the crawling process has to say comes as its outcome, not as lines of a log.
    settings = settings.model_copy(update={"log_level": "warning", "log_form": "console"})
    logs.configure(level=settings.log_level, form=settings.log_form)
    return settings


def with_app(settings: Settings, work: Callable[[App], Awaitable[T]]) -> T:
    """What `work` returns, run over an open app."""

    async def run() -> T:
        async with open_app(settings) as app:
            return await work(app)

    return asyncio.run(run())


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
