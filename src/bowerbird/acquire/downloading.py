"""Scrapy's download handler with a cap on headers: Twisted reads them without end, and a site may send them so."""

# pyright: reportPrivateUsage=false
# Scrapy offers no other way to bound what its client reads; the lock pins its version.

from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler

__all__ = ["BoundedDownloadHandler"]

MAX_HEADER_BYTES = 256 * 1024


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    """Hangs up when the headers of an answer do not end."""

    _header_bytes = 0

    def request(self, request: Any) -> Any:
        self._header_bytes = 0
        return super().request(request)

    def dataReceived(self, bytes: bytes) -> None:  # noqa: A002, N802  Twisted's names
        parser = self._parser
        if parser is not None and parser.state in ("STATUS", "HEADER"):
            self._header_bytes += len(bytes)
            if self._header_bytes > MAX_HEADER_BYTES and b"\r\n\r\n" not in bytes and b"\n\n" not in bytes:
                assert self.transport is not None
                self.transport.abortConnection()
                return
        super().dataReceived(bytes)  # type: ignore[no-untyped-call]


class _BoundedFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> _BoundedProtocol:  # noqa: ARG002, N802  Twisted's name and signature
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class BoundedDownloadHandler(HTTP11DownloadHandler):
    """As Scrapy's own, for http and https."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory  # noqa: SLF001  as Scrapy itself sets it
