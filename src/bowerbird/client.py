"""
A client of Bowerbird's API, for programs in Python.

    with Client("http://127.0.0.1:8080", key="bwb_…") as bowerbird:
        job = bowerbird.gather("https://docs.example.org/", "learn how to install it")
        answer = bowerbird.ask("How do I install it?")
        print(answer["answer"], [citation["url"] for claim in answer["claims"] for citation in claim["citations"]])

What is returned is the API's JSON, as `/openapi.json` of the server describes it.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeAlias
from urllib.parse import quote

import httpx

__all__ = ["ApiError", "Client", "Event", "Json"]

Json: TypeAlias = dict[str, Any]

ENDED: Final = ("completed", "failed", "cancelled")
_RECONNECTS: Final = 5
_LONGEST_WAIT_S: Final = 30.0


class ApiError(Exception):
    """The server said no; what it said (RFC 9457) is in `problem`, and `code` is the word to branch on."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(problem.get("detail") or f"the server answered {status}")
        self.status = status
        self.problem = problem

    @property
    def code(self) -> str:
        """The kind of problem as one word: input-wrong, not-found, limit-reached, …"""
        return str(self.problem.get("code", ""))

    @property
    def retry_after_s(self) -> float | None:
        """In how many seconds the same call can work, where the server knows."""
        return self.problem.get("retry_after_s")


class Event:
    """One server-sent event."""

    __slots__ = ("data", "id", "name")

    def __init__(self, name: str, data: Any, identifier: str) -> None:
        self.name = name
        self.data = data
        self.id = identifier


class Client:
    """
    A connection to one server; use it as a context manager, from one thread at a time.

    `user` is the external id of the person that every call is made for, if the key's role allows it. Reading calls are
    tried again when the server is busy (429, 503) and says when to come back, `patience_s` in all; others never are.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        key: str | None = None,
        user: str | None = None,
        timeout_s: float = 60.0,
        patience_s: float = 10.0,
    ) -> None:
        headers = {"User-Agent": "bowerbird-client", "Accept": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._patience_s = patience_s
        self._http = httpx.Client(
            base_url=url,
            headers=headers,
            params={"user": user} if user else None,
            timeout=timeout_s,
            trust_env=False,  # a proxy meant for the Internet would get the key
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def me(self) -> Json:
        """Whom the server takes this client for."""
        return self._get("/v1/me")

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        kind: str | None = None,
        source: str | None = None,
        since: float | None = None,
        until: float | None = None,
        language: str | None = None,
    ) -> Json:
        """Passages by words and meaning: `{"query", "took_ms", "hits": […]}`. Times are seconds since 1970."""
        return self._get(
            "/v1/search",
            q=query,
            limit=limit,
            kind=kind,
            source=source,
            since=since,
            until=until,
            language=language,
        )

    def ask(self, question: str, *, conversation: str | None = None, as_of: float | None = None) -> Json:
        """
        An answer whose claims cite exact spans: `{"answer", "abstained", "claims": […], …}`.

        In a `conversation` it is understood by what was said there; `as_of` a time it is what was stored then.
        """
        return self._send("POST", "/v1/ask", _given(question=question, conversation=conversation, as_of=as_of))

    def ask_step_by_step(
        self, question: str, *, conversation: str | None = None, as_of: float | None = None
    ) -> Iterator[Event]:
        """The same step by step: a `step` for what each agent did, then `answer`. Raises ApiError when that fails."""
        asked = _given(question=question, conversation=conversation, as_of=as_of)
        for event in self._stream("POST", "/v1/ask", body=asked):
            if event.name == "problem":
                raise ApiError(int(event.data.get("status", 500)), event.data)
            yield event

    def answers(self, *, limit: int = 50, before: str | None = None) -> Sequence[Json]:
        """One's own answers, the newest first; those before the one with the id `before`."""
        return list(self._get("/v1/answers", limit=limit, before=before)["answers"])

    def answer(self, answer: str) -> Json:
        """A kept answer, with what of it is stale."""
        return self._get(f"/v1/answers/{answer}")

    def answer_as_markdown(self, answer: str) -> str:
        """A kept answer as a document with its sources."""
        return self._read(f"/v1/answers/{answer}.md").text

    def conversation(self, conversation: str) -> Json:
        """The questions of a conversation with their answers."""
        return self._get(f"/v1/conversations/{conversation}")

    def share(self, answer: str) -> Json:
        """Let everyone in the workspace read an answer."""
        return self._send("POST", f"/v1/answers/{answer}/share")

    def stop_sharing(self, answer: str) -> None:
        """Keep an answer to oneself again."""
        self._send("DELETE", f"/v1/answers/{answer}/share")

    def judge(self, answer: str, thumb: str, *, reason: str | None = None, text: str = "") -> Json:
        """Say whether an answer helped: `thumb` is "up" or "down"; what was said of it before is replaced."""
        return self._send("POST", "/v1/feedback", _given(answer=answer, thumb=thumb, reason=reason, text=text))

    def take_back(self, feedback: str) -> None:
        """Forget what was said of an answer."""
        self._send("DELETE", f"/v1/feedback/{feedback}")

    def follow(self, question: str, kind: str, *, job: str | None = None) -> Json:
        """
        Follow the question with that id.

        `kind` is "change" (tell when what it cites changes), "standing" (ask again when there is news) or "gap" (come
        back when `job` has gathered what was missing).
        """
        return self._send("POST", "/v1/follows", _given(question=question, kind=kind, job=job))

    def follow_thing(self, kind: str, of: int | str) -> Json:
        """
        Have what is new of something in the feed.

        `kind` is "entity" (`of` is its id), "source" (its id or address) or "topic" (in words).
        """
        return self._send("POST", "/v1/follows", {"kind": kind, kind: of})

    def follows(self) -> Sequence[Json]:
        """What is followed, and what was: `ended_at` tells."""
        return list(self._get("/v1/follows")["follows"])

    def stop_following(self, follow: str) -> None:
        """Let a followed question rest, or follow a thing no longer."""
        self._send("DELETE", f"/v1/follows/{follow}")

    def news(self) -> Sequence[Json]:
        """What became of what you rely on: pages that changed, pages that differ, answers; the newest first."""
        return list(self._get("/v1/news")["news"])

    def put_news_aside(self, news: str) -> None:
        """Have it listed no more."""
        self._send("POST", f"/v1/news/{news}/aside")

    def bring_news_back(self, news: str) -> None:
        """Have it listed again."""
        self._send("DELETE", f"/v1/news/{news}/aside")

    def boards(self) -> Sequence[Json]:
        """Your boards, by their names."""
        return list(self._get("/v1/boards")["boards"])

    def board(self, board: str) -> Json:
        """A board with what is on it."""
        return self._get(f"/v1/boards/{board}")

    def make_board(self, name: str) -> Json:
        """A new board."""
        return self._send("POST", "/v1/boards", {"name": name})

    def rename_board(self, board: str, name: str) -> Json:
        """Call a board otherwise."""
        return self._send("PATCH", f"/v1/boards/{board}", {"name": name})

    def remove_board(self, board: str) -> None:
        """Remove a board; what is on it stays saved."""
        self._send("DELETE", f"/v1/boards/{board}")

    def restore_board(self, board: str) -> Json:
        """Bring a board back that was removed."""
        return self._send("POST", f"/v1/boards/{board}/restore")

    def put_on_board(self, board: str, item: str) -> None:
        """Put an item on a board, away from the one that it is on; it is saved, if it was not."""
        self._send("PUT", f"/v1/boards/{board}/items/{quote(item, safe='')}")

    def take_off_board(self, board: str, item: str) -> None:
        """Take an item off a board; it stays saved."""
        self._send("DELETE", f"/v1/boards/{board}/items/{quote(item, safe='')}")

    def entities(self, query: str = "", *, limit: int = 20) -> Sequence[Json]:
        """What the pages are about, by name or importance, each with the sentences it rests on."""
        return list(self._get("/v1/entities", q=query, limit=limit)["entities"])

    def entity(self, identifier: int) -> Json:
        """All that is known of one entity."""
        return self._get(f"/v1/entities/{identifier}")

    def entity_history(self, identifier: int) -> Json:
        """What an entity is made of, and what was decided of it, the newest first."""
        return self._get(f"/v1/entities/{identifier}/history")

    def entity_links(self, identifier: int, other: int) -> Json:
        """What links two entities: `paths`, the shortest first, each step with the sentences that say it."""
        return self._get(f"/v1/entities/{identifier}/links/{other}")

    def merge_entity(self, identifier: int, into: int) -> Json:
        """Say that the entity is `into`; `decision` of what comes back is the number to undo it by."""
        return self._send("POST", f"/v1/entities/{identifier}/merge", {"into": into})

    def part_entity(self, identifier: int, member: int) -> Json:
        """Take out of the entity what was merged into it."""
        return self._send("POST", f"/v1/entities/{identifier}/part", {"member": member})

    def split_entity(self, identifier: int, pages: Sequence[int], name: str) -> Json:
        """Say that on these pages another thing of this name is meant; `made` of what comes back is its id."""
        return self._send("POST", f"/v1/entities/{identifier}/split", {"pages": list(pages), "name": name})

    def rename_entity(self, identifier: int, name: str) -> Json:
        """Call an entity something else."""
        return self._send("POST", f"/v1/entities/{identifier}/rename", {"name": name})

    def retype_entity(self, identifier: int, kind: str) -> Json:
        """Say what an entity is one of: a person, a term, …"""
        return self._send("POST", f"/v1/entities/{identifier}/retype", {"type": kind})

    def hide_entity(self, identifier: int) -> Json:
        """Take an entity out of all lists."""
        return self._send("POST", f"/v1/entities/{identifier}/hide")

    def undo_entity_decision(self, identifier: int, decision: int) -> Json:
        """Let all be as if that had not been decided of the entity."""
        return self._send("POST", f"/v1/entities/{identifier}/undo", {"decision": decision})

    def page(self, page: int, *, version: int | None = None) -> Json:
        """A stored page, its newest version or another."""
        return self._get(f"/v1/pages/{page}", version=version)

    def version(self, version: int) -> Json:
        """What a citation points into: `text[start:end] == quote`."""
        return self._get(f"/v1/versions/{version}")

    def tables(self) -> Sequence[Json]:
        """The tables that one may read, the newest first."""
        return list(self._get("/v1/tables")["tables"])

    def collect(self, goal: str, *, fields: Sequence[str] = (), shared: bool = False) -> Json:
        """A new table of what the goal asks for; it is filled soon, and `table` tells when by its `status`."""
        wanted = [{"name": name} for name in fields]
        return self._send("POST", "/v1/tables", {"goal": goal, "fields": wanted, "shared": shared})

    def table(self, table: str, *, limit: int = 100, offset: int = 0) -> Json:
        """A table with some of its rows, each cell with the place that says it."""
        return self._get(f"/v1/tables/{table}", limit=limit, offset=offset)

    def change_table(self, table: str, *, fields: Sequence[str] | None = None, shared: bool | None = None) -> Json:
        """Give a table other fields, or share it or not."""
        wanted = None if fields is None else [{"name": name} for name in fields]
        return self._send("PATCH", f"/v1/tables/{table}", _given(fields=wanted, shared=shared))

    def refresh_table(self, table: str) -> Json:
        """Let a table be filled anew; what differs is marked."""
        return self._send("POST", f"/v1/tables/{table}/refresh")

    def remove_table(self, table: str) -> None:
        """Forget a table; the pages stay."""
        self._send("DELETE", f"/v1/tables/{table}")

    def table_as_csv(self, table: str) -> str:
        """All rows of a table as CSV."""
        return self._read(f"/v1/tables/{table}/rows.csv").text

    def table_as_json_lines(self, table: str) -> str:
        """All rows of a table as JSON Lines."""
        return self._read(f"/v1/tables/{table}/rows.jsonl").text

    def start(
        self,
        url: str,
        goal: str,
        *,
        max_pages: int | None = None,
        max_depth: int | None = None,
        everything: bool = False,
        private: bool = False,
    ) -> Json:
        """The job that gathers the site; the one that does so already, if there is one."""
        wanted: Json = {"url": url, "goal": goal, "all": everything, "private": private}
        if max_pages is not None:
            wanted["max_pages"] = max_pages
        if max_depth is not None:
            wanted["max_depth"] = max_depth
        return self._send("POST", "/v1/jobs", wanted)

    def gather(self, url: str, goal: str, **how: Any) -> Json:
        """`start` a job and come back when it has ended, however long that takes; look at its `status`."""
        job = self.start(url, goal, **how)["job"]
        for _ in self.watch(job):
            pass
        return self.job(job)

    def bring_in(self, *paths: Path, name: str = "", kind: str = "auto", replace: bool = False) -> Json:
        """
        The job that reads these files and rows of items into the source `name`.

        With `replace`, what was in the source and is not in them leaves it.
        """
        with ExitStack() as stack:
            files = [("files", (path.name, stack.enter_context(path.open("rb")))) for path in paths]
            fields = {"name": name, "kind": kind, "replace": "1" if replace else "0"}
            return self._sent("POST", "/v1/imports", data=fields, files=files)

    def add_items(self, items: Sequence[Json]) -> Json:
        """The job that brings in up to 1,000 items; the same `id` again is an update."""
        return self._sent("POST", "/v1/items", json=list(items))

    def items(
        self,
        *,
        kind: str | None = None,
        category: str | None = None,
        region: str | None = None,
        limit: int = 50,
        cursor: int | None = None,
    ) -> Json:
        """What a feed can show, the last added first: `{"items": […], "next": the next cursor or null}`."""
        return self._get("/v1/items", kind=kind, category=category, region=region, limit=limit, cursor=cursor)

    def item(self, item: str) -> Json:
        """One item by its id."""
        return self._get(f"/v1/items/{quote(item, safe='')}")

    def remove_item(self, item: str) -> None:
        """Take an imported item out, until it is imported again."""
        self._send("DELETE", f"/v1/items/{quote(item, safe='')}")

    def tell(self, events: Sequence[Json]) -> Json:
        """
        Tell what people did, up to 1,000 events: `{"kept": n, "known": n, "refused": [{"index", "reason"}]}`.

        What is answered is on disk; with an `id` of your own in each it is safe to send them again.
        """
        return self._sent("POST", "/v1/events", json=list(events))

    def replay_slate(self, slate: str, *, without: Sequence[str] = (), user: str | None = None) -> Json:
        """
        A slate of a feed made again, with each item's propensity: as it was, or as it would have been without agents.

        `user` is whose it is, by your own id of them, if it is not you. An ApiError of 409 says that it cannot be told.
        """
        return self._get(f"/v1/feed/slates/{slate}", without=list(without), user=user)

    def jobs(self, *, status: Sequence[str] = (), limit: int = 50) -> Sequence[Json]:
        """The newest jobs first, of these states if any are given."""
        return list(self._get("/v1/jobs", status=list(status), limit=limit)["jobs"])

    def job(self, job: str) -> Json:
        """A job as it is now."""
        return self._get(f"/v1/jobs/{job}")

    def cancel(self, job: str) -> Json:
        """Ask a job to stop; what was kept stays."""
        return self._send("POST", f"/v1/jobs/{job}/cancel")

    def retry(self, job: str) -> Json:
        """A new job that does the same as one that has ended."""
        return self._send("POST", f"/v1/jobs/{job}/retry")

    def watch(self, job: str) -> Iterator[Event]:
        """The events of a job until it has ended: `pages`, `progress`, `end`. A broken stream goes on where it was."""
        return self._stream("GET", f"/v1/jobs/{job}/events", until="end")

    def live(self, *, after: str | None = None) -> Iterator[Event]:
        """
        What concerns whom the client acts for, as it happens: `hello`, each `notice` once, `jobs` when they move.

        `after` is the id of the last event seen; it goes on until the caller stops, or the key ends.
        """
        return self._stream("GET", "/v1/live", until="end", after=after)

    def notices(self, *, limit: int = 20) -> Json:
        """What happened, the newest first: `{"notices": […], "unread": n}`."""
        return self._get("/v1/notices", limit=limit)

    def experiment_report(self, experiment: str, *, phase: int | None = None) -> Json:
        """
        Whether the experiment can be trusted, what it says, and what to do (`advice`); of its last phase, or that one.

        While it is `locked`, whatever tells of a result is None.
        """
        return self._get(f"/v1/experiments/{experiment}/report", phase=phase)

    def experiment_places(self) -> Json:
        """Where the product itself can be put to the test: `{"places": [{"place", "tries", "variants", "given"…}]}`."""
        return self._get("/v1/experiments/places")

    def a_a(self) -> Json:
        """How often experiments without any difference would be called significant here: `rates` by kind of event."""
        return self._get("/v1/a-a")

    def _get(self, path: str, **query: Any) -> Json:
        return dict(self._read(path, **query).json())

    def _read(self, path: str, **query: Any) -> httpx.Response:
        wanted = _given(**query)
        give_up_at = time.monotonic() + self._patience_s
        while True:
            response = self._http.get(path, params=wanted)
            wait_s = _asked_to_wait(response)
            if wait_s is None or time.monotonic() + wait_s > give_up_at:
                _check(response)
                return response
            time.sleep(wait_s)

    def _send(self, method: str, path: str, body: Json | None = None) -> Json:
        return self._sent(method, path, json=body)

    def _sent(self, method: str, path: str, **how: Any) -> Json:
        response = self._http.request(method, path, **how)
        _check(response)
        return dict(response.json()) if response.content else {}

    def _stream(
        self, method: str, path: str, *, body: Json | None = None, until: str | None = None, after: str | None = None
    ) -> Iterator[Event]:
        """The events; with `until`, a stream that breaks before an event of that name is taken up again."""
        broken = 0
        while True:
            headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {})
            try:
                # No byte for a minute is a broken stream: the server sends a comment every 15 seconds.
                with self._http.stream(method, path, json=body, headers=headers, timeout=60.0) as response:
                    if not response.is_success:
                        response.read()
                        _check(response)
                    for event in _events(response.iter_lines()):
                        after, broken = event.id or after, 0
                        yield event
                        if event.name == until:
                            return
                if until is None:
                    return
            except httpx.TransportError:
                if until is None or broken >= _RECONNECTS:
                    raise
            if broken >= _RECONNECTS:
                raise ApiError(
                    503, {"detail": f"the stream {path} ended {broken} times before its end", "code": "broken"}
                )
            time.sleep(min(2.0**broken * 0.2, _LONGEST_WAIT_S))
            broken += 1


def _asked_to_wait(response: httpx.Response) -> float | None:
    """For how many seconds a busy server asks to be left alone."""
    if response.status_code not in (429, 503):
        return None
    asked = response.headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() else None


def _given(**values: Any) -> Json:
    """A body of what was given."""
    return {name: value for name, value in values.items() if value is not None}


def _check(response: httpx.Response) -> None:
    """Raise ApiError for what is no success."""
    if response.is_success:
        return
    try:
        problem = dict(response.json())
    except ValueError:
        problem = {"detail": f"the server answered {response.status_code}: {response.text[:200]}"}
    raise ApiError(response.status_code, problem)


def _events(lines: Iterator[str]) -> Iterator[Event]:
    """Server-sent events out of lines (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    name, data, identifier = "message", list[str](), ""
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line and field:
            name = value if field == "event" else name
            identifier = value if field == "id" else identifier
            if field == "data":
                data.append(value)
        elif not line:
            if data:
                yield Event(name, json.loads("\n".join(data)), identifier)
            name, data = "message", []
