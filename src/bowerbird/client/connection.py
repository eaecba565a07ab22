"""A connection to one server: reading calls that are patient, streams that are taken up again, and what goes wrong."""

import json
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

import httpx

__all__ = ["ApiError", "Connection", "Event", "Json", "given"]

Json: TypeAlias = dict[str, Any]

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


class Connection:
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

    def _get(self, path: str, **query: Any) -> Json:
        return dict(self._read(path, **query).json())

    def _read(self, path: str, **query: Any) -> httpx.Response:
        wanted = given(**query)
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


def given(**values: Any) -> Json:
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
