"""`bowerbird keys`: API keys, for who has the data folder. They belong to the local operator's workspace."""

from typing import Annotated

import sqlalchemy as sa
import typer

from bowerbird.accounts import Role, audit, keys
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.nouns import Scope
from bowerbird.records import local_scope
from bowerbird.wiring import opened_records

__all__ = ["app"]

app = typer.Typer(help="Keys for programs: Authorization: Bearer …")

KeyId = Annotated[str, typer.Argument(help="The key's id, as `bowerbird keys list` shows it.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    *,
    role: Annotated[str, typer.Option(help="reader, curator, operator or admin.")] = "reader",
    plan: Annotated[str | None, typer.Option(help="A limit that the settings name.", show_default=False)] = None,
    days: Annotated[float | None, typer.Option(help="Days until it runs out.", show_default=False)] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Make a key and print its secret, this once.

    Example: `bowerbird keys add "the intranet's search box"`
    """
    settings, clock = settings_for(data), SystemClock()
    settings.refuse_unknown_plan(plan)

    def do(conn: sa.Connection) -> tuple[str, str]:
        scope = local_scope(conn, clock)
        return keys.create_key(
            conn,
            _by(scope),
            person=scope.person,
            name=name,
            role=Role.of(role),
            plan=plan,
            lasts_s=None if days is None else days * 86_400,
            clock=clock,
        )

    with opened_records(settings) as records:
        key, secret = records.write(do)
    _tell(key, secret, as_json=as_json)


@app.command("list")
def list_(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    List the keys.

    Example: `bowerbird keys list`
    """
    clock = SystemClock()
    with opened_records(settings_for(data)) as records:
        found = records.write(lambda conn: keys.list_keys(conn, local_scope(conn, clock).workspace, clock=clock))
    if as_json:
        print_json(
            {
                "keys": [
                    {"key": key.id, "name": key.name, "role": key.role.word, "is_revoked": key.revoked_at is not None}
                    for key in found
                ]
            }
        )
        return
    for key in found:
        hint = f"bwb_…{key.hints[0]}" if key.hints else "no secret works"
        typer.echo(f"{key.id}  {key.role.word:<9} {hint}  {key.name}{'  (revoked)' if key.revoked_at else ''}")
    if not found:
        typer.echo('no keys yet; `bowerbird keys add "what for"` makes one')


@app.command()
def rotate(
    key: KeyId,
    *,
    overlap_hours: Annotated[float, typer.Option(help="For how many hours the old secret still works.")] = 24.0,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Give a key another secret and print it; the old one works for the overlap.

    Example: `bowerbird keys rotate 01m8… --overlap-hours 1`
    """
    clock = SystemClock()
    with opened_records(settings_for(data)) as records:
        secret = records.write(
            lambda conn: keys.rotate_key(
                conn, _by(local_scope(conn, clock)), key, overlap_s=overlap_hours * 3600, clock=clock
            )
        )
    _tell(key, secret, as_json=as_json)


@app.command()
def revoke(key: KeyId, *, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    End a key at once.

    Example: `bowerbird keys revoke 01m8…`
    """
    clock = SystemClock()
    with opened_records(settings_for(data)) as records:
        records.write(lambda conn: keys.revoke_key(conn, _by(local_scope(conn, clock)), key, clock=clock))
    if as_json:
        print_json({"key": key, "is_revoked": True})
    else:
        typer.echo(f"{key} is revoked.")


def _by(scope: Scope) -> audit.Actor:
    return audit.Actor(scope.workspace)


def _tell(key: str, secret: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"key": key, "secret": secret})
    else:
        typer.echo(f"key {key}; its secret, shown this once:", err=True)
        typer.echo(secret)
