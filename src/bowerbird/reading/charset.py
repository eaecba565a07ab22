"""
Bytes of a page as text: what encoding they are in, and whether they are text at all.

A byte-order mark decides; then UTF-8, where the bytes are that and more than ASCII, which no other encoding comes to by
chance and many wrong headers deny; then the header, then `<meta>`, by the names browsers know them; then a guess.
"""

import codecs
import re
from functools import cache

from charset_normalizer import from_bytes
from w3lib.encoding import resolve_encoding

from bowerbird.reading.refused import Refused

_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_META = re.compile(rb"""<(?:meta|\?xml)\b[^>]{0,512}?\b(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MAGIC = (
    b"%PDF-", b"PK\x03\x04", b"\x7fELF", b"MZ\x90", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"OggS", b"ID3",
    b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\xca\xfe\xba\xbe", b"\xd0\xcf\x11\xe0",
    b"\x00\x00\x01\x00", b"wOFF", b"wOF2", b"SQLite format 3", b"\x00asm", b"\x28\xb5\x2f\xfd",
)  # fmt: skip
_SAMPLE_BYTES = 65_536
_META_BYTES = 4_096  # the standard looks at the first 1,024; pages put scripts in front
_MAX_BAD_SHARE = 0.1
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")  # not escape: ISO-2022-JP needs it
_BAD = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffd]")


def decode(body: bytes, *, content_type: str = "") -> str:
    """The text that the bytes of a page stand for; raises `Refused` with `type` when they are not text."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    if body.startswith(_MAGIC):
        raise Refused("type", f"the body is binary (it begins with {body[:8]!r})")
    utf8 = _as_utf8(body)
    if utf8 is not None and not body.isascii():
        return _text_or_refused(utf8)
    for stated in _stated(body, content_type):
        if (text := _fitting(body, stated)) is not None:
            return _text_or_refused(text)
    return _guessed(body) if utf8 is None else _text_or_refused(utf8)


def _as_utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _stated(body: bytes, content_type: str) -> list[str]:
    """What the header and the page say its encoding is, if we know it by that name."""
    found: list[str] = []
    if header := _HEADER.search(content_type):
        found.append(header[1])
    if meta := _META.search(body[:_META_BYTES]):
        name = meta[1].decode("latin-1")
        # A page whose <meta> could be read is not in UTF-16, whatever it says.
        found.append("utf-8" if name.lower().startswith("utf-16") else name)
    return [encoding for name in found if (encoding := _known(name)) is not None]


@cache
def _known(name: str) -> str | None:
    encoding = resolve_encoding(name)  # WHATWG's names: latin-1 means windows-1252, …
    try:
        return codecs.lookup(encoding).name if encoding else None
    except LookupError:
        return None


def _fitting(body: bytes, encoding: str) -> str | None:
    """The text in a stated encoding; a broken letter here and there is the page's, many mean that it is not so."""
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        pass
    except (LookupError, ValueError):
        return None
    text = body.decode(encoding, "replace")
    return text if text.count("\ufffd") <= max(3, len(text) // 1000) else None


def _guessed(body: bytes) -> str:
    sample = body[:_SAMPLE_BYTES]
    if _looks_binary(sample):
        raise Refused("type", "the body is binary")
    best = from_bytes(sample, steps=5, chunk_size=512).best()
    encoding = best.encoding if best is not None else "windows-1252"
    return _text_or_refused(body.decode(encoding, "replace"))


def _looks_binary(sample: bytes) -> bool:
    """True for bytes with NULs, or with more control characters than text has."""
    if not sample:
        return False
    controls = len(_CONTROLS.findall(sample))
    return b"\x00" in sample or controls > len(sample) * _MAX_BAD_SHARE


def _text_or_refused(text: str) -> str:
    sample = text[:_SAMPLE_BYTES]
    bad = len(_BAD.findall(sample))
    if bad > len(sample) * _MAX_BAD_SHARE:
        raise Refused("type", f"the body is binary: {bad:,} of {len(sample):,} characters are not text")
    return text
