"""`bowerbird settings`."""

import typer

from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for

__all__ = ["settings"]


def settings(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """Show every setting with its value here; `docs/reference/settings.md` says what each means."""
    found = settings_for(data).environ()
    if as_json:
        print_json(found)
    else:
        for name, value in found.items():
            typer.echo(f"{name}={value}")
