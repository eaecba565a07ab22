"""The API does what `docs/reference/openapi.json` says, whatever it is sent, and the client keeps to it."""

import asyncio
import inspect
import io
import json
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final, cast

import pytest
import schemathesis
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, CheckFunction
from schemathesis.generation import GenerationMode
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.schemas import OpenApiSchema

from bowerbird.accounts import Role, keys
from bowerbird.answer import Answer, Citation, Claim, Conflict, Side, Step, Suggestion, follow, give_thumb
from bowerbird.client import Client
from bowerbird.experiments import Plan, Rules, create, read, start
from bowerbird.feed.boards import make_board
from bowerbird.feed.renewal import renew_items
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.nouns import Hit, PassageText
from bowerbird.knowledge import list_entities
from bowerbird.knowledge.tables import fill_table, make_table
from bowerbird.ops import logs
from bowerbird.records import open_records
from bowerbird.settings import ImportSettings, Settings
from bowerbird.testing.builders import Library
from bowerbird.web import create_app
from tests.feeding import make_slate
from tests.servers import Databases

from . import members
from .conftest import Site
from .runs import asked, dead_letter

DOCUMENT: Final = Path(__file__).resolve().parents[3] / "docs" / "reference" / "openapi.json"
OPERATIONS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, operations in json.loads(DOCUMENT.read_text())["paths"].items()
    for method, operation in operations.items()
}
CHECKED: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
)
BASE: Final = "http://localhost:8080"
PLAN: Final = {
    "hypothesis": "It is opened more often.",
    "metric": "opened",
    "metrics": [{"name": "opened", "kinds": ["opened"]}],
}
RULES: Final = {"variants": [{"name": "control"}, {"name": "treatment"}]}
TEXT: Final = (
    "# Forests\n\nA random forest averages many trees. A random forest is an ensemble method. "
    "Every decision tree of a random forest is grown on a sample; a decision tree alone is nervous.\n\n"
    "- Bagging\n- Boosting"
)


@dataclass(frozen=True)
class Api:
    """The application with something of everything in it."""

    schema: OpenApiSchema
    known: dict[str, Any]  # what can stand in a path
    key: dict[str, str]

    def cases(self, name: str) -> "st.SearchStrategy[schemathesis.Case[Any]]":
        """Requests that fit the document, those of things that are there among them, and requests that do not."""
        operation = self.schema.find_operation_by_id(name)
        _, path, _ = OPERATIONS[name]
        there = {part: self.known[f"{path}:{part}"] for part in re.findall(r"{(\w+)}", path)}
        fixed: dict[str, Any] = {"query": {"url": self.known["url"]}} if name == "preview" else {}
        return st.one_of(
            operation.as_strategy(path_parameters=there or None, **fixed),
            operation.as_strategy(**fixed),
            operation.as_strategy(GenerationMode.NEGATIVE, **fixed),
        )


@pytest.fixture(scope="module")
def api(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Each worker of pytest has its own."""
    folder = tmp_path_factory.mktemp("api")
    with databases.new(folder) as url:
        records = open_records(url)
        logs.configure(stream=io.StringIO())
        library = Library(records, ManualClock())
        site = Site(library)
        known = fill(site)
        app = create_app(
            Settings(data_dir=folder, rate_limit_per_hour=10**9, imports=ImportSettings(max_upload_bytes=200_000)),
            opener=site.opened,
        )
        schema = schemathesis.openapi.from_path(DOCUMENT)
        schema.app = app
        admin = members.join(site, "admin@example.org", Role.ADMIN)
        key = members.key(site, admin, Role.ADMIN)["authorization"]
        schema.config.max_stream_events = 2  # a stream goes on for as long as the server does
        with listening() as (somewhere, _):
            yield Api(schema, known | {"url": somewhere}, {"Authorization": key})
        shutdown_lifespans()
        records.close()
        structlog.reset_defaults()


def fill(site: Site) -> dict[str, Any]:
    """Something for each kind of path; returns what to ask for."""
    library = site.library
    source = library.source()
    ended, queued = (
        library.job(source, "completed", result={"passages": 3}),
        library.job(library.source("https://e.org/")),
    )
    library.url(ended, "https://docs.example.org/a", state="skipped", reason="robots", detail="robots.txt forbids it")
    stored = library.page(source, "https://docs.example.org/a", TEXT)
    library.arrange()
    cited = Citation(n=1, quote=TEXT[:31], url="https://docs.example.org/a", title="A", version=1, start=0, end=31)
    site.asker.says = [
        Answer(
            question="What is boosting?",
            text=TEXT[:31],
            claims=(Claim(TEXT[:31], "supported", (cited,)),),
            conflicts=(Conflict("boosting", (Side(cited, 5.0),)),),
            suggestions=(Suggestion("evidence", "near", cited), Suggestion("crawl", "gather it", goal="boosting")),
            steps=(Step("planner", "looked", 0.5),),
            took_ms=1.0,
        )
    ]
    passage = PassageText(
        id=1, version=stored.version, page=stored.page, source=source, url="https://docs.example.org/a",
        title="A", heading="", start=0, end=31, text=TEXT[:31],
    )  # fmt: skip
    library.page(library.source("import:notes"), "import:notes/17", TEXT)
    renew_items(library.records, limit=9, clock=library.clock)
    site.searcher.hits = [Hit(passage=passage, score=1.0, bm25=1.0, dense=None)]
    other = members.join(site, "other@example.org", Role.READER)
    members.key(site, other, Role.READER)
    entity = library.records.read(lambda conn: list_entities(conn, library.scope))[0].id
    held = library.records.read(
        lambda conn: keys.list_keys(conn, library.scope.workspace, clock=library.clock, person=None)
    )[0].id
    run = asked(site, library.scope)
    followed = library.records.write(lambda conn: follow(conn, library.scope, "standing", run, clock=library.clock))
    judged = library.records.write(lambda conn: give_thumb(conn, library.scope, run, "up", clock=library.clock))
    board = library.records.write(lambda conn: make_board(conn, library.scope, "Film", clock=library.clock)).id
    table = library.records.write(
        lambda conn: make_table(conn, library.scope, "methods: name, description", clock=library.clock)
    )
    fill_table(library.records, table, clock=library.clock)
    tested = library.records.write(
        lambda conn: create(conn, library.scope, "ranker", read(Plan, PLAN), read(Rules, RULES), clock=library.clock)
    ).name
    library.records.write(lambda conn: start(conn, library.scope, tested, clock=library.clock))
    waiting = library.records.write(lambda conn: make_table(conn, library.scope, "methods", clock=library.clock))
    return {
        "/v1/feed/muted/{source}:source": source,
        "/v1/tables/{table}:table": table.id,
        "/v1/tables/{table}/refresh:table": waiting.id,
        "/v1/tables/{table}/rows.csv:table": table.id,
        "/v1/tables/{table}/rows.jsonl:table": table.id,
        "/v1/models/{model}:model": "bowerbird",
        "/v1/answers/{answer}:answer": run,
        "/v1/answers/{answer}.md:answer": run,
        "/v1/answers/{answer}/share:answer": run,
        "/v1/conversations/{conversation}:conversation": followed.conversation,
        "/v1/conversations/{conversation}.md:conversation": followed.conversation,
        "/v1/feedback/{feedback}:feedback": judged.id,
        "/v1/follows/{follow}:follow": followed.id,
        "/v1/news/{news}/aside:news": "change-1-2",
        **{f"/v1/boards/{{board}}{path}:board": board for path in ("", "/restore", "/items/{key}")},
        "/v1/boards/{board}/items/{key}:key": "17",
        "/v1/agents/letters/{letter}/revive:letter": dead_letter(site, library.scope.workspace),
        "/v1/agents/runs/{run}:run": run,
        "/v1/agents/runs/{run}/replay:run": run,
        "/v1/jobs/{job}:job": ended,
        "/v1/jobs/{job}/cancel:job": queued,
        "/v1/jobs/{job}/retry:job": ended,
        "/v1/jobs/{job}/urls:job": ended,
        "/v1/jobs/{job}/events:job": ended,
        "/v1/entities/{identifier}:identifier": entity,
        "/v1/entities/{identifier}/links/{other}:identifier": entity,
        "/v1/entities/{identifier}/links/{other}:other": entity,
        **{
            f"/v1/entities/{{identifier}}/{act}:identifier": entity
            for act in ("history", "merge", "part", "split", "rename", "retype", "hide", "undo")
        },
        "/v1/experiments/{name}:name": tested,
        **{
            f"/v1/experiments/{{name}}/{act}:name": tested
            for act in ("start", "stop", "decide", "exposures", "results", "report", "segments")
        },
        "/v1/items/{key}:key": "17",
        "/v1/feed/slates/{slate}:slate": asyncio.run(make_slate(library)).id,
        "/v1/pages/{page}:page": stored.page,
        "/v1/versions/{version}:version": stored.version,
        "/v1/keys/{key}/rotate:key": held,
        "/v1/keys/{key}:key": held,
        "/v1/people/{account}:account": other.account,
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_keeps_to_the_document(api: Api, name: str) -> None:
    """No fault, no status, header, media type or shape that it does not say; nothing taken that it refuses."""
    checks = cast("list[CheckFunction]", CHECKS.get_by_names(CHECKED))

    @settings(max_examples=10, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(api.cases(name))
    def check(case: "schemathesis.Case[Any]") -> None:
        case.call_and_validate(base_url=BASE, headers=api.key, checks=checks)

    check()


class Ear(BaseHTTPRequestHandler):
    """Notes what it is asked, and says yes."""

    heard: list[tuple[str, str]]

    def answer(self) -> None:
        self.heard.append((self.command, self.path.partition("?")[0]))
        self.rfile.read(int(self.headers.get("content-length", "0")))
        is_stream = "event-stream" in self.headers.get("accept", "")
        body = (
            b"event: end\ndata: {}\n\n"
            if is_stream
            else b'{"job": "01k", "jobs": [], "entities": [], "answers": [], "follows": [], "tables": [],'
            b' "news": [], "boards": [], "experiments": [], "learnings": [], "variant": "control"}'
        )
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  the names that http.server calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the signature is http.server's
        """Say nothing."""


@contextmanager
def listening() -> Generator[tuple[str, list[tuple[str, str]]]]:
    """The address of a server, and the method and path of all that it is asked."""
    heard: list[tuple[str, str]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Heard", (Ear,), {"heard": heard}))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


CALLS: Final[dict[str, Callable[[Client], Any]]] = {
    "a_a": lambda client: client.a_a(),
    "experiments": lambda client: client.experiments(),
    "experiment": lambda client: client.experiment("ranker"),
    "plan_experiment": lambda client: client.plan_experiment("ranker", PLAN, RULES),
    "change_experiment": lambda client: client.change_experiment("ranker", rules=RULES, new_phase=True),
    "start_experiment": lambda client: client.start_experiment("ranker"),
    "stop_experiment": lambda client: client.stop_experiment("ranker"),
    "decide_experiment": lambda client: client.decide_experiment("ranker", "ship", "It is better.", variant="fresh"),
    "variant": lambda client: client.variant("ranker", user="anna", attributes={"region": "NZ"}, shown="fresh"),
    "experiment_results": lambda client: client.experiment_results("ranker"),
    "experiment_places": lambda client: client.experiment_places(),
    "experiment_report": lambda client: client.experiment_report("ranker", phase=1),
    "experiment_segments": lambda client: client.experiment_segments("ranker", metric="saved"),
    "learnings": lambda client: client.learnings("fresh", metric="saved"),
    "learn": lambda client: client.learn("Freshness matters.", experiment="ranker"),
    "me": lambda client: client.me(),
    "search": lambda client: client.search("boosting", limit=3, kind="pdf", since=1.0),
    "ask": lambda client: client.ask("What?"),
    "ask_step_by_step": lambda client: list(client.ask_step_by_step("What?")),
    "answers": lambda client: client.answers(limit=5, before="01k"),
    "answer": lambda client: client.answer("01k"),
    "answer_as_markdown": lambda client: client.answer_as_markdown("01k"),
    "conversation": lambda client: client.conversation("01k"),
    "share": lambda client: client.share("01k"),
    "stop_sharing": lambda client: client.stop_sharing("01k"),
    "judge": lambda client: client.judge("01k", "down", reason="source"),
    "take_back": lambda client: client.take_back("01k"),
    "follow": lambda client: client.follow("01k", "change"),
    "follow_thing": lambda client: client.follow_thing("topic", "glass frogs"),
    "follows": lambda client: client.follows(),
    "stop_following": lambda client: client.stop_following("01k"),
    "news": lambda client: client.news(),
    "put_news_aside": lambda client: client.put_news_aside("change-1-2"),
    "bring_news_back": lambda client: client.bring_news_back("change-1-2"),
    "boards": lambda client: client.boards(),
    "board": lambda client: client.board("01k"),
    "make_board": lambda client: client.make_board("Film"),
    "rename_board": lambda client: client.rename_board("01k", "Film"),
    "remove_board": lambda client: client.remove_board("01k"),
    "restore_board": lambda client: client.restore_board("01k"),
    "put_on_board": lambda client: client.put_on_board("01k", "notes/17"),
    "take_off_board": lambda client: client.take_off_board("01k", "notes/17"),
    "bring_in": lambda client: client.bring_in(Path(__file__), name="tests", kind="file"),
    "entities": lambda client: client.entities("boosting"),
    "entity": lambda client: client.entity(7),
    "entity_history": lambda client: client.entity_history(7),
    "entity_links": lambda client: client.entity_links(7, 8),
    "merge_entity": lambda client: client.merge_entity(7, 8),
    "part_entity": lambda client: client.part_entity(7, 8),
    "split_entity": lambda client: client.split_entity(7, [3], "another"),
    "rename_entity": lambda client: client.rename_entity(7, "another"),
    "retype_entity": lambda client: client.retype_entity(7, "person"),
    "hide_entity": lambda client: client.hide_entity(7),
    "undo_entity_decision": lambda client: client.undo_entity_decision(7, 1),
    "page": lambda client: client.page(7, version=8),
    "version": lambda client: client.version(8),
    "tables": lambda client: client.tables(),
    "collect": lambda client: client.collect("things", fields=["name"], shared=True),
    "table": lambda client: client.table("01k", limit=5, offset=5),
    "change_table": lambda client: client.change_table("01k", fields=["name"], shared=False),
    "refresh_table": lambda client: client.refresh_table("01k"),
    "remove_table": lambda client: client.remove_table("01k"),
    "table_as_csv": lambda client: client.table_as_csv("01k"),
    "table_as_json_lines": lambda client: client.table_as_json_lines("01k"),
    "add_items": lambda client: client.add_items([{"id": "17", "title": "A"}]),
    "items": lambda client: client.items(kind="vendor", region="Otago", cursor=9),
    "item": lambda client: client.item("notes/17"),
    "remove_item": lambda client: client.remove_item("notes/17"),
    "tell": lambda client: client.tell([{"item": "17", "kind": "opened"}]),
    "replay_slate": lambda client: client.replay_slate("01k", without=["quality"], user="anna"),
    "start": lambda client: client.start("https://docs.example.org/", "learn"),
    "gather": lambda client: client.gather("https://docs.example.org/", "learn"),
    "jobs": lambda client: client.jobs(status=["failed"]),
    "job": lambda client: client.job("01k"),
    "cancel": lambda client: client.cancel("01k"),
    "retry": lambda client: client.retry("01k"),
    "watch": lambda client: list(client.watch("01k")),
    "live": lambda client: list(client.live(after="3")),
    "notices": lambda client: client.notices(),
}


def test_every_call_of_the_client_is_tried() -> None:
    public = {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if not name.startswith("_")}

    assert public - {"close"} == CALLS.keys()


@pytest.mark.parametrize("name", CALLS)
def test_the_client_asks_only_for_what_the_document_has(name: str) -> None:
    """Method and path of each call are those of an operation."""
    with listening() as (url, heard), Client(url) as client:
        CALLS[name](client)

    assert heard
    assert [one for one in heard if not any(_fits(one, operation) for operation in OPERATIONS.values())] == []


def _fits(asked: tuple[str, str], operation: tuple[str, str, dict[str, Any]]) -> bool:
    method, path, _ = operation
    return asked[0] == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), asked[1]) is not None


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_what_an_integrator_needs(name: str) -> None:
    """Words, who may, an answer with a shape and an example or a media type of its own, and every refusal."""
    _, path, operation = OPERATIONS[name]
    answers = {status: one for status, one in operation["responses"].items() if status.startswith("2")}

    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
    assert path.startswith("/v1/") or path in ("/healthz", "/readyz", "/metrics")
    assert operation["summary"]
    assert operation["description"]
    assert "security" in operation
    assert len(answers) == 1
    assert all("content" in one for status, one in answers.items() if status != "204")
    refused = operation["responses"].keys() - answers.keys()
    assert {"401", "403", "429", "503"} <= refused or operation["security"] == []
    assert all(operation["responses"][status]["$ref"] for status in refused)
