"""`bowerbird experiments`: who gets which variant, and what came of it."""

import typer

from bowerbird.cli.analyse import analyse

__all__ = ["app"]

app = typer.Typer(help="Put a choice to the test: who gets which variant, and what came of it.", no_args_is_help=True)
app.command("analyse")(analyse)


@app.callback()
def _experiments() -> None:
    """Put a choice to the test: who gets which variant, and what came of it."""
