"""
Unpacking bodies with a cap, so that a small bomb stays small.

Scrapy's own middleware has no cap for zstd; we ask for gzip, deflate and brotli only, and unpack them here, outside
the process that fetches.
"""

import zlib

import brotli

from bowerbird.reading.refused import Refused

__all__ = ["ACCEPTED", "unpack"]

ACCEPTED = "gzip, deflate, br"
MAX_LAYERS = 3
_CHUNK_BYTES = 65_536


def unpack(body: bytes, encodings: str, *, cap_bytes: int) -> bytes:
    """
    The body without its content encodings (the header's value; the last one listed is undone first).

    Raises Refused: `too large` beyond the cap, `error` for broken data and for what nobody asked for.
    """
    layers = [name.strip().lower() for name in encodings.split(",") if name.strip()]
    if len(layers) > MAX_LAYERS:
        raise Refused("error", f"packed {len(layers)} times over")
    for name in reversed(layers):
        try:
            body = _unpacked(body, name, cap_bytes)
        except (zlib.error, brotli.error) as exc:
            raise Refused("error", f"broken {name}: {exc}") from exc
    if len(body) > cap_bytes:
        raise Refused("too large", f"more than {cap_bytes:,} bytes")
    return body


def _unpacked(body: bytes, name: str, cap_bytes: int) -> bytes:
    match name:
        case "identity":
            return body
        case "gzip" | "x-gzip":
            return _inflated(body, wbits=31, cap_bytes=cap_bytes)
        case "deflate":
            try:
                return _inflated(body, wbits=15, cap_bytes=cap_bytes)
            except zlib.error:  # some servers send it without its header
                return _inflated(body, wbits=-15, cap_bytes=cap_bytes)
        case "br":
            return _unbrotlied(body, cap_bytes)
        case other:
            raise Refused("error", f"packed as {other[:40]!r}, which was not asked for")


def _inflated(body: bytes, *, wbits: int, cap_bytes: int) -> bytes:
    plain = bytearray()
    while body:  # gzip may be several members, one after another
        reader = zlib.decompressobj(wbits)
        plain += reader.decompress(body, cap_bytes + 1 - len(plain))
        if len(plain) > cap_bytes:
            raise Refused("too large", f"more than {cap_bytes:,} bytes when unpacked")
        if not reader.eof or wbits != 31:
            break
        body = reader.unused_data.lstrip(b"\0")
    return bytes(plain)


def _unbrotlied(body: bytes, cap_bytes: int) -> bytes:
    reader = brotli.Decompressor()
    plain = bytearray(reader.process(body, output_buffer_limit=_CHUNK_BYTES))
    while not reader.is_finished():
        if len(plain) > cap_bytes:
            raise Refused("too large", f"more than {cap_bytes:,} bytes when unpacked")
        more = reader.process(b"", output_buffer_limit=_CHUNK_BYTES)
        if not more:
            break
        plain += more
    return bytes(plain)
