"""Resources that are not HTML: PDF, Markdown, plain text, feeds."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

from pypdf import PdfReader, PdfWriter

from tests.sites.paper import pdf
from tests.sites.web import Web

LINES = ("Herons stand still in shallow water.", "They catch fish with a quick stab of the bill.")


def pdf_page(web: Web, pages: Sequence[Sequence[str]] = (LINES,), *, path: str = "/paper.pdf") -> str:
    """The URL of a PDF with these lines on its pages."""
    return web.page(path, pdf(pages, title="Herons"), content_type="application/pdf")


def encrypted_pdf(web: Web, *, path: str = "/secret.pdf") -> str:
    """The URL of a PDF that cannot be read without a password."""
    writer = PdfWriter()
    writer.append(PdfReader(BytesIO(pdf([LINES], title="Secret"))))
    writer.encrypt("open sesame", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return web.page(path, out.getvalue(), content_type="application/pdf")


def broken_pdf(web: Web, *, path: str = "/broken.pdf") -> str:
    """The URL of a PDF whose second half is missing."""
    whole = pdf([LINES] * 3, title="Broken")
    return web.page(path, whole[: len(whole) // 2], content_type="application/pdf")


def false_pdf(web: Web, *, path: str = "/false.pdf") -> str:
    """The URL of HTML that calls itself PDF."""
    return web.page(path, "<!doctype html><title>Log in</title><p>Please log in.", content_type="application/pdf")


def scanned_pdf(web: Web, *, path: str = "/scan.pdf") -> str:
    """The URL of a PDF of one page without any text."""
    return web.page(path, pdf([()], title=""), content_type="application/pdf")


def circular_pdf(web: Web, *, path: str = "/circular.pdf") -> str:
    """The URL of a PDF whose tree of pages contains itself."""
    body = pdf([LINES], title="Circular").replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")
    return web.page(path, body, content_type="application/pdf")


def markdown(web: Web, text: str, *, path: str = "/note.md") -> str:
    """The URL of a Markdown page."""
    return web.page(path, text, content_type="text/markdown; charset=utf-8")


def plain(web: Web, text: str, *, path: str = "/note.txt") -> str:
    """The URL of a page of plain text."""
    return web.page(path, text, content_type="text/plain; charset=utf-8")


def rss(web: Web, items: Mapping[str, str], *, path: str = "/feed.xml") -> str:
    """The URL of an RSS 2.0 feed of this site's paths with their titles."""
    entries = "".join(
        f"<item><title>{escape(title)}</title><link>{escape(web.url + at)}</link>"
        f"<pubDate>Wed, 01 Jan 2025 09:00:00 GMT</pubDate><description>About {escape(title)}.</description></item>"
        for at, title in items.items()
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>News</title>'
        f"<link>{web.url}/</link><description>What is new.</description>{entries}</channel></rss>"
    )
    return web.page(path, body, content_type="application/rss+xml; charset=utf-8")


def atom(web: Web, items: Mapping[str, str], *, path: str = "/atom.xml") -> str:
    """The URL of an Atom feed of this site's paths with their titles."""
    entries = "".join(
        f'<entry><title>{escape(title)}</title><link href="{escape(web.url + at)}"/><id>{escape(web.url + at)}</id>'
        f"<updated>2025-01-01T09:00:00Z</updated><summary>About {escape(title)}.</summary></entry>"
        for at, title in items.items()
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>'
        f"<id>{web.url}/</id><updated>2025-01-01T09:00:00Z</updated>{entries}</feed>"
    )
    return web.page(path, body, content_type="application/atom+xml; charset=utf-8")
