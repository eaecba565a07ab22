"""Answers GET and HEAD for the files of a shelf, with validators, conditional requests and gzip."""

from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer
from urllib.parse import quote, unquote, urlsplit

from bowerbird.demo.files import Moved, Shelf, SiteFile, accepts_gzip, http_date, is_unchanged
from bowerbird.demo.loopback import Connection


class FileHandler(BaseHTTPRequestHandler):
    """One connection, which stays open between requests."""

    protocol_version = "HTTP/1.1"
    server_version = "BowerbirdSite"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = 65536  # head and body leave in one packet
    timeout = 60.0

    def __init__(self, shelf: Shelf, request: Connection, client_address: object, server: BaseServer) -> None:
        self.shelf = shelf
        super().__init__(request, client_address, server)

    def do_GET(self) -> None:
        """Answer with the file, or 304 when the client has it."""
        match self.shelf.find(unquote(urlsplit(self.path).path)):
            case SiteFile() as file:
                self._send_file(file)
            case Moved(path):
                self._send(301, b"", {"Location": quote(path)})
            case None:
                self._send(404, self.shelf.missing(), {"Content-Type": "text/html; charset=utf-8"})

    def do_HEAD(self) -> None:
        """Answer as GET would, without the body."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Keep quiet: whoever crawls keeps the log."""

    def _send_file(self, file: SiteFile) -> None:
        asked = {name.lower(): value for name, value in self.headers.items()}
        body, etag, headers = file.body, file.etag, {"Content-Type": file.content_type}
        if file.gzipped is not None:
            headers["Vary"] = "Accept-Encoding"
            if accepts_gzip(asked):
                # A strong validator names bytes, so the compressed ones have their own.
                body, etag, headers["Content-Encoding"] = file.gzipped, f"{file.etag}-gzip", "gzip"
        headers |= {"ETag": f'"{etag}"', "Last-Modified": http_date(file.modified)}
        if is_unchanged(asked, etag=etag, modified=file.modified):
            # What describes the body stays away with it (RFC 9110, 15.4.5).
            self._send(304, None, {n: v for n, v in headers.items() if not n.startswith("Content-")})
        else:
            self._send(200, body, headers)

    def _send(self, status: int, body: bytes | None, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body and self.command != "HEAD":
            self.wfile.write(body)
