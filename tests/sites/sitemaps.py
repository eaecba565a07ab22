"""Sitemaps: plain, packed, nested, hostile."""

import gzip
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from tests.sites.bodies import packed as packed_stream
from tests.sites.web import Web

XML = "application/xml; charset=utf-8"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def _listing(kind: str, entry: str, urls: Mapping[str, str]) -> str:
    rows = "".join(
        f"<{entry}><loc>{escape(url)}</loc>{f'<lastmod>{escape(day)}</lastmod>' if day else ''}</{entry}>\n"
        for url, day in urls.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="{NAMESPACE}">\n{rows}</{kind}>\n'


def sitemap(web: Web, pages: Mapping[str, str], *, path: str = "/sitemap.xml") -> str:
    """The URL of a sitemap of this site's paths (or whole URLs), each with its `lastmod` or an empty text."""
    return web.page(path, _listing("urlset", "url", _absolute(web, pages)), content_type=XML)


def packed(web: Web, pages: Mapping[str, str], *, path: str = "/sitemap.xml.gz") -> str:
    """The URL of the same as a `.gz` file."""
    body = gzip.compress(_listing("urlset", "url", _absolute(web, pages)).encode(), mtime=0)
    return web.page(path, body, content_type="application/gzip")


def index(web: Web, sitemaps: Sequence[str], *, path: str = "/sitemap.xml") -> str:
    """The URL of a sitemap index that lists these paths."""
    listed = _absolute(web, dict.fromkeys(sitemaps, ""))
    return web.page(path, _listing("sitemapindex", "sitemap", listed), content_type=XML)


def circular(web: Web, *, path: str = "/sitemap.xml") -> str:
    """The URL of a sitemap index that lists itself."""
    return index(web, [path], path=path)


def packed_bomb(web: Web, *, unpacked_bytes: int = 1_000_000_000, path: str = "/sitemap.xml.gz") -> str:
    """The URL of a `.gz` sitemap that unpacks to 1 GB."""
    return web.page(path, b"".join(packed_stream(unpacked_bytes)), content_type="application/gzip")


def billion_laughs(web: Web, *, path: str = "/sitemap.xml") -> str:
    """The URL of a sitemap whose entities unfold to three gigabytes."""
    entities = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return web.page(
        path,
        f'<?xml version="1.0"?><!DOCTYPE urlset [{entities}]>'
        f'<urlset xmlns="{NAMESPACE}"><url><loc>{web.url}/&l9;</loc></url></urlset>',
        content_type=XML,
    )


def external_entity(web: Web, *, system: str = "file:///etc/passwd", path: str = "/sitemap.xml") -> str:
    """The URL of a sitemap that asks the reader to put a file, or another URL, into a `loc`."""
    return web.page(
        path,
        f'<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY x SYSTEM "{system}">]>'
        f'<urlset xmlns="{NAMESPACE}"><url><loc>{web.url}/stolen?&x;</loc></url></urlset>',
        content_type=XML,
    )


def foreign(web: Web, *, path: str = "/sitemap.xml") -> str:
    """The URL of a sitemap that lists other hosts and odd schemes beside one page of its own, `/own`."""
    listed = ("/own", "http://169.254.169.254/", "file:///etc/passwd", "javascript:alert(1)", "http://[broken", "")
    return sitemap(web, dict.fromkeys(listed, "2025-01-01"), path=path)


def cut_off(web: Web, *, path: str = "/sitemap.xml") -> str:
    """The URL of a sitemap with one whole entry, `/whole`, that breaks off in the second."""
    whole = _listing("urlset", "url", {f"{web.url}/whole": ""}).replace("</urlset>\n", "")
    return web.page(path, whole + "<url><loc>http://exam", content_type=XML)


def _absolute(web: Web, pages: Mapping[str, str]) -> dict[str, str]:
    return {web.url + path if path.startswith("/") else path: day for path, day in pages.items()}
