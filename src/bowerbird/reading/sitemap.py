"""Sitemaps (sitemaps.org): XML, index or plain text, also as gzip; broken ones give what they hold."""

import zlib
from dataclasses import dataclass
from io import BytesIO

from lxml import etree

from bowerbird.reading.dates import to_iso
from bowerbird.reading.refused import Refused
from bowerbird.reading.trees import Element, local_name
from bowerbird.reading.urls import Url, normalise

MAX_URLS = 50_000  # the protocol's own cap for one file
MAX_BODY_BYTES = 52_428_800  # the protocol's own cap, unpacked
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class SitemapUrl:
    """A page that a sitemap names, and when it says the page changed (ISO 8601) or an empty string."""

    url: str
    lastmod: str


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one sitemap names: pages, and further sitemaps when it is an index; in its order, without repeats."""

    pages: tuple[SitemapUrl, ...]
    sitemaps: tuple[str, ...]


def unpacked(body: bytes, *, cap_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The body, unpacked if it is gzip; raises `Refused` when that is broken from its start or larger than the cap."""
    if not body.startswith(_GZIP):
        return body
    reader = zlib.decompressobj(wbits=31)
    try:
        plain = reader.decompress(body, cap_bytes + 1)
    except zlib.error as exc:
        raise Refused("error", f"broken gzip: {exc}") from exc
    if len(plain) > cap_bytes:
        raise Refused("too large", f"more than {cap_bytes:,} bytes when unpacked")
    return plain


def parse_sitemap(body: bytes) -> Sitemap:
    """The pages and sitemaps that a sitemap names; raises `Refused` when it is none or too large."""
    plain = unpacked(body)
    if len(plain) > MAX_BODY_BYTES:
        raise Refused("too large", f"a sitemap of {len(plain):,} bytes")
    if not plain.strip():
        raise Refused("empty", "a sitemap without a byte")
    return _from_xml(plain) if plain.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _from_lines(plain)


def _from_lines(body: bytes) -> Sitemap:
    lines = body.decode("utf-8", "replace").splitlines()
    return _collected([(False, line.strip(), "") for line in lines if line.strip().startswith("http")])


def _from_xml(body: bytes) -> Sitemap:
    """
    Read element after element, so that memory stays small and a file that breaks off gives what came before.

    Entities are not resolved and nothing is loaded.
    """
    events = etree.iterparse(
        BytesIO(body), events=("end",), resolve_entities=False, no_network=True, huge_tree=False, recover=True
    )
    rows: list[tuple[bool, str, str]] = []
    found: dict[str, str] = {}
    try:
        for _, element in events:
            tag = local_name(element)
            if tag in ("loc", "lastmod"):
                found.setdefault(tag, (element.text or "").strip())
            elif tag in ("url", "sitemap"):
                rows.append((tag == "sitemap", found.get("loc", ""), found.get("lastmod", "")))
                found = {}
                _forget(element)
                if len(rows) >= MAX_URLS:
                    break
    except etree.XMLSyntaxError as exc:
        if not rows:
            raise Refused("type", f"not a sitemap: {exc.msg}") from exc
    if not rows:
        raise Refused("type", "not a sitemap: it names no page")
    return _collected(rows)


def _forget(element: Element) -> None:
    element.clear()
    before = element.getprevious()
    parent = element.getparent()
    if before is not None and parent is not None:
        parent.remove(before)


def _collected(rows: list[tuple[bool, str, str]]) -> Sitemap:
    pages: dict[str, SitemapUrl] = {}
    sitemaps: dict[str, None] = {}
    for is_sitemap, address, lastmod in rows[:MAX_URLS]:
        url = normalise(address)  # addresses in sitemaps are absolute; a cut-off one must not become another page
        if not isinstance(url, Url):
            continue
        if is_sitemap:
            sitemaps.setdefault(url.href)
        else:
            pages.setdefault(url.href, SitemapUrl(url.href, to_iso(lastmod)))
    return Sitemap(tuple(pages.values()), tuple(sitemaps))
