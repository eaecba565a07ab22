"""How the local web talks: whole replies, streamed ones, and bytes that are not HTTP at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer
from time import monotonic
from typing import Protocol

from bowerbird.demo.loopback import Connection


@dataclass(frozen=True, slots=True)
class Visit:
    """One request as it came."""

    method: str
    target: str  # the path and query, percent-encoded as sent
    headers: Mapping[str, str]  # names in lower case
    at_s: float  # monotonic
    number: int = 0  # the how-manieth for this target, from 1; 0 in the log

    def numbered(self, number: int) -> "Visit":
        """The same with its number."""
        return replace(self, number=number)


@dataclass(frozen=True, slots=True)
class Reply:
    """
    A reply with a body that is whole, or comes bit by bit and ends with the connection.

    A streamed body has no `Content-Length` but the one in `headers`, true or not.
    """

    body: bytes | Iterable[bytes] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Raw:
    """Every byte that is sent, status line and all; then the connection ends."""

    stream: Iterable[bytes]


class Host(Protocol):
    """Who decides what is said."""

    def answer(self, visit: Visit) -> Reply | Raw:
        """What to say to a request."""
        ...

    def began(self) -> None:
        """Note that a request came."""
        ...

    def failed(self, error: Exception) -> None:
        """Keep what went wrong while answering."""
        ...

    def ended(self, size_bytes: int) -> None:
        """Note that it was answered, or that the client went, after so many bytes of body."""
        ...


class Speaker(BaseHTTPRequestHandler):
    """One connection, which stays open between requests."""

    protocol_version = "HTTP/1.1"
    server_version = "Web"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = 60.0

    def __init__(self, host: Host, request: Connection, client_address: object, server: BaseServer) -> None:
        self._host = host
        self._sent_bytes = 0
        super().__init__(request, client_address, server)

    def do_GET(self) -> None:
        """Say what the host says."""
        self._sent_bytes = 0
        self._host.began()
        try:
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = self._host.answer(Visit(self.command, self.path, headers, monotonic()))
            if isinstance(answer, Raw):
                self.close_connection = True
                self._stream(answer.stream)
            else:
                self._reply(answer)
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001  the test that wrote the route wants to know
            self.close_connection = True
            self._host.failed(error)
        finally:
            self._host.ended(self._sent_bytes)

    def do_HEAD(self) -> None:
        """Say the same without the body."""
        self.do_GET()

    def do_POST(self) -> None:
        """Say the same: what a crawler posts is nobody's business, that it does is in the log."""
        self.close_connection = True
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Keep quiet: the host keeps the log."""

    def _reply(self, reply: Reply) -> None:
        whole = reply.body if isinstance(reply.body, bytes) else None
        given = {name.lower() for name in reply.headers}
        lines = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        if "date" not in given:
            lines.append(f"Date: {self.date_time_string()}")
        if whole is None:
            self.close_connection = True
            lines.append("Connection: close")
        elif reply.status != 304 and "content-length" not in given:
            lines.append(f"Content-Length: {len(whole)}")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("utf-8"))
        if self.command != "HEAD" and reply.status != 304:
            self._stream([reply.body] if isinstance(reply.body, bytes) else reply.body)

    def _stream(self, stream: Iterable[bytes]) -> None:
        for piece in stream:
            self.wfile.write(piece)
            self._sent_bytes += len(piece)
