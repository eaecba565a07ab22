"""Bodies that are endless, enormous, slow, cut short, or far larger than they look."""

import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from functools import cache

import brotli

from tests.sites.speaker import Raw, Reply, Visit
from tests.sites.web import HTML, Web

MB = 1_000_000
HEAD = b"<!doctype html><title>A long story</title><p>It was a dark and stormy night. "
GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03"
ZLIB_HEAD = b"\x78\xda"
OK = b"HTTP/1.1 200 OK\r\n"


def _streamed(web: Web, path: str, stream: Callable[[], Iterator[bytes]], **headers: str) -> str:
    named = {"Content-Type": HTML, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return web.route(path, lambda _: Reply(stream(), headers=named))


def endless(web: Web, *, path: str = "/endless") -> str:
    """The URL of HTML that goes on until the client goes."""

    def stream() -> Iterator[bytes]:
        yield HEAD
        while True:
            yield b"And then it rained. " * 3000

    return _streamed(web, path, stream)


def giant(web: Web, *, size_bytes: int = 5_000 * MB, path: str = "/giant") -> str:
    """The URL of HTML that truthfully declares its 5 GB; made while it is sent."""

    def stream() -> Iterator[bytes]:
        yield HEAD
        left, piece = size_bytes - len(HEAD), b"x" * 65536
        while left > 0:
            yield piece[:left]
            left -= len(piece)

    return _streamed(web, path, stream, Content_Length=str(size_bytes))


def gzip_bomb(web: Web, *, unpacked_bytes: int = 10_000 * MB, path: str = "/bomb.gz") -> str:
    """The URL of HTML in gzip that unpacks to a thousand times its size (10 MB to 10 GB), sent bit by bit."""
    return _streamed(web, path, lambda: packed(unpacked_bytes), Content_Encoding="gzip")


def gzip_gzip_bomb(web: Web, *, path: str = "/bomb.gz.gz") -> str:
    """The URL of a body of some kilobytes that is packed twice and unpacks to 1 GB."""
    body = gzip.compress(b"".join(packed(1_000 * MB)), mtime=0)
    return web.page(path, body, headers={"Content-Encoding": "gzip, gzip"})


def deflate_bomb(web: Web, *, unpacked_bytes: int = 10_000 * MB, path: str = "/bomb.zz") -> str:
    """The URL of HTML in deflate that unpacks to a thousand times its size."""
    return _streamed(web, path, lambda: packed(unpacked_bytes, head=ZLIB_HEAD), Content_Encoding="deflate")


def brotli_bomb(web: Web, *, unpacked_bytes: int = 1_000 * MB, path: str = "/bomb.br") -> str:
    """The URL of a body of some kilobytes in Brotli that unpacks to 1 GB."""
    return web.page(path, _brotli_body(unpacked_bytes), headers={"Content-Encoding": "br"})


def drip(web: Web, *, pause_s: float = 0.5, path: str = "/drip") -> str:
    """The URL of HTML that comes a byte at a time and never ends."""

    def stream() -> Iterator[bytes]:
        yield HEAD
        while True:
            web.pause(pause_s)
            yield b"."

    return _streamed(web, path, stream)


def slow_headers(web: Web, *, pause_s: float = 0.5, path: str = "/slow-headers") -> str:
    """The URL of a reply whose headers never end, one every `pause_s`."""

    def stream() -> Iterator[bytes]:
        yield OK
        number = 0
        while True:
            web.pause(pause_s)
            yield b"X-Wait-%d: a little longer\r\n" % number
            number += 1

    return web.route(path, lambda _: Raw(stream()))


def endless_headers(web: Web, *, path: str = "/endless-headers") -> str:
    """The URL of a reply with headers, quickly, until the client goes."""

    def stream() -> Iterator[bytes]:
        yield OK
        while True:
            yield b"X-More: " + b"x" * 8000 + b"\r\n"

    return web.route(path, lambda _: Raw(stream()))


def late(web: Web, *, after_s: float, html: str = "<p>Sorry for the delay.", path: str = "/late") -> str:
    """The URL of a good page that takes `after_s` to begin."""

    def route(_: Visit) -> Reply:
        web.pause(after_s)
        return Reply(html.encode(), headers={"Content-Type": HTML})

    return web.route(path, route)


def cut_short(web: Web, *, path: str = "/cut-short") -> str:
    """The URL of a reply that ends half-way through the body it announced."""
    return web.route(path, lambda _: Raw([OK + b"Content-Type: text/html\r\nContent-Length: 100000\r\n\r\n" + HEAD]))


def cut_chunk(web: Web, *, path: str = "/cut-chunk") -> str:
    """The URL of a chunked reply that ends in the middle of a chunk."""
    head = OK + b"Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    return web.route(path, lambda _: Raw([head + b"ffff\r\n" + HEAD]))


def cut_gzip(web: Web, *, path: str = "/cut.gz") -> str:
    """The URL of a gzip body of which the second half is missing, though the length is right."""
    whole = gzip.compress(HEAD + os.urandom(5000).hex().encode(), mtime=0)
    return web.page(path, whole[: len(whole) // 2], headers={"Content-Encoding": "gzip"})


def false_gzip(web: Web, *, path: str = "/false.gz") -> str:
    """The URL of plain HTML that calls itself gzip."""
    return web.page(path, HEAD, headers={"Content-Encoding": "gzip"})


def hung_up(web: Web, *, path: str = "/hung-up") -> str:
    """The URL at which the connection closes without a word."""
    return web.route(path, lambda _: Raw([]))


def not_http(web: Web, *, path: str = "/not-http") -> str:
    """The URL of an answer in some other protocol."""
    return web.route(path, lambda _: Raw([b"220 mail.example.org ESMTP ready\r\n"]))


def too_long(web: Web, *, path: str = "/too-long") -> str:
    """The URL of a body that is longer than its `Content-Length`."""
    return web.route(path, lambda _: Reply(iter([HEAD * 10]), headers={"Content-Type": HTML, "Content-Length": "90"}))


def two_lengths(web: Web, *, path: str = "/two-lengths") -> str:
    """The URL of a reply that declares two different lengths."""
    head = OK + b"Content-Type: text/html\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n"
    return web.route(path, lambda _: Raw([head + HEAD]))


def negative_length(web: Web, *, path: str = "/negative-length") -> str:
    """The URL of a reply whose length is below zero."""
    return web.route(path, lambda _: Raw([OK + b"Content-Type: text/html\r\nContent-Length: -1\r\n\r\n" + HEAD]))


def binary(web: Web, *, path: str = "/binary.html") -> str:
    """The URL of a picture that calls itself HTML."""
    return web.page(path, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 200)


def empty(web: Web, *, path: str = "/empty") -> str:
    """The URL of a page of no bytes at all."""
    return web.page(path, b"")


def packed(unpacked_bytes: int, *, head: bytes = GZIP_HEAD) -> Iterator[bytes]:
    """One compressed stream of that many bytes, made of the same block again and again; its checksum is missing."""
    yield head
    yield _block(HEAD)
    for _ in range(unpacked_bytes // (50 * MB)):
        yield _many_x()


@cache
def _many_x() -> bytes:
    return _block(b"x" * 50 * MB)


def _block(content: bytes) -> bytes:
    # After a full flush nothing refers back, so that the packed block may be repeated within one stream.
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)


@cache
def _brotli_body(unpacked_bytes: int) -> bytes:
    packer = brotli.Compressor(quality=5)
    piece = b"x" * (10 * MB)
    parts = [packer.process(HEAD)]
    parts += [packer.process(piece) for _ in range(unpacked_bytes // len(piece))]
    return b"".join([*parts, packer.finish()])
