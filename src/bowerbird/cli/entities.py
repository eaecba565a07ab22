"""
`bowerbird entities`: what the pages are about, and what links two; and merge, split, rename, retype, hide it, and undo
any of that.
"""

from collections.abc import Callable
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from typer.core import TyperGroup

from bowerbird.accounts import audit
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.knowledge import EntityCard, Links, links_between, list_entities
from bowerbird.knowledge.resolve import Decision, history, outcome
from bowerbird.knowledge.resolve import hide as hide_entity
from bowerbird.knowledge.resolve import merge as merge_entities
from bowerbird.knowledge.resolve import part as part_entity
from bowerbird.knowledge.resolve import rename as rename_entity
from bowerbird.knowledge.resolve import retype as retype_entity
from bowerbird.knowledge.resolve import split as split_entity
from bowerbird.knowledge.resolve import undo as undo_decision
from bowerbird.wiring import App

__all__ = ["app"]


class _ListsByDefault(TyperGroup):
    """`bowerbird entities forest` is `bowerbird entities list forest`, as it was before there were other commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `list` before what is no command."""
        named = args and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else ["list", *args])


app = typer.Typer(
    cls=_ListsByDefault, help="What the pages are about: list it, and correct what is one thing and what is not."
)

Entity = Annotated[int, typer.Argument(min=1, help="Its number; `bowerbird entities list` prints it.")]


@app.command("list")
def show_all(
    query: Annotated[str, typer.Argument(help="Words in the name; empty: the most important ones.")] = "",
    *,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Entities to show.")] = 20,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    List what the gathered pages are about, each with the sentences it rests on. `list` may be left out.

    Example: `bowerbird entities forest --json`
    """

    async def work(opened: App) -> list[EntityCard]:
        return await opened.records.aread(lambda conn: list_entities(conn, opened.scope, query, limit=limit))

    found = with_app(settings_for(data), work)
    if as_json:
        print_json({"entities": [card.to_json() for card in found]})
        return
    for card in found:
        counts = f"{card.type}, {card.mentions_count} mentions on {card.pages_count} pages"
        typer.echo(f"{card.id:>7}  {card.name}  ({counts})")
    if not found:
        typer.echo("No entities. `bowerbird crawl URL --goal …` gathers a site.")


@app.command("history")
def show_history(entity: Entity, *, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Print what an entity is made of, and what was decided of it.

    Example: `bowerbird entities history 12`
    """

    async def work(opened: App) -> dict[str, Any]:
        return await opened.records.aread(lambda conn: history(conn, opened.scope, entity).to_json())

    known = with_app(settings_for(data), work)
    if as_json:
        print_json(known)
        return
    for member in known["members"]:
        chance = "" if member["score"] is None else f", found with the chance {member['score']:.2f}"
        typer.echo(f"{member['entity']:>7}  {member['name']}  ({member['type']}{chance})")
    for told in known["decisions"]:
        typer.echo(f"decision {told['decision']}: {told['words']}{' (undone)' if told['undone'] else ''}")


@app.command("links")
def show_links(
    entity: Entity,
    other: Annotated[int, typer.Argument(min=1, help="The number of the other.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=20, help="Ways to show.")] = 5,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Print what links two entities: the shortest ways, each step with a sentence that says it.

    Example: `bowerbird entities links 12 7`
    """

    async def work(opened: App) -> Links:
        return await opened.records.aread(lambda conn: links_between(conn, opened.scope, entity, other, limit=limit))

    found = with_app(settings_for(data), work)
    if as_json:
        print_json(found.to_json())
    elif found.is_same:
        typer.echo(f"Both are {found.one.name}.")
    elif not found.paths:
        typer.echo(f"Nothing was found that links {found.one.name} and {found.other.name}.")
    else:
        for path in found.paths:
            typer.echo(" – ".join([path[0].one.name, *(step.other.name for step in path)]))
            for step in path:
                said = step.evidence[0]
                typer.echo(f"    {step.relation or step.by}: {' '.join(said.sentence.split())}")
                typer.echo(f"        {said.url}")


@app.command("merge")
def merge(
    entity: Entity,
    into: Annotated[int, typer.Argument(min=1, help="The one that stands for both.")],
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Say that two entities are one thing.

    Example: `bowerbird entities merge 12 7`
    """
    _decide(data, as_json, lambda opened, conn: merge_entities(conn, opened.scope, entity, into, clock=opened.clock))


@app.command("part")
def part(
    entity: Entity,
    member: Annotated[int, typer.Argument(min=1, help="What is not it; `history` prints what was merged into it.")],
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Take out of an entity what was merged into it, by somebody or unasked.

    Example: `bowerbird entities part 7 12`
    """
    _decide(data, as_json, lambda opened, conn: part_entity(conn, opened.scope, entity, member, clock=opened.clock))


@app.command("split")
def split(
    entity: Entity,
    name: Annotated[str, typer.Argument(help="What the other thing is called.")],
    *,
    pages: Annotated[list[int], typer.Option("--page", min=1, help="A page that means it; may be given again.")],
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Say that on some pages a name means another thing.

    Example: `bowerbird entities split 7 "Python (the snake)" --page 31 --page 35`
    """
    _decide(
        data, as_json, lambda opened, conn: split_entity(conn, opened.scope, entity, pages, name, clock=opened.clock)
    )


@app.command("rename")
def rename(
    entity: Entity,
    name: Annotated[str, typer.Argument(help="What it is called.")],
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Call an entity something else.

    Example: `bowerbird entities rename 7 "Random forests"`
    """
    _decide(data, as_json, lambda opened, conn: rename_entity(conn, opened.scope, entity, name, clock=opened.clock))


@app.command("retype")
def retype(
    entity: Entity,
    kind: Annotated[str, typer.Argument(help="person, organisation, place, product, term, …")],
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Say what an entity is one of.

    Example: `bowerbird entities retype 7 organisation`
    """
    _decide(data, as_json, lambda opened, conn: retype_entity(conn, opened.scope, entity, kind, clock=opened.clock))


@app.command("hide")
def hide(entity: Entity, *, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Take an entity out of all lists; undo the decision to show it again.

    Example: `bowerbird entities hide 7`
    """
    _decide(data, as_json, lambda opened, conn: hide_entity(conn, opened.scope, entity, clock=opened.clock))


@app.command("undo")
def undo(
    decision: Annotated[int, typer.Argument(min=1, help="Its number; `history` and each decision print it.")],
    *,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Let all be as if that had not been decided.

    Example: `bowerbird entities undo 3`
    """
    _decide(data, as_json, lambda opened, conn: undo_decision(conn, opened.scope, decision, clock=opened.clock))


def _decide(data: Any, as_json: bool, decide: Callable[[App, sa.Connection], Decision]) -> None:
    """Decide, write it into the audit log, and say what was decided."""

    async def work(opened: App) -> dict[str, Any]:
        def write(conn: sa.Connection) -> dict[str, Any]:
            made = decide(opened, conn)
            by = audit.Actor(opened.scope.workspace)
            told = {"decision": made.id, "other": made.other, "undoes": made.undoes}
            audit.record(conn, by, f"entity.{made.kind}", str(made.entity), clock=opened.clock, **told)
            return outcome(conn, opened.scope, made)

        return await opened.records.awrite(write)

    told = with_app(settings_for(data), work)
    if as_json:
        print_json(told)
        return
    also = f", entity {told['made']} was made" if told["made"] else ""
    typer.echo(f"Decision {told['decision']} ({told['kind']}): the entity is {told['entity']} now{also}.")
