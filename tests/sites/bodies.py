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
    """The URL of HTML in gzip that unpacks to a thousand times its size (10 MB to 10 GB), sent as it is made."""
    return _streamed(web, path, lambda: _gzip_members(unpacked_bytes), Content_Encoding="gzip")


def gzip_gzip_bomb(web: Web, *, path: str = "/bomb.gz.gz") -> str:
    """The URL of a body of some kilobytes that is packed twice and unpacks to 1 GB."""
    return web.page(path, _packed_twice(), headers={"Content-Encoding": "gzip, gzip"})


def deflate_bomb(web: Web, *, unpacked_bytes: int = 1_000 * MB, path: str = "/bomb.zz") -> str:
    """The URL of HTML in deflate that unpacks to 1 GB."""

    def stream() -> Iterator[bytes]:
        packer, piece = zlib.compressobj(9), b"x" * MB
        yield packer.compress(HEAD)
        for _ in range(unpacked_bytes // MB):
            yield packer.compress(piece)
        yield packer.flush()

    return _streamed(web, path, stream, Content_Encoding="deflate")


def brotli_bomb(web: Web, *, path: str = "/bomb.br") -> str:
    """The URL of a body of about a kilobyte in Brotli that unpacks to 1 GB."""
    return web.page(path, _brotli_body(), headers={"Content-Encoding": "br"})


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


def _gzip_members(unpacked_bytes: int) -> Iterator[bytes]:
    # A gzip file may be several in a row, so that one packed block serves again and again.
    block = 50 * MB
    yield gzip.compress(HEAD, mtime=0)
    packed = _packed(block)
    for _ in range(unpacked_bytes // block):
        yield packed


@cache
def _packed(size_bytes: int) -> bytes:
    return gzip.compress(b"x" * size_bytes, mtime=0)


@cache
def _packed_twice() -> bytes:
    return gzip.compress(b"".join(_gzip_members(1_000 * MB)), mtime=0)


@cache
def _brotli_body() -> bytes:
    packer = brotli.Compressor(quality=5)
    piece = b"x" * (10 * MB)
    parts = [packer.process(HEAD), *(packer.process(piece) for _ in range(100)), packer.finish()]
    return b"".join(parts)
