"""
A model server for tests and benchmarks: OpenAI's chat-completions protocol over real HTTP on this machine, no model.

    with ModelServer(lambda asked: Told("Four.", tokens_per_s=40)) as server:
        ...  # llm = server.llm
    assert server.asked[0].body["stream"]

A script says what each request is told, and how badly: slowly, never, halfway, with an error, as broken JSON. What was
sent is recorded, because what we send is half of the protocol.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any, Self

from bowerbird.demo.loopback import LoopbackServer

__all__ = ["Asked", "ModelServer", "Script", "Told", "in_turn"]

MODEL = "scripted-1"
MAX_REQUEST_BYTES = 16_000_000
_TOKEN = re.compile(r"\s*\S{1,4}|\s+$")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was sent."""

    path: str
    headers: Mapping[str, str]  # by lower-case name
    body: Mapping[str, Any]

    @property
    def text(self) -> str:
        """All messages, one after the other."""
        return "\n".join(str(message.get("content") or "") for message in self.messages)

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        """What was said so far."""
        found: Sequence[Mapping[str, Any]] = self.body.get("messages", [])
        return found


@dataclass(frozen=True, slots=True)
class Told:
    """What is answered, and how. Without a speed it comes at once."""

    text: str = ""
    status: int = 200
    retry_after_s: float | None = None
    wait_s: float = 0.0  # before the first byte; more than a test's patience is a server that hangs
    tokens_per_s: float | None = None
    dies_after: int | None = None  # tokens, after which the connection is cut
    raw: bytes | None = None  # instead of a body that keeps to the protocol
    tool: str | None = None  # the tool that is called with `text`; the first one when a tool is required


Script = Callable[[Asked], Told]


def in_turn(*told: Told) -> Script:
    """A script that gives these one after the other, and the last one from then on."""
    lock = threading.Lock()
    left = list(told)

    def script(_asked: Asked) -> Told:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return script


class ModelServer:
    """Answers at `base_url` from entering the context to leaving it; a thread for each connection."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.at_once = 0
        self._lock = threading.Lock()
        self._server = LoopbackServer(host="127.0.0.1", port=0)
        self.base_url = f"{self._server.url}/v1"
        self.llm = f"{self.base_url}#{MODEL}"  # the setting

    def __enter__(self) -> Self:
        self._server.serve(partial(_Handler, self))
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def told(self, asked: Asked) -> Told:
        """Record a request, and what its answer is."""
        with self._lock:
            self.asked.append(asked)
        return self.script(asked)

    def sleep(self, seconds: float) -> None:
        """Wait, but not longer than the server lives."""
        if seconds > 0 and self._server.closing.wait(seconds):
            raise ConnectionError("the server is closing")

    def begin(self) -> None:
        """An answer is under way."""
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)

    def end(self) -> None:
        """It no longer is."""
        with self._lock:
            self.at_once -= 1


class _Cut(ConnectionError):
    """The connection is to be cut."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, model: ModelServer, *args: Any) -> None:
        self._model = model
        super().__init__(*args)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Silent: what was asked is recorded."""

    def do_GET(self) -> None:
        """The list of models, which a client may ask to see whether anybody is there."""
        if self.path == "/v1/models":
            self._json(200, {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "test"}]})
        else:
            self._json(404, _error("no such path"))

    def do_POST(self) -> None:
        """One completion."""
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), MAX_REQUEST_BYTES))
        if self.path != "/v1/chat/completions":
            self._json(404, _error("no such path"))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.path, headers, json.loads(body))
        self._model.begin()
        try:
            self._answer(asked, self._model.told(asked))
        except _Cut:
            self.close_connection = True
        finally:
            self._model.end()

    def _answer(self, asked: Asked, told: Told) -> None:
        self._model.sleep(told.wait_s)
        if told.status != 200:
            self._json(told.status, _error(told.text or "scripted"), retry_after_s=told.retry_after_s)
        elif told.raw is not None:
            is_stream = bool(asked.body.get("stream"))
            self._send(200, told.raw, "text/event-stream" if is_stream else "application/json")
        elif asked.body.get("stream"):
            self._stream(asked, told)
        else:
            for _ in self._paced(told):
                pass
            message = _message(told.text, _tool(asked, told))
            self._json(200, _completion(asked, told, "chat.completion", message=message))

    def _stream(self, asked: Asked, told: Told) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        tool = _tool(asked, told)
        self._event(_chunk(asked, _message("", tool, index=0)))
        for token in self._paced(told):
            self._event(_chunk(asked, _more(token, tool)))
        self._event(_chunk(asked, {}, finish=_finish(asked, told)))
        if (asked.body.get("stream_options") or {}).get("include_usage"):
            self._event({**_chunk(asked, {}), "choices": [], "usage": _usage(asked, told)})
        self._part(b"data: [DONE]\n\n")
        self._part(b"")

    def _paced(self, told: Told) -> Iterator[str]:
        """The tokens, each at its time; raises when the script says to die."""
        began = time.monotonic()
        for number, token in enumerate(_TOKEN.findall(told.text)):
            if told.dies_after is not None and number >= told.dies_after:
                raise _Cut
            if told.tokens_per_s is not None:
                self._model.sleep(began + (number + 1) / told.tokens_per_s - time.monotonic())
            yield token
        if told.dies_after is not None:
            raise _Cut

    def _event(self, data: Mapping[str, Any]) -> None:
        self._part(b"data: " + json.dumps(data).encode() + b"\n\n")

    def _part(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _json(self, status: int, body: Mapping[str, Any], *, retry_after_s: float | None = None) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", retry_after_s=retry_after_s)

    def _send(self, status: int, body: bytes, kind: str, *, retry_after_s: float | None = None) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if retry_after_s is not None:
            self.send_header("retry-after", f"{retry_after_s:g}")
        self.end_headers()
        self.wfile.write(body)


def _tool(asked: Asked, told: Told) -> str | None:
    tools = asked.body.get("tools") or []
    if told.tool is None and tools and asked.body.get("tool_choice") == "required":
        return str(tools[0]["function"]["name"])
    return told.tool


def _message(text: str, tool: str | None, **index: int) -> dict[str, Any]:
    if tool is None:
        return {"role": "assistant", "content": text}
    call = {"id": "call_1", "type": "function", "function": {"name": tool, "arguments": text}, **index}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def _more(token: str, tool: str | None) -> dict[str, Any]:
    if tool is None:
        return {"content": token}
    return {"tool_calls": [{"index": 0, "function": {"arguments": token}}]}


def _finish(asked: Asked, told: Told) -> str:
    return "stop" if _tool(asked, told) is None else "tool_calls"


def _chunk(asked: Asked, delta: Mapping[str, Any], *, finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**_head(asked, "chat.completion.chunk"), "choices": [choice]}


def _completion(asked: Asked, told: Told, kind: str, *, message: Mapping[str, Any]) -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": _finish(asked, told)}
    return {**_head(asked, kind), "choices": [choice], "usage": _usage(asked, told)}


def _head(asked: Asked, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_750_000_000, "model": asked.body.get("model", MODEL)}


def _usage(asked: Asked, told: Told) -> dict[str, int]:
    read, written = len(_TOKEN.findall(asked.text)), len(_TOKEN.findall(told.text))
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "scripted", "code": None}}
