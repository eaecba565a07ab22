"""RSS and Atom."""

from bowerbird.reading.extract import extract
from bowerbird.reading.extracted import Extracted
from bowerbird.reading.feeds import MAX_ENTRIES
from bowerbird.reading.links import Link
from bowerbird.reading.structured import ItemFields

URL = "https://example.org/feed.xml"


def test_rss_is_read_whole() -> None:
    """Each item is a heading with its words; markup, escaped once or twice, becomes text."""
    body = b"""<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
    <title>Bird &amp; bower</title><link>https://example.org/</link><description>News.</description><language>en-nz</language>
    <item><title>One &lt;b&gt;bold&lt;/b&gt;</title><link>/one?utm_source=rss</link>
      <pubDate>Fri, 01 Mar 2024 10:00:00 GMT</pubDate><description>short</description>
     <content:encoded><![CDATA[<p>Hello <a href="/x">you</a>.</p><ul><li>a</ul><script>x()</script>]]></content:encoded>
    </item>
    <item><guid>https://example.org/two</guid><description>Two &amp;amp; more</description></item></channel></rss>"""
    assert extract(body, url=URL, content_type="application/rss+xml") == Extracted(
        kind="feed",
        title="Bird & bower",
        text="# Bird & bower\n\nNews.\n\n## One bold\n\nHello you.\n\n- a\n\n## https://example.org/two\n\nTwo & more",
        lang="en",
        links=(Link("https://example.org/one", "One bold"), Link("https://example.org/two", "")),
        modified="2024-03-01T10:00:00Z",
        item=ItemFields(title="Bird & bower", modified="2024-03-01T10:00:00Z"),
    )


def test_atom_is_read_whole() -> None:
    """Its markup may be real elements; its links have relations."""
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry><title>T</title>
    <link rel="edit" href="/edit"/><link href="/t"/><updated>2024-03-01</updated>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>A paragraph.</p></div></content></entry>
    </feed>"""
    found = extract(body, url=URL, content_type="application/atom+xml")
    assert found.text == "# A\n\n## T\n\nA paragraph."
    assert (found.links, found.modified) == ((Link("https://example.org/t", "T"),), "2024-03-01")


def test_a_feed_is_bounded_and_expands_nothing() -> None:
    """Entries are capped, entities stay out."""
    items = b"<item><title>&b;t</title><link>/x</link></item>" * (MAX_ENTRIES + 5)
    body = b'<!DOCTYPE r [<!ENTITY b "bbbbbbbbbb">]><rss><channel><title>F</title>%s</channel></rss>' % items
    text = extract(body, url=URL, content_type="text/xml").text
    assert text.count("## &b;t") == MAX_ENTRIES
    assert "bbbbbbbbbb" not in text
