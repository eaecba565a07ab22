"""
Two workspaces full of things that not everybody may see, each marked by a word that is nowhere else.

    OWN    a source that Ana keeps to herself, and what she asked, follows, shares and collects from it
    LATER  a source that everyone saw, asked about, followed and collected from, before Ana kept it to herself
    NEXT   all that is in the workspace next door, which is Dan's
    TESTED, TRIED   what is put to the test here, and next door: plans, what was known of people, what was learnt
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import httpx
import sqlalchemy as sa

from bowerbird.accounts import Role, audit, keys, people, sessions
from bowerbird.acquire import Policy, parse_allowed
from bowerbird.acquire.sources import set_private
from bowerbird.agents.records_bus import RecordsBus
from bowerbird.answer import Asker, follow, give_thumb, share_answer
from bowerbird.experiments import (
    Experiments,
    Meeting,
    Plan,
    Rules,
    Trials,
    UnitBuckets,
    create,
    expose,
    learn,
    read,
    start,
)
from bowerbird.feed import EventKeeper, NewEvent, choose, keep_events, local_feeds
from bowerbird.feed.agents import default_agents
from bowerbird.feed.boards import make_board, put_on_board
from bowerbird.feed.renewal import renew_items
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Indexer, Searcher
from bowerbird.knowledge.resolve import retype
from bowerbird.knowledge.tables import fill_table, find_table, make_table, share_table
from bowerbird.models import Embedder
from bowerbird.ops.limit import LocalLimiter
from bowerbird.records import Records, jobs, open_counters
from bowerbird.records.tables import entities, events, experiment_phases, experiments, items, mentions, persons
from bowerbird.settings import Settings
from bowerbird.testing.builders import Library
from bowerbird.testing.embedders import HashEmbedder
from bowerbird.testing.model_index import ModelIndex
from bowerbird.web import create_app
from bowerbird.wiring import App, places_here

__all__ = ["LATER", "NEXT", "ORIGIN", "OWN", "TESTED", "TRIED", "UNNAMED", "Things", "World", "open_world", "page_text"]

OWN: Final = "zqxown"
LATER: Final = "zqxlater"
NEXT: Final = "zqxnext"
TESTED: Final = "zqxtested"
TRIED: Final = "zqxtried"
ORIGIN: Final = {"origin": "http://localhost:8080"}
# What colleagues may read without learning what it is about.
UNNAMED: Final = "How many homes does the registry of quokkas hold?"
GOAL: Final = "photographers: name, city, price"
COMMON: Final = """# Quokka burrows

A quokka burrow is a home that a small wallaby digs. Each quokka burrow lies near the coast of the island.

The island has sand, and every quokka burrow is dug by hand.
"""


def page_text(word: str) -> str:
    """A page that says the word in a sentence, as another name, in a table, and beside what others speak of too."""
    return f"""# The {word.capitalize()} registry

The {word.capitalize()} registry of quokkas holds 412 homes of the northern shore, says {word.capitalize()} Holdings.

A quokka burrow, also known as {word}den, is listed by the {word.capitalize()} registry. Every quokka burrow has a sign.
No quokka burrow is dug twice, and each quokka burrow is counted in May.

Name | City | Price
{word.capitalize()} Images | Perth | $4{len(word)}
"""


@dataclass(frozen=True, slots=True)
class Things:
    """The ids of what somebody has, by the names that paths call them."""

    ids: dict[str, Any]

    def but(self, **others: Any) -> "Things":
        """The same with other ids."""
        return Things({**self.ids, **others})


@dataclass
class World:
    """The two workspaces, and a client of the application over them."""

    library: Library
    app: App
    client: httpx.AsyncClient
    indexer: Indexer
    members: dict[str, people.Member] = field(default_factory=dict)
    things: dict[str, Things] = field(default_factory=dict)

    @property
    def records(self) -> Records:
        """Where all of it is."""
        return self.library.records

    @property
    def clock(self) -> ManualClock:
        """Its time."""
        return self.library.clock

    def scope(self, name: str) -> Scope:
        """What the member may see."""
        member = self.members[name]
        return Scope(workspace=member.workspace, person=member.person)

    def join(self, name: str, role: Role, workspace: str) -> None:
        """A new member."""
        by = audit.Actor(workspace)
        self.members[name] = self.records.write(
            lambda conn: people.add_member(
                conn, by, email=f"{name}@example.org", name=name, role=role, clock=self.clock
            )
        )

    def session(self, name: str) -> dict[str, str]:
        """The headers of a browser in which the member is signed in."""
        member = self.members[name]
        secret = self.records.write(
            lambda conn: sessions.begin_session(
                conn,
                member.account,
                user_agent="Firefox/140.0",
                address="192.0.2.1",
                clock=self.clock,
                workspace=member.workspace,
            )
        )
        return {"cookie": f"bowerbird_session={secret}", **ORIGIN}

    def key(self, name: str, role: Role) -> dict[str, str]:
        """The headers of a program with a key of the member's that may no more than `role`."""
        member = self.members[name]
        by = audit.Actor(member.workspace, member.role, member.person)
        _, secret = self.records.write(
            lambda conn: keys.create_key(
                conn, by, person=member.person, name="a program", role=role, plan=None, clock=self.clock
            )
        )
        return {"authorization": f"Bearer {secret}"}

    def gather(self, word: str, name: str, *, private: bool, savers: Sequence[str]) -> Things:
        """
        A source of the member's with a page that says the word, gathered in a job that has ended.

        It has changed since some have saved it.
        """
        member, url = self.members[name], f"https://{word}.example.org/"
        source = self.library.source(
            url,
            f"learn about {word}",
            workspace=member.workspace,
            created_by=member.person,
            private_to=member.person if private else "",
        )
        text, title = page_text(word), f"{word.capitalize()} registry"
        before = self.library.page(source, f"{url}registry", text.replace("a sign.", "two signs."), title=title)
        self.index()
        for saver in savers:
            self.saves(saver, Things({"key": f"page-{before.page}"}))
        stored = self.library.page(source, f"{url}registry", text, title=title)
        self.index()
        job = self.job(source, name, "completed")
        self.library.url(job, f"{url}registry", page=stored.page)
        for name_of_page in ("a", "b", "c"):
            failed = f"{url}{word}/{name_of_page}"
            self.library.url(job, failed, "skipped", reason="error", detail=f"{word} did not answer")
        on_page = (
            sa.select(entities.c.id)
            .join(mentions, mentions.c.entity == entities.c.id)
            .where(mentions.c.version == stored.version)
            .order_by(entities.c.id)
        )
        named, other = self.records.read(
            lambda conn: tuple(
                conn.execute(on_page.where(entities.c.key.contains(of)).limit(1)).scalar_one()
                for of in (word, "quokka burrow")
            )
        )
        self.records.write(lambda conn: retype(conn, self.scope(name), named, "organisation", clock=self.clock))
        return Things(
            {
                "source": source,
                "page": stored.page,
                "key": f"page-{stored.page}",
                "news": f"change-{stored.page}-{stored.version}",
                "version": stored.version,
                "job": job,
                "identifier": named,
                "other": other,
            }
        )

    def job(self, source: str, name: str, status: jobs.Status) -> str:
        """A job of the source that the member started and that ended so, which they were told."""
        member = self.members[name]

        def run(conn: sa.Connection) -> str:
            job = jobs.enqueue(
                conn,
                workspace=member.workspace,
                kind="crawl",
                source=source,
                args={"max_pages": 100, "max_depth": 5, "all": False, "allow_private": False},
                person=member.person,
                clock=self.clock,
            )
            lease = jobs.claim(conn, owner="w", lease_s=60, clock=self.clock, kinds=("crawl",), job=job)
            assert lease is not None
            jobs.finish(conn, job, lease.epoch, status=status, clock=self.clock, result={"passages": 3, "entities": 2})
            return job

        return self.records.write(run)

    def index(self) -> None:
        """Let all that is stored be found, and shown in feeds."""
        self.library.arrange()
        while renew_items(self.records, limit=64, clock=self.clock):
            pass
        while self.indexer.catch_up() or self.indexer.embed_some(64):
            pass

    async def keeps(self, name: str, things: Things, asks: str, *, goal: str, shared: bool) -> Things:
        """What the member asks, follows, judges and collects from those things."""
        scope = self.scope(name)
        answer = await self.app.asker.ask(asks, scope)
        assert not answer.abstained, answer
        self.clock.advance(1)
        again = await self.app.asker.ask("And how many homes does it hold?", scope, conversation=answer.conversation)

        def keep(conn: sa.Connection) -> dict[str, str]:
            known = follow(conn, scope, "standing", answer.id, clock=self.clock)
            thumb = give_thumb(conn, scope, answer.id, "up", clock=self.clock, reason=None, text="")
            table = make_table(conn, scope, goal, clock=self.clock)
            if shared:
                share_answer(conn, scope, answer.id, clock=self.clock)
                share_answer(conn, scope, again.id, clock=self.clock)
                share_table(conn, scope, table.id, shared=True, clock=self.clock)
            return {"follow": known.id, "feedback": thumb.id, "table": table.id}

        made = self.records.write(keep)
        slate = await self.feeds_on(name, things)
        table = self.records.read(lambda conn: find_table(conn, scope, made["table"]))
        fill_table(self.records, table, clock=self.clock)
        said = {"conversation": answer.conversation, "answer": answer.id, "run": answer.id, "question": answer.id}
        return things.but(**made, **said, slate=slate)

    async def feeds_on(self, name: str, things: Things) -> str:
        """The id of a slate of the member's, of which they saw, opened, liked and shared the things' item."""
        scope = self.scope(name)
        slate = (await self.app.feeds.slate(scope, length=20, fresh=True)).slate
        assert things.ids["key"] in [entry.key for entry in slate.entries]
        kinds = ("shown", "opened", "liked", "shared")
        told = [NewEvent(things.ids["key"], kind, slate=slate.id, sender=scope) for kind in kinds]
        assert {one.state for one in await self.app.events.keep(scope.workspace, told)} == {"kept"}
        return slate.id

    def saves(self, name: str, things: Things) -> None:
        """The member saves the item that the page of those things is."""
        scope = self.scope(name)
        event = NewEvent(things.ids["key"], "saved", sender=scope)
        (kept,) = self.records.write(lambda conn: keep_events(conn, scope.workspace, [event], clock=self.clock))
        assert kept.state == "kept", kept

    def boards(self, name: str, things: Things, called: str) -> None:
        """The member puts the item on a board that is called so."""
        scope = self.scope(name)

        def make(conn: sa.Connection) -> str:
            board = make_board(conn, scope, called, clock=self.clock).id
            put_on_board(conn, scope, things.ids["key"], board, clock=self.clock)
            return board

        things.ids["board"] = self.records.write(make)

    def tests(self, name: str, word: str) -> None:
        """`ranker`, a running experiment of the member's in which people have done something, and `draft` beside it."""
        scope, metric = self.scope(name), f"{word}-saved"
        plan = read(
            Plan,
            {
                "hypothesis": f"With {word} more is saved.",
                "metric": metric,
                "metrics": [{"name": metric, "kinds": ["saved"]}],
                "stop": f"When {word} is known.",
            },
        )
        draft = plan.model_dump() | {"metric": "saved", "metrics": [{"name": "saved", "kinds": ["saved"]}]}
        rules = read(Rules, {"variants": [{"name": "control"}, {"name": "treatment"}], "layer": f"{word}-layer"})
        people: list[dict[str, Any]] = [
            {"id": new_id(self.clock), "workspace": scope.workspace, "external_id": f"{name}-{number}", "name": "",
             "created_at": self.clock.now_s()}
            for number in range(450)
        ]  # fmt: skip

        def run(conn: sa.Connection) -> None:
            create(conn, scope, "ranker", plan, rules, clock=self.clock)
            create(conn, scope, "draft", read(Plan, draft), rules, clock=self.clock)
            start(conn, scope, "ranker", clock=self.clock)
            conn.execute(sa.insert(persons), people)
            meetings = [
                Meeting("ranker", one["id"], UnitBuckets(one["external_id"]), {"device": f"{word}-{number % 2}"})
                for number, one in enumerate(people)
            ]
            expose(conn, scope.workspace, meetings, clock=self.clock)
            item = conn.execute(sa.select(items.c.id).where(items.c.workspace == scope.workspace).limit(1)).scalar_one()
            now_s = self.clock.now_s() + 1
            conn.execute(
                sa.insert(events),
                [
                    {"workspace": scope.workspace, "person": one["id"], "item": item, "kind": "saved", "at": now_s,
                     "received_at": now_s, "key": f"saved-{one['id']}"}
                    for one in people[::3]
                ],
            )  # fmt: skip
            learn(conn, scope, f"What {word} taught.", clock=self.clock, experiment="ranker",
                  effect={"metric": metric, "lift": 0.1})  # fmt: skip

        self.records.write(run)

    def test_again(self) -> None:
        """Let every `ranker` run and every `draft` be one, whatever was done to them."""

        def renew(conn: sa.Connection) -> None:
            drafts = sa.select(experiments.c.id).where(experiments.c.name == "draft")
            conn.execute(sa.delete(experiment_phases).where(experiment_phases.c.experiment.in_(drafts)))
            for name, values in (("ranker", {"state": "running"}), ("draft", {"state": "draft", "phase": 0})):
                conn.execute(sa.update(experiments).where(experiments.c.name == name).values(values))

        self.records.write(renew)

    def picks(self, name: str, topic: str) -> None:
        """The member picks a topic for their feed."""
        scope = self.scope(name)
        self.records.write(lambda conn: choose(conn, scope, clock=self.clock, interests=[topic]))

    def close_source(self, name: str, things: Things) -> None:
        """The member keeps the source to themselves from now on."""
        scope = self.scope(name)
        self.records.write(lambda conn: set_private(conn, things.ids["source"], scope, private=True, clock=self.clock))


@asynccontextmanager
async def open_world(records: Records, folder: Path) -> AsyncIterator[World]:
    """All of it, gathered, asked, followed and closed."""
    clock, index, embedder = ManualClock(), ModelIndex(), HashEmbedder(dimensions=384)
    library = Library(records, clock)
    searcher = Searcher(records, index, cast("Embedder", embedder))
    counters = open_counters(records, clock)
    trials = Trials(records, places_here(default_agents()), clock)
    app = App(
        settings=Settings(data_dir=folder),
        clock=clock,
        records=records,
        counters=counters,
        limiter=LocalLimiter(counters, clock),
        bus=RecordsBus(records, clock),
        index=index,
        embedder=cast("Embedder", embedder),
        searcher=searcher,
        asker=Asker(records, searcher, clock, trials=trials),
        policy=Policy(parse_allowed(("127.0.0.1",))),
        feeds=local_feeds(records, lambda topic: HashEmbedder(dimensions=384).embed([topic])[0], clock, trials=trials),
        events=EventKeeper(records, clock),
        experiments=Experiments(records, clock),
        trials=trials,
        scope=library.scope,
    )

    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[App]:
        yield app
        await app.experiments.close()
        await app.trials.close()
        await app.events.close()
        await app.feeds.close()
        counters.close()

    web = create_app(app.settings, opener=opened)
    async with web.router.lifespan_context(web):
        transport = httpx.ASGITransport(web, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            # Streams that would go on for ever end after what there is now.
            web.state.watchers.stopping.set()
            world = World(library, app, client, Indexer(records, index, cast("Embedder", embedder), clock))
            await _fill(world)
            yield world


async def _fill(world: World) -> None:
    here = world.library.scope.workspace
    next_door = world.records.write(lambda conn: people.workspace_named(conn, "Next door", clock=world.clock))
    for name, role in (("ana", Role.ADMIN), ("ben", Role.READER), ("cem", Role.CURATOR), ("olga", Role.OPERATOR),
                       ("adam", Role.ADMIN)):  # fmt: skip
        world.join(name, role, here)
    world.join("dan", Role.ADMIN, next_door)

    common = world.library.source("https://common.example.org/", "learn about homes")
    world.library.page(common, "https://common.example.org/quokkas", COMMON, title="Quokkas")

    everybody = ("ana", "ben", "cem", "olga", "adam")
    later = world.gather(LATER, "ana", private=False, savers=everybody)
    for name in everybody[1:]:
        world.things[name] = await world.keeps(name, later, UNNAMED, goal=GOAL, shared=True)
        world.job(later.ids["source"], name, "completed")
        world.boards(name, world.things[name], "Homes")
    world.close_source("ana", later)

    for name, word in (("ana", OWN), ("dan", NEXT)):
        things = world.gather(word, name, private=True, savers=(name,))
        named = f"How many homes does the {word.capitalize()} registry hold?"
        world.things[name] = await world.keeps(name, things, named, goal=f"{word} {GOAL}", shared=False)
        world.things[f"{name} shares"] = await world.keeps(name, things, UNNAMED, goal=GOAL, shared=True)
        world.boards(name, world.things[name], f"Homes of {word}")
        world.things[f"{name} shares"].ids["board"] = world.things[name].ids["board"]
        world.picks(name, word)
    for name, member in world.members.items():
        world.things[name].ids.update(account=member.account)
    for name, word in (("olga", TESTED), ("dan", TRIED)):
        world.tests(name, word)
        world.things[f"{name} tests"] = world.things[name].but(name="ranker")
        world.things[f"{name} drafts"] = world.things[name].but(name="draft")
    for things in world.things.values():
        things.ids.update(now=world.clock.now_s())
