"""`bowerbird demo`: the main job on a small site that ships with the product."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer
from starlette.concurrency import run_in_threadpool

from bowerbird.acquire import CrawlRequest, check_request, request_crawl
from bowerbird.answer import Answer
from bowerbird.cli.ask import show_answer
from bowerbird.cli.options import DataDir, settings_for, with_app
from bowerbird.cli.runner import run_to_end
from bowerbird.cli.serve import a_worker_process, free_port, run_web
from bowerbird.demo import PACKS, DemoSite, Pack
from bowerbird.feed.listed import ItemRow, find_item
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.tables import (
    GoalTable,
    RowText,
    fill_table,
    list_tables,
    make_table,
    narrow,
    read_rows,
)
from bowerbird.records import local_scope
from bowerbird.settings import Settings
from bowerbird.wiring import App, opened_records, policy_of

__all__ = ["demo"]

WEB_PORT = 8080
CARDS = 5


class PackName(StrEnum):
    """The sites that ship."""

    LEARNING = "learning"
    VENDORS = "vendors"


@dataclass(frozen=True, slots=True)
class _Tabled:
    """A goal's table: the rows that were asked for, of how many."""

    table: GoalTable
    found: Sequence[RowText]
    rows: int


def demo(
    *,
    pack: Annotated[PackName, typer.Option("--pack", help="The site: about machine learning, or wedding vendors.")] = (
        PackName.LEARNING
    ),
    leave: Annotated[bool, typer.Option("--exit", help="Stop after the example answer.")] = False,
    port: Annotated[int, typer.Option(help="The port to serve the pages on.")] = WEB_PORT,
    data: DataDir = None,
) -> None:
    """
    Gather a small site that ships with the product, ask it a question, and serve the result until Ctrl-C.

    Example: `bowerbird demo --pack vendors --exit`
    """
    began, shown = time.monotonic(), PACKS[pack.value]
    with ExitStack() as stack:
        site = stack.enter_context(_site(shown))
        allowed = site.url.split("//", 1)[1].rstrip("/")
        settings = settings_for(data or Path("bowerbird-demo"), allow_hosts=allowed, port=port)
        settings = settings.model_copy(update={"port": port or free_port(settings.host)})
        here = f"http://{settings.host}:{settings.port}"
        typer.echo(f"A small site about {shown.about} is at {site.url}\nGathering it to: {shown.goal}")
        if not leave:
            stack.enter_context(a_worker_process(settings))
        _gather(settings, shown, site.url)
        typer.echo(f"\nAsked: {shown.question}")
        if shown.table:
            tabled, cards = with_app(settings, lambda app: _table_and_feed(app, shown))
            _show_table(tabled, here)
            _show_feed(cards)
        else:
            show_answer(with_app(settings, lambda app: _answer(app, shown)))
        if leave:
            return
        typer.echo(
            f"Ready after {time.monotonic() - began:.0f} s. Open {here}/chat to ask,\n"
            f"     {here}/knowledge/explorer to look around, {here}/feed to read. Ctrl-C stops."
        )
        run_web(settings)


def _site(pack: Pack) -> DemoSite:
    try:
        return DemoSite(port=pack.port, pages=pack.pages)
    except OSError:
        return DemoSite(pages=pack.pages)


def _gather(settings: Settings, pack: Pack, url: str) -> None:
    """Gather the site and say what came of it; leaves with 1 when it does not end well."""
    clock = SystemClock()
    request = check_request(
        CrawlRequest(
            url=url,
            goal=pack.goal,
            max_pages=settings.crawl.max_pages,
            max_depth=settings.crawl.max_depth,
            all=pack.is_whole,
            allow_private=False,
        ),
        policy_of(settings),
    )
    with opened_records(settings) as records:
        _source, job = records.write(lambda conn: request_crawl(conn, request, local_scope(conn, clock), clock))
        end = run_to_end(settings, records, job, quiet=False)
    if end.status != "completed":
        typer.echo(f"the crawl {end.status}: {end.error}", err=True)
        raise typer.Exit(1)
    pages = end.counts["pages"]
    typer.echo(
        f"{pages['kept'] + pages['unchanged']} pages, {end.counts['passages']} passages,"
        f" {end.counts['entities']} entities in {end.counts['took_s']} s"
    )


async def _answer(app: App, pack: Pack) -> Answer:
    return await app.asker.ask(pack.question, app.scope)


async def _table_and_feed(app: App, pack: Pack) -> tuple[_Tabled, list[ItemRow]]:
    table = await app.records.awrite(lambda conn: _table(conn, app, pack.table))
    await run_in_threadpool(fill_table, app.records, table, clock=app.clock)
    rows = await app.records.aread(lambda conn: read_rows(conn, app.scope, table))
    found = narrow(pack.question, table.asked, rows)
    served = await app.feeds.slate(app.scope, length=CARDS, fresh=True)
    keys = [entry.key for entry in served.slate.entries]
    return _Tabled(table, found, len(rows)), await app.records.aread(lambda conn: _items(conn, app.scope, keys))


def _table(conn: sa.Connection, app: App, goal: str) -> GoalTable:
    """The table with that goal: a second demo fills the first one's again."""
    known = next((one for one in list_tables(conn, app.scope) if one.goal == goal), None)
    return known or make_table(conn, app.scope, goal, clock=app.clock)


def _items(conn: sa.Connection, scope: Scope, keys: Sequence[str]) -> list[ItemRow]:
    found: list[ItemRow] = []
    for key in keys:
        try:
            found.append(find_item(conn, scope, key))
        except NotFound:  # it went since the slate was made
            continue
    return found


def _show_table(tabled: _Tabled, origin: str) -> None:
    """The rows with the numbers of the places where their values stand, then these places."""
    names = [field.name for field in tabled.table.fields]
    typer.echo(f"\n{len(tabled.found)} of the {tabled.rows} rows of the table “{tabled.table.goal}”:\n")
    places: dict[str, int] = {}
    lines = [names]
    for row in tabled.found:
        cells = [row.cells.get(name) for name in names]
        lines.append([f"{one.quote} [{places.setdefault(one.url, len(places) + 1)}]" if one else "" for one in cells])
    widths = [max(len(line[at]) for line in lines) for at in range(len(names))]
    for line in lines:
        typer.echo("  " + "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip())
    typer.echo("")
    for url, number in places.items():
        typer.echo(f"  [{number}] {url}")
    typer.echo(f"\n  All of it: {origin}/knowledge/tables/{tabled.table.id}\n")


def _show_feed(cards: Sequence[ItemRow]) -> None:
    typer.echo("The feed begins with:\n")
    for number, card in enumerate(cards, 1):
        facts = " · ".join(str(card.fields[name]) for name in ("category", "region", "price") if card.fields.get(name))
        typer.echo(f"  {number}. {card.title}" + (f" ({card.kind})" if card.kind != "page" else ""))
        typer.echo(f"     {facts or card.quote}")
    typer.echo("")
