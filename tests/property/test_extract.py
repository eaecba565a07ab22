"""Laws of what a page says, whatever its bytes are."""

import re
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from bowerbird.reading.dates import to_iso, to_timestamp
from bowerbird.reading.extract import extract
from bowerbird.reading.neardup import Signature, bands, is_near, signature
from bowerbird.reading.refused import Refused
from bowerbird.reading.sitemap import parse_sitemap

TAGS = [
    "p", "div", "h1", "h3", "ul", "li", "ol", "table", "tr", "td", "th", "pre", "code", "br", "a", "span", "dl", "dt",
    "dd", "main", "article", "nav", "b", "section", "blockquote", "head", "body", "html", "base", "script", "details",
    "math", "figure", "form",
]  # fmt: skip
words = st.sampled_from(
    ["one", "two words.", " ", "\n", "ä", "\u202e", "\x00", "&lt;", "&#0;", "|", "# x", "- y", "```", "¶"]
)
opened = st.sampled_from(TAGS).map(lambda tag: f"<{tag}>")
closed = st.sampled_from(TAGS).map(lambda tag: f"</{tag}>")
LD = '<script type="application/ld+json">{"@type": "Article", "name": [1, {}]}</script>'
odd = st.sampled_from([
    "<a href='/x'>", "<div class=body role=main>", "<p hidden>", "<!--", "-->", "<![CDATA[", "<", '"', LD,
    "<meta name=robots content=none>", "<table role=presentation>",
])  # fmt: skip
markup = st.lists(words | opened | closed | odd, max_size=40).map("".join)
kinds = st.sampled_from(
    ["text/html", "text/plain", "text/markdown", "application/rss+xml", "text/xml", "application/pdf", "", "image/png"]
)


def check(body: bytes, content_type: str) -> None:
    """What comes out is a page in the promised format, or a refusal."""
    try:
        found = extract(body, url="https://example.org/a", content_type=content_type)
    except Refused:
        return
    text = found.text
    assert unicodedata.is_normalized("NFC", text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    assert not re.search(r" \n| \Z|\n\n\n|\A\n|\n\Z", text)
    assert found.title
    assert all(link.url.startswith(("http://", "https://")) for link in found.links)
    text.encode()


@settings(max_examples=150, deadline=None)
@given(markup, kinds)
def test_any_markup_is_a_page_or_refused(source: str, content_type: str) -> None:
    """Tags in any order, open or not, never break the format."""
    check(source.encode("utf-8", "surrogatepass"), content_type)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300) | st.binary(max_size=200).map(b"%PDF-1.4\n".__add__), kinds)
def test_any_bytes_are_a_page_or_refused(body: bytes, content_type: str) -> None:
    """Noise under any label raises nothing but a refusal."""
    check(body, content_type)


@given(st.binary(max_size=200) | markup.map(lambda text: f"<urlset><url><loc>{text}</loc></url>".encode()))
def test_any_bytes_are_a_sitemap_or_refused(body: bytes) -> None:
    """Nothing but a refusal comes of a broken sitemap."""
    try:
        found = parse_sitemap(body)
    except Refused:
        return
    assert all(page.url.startswith(("http://", "https://")) for page in found.pages)


@given(st.text(max_size=40) | st.datetimes().map(str))
def test_any_date_is_a_moment_or_nothing(written: str) -> None:
    """What `to_iso` gives, it gives again, and `to_timestamp` can read."""
    iso = to_iso(written)
    assert to_iso(iso) == iso
    assert (to_timestamp(iso) is None) == (not iso)


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=40))
def test_a_page_is_its_own_near_duplicate(text: str, title: str) -> None:
    """Any text with a word in it is near itself, is found by its bands, and survives storing."""
    ours = signature(text, title=title)
    assert Signature.from_bytes(ours.to_bytes()) == ours
    assert is_near(ours, ours) == (ours.shingles > 0)
    assert bands(ours) == bands(signature(text))
