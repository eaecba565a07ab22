"""Files as HTTP sees them: bytes with a type, validators, and the rules of conditional requests."""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Protocol

# The types that the standard library does not know everywhere, or names without a charset.
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".xml": "application/xml",
    ".svg": "image/svg+xml",
    ".ipynb": "application/json",
    ".gz": "application/gzip",
    ".pdf": "application/pdf",
}
TEXT = ("text/", "application/xml", "application/json", "application/rss+xml", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class SiteFile:
    """What one address serves; `gzipped` are the same bytes compressed, where that pays."""

    body: bytes
    content_type: str
    etag: str  # without the quotation marks
    modified: datetime  # UTC, whole seconds
    gzipped: bytes | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """The address is another one: `path` is where to."""

    path: str


class Shelf(Protocol):
    """Where a site's files are found."""

    def find(self, path: str) -> SiteFile | Moved | None:
        """The file at a decoded URL path, or where it moved, or nothing."""
        ...

    def missing(self) -> bytes:
        """The HTML of the page for an address that is not there."""
        ...


def content_type(name: str) -> str:
    """The media type of a file by its name, with the charset where it is text."""
    suffix = "." + name.rpartition(".")[2].lower()
    kind = TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith(TEXT) else kind


def http_date(moment: datetime) -> str:
    """The moment in the form of the `Last-Modified` header."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def accepts_gzip(headers: Mapping[str, str]) -> bool:
    """True if the client said that it reads gzip, and did not say `q=0`."""
    for offer in headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = offer.replace(" ", "").partition(";q=")
        if coding in {"gzip", "*"}:
            return weight.rstrip("0") not in {"", "0."} or not weight
    return False


def is_unchanged(headers: Mapping[str, str], *, etag: str, modified: datetime) -> bool:
    """True if the client has this version; its `If-None-Match` outranks its date (RFC 9110, 13.2.2)."""
    tags = headers.get("if-none-match")
    if tags is not None:
        seen = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in seen or f'"{etag}"' in seen
    since = headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return modified <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
