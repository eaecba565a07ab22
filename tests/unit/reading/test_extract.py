"""What a body says, by its kind, and what is refused with which reason."""

import pytest

from bowerbird.reading.extract import extract
from bowerbird.reading.extracted import Extracted
from bowerbird.reading.links import MAX_LINKS, Link
from bowerbird.reading.refused import Refused
from bowerbird.reading.structured import ItemFields

URL = "https://example.org/docs/page.html"
SENTENCE = "Bower birds gather blue things and arrange them with care in front of the bower that they have built. "


def html(body: str, head: str = "", attributes: str = "") -> bytes:
    """A page with this body and head."""
    return f"<!doctype html><html {attributes}><head>{head}</head><body>{body}</body></html>".encode()


def page(
    body: bytes, *, url: str = URL, content_type: str = "text/html", x_robots_tag: tuple[str, ...] = ()
) -> Extracted:
    """What a page says."""
    return extract(body, url=url, content_type=content_type, x_robots_tag=x_robots_tag)


def test_a_page_is_read_whole() -> None:
    """Title, language, text, links and what the page says about itself come from one reading."""
    body = html(
        f"""<nav><a href="/">Home</a></nav><main><article><h1>Bower birds</h1><p>{SENTENCE * 3}</p>
        <p>See <a href="other.html#top" rel="nofollow">the other page</a>. {SENTENCE * 3}</p></article></main>
        <footer>© Somebody</footer>""",
        head="""<title>Bower birds — Bird site</title><link rel="canonical" href="/birds/bower?utm_source=x">
        <meta property="article:published_time" content="2024-03-01T10:00:00+13:00">
        <meta name="keywords" content="birds, blue">""",
        attributes='lang="en-NZ"',
    )
    text = SENTENCE.strip()
    assert page(body) == Extracted(
        kind="html",
        title="Bower birds",
        text=f"# Bower birds\n\n{' '.join([text] * 3)}\n\nSee the other page. {' '.join([text] * 3)}",
        lang="en",
        links=(
            Link("https://example.org/", "Home", in_main=False),
            Link("https://example.org/docs/other.html", "the other page", nofollow=True),
        ),
        canonical="https://example.org/birds/bower",
        published="2024-02-29T21:00:00Z",
        item=ItemFields(published="2024-02-29T21:00:00Z", tags=("birds", "blue")),
    )


def test_documentation_is_written_as_it_is() -> None:
    """On a page of a known generator signatures, definitions, code and tables stay; signs and navigation go."""
    body = html("""<div class="sphinxsidebar">Contents</div><div class="body" role="main"><section>
      <h1>1. Ridge<a class="headerlink" href="#r">¶</a></h1>
      <dl class="py class"><dt><em>class </em>Ridge(<em>alpha=1.0</em>)<a class="headerlink" href="#x">¶</a></dt>
      <dd><p>Linear least squares.</p><p>Solves a model.</p>
      <dl class="field-list"><dt>Parameters</dt><dd><dl><dt><b>alpha</b><span class="classifier">float</span></dt>
      <dd><p>A constant.</p></dd></dl></dd></dl></dd></dl>
      <pre>&gt;&gt;&gt; fit(X)

    Ridge()</pre>
      <ul><li><p>one</p><p>more of it</p><ul><li>inside</li></ul></li><li>two<br>lines</li></ul>
      <table><tr><th>name</th><th>value</th></tr><tr><td>a <b>b</b></td><td>1</td></tr></table>
      <p style="display:none">hidden</p></section></div>""")
    assert page(body).text == (
        "# 1. Ridge\n\nclass Ridge(alpha=1.0)\nLinear least squares.\n\nSolves a model.\n\nParameters\n\n"
        "alpha : float\nA constant.\n\n```\n>>> fit(X)\n    Ridge()\n```\n\n"
        "- one\n  more of it\n  - inside\n- two\n  lines\n\nname | value\na b | 1"
    )


def test_a_page_that_trafilatura_cannot_read_gives_its_main_part() -> None:
    """A list of cards is no article; its main part is taken all the same."""
    cards = "".join(f"<div class='card'><a href='/v/{n}'>Vendor {n}</a> <span>Town {n}</span></div>" for n in range(40))
    found = page(html(f"<nav>Menu</nav><main>{cards}</main>"))
    assert "Vendor 17 Town 17" in found.text
    assert "Menu" not in found.text


def test_a_short_page_keeps_its_blocks() -> None:
    """What is too short for an article is no single line: its heading, paragraphs and rows are what they were."""
    body = "<h1>Prices</h1><p>Two walks.</p><table><tr><th>Walk</th><th>Price</th></tr><tr><td>Bay</td><td>$9</td></tr>"
    assert page(html(f"{body}</table>")).text == "# Prices\n\nTwo walks.\n\nWalk | Price\nBay | $9"


def test_scripts_and_markup_in_fields_are_only_text() -> None:
    """Nothing of a page is run, and what looks like SQL or a tag stays what it is: words."""
    body = html(
        f"<article><h1>Robert'); DROP TABLE students;--</h1><p>{SENTENCE * 4}<script>alert(1)</script>"
        f"&lt;script&gt;alert(2)&lt;/script&gt; {SENTENCE}</p></article>",
        head="<title>&lt;img src=x onerror=alert(3)&gt;</title>",
    )
    found = page(body)
    assert found.title == "<img src=x onerror=alert(3)>"
    assert "alert(1)" not in found.text
    assert "<script>alert(2)</script>" in found.text


@pytest.mark.parametrize(
    ("head", "headers", "noindex", "nofollow"),
    [
        ("", (), False, False),
        ('<meta name="robots" content="NoIndex, follow">', (), True, False),
        ('<meta name="robots" content="none">', (), True, True),
        ('<meta name="bowerbird" content="nofollow">', (), False, True),
        ('<meta name="googlebot" content="noindex">', (), False, False),
        ("", ("noindex",), True, False),
        ("", ("googlebot: noindex, nofollow",), False, False),
        ("", ("googlebot: noindex", "bowerbird: nofollow"), False, True),
        ("", ("max-snippet: 20, nofollow",), False, True),
    ],
)
def test_directives_are_obeyed(head: str, headers: tuple[str, ...], *, noindex: bool, nofollow: bool) -> None:
    """The strictest word for all agents or for ours counts; words for others do not."""
    found = page(html(f"<p>{SENTENCE}</p>", head=head), x_robots_tag=headers)
    assert (found.noindex, found.nofollow) == (noindex, nofollow)


def test_links_are_read_from_every_place() -> None:
    """Base, areas, pictures, refreshes and next pages count; scripts, mail and fragments do not."""
    body = html(
        """<a href="a"><img src=i alt="A picture"></a><area href="b" alt=""><a href="#x">x</a><a href="mailto:a@b">m</a>
        <a href="javascript:x()">j</a><a href="a">again, in words</a><a href="http://[bad">z</a><a href="">e</a>""",
        head="""<base href="/base/"><link rel="next" href="/p/2"><link rel="alternate" hreflang="de" href="/de/">
        <meta http-equiv="refresh" content="5; url='/moved'">""",
    )
    assert page(body).links == (
        Link("https://example.org/p/2", ""),
        Link("https://example.org/moved", ""),
        Link("https://example.org/base/a", "A picture"),
        Link("https://example.org/base/b", ""),
    )


def test_a_link_in_the_text_wins_over_its_twin_in_the_menu() -> None:
    """The words beside which a person would follow a link say most about where it leads."""
    body = html(f"<nav><a href='/a'>A</a></nav><p>{SENTENCE}<a href='/a'>all about a</a></p>")
    assert page(body).links == (Link("https://example.org/a", "all about a"),)


def test_a_table_of_contents_in_the_text_is_text() -> None:
    """An index page is nothing but links; they lead to what it is about."""
    body = html("<div class='body' role='main'><div class='toctree-wrapper'><a href='/a'>Part A</a></div></div>")
    assert page(body).links == (Link("https://example.org/a", "Part A"),)


def test_a_page_of_links_is_bounded() -> None:
    """However many links there are, MAX_LINKS are taken."""
    found = page(html("".join(f"<a href='/{n}'>{n}</a> " for n in range(MAX_LINKS + 50))))
    assert len(found.links) == MAX_LINKS


@pytest.mark.parametrize(
    ("head", "canonical"),
    [
        ('<link rel="canonical" href="https://example.org/docs/page.html#x">', None),
        ('<link rel="canonical" href="/a"><link rel="canonical" href="/b">', None),
        ('<link rel="canonical" href="ftp://x/">', None),
        ('<link rel="canonical" href="//other.example/a">', "https://other.example/a"),
    ],
)
def test_canonical_is_another_address_or_nothing(head: str, canonical: str | None) -> None:
    """A page's own address and contradictions say nothing."""
    assert page(html(f"<p>{SENTENCE}</p>", head=head)).canonical == canonical


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "text/html", "empty"),
        (b" \n ", "text/plain", "empty"),
        (b"<html><script>x()</script></html>", "text/html", "needs javascript"),
        (b"<!--" * 1000, "text/html", "empty"),
        (b"<div>" * 10_000 + b"deep", "text/html", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "text/html", "type"),
        (bytes(range(256)) * 20, "text/html", "type"),
        (b"GIF89a", "image/gif", "type"),
        (b"<html><p>no", "application/pdf", "type"),
        (b"<data><x>1</x></data>", "application/xml", "type"),
        (b"<p>" + b"x" * 10_000_001, "text/html", "too large"),
        (b"x" * 5_000_001, "text/plain", "too large"),
        (b"%PDF-1.7 and then nothing of the sort", "application/pdf", "error"),
        (b"<rss><channel></channel></rss>", "application/rss+xml", "empty"),
        (b"no feed at all", "application/rss+xml", "error"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(body: bytes, content_type: str, reason: str) -> None:
    """The reason is a word of the coverage report."""
    with pytest.raises(Refused) as refused:
        page(body, content_type=content_type)
    assert refused.value.reason == reason


def test_entities_load_and_expand_nothing() -> None:
    """Neither files nor a billion laughs come out of a document type."""
    body = (
        b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY a "aaaaaaaaaa">'
        b'<!ENTITY b "&a;&a;&a;&a;">]><html xmlns="http://www.w3.org/1999/xhtml"><body><p>1 &x; 2 &b;</p></body></html>'
    )
    text = page(body, content_type="application/xhtml+xml").text
    assert "root:" not in text
    assert "aaaaaaaaaa" not in text


@pytest.mark.parametrize(
    ("body", "content_type", "url", "kind"),
    [
        (b"<p>some words to read</p>", "", "https://example.org/a", "html"),
        (b"<p>some words to read</p>", "application/octet-stream", "https://example.org/a.html", "html"),
        (b"# A heading\n\nwords", "text/plain", "https://example.org/README.md?raw=1", "markdown"),
        (b"words and words", "text/plain; charset=utf-8", "https://example.org/a.txt", "text"),
        (b"<p>shown as text</p>", "text/plain", "https://example.org/a", "text"),
        (b"<rss><channel><item><title>t</title></item></channel></rss>", "text/xml", "https://example.org/f", "feed"),
        (b"<feed><entry><title>t</title></entry></feed>", "text/html", "https://example.org/f", "feed"),
    ],
)
def test_the_kind_is_what_the_header_says_unless_the_body_knows_better(
    body: bytes, content_type: str, url: str, kind: str
) -> None:
    """Headers that say nothing are helped by how the body begins and how its address ends."""
    assert page(body, content_type=content_type, url=url).kind == kind


@pytest.mark.parametrize(
    ("title", "heading", "found"),
    [
        ("Ridge — scikit-learn 1.2 documentation", "Ridge", "Ridge"),
        ("Shop", "Welcome to us", "Shop"),
        ("", "Only a heading", "Only a heading"),
        ("", "", "page.html"),
    ],
)
def test_the_title_is_the_pages_own(title: str, heading: str, found: str) -> None:
    """A heading that the title repeats beside the site's name is the title."""
    assert page(html(f"<h1>{heading}</h1><p>{SENTENCE}</p>", head=f"<title>{title}</title>")).title == found


SPANS = """<html><head><title>T</title></head><body><div class="body" role="main"><h1>T</h1><table>
<tr><th>Region</th><th>Name</th><th>City</th><th>Price</th></tr>
<tr><td rowspan="2">South</td><td>Aroha</td><td>Nelson</td><td>$9</td></tr>
<tr><td>Bea</td><td>Picton</td><td>$8</td></tr>
<tr><td>North</td><td colspan="2">Cid</td><td>$7</td></tr><tr><td></td><td>Dag</td><td></td><td>$6</td></tr>
</table></div></body></html>"""


def test_what_merged_and_empty_cells_cover_is_empty() -> None:
    """The cells behind and below them stay in their columns."""
    text = extract(SPANS.encode(), url="https://example.org/", content_type="text/html").text
    assert [[cell.strip() for cell in line.split("|")] for line in text.split("\n") if "|" in line] == [
        ["Region", "Name", "City", "Price"],
        ["South", "Aroha", "Nelson", "$9"],
        ["", "Bea", "Picton", "$8"],
        ["North", "Cid", "", "$7"],
        ["", "Dag", "", "$6"],
    ]


@pytest.mark.parametrize("span", ["0", "-1", "9" * 5_000, "x", "²", "2.5", ""])
def test_hostile_spans_are_bounded(span: str) -> None:
    page = SPANS.replace('"2"', f'"{span}"').replace("<td>", f'<td colspan="{span}">')
    assert len(extract(page.encode(), url="https://example.org/", content_type="text/html").text) < 10_000
