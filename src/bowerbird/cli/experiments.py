"""`bowerbird experiments`: who gets which variant."""

from typing import Annotated

import typer

from bowerbird.cli.options import AsJson, print_json
from bowerbird.experiments import BUCKETS
from bowerbird.experiments import bucket as bucket_of

__all__ = ["app"]

app = typer.Typer(help="Put a choice to the test: who gets which variant, and what came of it.", no_args_is_help=True)


@app.command("bucket")
def bucket(
    *,
    salt: Annotated[str, typer.Option(help="What is asked of the unit.", show_default=False)],
    unit: Annotated[str, typer.Option(help="Whom or what is assigned: a person's id.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """
    Print the bucket of a unit under a salt: a whole number below 2^64, the same from every client.

    Example: `bowerbird experiments bucket --salt ranker --unit customer-42`
    """
    number = bucket_of(salt, unit)
    if as_json:
        print_json({"salt": salt, "unit": unit, "bucket": number, "share": number / BUCKETS})
    else:
        typer.echo(number)
