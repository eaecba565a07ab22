"""Every tool of the assistants' door and every command: for the local person, what they may see and nothing else."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from mcp import Client
from typer.main import get_command
from typer.testing import CliRunner

from bowerbird.accounts import people
from bowerbird.accounts.doors import COMMANDS, TOOLS
from bowerbird.answer import follow
from bowerbird.cli.main import app as commands
from bowerbird.experiments import Plan, Rules, create, learn, read, start
from bowerbird.feed import NewEvent, follow_thing, keep_events
from bowerbird.feed.boards import make_board, put_on_board
from bowerbird.feed.renewal import renew_items
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.resolve import retype
from bowerbird.knowledge.tables import fill_table, find_table, make_table
from bowerbird.mcp_server import server_of
from bowerbird.records.tables import entities, sources
from bowerbird.settings import Settings
from bowerbird.testing.builders import Library
from bowerbird.wiring import App, open_app, open_worker, opened_records

from .test_routes import SHOWING
from .world import LATER, NEXT, OWN, UNNAMED, World, page_text

HIDDEN: Final = (OWN, LATER, NEXT)


async def said(app: App, tool: str, **given: object) -> str:
    """What a tool returns, errors too."""
    async with Client(server_of(app)) as client:
        assert {one.name for one in (await client.list_tools()).tools} == set(TOOLS)
        return str((await client.call_tool(tool, dict(given))).content).lower()


async def test_each_tool_shows_what_the_local_person_may_see(world: World) -> None:
    """Asked as Ana, whose it is, and as the one who the machine belongs to."""
    version = world.things["ana"].ids["version"]
    calls: Mapping[str, Mapping[str, object]] = {
        "search": {"query": "quokka registry"},
        "ask": {"question": UNNAMED},
        "read_page": {"version": version},
    }
    assert set(calls) == set(TOOLS)
    for tool, given in calls.items():
        assert TOOLS[tool] in SHOWING
        hers = await said(replace(world.app, scope=world.scope("ana")), tool, **given)
        assert OWN in hers or LATER in hers, tool
        told = await said(world.app, tool, **given)
        assert not any(word in told for word in HIDDEN), (tool, told)


@dataclass
class Folder:
    """A data folder with what its local person gathered, asked, follows and collects."""

    path: Path
    ids: Mapping[str, str]

    def run(self, command: str, arguments: Sequence[str]) -> str:
        """All that the command prints, and what it fails with."""
        given = [argument.format(**self.ids) for argument in arguments]
        done = CliRunner().invoke(commands, [*command.split(" "), *given, "--data", str(self.path)])
        return f"{done.stdout}\n{done.stderr}\n{done.exception or ''}".lower()

    def close_to(self, person: str) -> None:
        """Let all that was gathered be that person's."""
        with opened_records(Settings(data_dir=self.path)) as records:
            records.write(lambda conn: conn.execute(sa.update(sources).values(private_to=person)))


@pytest.fixture
async def folder(tmp_path: Path, records_in_environment: None) -> Folder:
    settings, clock = Settings(data_dir=tmp_path), ManualClock(time.time() - 3_600.0)  # news is of two weeks
    with open_worker(settings, clock=clock) as worker:
        library = Library(worker.records, clock)
        source = library.source(f"https://{OWN}.example.org/", f"learn about {OWN}")
        at, title = f"https://{OWN}.example.org/registry", f"{OWN} registry"
        page = library.page(source, at, page_text(OWN).replace("a sign.", "two signs."), title=title).page
        renew_items(worker.records, limit=9, clock=clock)
        saved = NewEvent(f"page-{page}", "saved", sender=library.scope)
        worker.records.write(lambda conn: keep_events(conn, library.scope.workspace, [saved], clock=clock))
        library.page(source, at, page_text(OWN), title=title)
        library.arrange()
        while worker.indexer.catch_up() or worker.indexer.embed_some(64):
            pass
        renew_items(worker.records, limit=9, clock=clock)
    clock.advance(60)
    async with open_app(settings, clock=clock) as app:
        answer = await app.asker.ask(f"How many homes does the {OWN} registry hold?", app.scope)

        def keep(conn: sa.Connection) -> dict[str, str]:
            table = make_table(conn, app.scope, "photographers: name, city, price", clock=clock)
            known = follow(conn, app.scope, "standing", answer.id, clock=clock)
            named = conn.execute(sa.select(entities.c.id).where(entities.c.key.contains(OWN)).limit(1)).scalar_one()
            retype(conn, app.scope, named, "organisation", clock=clock)
            other = conn.execute(sa.select(entities.c.id).where(entities.c.key == "quokka burrow")).scalar_one()
            followed = follow_thing(conn, app.scope, "entity", str(named), clock=clock).id
            board = make_board(conn, app.scope, "Homes", clock=clock).id
            put_on_board(conn, app.scope, "page-1", board, clock=clock)
            made = {
                "item": "page-1",
                "board": board,
                "table": table.id,
                "follow": known.id,
                "entity": str(named),
                "other": str(other),
            }
            return made | {"followed": followed}

        made = app.records.write(keep)
        app.records.write(lambda conn: put_to_the_test(conn, app.scope, "Forecasts help.", clock))
        next_door = app.records.write(lambda conn: people.workspace_named(conn, "Next door", clock=clock))
        dan = Scope(next_door, app.scope.person)
        app.records.write(lambda conn: put_to_the_test(conn, dan, f"What {NEXT} does.", clock))
        await app.experiments.meet("ranker", app.scope)
        made["slate"] = (await app.feeds.slate(app.scope, length=3)).slate.id
        table = app.records.read(lambda conn: find_table(conn, app.scope, made["table"]))
        fill_table(app.records, table, clock=clock)
    cited = answer.claims[0].citations[0]
    (tmp_path / "asked.jsonl").write_text(json.dumps({"question": UNNAMED}) + "\n")
    more = {"answer": answer.id, "version": str(cited.version), "file": str(tmp_path / "asked.jsonl")}
    return Folder(tmp_path, made | more)


def put_to_the_test(conn: sa.Connection, scope: Scope, hypothesis: str, clock: ManualClock) -> None:
    """An experiment that runs, and something that was learnt."""
    plan = {"hypothesis": hypothesis, "metric": "saved", "metrics": [{"name": "saved", "kinds": ["saved"]}]}
    rules = {"variants": [{"name": "control"}, {"name": "treatment"}]}
    create(conn, scope, "ranker", read(Plan, plan), read(Rules, rules), clock=clock)
    start(conn, scope, "ranker", clock=clock)
    learn(conn, scope, hypothesis, clock=clock, experiment="ranker")


SHOW: Final[Mapping[str, Sequence[str]]] = {
    "recrawl": ["nowhere"],  # which names the sources there are
    "ask": [UNNAMED],
    "replay": ["{answer}"],
    "search": ["quokka registry"],
    "feed": ["local"],
    "news": [],
    "boards show": ["{board}"],
    "follow list": [],
    "follow add": ["{entity}", "--kind", "entity"],
    "follow stop": ["{followed}"],
    "entities list": ["--json"],
    "entities history": ["{entity}"],
    "entities links": ["{entity}", "{other}"],
    "page": ["{version}"],
    "tables make": ["photographers: name, city, price"],
    "tables show": ["{table}"],
    "tables fields": ["{table}", "name, price, city"],
    "tables refresh": ["{table}"],
    "tables export": ["{table}"],
}
# What they print is the person's own words, or figures.
TELL: Final[Mapping[str, Sequence[str]]] = {
    "doctor": [],
    "settings": [],
    "exam": [],
    "eval": ["{file}"],
    "tables list": [],
    "index status": [],
    "experiments a-a": [],
    "experiments list": [],
    "experiments places": [],
    "experiments show": ["ranker"],
    "experiments report": ["ranker"],
    "experiments segments": ["ranker"],
    "experiments learnings": [],
    "experiments change": ["ranker", "--new-phase"],
    "experiments decide": ["ranker", "wait", "--reasons", "It is early."],
    "experiments learn": ["Nothing changed.", "--experiment", "ranker"],
    "users list": [],
    "boards list": [],
    "boards make": ["Burrows"],
    "boards rename": ["Burrows", "Dens"],
    "boards put": ["{item}", "Dens"],
    "keys list": [],
}
# They serve, gather, write or change who may come in; none reads what was gathered.
ACT: Final = frozenset(
    {"serve", "demo", "crawl", "verify", "mcp", "import", "items import", "events import", "index rebuild",
     "index rollback", "users add", "users role", "users link", "users shut-out", "users sign-out", "keys add",
     "keys rotate", "keys revoke", "tables remove", "boards remove", "boards restore", "entities merge",
     "entities part", "entities split", "entities rename", "entities retype", "entities hide", "entities undo",
     "experiments analyse", "experiments bucket", "experiments create", "experiments start", "experiments stop"}
)  # fmt: skip


def named(command: Any, before: str = "") -> Iterator[str]:
    """The commands as they are typed."""
    if not (inner := getattr(command, "commands", {})):
        yield before
    for name, one in inner.items():
        yield from named(one, f"{before} {name}".strip())


def test_every_command_is_declared_and_walked() -> None:
    assert set(named(get_command(commands))) == set(COMMANDS)
    assert {*SHOW, *TELL, *ACT} == set(COMMANDS)
    assert {name for name, shows in COMMANDS.items() if shows in SHOWING} >= set(SHOW)
    tested = {name for name, shows in COMMANDS.items() if shows == "tested"}
    assert tested - {"experiments start", "experiments stop"} <= set(TELL)


@pytest.mark.timeout(300)
def test_each_command_shows_what_the_local_person_may_see(folder: Folder) -> None:
    """Then the sources are somebody else's, and none does, but for what the person typed."""
    for command, arguments in SHOW.items():
        assert OWN in folder.run(command, arguments), command
    folder.close_to("0" * 26)
    for command, arguments in {**SHOW, **TELL}.items():
        told = folder.run(command, arguments)
        asked = f"how many homes does the {OWN} registry hold?"
        assert OWN not in told.replace(asked, ""), (command, told)
        assert NEXT not in told, (command, told)
        if COMMANDS[command] == "tested":
            assert "ranker" in told or "forecasts help." in told, (command, told)
            assert "no experiment" not in told, (command, told)


def test_a_slate_is_made_again_for_whose_it_is(folder: Folder) -> None:
    """With what they may see now, and as it was or without an agent; never another's."""
    again = folder.run("feed", ["local", "--replay", "{slate}"])
    assert "as it was given out" in again
    assert OWN in again
    assert "quality" not in folder.run("feed", ["local", "--replay", "{slate}", "--without", "quality"])
    assert "no slate" in folder.run("feed", ["somebody", "--replay", "{slate}"])
    assert "no agent 'nobody'" in folder.run("feed", ["local", "--replay", "{slate}", "--without", "nobody"])
    assert "--replay is not" in folder.run("feed", ["local", "--without", "quality"])
    folder.close_to("0" * 26)
    closed = folder.run("feed", ["local", "--replay", "{slate}"])
    assert OWN not in closed
    assert "may not see" in closed
