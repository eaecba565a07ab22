"""
The `bowerbird` command.

Exit codes: 0 done · 1 it did not work (a job failed, something is unavailable) · 2 the command was given wrongly ·
130 interrupted.
"""

import json
import sys

import typer

from bowerbird.cli import (
    ask,
    boards,
    bring,
    crawl,
    demo,
    doctor,
    entities,
    evaluate,
    events,
    exam,
    experiments,
    feed,
    follow,
    index,
    keys,
    mcp,
    news,
    page,
    replay,
    search,
    serve,
    settings,
    tables,
    users,
    verify,
)
from bowerbird.kernel.errors import BowerbirdError, InputWrong

__all__ = ["app", "main"]

app = typer.Typer(
    name="bowerbird",
    help="Point it at web sites with a goal: it gathers the pages, arranges what they say, and answers with proof.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    serve.serve,
    demo.demo,
    crawl.crawl,
    crawl.recrawl,
    ask.ask,
    replay.replay,
    search.search,
    feed.feed,
    news.news,
    page.page,
    doctor.doctor,
    settings.settings,
    verify.verify,
    exam.exam,
    mcp.mcp,
):
    app.command()(command)
app.command("import")(bring.bring)
app.command("eval")(evaluate.evaluate)
app.add_typer(bring.items, name="items")
app.add_typer(events.app, name="events")
app.add_typer(entities.app, name="entities")
app.add_typer(index.app, name="index")
app.add_typer(users.app, name="users")
app.add_typer(keys.app, name="keys")
app.add_typer(follow.app, name="follow")
app.add_typer(boards.app, name="boards")
app.add_typer(tables.app, name="tables")
app.add_typer(experiments.app, name="experiments")


def main() -> None:
    """Run the command; an expected error is one message on standard error (a JSON object after `--json`)."""
    try:
        app()
    except BowerbirdError as exc:
        if "--json" in sys.argv:
            print(json.dumps({"error": {"code": type(exc).__name__, "message": str(exc)}}), file=sys.stderr)
        else:
            print(f"bowerbird: {exc}", file=sys.stderr)
        sys.exit(2 if isinstance(exc, InputWrong) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
