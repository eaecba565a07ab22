"""What kind of body it is: what the header says, checked against how the body begins."""

import re
from typing import Literal

from bowerbird.reading.refused import Refused

BodyKind = Literal["html", "pdf", "docx", "markdown", "text", "feed"]

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_BY_TYPE: dict[str, BodyKind] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "application/x-pdf": "pdf",
    DOCX: "docx",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "application/rss+xml": "feed",
    "application/atom+xml": "feed",
    "application/rdf+xml": "feed",
    "text/plain": "text",
}
_BY_SUFFIX: dict[str, BodyKind] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".pdf": "pdf",
    ".docx": "docx",
    ".rss": "feed",
    ".atom": "feed",
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}
_UNSURE = frozenset(
    {"", "application/octet-stream", "binary/octet-stream", "text/plain", "text/xml", "application/xml"}
)
_FEED_START = re.compile(
    rb"(?:\s+|<\?[^>]*>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[[^\]]*\])?[^>]*>)*+<(?:\w+:)?(?:rss|feed|RDF)\b", re.DOTALL
)
_HTML_START = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|h1|div|p|meta|article|main)\b", re.IGNORECASE)
_ZIP = b"PK\x03\x04"
_START_BYTES = 2_048


def may_be_read(content_type: str) -> bool:
    """False if a body of this type is refused whatever it holds, so that it need not be fetched."""
    media = content_type.partition(";")[0].strip().lower()
    return media in _UNSURE or media in _BY_TYPE


def kind_of(body: bytes, *, url: str, content_type: str) -> BodyKind:
    """The kind of a body; raises `Refused` with `type` for one that is not read (images, scripts, archives, …)."""
    start = body[:_START_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"%PDF-"):
        return "pdf"
    media = content_type.partition(";")[0].strip().lower()
    suffix = _suffix(url)
    if start.startswith(_ZIP) and (media == DOCX or (suffix == ".docx" and media in _UNSURE)):
        return "docx"
    if media in _UNSURE:
        return _by_start(start, suffix, media)
    kind = _BY_TYPE.get(media)
    if kind is None:
        raise Refused("type", f"{media[:80]!r} is not a kind of page that is read")
    if kind in ("pdf", "docx"):
        raise Refused("type", f"it is called a {kind.upper()} and begins with {body[:8]!r}")
    if kind == "html" and _FEED_START.match(start):
        return "feed"
    return kind


def _suffix(url: str) -> str:
    path = url.partition("?")[0].partition("#")[0].lower()
    return f".{path.rpartition('.')[2]}" if "." in path.rpartition("/")[2] else ""


def _by_start(start: bytes, suffix: str, media: str) -> BodyKind:
    """For a body whose header does not say enough: how it begins, else how its address ends."""
    if _FEED_START.match(start):
        return "feed"
    if media == "text/plain":
        return "markdown" if _BY_SUFFIX.get(suffix) == "markdown" else "text"
    if start.startswith(b"<") and _HTML_START.search(start):
        return "html"
    if suffix in (".pdf", ".docx"):
        raise Refused("type", f"it is called a {suffix[1:].upper()} and begins with {start[:8]!r}")
    if media in ("text/xml", "application/xml"):
        raise Refused("type", "XML that is neither a feed nor a page")
    return _BY_SUFFIX.get(suffix, "text")
