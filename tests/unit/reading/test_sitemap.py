"""Sitemaps: what they name, and what hostile ones cannot do."""

import gzip

import pytest

from bowerbird.reading.refused import Refused
from bowerbird.reading.sitemap import MAX_URLS, Sitemap, SitemapUrl, parse_sitemap, unpacked

HEAD = b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'


def test_pages_are_named_once_with_their_last_change() -> None:
    """Addresses get their one spelling, dates are ISO, what is no page is left out."""
    body = HEAD + (
        b"<url><loc> https://example.org/a?utm_source=x </loc><lastmod>2024-03-01T10:00:00+13:00</lastmod></url>"
        b"<url><lastmod>soon</lastmod><loc>https://example.org/b</loc></url>"
        b"<url><loc>https://example.org/a</loc></url><url><loc>/relative</loc></url><url><loc>file:///x</loc></url>"
        b"<url><priority>1</priority></url></urlset>"
    )
    pages = (SitemapUrl("https://example.org/a", "2024-02-29T21:00:00Z"), SitemapUrl("https://example.org/b", ""))
    assert parse_sitemap(body) == Sitemap(pages, ())
    assert parse_sitemap(gzip.compress(body)) == Sitemap(pages, ())


def test_an_index_names_sitemaps() -> None:
    """They are kept apart from pages."""
    body = b"<sitemapindex><sitemap><loc>https://example.org/s1.xml.gz</loc></sitemap></sitemapindex>"
    assert parse_sitemap(body) == Sitemap((), ("https://example.org/s1.xml.gz",))


def test_lines_of_addresses_are_a_sitemap() -> None:
    """The plain text form of the protocol."""
    pages = (SitemapUrl("https://example.org/a", ""), SitemapUrl("https://example.org/b", ""))
    assert parse_sitemap(b"https://example.org/a\r\nhttps://example.org/b\nnot one\n") == Sitemap(pages, ())


def test_what_came_before_the_break_is_kept() -> None:
    """A file that breaks off gives its whole entries and no half address."""
    body = HEAD + b"<url><loc>https://example.org/a</loc></url><url><loc>https://exam"
    assert parse_sitemap(body).pages[0] == SitemapUrl("https://example.org/a", "")


def test_entities_are_not_expanded() -> None:
    """A billion laughs and a file's content stay out."""
    body = (
        b'<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        b"<urlset><url><loc>https://example.org/&b;&f;</loc></url></urlset>"
    )
    assert parse_sitemap(body).pages == (SitemapUrl("https://example.org/", ""),)


def test_the_protocols_cap_holds() -> None:
    """More than 50,000 addresses are not read."""
    body = HEAD + b"".join(b"<url><loc>https://e.org/%d</loc></url>" % n for n in range(MAX_URLS + 10)) + b"</urlset>"
    assert len(parse_sitemap(body).pages) == MAX_URLS


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "empty"), (b"<html><body>404</body></html>", "type"), (b"\x1f\x8bbroken", "error")],
)
def test_what_is_no_sitemap_is_refused(body: bytes, reason: str) -> None:
    """Each with its reason."""
    with pytest.raises(Refused) as refused:
        parse_sitemap(body)
    assert refused.value.reason == reason


def test_a_gzip_bomb_is_stopped_at_the_cap() -> None:
    """It is never unpacked further than allowed."""
    with pytest.raises(Refused) as refused:
        unpacked(gzip.compress(b"\0" * 2_000_000), cap_bytes=1_000_000)
    assert refused.value.reason == "too large"
