"""
The reading process: bodies in, what they say out. It may hang or die of a hostile page without harming the crawl.

It speaks over its standard input and output: a line of JSON that ends with the number of bytes that follow, the bytes,
and back a line of JSON. JSON, not pickle, because what comes back was made from a stranger's bytes.
"""

import hashlib
import json
import os
import resource
import sys
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any, BinaryIO

from bowerbird.reading import neardup
from bowerbird.reading.extract import extract
from bowerbird.reading.extracted import Extracted
from bowerbird.reading.files import read_file
from bowerbird.reading.items import read_csv, read_feed, read_json_lines
from bowerbird.reading.packing import unpack
from bowerbird.reading.refused import Refused
from bowerbird.reading.sitemap import parse_sitemap

__all__ = ["answer", "main"]

MEMORY_BYTES = 1_500_000_000  # of address space; a page that needs more is refused, not the machine's problem

Json = dict[str, Any]


def answer(ask: Json, body: bytes) -> Json:
    """What the body says, or why it says nothing: `{"refused": [reason, detail]}`."""
    try:
        return _answer(ask, body)
    except Refused as exc:
        return {"refused": [exc.reason, exc.detail]}
    except MemoryError:
        return {"refused": ["too large", "it needs too much memory to be read"]}


def _answer(ask: Json, body: bytes) -> Json:
    match ask["what"]:
        case "json lines":
            return {"drafts": read_json_lines(_cut(ask, body))}
        case "csv":
            drafts = read_csv(_cut(ask, body), header=ask["header"], delimiter=ask["delimiter"])
            return {"drafts": drafts}
        case "feed":
            return {"drafts": read_feed(body)}
        case "file":
            return {"drafts": [read_file(body, name=ask["name"])]}
        case "sitemap":
            return _sitemap(unpack(body, ask.get("encodings", ""), cap_bytes=ask["cap_bytes"]))
        case _:
            return _page(ask, unpack(body, ask.get("encodings", ""), cap_bytes=ask["cap_bytes"]))


def _cut(ask: Json, body: bytes) -> list[bytes]:
    """The rows of a body, by their lengths: a row may hold anything, line ends too."""
    ends = list(accumulate(ask["lengths"]))
    return [body[end - length : end] for end, length in zip(ends, ask["lengths"], strict=True)]


def _sitemap(body: bytes) -> Json:
    found = parse_sitemap(body)
    return {"pages": [[page.url, page.lastmod] for page in found.pages], "sitemaps": list(found.sitemaps)}


def _page(ask: Json, body: bytes) -> Json:
    body_hash = hashlib.sha256(body).hexdigest()
    if body_hash == ask.get("known_hash"):
        return {"same": True}
    said = extract(
        body,
        url=ask["url"],
        content_type=ask.get("content_type", ""),
        x_robots_tag=ask.get("x_robots_tag", ()),
        agent=ask["agent"],
    )
    return {"body_hash": body_hash, **_as_json(said)}


def _as_json(said: Extracted) -> Json:
    text = "" if said.noindex else _clean(said.text)
    signature = neardup.signature(text, title=said.title)
    return {
        "kind": said.kind,
        "title": _clean(said.title),
        "text": text,
        "text_hash": hashlib.sha256(text.encode()).hexdigest(),
        "page_starts": list(said.page_starts) if text else [],
        "lang": said.lang,
        "links": [[link.url, _clean(link.text), link.nofollow] for link in said.links],
        "canonical": said.canonical,
        "noindex": said.noindex,
        "nofollow": said.nofollow,
        "needs_scripts": said.needs_scripts,
        "published_at": _moment(said.published or said.modified),
        "fields": {name: _clean_value(value) for name, value in said.item.as_dict().items()},
        "signature": signature.to_bytes().hex(),
        "bands": neardup.bands(signature),
    }


def _clean(text: str) -> str:
    """Without what no database takes: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _clean_value(value: str | list[str]) -> str | list[str]:
    return [_clean(each) for each in value] if isinstance(value, list) else _clean(value)


def _moment(iso: str) -> float | None:
    """The ISO 8601 date in seconds since 1970; None when there is none, or none that a clock can show."""
    try:
        when = datetime.fromisoformat(iso)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def main() -> None:
    """Answer until there is no more to read."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # fetching and answering come first
    # What a library prints must not be taken for an answer.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        while (asked := _asked(sys.stdin.buffer)) is not None:
            out.write(json.dumps(answer(*asked)).encode() + b"\n")
            out.flush()
    except BrokenPipeError:  # who asked is gone; there is nobody to tell
        os._exit(0)


def _asked(stream: BinaryIO) -> tuple[Json, bytes] | None:
    line = stream.readline()
    if not line:
        return None
    ask: Json = json.loads(line)
    return ask, stream.read(ask["size_bytes"])


if __name__ == "__main__":
    main()
