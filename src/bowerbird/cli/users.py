"""`bowerbird users`: accounts, for who has the data folder. What is done here is in the audit log, too."""

import sys
from typing import Annotated

import sqlalchemy as sa
import typer

from bowerbird.accounts import Role, audit, clean_password, hash_password, links, people, sessions
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import InputWrong
from bowerbird.records import local_scope
from bowerbird.settings import Settings
from bowerbird.wiring import opened_records

__all__ = ["app"]

app = typer.Typer(help="Who may sign in, and what they may do. The first admin closes the door for everyone else.")

Email = Annotated[str, typer.Argument(help="Their e-mail address.")]
Workspace = Annotated[
    str | None, typer.Option(help="The workspace by its name; else the first one.", show_default=False)
]


@app.command()
def add(
    email: Email,
    *,
    role: Annotated[str, typer.Option(help="reader, curator, operator or admin.")] = "reader",
    name: Annotated[str, typer.Option(help="Their name; else what stands before the @.", show_default=False)] = "",
    workspace: Workspace = None,
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Add somebody. Without a password on standard input, a link is printed by which they choose one.

    Example: `bowerbird users add ana@example.org --role admin`
    """
    settings, clock = settings_for(data), SystemClock()
    wanted = Role.of(role)
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    hashed = hash_password(clean_password(password, email=email.strip().lower())) if password is not None else None

    def do(conn: sa.Connection) -> str | None:
        by = _by(conn, workspace)
        member = people.add_member(conn, by, email=email, name=name, role=wanted, clock=clock)
        if hashed is not None:
            people.set_password(conn, by, member.account, hashed, clock=clock)
            return None
        return None if member.has_password else links.sign_in_link(conn, by, member.account, clock=clock)

    with opened_records(settings) as records:
        secret = records.write(do)
    _tell(settings, f"{email} is {wanted.word} now.", secret, as_json=as_json)


@app.command("list")
def list_(*, workspace: Workspace = None, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    List the members of a workspace.

    Example: `bowerbird users list --json`
    """
    with opened_records(settings_for(data)) as records:
        members = records.write(lambda conn: people.list_members(conn, _by(conn, workspace).workspace))
    if as_json:
        print_json(
            {
                "people": [
                    {"email": one.email, "name": one.name, "role": one.role.word, "is_shut_out": one.is_shut_out}
                    for one in members
                ]
            }
        )
        return
    for one in members:
        typer.echo(f"{one.role.word:<9} {one.email}  {one.name}{'  (shut out)' if one.is_shut_out else ''}")
    if not members:
        typer.echo("no accounts yet; `bowerbird users add EMAIL --role admin` adds the first")


@app.command()
def role(
    email: Email,
    role: Annotated[str, typer.Argument(help="reader, curator, operator or admin.")],
    *,
    workspace: Workspace = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Give somebody another role.

    Example: `bowerbird users role ana@example.org curator`
    """
    clock, wanted = SystemClock(), Role.of(role)

    def do(conn: sa.Connection) -> None:
        people.set_role(conn, _by(conn, workspace), _account(conn, email).id, wanted, clock=clock)

    settings = settings_for(data)
    with opened_records(settings) as records:
        records.write(do)
    _tell(settings, f"{email} is {wanted.word} now.", None, as_json=as_json)


@app.command()
def link(email: Email, *, workspace: Workspace = None, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Print a link that lets somebody in once, within the hour, to choose another password.

    Example: `bowerbird users link ana@example.org`
    """
    clock = SystemClock()

    def do(conn: sa.Connection) -> str:
        return links.sign_in_link(conn, _by(conn, workspace), _account(conn, email).id, clock=clock)

    settings = settings_for(data)
    with opened_records(settings) as records:
        secret = records.write(do)
    _tell(settings, f"{email} can come in by this link:", secret, as_json=as_json)


@app.command("shut-out")
def shut_out(
    email: Email,
    *,
    undo: Annotated[bool, typer.Option(help="Let them in again.")] = False,
    workspace: Workspace = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Shut somebody out of a workspace at once, or let them in again.

    Example: `bowerbird users shut-out ana@example.org`
    """
    clock = SystemClock()

    def do(conn: sa.Connection) -> None:
        people.set_shut_out(conn, _by(conn, workspace), _account(conn, email).id, shut_out=not undo, clock=clock)

    settings = settings_for(data)
    with opened_records(settings) as records:
        records.write(do)
    _tell(settings, f"{email} is {'let in again' if undo else 'shut out'}.", None, as_json=as_json)


@app.command("sign-out")
def sign_out(email: Email, *, workspace: Workspace = None, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    End all of somebody's sessions, wherever they are.

    Example: `bowerbird users sign-out ana@example.org`
    """
    clock = SystemClock()

    def do(conn: sa.Connection) -> int:
        by = _by(conn, workspace)
        return sessions.end_all_sessions(conn, by, _account(conn, email).id, clock=clock)

    settings = settings_for(data)
    with opened_records(settings) as records:
        ended = records.write(do)
    _tell(settings, f"{ended} sessions of {email} have ended.", None, as_json=as_json)


def _by(conn: sa.Connection, workspace: str | None) -> audit.Actor:
    clock = SystemClock()
    if workspace is None:
        return audit.Actor(local_scope(conn, clock).workspace)
    return audit.Actor(people.workspace_named(conn, workspace, clock=clock))


def _account(conn: sa.Connection, email: str) -> people.Account:
    found = people.find_account(conn, email)
    if found is None:
        raise InputWrong(f"no account {email!r}; `bowerbird users list` lists them")
    return found


def _tell(settings: Settings, words: str, secret: str | None, *, as_json: bool) -> None:
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    if as_json:
        print_json({"done": words} | ({"link": f"{base}/links/{secret}"} if secret else {}))
        return
    typer.echo(words)
    if secret:
        typer.echo(f"{base}/links/{secret}")
