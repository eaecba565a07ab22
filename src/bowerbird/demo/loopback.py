"""A threaded HTTP server on this machine's own address that leaves nothing behind when it closes."""

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What the library hands around as the request; for a stream it is the socket.
Connection = socket.socket | tuple[bytes, socket.socket]


class LoopbackServer(ThreadingHTTPServer):
    """
    Takes a port at once (0: any free one; `OSError`: it is taken) and answers from `serve` until `close`.

    The two steps are apart because what a site serves may hold its own address.
    """

    daemon_threads = False  # so that `close` waits for them
    request_queue_size = 256  # a crawler opens many connections at once; the default of 5 drops some

    def __init__(self, *, host: str, port: int) -> None:
        self.closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((host, port), BaseHTTPRequestHandler)

    def serve(self, handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        """Answer in the background; each connection gets a thread and `handler(socket, address, server)`."""
        self.RequestHandlerClass = handler
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The origin, without a slash at the end."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def server_bind(self) -> None:
        """Bind without looking the host's name up, which can take seconds on a machine without DNS."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, object]:
        """Take the next connection, and remember it so that `close` can end it."""
        connection, address = super().get_request()
        with self._open_lock:
            self._open.add(connection)
        return connection, address

    def close_request(self, request: Connection) -> None:
        """End a connection and forget it."""
        with self._open_lock:
            self._open.difference_update([request])
        super().close_request(request)

    def handle_error(self, request: Connection, client_address: object) -> None:
        """Say nothing of a client that went away in the middle: that is its right."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop listening, end every connection and wait for the threads that served them."""
        self.closing.set()
        if self._thread is not None:
            with suppress(OSError):  # not every system can; then `shutdown` waits half a second
                self.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for a connection
            self.shutdown()
            self._thread.join()
        with self._open_lock:
            for connection in self._open:
                with suppress(OSError):  # the client was quicker
                    connection.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for the next request
        self.server_close()
